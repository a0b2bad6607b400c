"""Who decides against the gates, or to go back, and is it said why? Two names and a reason that says something."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from valuation.errors import WrongUse
from valuation.release.catalogue import GATES

LEAST_WORDS = 5
MOST_CHARACTERS = 1000
"""A record is read by people; MLflow keeps 5,000 characters of an entry."""
MOST_NAME = 100

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


@dataclass(frozen=True)
class Decision:
    """What a person decided, and with whom."""

    by: str
    reason: str
    second: str


def checked_decision(by: str | None, reason: str | None, second: str | None) -> Decision:
    """Return a decision of two people with a reason.

    Raises
    ------
    WrongUse
        When a name or the reason is missing, both names are one person's, or the reason says nothing.
    """
    missing = [
        option for option, given in (("--by", by), ("--reason", reason), ("--second", second)) if not _plain(given)
    ]
    if missing:
        raise WrongUse(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given",
            expected="who decides, why, and a second person who agrees",
            remedy='--by "Ola Nordmann" --reason "..." --second "Kari Nordmann"',
        )
    who, other = checked_name(by, "--by"), checked_name(second, "--second")
    if _key(who) == _key(other):
        raise WrongUse(
            f"{who} is named twice", expected="a second person", remedy="ask a colleague to look, and give their name"
        )
    return Decision(who, checked_reason(reason, (who, other)), other)


def checked_name(name: str | None, option: str) -> str:
    """Return a person's name in one line.

    Raises
    ------
    WrongUse
        For something that names nobody.
    """
    plain = _plain(name)
    if sum(letter.isalpha() for letter in plain) < 2 or len(plain) > MOST_NAME:
        raise WrongUse(f"{option} {plain[:50]!r} names nobody", expected=f"a name of at most {MOST_NAME} characters")
    return plain


def checked_reason(reason: str | None, names: tuple[str, ...] = ()) -> str:
    """Return a reason that another person can follow and question.

    Raises
    ------
    WrongUse
        For a reason that is too short, too long, a phrase that fits every case, or one without a fact: it must hold a
        number, name a gate, or name a document.
    """
    plain = _plain(reason)
    said = _key(plain)
    for phrase in (*EMPTY_PHRASES, *names):
        said = re.sub(rf"\b{re.escape(_key(phrase))}\b", " ", said)
    # The same word over and over is one word.
    words = set(re.findall(r"[^\W\d_]{2,}", said))
    if len(words) < LEAST_WORDS:
        raise WrongUse(
            f"the reason {plain[:80]!r} says nothing that another could follow",
            expected=f"what was looked at and why it is right, in at least {LEAST_WORDS} words of its own",
            remedy="name the gate, what you looked at and what you found",
        )
    if not (_holds_fact(plain) or _named(plain, [gate.code for gate in GATES])):
        raise WrongUse(
            f"the reason {plain[:80]!r} fits every case: it holds no number, names no gate and no document",
            expected="one concrete fact at least: a number, a gate that refuses (such as group-level), or a document",
            remedy="say what you found, in figures, at which gate, or where it is written down",
        )
    if len(plain) > MOST_CHARACTERS:
        raise WrongUse(
            f"the reason has {len(plain):,} characters",
            expected=f"at most {MOST_CHARACTERS:,}",
            remedy="say the core of it and name the document that holds the rest",
        )
    return plain


def check_names_one_of(reason: str, refusing: list[str]) -> None:
    """Refuse a reason whose only fact is the name of a gate that did not refuse.

    Raises
    ------
    WrongUse
        When the reason holds no number and no document, and names none of `refusing`.
    """
    if not (_holds_fact(reason) or _named(reason, refusing)):
        raise WrongUse(
            f"the reason {reason[:80]!r} names no gate that refuses",
            expected=f"a number, a document, or one of the gates that refuse: {', '.join(refusing)}",
            remedy="say what you found at those gates",
        )


def _holds_fact(text: str) -> bool:
    # A number, or a document: an address or the name of a file.
    return any(letter.isdigit() for letter in text) or re.search(r"https?://|\b\w+\.[a-z]{3,4}\b", text) is not None


def _named(text: str, codes: list[str]) -> bool:
    said = f" {_key(text)} "
    return any(f" {_key(code)} " in said for code in codes)


def _plain(text: str | None) -> str:
    # Control and invisible characters would make two names of one, or hide words from whoever reads the record.
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text or "")
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split())


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKC", text).casefold()).split())
