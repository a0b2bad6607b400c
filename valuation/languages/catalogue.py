"""How does an English sentence read in bokmål and nynorsk? From two catalogues that translators' programs open.

A sentence is found by its English text, with the names of its figures in braces. `nb.po` and `nn.po` hold the same
sentences; a test reads the program and the templates and asserts that none is missing and none is left over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_PLACE = re.compile(r"\{[^{}]*\}")
_LEAST_LETTERS = 3
"""Letters a sentence needs beside its figures before a recorded sentence is recognised by it."""


_NUMBERS = {"{n}", "{m}"}
"""Places that hold a number and nothing else, in a sentence of a few words."""
_NUMBER, _ANYTHING = r"[\d.,]+", r".+?"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return English sentence to sentence; empty for English."""
    return read_catalogue(_HERE / f"{language}.po", language)


def read_catalogue(path: Path, language: str) -> Mapping[str, str]:
    """Return the sentences of a catalogue that stands elsewhere: English to sentence; empty where there is none."""
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file, locale=language) if entry.id}


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str, str]]:
    found = [
        (_pattern(english), english, said)
        for english, said in catalogue(language).items()
        if _PLACE.search(english) and sum(sign.isalpha() for sign in _PLACE.sub("", english)) >= _LEAST_LETTERS
    ]
    # The one that leaves the least to its figures is the one that was meant.
    return sorted(found, key=lambda item: -len(_PLACE.sub("", item[1])))


def _pattern(english: str) -> re.Pattern[str]:
    texts, places = _PLACE.split(english), _PLACE.findall(english)
    wanted = [f"({_NUMBER if place in _NUMBERS else _ANYTHING})" for place in places]
    return re.compile("".join(re.escape(text) + want for text, want in zip(texts, [*wanted, ""], strict=True)))


def recognised(sentence: str, language: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the readings of an English sentence whose figures are already in it.

    Parameters
    ----------
    sentence : str
        As a file of a run holds it.
    language : str

    Yields
    ------
    tuple
        The sentence of the catalogue in the language, with its places, and each place in the English one, with what
        stands there.
    """
    for pattern, english, said in _patterns(language):
        match = pattern.fullmatch(sentence)
        if match:
            yield said, list(zip(_PLACE.findall(english), match.groups(), strict=True))
