"""Is a recorded fact hard to believe?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Compare each number with the plausible range of the data dictionary."""
    breaches = FirstBreach(len(evidence))
    for name, item in evidence.jurisdiction.characteristics.items():
        if item.plausible is not None:
            low, high = item.plausible
            figures = evidence.number(name)
            below, above = figures < low, figures > high
            breaches.add(name, below | above, ~np.isnan(figures), figures, np.where(below, low, high))
    return breaches.finding()


RULE = FlagRule(
    code="implausible-characteristic",
    title=Words(en="A fact is hard to believe", nb="En opplysning er lite trolig", nn="Ei opplysning er lite truleg"),
    severity="review",
    sentence=Words(
        en="{what} is recorded as {number}; the plausible limit is {limit}.",
        nb="{what} er registrert som {number}; rimelig grense er {limit}.",
        nn="{what} er registrert som {number}; rimeleg grense er {limit}.",
    ),
    explanation="Outside the range that the data dictionary calls plausible. Most often a mistyped figure or a wrong "
    "unit: check the source and have it corrected.",
    find=find,
)
