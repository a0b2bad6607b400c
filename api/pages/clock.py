"""How does a page tell a time of the record? By the office's clock, in the words of the reader's language."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo

from api.pages.sentences import sentences
from valuation.languages.language import day
from valuation.review.workflow import moment

ZONE = ZoneInfo("Europe/Oslo")


def when(at: str, language: str) -> str:
    """Return a moment of the record as the office's clock shows it.

    Examples
    --------
    >>> when("2027-03-01T08:05:00.000000Z", "nb")
    '1. mars 2027 09:05'
    """
    told = moment(at).astimezone(ZONE)
    return f"{day(told.date(), language)} {told:%H:%M}"


def on_day(at: str, language: str) -> str:
    """Return the day of a moment of the record, or a plain day, in words; what is none stays as it is.

    Examples
    --------
    >>> on_day("2026-12-31T23:30:00Z", "nb"), on_day("2026-01-01", "en"), on_day("–", "nb")
    ('1. januar 2027', '1 January 2026', '–')
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", at):
        return day(date.fromisoformat(at), language)
    return day(moment(at).astimezone(ZONE).date(), language) if re.match(r"\d{4}-\d{2}-\d{2}T", at) else at


def in_week(iso_week: str, language: str) -> str:
    """Return a week as people call it.

    Examples
    --------
    >>> in_week("2026-W04", "nn"), in_week("2026-W49", "en")
    ('veke 4, 2026', 'week 49, 2026')
    """
    year, _, number = iso_week.partition("-W")
    return sentences(language)("week {number}, {year}").format(number=int(number), year=year)
