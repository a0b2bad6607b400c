"""How is everything read as it stands at one moment, though others go on writing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from valuation.adapters.sql_store import record
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.adapters.sql_store.rolls import rolls_on, values_on
from valuation.adapters.sql_store.tables import CASES
from valuation.review.audit import AuditEvent
from valuation.review.case import ReviewCase
from valuation.review.document import read
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue
from valuation.rolls.repository import ValueQuery

_READ_AT_ONCE = 1_000


class SqlRecordStore:
    """The whole record in a database.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.check_first(make_ready)

    @contextmanager
    def snapshot(self) -> Iterator[SqlSnapshot]:
        """Return a block in which everything stands still."""
        with self.database.reading() as connection:
            yield SqlSnapshot(connection)


class SqlSnapshot:
    """One state of a database."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def events(self) -> Iterable[AuditEvent]:
        """Return all events by number."""
        return record.events(self._connection)

    def cases(self) -> Iterator[tuple[str, ReviewCase | None]]:
        """Yield all cases with their identity; None for one that cannot be read any more."""
        asked = sa.select(CASES.c.case_id, CASES.c.document).order_by(CASES.c.case_id)
        with self._connection.execute(asked, execution_options={"yield_per": _READ_AT_ONCE}) as rows:
            for row in rows:
                yield row.case_id, _read(row.document)

    def rolls(self) -> list[ReleasedRoll]:
        """Return all rolls."""
        return rolls_on(self._connection)

    def values(self, roll_id: str) -> Iterable[ReleasedValue]:
        """Return all values of a roll."""
        return values_on(self._connection, ValueQuery(roll_id))


def _read(document: str) -> ReviewCase | None:
    try:
        return read(document)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
