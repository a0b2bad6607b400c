"""Can people settle cases with the pages? Journeys in a real browser, by mouse and keyboard, against a real server.

Every journey ends in the record: what was stored, by whom, and that the chain of events is whole.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.an_office import (
    FACT,
    FIRST_SCREENFUL,
    NARROW,
    WIDE,
    Office,
    all_cases,
    amount,
    case,
    decide,
    filled,
    findings_of,
    lowered,
    office,
)
from valuation.review.audit import verify
from valuation.review.case import ReviewCase
from valuation.review.queue import every_case
from valuation.review.repository import CaseQuery
from valuation.rolls.repository import ValueQuery

__all__ = ["case", "office"]
"""Fixtures: pytest finds them here."""
MOST_PRESSES = 6
"""Of a plain accept, once the case is read."""


# S1


def test_the_first_morning_leads_from_the_login_to_a_case_with_its_reason_in_sight(office):
    page = office.opened()
    page.goto("/")
    assert "/login" in page.url
    page.click("text=Kari")
    page.wait_for_url("**/cases")
    page.click("[data-next]")
    page.wait_for_url("**/cases/*")
    case_id = page.url.rsplit("/", 1)[1]
    seen = [page.locator(place).first.bounding_box() for place in ("#worth + *", ".why li")]
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= FIRST_SCREENFUL for box in seen)
    assert office.case(case_id).reserved_by == "kari"
    assert office.actions(case_id) == [("kari", "reserve")]


# S2


def test_the_grid_adds_up_to_the_krone_from_each_sale_to_the_value(office, case):
    page = office.desk("kari")
    page.goto(f"/cases/{case.case_id}")
    rows = page.locator("#sales table").first.locator("tbody tr").all()
    table = [[amount(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]
    is_sum = ["sum" in (row.get_attribute("class") or "") for row in rows]
    price, steps = table[0], [cells for cells, total in zip(table[1:], is_sum[1:], strict=True) if not total]
    ends = [start + sum(step[column] for step in steps) for column, start in enumerate(price)]
    assert ends == [case.appraised_value] * len(price)


def test_a_plain_accept_takes_six_presses_after_reading_and_can_be_undone(office, case):
    page = office.desk("kari")
    page.goto(f"/cases/{case.case_id}")
    presses = ["a", "Space", "Tab", "ArrowDown", "Tab", "Enter"]
    for key in presses:
        page.keyboard.press(key)
    page.wait_for_url("**/cases?told=decided**")
    assert len(presses) <= MOST_PRESSES
    decided = office.case(case.case_id)
    assert (decided.state, decided.value_in_force) == ("decided", case.appraised_value)
    page.click("[role=status] a")
    page.click("form[action$='/reopen'] button")
    page.wait_for_selector("text=gjelder ikke lenger")
    assert office.case(case.case_id).decision is None
    assert [action for _, action in office.actions(case.case_id)] == ["decide", "reopen"]


def test_without_javascript_a_case_is_settled_all_the_same(office, case):
    page = office.desk("kari", java_script_enabled=False)
    filled(page, case, "accepted")
    decide(page)
    page.click("[role=status] a")
    page.click("form[action$='/reopen'] button")
    filled(page, case, "accepted")
    decide(page)
    page.wait_for_url("**/cases?told=decided**")
    page.goto(f"/cases/{case.case_id}/what-if")
    page.select_option("#fact", "living_area_m2")
    page.fill("#to", "69,5")
    page.click("form[action$='/what-if'] button")
    assert "69,5" in page.inner_text("#answer")
    assert office.actions(case.case_id) == [("kari", "decide"), ("kari", "reopen"), ("kari", "decide")]


# S3


def tried(page: Any, case: ReviewCase, to: str) -> None:
    page.goto(f"/cases/{case.case_id}/what-if?fact=living_area_m2")
    page.fill("#to", to)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("form[action$='/what-if'] button")


def test_a_wrong_area_is_tried_and_its_correction_proposed_with_a_source(office, case):
    page = office.desk("kari")
    tried(page, case, "69,5")
    page.wait_for_selector("#source")
    assert "69,5" in page.inner_text("#answer")
    page.click("form[action$='/corrections'] button")
    page.wait_for_selector("#source-error")
    assert page.input_value("#to") == "69,5"
    page.fill("#source", "Tegning godkjent 2019, arkivsak 19/204")
    page.click("form[action$='/corrections'] button")
    page.wait_for_selector("text=arkivsak 19/204")
    stored = office.case(case.case_id).corrections
    assert [(one.characteristic, one.proposed) for one in stored] == [("living_area_m2", 69.5)]
    assert office.actions(case.case_id) == [("kari", "propose_correction")]


WHERE = """() => ['#fact', '#to', '#try', '#answer-title'].map(one => {
  const box = document.querySelector(one).getBoundingClientRect(); return [one, box.x, box.y + window.scrollY];
})"""


# Every jump counts, also one within half a second of a press: that is where a part is swapped in.
JUMPS = """window.jumps = [];
new PerformanceObserver(list => { for (const one of list.getEntries()) window.jumps.push(one.value); })
  .observe({type: "layout-shift", buffered: true});"""


def test_nothing_moves_when_the_answer_to_a_trial_is_swapped_in(office, case):
    page = office.desk("kari")
    page.add_init_script(JUMPS)
    page.goto(f"/cases/{case.case_id}/what-if?fact=living_area_m2")
    before = page.evaluate(WHERE)
    page.fill("#to", "69,5")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source")
    assert page.evaluate(WHERE) == before
    # A jump is told after the frame in which it was seen.
    page.wait_for_timeout(200)
    assert page.evaluate("window.jumps") == []


@pytest.mark.parametrize("typed", ["0", "-5", "69000"])
def test_an_area_that_cannot_be_is_answered_beside_its_field(office, case, typed):
    page = office.desk("kari")
    tried(page, case, typed)
    page.wait_for_selector("#to-error")
    beside = page.locator("ds-field:has(#to)")
    assert beside.locator("#to-error").count() == 1
    assert page.locator("#to").input_value() == typed
    assert page.locator("#to").get_attribute("aria-invalid") == "true"
    assert page.locator("#source").count() == 0
    assert office.actions(case.case_id) == []


APPROVE = """async ([caseId, version]) => {
  const token = document.querySelector("[name=csrf_token]").value, key = "own-approval-" + caseId;
  const form = new URLSearchParams({csrf_token: token, idempotency_key: key, version: String(version)});
  const page = await fetch(`/cases/${caseId}/approve`, {method: "POST", body: form});
  const headers = {"Content-Type": "application/json", "If-Match": `"${version}"`, "Idempotency-Key": key + "-2",
                   "X-CSRF-Token": token};
  const api = await fetch(`/api/v1/review-cases/${caseId}/approve`, {method: "POST", body: "{}", headers});
  return [page.status, api.status];
}"""
"""Approve, past all buttons, by the page and by the API."""


# S4


def test_an_own_value_with_an_empty_phrase_is_refused_then_goes_to_control_and_not_past_its_author(office, case):
    page = office.desk("liv")
    filled(page, case, "own_value", text="etter en samlet vurdering", value=lowered(case))
    decide(page)
    page.wait_for_selector(".ds-error-summary")
    assert page.evaluate("document.activeElement.matches('.ds-error-summary')")
    assert page.locator(".ds-error-summary a").evaluate_all("all => all.map(one => one.hash)") == ["#text"]
    assert amount(page.input_value("#own-value")) == lowered(case)
    assert findings_of(page) == []
    assert office.case(case.case_id).decision is None
    page.click(".ds-error-summary a")
    page.keyboard.press("Control+a")
    page.keyboard.type("Taket lekker; utbedring koster 300 000 ifølge tilbud av 3. mars.")
    decide(page)
    page.wait_for_url("**told=sent-to-control**")
    assert office.case(case.case_id).state == "control"
    page.goto(f"/cases/{case.case_id}")
    assert page.locator("form[action$='/approve']").count() == 0
    answers = page.evaluate(APPROVE, [case.case_id, office.case(case.case_id).version])
    assert answers == [422, 403]
    assert office.case(case.case_id).decision is None
    # Both attempts to approve an own proposal stand in the record.
    assert [action for _, action in office.actions(case.case_id)] == ["decide", "refused", "refused"]


PRESS_TWICE = """() => {
  const form = document.querySelector("form[action$='/decide']"), body = new URLSearchParams(new FormData(form));
  return Promise.all([1, 2].map(() => fetch(form.action, {method: "POST", body})));
}"""

# S5


def test_a_second_reader_gives_an_own_view_first_and_sends_the_proposal_back_with_a_comment(office, case):
    first, second = office.desk("kari"), office.desk("nina")
    filled(first, case, "own_value", value=lowered(case))
    decide(first)
    first.wait_for_url("**told=sent-to-control**")
    second.goto(f"/cases/{case.case_id}")
    assert FACT not in second.content()
    assert f"{lowered(case):,}".replace(",", "\xa0") not in second.content()
    second.fill("#own-value", str(lowered(case, 0.9)))
    second.click("form[action$='/own-view'] button")
    second.wait_for_selector(f"text={FACT}")
    second.fill("#comment", "Nevn hva utbedringen av taket koster, og hvem som sier det.")
    second.click("form[action$='/send-back'] button")
    second.wait_for_selector("text=hvem som sier det")
    first.goto(f"/cases/{case.case_id}")
    assert "hvem som sier det" in first.inner_text(".columns")
    assert first.input_value("#text") == FACT
    assert office.case(case.case_id).returned_to == "kari"
    assert office.actions(case.case_id) == [("kari", "decide"), ("nina", "give_own_view"), ("nina", "send_back")]


# S6


def test_of_two_people_on_one_case_one_decides_and_the_other_keeps_the_text(office, case):
    slow, quick = office.desk("kari"), office.desk("ola")
    filled(slow, case, "accepted", text="Badet er fra 1962 og rommene små, sier tegning 19/204.")
    filled(quick, case, "accepted")
    decide(quick)
    quick.wait_for_url("**told=decided**")
    decide(slow)
    slow.wait_for_selector(".ds-error-summary")
    assert "du kan ikke lenger avgjøre saken" in slow.inner_text(".ds-error-summary")
    assert "Badet er fra 1962" in slow.inner_text("main")
    assert FACT in slow.inner_text("main")
    decisions = office.case(case.case_id).decisions
    assert [(one.by, one.text) for one in decisions] == [("ola", FACT)]
    assert office.actions(case.case_id) == [("ola", "decide"), ("kari", "refused")]


# S7


def test_a_button_pressed_twice_decides_once(office, case):
    page = office.desk("kari")
    filled(page, case, "accepted")
    # Past the script of the page, which would hold back the second press: the server has to stand it.
    page.evaluate(PRESS_TWICE)
    assert office.actions(case.case_id) == [("kari", "decide")]


def test_what_was_typed_outlives_a_network_that_is_gone_and_a_browser_that_is_closed(office, case, tmp_path):
    page = office.desk("kari")
    filled(page, case, "accepted")
    page.context.set_offline(True)
    decide(page)
    page.wait_for_url("chrome-error://**")
    kept = page.context.storage_state(path=tmp_path / "browser.json")
    page.context.close()
    assert kept["origins"]
    assert office.actions(case.case_id) == []
    again = office.opened(storage_state=tmp_path / "browser.json")
    again.goto(f"/cases/{case.case_id}")
    assert again.input_value("#text") == FACT
    assert again.is_checked("#outcome-accepted")
    assert again.is_checked("#evidence-1")
    decide(again)
    again.wait_for_url("**told=decided**")
    assert again.evaluate("Object.keys(localStorage).filter(name => name.startsWith('typed:'))") == []
    assert office.actions(case.case_id) == [("kari", "decide")]


def begun_trial(page: Any, case: ReviewCase, to: str) -> None:
    page.goto(f"/cases/{case.case_id}/what-if?fact=living_area_m2")
    page.fill("#to", to)
    page.keyboard.press("Enter")
    page.wait_for_selector("#source")


def test_a_trial_whose_session_has_ended_or_whose_network_is_gone_stands_as_it_was_and_says_why(office, case):
    page = office.desk("kari")
    begun_trial(page, case, "69")
    told = page.inner_text("#spoken")
    # Who does not see the page hears the value with its range, not the last line of the reasons.
    assert "Verdien med endringen" in told
    assert "annet" not in told
    page.context.set_offline(True)
    page.fill("#to", "70")
    page.click("#try")
    page.wait_for_selector("#trouble:visible")
    assert "svarte ikke" in page.inner_text("#trouble")
    page.context.set_offline(False)
    page.context.clear_cookies()
    page.click("#try")
    page.wait_for_selector("#trouble a:visible")
    assert page.input_value("#to") == "70"
    assert findings_of(page) == []
    page.click("#trouble a")
    page.click("form:has(input[value='kari']) button")
    page.wait_for_url("**/what-if**")
    assert page.input_value("#to") == "70"
    assert "70" in page.inner_text("#answer")
    assert office.actions(case.case_id) == []


def test_a_decision_whose_session_has_ended_is_there_again_after_the_login(office, case):
    page = office.desk("kari")
    filled(page, case, "accepted")
    page.context.clear_cookies()
    decide(page)
    page.wait_for_selector("text=tatt vare på i denne nettleseren")
    page.click("main a[href^='/login?']:visible")
    page.click("form:has(input[value='kari']) button")
    page.wait_for_url(f"**/cases/{case.case_id}")
    assert (page.input_value("#text"), page.is_checked("#outcome-accepted")) == (FACT, True)
    decide(page)
    page.wait_for_url("**told=decided**")
    assert office.actions(case.case_id) == [("kari", "decide")]


def test_of_an_empty_decision_every_field_answers_at_once(office, case):
    page = office.desk("kari")
    page.goto(f"/cases/{case.case_id}")
    page.fill("#text", "")
    decide(page)
    page.wait_for_selector(".ds-error-summary")
    told = page.locator(".ds-error-summary a").evaluate_all("all => all.map(one => one.hash)")
    assert told == ["#outcome", "#reason_code", "#text"]
    assert [page.locator(f"{one}-error").count() for one in told] == [1, 1, 1]
    assert office.actions(case.case_id) == []


def test_what_is_typed_to_a_colleague_or_an_owner_outlives_a_closed_browser_too(office, case, tmp_path):
    first, second = office.desk("kari"), office.desk("nina")
    filled(first, case, "own_value", value=lowered(case))
    decide(first)
    first.wait_for_url("**told=sent-to-control**")
    second.goto(f"/cases/{case.case_id}")
    second.fill("#own-value", "3 900 000")
    second = closed_and_opened(office, second, tmp_path)
    second.goto(f"/cases/{case.case_id}")
    assert second.input_value("#own-value") == "3 900 000"
    second.click("form[action$='/own-view'] button")
    second.wait_for_selector("#comment")
    second.fill("#comment", "Nevn hva utbedringen av taket koster.")
    second = closed_and_opened(office, second, tmp_path)
    second.goto(f"/cases/{case.case_id}")
    assert second.input_value("#comment") == "Nevn hva utbedringen av taket koster."
    second.click("form[action$='/send-back'] button")
    second.wait_for_selector("strong:has-text('nina')")
    assert second.evaluate("Object.keys(localStorage).filter(name => name.startsWith('typed:'))") == []
    begun_trial(first, case, "69")
    first.fill("#source", "Tegning godkjent 2019")
    first = closed_and_opened(office, first, tmp_path)
    begun_trial(first, case, "69")
    assert first.input_value("#source") == "Tegning godkjent 2019"


def closed_and_opened(office: Office, page: Any, tmp_path: Path) -> Any:
    """Close a browser and open another with what the first one kept."""
    page.context.storage_state(path=tmp_path / "browser.json")
    page.context.close()
    return office.opened(storage_state=tmp_path / "browser.json")


# S8


def test_keys_lead_from_the_list_through_a_case_and_stay_silent_in_a_text(office):
    page = office.desk("ola")
    page.goto("/cases?sort=oldest")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-row] a").first
    assert page.evaluate("document.activeElement.href").endswith(first.get_attribute("href"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    page.keyboard.press("g")
    assert page.evaluate("document.activeElement.id") == "facts"
    page.goto("/cases")
    page.focus("#text")
    page.keyboard.type("gjnak?")
    assert page.input_value("#text") == "gjnak?"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/cases/[^/?]+$"))
    taken = page.url.rsplit("/", 1)[1]
    assert office.actions(taken) == [("ola", "reserve")]


def every_page(office: Office, case: ReviewCase) -> list[tuple[str, str]]:
    """Return who opens which page: every kind there is."""
    with_no_case = office.rolls.roll().roll_id
    blind = next(one for one in all_cases(office) if one.is_blind)
    values = office.rolls.values(ValueQuery(with_no_case, text="H0101"), limit=50).values
    caseless = {one.dwelling_id for one in all_cases(office)}
    dwelling = next(value for value in values if value.dwelling_id not in caseless)
    return [
        ("kari", "/cases"),
        ("kari", f"/cases/{case.case_id}"),
        ("kari", f"/cases/{blind.case_id}"),
        ("kari", f"/cases/{case.case_id}/what-if?fact=living_area_m2&to=69,5"),
        ("kari", f"/cases/{case.case_id}/what-if?fact=living_area_m2&to=0"),
        ("kari", f"/cases/{case.case_id}/complaint"),
        ("kari", f"/cases/together?case={case.case_id}&reach=area&ticked=all"),
        ("kari", "/cases/import"),
        ("kari", "/cases/map"),
        ("kari", f"/cases/{case.case_id}/letter"),
        ("kari", "/dwellings?text=H0101"),
        ("kari", f"/dwellings/{dwelling.value_id}"),
        ("kari", "/help"),
        ("kari", "/cases/no-such-case"),
        ("per", "/oversight"),
        ("", "/login"),
    ]


def test_no_page_has_a_serious_finding_of_axe_or_scrolls_sideways_at_320_px(office, case):
    pages = {"kari": office.desk("kari"), "per": office.desk("per"), "": office.opened()}
    found = {}
    for who, address in every_page(office, case):
        page = pages[who]
        page.set_viewport_size(WIDE)
        page.goto(address)
        serious = findings_of(page)
        page.set_viewport_size(NARROW)
        found[address] = (serious, page.evaluate("document.documentElement.scrollWidth"))
    assert found == {address: ([], NARROW["width"]) for address in found}


# Of a question the case it begins with; of lists nothing: one of each kind will do. Links in pictures have no parts.
LINKS = """all => all.map(one => new URL(one.getAttribute('href'), document.baseURI))
  .map(url => url.pathname + (url.search.match(/^[?]case=[^&]+/) || [''])[0])"""


def test_no_link_leads_nowhere(office, case):
    pages = {"kari": office.desk("kari"), "per": office.desk("per"), "": office.opened()}
    links: dict[str, tuple[str, str]] = {}
    for who, address in every_page(office, case):
        pages[who].goto(address)
        for link in pages[who].eval_on_selector_all("a[href^='/']", LINKS):
            # One of each kind will do: fifty cases are one link.
            links.setdefault(who + re.sub("[0-9a-f]{16,}", "*", link), (who, link))
    answers = {link: pages[who].request.get(link).status for who, link in links.values()}
    # The page that says so leads to itself in other languages.
    assert [link for link, status in answers.items() if status >= 400] == ["/cases/no-such-case"]


# S10


def test_a_complaint_is_registered_answered_decided_in_part_and_asked_on(office, case):
    first, other = office.desk("kari"), office.desk("ola")
    filled(first, case, "accepted")
    decide(first)
    first.wait_for_url("**told=decided**")
    first.goto(f"/cases/{case.case_id}/complaint")
    first.fill("#notified_on", "2026-02-01")
    first.fill("#received_on", "2026-02-10")
    first.fill("#arguments", "Kjelleren er fuktig.\nVeien utenfor støyer.")
    first.fill("#enclosed_values", f"{lowered(case, 0.8):,}".replace(",", " "))
    first.click("form[action$='/complaint'] button")
    first.wait_for_selector("text=Kjelleren er fuktig.")
    assert first.locator(".range-picture .enclosed").count() == 1
    # Who decided the value does not decide the complaint about it.
    assert first.locator("form[action$='/complaint-decision']").count() == 0
    other.goto(f"/cases/{case.case_id}/complaint")
    for number in (1, 2):
        other.fill(f"#answer-{number}", f"Salg {number} har det samme, og prisen 4 400 000 tar hensyn til det.")
        other.click(f"form:has(#answer-{number}) button")
        other.wait_for_selector(f"li:nth-child({number}) strong:has-text('Svar')")
    other.select_option("#result", "partly_upheld")
    other.select_option("#outcome", "own_value")
    other.fill("#own-value", str(lowered(case, 0.9)))
    other.select_option("#reason_code", "condition-poor")
    other.fill("#text", "Fukt i kjelleren etter befaring 12. februar: 10 % lavere enn salgene.")
    other.locator("#evidence input[type=checkbox]").first.check()
    other.click("form[action$='/complaint-decision'] button")
    other.wait_for_url("**/complaint")
    other.wait_for_selector("#argument")
    stored = office.case(case.case_id)
    assert (stored.state, stored.complaint.result) == ("complaint_decided", "partly_upheld")
    other.fill("#received_on", "2026-03-01")
    other.fill("#argument", "Eieren ber om ny vurdering av støyen.")
    other.click("form[action$='/complaint-pursuit'] button")
    other.wait_for_selector("text=ny vurdering av støyen")
    assert office.case(case.case_id).complaint.is_pursued
    done = [action for _, action in office.actions(case.case_id)]
    assert done == ["decide", "register_complaint", *["answer_argument"] * 2, "decide_complaint", "pursue"]


# S11


def test_what_is_not_on_the_roll_is_said_not_to_be_there(office):
    page = office.desk("kari")
    page.goto("/dwellings")
    page.fill("#text", "Naust 5001-999/9/0/0")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Ingen bolig på listen passer")
    assert page.locator("[data-row]").count() == 0


def test_a_dwelling_that_cannot_be_valued_says_why_and_shows_no_number(office):
    without = [case for case in all_cases(office) if case.appraised_value is None]
    page = office.desk("kari")
    told = [told_of_worth(page, case) for case in without]
    assert [text.split("\n")[1].strip() for text, _, _ in told] == ["Kan ikke verdsettes av modellen"] * len(without)
    assert [(sums, pictures) for _, sums, pictures in told] == [([], 0)] * len(without)
    filled(page, without[0], "needs_inspection", text="Areal mangler; må måles på stedet, se tegning 19/204.")
    decide(page)
    page.wait_for_url("**told=decided**")
    assert office.case(without[0].case_id).state == "needs_inspection"
    assert office.actions(without[0].case_id) == [("kari", "decide")]


def told_of_worth(page: Any, case: ReviewCase) -> tuple[str, list[str], int]:
    """Return what a page says of a value, the sums in it, and how many figures, pictures and grids stand there."""
    page.goto(f"/cases/{case.case_id}")
    told = page.inner_text("section[aria-labelledby=worth]").replace("\n\n", "\n")
    sums = re.findall(r"\d[\d\xa0 ]{5,} kr", told.split("Verdi fra før")[0])
    return told, sums, page.locator("#value, .range-picture, #sales").count()


# S15


def test_a_blind_case_sends_nothing_of_its_value_before_an_own_estimate_is_put_down(office):
    blind = next(case for case in all_cases(office) if case.is_blind and case.begun_at is None)
    page = office.desk("kari")
    sent: list[str] = []
    page.on("response", lambda answer: sent.append(body(answer)))
    page.goto(f"/cases/{blind.case_id}", wait_until="networkidle")
    page.goto(f"/cases?text={blind.dwelling_id}", wait_until="networkidle")
    page.goto(f"/dwellings?text={blind.dwelling_id}", wait_until="networkidle")
    ask = "path => fetch(path).then(answer => answer.text())"
    sent.append(page.evaluate(ask, f"/api/v1/review-cases/{blind.case_id}"))
    page.goto(f"/cases/{blind.case_id}")
    hidden = [f"{amount_:,}".replace(",", mark) for amount_ in model_amounts(blind) for mark in ("", "\xa0", " ")]
    assert [item for item in hidden for text in sent if item in text] == []
    page.fill("#own-value", "3 900 000")
    page.click("form[action$='/own-view'] button")
    page.wait_for_selector("#value")
    assert amount(page.inner_text("#value dd >> nth=0")) == blind.appraised_value
    assert office.actions(blind.case_id) == [("kari", "give_own_view")]


def model_amounts(case: ReviewCase) -> tuple[int, ...]:
    return case.appraised_value, case.lower_value, case.upper_value


def body(answer: Any) -> str:
    """Return what came over the wire; of a redirect nothing does."""
    return "" if 300 <= answer.status < 400 else answer.text()


def test_the_leaders_page_counts_cases_and_names_nobody(office):
    page = office.desk("per")
    page.goto("/oversight")
    shown = page.inner_text("main").lower()
    assert [name for name in ("kari", "ola", "nina", "liv") if name in shown] == []
    counted = sum(amount(cell) for cell in page.locator("section[aria-labelledby=states] td").all_inner_texts())
    query = CaseQuery(roll_id=office.rolls.roll().roll_id, sort="opened_at")
    assert counted == sum(1 for _ in every_case(office.reviews, query))
    assert verify(office.reviews.events(), office.reviews.head()).is_whole
