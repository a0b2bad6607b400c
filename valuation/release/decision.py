"""Who decides against the gates, or to go back, and is it said why? Two names and a reason that says something."""

from __future__ import annotations

from dataclasses import dataclass

from valuation.errors import WrongUse
from valuation.languages.language import LANGUAGES
from valuation.reasons.said_reason import LEAST_WORDS, holds_fact, key, one_line, own_words
from valuation.release.catalogue import GATES
from valuation.release.gate_words import GATE_TITLES

MOST_CHARACTERS = 1000
"""A record is read by people; MLflow keeps 5,000 characters of an entry."""
MOST_NAME = 100


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
        option for option, given in (("--by", by), ("--reason", reason), ("--second", second)) if not one_line(given)
    ]
    if missing:
        raise WrongUse(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given",
            expected="who decides, why, and a second person who agrees",
            remedy='--by "Ola Nordmann" --reason "..." --second "Kari Nordmann"',
        )
    who, other = checked_name(by, "--by"), checked_name(second, "--second")
    if key(who) == key(other):
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
    plain = one_line(name)
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
    plain = one_line(reason)
    if len(own_words(plain, names)) < LEAST_WORDS:
        raise WrongUse(
            f"the reason {plain[:80]!r} says nothing that another could follow",
            expected=f"what was looked at and why it is right, in at least {LEAST_WORDS} words of its own",
            remedy="name the gate, what you looked at and what you found",
        )
    if not (holds_fact(plain) or _named(plain, [gate.code for gate in GATES])):
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
    if not (holds_fact(reason) or _named(reason, refusing)):
        raise WrongUse(
            f"the reason {reason[:80]!r} names no gate that refuses",
            expected=f"a number, a document, or one of the gates that refuse: {', '.join(refusing)}",
            remedy="say what you found at those gates",
        )


def _named(text: str, codes: list[str]) -> bool:
    said = f" {key(text)} "
    return any(f" {key(name)} " in said for code in codes for name in _names_of(code))


def _names_of(code: str) -> list[str]:
    """Return what a gate is called: its code, and its title in every language, which is what a page shows."""
    words = GATE_TITLES.get(code)
    return [code] if words is None else [code, *(words.in_language(language) for language in LANGUAGES)]
