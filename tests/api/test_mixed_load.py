"""Does a service keep its promise on a full day? Lists, values and decisions while a roll is valued, then a burst.

F-16 of the promises, made short: `VALUATION_MIXED_LOAD_S` (seconds of a full day, by default 6) makes it long. The
limits are those of a machine that does nothing else, given room here for tests that run beside it
(`VALUATION_MIXED_LOAD_ROOM`, so many times as long).
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import settings_of_a_release
from tests.api.known_dwellings import as_sent
from tests.api.test_serving import served
from valuation.access.api_token import new_token
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.snapshot import SqlRecordStore
from valuation.rolls.whole_record import check_whole

FULL_DAY_S = float(os.environ.get("VALUATION_MIXED_LOAD_S", "6"))
BURST_S = FULL_DAY_S / 2
LIMITS_MS = {"read": 150, "value": 500, "decision": 300}
ROOM = float(os.environ.get("VALUATION_MIXED_LOAD_ROOM", "6"))
CLIENTS, BURST_CLIENTS = 3, 30
STOPS_WITHIN_S = 30
DECISION = {
    "outcome": "accepted",
    "reason_code": "fits-comparable-sales",
    "text": "Tre salg i samme gate i 2025 ligger innenfor 3 prosent av modellens verdi for 69 m².",
    "evidence": [],
}
Ask = Callable[[httpx.Client], None]


class Office:
    """What people at a service do, and what they were answered."""

    def __init__(self, address: str, tokens: dict[str, dict[str, str]], dwellings: list[dict]) -> None:
        self.address, self.tokens, self.dwellings = address, tokens, dwellings
        asked = {"state": "open", "sort": "opened_at", "limit": 200}
        page = self.get("/api/v1/review-cases", asked)
        cases = [case for case in page["cases"] if case.get("appraised_value")]
        self.cases, self.numbers, self.one_at_a_time = iter(cases), itertools.count(), threading.Lock()
        self.waits_ms: dict[str, list[float]] = defaultdict(list)
        self.statuses: Counter[int] = Counter()
        self.refused: list[str] = []
        self.decided: list[str] = []
        self.cut_off = 0

    def get(self, path: str, asked: dict) -> dict:
        """Return what the caseworker is told."""
        return httpx.get(self.address + path, params=asked, headers=self.tokens["caseworker"], timeout=60).json()

    def read(self, client: httpx.Client) -> None:
        """Look at a list of cases, in one order or another."""
        sort = ("expected_harm", "-opened_at", "appraised_value")[next(self.numbers) % 3]
        self.asked("read", client, "GET", "/api/v1/review-cases", params={"sort": sort, "limit": 25})

    def value(self, client: httpx.Client) -> None:
        """Have a dwelling valued with its explanation."""
        one = self.dwellings[next(self.numbers) % len(self.dwellings)]
        path = "/api/v1/valuations?include=contributions,grid,path,comparables"
        self.asked("value", client, "POST", path, json={"dwellings": [one]})

    def decide(self, client: httpx.Client) -> None:
        """Settle a case nobody has touched, step by step; what was acknowledged is remembered."""
        with self.one_at_a_time:
            case = next(self.cases, None)
        if case is None:
            return
        path = f"/api/v1/review-cases/{case['case_id']}"
        version = case["version"]
        for step, body in (("reserve", {}), ("begin", {}), ("decide", DECISION)):
            headers = self.tokens["caseworker"] | {
                "If-Match": f'"{version}"',
                "Idempotency-Key": f"{step}-{case['case_id']}",
            }
            answer = self.asked("decision", client, "POST", f"{path}/{step}", json=body, headers=headers)
            if answer is None or answer.status_code != 200:
                return
            version = answer.json()["version"]
        self.decided.append(case["case_id"])

    def revalue(self, is_over: threading.Event) -> int:
        """Have the roll valued again and again, as a yearly batch that does not end; return how often it was begun."""
        path, headers = f"{self.address}/api/v1/revaluations", self.tokens["analyst"]
        with httpx.Client(headers=headers, timeout=60) as client:
            for number in itertools.count(1):
                key = {"Idempotency-Key": f"the-yearly-roll-{number}"}
                job = client.post(path, json={}, headers=key).raise_for_status().json()
                while client.get(f"{path}/{job['job_id']}").json()["state"] in ("waiting", "running"):
                    if is_over.wait(0.2):
                        return number
        raise AssertionError

    def asked(self, kind: str, client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response | None:
        began = time.perf_counter()
        try:
            answer = client.request(method, f"{self.address}{path}", timeout=60, **more)
        except httpx.TransportError:
            # A service that stops takes no new connection.
            self.cut_off += 1
            return None
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.waits_ms[kind].append(1000 * (time.perf_counter() - began))
        else:
            self.refused.append(f"{path}: {answer.text}")
        return answer

    def p95_ms(self, kind: str) -> float:
        """Return the 95th percentile of the answers so far."""
        waits = sorted(self.waits_ms[kind])
        return waits[int(0.95 * len(waits))]


def at_work(office: Office, n: int, seconds: float, is_over: threading.Event) -> None:
    """Let so many people work at once for a while, or until it is over."""
    until = time.monotonic() + seconds

    def work(place: int) -> None:
        deeds: Iterator[Ask] = itertools.cycle([office.read, office.value, office.decide, office.value])
        with httpx.Client(headers=office.tokens["analyst"]) as client:
            for deed in itertools.islice(deeds, place, None):
                if time.monotonic() > until or is_over.is_set():
                    return
                deed(client)

    with ThreadPoolExecutor(n) as people:
        for ended in [people.submit(work, place) for place in range(n)]:
            ended.result()


@pytest.fixture
def running(small_run, small_bundle, tmp_path) -> Iterator[tuple[object, Office, Path]]:
    """A service in a process of its own on a released roll, the people at it, and its record."""
    settings = settings_of_a_release(small_run, tmp_path)
    database, tokens = Database(settings.database_url), {}
    # From an analyst no value is hidden, as it is from who is to estimate one first; and an analyst decides nothing.
    for role in ("analyst", "caseworker"):
        secret, token = new_token(role, frozenset({role}), now=datetime.now(UTC), by="test")
        SqlAccess(database).add_token(token)
        tokens[role] = {"Authorization": f"Bearer {secret}"}
    database.close()
    with served(small_run / "bundle", tmp_path, VALUATION_DATABASE_URL=settings.database_url) as (process, address, _):
        yield process, Office(address, tokens, as_sent(small_run, small_bundle, 50)), tmp_path / "record.db"


def test_a_full_day_is_answered_in_time_and_a_burst_loses_nothing_when_the_service_is_stopped_in_it(running):
    process, office, record = running
    day_is_over, stopped = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as operator:
        batches = operator.submit(office.revalue, day_is_over)
        try:
            at_work(office, CLIENTS, FULL_DAY_S, stopped)
        finally:
            day_is_over.set()
        assert batches.result() >= 1
    assert office.refused == []
    assert office.cut_off == 0
    p95_ms = {kind: office.p95_ms(kind) for kind in LIMITS_MS}
    assert {kind: took for kind, took in p95_ms.items() if took > ROOM * LIMITS_MS[kind]} == {}
    assert len(office.decided) > 0

    burst = threading.Thread(target=at_work, args=(office, BURST_CLIENTS, 4 * BURST_S, stopped))
    burst.start()
    time.sleep(BURST_S)
    assert office.cut_off == 0
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(STOPS_WITHIN_S) == 0
    assert time.monotonic() - began < STOPS_WITHIN_S
    stopped.set()
    burst.join()
    assert set(office.statuses) <= {200, 429, 503}

    database = Database(f"sqlite:///{record}")
    with SqlRecordStore(database).snapshot() as snapshot:
        assert check_whole(snapshot).is_whole
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT subject_id FROM audit_events WHERE action = 'decide'").all()
    database.close()
    made = Counter(row[0] for row in rows)
    assert set(office.decided) <= set(made)
    assert set(made.values()) == {1}
