"""Fakes, not mocks: the ports of the domain in memory, held to the same contract as the adapters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from valuation.access.api_token import ApiToken, name_is_taken, token_made, token_revoked
from valuation.access.session import LoginAttempt, Session
from valuation.models.registry import Entry, aliases_of, chained, check_record, other_was_first
from valuation.review.audit import NewEvent


class MemoryRegistry:
    """A registry that is forgotten with the process."""

    def __init__(self, folder: Path = Path("nowhere")) -> None:
        self.folder = folder
        self.kept: dict[str, list[Entry]] = {}

    def __str__(self) -> str:
        return "memory"

    def jurisdictions(self) -> list[str]:
        return sorted(self.kept)

    def record(self, jurisdiction: str) -> tuple[Entry, ...]:
        return check_record(self.kept.get(jurisdiction, []), jurisdiction)

    def append(self, entry: Entry, *, after: int) -> Entry:
        record = self.record(entry.jurisdiction)
        if len(record) != after:
            raise other_was_first(entry.jurisdiction)
        kept = chained(entry, record)
        self.kept.setdefault(entry.jurisdiction, []).append(kept)
        return kept

    def aliases(self, jurisdiction: str) -> dict[str, str]:
        return aliases_of(self.record(jurisdiction))

    def archive(self, jurisdiction: str) -> Path:
        return self.folder / jurisdiction


class MemoryAccess:
    """Tokens, sessions and logins on their way that are forgotten with the process."""

    def __init__(self) -> None:
        self.kept_tokens: dict[str, ApiToken] = {}
        self.kept_sessions: dict[str, Session] = {}
        self.kept_attempts: dict[str, LoginAttempt] = {}
        self.events: list[NewEvent] = []

    def add_token(self, token: ApiToken) -> None:
        if any(held.name == token.name and held.is_good(token.created_at) for held in self.kept_tokens.values()):
            raise name_is_taken(token.name)
        self.kept_tokens[token.digest] = token
        self.events.append(token_made(token))

    def token(self, digest: str) -> ApiToken | None:
        return self.kept_tokens.get(digest)

    def tokens(self) -> list[ApiToken]:
        return sorted(self.kept_tokens.values(), key=lambda token: (token.created_at, token.token_id), reverse=True)

    def revoke_token(self, token_id: str, now: datetime, by: str) -> ApiToken | None:
        for digest, token in self.kept_tokens.items():
            if token.token_id == token_id:
                if token.revoked_at is None:
                    self.kept_tokens[digest] = replace(token, revoked_at=now)
                    self.events.append(token_revoked(token, by, now))
                return self.kept_tokens[digest]
        return None

    def token_used(self, digest: str, now: datetime) -> None:
        if digest in self.kept_tokens:
            self.kept_tokens[digest] = replace(self.kept_tokens[digest], last_used_at=now)

    def add_session(self, session: Session) -> None:
        self.kept_sessions[session.digest] = session

    def session(self, digest: str) -> Session | None:
        return self.kept_sessions.get(digest)

    def session_seen(self, digest: str, now: datetime) -> None:
        if digest in self.kept_sessions:
            self.kept_sessions[digest] = replace(self.kept_sessions[digest], last_seen_at=now)

    def end_session(self, digest: str) -> None:
        self.kept_sessions.pop(digest, None)

    def end_sessions_of(self, user_id: str) -> int:
        theirs = [digest for digest, held in self.kept_sessions.items() if held.actor.user_id == user_id]
        for digest in theirs:
            del self.kept_sessions[digest]
        return len(theirs)

    def add_attempt(self, attempt: LoginAttempt) -> None:
        self.kept_attempts[attempt.digest] = attempt

    def take_attempt(self, digest: str) -> LoginAttempt | None:
        return self.kept_attempts.pop(digest, None)

    def sweep(self, now: datetime) -> int:
        over = [digest for digest, held in self.kept_sessions.items() if held.expires_at <= now]
        late = [digest for digest, held in self.kept_attempts.items() if not held.is_good(now)]
        for digest in over:
            del self.kept_sessions[digest]
        for digest in late:
            del self.kept_attempts[digest]
        return len(over) + len(late)
