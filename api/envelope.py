"""What goes around every answer, also about a failure? Headers, its time, a line in the log, nothing of the inside."""

from __future__ import annotations

import logging
import time
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.headers import SecurityHeaders, security_headers
from api.access.settings import AccessSettings
from api.logs import Pseudonyms
from api.metrics import Metrics

_log = logging.getLogger("valuation.access_log")


class AccessLog:
    """ASGI middleware: times every request once, for a line in the log and for the metrics.

    The route as the service names it, not the path: an address bar may hold the address of a dwelling or what somebody
    searched for. Who asked by the public name of the credential, from where by a pseudonym that changes every day.
    """

    def __init__(self, app: ASGIApp, *, pseudonyms: Pseudonyms, is_on: bool, metrics: Metrics | None = None) -> None:
        self.app, self.pseudonyms, self.is_on, self.metrics = app, pseudonyms, is_on, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, count, and write the line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            # It was answered further in (`api/errors.py`); the server would print it whole, data and all.
            if status == 0:
                raise
            _log.debug("request failed", exc_info=error)
        finally:
            took_s = time.perf_counter() - began
            if self.metrics is not None:
                route = scope.get("state", {}).get("route", "none")
                self.metrics.answered(route, scope["method"], status or 500, took_s)
            # A line that nobody will read is not made: it costs a hash of the client's address.
            if self.is_on and _log.isEnabledFor(logging.INFO):
                _log.info("request", extra=self._line(scope, status, took_s))

    def _line(self, scope: Scope, status: int, took_s: float) -> dict[str, Any]:
        state = scope.get("state", {})
        client = scope.get("client")
        return {
            "request_id": state.get("request_id", ""),
            "method": scope["method"] if scope["method"].isalpha() else "?",
            "route": state.get("route", "-"),
            "status": status,
            "ms": round(took_s * 1000, 1),
            "caller": state.get("caller_kind", "-"),
            "credential": state.get("credential_id", ""),
            "client": self.pseudonyms.of(client[0]) if client else "",
        }


class ServiceApp(FastAPI):
    """FastAPI with something around the whole of it.

    Its own last answer to a failure is made outside all middleware that is added; headers and log must be around it.
    """

    access_settings: AccessSettings | None = None
    metrics: Metrics | None = None
    """What counts the requests; None where the service is only described."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the whole, with the envelope outermost."""
        stack = super().build_middleware_stack()
        settings = self.access_settings
        if settings is None:
            return stack
        headers = security_headers(is_https=settings.is_https, image_sources=settings.image_sources)
        pseudonyms = Pseudonyms(settings.secret.get_secret_value())
        log = AccessLog(stack, pseudonyms=pseudonyms, is_on=settings.access_log, metrics=self.metrics)
        return SecurityHeaders(log, headers=headers)
