"""Can everything be done without a mouse? The journeys once more, with Tab, arrows, Space and Enter alone.

Whatever is pressed was come to with Tab from the top of the page: what the keyboard cannot reach fails here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl

from tests.journeys.an_office import FACT, Office, all_cases, case, lowered, office
from valuation.review.case import ReviewCase
from valuation.review.repository import CaseQuery

__all__ = ["case", "office"]
"""Fixtures: pytest finds them here."""
MOST_TABS = 150
# A choice and its label are outlined together.
IS_SEEN = """() => [document.activeElement, document.activeElement.closest("ds-field, label")].some(one => {
  const style = one && getComputedStyle(one);
  return style && (style.outlineStyle !== 'none' || style.boxShadow !== 'none');
})"""
IS_AT = "selector => document.activeElement.matches(selector)"


def come_to(page: Any, selector: str) -> None:
    """Walk with Tab until the focus is there, and see that it can be seen there."""
    for _ in range(MOST_TABS):
        if page.evaluate(IS_AT, selector):
            break
        page.keyboard.press("Tab")
    assert page.evaluate(IS_AT, selector), f"Tab does not lead to {selector}"
    assert page.evaluate(IS_SEEN), f"the focus on {selector} cannot be seen"


def press(page: Any, selector: str, key: str = "Enter") -> None:
    come_to(page, selector)
    page.keyboard.press(key)


def follow(page: Any, selector: str) -> None:
    """Press what leads to another page, and be there."""
    come_to(page, selector)
    enter(page)


def enter(page: Any) -> None:
    """Press Enter where the focus is, and be on the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Any, selector: str, text: str) -> None:
    come_to(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Any, selector: str, words: str) -> None:
    """Choose from a list by typing what stands there."""
    come_to(page, selector)
    page.keyboard.type(words)


DECISION = "form[action$='/decide'] button:not([formaction])"


def decided(page: Any, case: ReviewCase, outcome: str, reason: str, *, value: int | None = None) -> None:
    """Fill in the form of a decision and send it."""
    page.goto(f"/cases/{case.case_id}")
    press(page, "#outcome input", "Space")
    for _ in range(("accepted", "own_value").index(outcome)):
        page.keyboard.press("ArrowDown")
    choose(page, "#reason_code", reason)
    if value is not None:
        write(page, "#own-value", str(value))
    write(page, "#text", FACT)
    press(page, "#evidence input[type=checkbox]", "Space")
    follow(page, DECISION)


def test_s1_from_the_login_to_the_first_case(office: Office):
    page = office.opened()
    page.goto("/login")
    follow(page, "form:has(input[value='ola']) button")
    page.wait_for_url("**/cases")
    follow(page, "[data-next]")
    page.wait_for_url(re.compile(r"/cases/[0-9a-f]+$"))
    taken = page.url.rsplit("/", 1)[1]
    assert office.actions(taken) == [("ola", "reserve")]


def test_s3_a_fact_is_tried_and_its_correction_proposed(office: Office, case):
    page = office.desk("kari")
    page.goto(f"/cases/{case.case_id}")
    follow(page, f"a[href='/cases/{case.case_id}/what-if?fact=living_area_m2']")
    page.wait_for_url("**/what-if**")
    write(page, "#to", "0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#to-error")
    assert page.evaluate(IS_AT, ".ds-error-summary")
    press(page, ".ds-error-summary a")
    assert page.evaluate(IS_AT, "#to")
    write(page, "#to", "69,5")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source")
    write(page, "#source", "Tegning godkjent 2019, arkivsak 19/204")
    enter(page)
    page.wait_for_selector("text=arkivsak 19/204")
    assert office.actions(case.case_id) == [("kari", "propose_correction")]


def test_s4_and_s5_an_own_value_goes_to_control_and_is_approved_after_an_own_view(office: Office, case):
    first, second = office.desk("kari"), office.desk("nina")
    decided(first, case, "own_value", "Dårligere", value=lowered(case))
    first.wait_for_url("**told=sent-to-control**")
    second.goto(f"/cases/{case.case_id}")
    write(second, "#own-value", str(lowered(case, 0.75)))
    enter(second)
    second.wait_for_selector(f"text={FACT}")
    follow(second, "form[action$='/approve'] button")
    second.wait_for_url("**told=decided**")
    assert office.case(case.case_id).value_in_force == lowered(case)
    assert office.actions(case.case_id) == [("kari", "decide"), ("nina", "give_own_view"), ("nina", "approve")]


