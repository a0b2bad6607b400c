"""How are cases, their events and the answers to requests kept in SQLite or PostgreSQL?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from valuation.adapters.sql_store import record
from valuation.adapters.sql_store.case_queries import (
    Order,
    facets_of,
    ids_of,
    last_decided,
    microseconds,
    places_of,
)
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.adapters.sql_store.tables import ANSWERS, CASE_FLAGS, CASES
from valuation.errors import CaseChanged, CaseNotFound, RequestRunning
from valuation.review.audit import AuditEvent, Head, NewEvent
from valuation.review.case import ReviewCase
from valuation.review.document import read, sealed, written
from valuation.review.repository import CasePage, CasePlace, CaseQuery, Facets, StoredAnswer

_ASKED_COLUMNS = (
    *("case_id", "roll_id", "dwelling_id", "value_id", "opened_at", "state", "version", "market_area"),
    *("dwelling_type", "reserved_by", "returned_to", "is_blind", "appraised_value", "error_risk", "expected_tax_error"),
)
CASE = "case"
"""`subject_kind` of events about a case."""


class SqlReviews:
    """Cases, events and answers in a database.

    Parameters
    ----------
    database : Database
        The tables of a new SQLite file are made when it is first used.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.check_first(make_ready)

    @contextmanager
    def transaction(self) -> Iterator[SqlReviewTransaction]:
        """Return a block whose writes become true together."""
        with self.database.writing() as connection:
            yield SqlReviewTransaction(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlReviewTransaction]:
        """Return a block that sees one state and writes nothing."""
        with self.database.reading() as connection:
            yield SqlReviewTransaction(connection)

    def cases(self, query: CaseQuery, *, limit: int = 50, cursor: str | None = None) -> CasePage:
        """Return cases of a query, in its order."""
        order = Order.of(query, cursor)
        with self.database.reading() as connection:
            rows = connection.execute(ids_of(query, order).limit(limit + 1)).all()
            kept = [row.case_id for row in rows[:limit]]
            documents = connection.execute(
                sa.select(CASES.c.case_id, CASES.c.document).where(CASES.c.case_id.in_(kept))
            )
            by_id = {row.case_id: read(row.document) for row in documents}
        more = order.cursor_after(rows[limit - 1]) if len(rows) > limit else None
        return CasePage(tuple(by_id[case_id] for case_id in kept), more)

    def facets(self, query: CaseQuery) -> Facets:
        """Return how many cases of a query stand where."""
        with self.database.reading() as connection:
            return facets_of(connection, query)

    def places(self, query: CaseQuery) -> list[CasePlace]:
        """Return where every case of a query lies, by `case_id`."""
        with self.database.reading() as connection:
            return [CasePlace(*row) for row in connection.execute(places_of(query))]

    def decided_by(self, actor: str, *, roll_id: str, limit: int = 10) -> list[ReviewCase]:
        """Return the cases whose decision in force or proposal this person made, the newest first."""
        found: list[ReviewCase] = []
        with (
            self.database.reading() as connection,
            connection.execute(last_decided(actor, roll_id), execution_options={"yield_per": limit}) as rows,
        ):
            for row in rows:
                case = read(row.document)
                found += [case] if case.is_decided_by(actor) else []
                if len(found) == limit:
                    break
        return found

    def events(
        self, *, after: int = 0, subject_kind: str | None = None, subject_id: str | None = None
    ) -> Iterator[AuditEvent]:
        """Return events by number."""
        with self.database.reading() as connection:
            yield from record.events(connection, after=after, subject_kind=subject_kind, subject_id=subject_id)

    def head(self) -> Head:
        """Return where the record ends."""
        with self.database.reading() as connection:
            return record.head_of(connection)

    def forget_answers(self, until: str) -> int:
        """Forget the answers given until a moment."""
        with self.database.writing() as connection:
            return connection.execute(sa.delete(ANSWERS).where(ANSWERS.c.answered_at <= until)).rowcount


