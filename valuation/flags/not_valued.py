"""Can the dwelling be valued at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Look for what no honest number can be made from: a required fact missing, or a fact that cannot be."""
    breaches = FirstBreach(len(evidence))
    everywhere = np.ones(len(evidence), dtype=bool)
    for name, item in evidence.jurisdiction.characteristics.items():
        if item.is_categorical:
            if item.required:
                breaches.add(name, evidence.text(name).isna().to_numpy(), everywhere, np.nan, np.nan)
            continue
        figures = evidence.number(name)
        impossible = np.isinf(figures)
        if item.required:
            impossible |= np.isnan(figures)
        if item.possible is not None:
            impossible |= (figures < item.possible[0]) | (figures > item.possible[1])
        if item.kind == "integer":
            impossible |= np.isfinite(figures) & (figures != np.rint(figures))
        breaches.add(name, impossible, everywhere, figures, np.nan)
    if evidence.jurisdiction.coordinates is not None:
        breaches.add(LOCATION, _lies_elsewhere(evidence), everywhere, np.nan, np.nan)
    value = evidence.value("appraised_value")
    breaches.add("", ~(np.isfinite(value) & (value > 0)), everywhere, np.nan, np.nan)
    return breaches.finding()


def _lies_elsewhere(evidence: FlagEvidence) -> np.ndarray:
    # Swapped coordinates, degrees for metres, another zone: a place outside is a wrong record, not a far dwelling.
    coordinates = evidence.jurisdiction.coordinates
    assert coordinates is not None
    x_min, y_min, x_max, y_max = coordinates.bounds
    x, y = evidence.number("x_m"), evidence.number("y_m")
    return (x < x_min) | (x > x_max) | (y < y_min) | (y > y_max)


RULE = FlagRule(
    code="cannot-be-valued",
    title=Words(
        en="Cannot be valued by the model",
        nb="Kan ikke verdsettes av modellen",
        nn="Kan ikkje verdsetjast av modellen",
    ),
    severity="stop",
    sentence=Words(
        en="No value is given: a fact that the value needs is missing or impossible ({what}).",
        nb="Det gis ingen verdi: en opplysning som verdien trenger, mangler eller er umulig ({what}).",
        nn="Det blir ikkje gjeve nokon verdi: ei opplysning som verdien treng, manglar eller er umogleg ({what}).",
    ),
    explanation="A required fact is missing, a fact lies outside what the data dictionary calls possible, the place "
    "lies outside the jurisdiction, or the model gave no number. No number is shown, because a "
    "plausible one would be taken for a value. Have the fact corrected, or value the dwelling by hand.",
    find=find,
)
