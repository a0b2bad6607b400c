"""How is the service kept running? uvicorn with an end to everything: heads, idle connections, and its own stopping."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.access.headers import security_headers
from api.http_protocol import GuardedProtocol
from api.logs import configure_logs
from api.main import create_app
from api.settings import Settings, read_settings

_KEEP_ALIVE_S = 15
_BACKLOG = 512
_SIGN_OF_LIFE_S = 30
"""A worker that gives none for so long is ended and begun anew; one that is loading on a busy machine is slow to."""


def make_app() -> FastAPI:
    """Return the service as a worker runs it, by the settings of the environment."""
    settings = read_settings()
    configure_logs(settings.log_level)
    GuardedProtocol.header_timeout_s = settings.header_timeout_s
    GuardedProtocol.response_headers = security_headers(is_https=settings.is_https)
    return create_app(settings)


def server_config(settings: Settings, app: str | Callable[..., Any] = "api.server:make_app") -> uvicorn.Config:
    """Return how uvicorn is to run."""
    return uvicorn.Config(
        app,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.graceful_stop_s,
        timeout_worker_healthcheck=_SIGN_OF_LIFE_S,
        limit_concurrency=settings.max_connections,
        backlog=_BACKLOG,
        h11_max_incomplete_event_size=settings.max_header_bytes,
    )


def serve(settings: Settings) -> int:
    """Run until told to stop; requests that are being answered end first. Return the exit code.

    Parameters
    ----------
    settings : Settings
        Also read from the environment by each worker: those given here must stand there.
    """
    configure_logs(settings.log_level)
    config = server_config(settings)
    with _stopping_is_no_failure():
        if settings.workers > 1:
            from uvicorn.supervisors import Multiprocess

            Multiprocess(config, sockets=[config.bind_socket()]).run()
            return 0
        server = uvicorn.Server(config)
        server.run()
        return 0 if server.started else 1


@contextmanager
def _stopping_is_no_failure():  # type: ignore[no-untyped-def]
    # uvicorn raises the signal it was stopped by once more when it is done; the command line would take it for Ctrl-C
    # in the middle of work and say that the work can be resumed.
    before = {number: signal.signal(number, _nothing) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(*_: object) -> None:
    """Do nothing: the server has its own handler while it runs."""
