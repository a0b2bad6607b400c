"""What do the pages say in a language? Sentences of their own, found by their English text.

`locale/nb.po` and `locale/nn.po` have each sentence, written by ear. Caseworkers read them: no word of the modelling
trade may enter them, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from valuation.languages.catalogue import read_catalogue

LOCALE = Path(__file__).parent / "locale"
Say = Callable[[str], str]


def catalogue_file(language: str) -> Path:
    """Return where the sentences of a language stand; English has no file, it is the key."""
    return LOCALE / f"{language}.po"


@cache
def sentences(language: str) -> Say:
    """Return what puts an English sentence into a language."""
    found = read_catalogue(catalogue_file(language), language)
    return lambda text: found.get(text, text)
