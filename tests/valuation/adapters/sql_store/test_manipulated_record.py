"""What does `audit verify` find of what a database administrator changes? Six ways, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

import pytest
import sqlalchemy as sa

from tests.factories_of_rolls import NOON, ROLL, a_case, release, released
from valuation.adapters.sql_store import record
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.adapters.sql_store.tables import CASES, EVENTS, METADATA, ONLY_ADDED_TO, ROLLS, VALUES
from valuation.review.audit import NO_EVENT, NewEvent, chained
from valuation.review.case import Decision
from valuation.review.document import canonical
from valuation.rolls.whole_record import WholeVerdict, check_whole

N_DECISIONS = 20


@pytest.fixture
def kept(database: Database) -> Database:
    """A database with a released roll and twenty decisions on its cases, one event each behind that of the release."""
    release(SqlRolls(database))
    decide(database, *range(N_DECISIONS))
    return database


def decide(database: Database, *numbers: int) -> None:
    reviews, cases = SqlReviews(database), [a_case(value) for value in released() if value.flags]
    for number in numbers:
        with reviews.transaction() as now:
            case = now.case(cases[number % len(cases)].case_id)
            decision = Decision("cw-1", NOON, "own_value", 4_000_000 + number, "sale", f"because of {number}")
            now.save(replace(case, decisions=(*case.decisions, decision)), expected_version=case.version)
            now.append(NewEvent(NOON, "cw-1", "decide", "case", case.case_id, {"value": 4_000_000 + number}))


@contextmanager
def as_administrator(database: Database) -> Iterator[sa.Connection]:
    """A connection on which no trigger stands in the way any more."""
    with database.writing() as connection:
        for trigger, table in triggers(connection):
            on = "" if database.is_sqlite else f" ON {table}"
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")
        yield connection


def triggers(connection: sa.Connection) -> list[tuple[str, str]]:
    asked = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT trigger_name, event_object_table FROM information_schema.triggers",
    }
    return [(row[0], row[1]) for row in connection.exec_driver_sql(asked[connection.dialect.name])]


def verdict(database: Database, head=None) -> WholeVerdict:
    with SqlRecordStore(database).snapshot() as snapshot:
        return check_whole(snapshot, head)


def head_of(database: Database):
    return SqlReviews(database).head()


def found(database: Database, head=None) -> list[tuple[str, str]]:
    return [(one.subject, one.what) for one in verdict(database, head).findings]


def test_an_untouched_record_is_whole_with_and_without_a_head(kept):
    assert verdict(kept).is_whole
    whole = verdict(kept, head_of(kept))
    assert whole.is_whole
    assert whole.chain.was_held_against_a_head
    assert (whole.chain.n_events, whole.n_cases, whole.n_rolls, whole.n_values) == (1 + N_DECISIONS, 3, 1, 5)


def test_a_record_that_grew_since_still_passes_through_the_published_head(kept):
    published = head_of(kept)
    decide(kept, 100)
    assert verdict(kept, published).is_whole


# --- one: an old decision is changed ---


def test_a_changed_decision_in_an_event_is_named(kept):
    with as_administrator(kept) as connection:
        row = connection.execute(sa.select(EVENTS.c.details).where(EVENTS.c.number == 7)).scalar_one()
        changed = canonical(json.loads(row) | {"value": 1})
        connection.execute(sa.update(EVENTS).where(EVENTS.c.number == 7).values(details=changed))
    assert found(kept) == [("event 7", "it was changed since it was written")]


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject_kind", "subject_id", "details", "sha256"])
def test_whatever_column_of_an_event_is_changed_the_event_is_named(kept, column):
    with as_administrator(kept) as connection:
        connection.execute(sa.update(EVENTS).where(EVENTS.c.number == 7).values({column: "something else"}))
    assert found(kept)[0] == ("event 7", "it was changed since it was written")


def test_a_decision_changed_in_the_table_of_cases_is_found_though_no_event_was_touched(kept):
    with as_administrator(kept) as connection:
        case_id, document = connection.execute(sa.select(CASES.c.case_id, CASES.c.document).limit(1)).one()
        content = json.loads(document)
        content["decisions"][0]["value"] = 1
        connection.execute(sa.update(CASES).where(CASES.c.case_id == case_id).values(document=canonical(content)))
    [(subject, what)] = found(kept)
    assert subject == f"case {case_id}"
    assert what.startswith("what is settled in it is not what event ")


@pytest.mark.parametrize("document", ["", "{}", "[]", "null", "cut of"])
def test_a_case_that_is_no_case_any_more_is_named(kept, document):
    with as_administrator(kept) as connection:
        case_id = connection.execute(sa.select(CASES.c.case_id).limit(1)).scalar_one()
        connection.execute(sa.update(CASES).where(CASES.c.case_id == case_id).values(document=document))
    assert found(kept) == [(f"case {case_id}", "it cannot be read: it was changed since it was written")]


def test_a_changed_value_of_a_roll_is_found(kept):
    with as_administrator(kept) as connection:
        connection.execute(
            sa.update(VALUES).where(VALUES.c.appraised_value == 6_000_000).values(appraised_value=3_000_000)
        )
    assert found(kept) == [(f"roll {ROLL.roll_id}", "its values are not those that event 1 says")]


def test_a_changed_roll_is_found(kept):
    with as_administrator(kept) as connection:
        connection.execute(sa.update(ROLLS).values(manifest_sha256="0" * 64))
    assert found(kept) == [(f"roll {ROLL.roll_id}", "its manifest_sha256 is not what event 1 says")]


# --- two to four: rows are deleted, swapped, cut ---


def test_a_deleted_event_is_missed(kept):
    with as_administrator(kept) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.number == 7))
    assert found(kept) == [("event 8", "number 8 follows 6: events are missing or were moved")]


def test_two_swapped_events_are_named(kept):
    with as_administrator(kept) as connection:
        for old, new in ((7, 1000), (8, 7), (1000, 8)):
            connection.execute(sa.update(EVENTS).where(EVENTS.c.number == old).values(number=new))
    assert found(kept) == [("event 7", "it does not follow the event before it")]


def test_a_deleted_case_is_missed(kept):
    with as_administrator(kept) as connection:
        case_id = connection.execute(sa.select(CASES.c.case_id).limit(1)).scalar_one()
        connection.exec_driver_sql("DELETE FROM case_flags")
        connection.execute(sa.delete(CASES).where(CASES.c.case_id == case_id))
    [(subject, what)] = found(kept)
    assert (subject, what[:16]) == (f"case {case_id}", "it is not there,")


def test_ten_events_cut_off_are_missed_by_the_published_head(kept):
    published = head_of(kept)
    with as_administrator(kept) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.number > N_DECISIONS - 9))
    assert found(kept, published) == [
        ("event 12", f"the record ends at 11, before the published head at {N_DECISIONS + 1}")
    ]


def test_ten_events_cut_off_are_not_seen_in_the_chain_without_a_head_and_the_verdict_says_so(kept):
    with as_administrator(kept) as connection:
        connection.execute(sa.delete(EVENTS).where(EVENTS.c.number > N_DECISIONS - 9))
    without = verdict(kept)
    assert without.chain.is_whole
    assert without.chain.was_held_against_a_head is False
    # The cases still hold the decisions that were cut: here even the chain alone would not be enough to hide it.
    assert {one.subject.split()[0] for one in without.findings} == {"case"}


# --- five: everything is written anew, consistently ---


def rewritten(connection: sa.Connection) -> None:
    """Change a decision everywhere, and every hash that follows."""
    head, events = NO_EVENT, list(record.events(connection))
    connection.execute(sa.delete(EVENTS))
    for event in events:
        plain = {name: getattr(event, name) for name in asdict(NewEvent("", "", "", "", ""))}
        told = NewEvent(**plain | {"actor": "cw-2" if event.number == 7 else event.actor})
        placed = chained(told, head)
        connection.execute(sa.insert(EVENTS), [record.row_of(placed)])
        head = type(head)(placed.number, placed.sha256)


def test_a_record_written_anew_is_seen_only_against_the_published_head(kept):
    published = head_of(kept)
    with as_administrator(kept) as connection:
        rewritten(connection)
    assert verdict(kept).is_whole
    assert found(kept, published) == [(f"event {N_DECISIONS + 1}", "another hash than the published head")]


# --- six: last week's backup ---


def test_last_weeks_state_is_whole_and_ends_before_the_published_head(database):
    release(SqlRolls(database))
    decide(database, 0, 1, 2)
    last_week = head_of(database)
    assert verdict(database, last_week).is_whole
    later = type(last_week)(last_week.number + 5, "0" * 64)
    assert found(database, later) == [("event 5", "the record ends at 4, before the published head at 9")]


# --- what the database itself refuses ---


@pytest.mark.parametrize("table", ONLY_ADDED_TO)
@pytest.mark.parametrize("change", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_the_database_refuses_to_change_or_remove_what_is_only_added_to(kept, table, change):
    column = METADATA.tables[table].columns.keys()[0]
    with pytest.raises(sa.exc.DBAPIError, match="rows are only ever added here"), kept.writing() as connection:
        connection.exec_driver_sql(change.format(table=table, column=column))
    assert verdict(kept).is_whole


def test_sqlite_refuses_an_event_put_in_the_place_of_another(kept):
    row = record.row_of(chained(NewEvent(NOON, "x", "x", "x", "x"), NO_EVENT))
    insert = sa.insert(EVENTS).prefix_with("OR REPLACE", dialect="sqlite")
    with pytest.raises(sa.exc.DBAPIError), kept.writing() as connection:
        connection.execute(insert, [row])
    assert verdict(kept).is_whole


def test_of_a_roll_only_whether_it_is_in_force_can_change(kept):
    with kept.writing() as connection:
        connection.execute(sa.update(ROLLS).values(is_in_force=False))
    with pytest.raises(sa.exc.DBAPIError, match="rows are only ever added here"), kept.writing() as connection:
        connection.execute(sa.update(ROLLS).values(n_dwellings=1))
    assert verdict(kept).is_whole
