"""What is written into the log, and what never? One JSON object a line, with the request's identity and no person.

Never: a query, a path as asked for, a body, a header that opens, the address of a client, the sentence of an unexpected
error (it may repeat what somebody typed; its kind and the lines of code are there). What is meant as well is masked
at the end: eleven digits with the check digits of a national identity number (`valuation/privacy`).
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

from valuation.privacy.national_identity_number import masked_throughout

NEVER = frozenset(
    {
        *(
            "authorization",
            "cookie",
            "cookies",
            "set-cookie",
            "csrf_token",
            "token",
            "secret",
            "password",
            "code_verifier",
        ),
        *("query", "query_string", "path", "url", "body", "headers", "address", "dwelling_id", "display_name", "name"),
        *("color_message", "taskName"),  # uvicorn and asyncio put these there
    }
)
"""Fields no line holds, whoever writes them."""

Event = MutableMapping[str, Any]


class Pseudonyms:
    """Names clients by a keyed hash that changes with the day: a flood is seen, an address is not.

    Parameters
    ----------
    secret : str
        `VALUATION_SECRET`; without one (demo) the names change with every start.
    """

    def __init__(self, secret: str) -> None:
        self._key = (secret or secrets.token_urlsafe(32)).encode("utf-8")

    def of(self, address: str) -> str:
        """Return ten hexadecimal digits."""
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        return hmac.new(self._key, f"{day} {address}".encode(), hashlib.sha256).hexdigest()[:10]


def without_what_is_never_written(_: Any, __: str, event: Event) -> Event:
    """Take fields away that no line holds."""
    for name in [name for name in event if name.lower() in NEVER]:
        del event[name]
    return event


def without_sentences_of_errors(_: Any, __: str, event: Event) -> Event:
    """Put kind and place of an error in the place of its words."""
    told = event.pop("exc_info", None)
    error = told if isinstance(told, BaseException) else told[1] if isinstance(told, tuple) else None
    if told is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["error"] = f"{type(error).__module__}.{type(error).__name__}"
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    event.pop("exc_text", None)
    event.pop("stack_info", None)
    return event


def without_national_identity_numbers(_: Any, __: str, event: Event) -> Event:
    """Mask what must not be kept, wherever it stands."""
    return {str(name): masked_throughout(value) for name, value in event.items()}


def configure_logs(level: str = "info", stream: TextIO | None = None) -> logging.Handler:
    """Send every log of the process, the server's too, through the same steps to one stream.

    Parameters
    ----------
    level : str
        debug, info, warning or error.
    stream : text stream, optional
        By default stderr: stdout is for results.

    Returns
    -------
    logging.Handler
        The only one there is now.
    """
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at_time"),
    ]
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_sentences_of_errors,
        without_what_is_never_written,
        without_national_identity_numbers,
        structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=last, foreign_pre_chain=steps))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    # httpx tells of each request the issuer is asked, with codes in it; alembic of what it is made of.
    for name in ("httpx", "httpcore", "authlib", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*steps[:3], steps[4], structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return handler
