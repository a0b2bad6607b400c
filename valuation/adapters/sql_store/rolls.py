"""How are released rolls kept in SQLite or PostgreSQL?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from typing import Any

import sqlalchemy as sa

from valuation.adapters.sql_store.cursor import cursor_after, keys_of
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.adapters.sql_store.record import append
from valuation.adapters.sql_store.reviews import case_row, flag_rows
from valuation.adapters.sql_store.rolls_search import meant_by
from valuation.adapters.sql_store.spool import Spool, parts
from valuation.adapters.sql_store.tables import CASE_FLAGS, CASES, FLAGS, METADATA, ROLLS, VALUES
from valuation.errors import InputRefused, RollNotFound, ValueNotFound
from valuation.review.audit import NewEvent
from valuation.review.case import ReviewCase
from valuation.review.document import canonical
from valuation.rolls.released_roll import ROWS, ReleasedRoll, ReleasedValue, RowsDigest
from valuation.rolls.repository import ValuePage, ValueQuery
from valuation.rolls.search import address_key, parsed, unit_key

_READ_AT_ONCE = 1_000
_SAME = ("jurisdiction", "model_version", "manifest_sha256", "data_hash", "values_sha256")
"""What must agree for a roll to be the one that is there."""
_SEPARATOR = "|"


class SqlRolls:
    """Released rolls in a database.

    Parameters
    ----------
    database : Database
        The tables of a new SQLite file are made when it is first used.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        database.check_first(make_ready)

    def release(
        self, roll: ReleasedRoll, values: Iterable[ReleasedValue], cases: Iterable[ReviewCase], event: NewEvent
    ) -> ReleasedRoll:
        """Store a roll with all that belongs to it, or nothing."""
        with Spool() as ready:
            with self.database.reading() as connection:
                known = _roll(connection, roll.roll_id)
            if known is not None:
                return _checked_same(known, roll)
            digest = RowsDigest()
            for part in parts(values):
                for value in part:
                    digest.add(value)
                ready.add(VALUES, map(_row_of, part))
                ready.add(FLAGS, (_flag_row(value, code) for value in part for code in value.flags))
            for opened in parts(cases):
                ready.add(CASES, map(case_row, opened))
                ready.add(CASE_FLAGS, flag_rows(opened))
            # As the store has them: whoever changes one of them there, does not fit the record any more.
            told = replace(event, details={**event.details, ROWS: digest.hexdigest()})
            return self._write(roll, ready, told)

    def _write(self, roll: ReleasedRoll, ready: Spool, event: NewEvent) -> ReleasedRoll:
        with self.database.writing() as connection:
            known = _roll(connection, roll.roll_id)
            if known is not None:
                # Somebody else released it while the rows were made ready.
                return _checked_same(known, roll)
            others = sa.update(ROLLS).where(ROLLS.c.jurisdiction == roll.jurisdiction, ROLLS.c.is_in_force)
            connection.execute(others.values(is_in_force=False))
            stored = replace(roll, is_in_force=True)
            connection.execute(sa.insert(ROLLS), [asdict(stored)])
            ready.write_to(connection, METADATA)
            append(connection, event)
        self.database.count_anew(VALUES, FLAGS, CASES, CASE_FLAGS)
        return stored

    def rolls(self) -> list[ReleasedRoll]:
        """Return all rolls, the newest first."""
        with self.database.reading() as connection:
            return rolls_on(connection)

    def roll(self, roll_id: str | None = None) -> ReleasedRoll:
        """Return a roll; by default the one in force, of several jurisdictions the one released last."""
        with self.database.reading() as connection:
            found = _roll(connection, roll_id)
        if found is None:
            raise RollNotFound(
                "no roll was released" if roll_id is None else f"there is no roll {roll_id[:80]!r}",
                expected="a released roll",
                remedy="release a finished run: valuation release RUN",
            )
        return found

    def value(self, value_id: str) -> ReleasedValue:
        """Return a released value by its identity."""
        return self._one(VALUES.c.value_id == value_id, value_id)

    def value_of(self, roll_id: str, dwelling_id: str) -> ReleasedValue:
        """Return the released value of a dwelling."""
        is_it = sa.and_(VALUES.c.roll_id == roll_id, VALUES.c.dwelling_id == dwelling_id)
        return self._one(is_it, dwelling_id)

    def values_by_id(self, value_ids: Iterable[str]) -> dict[str, ReleasedValue]:
        """Return released values by their identities, in one question."""
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(VALUES).where(VALUES.c.value_id.in_(list(value_ids)))).mappings()
            return {row["value_id"]: _value(row) for row in rows}

    def values(self, query: ValueQuery, *, limit: int = 50, cursor: str | None = None) -> ValuePage:
        """Return released values of a query, by dwelling id."""
        after = "" if cursor is None else str(keys_of(cursor, query, ((str,),))[0])
        ids = _ids(query).where(VALUES.c.dwelling_id > after).order_by(VALUES.c.dwelling_id).limit(limit + 1)
        with self.database.reading() as connection:
            found = [str(name) for name in connection.execute(ids).scalars()]
            values = _values(connection, query.roll_id, found[:limit])
        more = len(found) > limit
        return ValuePage(tuple(values), cursor_after(query, [found[limit - 1]]) if more else None)

    def all_values(self, query: ValueQuery) -> Iterator[ReleasedValue]:
        """Return all of them, one after the other, as they were when the first was read."""
        with self.database.reading() as connection:
            yield from values_on(connection, query)

    def _one(self, is_it: sa.ColumnElement[bool], name: str) -> ReleasedValue:
        with self.database.reading() as connection:
            row = connection.execute(sa.select(VALUES).where(is_it)).mappings().one_or_none()
        if row is None:
            raise ValueNotFound(
                f"there is no released value of {name[:80]!r}", expected="a dwelling of a released roll"
            )
        return _value(row)


