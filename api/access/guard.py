"""May this caller call this route? Asked before anything of the request is read, in one place, for every route.

In this order: a route nobody answers to goes on to be answered 404 or 405; a line that opens to everybody opens, and no
store is asked; then who asks (401), how often they asked (429), whether the table opens (403), and for a browser's
request that changes something, whether it came from our own page (403).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.access.addresses import address_of
from api.access.caller import Caller, Callers
from api.access.csrf import SAFE_METHODS, Origins, with_form_token
from api.access.route_map import RouteMap
from api.access.words import refusal
from api.errors import problem_of
from api.problem import Problem, problem_response, request_id
from valuation.access.rate import RateLimit
from valuation.access.routes import Route
from valuation.errors import ValuationError


@dataclass(frozen=True)
class GuardParts:
    """What the guard asks."""

    routes: RouteMap
    callers: Callers
    origins: Origins
    actors: RateLimit
    attempts: RateLimit


class Guard:
    """ASGI middleware before the routes."""

    def __init__(self, app: ASGIApp, *, parts: GuardParts) -> None:
        self.app, self.parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to its route, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There is no line for a web socket: nobody opens one.
            await send({"type": "websocket.close", "code": 1008})
            return
        served = self.parts.routes.served(scope)
        if served is None:
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["route"] = served.path
        request = Request(scope, receive)
        try:
            receive = await self._passed(request, receive)
        except _Elsewhere as elsewhere:
            await elsewhere.response(scope, receive, send)
            return
        except Problem as problem:
            await problem_response(request, problem)(scope, receive, send)
            return
        except ValuationError as error:
            await problem_response(request, problem_of(error))(scope, receive, send)
            return
        with bound_contextvars(request_id=request_id(request)):
            await self.app(scope, receive, send)

    async def _passed(self, request: Request, receive: Receive) -> Receive:
        line = self.parts.routes.line(request.scope)
        if line is None:
            raise refusal(403, "forbidden")
        if line.opening == "everybody":
            if request.method not in SAFE_METHODS:
                self.parts.origins.need_own_where_told(request)
            return receive
        caller = await self._known(request, line)
        self._need_patience(caller)
        assert caller.actor is not None
        # Also of who is refused: the page that says so has their menu.
        request.state.caller, request.state.actor = caller, caller.actor
        if not line.opens_to(caller.actor.roles):
            raise refusal(403, "forbidden")
        if caller.session is not None and request.method not in SAFE_METHODS:
            self.parts.origins.need_own(request)
            receive = await with_form_token(request, receive, caller.session.csrf_token)
        return receive

    async def _known(self, request: Request, line: Route) -> Caller:
        caller = await self.parts.callers.of(request)
        request.state.credential_id = caller.credential_id
        request.state.caller_kind = caller.kind
        if caller.actor is not None:
            return caller
        if caller.refusal:
            wait = self.parts.attempts.wait(address_of(request), time.monotonic())
            if wait:
                raise refusal(429, "too-many-requests", headers={"Retry-After": str(wait)})
        if is_page(request, line):
            raise _Elsewhere(RedirectResponse(f"/login?return_to={quote(_asked_for(request), safe='')}", 303))
        raise refusal(401, caller.refusal or "not-signed-in", headers={"WWW-Authenticate": "Bearer"})

    def _need_patience(self, caller: Caller) -> None:
        assert caller.actor is not None
        wait = self.parts.actors.wait(caller.actor.user_id, time.monotonic())
        if wait:
            raise refusal(429, "too-many-requests", headers={"Retry-After": str(wait)})


class _Elsewhere(Exception):
    """The answer is another address."""

    def __init__(self, response: Response) -> None:
        self.response = response


def is_page(request: Request, line: Route) -> bool:
    """Return whether a person looks at a page, who is better sent to the login than told no."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and request.method in SAFE_METHODS and not line.path.startswith("/api/")


def _asked_for(request: Request) -> str:
    query = request.scope.get("query_string", b"").decode("latin-1")
    return quote(request.url.path) + (f"?{query}" if query else "")
