"""Where are cases, events and answers kept? The port; its adapters are named for a technology (`valuation/adapters/`).

All that belongs together (a case, its event, the answer to the request) is written in one transaction or not at all.
One suite of tests holds for the fake in memory, SQLite and PostgreSQL (`tests/contracts/test_review_repository.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from valuation.review.audit import AuditEvent, Head, NewEvent
from valuation.review.case import ReviewCase, State

DECIDING = ("decide", "decide_complaint")
"""Actions whose event says that somebody decided."""
Sort = Literal["expected_harm", "opened_at", "appraised_value", "error_risk", "market_area"]
"""expected_harm: error risk × stake × age, as `valuation/review/queue.py` reckons it; adapters spell the same in SQL.
A case without the amount that is sorted by counts as above all others: it has no value, and must be settled before
anybody is taxed. What is left equal is in the rising order of `case_id`."""


@dataclass(frozen=True)
class CaseQuery:
    """Which cases, in which order: every filter narrows, all of them are in the address bar."""

    roll_id: str | None = None
    states: tuple[State, ...] = ()
    flags: tuple[str, ...] = ()
    """Cases with any of them."""
    market_areas: tuple[str, ...] = ()
    dwelling_types: tuple[str, ...] = ()
    dwelling_id: str | None = None
    reserved_by: str | None = None
    returned_to: str | None = None
    is_blind: bool | None = None
    """Of the blind sample, not of it, or either. Lists sorted by what blind cases must not tell leave them out
    (`valuation/review/sight.py`)."""
    text: str | None = None
    """Address, matrikkel number, unit or case id, as typed."""
    bounds: tuple[float, float, float, float] | None = None
    """x and y from, x and y to, in metres of the jurisdiction's projection: a part of the map."""
    districts: frozenset[str] | None = None
    """The actor's part of the municipality: not a wish but a limit, set by the server in every query."""
    sort: Sort = "expected_harm"
    is_descending: bool = True
    as_of: str | None = None
    """Moment at which ages are counted, UTC with Z. It belongs to the first page; a cursor carries it on."""


@dataclass(frozen=True)
class CasePage:
    """A part of the answer."""

    cases: tuple[ReviewCase, ...]
    next_cursor: str | None
    """Opaque; None at the end."""


@dataclass(frozen=True)
class CasePlace:
    """Where the dwelling of a case lies, in metres of the jurisdiction's projection; None where nobody knows."""

    case_id: str
    value_id: str
    market_area: str | None
    x_m: float | None
    y_m: float | None


@dataclass(frozen=True)
class Facets:
    """How many cases of a query stand where; a facet is counted without its own filter."""

    states: Mapping[State, int]
    flags: Mapping[str, int]
    market_areas: Mapping[str, int]
    dwelling_types: Mapping[str, int]


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered to a request with an idempotency key."""

    key: str
    actor: str
    route: str
    body_sha256: str
    status: int
    body: str
    answered_at: str
    """Moment, UTC with Z."""


class ReviewTransaction(Protocol):
    """Reads and writes that become true together, or not at all when the block is left by an error."""

    def case(self, case_id: str) -> ReviewCase:
        """Return a case as it stands now, held until the end of the transaction.

        Raises
        ------
        CaseNotFound
        """
        ...

    def case_of(self, roll_id: str, dwelling_id: str) -> ReviewCase | None:
        """Return the case of a dwelling of a roll, held likewise, or None."""
        ...

    def add(self, case: ReviewCase) -> None:
        """Store a new case.

        Raises
        ------
        CaseChanged
            When the dwelling has a case in this roll already.
        """
        ...

    def save(self, case: ReviewCase, *, expected_version: int) -> ReviewCase:
        """Store a case over the version it was made from; return it with its new version.

        Raises
        ------
        CaseChanged
            When somebody stored another version since; holds the case as it stands.
        """
        ...

    def append(self, event: NewEvent) -> AuditEvent:
        """Add an event behind the last one and return it in its place.

        An event about a case (`subject_kind` is `case`) is added after the case was stored, and carries the hash of
        what is settled in it: `document.sealed` puts it in, here and in no action.
        """
        ...

    def answer_to(self, key: str, actor: str) -> StoredAnswer | None:
        """Return what was answered to this key of this actor before."""
        ...

    def remember(self, answer: StoredAnswer) -> None:
        """Keep an answer.

        Raises
        ------
        Locked
            When another request with the same key of the same actor is being answered.
        """
        ...


class ReviewRepository(Protocol):
    """Keeps cases, events and answers."""

    def transaction(self) -> AbstractContextManager[ReviewTransaction]:
        """Return a block whose writes become true together.

        Raises
        ------
        Locked
            When the store stays busy.
        StoreUnavailable
            When it cannot be reached.
        """
        ...

    def reading(self) -> AbstractContextManager[ReviewTransaction]:
        """Return a block that sees one state of the store and writes nothing: it waits for no writer.

        Raises
        ------
        StoreUnavailable
            When it cannot be reached.
        """
        ...

    def cases(self, query: CaseQuery, *, limit: int = 50, cursor: str | None = None) -> CasePage:
        """Return cases of a query, in its order, stable while cases change.

        Raises
        ------
        CursorRefused
            For a cursor that is none, or of another query.
        """
        ...

    def facets(self, query: CaseQuery) -> Facets:
        """Return how many cases of a query stand where."""
        ...

    def places(self, query: CaseQuery) -> list[CasePlace]:
        """Return where every case of a query lies, by `case_id`: no more than a map needs, for thousands at once."""
        ...

    def decided_by(self, actor: str, *, roll_id: str, limit: int = 10) -> list[ReviewCase]:
        """Return the cases of a roll whose decision in force or proposal this person made, the newest first.

        One that was taken back is its author's draft again, and not among them.
        """
        ...

    def events(
        self, *, after: int = 0, subject_kind: str | None = None, subject_id: str | None = None
    ) -> Iterator[AuditEvent]:
        """Return events by number."""
        ...

    def head(self) -> Head:
        """Return where the record ends."""
        ...

    def forget_answers(self, until: str) -> int:
        """Forget the answers given at this moment (UTC with Z) or before it, and return how many.

        A request with one of their keys is a new one from then on: only what nobody sends again may be forgotten.
        """
        ...
