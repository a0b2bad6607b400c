"""How many values does one worker give a second, and how long does a client wait, against bare `predict` calls served?

A real server (`valuation serve`, one worker) in a process of its own, asked over real connections by wrk in another.
The named peer runs in turn with it: a stock FastAPI route that calls LightGBM's `predict` of the same boosters for the
row it was sent, and does nothing else: no flag, no range put together, no check of what was sent. Give the folder of a
finished run: ``python benchmarks/service.py runs/demo-103000-25000``. wrk is a package of most systems; without it the
clients are threads of Python, which take of a machine of two cores what the server needs, and that is said.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import math
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUN = "VALUATION_BENCHMARK_RUN"
HERE = Path(__file__).resolve().parent
EVERYTHING = "contributions,grid,path,comparables"
SORTS = ("expected_harm", "opened_at", "appraised_value", "error_risk", "market_area")
N_CLIENTS, SECONDS, N_DWELLINGS = 16, 10.0, 2_000


def settings_and_token(run: Path, place: Path) -> tuple[dict[str, str], str]:
    """Release the run to a service of its own in `place`; return its settings and the token of who may ask it."""
    from valuation.access.api_token import new_token
    from valuation.adapters.sql_store.access import SqlAccess
    from valuation.adapters.sql_store.database import Database
    from valuation.adapters.sql_store.rolls import SqlRolls
    from valuation.rolls.archive import Archive
    from valuation.rolls.release import release

    url = f"sqlite:///{place / 'record.db'}"
    # An analyst sees values and cases alike, and none is hidden from one.
    token, kept = new_token("benchmark", frozenset({"analyst"}), now=datetime.now(UTC), by="benchmark")
    database = Database(url)
    if not (place / "record.db").exists():
        release(run, SqlRolls(database), Archive(place / "archive"), by="benchmark", at="2026-01-02T08:00:00.000000Z")
    SqlAccess(database).add_token(replace(kept, name=f"benchmark-{secrets.token_hex(4)}"))
    settings = {
        "BUNDLE": str(run.resolve() / "bundle"),
        "DATABASE_URL": url,
        "ARCHIVE": str(place / "archive"),
        "REGISTRY": str(place / "registry"),
        "SECRET": secrets.token_urlsafe(48),
        # One machine asks as much as it can: the limits of an office would stop it.
        "RATE_ACTOR_PER_MINUTE": "1000000",
        "RATE_ADDRESS_PER_MINUTE": "1000000",
        "LOG_LEVEL": "warning",
    }
    return {f"VALUATION_{name}": value for name, value in settings.items()}, token


def peer() -> Any:
    """Return a stock FastAPI service: a row of numbers in, what each booster predicts of it out."""
    import numpy as np
    from fastapi import FastAPI

    from valuation.appraisal.bundle import load_bundle
    from valuation.models.stored_booster import as_lightgbm

    bundle = load_bundle(Path(os.environ[RUN]) / "bundle")
    boosters = [booster for booster, _ in bundle.models.boosters]
    boosters += [] if bundle.intervals.scale_.booster_ is None else [bundle.intervals.scale_.booster_]
    boosters += list(itertools.chain.from_iterable(bundle.predicted_error.boosters_.values()))
    # LightGBM's own, whatever we ask instead.
    boosters = [as_lightgbm(booster) for booster in boosters]

    app = FastAPI()

    @app.get("/health/ready")
    def ready() -> dict[str, int]:
        return {"boosters": len(boosters)}

    @app.post("/predict")
    def predict(row: dict[str, list[float]]) -> dict[str, list[float]]:
        # As many columns as each booster knows: what the numbers mean costs nothing.
        matrices = (np.resize(np.array(row["features"]), (1, booster.num_feature())) for booster in boosters)
        asked = zip(boosters, matrices, strict=True)
        return {"predictions": [float(booster.predict(one, num_threads=1)[0]) for booster, one in asked]}

    return app


@dataclass
class Server:
    """A server in a process of its own."""

    words: list[str]
    run: Path
    settings: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __enter__(self) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        started = time.perf_counter()
        place = {**os.environ, **self.settings, RUN: str(self.run.resolve()), "PYTHONPATH": str(HERE.parent)}
        self.process = subprocess.Popen([sys.executable, "-m", *self.words, "--port", str(self.port)], env=place)
        while not self._is_ready():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.words[0]} did not start")
            time.sleep(0.02)
        self.ready_after_s = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _is_ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def memory(self) -> str:
        """Return the resident memory of the worker, and what of it is its own: the rest are files of libraries."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        held, own = (int(status.split(f"{name}:")[1].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "RssAnon"))
        return f"{held:.0f} MB (goal 600), {own:.0f} of it its own"


