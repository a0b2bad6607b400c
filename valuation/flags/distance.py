"""Does the dwelling lie where nothing has been sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Measure the distance to the nearest sale of any type against how close together sales lie around that one."""
    distance, spacing, row = evidence.seen.places.nearest(evidence.number("x_m"), evidence.number("y_m"))
    limit = np.full(len(evidence), params.far_from_sales_m)
    if evidence.seen.spacing_limit is not None:
        # On the water before a town the nearest sale is near, and yet nobody lives there.
        local = np.maximum(params.near_enough_m, evidence.seen.spacing_limit * spacing)
        limit = np.fmin(limit, local)

    def sources(place: int) -> tuple[Source, ...]:
        return Source("characteristic", LOCATION), Source("sale", evidence.seen.sale_id(int(row[place])))

    return Finding.of(distance, limit, distance > limit, sources=sources)


RULE = FlagRule(
    code="far-from-sales",
    title=Words(en="Far from every sale", nb="Langt fra alle salg", nn="Langt frå alle sal"),
    severity="review",
    sentence=Words(
        en="The nearest sale lies {number} away; where sales lie as close together as around that one, {limit} is the "
        "most that is usual.",
        nb="Nærmeste salg ligger {number} unna; så tett som salgene ligger der, er {limit} det meste som er vanlig.",
        nn="Næraste sal ligg {number} unna; så tett som sala ligg der, er {limit} det meste som er vanleg.",
    ),
    explanation="The value is carried over from another place. Check first that the position on the map is right (in "
    "the water, on the wrong side of a river, in a wood?); then judge the place itself. The limit is the lower of a "
    "fixed distance and a multiple of how far apart the sales around the nearest one lie; the multiple is learned "
    "from the sales, each measured as if it had not sold.",
    find=find,
    number_kind="metres",
    settings=("far_from_sales_m", "near_enough_m", "unlike_sales_share"),
)
