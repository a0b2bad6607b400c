"""What is a session? Somebody who logged in, kept on the server: a stolen cookie opens nothing after its end.

The cookie holds nothing but a random text; who it belongs to, with which roles, and until when stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from valuation.access.credential import digest_of, new_credential, short_id
from valuation.review.actor import Actor

SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that a session or token is in use: not at each request, a write is its slowest part."""
LOGIN_LASTS = timedelta(minutes=10)
"""From the click on the login to the answer of the issuer."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)
    """A working day, however busy."""


@dataclass(frozen=True)
class Session:
    """A session as it is kept."""

    digest: str
    actor: Actor
    display_name: str
    """Shown to this person alone; in no log and in no record."""
    csrf_token: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    """At the latest."""
    is_demo: bool = False

    @property
    def session_id(self) -> str:
        """Return its public name."""
        return short_id(self.digest)

    def is_good(self, now: datetime, limits: SessionLimits) -> bool:
        """Return whether it opens anything: neither its last day nor its last use lies too far back."""
        return now < min(self.expires_at, self.created_at + limits.absolute) and now < self.last_seen_at + limits.idle

    def seen(self, now: datetime) -> Session | None:
        """Return it as seen now, or None where that need not be written yet."""
        return replace(self, last_seen_at=now) if now - self.last_seen_at >= SEEN_EVERY else None


def new_session(
    actor: Actor,
    display_name: str,
    *,
    now: datetime,
    limits: SessionLimits,
    is_demo: bool = False,
) -> tuple[str, Session]:
    """Return what the cookie holds and the session as it is kept: new at each login, whatever was there before."""
    cookie = new_credential("session")
    return cookie, Session(
        digest_of(cookie),
        actor,
        display_name,
        new_credential("csrf"),
        now,
        now,
        now + limits.absolute,
        is_demo,
    )


@dataclass(frozen=True)
class LoginAttempt:
    """Somebody is on the way to the issuer and back. Used once."""

    digest: str
    """Of the cookie that ties the answer to the browser that asked."""
    state: str
    nonce: str
    code_verifier: str
    return_to: str
    created_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Return whether the answer came in time."""
        return self.created_at <= now < self.created_at + LOGIN_LASTS


def new_attempt(return_to: str, *, now: datetime) -> tuple[str, LoginAttempt]:
    """Return what the cookie holds, and the attempt as it is kept."""
    cookie = new_credential("login")
    state, nonce, verifier = (new_credential("login").removeprefix("vl_") for _ in range(3))
    return cookie, LoginAttempt(digest_of(cookie), state, nonce, verifier, return_to, now)
