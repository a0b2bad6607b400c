"""Which version has the client seen, and has this request been answered before? If-Match, ETag, Idempotency-Key."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Request

from api.problem import Problem
from api.words import words_of

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')
_KEY = re.compile(r"[A-Za-z0-9_.:\-]{8,100}")

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the case as it was read; without it 428, for an older one 412."),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Of your choice, 8 to 100 signs, a new one for each new request: sent again within a week (or as "
        "long as the service keeps answers), it gives the first answer and does nothing.",
    ),
]


_ONCE = {name.lower().encode(): name for name in ("If-Match", "Idempotency-Key")}


async def conditions_once(request: Request) -> None:
    """Refuse a request that has a condition twice: which of the two was meant, nobody can know.

    Raises
    ------
    Problem
        400, with the header.
    """
    names = [name for name, _ in request.scope["headers"]]
    for name, told in _ONCE.items():
        if names.count(name) > 1:
            raise Problem(400, "header-doubled", words_of("header-doubled"), pointer=f"header:{told}")


def version_seen(if_match: str | None) -> int:
    """Return the version of the case that the client has seen.

    Raises
    ------
    Problem
        428 without the header, 400 for one that is no ETag of ours: `*` would mean that nobody looked.
    """
    if if_match is None:
        raise Problem(428, "if-match-missing", words_of("if-match-missing"), pointer="header:If-Match")
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Problem(400, "if-match-not-read", words_of("if-match-not-read"), pointer="header:If-Match")
    return int(found[1])


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def key_given(key: str | None) -> str:
    """Return the idempotency key.

    Raises
    ------
    Problem
        400 when there is none or it is not of the form.
    """
    if key is None:
        raise Problem(
            400, "idempotency-key-missing", words_of("idempotency-key-missing"), pointer="header:Idempotency-Key"
        )
    if not _KEY.fullmatch(key):
        raise Problem(
            400, "idempotency-key-not-read", words_of("idempotency-key-not-read"), pointer="header:Idempotency-Key"
        )
    return key