class SqlReviewTransaction:
    """Reads, and writes on a connection that alone writes: what is read stands until the end."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def case(self, case_id: str) -> ReviewCase:
        """Return a case as it stands now."""
        found = self._found(CASES.c.case_id == case_id)
        if found is None:
            raise CaseNotFound(f"there is no case {case_id[:80]!r}", expected="a case of a released roll")
        return found

    def case_of(self, roll_id: str, dwelling_id: str) -> ReviewCase | None:
        """Return the case of a dwelling of a roll, or None."""
        return self._found(sa.and_(CASES.c.roll_id == roll_id, CASES.c.dwelling_id == dwelling_id))

    def add(self, case: ReviewCase) -> None:
        """Store a new case."""
        is_it = sa.and_(CASES.c.roll_id == case.roll_id, CASES.c.dwelling_id == case.dwelling_id)
        known = self._found(sa.or_(is_it, CASES.c.case_id == case.case_id))
        if known is not None:
            raise CaseChanged(known)
        self._connection.execute(sa.insert(CASES), [case_row(case)])
        self._add_flags(case)

    def save(self, case: ReviewCase, *, expected_version: int) -> ReviewCase:
        """Store a case over the version it was made from; return it with its new version."""
        known = self.case(case.case_id)
        if known.version != expected_version:
            raise CaseChanged(known)
        stored = replace(case, version=expected_version + 1)
        is_it = sa.and_(CASES.c.case_id == case.case_id, CASES.c.version == expected_version)
        self._connection.execute(sa.update(CASES).where(is_it).values(**case_row(stored)))
        if known.opened_because != stored.opened_because:
            self._connection.execute(sa.delete(CASE_FLAGS).where(CASE_FLAGS.c.case_id == case.case_id))
            self._add_flags(stored)
        return stored

    def append(self, event: NewEvent) -> AuditEvent:
        """Add an event behind the last one; one about a case carries the hash of what is settled in it."""
        if event.subject_kind == CASE:
            event = sealed(event, self.case(event.subject_id))
        return record.append(self._connection, event)

    def answer_to(self, key: str, actor: str) -> StoredAnswer | None:
        """Return what was answered to this key of this actor before."""
        asked = sa.select(ANSWERS).where(ANSWERS.c.actor == actor, ANSWERS.c.key == key)
        row = self._connection.execute(asked).mappings().one_or_none()
        return None if row is None else StoredAnswer(**row)

    def remember(self, answer: StoredAnswer) -> None:
        """Keep an answer."""
        if self.answer_to(answer.key, answer.actor) is not None:
            raise RequestRunning(
                f"the request with the key {answer.key[:80]!r} was answered meanwhile",
                expected="one request at a time with a key",
                remedy="send it again: the first answer is given",
            )
        row = {name: getattr(answer, name) for name in ANSWERS.c.keys()}  # noqa: SIM118 - columns, not a mapping
        self._connection.execute(sa.insert(ANSWERS), [row])

    def _add_flags(self, case: ReviewCase) -> None:
        rows = flag_rows([case])
        if rows:
            self._connection.execute(sa.insert(CASE_FLAGS), rows)

    def _found(self, is_it: sa.ColumnElement[bool]) -> ReviewCase | None:
        text = self._connection.execute(sa.select(CASES.c.document).where(is_it)).scalar_one_or_none()
        return None if text is None else read(text)


def flag_rows(cases: list[ReviewCase]) -> list[dict[str, str]]:
    """Return a row for each reason a case was opened for; a code given twice counts once."""
    return [{"case_id": case.case_id, "code": code} for case in cases for code in dict.fromkeys(case.opened_because)]


def case_row(case: ReviewCase) -> dict[str, Any]:
    """Return a case as a row of its table: what is asked for in columns, the whole as a document."""
    columns = {name: getattr(case, name, None) for name in _ASKED_COLUMNS}
    return columns | {"opened_us": microseconds(case.opened_at), "document": written(case)}
