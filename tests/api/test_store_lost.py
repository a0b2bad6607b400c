"""What is answered when the database goes down in the middle, is full of questions, or is held by somebody else?

Refused with a code and a sentence, nothing stored, and well again by itself. On a real PostgreSQL that is stopped and
started, and on a SQLite file that another process really holds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.conftest import PEOPLE, settings_of_a_release
from tests.databases import server_url
from tests.fakes import MemoryAccess
from valuation.access.api_token import new_token
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import CONNECT_S, WRITER_LOCK, Database
from valuation.adapters.sql_store.hung_server import KNOCK_S, SILENT_S
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.errors import StoreUnavailable
from valuation.rolls.whole_record import check_whole

PROGRAM = Path(__file__).resolve().parents[2] / ".ci" / "postgresql"
CONNECTIONS = 2
HOLDS = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print(flush=True); input()"
)


def on_the_server(action: str, folder: Path) -> str:
    """Start, halt, hang, wake or stop the server of a folder."""
    return subprocess.run([PROGRAM, action, folder], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[Path, str]]:
    """A PostgreSQL of our own, that may be stopped: its folder and an address."""
    server_url()
    # Not below pytest's folder: that is for one user alone, and PostgreSQL runs as another.
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    url = sa.make_url(on_the_server("start", folder)).set(drivername="postgresql+psycopg")
    yield folder, url.render_as_string(hide_password=False)
    on_the_server("stop", folder)


@pytest.fixture(scope="module")
def office(server, small_run, tmp_path_factory) -> Iterator[TestClient]:
    """A caseworker at a service on that server, with two connections to it."""
    settings = settings_of_a_release(
        small_run, tmp_path_factory.mktemp("office"), server[1], database_connections=CONNECTIONS
    )
    access = MemoryAccess()
    headers = access.let_in(PEOPLE["kari"])
    app = create_app(settings, access=access)
    with TestClient(app, raise_server_exceptions=False, headers=headers) as asking:
        yield asking
    app.state.service.reviews.database.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CONNECTIONS) as made:
        yield made


@contextmanager
def turn_of_a_writer(url: str) -> Iterator[sa.Connection]:
    """Somebody else writes, and does not come to an end."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
        yield connection


def until_waiting(connection: sa.Connection, n: int) -> None:
    """Go on when so many wait for their turn, each inside its transaction."""
    asked = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    until = time.monotonic() + 20
    while connection.execute(asked).scalar_one() < n:
        assert time.monotonic() < until
        time.sleep(0.02)


def open_cases(client: TestClient) -> list[dict[str, Any]]:
    return client.get("/api/v1/review-cases", params={"state": "open"}).json()["cases"]


def reserve(client: TestClient, case: dict[str, Any], key: str) -> Any:
    headers = {"If-Match": f'"{case["version"]}"', "Idempotency-Key": f"reserve-{key}"}
    return client.post(f"/api/v1/review-cases/{case['case_id']}/reserve", json={}, headers=headers)


def events_of(client: TestClient, case: dict[str, Any]) -> list[str]:
    told = client.get(f"/api/v1/review-cases/{case['case_id']}/events").json()["events"]
    return [event["action"] for event in told]


def need_refusal(answer: Any, code: str) -> None:
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) >= 1
    assert "psycopg" not in answer.text
    assert "127.0.0.1" not in answer.text


def record_is_whole(url: str) -> bool:
    database = Database(url)
    with SqlRecordStore(database).snapshot() as snapshot:
        verdict = check_whole(snapshot)
    database.close()
    return verdict.is_whole


def test_a_database_lost_in_the_middle_of_a_request_leaves_nothing_and_comes_back(server, office, threads):
    folder, url = server
    case = open_cases(office)[0]
    before = events_of(office, case)
    with turn_of_a_writer(url) as other:
        waiting: Future[Any] = threads.submit(reserve, office, case, "in-the-middle")
        until_waiting(other, 1)
        on_the_server("halt", folder)
        need_refusal(waiting.result(20), "store-unavailable")
        other.invalidate()
    began = time.monotonic()
    said = [office.get("/api/v1/dwellings", headers={"Accept-Language": name}) for name in ("nb", "nn", "en")]
    assert time.monotonic() - began < 3 * 2
    for answer in said:
        need_refusal(answer, "store-unavailable")
    assert len({answer.json()["detail"] for answer in said}) == 3
    assert office.get("/health/live").status_code == 200
    need_refusal(office.get("/health/ready"), "store-unavailable")
    need_refusal(reserve(office, case, "while-down"), "store-unavailable")
    on_the_server("again", folder)
    assert office.get("/health/ready").status_code == 200
    assert events_of(office, case) == before
    assert reserve(office, case, "in-the-middle").json()["state"] == "reserved"
    assert reserve(office, case, "in-the-middle").headers["idempotency-replayed"] == "true"
    assert events_of(office, case) == [*before, "reserve"]
    assert record_is_whole(url)


