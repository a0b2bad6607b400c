"""Who asks? A machine by its token, a person by the session, or somebody unknown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from anyio import CapacityLimiter, to_thread
from starlette.requests import HTTPConnection

from api.access.cookies import Cookies
from valuation.access.api_token import ApiToken
from valuation.access.credential import digest_of, looks_like
from valuation.access.repository import AccessRepository
from valuation.access.session import SEEN_EVERY, Session, SessionLimits
from valuation.errors import StoreUnavailable
from valuation.review.actor import Actor

TOKEN_KNOWN_FOR_S = 1.0
"""How long a worker goes by what it read of a token: so long a revoked one may open after its end. Sessions are read
each time: who logs out is out."""
NOTED_WITHIN_S = 0.25
"""How long a request waits until it is written down that its session or token is in use; then it goes on without."""
_MOST_KNOWN = 1000
_log = logging.getLogger("valuation.api")


@dataclass(frozen=True)
class Caller:
    """Who asks, and by what."""

    kind: Literal["nobody", "token", "session"]
    actor: Actor | None = None
    credential_id: str = ""
    """Public name of the token or session, for the log."""
    session: Session | None = None
    refusal: str = ""
    """Code of what is wrong with what was shown; empty where nothing was shown or it is good."""


NOBODY = Caller("nobody")


class Callers:
    """Reads who asks from a request.

    Parameters
    ----------
    access : AccessRepository
    limits : SessionLimits
    cookies : Cookies
    """

    def __init__(self, access: AccessRepository, limits: SessionLimits, cookies: Cookies) -> None:
        self.access, self.limits, self.cookies = access, limits, cookies
        self._known: dict[str, tuple[float, ApiToken | None]] = {}
        # Own threads: a database that hangs must not take those that value.
        self._threads = CapacityLimiter(16)
        self._writers = CapacityLimiter(4)
        self._notes: dict[str, asyncio.Task[None]] = {}

    async def of(self, connection: HTTPConnection) -> Caller:
        """Return who asks. A header Authorization goes before any cookie, which is then not looked at.

        Raises
        ------
        StoreUnavailable
            When the store of tokens and sessions cannot be reached.
        """
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            return await self._by_token(authorization)
        cookie = connection.cookies.get(self.cookies.session)
        return NOBODY if cookie is None else await self._by_session(cookie)

    async def _by_token(self, authorization: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not looks_like("token", token):
            return Caller("nobody", refusal="token-unknown")
        now = datetime.now(UTC)
        digest = digest_of(token)
        held = await self._token(digest)
        if held is None:
            return Caller("nobody", refusal="token-unknown")
        if not held.is_good(now):
            return Caller("nobody", credential_id=held.token_id, refusal=f"token-{held.state(now)}")
        if held.last_used_at is None or now - held.last_used_at >= SEEN_EVERY:
            await self._noted(digest, partial(self.access.token_used, digest, now))
            self._known.pop(digest, None)
        return Caller("token", held.actor, held.token_id)

    async def _noted(self, digest: str, write: Callable[[], None]) -> None:
        """Write down that something was used, beside the request where others are writing for long.

        A release writes for seconds; who only reads meanwhile must neither wait for it nor be refused.
        """
        if digest not in self._notes:
            task = self._notes[digest] = asyncio.create_task(self._write(write))
            task.add_done_callback(lambda _: self._notes.pop(digest, None))
            await asyncio.wait({task}, timeout=NOTED_WITHIN_S)

    async def _write(self, write: Callable[[], None]) -> None:
        try:
            await to_thread.run_sync(write, limiter=self._writers)
        except StoreUnavailable as error:
            # At the next request again: what it lacks by then is a minute of its age.
            _log.warning("a use was not written down", extra={"error": type(error).__name__})

    async def _token(self, digest: str) -> ApiToken | None:
        # Known by the hash, so that neither the time of a comparison nor a copy of this memory gives a token away.
        read_at, held = self._known.get(digest, (-TOKEN_KNOWN_FOR_S, None))
        now = time.monotonic()
        if now - read_at < TOKEN_KNOWN_FOR_S:
            return held
        held = await to_thread.run_sync(self.access.token, digest, limiter=self._threads)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        if held is not None:
            self._known[digest] = (now, held)
        return held

    async def _by_session(self, cookie: str) -> Caller:
        if not looks_like("session", cookie):
            return Caller("nobody", refusal="session-ended")
        now = datetime.now(UTC)
        held = await to_thread.run_sync(self.access.session, digest_of(cookie), limiter=self._threads)
        if held is None or not held.is_good(now, self.limits):
            return Caller("nobody", refusal="session-ended")
        if held.seen(now) is not None:
            await self._noted(held.digest, partial(self.access.session_seen, held.digest, now))
        return Caller("session", held.actor, held.session_id, held)
