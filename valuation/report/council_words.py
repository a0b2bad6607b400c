"""How do goals read in the three languages of the council page?"""

from __future__ import annotations

from typing import Any

from valuation.languages.spoken import recorded, speaking
from valuation.report.cells import Figure
from valuation.report.goals import of_goal, wanted

_PLAIN = ("en", "nb", "nn")
"""Order of the plain words of a statistic."""
_GROUP = {
    "en": {},
    "nb": {
        "lower third": "laveste tredel",
        "middle third": "midterste tredel",
        "upper third": "høyeste tredel",
        "valid sales": "frie salg",
    },
    "nn": {
        "lower third": "lågaste tredel",
        "middle third": "midtarste tredel",
        "upper third": "høgaste tredel",
        "valid sales": "frie sal",
    },
}
_COVERAGE = {
    "en": "how often the range holds, %",
    "nb": "Hvor ofte prisområdet holder, i prosent",
    "nn": "Kor ofte prisområdet held, i prosent",
}


def goal(item: dict[str, Any], language: str) -> str:
    """Return what a goal asks, in plain words.

    Examples
    --------
    >>> goal({"name": "median_ratio, valid sales"}, "nb")
    'Verdien i forhold til prisen for den midterste boligen (frie salg)'
    >>> goal({"name": "coverage, lower third, valid sales"}, "nn")
    'Kor ofte prisområdet held, i prosent (lågaste tredel, frie sal)'
    >>> goal({"name": "coverage, most covered group of 300 sales or more"}, "nb")
    'Hvor ofte prisområdet holder, i prosent (den best dekkede gruppen med 300 salg eller flere)'
    """
    first, _, rest = item["name"].partition(", ")
    words = of_goal(item["name"])[1]
    place = _PLAIN.index(language)
    plain = _COVERAGE[language] if first == "coverage" else words.plain[place] if words.plain else words.head
    with speaking(language):
        group = ", ".join(_GROUP[language].get(part) or recorded(part) for part in rest.split(", "))
    if not rest:
        return plain
    # "... (COD)" of a group becomes "... (COD, free sales)".
    return f"{plain[:-1]}, {group})" if plain.endswith(")") else f"{plain} ({group})"


def limits(item: dict[str, Any]) -> str:
    """Return the limits of a goal in the language that is spoken."""
    return wanted(item, of_goal(item["name"])[1])


def said(figure: Figure, language: str) -> Figure:
    """Return a figure as a language writes it."""
    return figure.said(language)
