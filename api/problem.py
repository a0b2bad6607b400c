"""What does an answer look like that says no? RFC 9457, with a code that never changes, in the reader's language.

Nothing a client sent stands in it, and nothing of the inside: no stack, no path, no SQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response

from valuation.dwellings.characteristics import Words
from valuation.languages.language import LANGUAGES

MEDIA_TYPE = "application/problem+json"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where."""

    code: str
    """Stable for ever."""
    message: str
    """For people, in their language."""
    pointer: str = ""
    """JSON pointer into the body (`/dwellings/0/rooms`), `?name` of the query, `header:name`; empty for the whole."""


class Problem(Exception):
    """An answer that says no, raised from anywhere in a route.

    Parameters
    ----------
    status : int
    code : str
        What happened, stable; `type` of the answer is made of it.
    words : Words
        The sentence, in every language.
    pointer : str
    faults : sequence of Fault
        Where there is more than one thing to say; else one is made of `code`, `words` and `pointer`.
    headers : mapping, optional
    members : mapping, optional
        Further members of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        words: Words,
        *,
        pointer: str = "",
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.status, self.code, self.words, self.pointer = status, code, words, pointer
        self.faults, self.headers, self.members = tuple(faults), dict(headers or {}), dict(members or {})
        super().__init__(f"{status} {code}")


def request_id(connection: HTTPConnection) -> str:
    """Return the identity the service gave this request."""
    return connection.scope.get("state", {}).get("request_id", "")


def language_of(connection: HTTPConnection) -> str:
    """Return the language to answer in: the first of `Accept-Language` that there are words in, else English.

    Examples
    --------
    >>> language_of(HTTPConnection({"type": "http", "headers": [(b"accept-language", b"fr, nn;q=0.5, nb;q=0.9")]}))
    'nb'
    """
    return _language_among(connection.headers.get("accept-language", "")[:200])


@lru_cache(256)
def _language_among(told: str) -> str:
    asked = []
    for place, part in enumerate(told.split(",")):
        found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", part)
        if found:
            name = {"no": "nb"}.get(found[1].lower(), found[1].lower())
            asked.append((-float(found[2] or 1), place, name))
    return next((name for quality, _, name in sorted(asked) if name in LANGUAGES and quality < 0), DEFAULT_LANGUAGE)


def problem_response(connection: HTTPConnection, problem: Problem) -> Response:
    """Return the answer as `application/problem+json`; to a person who looks at a page, as a page."""
    app = connection.scope.get("app")
    as_page = None if app is None else getattr(app.state, "problem_page", None)
    page = None if as_page is None else as_page(connection, problem)
    if page is not None:
        return page
    language = language_of(connection)
    sentence = problem.words.in_language(language)
    faults: Iterable[Fault] = problem.faults or (Fault(problem.code, sentence, problem.pointer),)
    identity = request_id(connection)
    body = {
        "type": f"urn:valuation:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": sentence,
        "instance": f"urn:uuid:{identity}",
        "errors": [{"pointer": item.pointer, "code": item.code, "message": item.message} for item in faults],
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", "Content-Language": language, "X-Request-ID": identity, **problem.headers}
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    # Words of the domain may repeat what was typed: half a character must not stop the answer.
    return Response(text.encode("utf-8", "replace"), problem.status, headers, MEDIA_TYPE)
