"""Are there enough comparable sales nearby?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Count sales of the same type within a radius; in the market area where the dwelling has no coordinates."""
    needed = params.min_near_sales
    types = evidence.dwelling_types
    count = evidence.seen.near_sales(evidence.number("x_m"), evidence.number("y_m"), types, params.near_sales_m, needed)
    lacking = np.isnan(count)
    if lacking.any():
        in_area = _sales_in_area(evidence, lacking)
        count[lacking] = np.minimum(in_area, needed)
    return Finding.of(count, needed, count < needed)


def _sales_in_area(evidence: FlagEvidence, chosen: np.ndarray) -> np.ndarray:
    keys = pd.MultiIndex.from_arrays([evidence.market_areas[chosen], evidence.dwelling_types[chosen]])
    found = evidence.seen.area_counts.reindex(keys).to_numpy(dtype=float)
    named = (evidence.market_areas[chosen].notna() & evidence.dwelling_types[chosen].notna()).to_numpy()
    return np.where(named, np.nan_to_num(found), np.nan)


RULE = FlagRule(
    code="few-near-sales",
    title=Words(en="Few sales nearby", nb="Få salg i nærheten", nn="Få sal i nærleiken"),
    severity="review",
    sentence=Words(
        en="{number} sales of the same type of dwelling are known nearby; {limit} are wanted.",
        nb="Det er kjent {number} salg av samme boligtype i nærheten; det bør være {limit}.",
        nn="Det er kjent {number} sal av same bustadtype i nærleiken; det bør vere {limit}.",
    ),
    explanation="Where little is sold, the value rests on dwellings further away. Look for sales of other types nearby "
    "and for what sets this place apart. Sales are counted within a radius, or in the market area where the "
    "dwelling has no coordinates.",
    find=find,
    number_kind="count",
    settings=("min_near_sales", "near_sales_m"),
)
