"""Does the demo begin with cases in every state, settled by the rules, and does a second start leave them alone?"""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
import time

import httpx
import pytest

from tests.commands import asked
from valuation.adapters.file_registry import FileRegistry
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.command_line.demo_office import EACH, keep_versions, open_office, say_how_to_open, second_params
from valuation.models.registry import candidate, champion
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


def test_the_released_run_is_live_and_the_second_version_waits_also_after_a_second_start(
    small_run, narrow_run, small_bundle, tmp_path
):
    for _ in range(2):
        keep_versions(small_run, narrow_run, tmp_path, Params())
    record = FileRegistry(tmp_path / "registry").record("trondheim")
    assert champion(record).model_version == small_bundle.model_version
    assert candidate(record).model_version != small_bundle.model_version
    assert [entry.action for entry in record][-1] == "register"
    assert len(record) == 3
    # The quick model of the tests does not pass; who decided against which gates stands in the record.
    assert (champion(record).action, champion(record).by, champion(record).second) == (
        "promote by hand",
        "per",
        "astrid",
    )


def test_the_second_version_differs_in_how_much_it_learns_and_in_nothing_else():
    first, second = Params(), second_params(Params())
    assert first.model_copy(update={"train": second.train}) == second
    assert (second.train.boosting["n_seeds"], second.train.n_folds) == (1, 2)


@pytest.fixture
def taken_port(monkeypatch):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        monkeypatch.setenv("VALUATION_PORT", str(held.getsockname()[1]))
        yield held.getsockname()[1]


def test_a_demo_that_could_not_be_served_is_wrong_use_before_anything_is_made(trondheim, taken_port, tmp_path):
    answer = asked("demo", "--raw", tmp_path / "raw", "--out", tmp_path / "out", "--jurisdiction", trondheim)
    assert answer.returncode == 2
    assert f"another program listens on port {taken_port} of 127.0.0.1 already" in answer.stderr
    assert f"What to do: stop that program, or choose another port, such as VALUATION_PORT={taken_port + 1}" in (
        answer.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_a_service_on_a_taken_port_is_wrong_use_and_does_not_say_that_it_serves(small_run, taken_port, monkeypatch):
    for name in ("DEMO", "BUNDLE", "DATABASE_URL"):
        # `serve` writes what it was given into the environment: as it was before, when the test is done.
        monkeypatch.setenv(f"VALUATION_{name}", "1")
    database = f"sqlite:///{small_run / 'none.db'}"
    answer = asked("serve", "--demo", "--bundle", small_run / "bundle", "--database", database)
    assert answer.returncode == 2
    assert f"port {taken_port} of 127.0.0.1" in answer.stderr
    assert "serving" not in answer.stderr


def test_the_last_line_of_the_demo_opens_its_office_with_the_cases_worked_on(place, small_run, small_raw, capfd):
    say_how_to_open(small_run, place, small_raw)
    command = (
        capfd.readouterr()
        .err.splitlines()[-1]
        .replace(" valuation serve ", f" {shlex.quote(sys.executable)} -m valuation serve ")
    )
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    process = subprocess.Popen(["sh", "-c", f"VALUATION_PORT={port} exec env {command}"], stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None and not _answers(browser):
                time.sleep(0.2)
            browser.post("/login/demo", data={"user": "kari"})
            decided = browser.get("/cases", params={"state": "decided"})
            assert decided.is_success
            assert set(re.findall(r"/cases/([\w-]+)\"", decided.text)) & _decided(place)
    finally:
        process.terminate()
        process.communicate()


def _decided(place):
    database = Database(f"sqlite:///{place / 'record.db'}")
    query = CaseQuery(states=("decided",), sort="opened_at", is_descending=False)
    found = SqlReviews(database).cases(query, limit=200).cases
    database.close()
    return {case.case_id for case in found}


def _answers(browser):
    try:
        return browser.get("/health/ready").is_success
    except httpx.TransportError:
        return False