def test_s6_and_s7_the_slower_of_two_keeps_the_text_also_over_a_closed_browser(office: Office, case, tmp_path: Path):
    slow, quick = office.desk("kari"), office.desk("ola")
    slow.goto(f"/cases/{case.case_id}")
    write(slow, "#text", "Badet er fra 1962 og rommene små, sier tegning 19/204.")
    slow.context.storage_state(path=tmp_path / "browser.json")
    slow.context.close()
    slow = office.opened(storage_state=tmp_path / "browser.json")
    slow.goto(f"/cases/{case.case_id}")
    assert "Badet er fra 1962" in slow.input_value("#text")
    decided(quick, case, "accepted", "Stemmer")
    quick.wait_for_url("**told=decided**")
    follow(slow, DECISION)
    slow.wait_for_selector(".ds-error-summary")
    assert "Badet er fra 1962" in slow.inner_text("main")
    assert [one for one in office.actions(case.case_id) if one[1] == "decide"] == [("ola", "decide")]


def test_s9_the_letter_is_read(office: Office, case):
    page = office.desk("kari")
    page.goto(f"/cases/{case.case_id}")
    follow(page, "a[href$='/letter']")
    follow(page, "a[href$='/letter/nn.html']")
    page.wait_for_url("**/nn.html")
    assert page.get_attribute("html", "lang") == "nn"
    assert office.actions(case.case_id) == []


def test_s10_a_complaint_is_registered_and_answered(office: Office, case):
    page = office.desk("ola")
    page.goto(f"/cases/{case.case_id}")
    follow(page, f"a[href='/cases/{case.case_id}/complaint']")
    page.wait_for_url("**/complaint")
    come_to(page, "#received_on")
    # The same in every order of day and month: the browser takes that of its own language.
    page.keyboard.type("02022026")
    write(page, "#arguments", "Kjelleren er fuktig.")
    write(page, "#enclosed_values", "3 900 000")
    follow(page, "form[action$='/complaint'] button")
    page.wait_for_selector("text=Kjelleren er fuktig.")
    write(page, "#answer-1", "Salg 1 har det samme, og prisen 4 400 000 tar hensyn til det.")
    follow(page, "form[action$='/complaint-answers'] button")
    page.wait_for_selector("strong:has-text('Svar')")
    complaint = office.case(case.case_id).complaint
    assert (complaint.received_on, complaint.enclosed_values) == ("2026-02-02", (3_900_000,))
    assert office.actions(case.case_id) == [("ola", "register_complaint"), ("ola", "answer_argument")]


def test_s11_a_dwelling_is_looked_for_and_a_case_opened_by_hand(office: Office):
    known = {one.dwelling_id for one in all_cases(office)}
    page = office.desk("kari")
    page.goto("/dwellings")
    write(page, "#text", "H0101")
    enter(page)
    page.wait_for_selector("[data-row]")
    rows = page.locator("[data-row]").all()
    links = [(row.locator("a").get_attribute("href"), row.locator("span.small").inner_text()) for row in rows]
    address = next(href for href, dwelling in links if dwelling not in known)
    follow(page, f"a[href='{address}']")
    write(page, "#reason", "hm")
    enter(page)
    page.wait_for_selector("#reason-error")
    assert page.input_value("#reason") == "hm"
    write(page, "#reason", "Eieren ringte: 20 m² ble bygd til i 2025")
    enter(page)
    page.wait_for_url(re.compile(r"/cases/[0-9a-f]+$"))
    events = office.reviews.events(subject_kind="case", subject_id=page.url.rsplit("/", 1)[1])
    assert [(event.actor, event.action) for event in events] == [("kari", "open_case")]


