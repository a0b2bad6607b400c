"""How do dates, file gaps and goals read in the three languages of the council page?"""

from __future__ import annotations

from datetime import date
from typing import Any

from valuation.report.cells import Figure
from valuation.report.goals import of_goal, wanted

LANGUAGES = ("en", "nb", "nn")
NAME = {"en": "English", "nb": "Bokmål", "nn": "Nynorsk"}
_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "nb": "januar februar mars april mai juni juli august september oktober november desember".split(),
    "nn": "januar februar mars april mai juni juli august september oktober november desember".split(),
}
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


def day(when: date, language: str) -> str:
    """Return a date in words.

    Examples
    --------
    >>> day(date(2026, 1, 1), "en"), day(date(2026, 1, 1), "nn")
    ('1 January 2026', '1. januar 2026')
    """
    point = "" if language == "en" else "."
    return f"{when.day}{point} {_MONTHS[language][when.month - 1]} {when.year}"


def goal(item: dict[str, Any], language: str) -> str:
    """Return what a goal asks, in plain words.

    Examples
    --------
    >>> goal({"name": "median_ratio, valid sales"}, "nb")
    'Verdien i forhold til prisen for den midterste boligen (frie salg)'
    >>> goal({"name": "coverage, lower third, valid sales"}, "nn")
    'Kor ofte prisområdet held, i prosent (lågaste tredel, frie sal)'
    """
    first, _, rest = item["name"].partition(", ")
    words = of_goal(item["name"])[1]
    place = LANGUAGES.index(language)
    plain = _COVERAGE[language] if first == "coverage" else words.plain[place] if words.plain else words.head
    group = ", ".join(_GROUP[language].get(part, part) for part in rest.split(", "))
    if not rest:
        return plain
    # "... (COD)" of a group becomes "... (COD, free sales)".
    return f"{plain[:-1]}, {group})" if plain.endswith(")") else f"{plain} ({group})"


def limits(item: dict[str, Any], language: str) -> str:
    """Return the limits of a goal in a language."""
    return wanted(item, of_goal(item["name"])[1], language)


def said(figure: Figure, language: str) -> Figure:
    """Return a figure as a language writes it."""
    return figure.said(language)
