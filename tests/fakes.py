"""Fakes, not mocks: the ports of the domain in memory, held to the same contract as the adapters."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from valuation.access.api_token import ApiToken, name_is_taken, new_token, token_made, token_revoked
from valuation.access.session import LoginAttempt, Session
from valuation.errors import CaseChanged, CaseNotFound, CursorRefused, Locked
from valuation.models.registry import Entry, aliases_of, chained, check_record, other_was_first
from valuation.review.actor import Actor
from valuation.review.audit import NO_EVENT, AuditEvent, Head, NewEvent
from valuation.review.audit import chained as chained_event
from valuation.review.case import ReviewCase
from valuation.review.document import sealed
from valuation.review.queue import harm
from valuation.review.repository import DECIDING, CasePage, CasePlace, CaseQuery, Facets, StoredAnswer


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

    def let_in(self, actor: Actor) -> dict[str, str]:
        """Headers by which this actor comes through the gate, as itself."""
        secret, made = new_token("machine", frozenset({"reader"}), now=datetime.now(UTC), by="test")
        told = vars(made) | {"name": f"of-{len(self.kept_tokens)}", "last_used_at": made.created_at, "whose": actor}
        self.kept_tokens[made.digest] = TokenOf(**told)
        return {"Authorization": f"Bearer {secret}"}


@dataclass(frozen=True)
class TokenOf(ApiToken):
    """A token that acts as whom the test says."""

    whose: Actor | None = None

    @property
    def actor(self) -> Actor:
        return self.whose or super().actor


class MemoryReviews:
    """A review store that is forgotten with the process; one transaction at a time."""

    def __init__(
        self, addresses: dict[str, str] | None = None, lies_at: dict[str, tuple[float, float]] | None = None
    ) -> None:
        self.lies_at = lies_at or {}
        self.kept: dict[str, ReviewCase] = {}
        self.record: list[AuditEvent] = []
        self.answers: dict[tuple[str, str], StoredAnswer] = {}
        self.addresses = addresses or {}
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            block = MemoryTransaction(dict(self.kept), list(self.record), dict(self.answers))
            yield block
            self.kept, self.record, self.answers = block.cases, block.record, block.answers

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            yield MemoryTransaction(dict(self.kept), list(self.record), dict(self.answers))

    def cases(self, query: CaseQuery, *, limit: int = 50, cursor: str | None = None) -> CasePage:
        asked = repr(replace(query, as_of=None))
        start, as_of = 0, query.as_of or "1970-01-01T00:00:00.000000Z"
        if cursor is not None:
            place, as_of, of = (*cursor.split("|", 2), "", "")[:3]
            if of != asked or not place.isdecimal():
                raise CursorRefused("that is no cursor of this list", remedy="begin at the first page")
            start = int(place)
        found = sorted((case for case in self.kept.values() if self._fits(case, query)), key=lambda one: one.case_id)
        found.sort(key=lambda case: _sorted_by(case, query, as_of), reverse=query.is_descending)
        page = found[start : start + limit]
        more = len(found) > start + limit
        return CasePage(tuple(page), f"{start + limit}|{as_of}|{asked}" if more else None)

    def facets(self, query: CaseQuery) -> Facets:
        def counted(field: str, values):
            chosen = [case for case in self.kept.values() if self._fits(case, replace(query, **{field: ()}))]
            counts: dict[str, int] = {}
            for case in chosen:
                for value in values(case):
                    counts[value] = counts.get(value, 0) + 1
            return counts

        return Facets(
            states=counted("states", lambda case: [case.state]),
            flags=counted("flags", lambda case: case.opened_because),
            market_areas=counted("market_areas", lambda case: [case.market_area] if case.market_area else []),
            dwelling_types=counted("dwelling_types", lambda case: [case.dwelling_type] if case.dwelling_type else []),
        )

    def places(self, query: CaseQuery) -> list[CasePlace]:
        return [
            CasePlace(case_id, case.value_id, case.market_area, *self.lies_at.get(case.dwelling_id, (None, None)))
            for case_id, case in sorted(self.kept.items())
            if self._fits(case, query)
        ]

    def decided_by(self, actor: str, *, roll_id: str, limit: int = 10) -> list[ReviewCase]:
        events = [one for one in self.record if one.actor == actor and one.action in DECIDING]
        ids = dict.fromkeys(one.subject_id for one in reversed(events))
        made = [self.kept[one] for one in ids if self.kept[one].is_decided_by(actor)]
        return [case for case in made if case.roll_id == roll_id][:limit]

    def events(
        self, *, after: int = 0, subject_kind: str | None = None, subject_id: str | None = None
    ) -> Iterator[AuditEvent]:
        return iter(
            [
                event
                for event in self.record
                if event.number > after
                and subject_kind in (None, event.subject_kind)
                and subject_id in (None, event.subject_id)
            ]
        )

    def head(self) -> Head:
        return _head(self.record)

    def forget_answers(self, until: str) -> int:
        with self._lock:
            over = [place for place, answer in self.answers.items() if answer.answered_at <= until]
            for place in over:
                del self.answers[place]
            return len(over)

    def _fits(self, case: ReviewCase, query: CaseQuery) -> bool:
        text = (query.text or "").casefold()
        address = self.addresses.get(case.dwelling_id, "").casefold()
        return all(
            (
                query.roll_id in (None, case.roll_id),
                not query.states or case.state in query.states,
                not query.flags or bool(set(query.flags) & set(case.opened_because)),
                not query.market_areas or case.market_area in query.market_areas,
                not query.dwelling_types or case.dwelling_type in query.dwelling_types,
                query.dwelling_id in (None, case.dwelling_id),
                query.reserved_by in (None, case.reserved_by),
                query.returned_to in (None, case.returned_to),
                query.is_blind in (None, case.is_blind),
                query.bounds is None or _lies_in(self.lies_at.get(case.dwelling_id), query.bounds),
                query.districts is None or case.market_area in query.districts,
                not text or text in address or text in case.dwelling_id.casefold() or text == case.case_id,
            )
        )


class MemoryTransaction:
    """What is written in one block; thrown away when the block is left by an error."""

    def __init__(self, cases, record, answers) -> None:
        self.cases: dict[str, ReviewCase] = cases
        self.record: list[AuditEvent] = record
        self.answers: dict[tuple[str, str], StoredAnswer] = answers

    def case(self, case_id: str) -> ReviewCase:
        if case_id not in self.cases:
            raise CaseNotFound(f"there is no case {case_id}")
        return self.cases[case_id]

    def case_of(self, roll_id: str, dwelling_id: str) -> ReviewCase | None:
        return next(
            (case for case in self.cases.values() if (case.roll_id, case.dwelling_id) == (roll_id, dwelling_id)), None
        )

    def add(self, case: ReviewCase) -> None:
        there = self.cases.get(case.case_id) or self.case_of(case.roll_id, case.dwelling_id)
        if there is not None:
            raise CaseChanged(there)
        self.cases[case.case_id] = case

    def save(self, case: ReviewCase, *, expected_version: int) -> ReviewCase:
        there = self.case(case.case_id)
        if there.version != expected_version:
            raise CaseChanged(there)
        saved = replace(case, version=expected_version + 1)
        self.cases[case.case_id] = saved
        return saved

    def append(self, event: NewEvent) -> AuditEvent:
        told = sealed(event, self.case(event.subject_id)) if event.subject_kind == "case" else event
        placed = chained_event(told, _head(self.record))
        self.record.append(placed)
        return placed

    def answer_to(self, key: str, actor: str) -> StoredAnswer | None:
        return self.answers.get((key, actor))

    def remember(self, answer: StoredAnswer) -> None:
        if (answer.key, answer.actor) in self.answers:
            raise Locked("another request with this key is being answered")
        self.answers[answer.key, answer.actor] = answer


def _head(record: list[AuditEvent]) -> Head:
    return Head(record[-1].number, record[-1].sha256) if record else NO_EVENT


def _lies_in(place: tuple[float, float] | None, bounds: tuple[float, float, float, float]) -> bool:
    if place is None:
        return False
    return bounds[0] <= place[0] <= bounds[2] and bounds[1] <= place[1] <= bounds[3]


def _sorted_by(case: ReviewCase, query: CaseQuery, as_of: str):
    if query.sort == "expected_harm":
        return harm(case, as_of)
    value = getattr(case, query.sort)
    # What is not there counts as above all others.
    return (value is None, value if value is not None else 0)