def test_s12_a_group_is_decided(office: Office):
    kinds: dict[tuple[str | None, str | None], list[ReviewCase]] = {}
    for one in all_cases(office):
        if one.appraised_value is not None and not one.is_blind:
            kinds.setdefault((one.market_area, one.dwelling_type), []).append(one)
    first, second = max(kinds.values(), key=len)[:2]
    page = office.desk("kari")
    page.goto(f"/cases/{first.case_id}")
    follow(page, f"a[href='/cases/together?case={first.case_id}']")
    follow(page, "a[href$='reach=area']")
    page.wait_for_url("**reach=area")
    listed = page.locator("input[name=case]").evaluate_all("all => all.map(one => one.value)")
    for case_id in sorted((first.case_id, second.case_id), key=listed.index):
        press(page, f"input[name=case][value='{case_id}']", "Space")
    press(page, "#outcome input", "Space")
    choose(page, "#reason_code", "Stemmer")
    write(page, "#text", FACT)
    follow(page, "form[action='/cases/together'] button")
    page.wait_for_url("**told=together**")
    assert [office.actions(one.case_id) for one in (first, second)] == [[("kari", "decide")]] * 2


def test_s13_a_table_is_looked_at_and_stored(office: Office, case, tmp_path: Path):
    page = office.desk("kari")
    place = tmp_path / "saker.xlsx"
    page.goto(f"/cases?text={case.case_id}")
    come_to(page, "a[download]")
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    taken.value.save_as(place)
    book = openpyxl.load_workbook(place)
    names = [cell.value for cell in book.active[1]]
    for name, content in (("outcome", "accepted"), ("reason_code", "fits-comparable-sales"), ("text", FACT)):
        book.active.cell(2, names.index(f"decided_{name}") + 1).value = content
    book.save(place)
    follow(page, "a[href='/cases/import']")
    page.wait_for_url("**/import")
    come_to(page, "#file")
    # The window in which a file is chosen is the browser's own, and not every machine opens it for a key.
    page.set_input_files("#file", place)
    follow(page, "form[action='/cases/import'] button")
    page.wait_for_selector("#rows")
    follow(page, "form[action$='/confirm'] button")
    page.wait_for_url("**told=imported**")
    assert office.actions(case.case_id) == [("kari", "decide")]


def test_s15_a_blind_case_is_estimated_and_then_seen(office: Office):
    blind = next(one for one in all_cases(office) if one.is_blind and one.begun_at is None and one.appraised_value)
    page = office.desk("kari")
    page.goto(f"/cases/{blind.case_id}")
    write(page, "#own-value", "3 900 000")
    enter(page)
    page.wait_for_selector("#value")
    assert office.actions(blind.case_id) == [("kari", "give_own_view")]


def test_the_map_leads_on_by_its_table_and_no_key_is_needed_twice_for_one_place(office: Office):
    page = office.desk("ola")
    page.goto("/cases")
    follow(page, "a[href^='/cases/map']")
    page.wait_for_url("**/cases/map**")
    spots = page.locator("[aria-labelledby=spots] tbody tr").count()
    # The picture says the same as the table: Tab leads through one of them.
    focusable = page.locator("svg.cases-map a:not([tabindex='-1'])").count()
    assert (spots > 0, focusable) == (True, 0)
    follow(page, "[aria-labelledby=spots] a")
    page.wait_for_url("**box=**")
    assert page.locator("[data-row]").count() >= 1
    assert office.reviews.places(CaseQuery()) != []


def test_the_keys_can_be_switched_off_and_on_again(office: Office):
    page = office.desk("ola")
    page.goto("/cases")
    with page.expect_navigation():
        page.keyboard.press("?")
    page.wait_for_url("**/help#keys")
    follow(page, "form[action='/help/shortcuts'] button")
    page.wait_for_selector("body[data-shortcuts=off]")
    page.goto("/cases")
    page.keyboard.press("j")
    assert not page.evaluate(IS_AT, "[data-row] a")
    page.goto("/help")
    follow(page, "form[action='/help/shortcuts'] button")
    page.wait_for_selector("body[data-shortcuts=on]")
    page.goto("/cases")
    page.keyboard.press("j")
    assert page.evaluate(IS_AT, "[data-row] a")
