"""What language does this page speak? Set once around the making of a page; sentences and figures follow it.

The language is no argument of the hundred small functions that make a page: it stands around them, as a locale does.
It belongs to the thread (or task) that set it, and ends with the block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from markupsafe import Markup

from valuation.errors import WrongUse
from valuation.languages.catalogue import catalogue, recognised
from valuation.languages.language import LANGUAGES, day

NO_BREAK = "\u00a0"
_ENGLISH = "en"
_SPOKEN: ContextVar[str] = ContextVar("spoken", default=_ENGLISH)
_FIGURE = re.compile(r"(?<![\w.,-])[-−+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?(?![\w.,-]*\w)")
"""A number that stands by itself: no date, no hash, no code."""
_SHARE = re.compile(r"(?<=\d)%")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MINUS = re.compile(r"(?<![\w–-])-(?=\d)")
_PERCENT = re.compile(r"\s*%")
_PLACE = re.compile(r"\{[^{}]*\}")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    r"""Make everything said within the block be said in `language`.

    Raises
    ------
    WrongUse
        For a language that is not one of `LANGUAGES`.

    Examples
    --------
    >>> with speaking("nn"):
    ...     say("Market area"), written("1,234.5")
    ('Marknadsområde', '1\xa0234,5')
    """
    if language not in LANGUAGES:
        raise WrongUse(f"language {language!r}", expected=", ".join(LANGUAGES), remedy="choose one of them")
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken() -> str:
    """Return the language that is spoken; English where none was set."""
    return _SPOKEN.get()


def written(figures: str) -> str:
    """Return a number, or several, as the language writes them, from the way English does.

    Examples
    --------
    >>> written("1,234.5")
    '1,234.5'
    >>> with speaking("nb"):
    ...     written("-1.5 to 3-4")
    '−1,5 to 3-4'
    """
    if spoken() == _ENGLISH:
        return figures
    figures = _MINUS.sub("−", figures.replace(",", NO_BREAK).replace(".", ","))
    return _PERCENT.sub(f"{NO_BREAK}%", figures)


class _Number:
    """A number in a sentence: any format, and then as the language writes it."""

    def __init__(self, number: float) -> None:
        self._number = number

    def __format__(self, spec: str) -> str:
        """Return the number as it is read."""
        return written(format(self._number, spec))


def _said(figure: Any) -> Any:
    return _Number(figure) if isinstance(figure, int | float) and not isinstance(figure, bool) else figure


def say(english: str, *figures: Any, **named: Any) -> str:
    """Return a sentence in the language that is spoken.

    Parameters
    ----------
    english : str
        With the places of its figures in braces, as for `str.format`. A test finds every such sentence of the program
        in both Norwegian catalogues; one that is missing all the same is said in English.
    *figures, **named
        Figures and words. One that knows itself as HTML (`__html__`) makes the sentence HTML, with all others escaped.

    Examples
    --------
    >>> say("Not given: the index has {n} months before the valuation date.", n=1)
    'Not given: the index has 1 months before the valuation date.'
    """
    sentence = catalogue(spoken()).get(english, english)
    if not figures and not named:
        return sentence
    known = [_said(item) for item in figures]
    by_name = {name: _said(item) for name, item in named.items()}
    if any(hasattr(item, "__html__") for item in (*known, *by_name.values())):
        # The sentence is of the program or of its catalogues; Markup.format escapes what is put into it.
        return Markup(sentence).format(*known, **by_name)  # noqa: S704
    return sentence.format(*known, **by_name)


def recorded(english: str) -> str:
    """Return a sentence that a file of a run holds in English, in the language that is spoken.

    A run writes its remarks once, with their figures in them, for machines and archives. A page that says them again
    finds each by its sentence in the catalogue; what stands in the places is said in the same way. A sentence nobody
    foresaw stays as the file has it.

    Examples
    --------
    >>> with speaking("nb"):
    ...     recorded("n = 12: not given"), recorded("no sentence of ours")
    ('n = 12: ikke oppgitt', 'no sentence of ours')
    """
    if spoken() == _ENGLISH or not english:
        return english
    known = catalogue(spoken()).get(english)
    if known is not None:
        return known
    for said, places in recognised(english, spoken()):
        parts = _PLACE.split(said)
        filled = _filled(_PLACE.findall(said), places)
        return "".join(text for pair in zip(parts, [*filled, ""], strict=True) for text in pair)
    for mark in ("; ", ", "):
        if mark in english:
            return mark.join(recorded(part) for part in english.split(mark))
    said = _FIGURE.sub(lambda found: written(found[0]), english)
    return _SHARE.sub(f"{NO_BREAK}%", said)


def _filled(wanted: list[str], places: list[tuple[str, str]]) -> list[str]:
    """Return what stands in each place of a sentence, in its order: by name, or by number where it has none."""
    by_name = {_name(name): _in_a_place(text) for name, text in places}
    by_number = [_in_a_place(text) for _, text in places]
    return [
        by_number[int(_name(name) or number)] if not _name(name) or _name(name).isdigit() else by_name[_name(name)]
        for number, name in enumerate(wanted)
    ]


def _in_a_place(text: str) -> str:
    return day(date.fromisoformat(text), spoken()) if _DAY.fullmatch(text) else recorded(text)


def _name(place: str) -> str:
    return place.strip("{}").partition(":")[0]


def uncapitalised(words: str) -> str:
    """Return words as they stand inside a sentence; an abbreviation keeps its capitals.

    Examples
    --------
    >>> uncapitalised("Every sale of the holdout"), uncapitalised("COD"), uncapitalised("VEI, %")
    ('every sale of the holdout', 'COD', 'VEI, %')
    """
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
