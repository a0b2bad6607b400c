"""Does `valuation serve` run as a process: without its database, until it is told to stop, and silent on people?"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from valuation.privacy.national_identity_number import contains_one

HOME = Path(__file__).resolve().parents[2]
NUMBER = "01010750160"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@contextmanager
def served(bundle: Path, place: Path, **settings: str):
    """A running `valuation serve`; its process, its address and its log."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VALUATION_")}
    environment |= {
        "VALUATION_BUNDLE": str(bundle),
        "VALUATION_DATABASE_URL": f"sqlite:///{place / 'valuation.db'}",
        "VALUATION_ARCHIVE": str(place / "archive"),
        "VALUATION_REGISTRY": str(place / "registry"),
        "VALUATION_PORT": str(port),
        "VALUATION_DEMO": "1",
    } | settings
    log = place / f"log-{port}.jsonl"
    with log.open("w") as held:
        process = subprocess.Popen(
            [sys.executable, "-m", "valuation", "serve"], cwd=HOME, env=environment, stdout=held, stderr=held
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield process, address, log
    finally:
        process.kill()
        process.wait()


def wait_for(address: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"{address}/health/live", timeout=5)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the service did not come up: exit code {process.poll()}")


@pytest.fixture(scope="module")
def running(small_run, tmp_path_factory):
    with served(small_run / "bundle", tmp_path_factory.mktemp("serving"), VALUATION_HEADER_TIMEOUT_S="1") as parts:
        yield parts


def told(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]


def test_nothing_in_the_log_tells_of_a_person_whatever_was_sent(running):
    _, address, log = running
    with httpx.Client(base_url=address) as client:
        client.post("/login/demo", data={"user": "kari", "return_to": f"/cases?q={NUMBER}"})
        for method, path in (
            ("GET", f"/api/v1/dwellings?q={NUMBER}"),
            ("GET", f"/api/v1/dwellings/{NUMBER}"),
            ("GET", f"/{NUMBER}?next=Storgata%2012"),
            ("POST", f"/api/v1/valuations?x={NUMBER}"),
            ("GET", f"/login?return_to=/{NUMBER[:6]}%20{NUMBER[6:]}"),
            ("POST", "/login/demo"),
        ):
            client.request(method, path, headers={"User-Agent": NUMBER}, content=f'{{"a": "{NUMBER} Storgata"}}')
    text = log.read_text("utf-8")
    assert sum(line["event"] == "request" for line in told(log)) >= 7
    assert not contains_one(text)
    assert re.search(r"Storgata|kari|127\.0\.0\.1[^:]|vs_|vc_|vl_", text.replace(address, "")) is None


def test_every_line_of_the_log_is_an_object_with_its_time(running):
    _, _, log = running
    # The command line's own word before the server starts is for the person who gave the command.
    lines = [line for line in log.read_text("utf-8").splitlines() if not line.startswith("serving ")]
    assert all("at_time" in json.loads(line) for line in lines)


def exchanged(address: str, sent: bytes, *, within_s: float = 20.0) -> bytes:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=within_s) as client:
        client.sendall(sent)
        return client.recv(65536)


def test_a_head_of_a_megabyte_is_refused_at_once_with_the_headers(running):
    answer = exchanged(running[1], b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 1_000_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"Content-Security-Policy: " in answer


def test_what_is_no_request_is_told_so(running):
    assert exchanged(running[1], b"NONSENSE\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_head_that_never_ends_is_let_go(running):
    assert exchanged(running[1], b"GET / HTTP/1.1\r\nHost: x\r\n").startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_closed(running):
    assert exchanged(running[1], b"") == b""


def test_the_service_works_when_its_database_comes_up(small_run, tmp_path):
    # A folder in the place of the file: SQLite cannot open it, as a server that is down cannot be reached.
    (tmp_path / "valuation.db").mkdir()
    with served(small_run / "bundle", tmp_path) as (_, address, _):
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert httpx.get(f"{address}/health/ready").status_code == 503
        began = time.monotonic()
        refused = httpx.post(f"{address}/login/demo", data={"user": "kari"})
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert time.monotonic() - began < 10
        (tmp_path / "valuation.db").rmdir()
        assert httpx.post(f"{address}/login/demo", data={"user": "kari"}).status_code == 303
        assert httpx.get(f"{address}/health/ready").status_code == 200


def test_what_is_being_answered_when_it_is_told_to_stop_is_answered(small_run, tmp_path):
    with served(small_run / "bundle", tmp_path) as (process, address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as slow:
            slow.sendall(
                b"POST /login/demo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\nuser="
            )
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            time.sleep(1)
            slow.sendall(b"kari")
            answer = slow.recv(65536)
        began = time.monotonic()
        assert answer.startswith(b"HTTP/1.1 303 ")
        assert process.wait(30) == 0
        assert time.monotonic() - began < 30


def test_a_demo_others_could_reach_does_not_start_and_says_so(small_run, tmp_path):
    environment = os.environ | {"VALUATION_BUNDLE": str(small_run / "bundle"), "VALUATION_DEMO": "1"}
    asked = subprocess.run(
        [sys.executable, "-m", "valuation", "serve", "--host", "0.0.0.0"],
        cwd=HOME, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 3
    assert "demo login is on" in asked.stderr


def test_two_workers_make_one_record_and_each_tells_its_own_counts(small_run, tmp_path):
    inner = free_port()
    settings = {"VALUATION_WORKERS": "2", "VALUATION_METRICS_PORT": str(inner)}
    with served(small_run / "bundle", tmp_path, **settings) as (process, address, log):
        for port in (inner, inner + 1):
            wait_for(f"http://127.0.0.1:{port}", process)
            assert "valuation_served_model" in httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert [httpx.get(f"{address}/health/ready", timeout=30).status_code for _ in range(8)] == [200] * 8
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    events = [line["event"] for line in told(log)]
    assert events.count("Application startup complete.") == 2
    assert not [event for event in events if "failed" in event]
