"""Does the demo begin with cases in every state, settled by the rules, and does a second start leave them alone?"""

from __future__ import annotations

import pytest

from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.command_line.demo_office import EACH, open_office
from valuation.pipeline.params import Params
from valuation.review.audit import verify
from valuation.review.repository import CaseQuery


@pytest.fixture(scope="module")
def place(small_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("office")
    open_office(small_run, place, Params().review)
    return place


def test_some_cases_stand_in_every_state_a_case_begins_with(place):
    database = Database(f"sqlite:///{place / 'record.db'}")
    states = SqlReviews(database).facets(CaseQuery()).states
    database.close()
    expected = {"reserved", "begun", "control", "returned", "decided", "needs_inspection", "complaint"}
    assert {state for state in expected if states.get(state, 0) >= 1} >= expected - {"reserved", "returned"}
    assert sum(states.values()) - states["open"] - states.get("reserved", 0) >= 6 * EACH


def test_what_the_demo_users_did_stands_in_a_record_that_hangs_together(place):
    database = Database(f"sqlite:///{place / 'record.db'}")
    reviews = SqlReviews(database)
    events = list(reviews.events())
    database.close()
    assert verify(events).is_whole
    assert {event.actor for event in events} >= {"kari", "ola", "nina"}


def test_a_second_start_changes_nothing(place, small_run):
    database = Database(f"sqlite:///{place / 'record.db'}")
    before = SqlReviews(database).head()
    open_office(small_run, place, Params().review)
    after = SqlReviews(database).head()
    database.close()
    assert before == after
