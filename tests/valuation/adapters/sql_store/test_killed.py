"""What is left of a release and of a decision when their process is killed? Nothing, or all of it; and work goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories_of_rolls import ROLL, release, released
from tests.killed_process import decide
from tests.review_office import Office, a_case
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.rolls.repository import ValueQuery
from valuation.rolls.whole_record import check_whole

HOME = Path(__file__).resolve().parents[4]
# The first statements of a release: out of force, the roll, values, flags, cases, their flags, the event. On PostgreSQL
# the lock is one more.
POINTS = ("1", "3", "4", "6", "8", "commit")


def killed(work: str, database: Database, where: str) -> None:
    """Run the work in a process of its own, which is killed there."""
    url = database.url.render_as_string(hide_password=False)
    words = [sys.executable, "-m", "tests.killed_process", work, url, where]
    ended = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, (ended.returncode, ended.stderr[-2000:])


def is_whole(database: Database) -> bool:
    with SqlRecordStore(database).snapshot() as snapshot:
        return check_whole(snapshot, SqlReviews(database).head()).is_whole


@pytest.mark.parametrize("where", POINTS)
def test_a_release_killed_on_the_way_leaves_nothing_and_can_be_given_again(database, where):
    killed("release", database, where)
    rolls = SqlRolls(database)
    assert rolls.rolls() == []
    assert list(rolls.all_values(ValueQuery(ROLL.roll_id))) == []
    assert SqlReviews(database).head().number == 0
    release(rolls)
    assert len(list(rolls.all_values(ValueQuery(ROLL.roll_id)))) == len(released())
    assert is_whole(database)


def test_a_release_killed_after_its_end_is_there_and_given_again_changes_nothing(database):
    killed("release", database, "committed")
    release(SqlRolls(database))
    assert SqlReviews(database).head().number == 1
    assert is_whole(database)


@pytest.mark.parametrize("where", ["1", "2", "4", "commit", "committed"])
def test_a_decision_whose_process_was_killed_is_made_once_when_it_is_sent_again(database, where):
    office = Office(SqlReviews(database))
    office.given(a_case())
    before = office.repository.head().number
    killed("decide", database, where)
    assert decide(database) == "kari version 2"
    [decision] = office.case("case-1").decisions
    assert decision.value == 4_100_000
    events = [event.action for event in office.repository.events(after=before)]
    assert events.count("decide") == 1
    assert is_whole(database)
