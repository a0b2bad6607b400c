"""Can people keep many cases in hand? Journeys over lists, groups, tables, maps and letters, in a real browser.

Every journey ends in the record: what was stored, by whom, and that the chain of events is whole.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.letters import decisions_of
from tests.journeys.an_office import FACT, Office, all_cases, case, decide, filled, findings_of, office
from valuation.appraisal.bundle import load_bundle
from valuation.letters.letter import letter_hash
from valuation.letters.records import Asked, ValuedRoll
from valuation.pipeline.params import ReviewParams
from valuation.review import actions
from valuation.review.actions import Desk
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.repository import CaseQuery
from valuation.rolls.repository import ValueQuery

pikepdf = pytest.importorskip("pikepdf")
pytest.importorskip("weasyprint")

__all__ = ["case", "office"]
"""Fixtures: pytest finds them here."""


# What was decided last


def test_a_decision_is_taken_back_from_the_side_list_by_keyboard_until_it_is_sent_on(office: Office, case):
    page = office.desk("kari")
    filled(page, case, "accepted")
    decide(page)
    page.wait_for_url("**told=decided**")
    first = page.locator("[aria-labelledby=last-decisions] li").first
    assert first.locator("a").get_attribute("href") == f"/cases/{case.case_id}"
    first.locator("button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case.case_id}")
    assert office.case(case.case_id).decision is None
    assert page.locator(f"[aria-labelledby=last-decisions] a[href$='{case.case_id}']").count() == 0
    assert office.actions(case.case_id) == [("kari", "decide"), ("kari", "reopen")]


# The list

CUT_AND_SHADED = "one => [one.scrollWidth > one.clientWidth, getComputedStyle(one).backgroundImage]"


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_list_shows_all_its_columns_beside_or_above_the_rest_or_a_shadow_where_more_lies(office: Office, language):
    page, told = office.desk("kari"), {}
    for width in (700, 1000, 1100, 1247, 1248, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/cases?sort=oldest&lang={language}")
        table = page.locator(".scroll:has(table.cases)")
        told[width] = table.evaluate(
            "one => [one.scrollWidth > one.clientWidth, getComputedStyle(one).backgroundImage]"
        )
    assert [width for width, (is_cut, _) in told.items() if is_cut] == [700]
    assert told[700][1].count("linear-gradient") == 4


# S12


def row_houses(office: Office, bundle: Any, n: int) -> list[ReviewCase]:
    """Return cases about row houses of one area that have a value and are not blind; opened by hand where none is."""
    values = list(office.rolls.all_values(ValueQuery(office.rolls.roll().roll_id, dwelling_types=("rekkehus",))))
    area = Counter(value.market_area for value in values if value.appraised_value is not None).most_common(1)[0][0]
    known = {one.dwelling_id: one for one in all_cases(office)}
    ola, params = Actor("ola", frozenset({"caseworker"})), ReviewParams()
    with office.reviews.transaction() as transaction:
        desk = Desk(transaction, ola, datetime.now(UTC), params, bundle.jurisdiction)
        for value in (one for one in values if one.market_area == area and one.dwelling_id not in known):
            actions.open_case(desk, value, reason="Naboene i rekka ses under ett")
    found = [one for one in all_cases(office) if (one.market_area, one.dwelling_type) == (area, "rekkehus")]
    return [one for one in found if one.appraised_value is not None and not one.is_blind][:n]


def test_twenty_row_houses_are_decided_for_one_reason_all_of_them_or_none(office: Office, small_run):
    group = row_houses(office, load_bundle(small_run / "bundle"), 20)
    assert len(group) == 20
    page = office.desk("kari")
    page.goto(f"/cases/{group[0].case_id}")
    page.click("text=Avgjør likt")
    page.click("text=Alle av dette slaget i området")
    assert page.locator("svg.strip circle").count() >= len(group)
    assert findings_of(page) == []
    for one in group:
        page.check(f"input[name=case][value='{one.case_id}']")
    page.check("#outcome-accepted")
    page.select_option("#reason_code", "fits-comparable-sales")
    page.fill("#text", "etter en samlet vurdering")
    page.click("form[action='/cases/together'] button")
    page.wait_for_selector(".ds-error-summary")
    assert page.locator(".ds-error-summary a").evaluate_all("all => all.map(one => one.hash)") == ["#text"]
    assert page.locator("input[name=case]:checked").count() == len(group)
    assert {office.case(one.case_id).state for one in group} == {"open"}
    page.fill("#text", FACT)
    page.click("form[action='/cases/together'] button")
    page.wait_for_url("**told=together**")
    assert page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('typed:'))") == []
    stored = [office.case(one.case_id) for one in group]
    assert [one.value_in_force for one in stored] == [one.appraised_value for one in group]
    assert len({one.decision.group_id for one in stored}) == 1
    assert {tuple(office.actions(one.case_id)) for one in group} == {(("kari", "decide"),)}


def alike(office: Office) -> list[ReviewCase]:
    """Return open cases of the kind and area that has most of them."""
    plain = [one for one in all_cases(office) if one.appraised_value is not None and not one.is_blind]
    kind = Counter((one.market_area, one.dwelling_type) for one in plain).most_common(1)[0][0]
    return [one for one in plain if (one.market_area, one.dwelling_type) == kind]


def test_of_a_group_nothing_is_decided_when_a_colleague_has_one_of_them(office: Office):
    first, second, third, *_ = alike(office)
    page, colleague = office.desk("kari"), office.desk("ola")
    page.goto(f"/cases/together?case={first.case_id}&reach=area")
    for one in (first, second, third):
        page.check(f"input[name=case][value='{one.case_id}']")
    page.check("#outcome-own_value")
    page.fill("#own-value", "mye")
    page.fill(f"#value-{second.case_id}", f"{second.appraised_value}")
    page.select_option("#reason_code", "condition-poor")
    page.fill("#text", FACT)
    page.fill("#document", "befaring 12. mars, arkivsak 19/204")
    page.keyboard.press("Enter")
    page.wait_for_selector("#own-value-error")
    page.fill("#own-value", f"{first.appraised_value}")
    filled(colleague, third, "accepted")
    decide(colleague)
    colleague.wait_for_url("**told=decided**")
    page.click("form[action='/cases/together'] button")
    page.wait_for_selector("text=En kollega endret en av sakene")
    assert page.input_value("#text") == FACT
    assert {office.case(one.case_id).state for one in (first, second)} == {"open"}
    page.click("form[action='/cases/together'] button")
    page.wait_for_url(re.compile("told=together"))
    assert office.case(second.case_id).decision.value == second.appraised_value
    assert [office.actions(one.case_id)[-1] for one in (first, second)] == [("kari", "decide")] * 2
    assert office.actions(third.case_id) == [("ola", "decide")]


# S13


def table_of(page: Any, office: Office, address: str, tmp_path: Path) -> tuple[Any, Path]:
    """Take a list out as a workbook, as the page offers it."""
    page.goto(address)
    with page.expect_download() as taken:
        page.click("a[download]:has-text('Excel')")
    place = tmp_path / "saker.xlsx"
    taken.value.save_as(place)
    return openpyxl.load_workbook(place), place


def put(sheet: Any, case_id: str, **cells: Any) -> None:
    """Fill in the row of a case."""
    names = [cell.value for cell in sheet[1]]
    (row,) = (row for row in sheet.iter_rows(min_row=2) if row[names.index("case_id")].value == case_id)
    for name, content in cells.items():
        row[names.index(name)].value = content


def looked_at(page: Any, book: Any, place: Path) -> None:
    book.save(place)
    page.goto("/cases/import")
    page.set_input_files("#file", place)
    page.focus("form[action='/cases/import'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#rows, .ds-error-summary")


def test_a_table_is_taken_out_filled_in_looked_at_row_by_row_mended_and_stored(office: Office, tmp_path):
    page = office.desk("kari")
    first, second, third = (next(office.cases) for _ in range(3))
    book, place = table_of(page, office, "/cases?sort=oldest", tmp_path)
    reason = {"decided_outcome": "Godta verdien", "decided_reason_code": "fits-comparable-sales", "decided_text": FACT}
    put(book.active, first.case_id, **reason)
    put(
        book.active,
        second.case_id,
        **reason | {"decided_text": "etter en samlet vurdering", "decided_reason_code": "x"},
    )
    put(book.active, third.case_id, **reason | {"decided_text": "=1+1"})
    looked_at(page, book, place)
    assert findings_of(page) == []
    told = page.inner_text("main")
    assert "1 rader kan lagres, 2 kan ikke, 0 er som før." in told
    assert "Det står en formel i decided_text." in told
    assert "Skriv en av disse grunnene: stemmer med sammenlignbare salg;" in told
    assert page.locator("form[action$='/confirm']").count() == 0
    put(book.active, second.case_id, **reason)
    put(book.active, third.case_id, decided_outcome=None, decided_text=None)
    looked_at(page, book, place)
    assert {office.case(one.case_id).state for one in (first, second, third)} == {"open"}
    page.click("form[action$='/confirm'] button")
    page.wait_for_url("**told=imported**")
    assert [office.case(one.case_id).state for one in (first, second, third)] == ["decided", "decided", "open"]
    assert [office.actions(one.case_id) for one in (first, second)] == [[("kari", "decide")]] * 2
    # Once more: what stands already is left alone.
    book, place = table_of(page, office, "/cases?tab=done", tmp_path)
    looked_at(page, book, place)
    assert page.locator("form[action$='/confirm']").count() == 0
    assert "0 rader kan lagres, 0 kan ikke" in page.inner_text("main")


def test_between_the_report_and_its_confirmation_a_colleague_may_be_quicker_and_nothing_is_stored(
    office: Office, tmp_path
):
    page, colleague = office.desk("kari"), office.desk("ola")
    first, second = next(office.cases), next(office.cases)
    book, place = table_of(page, office, "/cases?sort=oldest", tmp_path)
    for one in (first, second):
        put(book.active, one.case_id, decided_outcome="accepted", decided_reason_code="fits-comparable-sales")
        put(book.active, one.case_id, decided_text=FACT)
    looked_at(page, book, place)
    filled(colleague, second, "accepted", text="Salg 3 i samme gate: 4 200 000, omtrent som denne.")
    decide(colleague)
    colleague.wait_for_url("**told=decided**")
    page.click("form[action$='/confirm'] button")
    page.wait_for_selector("text=Noe er endret siden du så på tabellen.")
    assert office.case(first.case_id).state == "open"
    assert office.actions(second.case_id) == [("ola", "decide")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Filen er tom."),
        (b"\x89PNG\r\n\x1a\n\0", "Dette er ikke en tabell som kan leses her."),
        (b"PK\x03\x04 half", "Dette er ikke en tabell som kan leses her."),
        (b"a,b\r\n1,2", "Tabellen mangler kolonnene case_id"),
        (b"x" * 4_500_000, ""),
    ],
    ids=["empty", "a picture", "half a workbook", "another table", "huge"],
)
def test_a_file_that_is_no_table_is_answered_and_nothing_is_stored(office: Office, tmp_path, content, said):
    page, place = office.desk("kari"), tmp_path / "feil.xlsx"
    before = office.reviews.head().number
    place.write_bytes(content)
    page.goto("/cases/import")
    page.set_input_files("#file", place)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.click("form[action='/cases/import'] button")
    assert answered.value.status in (413, 422)
    page.wait_for_selector("h1")
    assert said in page.inner_text("main")
    assert page.locator("nav a[href='/cases']").count() == 1 or answered.value.status == 413
    assert office.reviews.head().number == before


# S9


def test_a_nynorsk_letter_is_read_before_it_is_sent_and_its_pdf_is_tagged(office: Office, case, small_run, tmp_path):
    page = office.desk("kari")
    filled(page, case, "accepted")
    decide(page)
    page.wait_for_url("**told=decided**")
    page.goto(f"/cases/{case.case_id}")
    page.click("text=Brev til eieren")
    pdf = page.request.get(page.get_attribute("a[href$='nn.pdf']", "href"))
    page.focus("a[href$='nn.html']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/letter/nn.html")
    assert page.get_attribute("html", "lang") == "nn"
    assert findings_of(page) == []
    told = page.inner_text("main")
    assert f"{case.appraised_value:,}".replace(",", "\xa0") in told
    assert "kari" in told
    # The same record as the one the letters of the whole roll are written from.
    decided = decisions_of(office.case(case.case_id), case.dwelling_id)
    bundle = load_bundle(small_run / "bundle")
    (record,) = ValuedRoll(bundle, small_run, Asked(decisions=decided)).records([case.dwelling_id])
    assert page.get_attribute("meta[name=letter-hash]", "content") == letter_hash(record, "nn")
    assert pdf.headers["content-type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(pdf.body())) as document, document.open_metadata() as metadata:
        assert (str(document.Root.Lang), bool(document.Root.MarkInfo.Marked)) == ("nn", True)
        assert metadata["pdfuaid:part"] == "1"
    assert office.actions(case.case_id) == [("kari", "decide")]


def test_of_a_blind_case_no_letter_tells_the_value(office: Office):
    blind = next(one for one in all_cases(office) if one.is_blind and one.appraised_value is not None)
    page = office.desk("kari")
    page.goto(f"/cases/{blind.case_id}/letter")
    assert page.locator("main a[href$='.pdf']").count() == 0
    assert page.request.get(f"/cases/{blind.case_id}/letter/nn.html").status == 404


# The map


@pytest.mark.parametrize("has_script", [True, False], ids=["with a script", "without"])
def test_from_the_map_of_all_cases_a_circle_leads_closer_until_a_case_is_found(office: Office, has_script):
    page = office.desk("ola", java_script_enabled=has_script)
    page.goto("/cases?type=blokk")
    page.click("text=Vis disse på kart")
    assert "type=blokk" in page.url
    counts = page.locator("[aria-labelledby=spots] td.number").all_inner_texts()
    with_place = [one for one in office.reviews.places(CaseQuery(states=("open", "reserved", "complaint"))) if one.x_m]
    asked = CaseQuery(dwelling_types=("blokk",), states=("open", "reserved", "complaint"))
    assert sum(map(int, counts)) == sum(one.x_m is not None for one in office.reviews.places(asked)) < len(with_place)
    for _ in range(12):
        page.click("[aria-labelledby=spots] a >> nth=0")
        if "/cases/map" not in page.url:
            break
    assert re.search(r"/cases(/[0-9a-f]+$|\?.*box=)", page.url)
    assert page.locator("[data-row], #worth, #own").count() >= 1
