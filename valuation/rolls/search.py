"""What does somebody mean who types into the one search field? An address, a property, a unit, or an identity.

What was typed is taken apart here and never becomes part of a question to a database as text. A word means words that
begin with it, a number means just that number: `Storgata 1` does not find number 12.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from valuation.errors import WrongUse

LONGEST = 200
"""Characters that may be typed: more than any address has."""
MOST_WORDS = 12
_PROPERTY = re.compile(r"(?:\d{1,6}-)?\d+(?:/\d+){1,3}")
"""`5001-123/45/0/2` or a part of it from the left, with or without the number of the municipality."""
_UNIT = re.compile(r"[a-zæøå]\d{4}")
"""`H0101`: the storey and the door of a dwelling in its building."""
_PIECE = re.compile(r"[0-9]+|[^\W\d_]+")


@dataclass(frozen=True)
class Search:
    """What was typed, taken apart. All parts must fit; `identity` alone is enough too."""

    identity: str
    """The whole of it without blanks at its ends: perhaps the identity of a dwelling, property, value or case."""
    properties: tuple[str, ...] = ()
    """Each the beginning of a property's number, up to a `/`; without a `-` of any municipality."""
    units: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Beginnings of words of an address."""
    numbers: tuple[str, ...] = ()
    """Whole numbers of an address."""

    @property
    def has_parts(self) -> bool:
        """Return whether anything is there beside the identity."""
        return bool(self.properties or self.units or self.words or self.numbers)


def parsed(text: str) -> Search:
    """Take what was typed apart.

    Raises
    ------
    WrongUse
        For more than anybody types.

    Examples
    --------
    >>> typed = parsed("  Måkegjerdet 12B  h0101 ")
    >>> typed.words, typed.numbers, typed.units, typed.identity
    (('måkegjerdet', 'b'), ('12',), ('h0101',), 'Måkegjerdet 12B h0101')
    >>> parsed("5001-123/45").properties
    ('5001-123/45',)
    """
    if len(text) > LONGEST:
        raise WrongUse(
            f"{len(text)} characters were typed into the search",
            expected=f"at most {LONGEST}",
            remedy="give an address, a property such as 5001-123/45/0/2, a unit such as H0101, or an identity",
        )
    typed = _plain(text).split()
    # A dwelling's identity is its property's with the unit behind it.
    pieces = [piece for word in typed for piece in _parts(word.casefold())][:MOST_WORDS]
    others = [
        part for piece in pieces if not _is_property(piece) and not _is_unit(piece) for part in _PIECE.findall(piece)
    ]
    return Search(
        identity=" ".join(typed),
        properties=tuple(piece for piece in pieces if _is_property(piece)),
        units=tuple(piece for piece in pieces if _is_unit(piece)),
        words=tuple(part for part in others if not part.isdecimal()),
        numbers=tuple(part for part in others if part.isdecimal()),
    )


def address_key(address: str | None) -> str:
    """Return what a search for words looks in: the words of an address between blanks, in small letters.

    Examples
    --------
    >>> address_key("Måkegjerdet 12B")
    ' måkegjerdet 12 b '
    """
    pieces = _PIECE.findall(_plain(address or "").casefold())
    return f" {' '.join(pieces)} " if pieces else ""


def unit_key(dwelling_id: str, property_id: str | None) -> str:
    """Return the unit of a dwelling: what its identity says beyond that of its property, in small letters.

    Examples
    --------
    >>> unit_key("5001-1/2/0/0-H0101", "5001-1/2/0/0"), unit_key("7129300520", None)
    ('h0101', '')
    """
    is_part = property_id is not None and dwelling_id.startswith(property_id)
    return dwelling_id.removeprefix(property_id or "").strip("- ").casefold() if is_part else ""


def _plain(text: str) -> str:
    """Return text in one spelling of its letters, with a blank for whatever cannot be printed."""
    spelled = unicodedata.normalize("NFKC", text)
    return "".join(letter if letter.isprintable() else " " for letter in spelled)


def _parts(word: str) -> list[str]:
    head, _, tail = word.rpartition("-")
    return [head, tail] if _is_property(head) and _is_unit(tail) else [word]


def _is_property(piece: str) -> bool:
    return _PROPERTY.fullmatch(piece) is not None


def _is_unit(piece: str) -> bool:
    return _UNIT.fullmatch(piece) is not None
