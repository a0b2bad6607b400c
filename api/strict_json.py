"""Which bytes are JSON here? UTF-8, one name once, not nested without end; what is no number is found with its place.

Python's reader takes `NaN`, `Infinity`, names that stand twice and half characters. Here each of them is refused, and
the answer says where.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from api.problem import Fault, Problem
from api.words import message_of, words_of

LONGEST_NUMBER = 40
"""Digits of a number; the longest that a float64 needs is under 30."""
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


class _Doubled(dict[str, Any]):
    """An object in which a name stood twice."""

    names: tuple[str, ...] = ()


def parse(body: bytes, language: str) -> Any:
    """Return what a body says.

    Numbers that are none (`NaN`, `1e999`, 5,000 digits) come back as not finite: the model of the request refuses them
    with the name of the field.

    Raises
    ------
    Problem
        400 for what is not JSON in UTF-8, is nested without end, or holds half a character; 422 for a name that stands
        twice.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("not-utf-8") from None
    doubled: list[_Doubled] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        marked = _Doubled(found)
        names = [name for name, _ in pairs]
        marked.names = tuple(name for name in found if names.count(name) > 1)
        doubled.append(marked)
        return marked

    try:
        said = json.loads(
            text, object_pairs_hook=as_object, parse_int=_whole, parse_float=_figure, parse_constant=_no_number
        )
    except RecursionError:
        raise _malformed("nested-too-deeply") from None
    except ValueError:
        raise _malformed("not-json") from None
    if doubled:
        raise _doubled_names(said, language)
    if _HALF_CHARACTER.search(body):
        _refuse_half_characters(said, language)
    return said


def _malformed(code: str) -> Problem:
    return Problem(400, code, words_of(code))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.inf


def _figure(digits: str) -> float:
    return float(digits) if len(digits) <= 10 * LONGEST_NUMBER else math.inf


def _no_number(_: str) -> float:
    return math.nan


def _doubled_names(said: Any, language: str) -> Problem:
    told = message_of("key-doubled", {}, language)
    faults = [
        Fault("key-doubled", told, f"{pointer}/{escaped(name)}")
        for pointer, item in _walk(said)
        if isinstance(item, _Doubled)
        for name in item.names
    ]
    # An object that itself stood under a doubled name is gone; the outer one names the place then.
    return Problem(422, "key-doubled", words_of("key-doubled"), faults=faults[:100])


def _refuse_half_characters(said: Any, language: str) -> None:
    told = message_of("text-not-unicode", {}, language)
    faults = [Fault("text-not-unicode", told, pointer) for pointer, item in _walk(said) if _is_half(item)]
    if faults:
        raise Problem(422, "text-not-unicode", words_of("text-not-unicode"), faults=faults[:100])


def _is_half(item: Any) -> bool:
    texts = [item] if isinstance(item, str) else list(item) if isinstance(item, dict) else []
    return any("\ud800" <= sign <= "\udfff" for text in texts for sign in text)


def _walk(said: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    # A list of things to visit, not calls: what json could read may be nested deeper than calls may be.
    waiting = [(pointer, said)]
    while waiting:
        place, item = waiting.pop()
        yield place, item
        parts = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        waiting.extend((f"{place}/{escaped(str(name))}", part) for name, part in reversed(list(parts)))


def escaped(name: str) -> str:
    """Return a name as a part of a JSON pointer (RFC 6901), short and without half characters.

    Examples
    --------
    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return name[:100].encode("utf-8", "replace").decode("utf-8").replace("~", "~0").replace("/", "~1")
