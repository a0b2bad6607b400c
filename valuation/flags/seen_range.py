"""Is a characteristic larger or smaller than in any sale the model learned from?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Compare each number the models use with the range of the sales."""
    breaches = FirstBreach(len(evidence))
    for name in evidence.jurisdiction.characteristics.features():
        if name in evidence.seen.ranges:
            low, high = evidence.seen.ranges[name]
            figures = evidence.number(name)
            below, above = figures < low, figures > high
            breaches.add(name, below | above, ~np.isnan(figures), figures, np.where(below, low, high))
    return breaches.finding()


RULE = FlagRule(
    code="outside-seen-range",
    title=Words(en="Unlike every sale", nb="Ligner ingen bolig som er solgt", nn="Liknar ingen bustad som er seld"),
    severity="review",
    sentence=Words(
        en="{what} is {number}; the sales the value rests on reach {limit}.",
        nb="{what} er {number}; salgene verdien bygger på, når til {limit}.",
        nn="{what} er {number}; sala verdien byggjer på, når til {limit}.",
    ),
    explanation="Beyond the sales the value stops growing or falling with the characteristic: trees do not "
    "extrapolate. Check the recorded fact; if it is right, judge what it is worth.",
    find=find,
)
