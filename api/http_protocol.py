"""How long may the head of a request be, and how long on its way? A client that sends a sign a minute is let go."""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_LINGER_S = 1.0


class GuardedProtocol(H11Protocol):
    """uvicorn's own protocol, with an end to waiting for a head, and the right status for one that is too long."""

    header_timeout_s: ClassVar[float] = 10.0
    response_headers: ClassVar[dict[str, str]] = {}
    """Of answers made here, before the service has seen the request."""

    _waiting: asyncio.TimerHandle | None = None
    _is_answered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; wait for the rest of a head that has begun, no longer than for a whole one."""
        if self._is_answered:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._waiting is None and not self.transport.is_closing():
            self._wait()

    def on_response_complete(self) -> None:
        """Rest between two requests: that is the keep-alive's time, not a head's."""
        self._stop_waiting()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own sentence
        """Answer what is no request at all. Called while the error of h11 is handled, which knows what was wrong."""
        hint = getattr(sys.exc_info()[1], "error_status_hint", 400)
        self._answer(*((431, "head-too-long") if hint == 431 else (400, "malformed-request")))

    def _wait(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(self.header_timeout_s, self._waited_too_long)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _waited_too_long(self) -> None:
        self._waiting = None
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._answer(408, "head-too-slow")
        else:
            self.transport.close()

    def _answer(self, status: int, code: str) -> None:
        phrase = HTTPStatus(status).phrase
        body: dict[str, Any] = {
            "type": f"urn:valuation:problem:{code}",
            "title": phrase,
            "status": status,
            "detail": phrase,
            "errors": [{"pointer": "", "code": code, "message": phrase}],
        }
        content = json.dumps(body).encode()
        headers = {
            **self.response_headers,
            "content-type": "application/problem+json",
            "content-length": str(len(content)),
            "cache-control": "no-store",
            "connection": "close",
        }
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        # Written past h11, which after an error sends nothing more.
        self.transport.write("\r\n".join(lines).encode("latin-1") + content)
        # Closed at once, what the client is still sending would wipe out the answer on its side.
        self._is_answered = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_S, self.transport.close)
