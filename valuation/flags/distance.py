"""Does the dwelling lie where nothing has been sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Measure the distance to the nearest sale of any type against what is usual among the sales around."""
    x_m, y_m = evidence.number("x_m"), evidence.number("y_m")
    distance, row = evidence.seen.places.nearest(x_m, y_m)
    limit = np.full(len(evidence), params.far_from_sales_m)
    if evidence.seen.distance_limit is not None:
        # On the water before a town the nearest sale is near, and yet nobody lives there. Where a sale is near enough
        # nothing is asked: that is nearly everywhere.
        asked = distance > params.near_enough_m
        usual = evidence.seen.places.usual_distance(x_m[asked], y_m[asked])
        limit[asked] = np.fmin(limit[asked], np.maximum(params.near_enough_m, evidence.seen.distance_limit * usual))

    def sources(place: int) -> tuple[Source, ...]:
        return Source("characteristic", LOCATION), Source("sale", evidence.seen.sale_id(int(row[place])))

    return Finding.of(distance, limit, distance > limit, sources=sources)


RULE = FlagRule(
    code="far-from-sales",
    title=Words(en="Far from every sale", nb="Langt fra alle salg", nn="Langt frå alle sal"),
    severity="review",
    sentence=Words(
        en="The nearest sale lies {number} away; as close together as sales lie there, and to the sides they lie on, "
        "{limit} is the most that is usual.",
        nb="Nærmeste salg ligger {number} unna; så tett som salgene ligger der, og på de sidene de ligger, er {limit} "
        "det meste som er vanlig.",
        nn="Næraste sal ligg {number} unna; så tett som sala ligg der, og på dei sidene dei ligg, er {limit} det meste "
        "som er vanleg.",
    ),
    explanation="The value is carried over from another place. Check first that the position on the map is right (in "
    "the water, on the wrong side of a river, in a wood?); then judge the place itself. The limit is the lower of a "
    "fixed distance and a multiple of how far apart the twenty nearest sales lie from their own neighbours, and the "
    "lower, the wider the side that is open: a dwelling at the edge of a town has its neighbours on one side and near, "
    "one on the water before it has them on one side and far. The multiple is learned from the sales, each measured as "
    "if it had not sold.",
    find=find,
    number_kind="metres",
    settings=("far_from_sales_m", "near_enough_m", "lonely_sales_share"),
)
