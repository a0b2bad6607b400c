"""Does the dwelling lie where nothing has been sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Measure the distance to the nearest sale of any type."""
    distance = evidence.seen.nearest_sale_m(evidence.number("x_m"), evidence.number("y_m"))
    return Finding.of(distance, params.far_from_sales_m, distance > params.far_from_sales_m)


RULE = FlagRule(
    code="far-from-sales",
    title=Words(en="Far from every sale", nb="Langt fra alle salg", nn="Langt frå alle sal"),
    severity="review",
    sentence=Words(
        en="The nearest sale lies {number} away; beyond {limit} the place is unknown to the valuation.",
        nb="Nærmeste salg ligger {number} unna; lenger unna enn {limit} er stedet ukjent for verdsettingen.",
        nn="Næraste sal ligg {number} unna; lenger unna enn {limit} er staden ukjend for verdsetjinga.",
    ),
    explanation="The value is carried over from another place. Check first that the position on the map is right; then "
    "judge the place itself.",
    find=find,
    number_kind="metres",
    settings=("far_from_sales_m",),
)
