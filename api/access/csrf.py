"""Did a browser's request come from our own page? By where it says it comes from, and by a token only our page knows.

Both are asked of every request that changes something and is let in by a cookie, which a browser sends along wherever
the request was made. A machine's token is sent by nobody but the machine, so it is asked for neither. The cookie is
SameSite=Lax besides; that alone would let in a neighbouring site under the municipality's own name.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from api.access.words import refusal
from valuation.access.credential import is_same

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS = 1000
_MOST_FILES = 10


class Origins:
    """Our own origins.

    Parameters
    ----------
    address : str
        The address people type (`AccessSettings.address`).
    hosts : frozenset of str
        Further names, which with scheme and port of the address make further origins.
    """

    def __init__(self, address: str, hosts: frozenset[str]) -> None:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
        names = (f"[{host}]" if ":" in host else host for host in hosts)
        self.own = frozenset({address.lower(), *(f"{parts.scheme}://{name}{port}" for name in names)})

    def need_own(self, request: Request) -> None:
        """Refuse a request that does not say it comes from our own page.

        Raises
        ------
        Problem
            403, also where the browser says nothing: every browser of this decade does.
        """
        told = _origin_of(request)
        if told is None or told not in self.own:
            raise refusal(403, "origin-not-allowed", pointer="header:Origin")

    def need_own_where_told(self, request: Request) -> None:
        """Refuse a request that says it comes from elsewhere; one that says nothing comes from no browser.

        Raises
        ------
        Problem
            403.
        """
        told = _origin_of(request)
        if told is not None and told not in self.own:
            raise refusal(403, "origin-not-allowed", pointer="header:Origin")


def _origin_of(request: Request) -> str | None:
    origin = request.headers.get("origin")
    if origin is not None:
        return origin.lower()
    referer = urlsplit(request.headers.get("referer", ""))
    return f"{referer.scheme}://{referer.netloc}".lower() if referer.netloc else None


async def with_form_token(request: Request, receive: Receive, expected: str) -> Receive:
    """Refuse a request without the token of the session; return from where its body is read again.

    Parameters
    ----------
    request : Request
    receive : ASGI receive
    expected : str
        The token of the session.

    Raises
    ------
    Problem
        403.
    """
    given = request.headers.get(HEADER)
    if given is not None:
        _need_same(given, expected)
        return receive
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() not in _FORMS:
        raise refusal(403, "csrf-token-wrong", pointer=f"header:{HEADER}")
    body = await _body(receive)
    _need_same(await _field(request, body), expected)
    return _again(body, receive)


def _need_same(given: str, expected: str) -> None:
    if not is_same(given, expected):
        raise refusal(403, "csrf-token-wrong", pointer=f"header:{HEADER}")


async def _body(receive: Receive) -> bytes:
    # As long as the door takes (`api/door.py` counts it): a form is small, a file to be read in is not endless.
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise refusal(403, "csrf-token-wrong")
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _field(request: Request, body: bytes) -> str:
    async def whole():  # type: ignore[no-untyped-def]
        yield body

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == _FORMS[0]:
            form = await FormParser(request.headers, whole(), max_fields=_MOST_FIELDS).parse()
        else:
            parser = MultiPartParser(request.headers, whole(), max_files=_MOST_FILES, max_fields=_MOST_FIELDS)
            form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        return ""
    found = form.get(FIELD)
    await form.close()
    return found if isinstance(found, str) else ""


def _again(body: bytes, receive: Receive) -> Receive:
    is_told = False

    async def again() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