GIVEN_UP_S, REFUSED_S = SILENT_S + KNOCK_S + CONNECT_S + 2, CONNECT_S + 2
"""How long a request that a server left hanging may wait, and one that comes later; two seconds for a busy machine."""


@pytest.fixture
def hanging(server) -> Iterator[Callable[[str], str]]:
    """Let the server hang, or wake it; awake again afterwards."""
    yield lambda action: on_the_server(action, server[0])
    on_the_server("wake", server[0])


def test_a_database_that_hangs_is_given_up_and_well_again_when_it_wakes(server, office, hanging):
    case = open_cases(office)[0]
    before = events_of(office, case)
    hanging("hang")
    began = time.monotonic()
    need_refusal(reserve(office, case, "while-hung"), "store-unavailable")
    assert time.monotonic() - began < GIVEN_UP_S
    for path in ("/api/v1/dwellings", "/health/ready"):
        began = time.monotonic()
        need_refusal(office.get(path), "store-unavailable")
        assert time.monotonic() - began < REFUSED_S
    assert office.get("/health/live").status_code == 200
    hanging("wake")
    assert office.get("/health/ready").status_code == 200
    assert events_of(office, case) == before
    assert reserve(office, case, "while-hung").status_code == 200
    assert events_of(office, case) == [*before, "reserve"]
    assert record_is_whole(server[1])


def test_a_write_that_a_hanging_database_may_still_finish_is_done_once(server, office, threads, hanging):
    case = open_cases(office)[0]
    before = events_of(office, case)
    with turn_of_a_writer(server[1]) as other:
        waiting: Future[Any] = threads.submit(reserve, office, case, "in-doubt")
        until_waiting(other, 1)
        hanging("hang")
        began = time.monotonic()
        need_refusal(waiting.result(20), "store-unavailable")
        assert time.monotonic() - began < GIVEN_UP_S
        hanging("wake")
    assert reserve(office, case, "in-doubt").status_code == 200
    assert events_of(office, case) == [*before, "reserve"]
    assert record_is_whole(server[1])


def test_a_long_question_of_a_server_that_works_is_waited_for(server):
    database = Database(server[1])
    began = time.monotonic()
    with database.reading() as connection:
        connection.execute(sa.select(sa.func.pg_sleep(SILENT_S + 1)))
    assert time.monotonic() - began > SILENT_S
    database.close()


def test_a_pool_without_a_free_connection_is_told_and_fills_again(server, office, threads):
    cases = open_cases(office)[:CONNECTIONS]
    with turn_of_a_writer(server[1]) as other:
        waiting = [threads.submit(reserve, office, case, f"pool-{place}") for place, case in enumerate(cases)]
        until_waiting(other, CONNECTIONS)
        began = time.monotonic()
        answer = office.get("/api/v1/dwellings")
        assert time.monotonic() - began < 4
        need_refusal(answer, "store-unavailable")
        assert office.get("/health/live").status_code == 200
    assert [one.result(20).status_code for one in waiting] == [200] * CONNECTIONS
    assert office.get("/api/v1/dwellings").status_code == 200


def test_a_name_of_a_server_that_is_not_found_is_a_store_that_cannot_be_reached():
    server_url()
    database = Database("postgresql://valuation@no-such-host.invalid/postgres")
    with pytest.raises(StoreUnavailable), database.reading():
        pass


@contextmanager
def held_by_another_process(url: str) -> Iterator[None]:
    """A SQLite file that somebody else writes in without an end."""
    words = [sys.executable, "-c", HOLDS, str(sa.make_url(url).database)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def desk(small_run, tmp_path) -> Iterator[tuple[TestClient, str]]:
    """A caseworker's program at a service on SQLite whose tokens lie there too, and the address of the file."""
    settings = settings_of_a_release(small_run, tmp_path)
    secret, token = new_token("desk", frozenset({"caseworker"}), now=datetime.now(UTC), by="test")
    database = Database(settings.database_url)
    SqlAccess(database).add_token(token)
    database.close()
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(create_app(settings), raise_server_exceptions=False, headers=headers) as asking:
        yield asking, settings.database_url


def test_a_file_that_another_process_holds_is_busy_for_who_writes_and_open_to_who_reads(desk):
    client, url = desk
    # The first request of a token: its use would be written down.
    with held_by_another_process(url):
        began = time.monotonic()
        case = open_cases(client)[0]
        assert client.get(f"/api/v1/review-cases/{case['case_id']}").status_code == 200
        assert client.get("/health/ready").status_code == 200
        assert time.monotonic() - began < 4
        refused = reserve(client, case, "while-busy")
        need_refusal(refused, "store-busy")
        assert "busy" in refused.json()["detail"]
    assert events_of(client, case) == []
    assert reserve(client, case, "while-busy").status_code == 200
    assert events_of(client, case) == ["reserve"]
