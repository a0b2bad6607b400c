"""Can the dwelling be valued at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import is_among
from valuation.flags.flag import LOCATION, Finding, FirstBreach, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Look for what no honest number can be made from: a required fact missing, or a fact that cannot be."""
    breaches = FirstBreach(len(evidence))
    everywhere = np.ones(len(evidence), dtype=bool)
    for name, item in evidence.jurisdiction.characteristics.items():
        if item.is_categorical:
            if item.required or item.role == "dwelling_type":
                breaches.add(name, _is_no_level(evidence, name), everywhere, np.nan, np.nan)
            continue
        figures = evidence.number(name)
        impossible = np.isinf(figures)
        limit = np.full(len(evidence), np.nan)
        if item.required:
            impossible |= np.isnan(figures)
        if item.possible is not None:
            low, high = item.possible
            impossible |= (figures < low) | (figures > high)
            limit = np.where(figures < low, low, np.where(figures > high, high, np.nan))
        if item.kind == "integer":
            impossible |= np.isfinite(figures) & (figures != np.rint(figures))
        breaches.add(name, impossible, everywhere, figures, limit)
    if evidence.jurisdiction.coordinates is not None:
        breaches.add(LOCATION, _lies_nowhere_here(evidence), everywhere, np.nan, np.nan)
    value = evidence.value("appraised_value")
    breaches.add("", ~(np.isfinite(value) & (value > 0)), everywhere, np.nan, np.nan)

    def sources(place: int) -> tuple[Source, ...]:
        return () if breaches.what[place] else (Source("figure", "appraised_value"),)

    return breaches.finding(sources)


def _is_no_level(evidence: FlagEvidence, name: str) -> np.ndarray:
    item = evidence.jurisdiction.characteristics[name]
    is_known = evidence.is_known(name)
    lacks = ~is_known & item.required
    if item.role != "dwelling_type":
        return lacks
    # Every model, the index and the intervals ask for the type first: of a kind never sold nothing is known.
    sold = evidence.seen.level_sets.get(name, frozenset())
    known = sold & set(item.levels) if item.levels else sold
    return lacks | (is_known & ~is_among(evidence.text(name), known))


def _lies_nowhere_here(evidence: FlagEvidence) -> np.ndarray:
    # Swapped coordinates, degrees for metres, another zone: a place outside is a wrong record, not a far dwelling.
    coordinates = evidence.jurisdiction.coordinates
    assert coordinates is not None
    x_min, y_min, x_max, y_max = coordinates.bounds
    x, y = evidence.number("x_m"), evidence.number("y_m")
    # Without a place there is no neighbourhood, and most of a value is its neighbourhood.
    return np.isnan(x) | np.isnan(y) | (x < x_min) | (x > x_max) | (y < y_min) | (y > y_max)


RULE = FlagRule(
    code="cannot-be-valued",
    title=Words(
        en="Cannot be valued by the model",
        nb="Kan ikke verdsettes av modellen",
        nn="Kan ikkje verdsetjast av modellen",
    ),
    severity="stop",
    sentence=Words(
        en="No value is given: a fact that the value needs is missing, impossible or never sold "
        "({what}{number}{limit}).",
        nb="Det gis ingen verdi: en opplysning som verdien trenger, mangler, er umulig eller er aldri solgt "
        "({what}{number}{limit}).",
        nn="Det blir ikkje gjeve nokon verdi: ei opplysning som verdien treng, manglar, er umogleg eller er aldri seld "
        "({what}{number}{limit}).",
    ),
    number_words=Words(en="; recorded: {figure}", nb="; registrert: {figure}", nn="; registrert: {figure}"),
    limit_words=Words(en="; limit: {figure}", nb="; grense: {figure}", nn="; grense: {figure}"),
    explanation="A required fact is missing, a fact lies outside what the data dictionary calls possible, the type is "
    "none that was ever sold, the place is not known or lies outside the jurisdiction, or the model gave no number. "
    "No number is shown, because a plausible one would be taken for a value. Have the fact corrected, or value the "
    "dwelling by hand.",
    find=find,
)
