"""Do the recorded years contradict each other or the date of the value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FirstBreach, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Look for a building renovated before it was built, and for years after the date of the value."""
    dictionary = evidence.jurisdiction.characteristics
    built_name, renovated_name = dictionary.with_role("built_year"), dictionary.with_role("renovated_year")
    if built_name is None:
        return Finding.not_applicable(len(evidence))
    breaches = FirstBreach(len(evidence))
    year = evidence.dates.astype("datetime64[Y]").astype(int) + 1970
    built = evidence.number(built_name)
    breaches.add(built_name, built > year, ~np.isnan(built), built, year)
    if renovated_name is not None:
        renovated = evidence.number(renovated_name)
        known = ~np.isnan(renovated)
        breaches.add(renovated_name, renovated < built, known & ~np.isnan(built), renovated, built)
        breaches.add(renovated_name, renovated > year, known, renovated, year)

    def sources(place: int) -> tuple[Source, ...]:
        # The date of the value is no fact of the dwelling; a year built is.
        is_about_both = breaches.what[place] == renovated_name and breaches.limit[place] == built[place]
        return (Source("characteristic", built_name),) if is_about_both else ()

    return breaches.finding(sources)


RULE = FlagRule(
    code="contradictory-years",
    title=Words(en="Years that contradict", nb="Årstall som ikke går i hop", nn="Årstal som ikkje går i hop"),
    severity="review",
    sentence=Words(
        en="{what} is {number}, which does not go with {limit} (the year built, or the year of the value).",
        nb="{what} er {number}, og det går ikke i hop med {limit} (byggeåret, eller året verdien gjelder).",
        nn="{what} er {number}, og det går ikkje i hop med {limit} (byggjeåret, eller året verdien gjeld).",
    ),
    explanation="Renovated before it was built, or built or renovated after the date of the value. One of the years is "
    "wrong, or the dwelling did not stand yet.",
    find=find,
)
