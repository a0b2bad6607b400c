"""Where are tokens, sessions and logins on their way kept? The port; its adapters are named for a technology.

One suite of tests holds for the fake in memory, SQLite and PostgreSQL (`tests/contracts/test_access_repository.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from valuation.access.api_token import ApiToken
from valuation.access.session import LoginAttempt, Session


class AccessRepository(Protocol):
    """Keeps what opens the service, by the hash of it. Each method is true at once, for every worker.

    Every method raises `StoreUnavailable` when the store cannot be reached.
    """

    def add_token(self, token: ApiToken) -> None:
        """Keep a new token, and what the record says of it (`token_made`), in one transaction.

        Raises
        ------
        WrongUse
            When a good token has this name already.
        """
        ...

    def token(self, digest: str) -> ApiToken | None:
        """Return the token with this hash, good or not, or None."""
        ...

    def tokens(self) -> list[ApiToken]:
        """Return all of them, the newest first; the revoked and expired ones too."""
        ...

    def revoke_token(self, token_id: str, now: datetime, by: str) -> ApiToken | None:
        """End a token for good and record it; return it, or None where there is none. Twice, it stays at the first."""
        ...

    def token_used(self, digest: str, now: datetime) -> None:
        """Write down that a token was used."""
        ...

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def session(self, digest: str) -> Session | None:
        """Return the session with this hash, good or not, or None."""
        ...

    def session_seen(self, digest: str, now: datetime) -> None:
        """Write down that a session was used; nothing where it has ended meanwhile."""
        ...

    def end_session(self, digest: str) -> None:
        """End a session; nothing where there is none."""
        ...

    def end_sessions_of(self, user_id: str) -> int:
        """End every session of a person and return how many there were."""
        ...

    def add_attempt(self, attempt: LoginAttempt) -> None:
        """Keep a login that is on its way."""
        ...

    def take_attempt(self, digest: str) -> LoginAttempt | None:
        """Return the login with this hash and forget it: of two answers at once one gets it, the other None."""
        ...

    def sweep(self, now: datetime) -> int:
        """Forget sessions and logins that are over, and return how many; tokens stay in the list."""
        ...
