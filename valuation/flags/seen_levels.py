"""Is a characteristic of a kind that no sale had?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import is_among
from valuation.flags.combinations import IDENTITIES
from valuation.flags.flag import Finding, FirstBreach, FlagEvidence, FlagRule
from valuation.flags.seen import JUDGED_ROLES

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Compare each category that values hang on with the levels of the sales."""
    breaches = FirstBreach(len(evidence))
    for name, item in evidence.jurisdiction.characteristics.items():
        # Identities (street, building) are new all the time; only kinds that a value hangs on are judged.
        is_judged = item.is_feature and item.role not in IDENTITIES and evidence.seen.weighs(name, params.least_weight)
        if item.is_categorical and (is_judged or item.role in JUDGED_ROLES):
            known = evidence.is_known(name)
            unseen = known & ~is_among(evidence.text(name), evidence.seen.level_sets.get(name, frozenset()))
            breaches.add(name, unseen, known, evidence.seen.weights.get(name, np.nan), params.least_weight)
    return breaches.finding()


RULE = FlagRule(
    code="unseen-level",
    title=Words(en="A kind never sold", nb="Av et slag som ikke er solgt før", nn="Av eit slag som ikkje er selt før"),
    severity="review",
    sentence=Words(
        en="{what} has a content that no sale the value rests on has had; this fact can move a value by {number}, and "
        "from {limit} on it is looked at.",
        nb="{what} har et innhold som ingen av salgene verdien bygger på, har hatt; dette kan flytte en verdi "
        "{number}, og fra {limit} blir det sett på.",
        nn="{what} har eit innhald som ingen av sala verdien byggjer på, har hatt; dette kan flytte ein verdi "
        "{number}, og frå {limit} blir det sett på.",
    ),
    sentence_of_none=Words(
        en="{what} has a content that no sale the value rests on has had.",
        nb="{what} har et innhold som ingen av salgene verdien bygger på, har hatt.",
        nn="{what} har eit innhald som ingen av sala verdien byggjer på, har hatt.",
    ),
    explanation="The value was made as if this fact were not known. Check for a new or mistyped code; if it is right, "
    "judge what it is worth. A category that hardly moves any value is not judged, but for the type and the market "
    "area, which always are.",
    find=find,
    number_kind="share",
    settings=("least_weight",),
)
