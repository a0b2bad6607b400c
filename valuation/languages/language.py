"""Which languages are there, what are they called, and how do they write a day? One list for every page and letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from valuation.errors import WrongUse

Said = Mapping[str, str]
"""A text by language."""

LANGUAGES = ("nb", "nn", "en")
"""Bokmål, nynorsk, English: the two that are equal by law, then the one the program is written in."""
NAMES: Said = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English"}
"""What speakers call their language."""
_NORWEGIAN_MONTHS = "januar februar mars april mai juni juli august september oktober november desember"
MONTHS: Mapping[str, tuple[str, ...]] = {
    "nb": tuple(_NORWEGIAN_MONTHS.split()),
    "nn": tuple(_NORWEGIAN_MONTHS.split()),
    "en": tuple("January February March April May June July August September October November December".split()),
}
_ORDINAL_POINT: Said = {"nb": ".", "nn": ".", "en": ""}


def day(when: date, language: str) -> str:
    """Return a date in words.

    Examples
    --------
    >>> day(date(2026, 1, 1), "en"), day(date(2026, 1, 1), "nn")
    ('1 January 2026', '1. januar 2026')
    """
    return f"{when.day}{_ORDINAL_POINT[language]} {MONTHS[language][when.month - 1]} {when.year}"


def language_asked(asked: str | None, languages: Sequence[str]) -> str:
    """Return the language asked for, or the first of the place where none was.

    Parameters
    ----------
    asked : str or None
    languages : sequence of str
        Of the jurisdiction.

    Raises
    ------
    WrongUse
        For a language there are no words in.

    Examples
    --------
    >>> language_asked(None, ("nb", "nn")), language_asked("en", ("nb", "nn"))
    ('nb', 'en')
    """
    if asked is None:
        return languages[0]
    if asked not in LANGUAGES:
        raise WrongUse(f"--language {asked!r}", expected=", ".join(LANGUAGES), remedy="choose one of them")
    return asked
