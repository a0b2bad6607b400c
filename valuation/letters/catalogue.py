"""What does the letter say in a language? Sentences of its own, found by their English text.

`nb.po` and `nn.po` beside this file have each sentence, written by ear. They stand apart from those of reports: owners
read these, and no word of the modelling trade may enter them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from valuation.languages.catalogue import read_catalogue

_HERE = Path(__file__).parent


def catalogue_file(language: str) -> Path:
    """Return where the sentences of a language stand; English has no file, it is the key."""
    return _HERE / f"{language}.po"


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Return English sentence to sentence; empty for English."""
    return read_catalogue(catalogue_file(language), language)
