"""What every store of released rolls keeps, SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.factories_of_rolls import DWELLINGS, ROLL, a_case, release, released
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.sql_store.tables import VALUES
from valuation.errors import CursorRefused, InputRefused, RollNotFound, ValueNotFound, WrongUse
from valuation.review.audit import verify
from valuation.review.repository import CaseQuery
from valuation.rolls.released_roll import ReleasedValue, release_event
from valuation.rolls.repository import RollRepository, ValueQuery


@pytest.fixture
def rolls(database: Database) -> RollRepository:
    return SqlRolls(database)


@pytest.fixture
def filled(rolls: RollRepository) -> RollRepository:
    release(rolls)
    return rolls


def found(rolls: RollRepository, **query) -> list[str]:
    return [value.dwelling_id for value in rolls.values(ValueQuery(ROLL.roll_id, **query)).values]


def ids(*places: int) -> list[str]:
    return sorted(f"{DWELLINGS[place][0]}-{DWELLINGS[place][1]}" for place in places)


def test_an_empty_store_has_no_roll_and_says_what_to_do(rolls):
    assert rolls.rolls() == []
    with pytest.raises(RollNotFound, match="valuation release RUN"):
        rolls.roll()


def test_a_released_value_is_read_as_it_was_released_to_the_last_bit(filled):
    assert list(filled.all_values(ValueQuery(ROLL.roll_id))) == sorted(released(), key=lambda one: one.dwelling_id)
    first = released()[0]
    assert filled.value(first.value_id) == first
    assert filled.value_of(ROLL.roll_id, first.dwelling_id) == first


def test_after_a_release_postgresql_knows_how_much_stands_where(postgresql_database):
    asked = sa.text(
        "SELECT reltuples FROM pg_class WHERE relname IN ('released_values', 'review_cases') ORDER BY relname"
    )
    with postgresql_database.reading() as connection:
        assert connection.execute(asked).scalars().all() == [-1, -1]
    release(SqlRolls(postgresql_database))
    with postgresql_database.reading() as connection:
        assert connection.execute(asked).scalars().all() == [5, 3]


def test_a_roll_stands_where_its_tables_may_not_be_counted(postgresql_database, caplog):
    with postgresql_database.writing() as held:
        # Held against counting, and not against reading or writing.
        held.exec_driver_sql("LOCK TABLE released_values IN SHARE UPDATE EXCLUSIVE MODE")
        other = Database(postgresql_database.url.render_as_string(hide_password=False), wait_s=0.2)
        other.count_anew(VALUES)
        other.close()
    assert "not counted anew" in caplog.text


def test_a_released_roll_is_in_force(filled):
    assert filled.roll() == replace(ROLL, is_in_force=True)


def test_the_cases_and_the_event_are_stored_with_it(filled, database):
    reviews = SqlReviews(database)
    events = list(reviews.events())
    assert [event.subject_id for event in events] == [ROLL.roll_id]
    assert verify(events).is_whole
    with reviews.transaction() as now:
        assert now.case_of(ROLL.roll_id, ids(0)[0]) == a_case(released()[0])
        assert now.case_of(ROLL.roll_id, ids(1)[0]) is None


def test_the_same_roll_again_changes_nothing_and_reads_no_value(filled, database):
    def not_read() -> Iterator[ReleasedValue]:
        raise AssertionError("read")
        yield

    again = replace(ROLL, released_at="2027-01-01T00:00:00.000000Z", released_by="ola")
    assert filled.release(again, not_read(), iter(()), release_event(ROLL)) == replace(ROLL, is_in_force=True)
    assert SqlReviews(database).head().number == 1


@pytest.mark.parametrize("name", ["values_sha256", "data_hash", "manifest_sha256", "model_version", "jurisdiction"])
def test_other_values_under_the_same_name_are_refused(filled, name):
    with pytest.raises(InputRefused, match=f"with another {name}"):
        release(filled, replace(ROLL, **{name: "f" * 64}))
    assert filled.rolls() == [replace(ROLL, is_in_force=True)]


def test_a_release_that_fails_on_the_way_leaves_nothing(rolls, database):
    def broken() -> Iterator[ReleasedValue]:
        yield from released()
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        rolls.release(ROLL, broken(), iter(()), release_event(ROLL))
    assert rolls.rolls() == []
    assert list(rolls.all_values(ValueQuery(ROLL.roll_id))) == []
    assert SqlReviews(database).head().number == 0


def test_several_rolls_lie_side_by_side_and_the_last_one_of_a_jurisdiction_is_in_force(filled):
    later = replace(ROLL, roll_id="2026-12-01-klar-elv", released_at="2026-12-01T12:00:00.000000Z")
    release(filled, later)
    assert [(roll.roll_id, roll.is_in_force) for roll in filled.rolls()] == [
        (later.roll_id, True),
        (ROLL.roll_id, False),
    ]
    assert filled.roll().roll_id == later.roll_id
    assert filled.roll(ROLL.roll_id).is_in_force is False
    assert filled.value_of(ROLL.roll_id, ids(0)[0]) == released()[0]


def test_another_jurisdiction_takes_nothing_out_of_force(filled):
    release(filled, replace(ROLL, roll_id="2026-11-30-stor-ku", jurisdiction="village"))
    assert [roll.is_in_force for roll in filled.rolls()] == [True, True]


def test_what_is_not_there_is_not_found(filled):
    for asked in (lambda: filled.value("nothing"), lambda: filled.value_of(ROLL.roll_id, "nothing")):
        with pytest.raises(ValueNotFound):
            asked()
    with pytest.raises(RollNotFound):
        filled.roll("nothing")
    assert found(filled, text="nothing") == []


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("Storgata 1", (0, 1)),
        ("  STORGATA   1 ", (0, 1)),
        ("storg 12", (2,)),
        ("Storgata 12B", (2,)),
        ("Storgata 12 b", (2,)),
        ("åsvegen", (3,)),
        ("A\u030asvegen 1", (3,)),
        ("vegen", (4,)),
        ("gata", ()),
        ("5001-1/2/0/0", (0, 1)),
        ("1/2", (0, 1)),
        ("5001-1/2", (0, 1)),
        ("01/2", ()),
        ("5001-1", ()),
        ("101/2", (3,)),
        ("5001-101/2/0/4", (3,)),
        ("H0101", (0, 2, 4)),
        ("h0201", (1,)),
        ("Storgata 1 h0201", (1,)),
        ("5001-1/2/0/0-H0201", (1,)),
        ("5001-1/2/0/0-h0201", (1,)),
        ("1/2 Åsvegen", ()),
        ("", (0, 1, 2, 3, 4)),
        ("%", ()),
        ("_", ()),
        ("50%", (4,)),
        ("' OR 1=1 --", ()),
        ("\\", ()),
    ],
)
def test_one_field_finds_addresses_properties_units_and_identities(filled, typed, places):
    assert found(filled, text=typed) == ids(*places)


def test_more_than_anybody_types_is_refused(filled):
    with pytest.raises(WrongUse, match="at most 200"):
        found(filled, text="x" * 201)


@pytest.mark.parametrize("name", ["\0", "a\0b", "\ud800"])
def test_what_no_database_keeps_is_nothing_or_a_wrong_use_never_a_fault(filled, name):
    assert found(filled, text=f"Storgata {name}7") == []
    with pytest.raises((ValueNotFound, WrongUse)):
        filled.value_of(ROLL.roll_id, name)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"market_areas": ("TB",)}, (0, 1, 2)),
        ({"market_areas": ("TB", "ÅS")}, (0, 1, 2, 3)),
        ({"dwelling_types": ("house",)}, (2, 3)),
        ({"flags": ("missing-fact", "error-likely")}, (0, 3)),
        ({"bounds": (10.0, 5.0, 25.0, 15.0)}, (0, 1, 2)),
        ({"districts": frozenset({"ÅS"})}, (3,)),
        ({"districts": frozenset()}, ()),
        ({"districts": frozenset({"ÅS"}), "text": "5001-1/2/0/0-H0201"}, ()),
        ({"market_areas": ("TB",), "dwelling_types": ("flat",), "flags": ("error-likely",)}, (0,)),
    ],
)
def test_every_filter_narrows(filled, query, places):
    assert found(filled, **query) == ids(*places)
    assert [one.dwelling_id for one in filled.all_values(ValueQuery(ROLL.roll_id, **query))] == ids(*places)


def test_a_page_of_values_is_read_by_their_identities_in_one_question(filled):
    first, _, third, *_ = released()
    found = filled.values_by_id([third.value_id, first.value_id, "nothing"])
    assert found == {first.value_id: first, third.value_id: third}
    assert filled.values_by_id([]) == {}


def test_cases_are_told_by_where_their_dwellings_lie(filled, database):
    reviews, values = SqlReviews(database), released()
    cases = {place: a_case(values[place]).case_id for place in (0, 2, 3)}
    found = {one.case_id: (one.x_m, one.y_m) for one in reviews.places(CaseQuery(roll_id=ROLL.roll_id))}
    assert found == {cases[0]: (10.0, 10.0), cases[2]: (20.0, 10.0), cases[3]: (30.0, 40.0)}
    for roll_id in (ROLL.roll_id, None):
        query = CaseQuery(roll_id=roll_id, bounds=(15.0, 5.0, 30.0, 15.0))
        assert [one.case_id for one in reviews.places(query)] == [cases[2]]
        assert [case.case_id for case in reviews.cases(query).cases] == [cases[2]]


def test_pages_go_on_behind_one_another_until_all_were_shown(filled):
    query, cursor, seen = ValueQuery(ROLL.roll_id), None, []
    for _ in range(3):
        page = filled.values(query, limit=2, cursor=cursor)
        seen += [value.dwelling_id for value in page.values]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == ids(0, 1, 2, 3, 4)


@pytest.mark.parametrize("cursor", ["", "x", "eyJ9", "WyJhIl0", "ø", "W" * 5000])
def test_a_cursor_that_is_none_is_refused(filled, cursor):
    with pytest.raises(CursorRefused):
        filled.values(ValueQuery(ROLL.roll_id), cursor=cursor)


def test_a_cursor_of_another_query_is_refused(filled):
    cursor = filled.values(ValueQuery(ROLL.roll_id), limit=2).next_cursor
    with pytest.raises(CursorRefused, match="another query"):
        filled.values(ValueQuery(ROLL.roll_id, districts=frozenset({"TB"})), cursor=cursor)
