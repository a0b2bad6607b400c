"""S14: a version is compared, taken into use by two people and left again, while a case is open; and is all readable?

Every page is opened in a real browser and held to axe-core; with `VALUATION_WRITE_ACCESSIBILITY=FILE` what was found is
written down, and the accessibility statement (`/accessibility`) shows it.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.pages.about_page import PAGE_NAMES
from tests.api.two_versions import REASON, settings_of_two_versions
from tests.journeys.an_office import (
    CHROMIUM,
    HELD,
    NARROW,
    Office,
    all_cases,
    axe_package,
    plain_cases,
    served,
    sync_api,
)
from valuation.access.routes import PAGES
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.appraisal.bundle import load_bundle
from valuation.review.audit import verify
from valuation.rolls.repository import ValueQuery

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
LONG_MS = 240_000
OPENED = (
    *(
        ("kari", address)
        for address in ("/cases", "/cases/map", "/cases/import", "/dwellings", "/how-this-works", "/help")
    ),
    *(("per", address) for address in ("/oversight", "/comparisons", "/drift", "/accessibility")),
)
FOUND: dict[str, dict[str, Any]] = {}


@pytest.fixture(scope="module")
def office(two_versions: Path, small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with two versions in its record, and a browser for each of its people."""
    place = tmp_path_factory.mktemp("versions")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    changes = {"port": port, "demo": True, "secret": "", "allowed_hosts": ()}
    given = settings_of_two_versions(two_versions, small_run, place)
    settings = type(given)(**{**given.model_dump(exclude=set(changes)), "port": port, "demo": True})
    database = Database(settings.database_url)
    with sync_api.sync_playwright() as started, served(settings):
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = Office(settings.address, SqlReviews(database), SqlRolls(database), browser)
        yield made
        browser.close()
    database.close()
    assert made.complaints == []
    wanted = os.environ.get("VALUATION_WRITE_ACCESSIBILITY")
    if wanted and FOUND:
        Path(wanted).write_text(written(browser_name="Chromium"), "utf-8")