def rolls_on(connection: sa.Connection) -> list[ReleasedRoll]:
    """Return all rolls, the newest first."""
    newest = sa.select(ROLLS).order_by(ROLLS.c.released_at.desc(), ROLLS.c.roll_id.desc())
    return [ReleasedRoll(**row) for row in connection.execute(newest).mappings()]


def _roll(connection: sa.Connection, roll_id: str | None) -> ReleasedRoll | None:
    asked = sa.select(ROLLS).order_by(ROLLS.c.released_at.desc()).limit(1)
    asked = asked.where(ROLLS.c.is_in_force if roll_id is None else ROLLS.c.roll_id == roll_id)
    row = connection.execute(asked).mappings().one_or_none()
    return None if row is None else ReleasedRoll(**row)


def _checked_same(known: ReleasedRoll, roll: ReleasedRoll) -> ReleasedRoll:
    other = [name for name in _SAME if getattr(known, name) != getattr(roll, name)]
    if other:
        raise InputRefused(
            f"a roll {roll.roll_id} was released on {known.released_at[:10]} with another {other[0]}",
            expected=f"{other[0]} {getattr(known, other[0])}",
            remedy="a released roll is never changed; release another run, whose id is another",
        )
    return known


_COLUMNS = tuple(field.name for field in fields(ReleasedValue))


def _row_of(value: ReleasedValue) -> dict[str, Any]:
    row = {name: getattr(value, name) for name in _COLUMNS}
    return row | {
        "flags": _SEPARATOR.join(value.flags),
        "record": canonical(value.record),
        "unit_key": unit_key(value.dwelling_id, value.property_id),
        "address_key": address_key(value.address),
    }


def _flag_row(value: ReleasedValue, code: str) -> dict[str, str]:
    return {"roll_id": value.roll_id, "code": code, "dwelling_id": value.dwelling_id}


def _value(row: Any) -> ReleasedValue:
    content = {name: row[name] for name in _COLUMNS}
    flags = tuple(row["flags"].split(_SEPARATOR)) if row["flags"] else ()
    return ReleasedValue(**content | {"flags": flags, "record": json.loads(row["record"])})


def values_on(connection: sa.Connection, query: ValueQuery) -> Iterator[ReleasedValue]:
    """Yield the values of a query by dwelling id, a thousand in memory at a time."""
    asked = sa.select(VALUES).where(*_filters(query)).order_by(VALUES.c.dwelling_id)
    with connection.execute(asked, execution_options={"yield_per": _READ_AT_ONCE}) as rows:
        for row in rows.mappings():
            yield _value(row)


def _values(connection: sa.Connection, roll_id: str, dwelling_ids: list[str]) -> list[ReleasedValue]:
    asked = sa.select(VALUES).where(VALUES.c.roll_id == roll_id, VALUES.c.dwelling_id.in_(dwelling_ids))
    return [_value(row) for row in connection.execute(asked.order_by(VALUES.c.dwelling_id)).mappings()]


def _ids(query: ValueQuery) -> sa.Select[tuple[str]]:
    return sa.select(VALUES.c.dwelling_id).where(*_filters(query))


def _filters(query: ValueQuery) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = [VALUES.c.roll_id == query.roll_id]
    if query.market_areas:
        filters.append(VALUES.c.market_area.in_(query.market_areas))
    if query.dwelling_types:
        filters.append(VALUES.c.dwelling_type.in_(query.dwelling_types))
    if query.districts is not None:
        filters.append(VALUES.c.market_area.in_(sorted(query.districts)))
    if query.bounds is not None:
        x_from, y_from, x_to, y_to = query.bounds
        filters += [VALUES.c.x_m.between(x_from, x_to), VALUES.c.y_m.between(y_from, y_to)]
    if query.flags:
        flagged = sa.select(FLAGS.c.dwelling_id)
        flagged = flagged.where(FLAGS.c.roll_id == query.roll_id, FLAGS.c.code.in_(query.flags))
        filters.append(VALUES.c.dwelling_id.in_(flagged))
    if query.text is not None and query.text.strip():
        meant = meant_by(parsed(query.text), query.roll_id).subquery()
        filters.append(VALUES.c.dwelling_id.in_(sa.select(meant.c.dwelling_id)))
    return filters
