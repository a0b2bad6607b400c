"""Does a text carry a Norwegian national identity number? Found by its check digits, and masked.

Eleven digits, the last two of which are check digits by modulus 11. Only these are looked at, not whether the first
six are a day: D-numbers (day + 40), the synthetic numbers of the tax authority (month + 80) and of NAV (month + 40)
carry the same digits, and a mask that is too wide costs a line of a log, one that is too narrow a person's number.
Four in 121 of all other eleven-digit numbers are masked with them.

References
----------
Skatteetaten, Fødselsnummer (weights of the check digits); from 2032 the first check digit may also leave the
remainder 1, 2 or 3 (ny kontrollsifferberegning), which is accepted here already.
"""

from __future__ import annotations

import re
from typing import Any

MASK = "[national identity number removed]"

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_FIRST_REMAINDERS = {0, 1, 2, 3}
# As written and as typed: eleven digits, or six and five with a blank, a hyphen, a full stop or their forms in an
# address bar between them. A longer row of digits is another number.
_CANDIDATE = re.compile(r"(?<!\d)(\d{6})(?:[\s.\u2010-\u2015\u00a0-]|%20|\+)?(\d{5})(?!\d)")


def has_valid_check_digits(number: str) -> bool:
    """Return whether eleven digits end in the check digits of a national identity number.

    Examples
    --------
    >>> has_valid_check_digits("01010750160"), has_valid_check_digits("01010750161")
    (True, False)
    """
    if len(number) != 11 or not number.isascii() or not number.isdigit():
        return False
    digits = [int(digit) for digit in number]
    first = sum(weight * digit for weight, digit in zip(_FIRST_WEIGHTS, digits, strict=False)) % 11
    second = sum(weight * digit for weight, digit in zip(_SECOND_WEIGHTS, digits, strict=True)) % 11
    return first in _FIRST_REMAINDERS and second == 0


def contains_one(text: str) -> bool:
    """Return whether a national identity number stands somewhere in the text."""
    return any(has_valid_check_digits(found[1] + found[2]) for found in _CANDIDATE.finditer(text))


def masked(text: str) -> str:
    """Return the text with each national identity number replaced by a remark.

    Examples
    --------
    >>> masked("owner 010107 50160 called, case 4711")
    'owner [national identity number removed] called, case 4711'
    """
    return _CANDIDATE.sub(lambda found: MASK if has_valid_check_digits(found[1] + found[2]) else found[0], text)


def masked_throughout(value: Any) -> Any:
    """Return a value of JSON with every text, key and number in it masked."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        # A number lost its leading zero when it was read as one.
        return MASK if has_valid_check_digits(f"{value:011d}" if value >= 0 else "") else value
    if isinstance(value, dict):
        return {masked_throughout(key): masked_throughout(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked_throughout(held) for held in value]
    return value if isinstance(value, float) else masked(str(value))
