"""Does a caseworker see what a case rests on, settle it, and lose nothing on the way?"""

from __future__ import annotations

import html
import re
from itertools import count

import pytest
from fastapi.testclient import TestClient

Office = dict[str, TestClient]
KEYS = count()


def listed(client: TestClient, **asked: str) -> list[str]:
    """Return the cases of a list, in its order."""
    page = client.get("/cases", params={"lang": "en", **asked})
    assert page.status_code == 200
    return re.findall(r'href="/cases/([0-9a-f]+)"', page.text)


def shown(client: TestClient, case_id: str, language: str = "en") -> str:
    page = client.get(f"/cases/{case_id}", params={"lang": language})
    assert page.status_code == 200
    return page.text


def version(text: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', text)[0]


def open_cases_with_sales(office: Office, n: int) -> list[str]:
    """Return open cases that have a value, sales beside it, and are not of the blind sample."""
    found = []
    for case_id in listed(office["kari"], sort="oldest"):
        text = shown(office["kari"], case_id)
        if 'value="sale:' in text and "own-view" not in text and "The case is decided" not in text:
            found.append(case_id)
        if len(found) == n:
            return found
    raise AssertionError("too few such cases")


def decision(page: str, **changed: object) -> dict[str, object]:
    sales = re.findall(r'value="(sale:[^"]+)"', page)
    return {
        "version": version(page),
        "idempotency_key": f"test-key-{next(KEYS):08d}",
        "outcome": "accepted",
        "value": "",
        "reason_code": "fits-comparable-sales",
        "text": "Sales 1 and 2 lie near and say between 4 400 000 and 4 600 000 for this home.",
        "evidence": sales[:2],
        **changed,
    }


def sent(client: TestClient, case_id: str, action: str, fields: dict[str, object]):
    return client.post(f"/cases/{case_id}/{action}", params={"lang": "en"}, data=fields, follow_redirects=False)


def wrong(text: str) -> str:
    return " ".join(re.findall(r"<ds-error-summary.*?</ds-error-summary>", text, re.S))


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_first_things_on_a_case_are_value_range_and_why(office, language):
    text = shown(office["kari"], open_cases_with_sales(office, 1)[0], language)
    assert f'<html lang="{language}"' in text
    assert text.index('id="worth"') < text.index('id="why"') < text.index('id="sales"') < text.index('id="facts"')
    assert re.search(r"<dd>[^<]*\d[^<]*</dd></div><div><dt>[^<]*</dt><dd>[^<]*–[^<]*</dd>", text)


def test_the_grid_on_the_page_ends_at_the_value_for_every_sale(office):
    text = shown(office["kari"], open_cases_with_sales(office, 1)[0])
    value = re.findall(r'<dl class="figures" id="value"><div><dt>Value</dt><dd>([^<]*)\xa0', text)[0]
    rows = re.findall(r'<tr class="sum"><th scope="row">([^<]*)</th>(.*?)</tr>', text, re.S)
    ends = next(re.findall(r"<td[^>]*>([^<]*)</td>", cells) for label, cells in rows if label == "Value of this home")
    assert set(ends) == {value}


def test_an_accepted_case_is_decided_once_however_often_the_button_is_pressed(office):
    case_id = open_cases_with_sales(office, 1)[0]
    fields = decision(shown(office["kari"], case_id))
    first, second = (sent(office["kari"], case_id, "decide", fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    history = re.findall(r"<li>[^<]*· decided</li>", shown(office["kari"], case_id))
    assert len(history) == 1


def test_a_decision_is_taken_back_before_it_is_sent_on(office):
    case_id = open_cases_with_sales(office, 1)[0]
    sent(office["kari"], case_id, "decide", decision(shown(office["kari"], case_id)))
    text = shown(office["kari"], case_id)
    answer = sent(
        office["kari"], case_id, "reopen", {"version": version(text), "idempotency_key": f"undo-{next(KEYS):08d}"}
    )
    assert answer.status_code == 303
    assert "no longer in force" in shown(office["kari"], case_id)


def test_an_empty_phrase_is_refused_with_all_that_is_missing_and_nothing_typed_is_lost(office):
    case_id = open_cases_with_sales(office, 1)[0]
    text = shown(office["kari"], case_id)
    typed = decision(text, reason_code="", text="etter en samlet vurdering", evidence=[], value="4 850 000")
    answer = sent(office["kari"], case_id, "decide", typed | {"outcome": "own_value"})
    assert answer.status_code == 422
    assert set(re.findall(r'href="#([a-z_-]+)"', wrong(answer.text))) == {"reason_code", "text", "evidence"}
    assert "etter en samlet vurdering</textarea>" in answer.text
    assert 'value="4 850 000"' in answer.text
    assert "decided" not in [item.lower() for item in re.findall(r"· ([^<·]*)</li>", shown(office["kari"], case_id))]


@pytest.mark.parametrize("typed", ["-5", "mye", "4,85 mill", "4 85 0000", "1e6", "<b>5</b>"])
def test_an_amount_that_cannot_be_meant_is_answered_beside_its_field(office, typed):
    case_id = open_cases_with_sales(office, 1)[0]
    fields = decision(shown(office["kari"], case_id), outcome="own_value", value=typed)
    answer = sent(office["kari"], case_id, "decide", fields)
    assert answer.status_code == 422
    assert 'href="#own-value"' in wrong(answer.text)
    assert f'value="{html.escape(typed)}"' in answer.text


def test_a_large_change_waits_for_a_second_reader_who_gives_an_own_view_first(office):
    case_id = open_cases_with_sales(office, 1)[0]
    fields = decision(shown(office["kari"], case_id), outcome="own_value", reason_code="condition-poor", value="")
    value = int(re.sub(r"\D", "", re.findall(r"<dt>Value</dt><dd>([^<]*)\xa0", shown(office["kari"], case_id))[0]))
    proposed = round(value * 0.7, -3)
    answer = sent(office["kari"], case_id, "decide", fields | {"value": f"{proposed:,}".replace(",", " ")})
    assert "sent-to-control" in answer.headers["location"]
    before = shown(office["nina"], case_id)
    assert "Your own view first" in before
    assert "Sales 1 and 2" not in before
    view = {"version": version(before), "idempotency_key": f"view-{next(KEYS):08d}", "value": str(round(value * 0.8))}
    assert sent(office["nina"], case_id, "own-view", view).status_code == 303
    after = shown(office["nina"], case_id)
    assert "Sales 1 and 2" in after
    approval = {"version": version(after), "idempotency_key": f"yes-{next(KEYS):08d}"}
    assert sent(office["nina"], case_id, "approve", approval).status_code == 303
    assert "approved by nina" in shown(office["kari"], case_id)


def test_the_slower_of_two_keeps_the_text_and_sees_the_case_as_it_is_now(office):
    case_id = open_cases_with_sales(office, 1)[0]
    mine, theirs = (decision(shown(office[name], case_id)) for name in ("kari", "ola"))
    assert sent(office["ola"], case_id, "decide", theirs).status_code == 303
    answer = sent(
        office["kari"], case_id, "decide", mine | {"text": "The roof leaks: 300 000 to mend it, says sale 1."}
    )
    assert answer.status_code == 412
    assert "A colleague changed the case" in wrong(answer.text)
    assert "The roof leaks" in answer.text


def test_a_case_of_the_blind_sample_tells_nothing_of_its_value_before_an_own_estimate(office):
    blind = [
        case for case in listed(office["kari"], flag="drawn-at-random") if "own-view" in shown(office["kari"], case)
    ]
    told = shown(office["per"], blind[0])
    value = re.findall(r'<dl class="figures" id="value"><div><dt>Value</dt><dd>([^<]*)</dd>', told)[0]
    before = shown(office["kari"], blind[0])
    assert value not in before
    assert 'id="sales"' not in before
    trial = office["kari"].post(f"/cases/{blind[0]}/what-if", data={"fact": "rooms", "to": "4"})
    assert value not in trial.text
    fields = {"version": version(before), "idempotency_key": f"own-{next(KEYS):08d}", "value": "3 900 000"}
    assert sent(office["kari"], blind[0], "own-view", fields).status_code == 303
    assert value in shown(office["kari"], blind[0])


def test_what_is_stored_as_markup_is_shown_as_text(office):
    case_id = open_cases_with_sales(office, 1)[0]
    nasty = "<img src=x onerror=alert(1)> the sale of 4 400 000 says so {{ 7*7 }}"
    sent(office["kari"], case_id, "decide", decision(shown(office["kari"], case_id), text=nasty))
    text = shown(office["kari"], case_id)
    assert "<img src=x" not in text
    assert html.escape("<img src=x onerror=alert(1)>") in text
    assert "{{ 7*7 }}" in text


def test_a_case_of_another_district_is_as_if_it_were_not_there(office):
    case_id = open_cases_with_sales(office, 1)[0]
    answers = [office["elsewhere"].get(f"/cases/{one}", params={"lang": "en"}) for one in (case_id, "0" * 20)]
    assert [answer.status_code for answer in answers] == [404, 404]
    told = [re.findall(r"<main.*?Request", answer.text, re.S)[0] for answer in answers]
    assert told[0] == told[1]


def test_a_trial_answers_with_value_range_and_causes_and_stores_nothing(office):
    case_id = open_cases_with_sales(office, 1)[0]
    before = shown(office["kari"], case_id)
    answer = office["kari"].post(
        f"/cases/{case_id}/what-if", params={"lang": "nb"}, data={"fact": "living_area_m2", "to": "69,5"}
    )
    assert answer.status_code == 200
    assert "69,5\xa0m²" in answer.text
    assert "Forskjellen er" in answer.text
    assert version(before) == version(shown(office["kari"], case_id))


@pytest.mark.parametrize("typed", ["0", "-5", "69000", "", "mange"])
def test_a_fact_that_cannot_be_is_answered_beside_its_field_with_no_number(office, typed):
    case_id = open_cases_with_sales(office, 1)[0]
    answer = office["kari"].post(
        f"/cases/{case_id}/what-if", params={"lang": "nb"}, data={"fact": "living_area_m2", "to": typed}
    )
    assert answer.status_code == 422
    assert 'id="to-error"' in answer.text
    assert "Forskjellen er" not in answer.text


def test_a_proposed_correction_stands_on_the_case_with_its_source(office):
    case_id = open_cases_with_sales(office, 1)[0]
    fields = {
        "version": version(shown(office["kari"], case_id)),
        "idempotency_key": f"fix-{next(KEYS):08d}",
        "characteristic": "living_area_m2",
        "proposed": "69,5",
        "source": "drawing of 2019, archive 19/204",
    }
    assert sent(office["kari"], case_id, "corrections", fields).status_code == 303
    assert "drawing of 2019, archive 19/204" in shown(office["kari"], case_id)


def test_a_complaint_goes_from_the_day_it_came_in_to_its_answer(office):
    case_id = open_cases_with_sales(office, 1)[0]
    sent(office["kari"], case_id, "decide", decision(shown(office["kari"], case_id)))
    page = office["kari"].get(f"/cases/{case_id}/complaint", params={"lang": "en"})
    fields = {
        "version": version(page.text),
        "idempotency_key": f"complaint-{next(KEYS):06d}",
        "received_on": "2026-02-10",
        "notified_on": "2026-02-01",
        "arguments": "The cellar is damp.\nThe road is noisy.",
        "enclosed_values": "3 900 000",
    }
    assert sent(office["kari"], case_id, "complaint", fields).status_code == 303
    page = office["kari"].get(f"/cases/{case_id}/complaint", params={"lang": "en"}).text
    assert "The cellar is damp." in page
    assert page.count("Answer to argument") == 2
    answer = {
        "version": version(page),
        "idempotency_key": f"answer-{next(KEYS):06d}",
        "number": "1",
        "answer": "Sale 1 had a damp cellar too, and its price of 4 400 000 shows it.",
    }
    assert sent(office["kari"], case_id, "complaint-answers", answer).status_code == 303
    assert "had a damp cellar too" in office["kari"].get(f"/cases/{case_id}/complaint").text


def test_the_next_case_is_reserved_for_who_asked(office):
    answer = office["ola"].post(
        "/cases/next", data={"idempotency_key": f"next-{next(KEYS):08d}"}, follow_redirects=False
    )
    assert answer.status_code == 303
    text = shown(office["ola"], answer.headers["location"].rsplit("/", 1)[1])
    assert "reserved for you until" in text


def test_the_list_is_narrowed_by_flag_and_by_what_was_typed(office):
    everything = office["kari"].get("/cases", params={"lang": "en"}).text
    flag = re.findall(r'name="flag" value="([a-z-]+)"', everything)[0]
    narrowed = listed(office["kari"], flag=flag)
    assert 0 < len(narrowed) <= len(listed(office["kari"]))
    dwelling = re.findall(r'<span class="small muted">(\d{4}-[^ <]+)', everything)[0]
    assert len(listed(office["kari"], text=dwelling)) == 1


def test_who_only_reads_gets_no_case_and_who_is_unknown_is_sent_to_the_login(office):
    nobody = TestClient(office["kari"].app, headers={"Accept": "text/html"}, follow_redirects=False)
    answer = nobody.get("/cases")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?return_to=%2Fcases")
    # Somebody who analyses sees the cases and is told, in words, that settling them is not for them.
    case_id = open_cases_with_sales(office, 1)[0]
    assert sent(office["per"], case_id, "decide", decision(shown(office["kari"], case_id))).status_code == 403


def test_a_found_dwelling_leads_to_its_case_or_to_its_own_page(office):
    found = office["kari"].get("/dwellings", params={"text": "H0101", "lang": "en"})
    assert found.status_code == 200
    first = re.findall(r'href="(/dwellings/[0-9a-f]+)"', found.text)
    pages = [office["kari"].get(address, params={"lang": "en"}) for address in first[:6]]
    assert {page.status_code for page in pages} == {200}


def test_the_leaders_page_gives_shares_with_intervals_and_ranks_nobody(office):
    page = office["per"].get("/oversight", params={"lang": "en"})
    assert page.status_code == 200
    assert "kari" not in page.text
    assert "Where the cases stand" in page.text
    assert office["kari"].get("/oversight").status_code == 403
