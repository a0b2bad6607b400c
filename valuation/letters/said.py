"""How is one thing said in every language at once? Each is told by itself, and kept beside the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from valuation.dwellings.characteristics import Words
from valuation.explanation.fact_words import LANGUAGES


def said(tell: Callable[[str], str]) -> Words:
    """Return what is told in each language.

    Examples
    --------
    >>> said(lambda language: f"so in {language}").nn
    'so in nn'
    """
    return Words(**{language: tell(language) for language in LANGUAGES})


def nth(rows: Mapping[str, list[Any]], *places: int) -> Callable[[str], str]:
    """Return what tells the cell at some places, one within the other, of the rows of a language."""

    def tell(language: str) -> str:
        found: Any = rows[language]
        for place in places:
            found = found[place]
        return str(found)

    return tell


def same(text: str) -> Words:
    """Return a name that is the same in every language."""
    return Words(**dict.fromkeys(LANGUAGES, text))


def sentences(tell: Callable[[str], list[str]]) -> tuple[Words, ...]:
    """Return sentences, each in every language; there are as many of them in one as in another."""
    told = {language: tell(language) for language in LANGUAGES}
    return tuple(Words(**dict(zip(LANGUAGES, lines, strict=True))) for lines in zip(*told.values(), strict=True))
