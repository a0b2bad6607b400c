"""How are tokens, sessions and logins on their way kept in SQLite or PostgreSQL? By their hash; nothing that opens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from valuation.access.api_token import ApiToken, name_is_taken, token_made, token_revoked
from valuation.access.session import LOGIN_LASTS, LoginAttempt, Session
from valuation.adapters.sql_store import record
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.adapters.sql_store.tables import LOGINS, SESSIONS, TOKENS
from valuation.review.actor import ROLES, Actor, Role

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class SqlAccess:
    """Tokens, sessions and logins on their way in a database.

    Parameters
    ----------
    database : Database
        The tables of a new SQLite file are made when it is first used.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.check_first(make_ready)

    def add_token(self, token: ApiToken) -> None:
        """Keep a new token and record it."""
        with self.database.writing() as connection:
            good = sa.select(TOKENS.c.token_id).where(
                TOKENS.c.name == token.name,
                TOKENS.c.revoked_at.is_(None),
                TOKENS.c.expires_at > _text(token.created_at),
            )
            if connection.execute(good).first() is not None:
                raise name_is_taken(token.name)
            connection.execute(sa.insert(TOKENS), [_row_of_token(token)])
            record.append(connection, token_made(token))

    def token(self, digest: str) -> ApiToken | None:
        """Return the token with this hash."""
        row = self._one(sa.select(TOKENS).where(TOKENS.c.digest == digest))
        return None if row is None else _token(row)

    def tokens(self) -> list[ApiToken]:
        """Return all of them, the newest first."""
        asked = sa.select(TOKENS).order_by(TOKENS.c.created_at.desc(), TOKENS.c.token_id.desc())
        with self.database.reading() as connection:
            return [_token(row) for row in connection.execute(asked).mappings()]

    def revoke_token(self, token_id: str, now: datetime, by: str) -> ApiToken | None:
        """End a token for good and record it."""
        asked = sa.select(TOKENS).where(TOKENS.c.token_id == token_id)
        with self.database.writing() as connection:
            row = connection.execute(asked).mappings().first()
            if row is None:
                return None
            if row["revoked_at"] is None:
                change = sa.update(TOKENS).where(TOKENS.c.token_id == token_id)
                connection.execute(change.values(revoked_at=_text(now)))
                record.append(connection, token_revoked(_token(row), by, now))
            return _token(connection.execute(asked).mappings().one())

    def token_used(self, digest: str, now: datetime) -> None:
        """Write down that a token was used."""
        self._carry_out(sa.update(TOKENS).where(TOKENS.c.digest == digest).values(last_used_at=_text(now)))

    def add_session(self, session: Session) -> None:
        """Keep a new session."""
        self._carry_out(sa.insert(SESSIONS).values(_row_of_session(session)))

    def session(self, digest: str) -> Session | None:
        """Return the session with this hash."""
        row = self._one(sa.select(SESSIONS).where(SESSIONS.c.digest == digest))
        return None if row is None else _session(row)

    def session_seen(self, digest: str, now: datetime) -> None:
        """Write down that a session was used."""
        self._carry_out(sa.update(SESSIONS).where(SESSIONS.c.digest == digest).values(last_seen_at=_text(now)))

    def end_session(self, digest: str) -> None:
        """End a session."""
        self._carry_out(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest))

    def end_sessions_of(self, user_id: str) -> int:
        """End every session of a person."""
        return self._carry_out(sa.delete(SESSIONS).where(SESSIONS.c.user_id == user_id))

    def add_attempt(self, attempt: LoginAttempt) -> None:
        """Keep a login that is on its way."""
        # Swept here and not by a clock: who begins logins makes the room for them.
        self._carry_out(sa.delete(LOGINS).where(LOGINS.c.created_at <= _text(attempt.created_at - LOGIN_LASTS)))
        self._carry_out(
            sa.insert(LOGINS).values(
                digest=attempt.digest,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.code_verifier,
                return_to=attempt.return_to,
                created_at=_text(attempt.created_at),
            )
        )

    def take_attempt(self, digest: str) -> LoginAttempt | None:
        """Return the login with this hash and forget it."""
        with self.database.writing() as connection:
            row = connection.execute(sa.select(LOGINS).where(LOGINS.c.digest == digest)).mappings().first()
            connection.execute(sa.delete(LOGINS).where(LOGINS.c.digest == digest))
        return None if row is None else LoginAttempt(**{**row, "created_at": _time(row["created_at"])})

    def sweep(self, now: datetime) -> int:
        """Forget sessions and logins that are over."""
        over = self._carry_out(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= _text(now)))
        return over + self._carry_out(sa.delete(LOGINS).where(LOGINS.c.created_at <= _text(now - LOGIN_LASTS)))

    def _one(self, asked: sa.Select[Any]) -> Any:
        with self.database.reading() as connection:
            return connection.execute(asked).mappings().first()

    def _carry_out(self, change: sa.Insert | sa.Update | sa.Delete) -> int:
        with self.database.writing() as connection:
            return connection.execute(change).rowcount


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)


def _time(text: str) -> datetime:
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def _districts_text(districts: frozenset[str] | None) -> str | None:
    return None if districts is None else json.dumps(sorted(districts), ensure_ascii=False)


def _roles(text: str) -> frozenset[Role]:
    told = set(text.split())
    return frozenset(role for role in ROLES if role in told)


def _districts(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def _row_of_token(token: ApiToken) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "digest": token.digest,
        "name": token.name,
        "roles": " ".join(sorted(token.roles)),
        "districts": _districts_text(token.districts),
        "created_at": _text(token.created_at),
        "created_by": token.created_by,
        "expires_at": _text(token.expires_at),
        "revoked_at": None if token.revoked_at is None else _text(token.revoked_at),
        "last_used_at": None if token.last_used_at is None else _text(token.last_used_at),
    }


def _token(row: Any) -> ApiToken:
    return ApiToken(
        row["token_id"],
        row["digest"],
        row["name"],
        _roles(row["roles"]),
        _districts(row["districts"]),
        _time(row["created_at"]),
        row["created_by"],
        _time(row["expires_at"]),
        None if row["revoked_at"] is None else _time(row["revoked_at"]),
        None if row["last_used_at"] is None else _time(row["last_used_at"]),
    )


def _row_of_session(session: Session) -> dict[str, Any]:
    return {
        "digest": session.digest,
        "user_id": session.actor.user_id,
        "roles": " ".join(sorted(session.actor.roles)),
        "districts": _districts_text(session.actor.districts),
        "display_name": session.display_name,
        "csrf_token": session.csrf_token,
        "created_at": _text(session.created_at),
        "last_seen_at": _text(session.last_seen_at),
        "expires_at": _text(session.expires_at),
        "is_demo": session.is_demo,
    }


def _session(row: Any) -> Session:
    return Session(
        row["digest"],
        Actor(row["user_id"], _roles(row["roles"]), _districts(row["districts"])),
        row["display_name"],
        row["csrf_token"],
        _time(row["created_at"]),
        _time(row["last_seen_at"]),
        _time(row["expires_at"]),
        row["is_demo"],
    )
