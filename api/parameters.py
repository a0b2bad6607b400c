"""Which parameters may an address have? Those its route names, each once; others are refused, not dropped."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryParameter
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from api.problem import Fault, Problem, language_of
from api.words import message_of, words_of


async def known_parameters(request: Request) -> None:
    """Refuse a parameter the route does not name, and one that stands twice.

    Raises
    ------
    Problem
        422 with each of them.
    """
    asked = request.query_params.multi_items()
    if not asked:
        return
    named = get_flat_params(request.scope["route"].dependant)
    known = {item.alias for item in named if isinstance(item.field_info, QueryParameter)}
    names = [name for name, _ in asked]
    language = language_of(request)
    faults = [
        Fault(code, message_of(code, {}, language), f"?{name[:100]}")
        for name in dict.fromkeys(names)
        for code in _faults_of(name, names, known)
    ]
    if faults:
        raise Problem(422, "wrong-parameters", words_of("wrong-parameters"), faults=faults)


def _faults_of(name: str, names: list[str], known: set[str]) -> list[str]:
    if name not in known:
        return ["field-unknown"]
    return ["parameter-doubled"] if names.count(name) > 1 else []


def plain_digits(given: Any) -> Any:
    """Return a whole number written with digits alone: Python would take `5_0`, ` 50 ` and other scripts' digits.

    Raises
    ------
    PydanticCustomError
    """
    if isinstance(given, int):
        return given
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= 12:
        return int(given)
    raise PydanticCustomError("not-a-whole-number", "digits")


Limit = Annotated[int, BeforeValidator(plain_digits), Query(ge=1, le=200, description="How many at a time.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2000, pattern=r"^[A-Za-z0-9_=.\-]+$", description="Where to go on: from the link `next`."),
]
NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f]*$"
Typed = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=NO_CONTROL_CHARACTERS,
        description="Address, matrikkel number, unit (`H0101`) or identity, as typed.",
    ),
]
Names = Annotated[
    str | None, Query(max_length=1000, pattern=NO_CONTROL_CHARACTERS, description="Any of these, separated by commas.")
]
Identity = r"^[A-Za-z0-9_.\-]{1,100}$"
"""Identities in addresses: ours are made of these signs alone."""
RollIdentity = r"^[\w.\-]{1,100}$"
"""Of a roll: a date and two Norwegian words, å and ø among their letters."""


def next_link(request: Request, cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next part of a list: same address, same filters, further on."""
    if cursor is None:
        return {}
    return {"Link": f'<{request.url.include_query_params(cursor=cursor).replace(scheme="", netloc="")}>; rel="next"'}


def listed(given: str | None) -> tuple[str, ...]:
    """Return the parts of a parameter that lists several, separated by commas.

    Examples
    --------
    >>> listed("open,begun")
    ('open', 'begun')
    """
    return tuple(part for part in (given or "").split(",") if part)
