"""Do two processes of the service on one record act as one? The same request to both counts once; who is out is out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Barrier

import httpx
import pytest

from tests.api.conftest import settings_of_a_release
from tests.api.test_serving import served
from valuation.access.api_token import new_token
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database

TIMES = 10
"""Requests sent to both at once."""


@pytest.fixture(scope="module")
def two(small_run, tmp_path_factory) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Addresses of two processes on one record, and a caseworker's token."""
    place = tmp_path_factory.mktemp("two")
    settings = settings_of_a_release(small_run, place)
    database = Database(settings.database_url)
    secret, token = new_token("desk", frozenset({"caseworker"}), now=datetime.now(UTC), by="test")
    SqlAccess(database).add_token(token)
    database.close()
    with ExitStack() as running:
        addresses = [
            running.enter_context(served(small_run / "bundle", place, VALUATION_DATABASE_URL=settings.database_url))[1]
            for _ in range(2)
        ]
        yield addresses, {"Authorization": f"Bearer {secret}"}


def test_the_same_request_sent_to_both_at_once_acts_once_and_answers_alike(two):
    addresses, token = two
    asked = httpx.get(f"{addresses[0]}/api/v1/review-cases", params={"state": "open"}, headers=token, timeout=60)
    start = Barrier(2)

    def reserve(address: str, case: dict) -> httpx.Response:
        headers = token | {"If-Match": f'"{case["version"]}"', "Idempotency-Key": f"both-{case['case_id']}"}
        start.wait(60)
        return httpx.post(
            f"{address}/api/v1/review-cases/{case['case_id']}/reserve", json={}, headers=headers, timeout=60
        )

    for case in asked.json()["cases"][:TIMES]:
        with ThreadPoolExecutor(2) as threads:
            first, second = threads.map(reserve, addresses, [case, case])
        assert (first.status_code, second.status_code) == (200, 200), (first.text, second.text)
        assert first.text == second.text
        assert sorted("idempotency-replayed" in answer.headers for answer in (first, second)) == [False, True]
        events = httpx.get(
            f"{addresses[1]}/api/v1/review-cases/{case['case_id']}/events", headers=token, timeout=60
        ).json()["events"]
        assert [event["action"] for event in events] == ["reserve"]


def test_who_logs_out_at_one_is_out_at_the_other(two):
    here, there = two[0]
    entered = httpx.post(f"{here}/login/demo", data={"user": "kari"}, timeout=60)
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in entered.cookies.items())}
    me = [httpx.get(f"{address}/api/v1/me", headers=cookie, timeout=60) for address in (here, there)]
    assert [answer.status_code for answer in me] == [200, 200]
    assert me[0].json()["csrf_token"] == me[1].json()["csrf_token"]
    left = httpx.post(
        f"{here}/logout",
        data={"csrf_token": me[0].json()["csrf_token"]},
        headers=cookie | {"Origin": here},
        timeout=60,
    )
    assert left.status_code == 303
    after = [httpx.get(f"{address}/api/v1/me", headers=cookie, timeout=60) for address in (here, there)]
    assert [answer.status_code for answer in after] == [401, 401]
