"""Do two facts go together as in no sale, although each of them by itself was sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import TOGETHER, Finding, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Measure how far the oddest pair of facts lies from all that was sold."""
    seen = evidence.seen.combinations
    if not seen.axes:
        return Finding.not_applicable(len(evidence))
    distance, pair, is_judged = seen.distance(evidence.dwellings)
    what = np.full(len(evidence), "", dtype=object)
    for place in np.flatnonzero(pair >= 0):
        what[place] = TOGETHER.join(seen.names_of(int(pair[place])))
    return Finding.of(distance, seen.limit, distance > seen.limit, is_judged, what)


RULE = FlagRule(
    code="unseen-combination",
    title=Words(
        en="Facts that go together in no sale",
        nb="Opplysninger som ikke går sammen i noe salg",
        nn="Opplysningar som ikkje går saman i noko sal",
    ),
    severity="review",
    sentence=Words(
        en="No sale is near this combination: {what}. The distance is {number} times the usual one; {limit} is the "
        "most that goes without review.",
        nb="Ingen salg er i nærheten av denne kombinasjonen: {what}. Avstanden er {number} ganger den vanlige; "
        "{limit} er det meste som går uten kontroll.",
        nn="Ingen sal er i nærleiken av denne kombinasjonen: {what}. Avstanden er {number} gonger den vanlege; "
        "{limit} er det meste som går utan kontroll.",
    ),
    explanation="Each fact by itself has been sold, the two together have not, nor anything near: the value is a guess "
    "between unlike sales. Most often one of the two is recorded wrongly. Pairs of all facts that values hang on are "
    "compared with the sales; the limit is learned from the sales, each measured against those of other dwellings.",
    find=find,
    number_kind="times",
    settings=("unlike_sales_share", "least_weight"),
)
