"""What do journeys start from? The service as a municipality runs it, browsers for its people, and their record.

Needs the packages of the extra `dev` and Debian's `chromium`; who imports this is skipped where either is missing.
"""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.access.demo import DEMO_USERS, DemoUser
from api.main import create_app
from api.server import server_config
from api.settings import Settings
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.review.audit import verify
from valuation.review.case import ReviewCase
from valuation.review.queue import every_case
from valuation.review.repository import CaseQuery
from valuation.rolls.archive import Archive
from valuation.rolls.release import release

# Before any fixture: without a browser no run is made for these tests.
sync_api = pytest.importorskip("playwright.sync_api")
axe_package = pytest.importorskip("axe_playwright_python")
CHROMIUM = shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("chromium is not installed (apt-get install chromium)", allow_module_level=True)
WIDE, FIRST_SCREENFUL, NARROW = {"width": 1280, "height": 720}, 720, {"width": 320, "height": 720}
HELD = ("moderate", "serious", "critical")
"""Findings of axe-core that a page must not have."""
FACT = "Salg 1 og 2 ligger i samme gate og ble solgt for 4 400 000 og 4 600 000."


@dataclass
class Office:
    """The service as a municipality runs it, the browser of each of its people, and the record they write in."""

    address: str
    reviews: SqlReviews
    rolls: SqlRolls
    browser: Any
    signed_in: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What browsers complained of: a source the policy forbids, an error in a script."""
    cases: Iterator[ReviewCase] = field(default_factory=lambda: iter(()))

    def desk(self, name: str, **how: Any) -> Any:
        """Return a page of somebody who is signed in, in a browser of their own."""
        if name not in self.signed_in:
            context = self.browser.new_context()
            page = context.new_page()
            page.goto(f"{self.address}/login")
            page.click(f"form:has(input[value='{name}']) button")
            self.signed_in[name] = context.storage_state()
            context.close()
        return self.opened(storage_state=self.signed_in[name], **how)

    def opened(self, **how: Any) -> Any:
        """Return a page of a new browser."""
        context = self.browser.new_context(**{"base_url": self.address, "viewport": WIDE, "locale": "nb-NO", **how})
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def case(self, case_id: str) -> ReviewCase:
        """Return a case as it is stored."""
        with self.reviews.transaction() as transaction:
            return transaction.case(case_id)

    def actions(self, case_id: str) -> list[tuple[str, str]]:
        """Return who did what with a case, in order, without its opening; the record hangs together."""
        assert verify(self.reviews.events(), self.reviews.head()).is_whole
        events = self.reviews.events(subject_kind="case", subject_id=case_id)
        return [(event.actor, event.action) for event in events if event.action != "open_case"]


@pytest.fixture(scope="module")
def office(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One server and one browser for all journeys; each journey has cases nobody has touched."""
    place = tmp_path_factory.mktemp("office")
    url = f"sqlite:///{place / 'record.db'}"
    database = Database(url)
    rolls, reviews = SqlRolls(database), SqlReviews(database)
    release(small_run, rolls, Archive(place / "archive"), by="U9", at="2026-01-02T08:00:00.000000Z")
    # Lots would send a plain accept to a second reader now and then: what the lot does has tests of its own.
    (place / "params.yaml").write_text("review:\n  reread_share: 0\n", "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(
        bundle=small_run / "bundle",
        database_url=url,
        archive=place / "archive",
        registry=str(place / "registry"),
        params=place / "params.yaml",
        port=port,
        demo=True,
    )
    with pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as started:
        # Somebody who may both decide and control: the demo has nobody like that.
        both = DemoUser("liv", "Liv", frozenset({"caseworker", "second_reader"}))
        patch.setitem(DEMO_USERS, "liv", both)
        with served(settings):
            browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            made = Office(settings.address, reviews, rolls, browser)
            made.cases = plain_cases(made)
            yield made
            browser.close()
    database.close()
    assert made.complaints == []


class served:  # noqa: N801 - a context manager, named for what it does
    """A server on this machine, as `valuation serve` runs it, in a thread."""

    def __init__(self, settings: Settings) -> None:
        app = create_app(settings)
        self.server = uvicorn.Server(server_config(settings, lambda: app))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> None:
        """Start it and wait until it answers."""
        self.thread.start()
        ends = time.monotonic() + 60
        while not self.server.started:
            assert time.monotonic() < ends, "the server did not start"
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.server.should_exit = True
        self.thread.join(30)


def all_cases(office: Office) -> list[ReviewCase]:
    query = CaseQuery(roll_id=office.rolls.roll().roll_id, states=("open",), sort="opened_at")
    return list(every_case(office.reviews, query))


def plain_cases(office: Office) -> Iterator[ReviewCase]:
    """Yield open cases that have a value and are not of the blind sample, each once.

    The least useful first: **Neste sak** takes from the other end.
    """
    found = [case for case in all_cases(office) if case.appraised_value is not None and not case.is_blind]
    yield from sorted(found, key=lambda case: ((case.error_risk or 0) * (case.expected_tax_error or 0), case.case_id))


@pytest.fixture
def case(office: Office) -> ReviewCase:
    """A case nobody has touched."""
    return next(office.cases)


def amount(text: str) -> int:
    """Return an amount as it is written on a page."""
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))


def filled(page: Any, case: ReviewCase, outcome: str, *, text: str = FACT, value: int | None = None) -> None:
    """Fill in the form of a decision by mouse, and leave it there."""
    reasons = {
        "accepted": "fits-comparable-sales",
        "own_value": "condition-poor",
        "needs_inspection": "facts-uncertain",
    }
    page.goto(f"/cases/{case.case_id}")
    page.check(f"#outcome-{outcome}")
    page.select_option("#reason_code", reasons[outcome])
    page.fill("#text", text)
    page.fill("#own-value", "" if value is None else f"{value:,}".replace(",", " "))
    page.locator("#evidence input[type=checkbox]").first.check()


def decide(page: Any) -> None:
    """Press the button of the decision."""
    page.click("form[action$='/decide'] button:not([formaction])")


def findings_of(page: Any) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds on a page, but for what is minor: the rule, and where."""
    page.evaluate((Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8"))
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(one["id"], one["nodes"][0]["target"]) for one in told if one["impact"] in HELD]


def lowered(case: ReviewCase, share: float = 0.7) -> int:
    """Return a value that far below the one of the case, in thousands."""
    return int(round(case.appraised_value * share, -3))