def p95(found: list[float]) -> float:
    """Return the 95th percentile, one that occurred."""
    return sorted(found)[math.ceil(0.95 * len(found)) - 1]


def stock_server(factory: str, run: Path) -> Server:
    """Return a server of a named peer: uvicorn as it comes, with one of the services of this folder."""
    words = ["uvicorn", "--factory", factory, "--app-dir", str(HERE), "--no-access-log", "--log-level", "warning"]
    return Server(words, run)


@dataclass(frozen=True)
class Waited:
    """What clients saw."""

    per_second: float
    p50_ms: float
    p95_ms: float
    n: int

    def __str__(self) -> str:
        return f"{self.per_second:6.0f} a second, p50 {self.p50_ms:6.1f} ms, p95 {self.p95_ms:6.1f} ms (n {self.n})"


_ASK = """\
local bodies = {}
for line in io.lines(os.getenv("ASKED")) do bodies[#bodies + 1] = line end
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("TOKEN")}
local place = 0
request = function()
  place = place % #bodies + 1
  return wrk.format("POST", nil, headers, bodies[place])
end
done = function(summary, latency, requests)
  local failed = summary.errors
  io.write(string.format("asked %d %d %d %f %f\\n", summary.requests, summary.duration,
    failed.status + failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50), latency:percentile(95)))
end
"""


def load(server: Server, path: str, bodies: list[bytes], *, clients: int, seconds: float) -> Waited:
    """Let clients ask one after the other, each as soon as it was answered, for some seconds."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return _load_of_threads(server, path, bodies, clients=clients, seconds=seconds)
    with tempfile.TemporaryDirectory() as folder:
        asked, script = Path(folder) / "asked", Path(folder) / "ask.lua"
        asked.write_bytes(b"\n".join(bodies))
        script.write_text(_ASK)
        words = [wrk, "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout", "60s", "-s", str(script)]
        said = subprocess.run(
            [*words, f"http://127.0.0.1:{server.port}{path}"],
            env={**os.environ, "ASKED": str(asked), "TOKEN": server.token},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    n, microseconds, failed, middle, late = (float(word) for word in said.rsplit("asked ", 1)[1].split())
    if failed or not n:
        raise SystemExit(f"{path}: {failed:.0f} of {n:.0f} were not answered as asked")
    return Waited(1e6 * n / microseconds, middle / 1000, late / 1000, int(n))


def _load_of_threads(server: Server, path: str, bodies: list[bytes], *, clients: int, seconds: float) -> Waited:
    ends = time.perf_counter() + seconds
    waits: list[list[float]] = [[] for _ in range(clients)]
    refused: list[int] = []
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}

    def ask(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for body in itertools.islice(itertools.cycle(bodies), place * 97, None):
            start = time.perf_counter()
            if start > ends:
                break
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(answer.status)
                break
            waits[place].append(time.perf_counter() - start)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    if refused:
        raise SystemExit(f"{path} answered {refused[0]}")
    found = [1000 * wait for own in waits for wait in own]
    return Waited(len(found) / took, statistics.median(found), p95(found), len(found))


CASES = "/api/v1/review-cases"


def lists(server: Server) -> Waited:
    """Ask for the list of cases in every order and under filters, and for single cases, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {server.token}"}

    def asked(path: str) -> tuple[float, Any]:
        start = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return 1000 * (time.perf_counter() - start), json.loads(body)

    sorts = [sign + name for name in SORTS for sign in ("", "-")]
    first = asked(f"{CASES}?limit=50")[1]["cases"]
    areas = sorted({str(case["market_area"]) for case in first})[:3]
    filters = ["", "state=open", "flag=error-likely", *(f"market_area={area}" for area in areas), "text=Storgata"]
    paths = [f"{CASES}?limit=50&sort={sort}&{one}".rstrip("&") for sort in sorts for one in filters]
    paths += [f"{CASES}/{case['case_id']}" for case in first]
    waits = [asked(path)[0] for path in [*paths, *paths]]
    return Waited(1000 * len(waits) / sum(waits), statistics.median(waits), p95(waits), len(waits))


