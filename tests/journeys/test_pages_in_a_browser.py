"""Can everybody read the pages? Each is opened in a real browser, held to axe-core, and walked through by keyboard.

Needs the packages of the extra `dev` and Debian's `chromium`; skipped where either is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.new_sales import dearer_sales
from tests.valuation.release.conftest import LENIENT, narrow_ranges, remade
from valuation.adapters.file_registry import FileRegistry
from valuation.comparison.comparison import compare
from valuation.comparison.files import write_comparison
from valuation.comparison.versions import read_version
from valuation.disclosure.publication import publish
from valuation.drift.files import write as write_drift
from valuation.release.page import page as release_page
from valuation.release.verdict import judge

# Before any fixture: without a browser no run is made for these tests.
sync_api = pytest.importorskip("playwright.sync_api")
axe_package = pytest.importorskip("axe_playwright_python")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
PAGES = ("report", "release", "comparison", "drift", "model_card", "how-this-works.nb")
HELD = ("moderate", "serious", "critical")
FOCUSABLE = "a[href], button, summary, input, select, textarea, [tabindex='0']"
NARROW, WIDE = 320, 1280

# What somebody who walks with Tab meets: where the focus is, and whether the place can be told from its neighbours.
WHERE = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  // Of the choices of a group the keyboard meets the chosen one; arrows lead to the others.
  const is_met = item => item.checkVisibility() && (item.type !== 'radio' || item.checked);
  const all = [...document.querySelectorAll(FOCUSABLE)].filter(is_met);
  const is_outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return [all.indexOf(at), is_outlined || style.boxShadow !== 'none', all.length];
}""".replace("FOCUSABLE", repr(FOCUSABLE))


@pytest.fixture(scope="module")
def pages(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page of the product, of the small synthetic municipality, in files that open without a server."""
    folder = tmp_path_factory.mktemp("pages")
    other = remade(shutil.copytree(small_run, folder / "other"), narrow_ranges)
    first, second = read_version(small_run), read_version(other)
    (folder / "release.html").write_text(
        release_page(judge(other, FileRegistry(folder / "registry"), LENIENT)), "utf-8"
    )
    write_comparison(compare(first, second), folder / "comparison")
    write_drift(make(folder / "drift"), *dearer_sales(first))
    card = publish(small_run, folder / "card")
    return {
        "report": small_run / "report" / "index.html",
        "release": folder / "release.html",
        "comparison": folder / "comparison" / "index.html",
        "drift": folder / "drift" / "index.html",
        "model_card": card / "model_card.html",
        "how-this-works.nb": card / "how-this-works.nb.html",
    }


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; as root it has no sandbox to offer."""
    with sync_api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core."""
    return (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture
def opened(browser, pages, request) -> Iterator[Any]:
    """The page a test is about."""
    tab = browser.new_page(viewport={"width": WIDE, "height": 900})
    tab.goto(pages[request.param].as_uri())
    yield tab
    tab.close()


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_axe_finds_nothing_but_what_is_minor(opened, axe):
    opened.evaluate(axe)
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(item["id"], item["nodes"][0]["target"]) for item in found if item["impact"] in HELD]
    assert told == []


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_tab_leads_through_all_of_a_page_in_its_order_and_shows_where_one_is(opened):
    n = opened.evaluate(WHERE)[2]
    met = []
    for _ in range(n):
        opened.keyboard.press("Tab")
        met.append(opened.evaluate(WHERE)[:2])
    assert met == [[place, True] for place in range(n)]


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_on_a_narrow_screen_nothing_but_a_table_or_a_picture_is_wider_than_the_page(opened):
    opened.set_viewport_size({"width": NARROW, "height": 900})
    assert opened.evaluate("document.documentElement.scrollWidth") <= NARROW
