"""While somebody sends what cannot be answered, are others answered as ever, and is the memory given back?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.test_serving import served

KEPT_S, EVERY_S = 6.0, 0.2
WELL_S = 1.0
"""What 95 of 100 answers take at most, on a machine that runs other tests at the same time."""
GROWS = 1.5
HOSTILE = {
    "too-long": b'{"dwellings": "' + b"x" * 5_000_000 + b'"}',
    "long-and-taken": b'{"dwellings": "' + b"x" * 3_900_000 + b'"}',
    "deep": b"[" * 100_000,
    "many": b'{"dwellings": [' + b",".join([b"{}"] * 20_000) + b"]}",
    "not-a-number": b'{"dwellings": [{"living_area_m2": NaN}]}',
    "long-number": b'{"dwellings": [{"living_area_m2": ' + b"9" * 5_000 + b"}]}",
}


@pytest.fixture(scope="module")
def running(small_run, tmp_path_factory) -> Iterator[tuple[int, str, dict[str, str]]]:
    """A service in a process of its own: its number, its address, and the headers of a demo user."""
    with served(small_run / "bundle", tmp_path_factory.mktemp("hostile")) as (process, address, _):
        entered = httpx.post(f"{address}/login/demo", data={"user": "kari"}, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in entered.cookies.items())
        me = httpx.get(f"{address}/api/v1/me", headers={"Cookie": cookie}, timeout=60).json()
        yield process.pid, address, {"Cookie": cookie, "Origin": address, "X-CSRF-Token": me["csrf_token"]}


def memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def sent(address: str, headers: dict[str, str], body: bytes) -> httpx.Response:
    kind = {"Content-Type": "application/json"}
    return httpx.post(f"{address}/api/v1/valuations", content=body, headers=headers | kind, timeout=60)


def test_others_are_answered_in_time_meanwhile_and_the_memory_is_given_back(running):
    pid, address, headers = running
    for body in HOSTILE.values():
        sent(address, headers, body)
    before, is_over = memory_kib(pid), threading.Event()
    statuses: set[int] = set()

    def attack() -> None:
        while not is_over.is_set():
            statuses.update(sent(address, headers, body).status_code for body in HOSTILE.values())

    attacker = threading.Thread(target=attack)
    attacker.start()
    took = []
    until = time.monotonic() + KEPT_S
    while time.monotonic() < until:
        began = time.perf_counter()
        assert httpx.get(f"{address}/api/v1/me", headers=headers, timeout=60).status_code == 200
        took.append(time.perf_counter() - began)
        time.sleep(EVERY_S)
    is_over.set()
    attacker.join()
    assert statuses <= {400, 413, 422}
    assert sorted(took)[int(0.95 * len(took))] < WELL_S
    assert memory_kib(pid) < GROWS * before