def dwellings_of(run: Path, n: int) -> list[dict[str, Any]]:
    """Return dwellings of the roll as a client sends them."""
    import pandas as pd

    from valuation.explanation.fact_words import WHOLE_KINDS
    from valuation.jurisdictions.jurisdiction import Jurisdiction

    place = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
    roll = pd.read_parquet(run / "roll.parquet").sample(n, random_state=1)
    whole = {name for name, item in place.characteristics.items() if item.kind in WHOLE_KINDS} | {"prior_value"}
    names = ["dwelling_id", "prior_value", *place.characteristics, *(["x_m", "y_m"] if place.coordinates else [])]

    def told(name: str, value: Any) -> Any:
        if value is None or value is pd.NA or value != value:
            return None
        return int(value) if name in whole else value

    return [{name: told(name, row[name]) for name in names if name in row} for row in roll.to_dict("records")]


def main() -> None:
    """Measure and print, both sides in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, default=Path("runs/demo-103000-25000"))
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--service", type=Path, help="Folder for record and archive; kept, and used again.")
    arguments = parser.parse_args()
    sent = dwellings_of(arguments.run, N_DWELLINGS)
    single = [json.dumps({"dwellings": [one]}).encode() for one in sent]
    row = [json.dumps({"features": [float(place) for place in range(60)]}).encode()]
    thousand = [json.dumps({"dwellings": sent[:1000]}).encode()]
    with tempfile.TemporaryDirectory() as folder:
        settings, token = settings_and_token(arguments.run, arguments.service or Path(folder))
        own_server = Server(["valuation", "serve"], arguments.run, settings, token)
        peer_server = stock_server("service:peer", arguments.run)
        print(f"clients: {'wrk' if shutil.which('wrk') else 'threads of Python, for want of wrk'}")
        _measure(own_server, peer_server, single, row, thousand, arguments.seconds)


def _measure(
    own_server: Server,
    peer_server: Server,
    single: list[bytes],
    row: list[bytes],
    thousand: list[bytes],
    seconds: float,
) -> None:
    path, everything = "/api/v1/valuations", f"/api/v1/valuations?include={EVERYTHING}"
    with peer_server as stock, own_server as own:
        print(f"ready after {own.ready_after_s:.1f} s (goal 5); memory {own.memory()}")
        for warm in (path, everything):
            load(own, warm, single, clients=N_CLIENTS, seconds=3)
        rounds = [
            (
                load(stock, "/predict", row, clients=N_CLIENTS, seconds=seconds),
                load(own, path, single, clients=N_CLIENTS, seconds=seconds),
                load(own, everything, single, clients=N_CLIENTS, seconds=seconds),
            )
            for _ in range(2)
        ]
        for stock_waited, flags_waited, full_waited in rounds:
            print(f"peer, stock FastAPI and bare predict: {stock_waited}")
            print(f"value, range and flags (goal 300, 50 ms): {flags_waited}")
            print(f"with everything (goal p95 150 ms):    {full_waited}")
            print(f"ratio of values a second to the peer: {flags_waited.per_second / stock_waited.per_second:.2f}")
        batch = load(own, path, thousand, clients=1, seconds=seconds)
        batch_full = load(own, everything, thousand, clients=1, seconds=seconds)
        print(f"1,000 dwellings in one request (goal 2 s): p50 {batch.p50_ms / 1000:.2f} s (n {batch.n})")
        print(f"1,000 with everything: p50 {batch_full.p50_ms / 1000:.2f} s (n {batch_full.n})")
        print(f"lists of cases in every order, and cases (goal p95 150 ms): {lists(own)}")
        print(f"memory after all this: {own.memory()}")


if __name__ == "__main__":
    main()
