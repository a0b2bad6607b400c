"""Does a reason say anything that another person could follow and question? One list of phrases that say nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LEAST_WORDS = 5
"""Different words a reason has of its own, beside phrases that say nothing."""

EMPTY_PHRASES = (
    "as agreed",
    "as discussed",
    "by decision",
    "no comment",
    "looks good",
    "looks good to me",
    "it is fine",
    "everything is fine",
    "after an overall assessment",
    "after a total assessment",
    "because it is needed",
    "etter en samlet vurdering",
    "etter en helhetsvurdering",
    "ut fra en helhetsvurdering",
    "etter ei samla vurdering",
    "etter ei heilskapsvurdering",
    "ut frå ei heilskapsvurdering",
    "etter en konkret vurdering",
    "etter ei konkret vurdering",
    "etter skjønn",
    "etter beste skjønn",
    "etter beste skjøn",
    "som avtalt",
    "etter avtale",
    "det ser bra ut",
    "ser greit ut",
    "ok",
    "approved",
    "godkjent",
    "godkjend",
    "test",
)
"""Phrases that say nothing; the Ombudsman found the Norwegian ones to be no reason."""


def one_line(text: str | None) -> str:
    """Return a text in one line, without control and invisible characters.

    They would make two names of one, or hide words from whoever reads the record.
    """
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text or "")
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def cleaned(text: str | None) -> str:
    """Return a text as it is kept: its lines as they were written, without control and invisible characters."""
    lines = (one_line(line) for line in (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip()


def key(text: str) -> str:
    """Return a text as its words alone, small: what two spellings of one thing have in common."""
    return " ".join(re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKC", text).casefold()).split())


def own_words(text: str, names: Iterable[str] = ()) -> set[str]:
    """Return the different words of a reason beside phrases that say nothing and the names of people.

    Examples
    --------
    >>> sorted(own_words("Etter en samlet vurdering: badet er fra 1962"))
    ['badet', 'er', 'fra']
    """
    said = key(text)
    # The longest first: "looks good to me" must not leave "to me".
    for phrase in sorted((*EMPTY_PHRASES, *names), key=len, reverse=True):
        said = re.sub(rf"\b{re.escape(key(phrase))}\b", " ", said)
    # The same word over and over is one word.
    return set(re.findall(r"[^\W\d_]{2,}", said))


def holds_fact(text: str) -> bool:
    """Return whether a reason holds a number, or names a document by its address or file."""
    return any(letter.isdigit() for letter in text) or re.search(r"https?://|\b\w+\.[a-z]{3,4}\b", text) is not None