def written(browser_name: str) -> str:
    """What was found, as the statement shows it; pages nobody opened here are named."""
    shown = {line.path for line in PAGES if line.method == "GET" and "static" not in line.path}
    content = {
        "day": datetime.now(UTC).date().isoformat(),
        "browser": browser_name,
        "axe": next(iter(FOUND.values()))["axe"],
        "widths": [1280, NARROW["width"]],
        "pages": [{"page": name, **{key: one[key] for key in one if key != "axe"}} for name, one in FOUND.items()],
        "unchecked": sorted(shown - set(FOUND) - {"/"}),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def axe_told(page: Any) -> dict[str, Any]:
    page.evaluate((Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8"))
    return page.evaluate("axe.run(document)")


def held_to_axe(page: Any, name: str) -> None:
    """Hold a page to axe-core at both widths, and keep what was found."""
    told = axe_told(page)
    FOUND[name] = {
        "axe": told["testEngine"]["version"],
        "kept": len(told["passes"]),
        "found": sorted({one["id"] for one in told["violations"] if one["impact"] in HELD}),
        "other": sorted({one["id"] for one in told["violations"] if one["impact"] not in HELD}),
        "unsure": sorted({one["id"] for one in told["incomplete"]}),
    }
    assert FOUND[name]["found"] == []
    fits_a_narrow_screen(page)


def fits_a_narrow_screen(page: Any) -> None:
    """Hold a page to 320 px, in which it stands at 400 % too: what is folded away is opened first."""
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert [one for one in axe_told(page)["violations"] if one["impact"] in HELD] == []
    page.set_viewport_size(wide)


def versions(page: Any) -> list[str]:
    page.goto("/model-versions")
    return [text.strip() for text in page.locator("tbody th code").all_inner_texts()]


def test_s14_a_version_is_compared_taken_into_use_and_left_again_while_a_case_is_open(office, small_bundle, narrow_run):
    narrow = load_bundle(narrow_run / "bundle").model_version
    kari, per, astrid = office.desk("kari"), office.desk("per"), office.desk("astrid")
    case = f"/cases/{next(plain_cases(office)).case_id}"
    kari.goto(case)
    before = kari.inner_text("#value")
    held_to_axe(kari, "/cases/{case_id}")

    assert versions(per) == [small_bundle.model_version, narrow]
    held_to_axe(per, "/model-versions")
    per.goto(f"/model-versions/{narrow}")
    held_to_axe(per, "/model-versions/{model_version}")
    per.click("a[href^='/comparisons?']")
    per.click("form[action='/comparisons'] button")
    # Without anybody pressing anything the answer takes the place of how far it has come.
    per.wait_for_selector("#movers", timeout=LONG_MS)
    held_to_axe(per, "/analyses/{analysis_id}")

    per.goto(f"/model-versions/{narrow}")
    per.click("form[action$='/gates'] button")
    per.wait_for_selector("#gate-coverage", timeout=LONG_MS)
    assert per.locator("form[action$='/promote']").count() == 0
    assert "andel innenfor spennet, frie salg" in per.inner_text("main")
    per.click("summary")
    per.fill("#reason", "det ser bra ut")
    per.click("form[action$='/propose'] button")
    assert per.input_value("#reason") == "det ser bra ut"
    per.fill("#reason", REASON)
    per.click("form[action$='/propose'] button")
    assert "Foreslått" in per.inner_text("[role=status]")

    astrid.goto("/model-versions")
    astrid.focus("form[action$='/confirm'] button")
    astrid.keyboard.press("Enter")
    astrid.wait_for_url("**told=promoted", timeout=LONG_MS)
    assert office.opened().request.get("/version").json()["model_version"] == narrow
    kari.goto(case)
    assert kari.inner_text("#value") == before

    astrid.goto(f"/model-versions/{small_bundle.model_version}")
    astrid.fill("#reason", REASON)
    astrid.click("form[action$='/propose'] button")
    per.goto("/model-versions")
    per.click("form[action$='/confirm'] button")
    per.wait_for_url("**told=promoted", timeout=LONG_MS)
    assert office.opened().request.get("/version").json()["model_version"] == small_bundle.model_version
    kari.goto(case)
    assert kari.inner_text("#value") == before

    assert verify(office.reviews.events(), office.reviews.head()).is_whole
    told = [(event.actor, event.action) for event in office.reviews.events(subject_kind="model_version")]
    assert told == [
        ("per", "propose_version"),
        ("astrid", "promote_by_hand"),
        ("astrid", "propose_version"),
        ("per", "roll_back"),
    ]


def test_how_far_an_answer_has_come_is_seen_without_javascript_too(office):
    per = office.desk("per", java_script_enabled=False)
    per.goto("/comparisons")
    per.click("form[action='/comparisons'] button")
    assert re.search(r"/analyses/[0-9a-f]{32}$", per.url)
    per.wait_for_selector("#movers", timeout=LONG_MS)


@pytest.mark.parametrize(("name", "address"), OPENED)
def test_every_page_is_held_to_axe_and_fits_a_narrow_screen(office, name, address):
    page = office.desk(name)
    page.goto(address)
    held_to_axe(page, address)


@pytest.mark.parametrize("part", ["what-if", "complaint", "letter", "letter/nb.html"])
def test_every_page_of_a_case_is_held_to_axe_and_fits_a_narrow_screen(office, part):
    page = office.desk("kari")
    page.goto(f"/cases/{next(plain_cases(office)).case_id}/{part}")
    held_to_axe(page, f"/cases/{{case_id}}/{part}".replace("nb.html", "{language}.{form}"))


def test_cases_alike_and_a_dwelling_without_a_case_are_held_to_axe_and_fit_a_narrow_screen(office):
    page, cases = office.desk("kari"), all_cases(office)
    page.goto(f"/cases/together?case={next(plain_cases(office)).case_id}&reach=area&ticked=all")
    assert page.locator("input[name=case]").count() > 1
    held_to_axe(page, "/cases/together")
    with_a_case = {one.value_id for one in cases}
    found = office.rolls.values(ValueQuery(office.rolls.roll().roll_id, text="H0101"), limit=50).values
    page.goto(f"/dwellings/{next(one.value_id for one in found if one.value_id not in with_a_case)}")
    held_to_axe(page, "/dwellings/{value_id}")


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_case_fits_a_narrow_screen_in_every_language_with_all_that_folds_opened(office, language):
    page = office.desk("kari")
    # The dearest has the widest figures.
    dearest = max((one for one in plain_cases(office)), key=lambda one: one.appraised_value)
    page.goto(f"/cases/{dearest.case_id}?lang={language}")
    fits_a_narrow_screen(page)


def test_the_statement_names_every_page_that_was_not_opened_here():
    kept = json.loads(Path("api/pages/accessibility.json").read_text("utf-8"))
    shown = {line.path for line in PAGES if line.method == "GET" and "static" not in line.path} - {"/"}
    assert shown == {one["page"] for one in kept["pages"]} | set(kept["unchecked"])
    assert [one["page"] for one in kept["pages"] if one["found"]] == []
    assert shown == set(PAGE_NAMES)
