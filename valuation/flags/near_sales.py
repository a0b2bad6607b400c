"""Are there enough comparable sales nearby?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Count sales of the same type within a radius; in the market area where the dwelling has no coordinates."""
    needed = params.min_near_sales
    near = evidence.near_sales
    if needed > near.row.shape[1]:
        near = evidence.seen.places.near(
            evidence.number("x_m"), evidence.number("y_m"), evidence.dwelling_types, needed
        )
    distance = near.distance_m[:, :needed]
    count = np.where(np.isnan(distance[:, 0]), np.nan, (distance <= params.near_sales_m).sum(axis=1))
    lacking = np.isnan(count)
    if lacking.any():
        in_area = _sales_in_area(evidence, lacking)
        count[lacking] = np.minimum(in_area, needed)

    def sources(place: int) -> tuple[Source, ...]:
        if lacking[place]:
            return tuple(Source("characteristic", name) for name in _area_and_type(evidence))
        # The nearest there are, near or not: a person wants to see them.
        found = [int(row) for row in near.row[place, :needed] if row >= 0]
        sales = tuple(Source("sale", evidence.seen.sale_id(row)) for row in found)
        return (Source("characteristic", LOCATION), *sales)

    return Finding.of(count, needed, count < needed, sources=sources)


def _area_and_type(evidence: FlagEvidence) -> list[str]:
    dictionary = evidence.jurisdiction.characteristics
    return [str(dictionary.with_role(role)) for role in ("market_area", "dwelling_type")]


def _sales_in_area(evidence: FlagEvidence, chosen: np.ndarray) -> np.ndarray:
    counts = evidence.seen.area_counts
    asked = zip(evidence.market_areas[chosen], evidence.dwelling_types[chosen], strict=True)
    return np.array(
        [np.nan if area is None or kind is None else counts.get((area, kind), 0) for area, kind in asked], dtype=float
    )


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
