"""Is a characteristic of a kind that no sale had?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Compare each category the models or the index use with the levels of the sales."""
    breaches = FirstBreach(len(evidence))
    for name, item in evidence.jurisdiction.characteristics.items():
        # Identities (street, building) are new all the time; only kinds that a value hangs on are judged.
        is_judged = item.is_feature and item.role not in ("building", "street")
        if item.is_categorical and (is_judged or item.role in ("dwelling_type", "market_area")):
            column = evidence.text(name)
            known = column.notna().to_numpy()
            unseen = known & ~column.isin(evidence.seen.levels.get(name, ())).to_numpy(dtype=bool)
            breaches.add(name, unseen, known, np.nan, np.nan)
    return breaches.finding()


RULE = FlagRule(
    code="unseen-level",
    title=Words(en="A kind never sold", nb="Av et slag som ikke er solgt før", nn="Av eit slag som ikkje er selt før"),
    severity="review",
    sentence=Words(
        en="{what} has a content that no sale the value rests on has had.",
        nb="{what} har et innhold som ingen av salgene verdien bygger på, har hatt.",
        nn="{what} har eit innhald som ingen av sala verdien byggjer på, har hatt.",
    ),
    explanation="The value was made as if this fact were not known. Check for a new or mistyped code; if it is right, "
    "judge what it is worth.",
    find=find,
)
