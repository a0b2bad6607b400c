"""What comes in at all? Every request gets an identity, and a body only as long as the service takes."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem import Problem, problem_response
from api.words import words_of


class Door:
    """ASGI middleware before everything else: request id, limit of the body, no compressed bodies.

    Parameters
    ----------
    app : ASGI application
    max_body_bytes : int
        Also of a body that does not say how long it is.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Never one the client chose: two requests with one identity could not be told apart in the log.
        identity = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = identity
        request = Request(scope)
        refused = self._refusal(request)
        if refused is not None:
            await problem_response(request, refused)(scope, receive, send)
            return
        await self.app(scope, self._counted(receive), _named(send, identity))

    def _refusal(self, request: Request) -> Problem | None:
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            return Problem(
                415, "unsupported-media-type", words_of("unsupported-media-type"), pointer="header:Content-Encoding"
            )
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return Problem(400, "malformed-request", words_of("malformed-request"), pointer="header:Content-Length")
        return self._too_large() if len(length) > 15 or int(length) > self.max_body_bytes else None

    def _too_large(self) -> Problem:
        # Closed, so that the rest of it is not read as the next request.
        return Problem(413, "body-too-large", words_of("body-too-large"), headers={"Connection": "close"})

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_body_bytes:
                raise self._too_large()
            return message

        return counted


def _named(send: Send, identity: str) -> Send:
    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            if b"x-request-id" not in names:
                message["headers"] = [*message["headers"], (b"x-request-id", identity.encode())]
            if b"cache-control" not in names:
                # Values of citizens' homes: kept by no cache unless a route says otherwise.
                message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
        await send(message)

    return named
