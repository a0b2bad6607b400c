"""Is the dwelling recorded as built after it was sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source
from valuation.flags.own_sale import OwnSales, newest_own_sale

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Compare the year built with that of the newest own sale; homes are sold while they are built, so years go."""
    name = evidence.jurisdiction.characteristics.with_role("built_year")
    n = len(evidence)
    if name is None or evidence.own_sales is None or "dwelling_id" not in evidence.facts:
        return Finding.not_applicable(n)
    own = newest_own_sale(evidence, OwnSales.of(evidence.own_sales))
    built = evidence.number(name)
    latest = own.year + params.built_after_sale_years
    applicable = np.isfinite(built) & np.isfinite(latest)

    def sources(place: int) -> tuple[Source, ...]:
        return (Source("sale", str(own.sale_id[place])),)

    return Finding.of(built, latest, built > latest, applicable, np.full(n, name, dtype=object), sources)


RULE = FlagRule(
    code="built-after-sale",
    title=Words(en="Built after it was sold", nb="Bygd etter at den ble solgt", nn="Bygd etter at han vart seld"),
    severity="review",
    sentence=Words(
        en="{what} is {number}, but the dwelling has sold already; after that sale {limit} is the latest to be "
        "believed.",
        nb="{what} er {number}, men boligen er solgt før den tid; etter det salget er {limit} det seneste som kan "
        "stemme.",
        nn="{what} er {number}, men bustaden er seld før den tid; etter det salet er {limit} det seinaste som kan "
        "stemme.",
    ),
    explanation="Homes are sold while they are being built, so a few years are allowed. Beyond that either the year is "
    "wrong, or what was sold was the house that stood there before: then its price says nothing about this one.",
    find=find,
    settings=("built_after_sale_years",),
)
