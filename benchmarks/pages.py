"""How long does a caseworker wait for a page, by the clock, and how heavy is it, against a bare page of as many bytes?

A real server (uvicorn, one worker) with the whole released roll and its cases, asked over one real connection by
somebody who is logged in, each time for another list, case or trial. The named peer runs in turn with it: Starlette
with a Jinja2 template that answers with as many bytes of table rows, from no database and about nothing. Then a real
browser (Chromium, by Playwright; left out where either is missing) opens the same pages: from the request until all is
loaded, bytes over the wire in a browser that has nothing yet, and how far parts of the page jump (PerformanceObserver,
also those after a press). Give the folder of a finished run:
``python benchmarks/pages.py runs/demo-103000-25000``.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from service import Server, p95, settings_and_token, stock_server

GOALS_MS = {"list of cases": 300, "case": 500, "what-if": 1000}
"""95th percentile, with 100,000 dwellings."""
GOAL_BYTES = 400_000
"""Of all a page needs, without the map."""
N_CASES, N_IN_A_BROWSER = 100, 20
SORTS = ("useful", "oldest", "dearest", "cheapest", "unsure", "area")
TABS = ("open", "begun", "control", "done", "inspection")
OTHERS = ("/cases/map", "/dwellings?text=gata", "/how-this-works", "/help")
SHIFTS = """window.shifts = 0;
new PerformanceObserver(list => { for (const one of list.getEntries()) window.shifts += one.value; })
  .observe({type: "layout-shift", buffered: true});"""
"""Every jump counts, also one within half a second of a press: that is where a part is swapped in."""


def peer() -> Any:
    """Return a bare Starlette service: `/page?bytes=N` is that many bytes of table rows out of a Jinja2 template."""
    from jinja2 import Environment
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    row = "<tr><th scope='row'>{{ one.name }}</th><td>{{ one.value }}</td></tr>\n"
    template = Environment(autoescape=True).from_string(f"<table>{{% for one in rows %}}{row}{{% endfor %}}</table>")
    each = len(template.render(rows=[{"name": "Storgata 1", "value": "4 200 000"}])) - len("<table></table>")

    async def page(request: Request) -> HTMLResponse:
        n = max(1, int(request.query_params["bytes"]) // each)
        return HTMLResponse(template.render(rows=[{"name": "Storgata 1", "value": "4 200 000"}] * n))

    return Starlette(routes=[Route("/page", page), Route("/health/ready", lambda _: HTMLResponse("ready"))])


@dataclass
class Waits:
    """What was waited for pages of one kind, on both sides, and how many bytes came."""

    own_ms: list[float] = field(default_factory=list)
    peer_ms: list[float] = field(default_factory=list)
    n_bytes: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        ratio = statistics.median(self.own_ms) / statistics.median(self.peer_ms)
        return (
            f"{_percentiles(self.own_ms)}, bytes at most {max(self.n_bytes):,} (n {len(self.own_ms)}); "
            f"bare page {_percentiles(self.peer_ms)}, ratio of p50 {ratio:.1f}"
        )


def _percentiles(found: list[float]) -> str:
    return f"p50 {statistics.median(found):6.1f} ms, p95 {p95(found):6.1f} ms"


class Caseworker:
    """Somebody who is logged in and asks over one connection."""

    def __init__(self, server: Server, user: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.headers = {"Accept": "text/html", "Origin": f"http://127.0.0.1:{server.port}"}
        answer, _, _ = self._answered("POST", "/login/demo", {"user": user})
        self.headers["Cookie"] = str(answer.getheader("Set-Cookie")).partition(";")[0]
        self.token = ""

    def page(self, address: str, form: dict[str, str] | None = None) -> tuple[float, str]:
        """Return the milliseconds until all of a page was there, and the page: none where the trial was refused."""
        sent = None if form is None else {"csrf_token": self.token, **form}
        answer, took, text = self._answered("GET" if form is None else "POST", address, sent)
        # Where one must put down an own view first, or a fact is not recorded as a number, there is no trial.
        if answer.status == 422:
            return took, ""
        if answer.status not in (200, 303):
            raise SystemExit(f"{address} answered {answer.status}")
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        self.token = token[1] if token else self.token
        return took, text

    def _answered(
        self, method: str, address: str, form: dict[str, str] | None
    ) -> tuple[http.client.HTTPResponse, float, str]:
        body = None if form is None else urlencode(form)
        kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        start = time.perf_counter()
        self.connection.request(method, address, body, self.headers | kind)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer, 1000 * (time.perf_counter() - start), text


def list_addresses(first: str) -> list[str]:
    """Return lists in every order, in every tab and under the filters that the first one offers."""
    filters = re.findall(r'name="(flag|area|type)"[^>]*value="([^"]+)"', first)
    filters += [("text", "gata"), ("text", "5001-1")]
    addresses = [f"/cases?sort={sort}" for sort in SORTS] + [f"/cases?tab={tab}" for tab in TABS]
    return addresses + [f"/cases?{urlencode({name: value, 'sort': 'unsure'})}" for name, value in filters]


def cases_of(caseworker: Caseworker, n: int) -> list[str]:
    """Return cases from several lists, so that they are of every kind."""
    found: dict[str, None] = {}
    for address in (f"/cases?sort={sort}" for sort in SORTS):
        found |= dict.fromkeys(re.findall(r'href="(/cases/[0-9a-f]{16,})"', caseworker.page(address)[1]))
    return list(found)[:n]


def over_http(own: Server, stock: Server, n: int) -> tuple[dict[str, Waits], list[str]]:
    """Ask for pages of every kind in turn with the peer; return what was waited, and the cases that have trials."""
    caseworker = Caseworker(own, "kari")
    bare = http.client.HTTPConnection("127.0.0.1", stock.port, timeout=60)
    waits: dict[str, Waits] = {}

    def asked(kind: str, address: str, form: dict[str, str] | None = None) -> bool:
        took, text = caseworker.page(address, form)
        if not text:
            return False
        found = waits.setdefault(kind, Waits())
        found.own_ms.append(took)
        found.n_bytes.append(len(text.encode()))
        start = time.perf_counter()
        bare.request("GET", f"/page?bytes={found.n_bytes[-1]}")
        bare.getresponse().read()
        found.peer_ms.append(1000 * (time.perf_counter() - start))
        return True

    lists = list_addresses(caseworker.page("/cases")[1])
    cases = cases_of(caseworker, n)
    for address in (*lists, *lists):
        asked("list of cases", address)
    answered = []
    for place, case in enumerate(cases):
        asked("case", case)
        if asked("what-if", f"{case}/what-if", {"fact": "living_area_m2", "to": str(60 + place)}):
            answered.append(case)
    for address in OTHERS * 5:
        asked(f"other: {address}", address)
    return waits, answered


@contextmanager
def browser_of(own: Server) -> Iterator[Callable[[], Any] | None]:
    """Yield what opens a page of a new browser, logged in; None without Playwright or Chromium."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        yield None
        return
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def opened() -> Any:
            context = browser.new_context(base_url=f"http://127.0.0.1:{own.port}", locale="nb-NO")
            context.add_init_script(SHIFTS)
            page = context.new_page()
            page.goto("/login")
            page.click("form:has(input[value='kari']) button")
            return page

        yield opened
        browser.close()


