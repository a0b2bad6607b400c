"""Is there room, and is this our door? What is asked of a request before anybody knows who sent it.

The names the service answers to, how many requests it holds at once, and how often one address may ask. Health is
always answered: whoever keeps the service running must not be told that it is busy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.addresses import address_of
from api.access.words import refusal
from api.problem import Problem, problem_response
from valuation.access.rate import RateLimit

_ALWAYS = ("/health/live", "/health/ready")
_SOON_S = "1"


@dataclass(frozen=True)
class Room:
    """What the entrance goes by."""

    hosts: frozenset[str]
    max_in_flight: int
    max_header_bytes: int
    addresses: RateLimit


class Entrance:
    """ASGI middleware: Host, requests at once, requests of an address."""

    def __init__(self, app: ASGIApp, *, room: Room, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.room, self.clock = app, room, clock
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        refused = self._refusal(request)
        if refused is not None:
            await problem_response(request, refused)(scope, receive, send)
            return
        self.in_flight += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_flight -= 1

    def _refusal(self, request: Request) -> Problem | None:
        if sum(len(name) + len(value) + 4 for name, value in request.headers.raw) > self.room.max_header_bytes:
            # The server reads in large pieces, and takes a head that is whole however long it is.
            return refusal(431, "head-too-long", headers={"Connection": "close"})
        is_health = request.scope["path"] in _ALWAYS
        if not is_health and host_of(request) not in self.room.hosts:
            # 421 of RFC 9110: this server is not set up for the authority asked for.
            return refusal(421, "host-not-allowed", pointer="header:Host")
        if is_health:
            return None
        if self.in_flight >= self.room.max_in_flight:
            return refusal(503, "too-busy", headers={"Retry-After": _SOON_S})
        wait = self.room.addresses.wait(address_of(request), self.clock())
        return refusal(429, "too-many-requests", headers={"Retry-After": str(wait)}) if wait else None


def host_of(request: Request) -> str:
    """Return the name in the header Host without its port; empty for none, several or nonsense."""
    told = request.headers.getlist("host")
    if len(told) != 1:
        return ""
    host = told[0].strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.partition(":")
    return name if not port or port.isdigit() else ""
