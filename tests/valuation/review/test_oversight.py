"""Do the leader's figures say what happened, with what is not known of them, and nothing about single people?"""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import KARI, MONDAY, NO_LOTS, PLACE, Office, a_case, a_choice, a_complaint, a_decision
from valuation.review import actions
from valuation.review.case import Correction, OwnView
from valuation.review.drafted import SaleToName, drafted_text
from valuation.review.oversight import oversight, share
from valuation.review.sight import as_seen


def settled(number: int, value: int | None = 4_000_000, by: str = "kari", at: str = "2026-02-24", **more):
    decision = a_decision(by, value=value, at=f"{at}T10:00:00.000000Z", outcome=more.pop("outcome", "accepted"))
    case = a_case(case_id=f"case-{number}", state="decided", decisions=(decision,), begun_at=f"{at}T09:30:00.000000Z")
    return replace(case, **more)


def told(*cases):
    return oversight(cases, MONDAY, NO_LOTS)


def test_an_office_without_cases_has_no_figures_and_no_error():
    found = told()
    assert (found.by_state, found.oldest_open, found.blind_agreement.share) == ({}, None, None)


def test_cases_are_counted_by_the_week_of_their_decision():
    found = told(settled(1), settled(2, at="2026-02-27"), settled(3, at="2026-03-02"), a_case())
    assert found.decided_by_week == {"2026-W09": 2, "2026-W10": 1}
    assert found.by_state == {"decided": 3, "open": 1}


def test_the_oldest_open_case_is_named_with_its_days():
    young = a_case(case_id="case-9", opened_at="2026-03-01T08:00:00.000000Z")
    found = told(young, a_case(), settled(1, opened_at="2025-01-01T08:00:00.000000Z"))
    assert (found.oldest_open, found.oldest_days) == ("case-1", 30)


def test_outcomes_are_told_by_what_opened_the_case():
    cases = [settled(number) for number in range(6)]
    cases += [settled(number, 4_400_000, outcome="own_value", opened_because=("far-from-sales",)) for number in (7, 8)]
    found = told(*cases).outcomes_by_cause
    assert found["error-likely"]["accepted"].share == 1.0
    assert (found["far-from-sales"]["own_value"].n, found["far-from-sales"]["own_value"].share) == (2, None)


def test_agreement_of_blind_estimates_has_its_interval():
    views = [3_600_000, 4_400_000, 4_400_001, 4_000_000, 3_000_000]
    cases = [
        settled(number, own_views=(OwnView("kari", "2026-02-24T09:00:00.000000Z", value, "blind_sample"),))
        for number, value in enumerate(views)
    ]
    found = told(*cases).blind_agreement
    assert (found.n, found.of, found.share) == (3, 5, 0.6)
    assert found.low < 0.6 < found.high


def test_second_readers_are_held_against_what_the_first_proposed():
    decision = a_decision(value=5_000_000, approved_by="nina", approved_at="2026-02-25T10:00:00.000000Z")
    view = OwnView("nina", "2026-02-25T09:00:00.000000Z", 4_900_000, "second_reader")
    cases = [settled(number, decisions=(decision,), own_views=(view,)) for number in range(5)]
    found = told(*cases)
    assert (found.readers_agreement.n, found.blind_agreement.of) == (5, 0)


def test_errors_among_the_unflagged_are_those_of_the_drawn_alone():
    drawn = [settled(number, opened_because=("drawn-at-random",)) for number in range(9)]
    wrong = settled(10, 3_000_000, outcome="own_value", opened_because=("drawn-at-random",))
    near = settled(11, 3_400_000, outcome="own_value", opened_because=("drawn-at-random",))
    found = told(*drawn, wrong, near, settled(12, 2_000_000, outcome="own_value")).unflagged_errors
    assert (found.n, found.of) == (1, 11)


def test_overrides_are_told_by_price_level_and_area_with_their_direction():
    cases = [
        settled(
            number, 4_400_000 if number < 5 else 4_000_000, outcome="own_value", market_area="A" if number < 5 else "B"
        )
        for number in range(10)
    ]
    found = told(*cases)
    by_area = {one.group: one for one in found.overrides_by_area}
    assert (by_area["A"].overridden.n, by_area["A"].raised, by_area["A"].median_change) == (5, 5, 0.1)
    assert (by_area["B"].overridden.n, by_area["B"].median_change) == (0, None)
    assert [one.overridden.of for one in found.overrides_by_price] == [2, 2, 2, 2, 2]


def test_complaints_are_counted_by_result_with_those_that_wait_and_those_late():
    waiting = a_case(state="complaint", complaint=a_complaint(is_late=True))
    decided = a_case(state="complaint_decided", complaint=a_complaint(result="rejected"))
    assert told(waiting, decided).complaints == {"late": 1, "rejected": 1, "waiting": 1}


def test_nobody_is_named_or_counted_by_person():
    cases = [settled(number, by=by, conflicts=frozenset({"ola"})) for number, by in enumerate(["kari", "ola"] * 5)]
    text = json.dumps(asdict(told(*cases)))
    assert [name for name in ("kari", "ola", "nina") if name in text] == []


def test_time_is_told_from_five_cases_on():
    assert told(*(settled(number) for number in range(5))).median_minutes == 30.0
    assert told(*(settled(number) for number in range(4))).median_minutes is None


@pytest.mark.parametrize(
    # Newcombe (1998), table I, method 3.
    ("n", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_published(n, of, low, high):
    found = share(n, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


# --- drafts of texts -------------------------------------------------------------------------------------------------

SALES = [SaleToName("Storgata 1", 3_900_000, "2025-10-03"), SaleToName("Storgata 3", 4_050_000, "2025-11-20")]


def test_the_draft_of_a_text_names_value_reason_correction_and_sales():
    case = a_case(corrections=(Correction("kari", "x", "rooms", 3.0, 4.0, "befaring"),))
    text = drafted_text(
        as_seen(case, KARI),
        PLACE,
        "nb",
        outcome="own_value",
        value=4_400_000,
        reason_code="fits-comparable-sales",
        sales=SALES,
    )
    assert text.replace("\xa0", " ") == (
        "Verdien settes til 4 400 000 kroner, 10 % over den beregnede verdien. Begrunnelse: stemmer med "
        "sammenlignbare salg. the fact er 4, ikke 3 som registrert (kilde: befaring). Nærmeste salg: Storgata 1 for "
        "3 900 000 kroner (3. oktober 2025); Storgata 3 for 4 050 000 kroner (20. november 2025)."
    )


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize(
    "outcome", ["accepted", "own_value", "facts_corrected", "needs_inspection", "cannot_be_valued"]
)
def test_the_draft_of_a_text_tells_nothing_of_a_hidden_value(language, outcome):
    seen = as_seen(a_case(is_blind=True, appraised_value=4_123_457), KARI)
    text = drafted_text(seen, PLACE, language, outcome=outcome, value=4_000_000)
    assert "123" not in text
    assert "%" not in text


def test_the_draft_of_an_accepted_value_with_a_sale_is_a_reason_by_itself():
    office = Office(MemoryReviews())
    office.given(a_case())
    text = drafted_text(
        as_seen(a_case(), KARI), PLACE, "nn", outcome="accepted", reason_code="no-error-found", sales=SALES
    )
    assert office.does(KARI, actions.decide, "case-1", a_choice("accepted", None, text=text)).state == "decided"