@dataclass
class Seen:
    """What a browser saw of pages of one kind."""

    took_ms: list[float] = field(default_factory=list)
    shifts: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{_percentiles(self.took_ms)}, jumps at most {max(self.shifts):.4f} (n {len(self.took_ms)})"


def in_a_browser(opened: Callable[[], Any], cases: list[str]) -> dict[str, Seen]:
    """Open lists, cases and trials, and see what swaps in."""
    page, seen = opened(), {name: Seen() for name in GOALS_MS}

    def loaded(kind: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        seen[kind].took_ms.append(1000 * (time.perf_counter() - start))
        # A jump is told after the frame in which it was seen.
        page.wait_for_timeout(50)
        seen[kind].shifts.append(page.evaluate("window.shifts"))

    def tried() -> None:
        page.keyboard.press("Enter")
        page.wait_for_selector("#source")

    for place, case in enumerate(cases):
        loaded("list of cases", lambda place=place: page.goto(f"/cases?sort={SORTS[place % len(SORTS)]}"))
        loaded("case", lambda case=case: page.goto(case))
        page.goto(f"{case}/what-if?fact=living_area_m2")
        page.fill("#to", str(60 + place))
        loaded("what-if", tried)
    return seen


def weight(opened: Callable[[], Any], address: str) -> int:
    """Return the bytes over the wire that a page needs in a browser that has nothing yet."""
    page = opened()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    came: list[float] = []
    session.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.context.close()
    return int(sum(came))


def main() -> None:
    """Measure and print, both sides in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, default=Path("runs/demo-103000-25000"))
    parser.add_argument("--cases", type=int, default=N_CASES)
    parser.add_argument("--service", type=Path, help="Folder for record and archive; kept, and used again.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings, _ = settings_and_token(arguments.run, arguments.service or Path(folder))
        stock = stock_server("pages:peer", arguments.run)
        with stock, Server(["valuation", "serve", "--demo"], arguments.run, settings) as own:
            _measure(own, stock, arguments.cases)


def _measure(own: Server, stock: Server, n: int) -> None:
    over_http(own, stock, 3)
    waits, cases = over_http(own, stock, n)
    for kind, found in waits.items():
        goal = GOALS_MS.get(kind)
        print(f"{kind}{f' (goal p95 {goal} ms)' if goal else ''}: {found}")
    with browser_of(own) as opened:
        if opened is None:
            print("no browser here: pip install playwright, apt-get install chromium")
            return
        for kind, seen in in_a_browser(opened, cases[:N_IN_A_BROWSER]).items():
            print(f"{kind}, in a browser until it is loaded (goal p95 {GOALS_MS[kind]} ms): {seen}")
        for name, address in (("list of cases", "/cases"), ("case", cases[0]), ("what-if", f"{cases[0]}/what-if")):
            print(f"weight of {name} (goal {GOAL_BYTES:,}): {weight(opened, address):,} bytes over the wire")


if __name__ == "__main__":
    main()
