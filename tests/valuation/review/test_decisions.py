"""What comes of a decision: in force, to control, taken back; one by one, alike, or by rows of a table?"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import (
    ACCEPT,
    ADA,
    KARI,
    NINA,
    OLA,
    REMARK,
    VALUE,
    Office,
    a_case,
    a_choice,
    a_decision,
    in_state,
    value_at_hand,
)
from valuation.errors import ActionRefused, CaseChanged
from valuation.pipeline.params import ReviewParams
from valuation.review import actions
from valuation.review.actions import CaseToDecide
from valuation.review.attempts import is_noted, note_attempt
from valuation.review.four_eyes import is_above_a_limit, is_drawn, needs_second_reader
from valuation.review.queue import harm, next_case
from valuation.review.refusals import refused
from valuation.review.workflow import stamp

LIMITS = ReviewParams(reread_share=0, four_eyes_share=0.15, four_eyes_money=1_000_000)


@pytest.fixture
def office() -> Office:
    return Office(MemoryReviews())


def numbered(number: int, **more):
    return a_case(case_id=f"case-{number}", dwelling_id=f"dwelling-{number}", value_id=f"value-{number}", **more)


# --- four eyes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "stands", "is_above"),
    [
        (4_600_000, 4_000_000, False),  # 15 % exactly
        (4_600_001, 4_000_000, True),
        (3_400_000, 4_000_000, False),
        (3_399_999, 4_000_000, True),
        (21_000_000, 20_000_000, False),  # a million exactly
        (21_000_001, 20_000_000, True),
        (4_000_000, None, True),
        (None, 4_000_000, True),
        (None, None, False),
        (4_000_000, 4_000_000, False),
    ],
)
def test_a_second_person_is_needed_above_a_share_or_an_amount_and_where_a_number_comes_or_goes(value, stands, is_above):
    assert is_above_a_limit(value, stands, LIMITS) is is_above


def test_an_inspection_needs_no_second_person():
    decision = a_decision(outcome="needs_inspection", value=None)
    assert not needs_second_reader(decision, a_case(), LIMITS.model_copy(update={"reread_share": 1.0}))


def test_lots_fall_on_the_set_share_whatever_the_order():
    cases = [f"case-{number}" for number in range(20_000)]
    drawn = [case for case in cases if is_drawn("reread", case, 0.05, LIMITS)]
    # Four standard deviations of a binomial around 1,000.
    assert abs(len(drawn) - 1000) < 4 * math.sqrt(20_000 * 0.05 * 0.95)
    assert drawn == [case for case in reversed(cases) if is_drawn("reread", case, 0.05, LIMITS)][::-1]
    assert drawn != [case for case in cases if is_drawn("blind", case, 0.05, LIMITS)]


def test_a_decision_on_which_the_lot_falls_is_read_again(office):
    office.params = LIMITS.model_copy(update={"reread_share": 1.0})
    office.given(a_case())
    assert office.does(KARI, actions.decide, "case-1", ACCEPT).state == "control"


def test_who_is_caseworker_and_second_reader_does_not_approve_their_own(office):
    both = replace(KARI, roles=KARI.roles | NINA.roles)
    office.given(a_case())
    office.does(both, actions.decide, "case-1", a_choice(value=6_000_000))
    with pytest.raises(ActionRefused) as raised:
        office.does(both, actions.approve)
    assert raised.value.code == "nobody-approves-their-own"


# --- taking back -----------------------------------------------------------------------------------------------------


def test_a_decision_taken_back_is_a_draft_again_and_can_be_made_anew(office):
    office.given(a_case())
    office.does(KARI, actions.decide, "case-1", a_choice(value=4_200_000))
    case = office.does(KARI, actions.reopen)
    assert (case.state, case.decision, case.value_in_force) == ("begun", None, VALUE)
    assert case.draft_of("kari").value_typed == "4200000"
    assert case.decisions[0].ended_at is not None
    case = office.does(KARI, actions.decide, "case-1", ACCEPT)
    assert (case.value_in_force, len(case.decisions), case.draft_of("kari")) == (VALUE, 2, None)


def test_what_an_inspection_found_leads_back_to_an_open_case(office):
    office.given(a_case())
    choice = a_choice("needs_inspection", None, reason_code="condition-unknown")
    assert office.does(KARI, actions.decide, "case-1", choice).state == "needs_inspection"
    case = office.does(OLA, actions.record_inspection, findings=REMARK)
    assert (case.state, case.remarks[0].kind, case.decision) == ("open", "inspection", None)


def test_a_conflict_takes_the_proposal_back_and_leaves_the_case_to_others(office):
    office.given(in_state("control"))
    case = office.does(KARI, actions.declare_conflict)
    assert (case.state, case.proposal, case.conflicts) == ("open", None, {"kari"})
    with pytest.raises(ActionRefused):
        office.does(KARI, actions.reserve)
    assert office.does(OLA, actions.reserve).reserved_by == "ola"


def test_a_draft_outlives_the_reservation_and_whoever_takes_over(office):
    office.given(a_case())
    office.does(KARI, actions.save_draft, text="Badet er fra 1962", value_typed="3,9 mill")
    office.later(minutes=16)
    office.does(OLA, actions.save_draft, text="Jeg tar over")
    case = office.does(OLA, actions.decide, "case-1", ACCEPT)
    assert case.draft_of("kari").text == "Badet er fra 1962"
    assert case.draft_of("kari").value_typed == "3,9 mill"


def test_each_saved_draft_begins_the_reservation_anew(office):
    office.given(a_case())
    for _ in range(3):
        office.does(KARI, actions.save_draft, text="Badet")
        office.later(minutes=14)
    with pytest.raises(ActionRefused, match="reserved"):
        office.does(OLA, actions.reserve)


def test_the_fact_corrected_stands_in_the_case_and_lets_it_be_decided_so(office):
    office.given(a_case())
    office.does(
        KARI,
        actions.propose_correction,
        characteristic="living_area_m2",
        proposed="69,5",
        source="målt på befaring 1. mars",
        record={"living_area_m2": 96.0},
    )
    choice = a_choice("facts_corrected", 3_900_000, reason_code="area-wrong")
    assert office.does(KARI, actions.decide, "case-1", choice).decision.outcome == "facts_corrected"


def test_a_case_opened_by_hand_says_why(office):
    with office.repository.transaction() as transaction:
        case = actions.open_case(
            office.desk(transaction, KARI), value_at_hand(a_case()), reason="Eieren ringte om taket"
        )
    assert (case.opened_because, case.remarks[0].text) == (("by-hand",), "Eieren ringte om taket")
    assert office.repository.record[0].action == "open_case"


# --- many ------------------------------------------------------------------------------------------------------------


def rows(*numbers: int, **more):
    return [(CaseToDecide(f"case-{number}", 1, 4_100_000), a_choice(**more)) for number in numbers]


def test_rows_are_looked_at_without_anything_being_stored(office):
    office.given(numbered(1), numbered(2), numbered(3, state="decided", decisions=(a_decision(),)))
    table = [*rows(1, 2, 3, 4, 1), (CaseToDecide("case-2", 9, 4_100_000), a_choice())]
    table[1] = (CaseToDecide("case-2", 1, 6_000_000), a_choice())
    with office.repository.transaction() as transaction:
        found = actions.check_rows(office.desk(transaction, KARI), table)
    assert [row.is_fine for row in found] == [True, True, False, False, False, False]
    assert [row.goes_to_control for row in found[:2]] == [False, True]
    assert [type(row.problem).__name__ for row in found] == ["NoneType"] * 3 + ["CaseNotFound"] + ["NoneType"] * 2
    assert [row.refusals[0].code for row in found if row.refusals] == ["not-in-this-state", "case-twice", "case-twice"]
    assert office.repository.record == []


def test_rows_are_decided_all_or_none(office):
    office.given(numbered(1), numbered(2))
    table = rows(1, 2)
    with pytest.raises(ActionRefused) as raised, office.repository.transaction() as transaction:
        actions.decide_rows(office.desk(transaction, KARI), [table[0], (table[1][0], a_choice(text="ok"))])
    assert raised.value.pointer == "/rows/1/text"
    assert office.repository.record == []
    with office.repository.transaction() as transaction:
        cases = actions.decide_rows(office.desk(transaction, KARI), table)
    assert [case.value_in_force for case in cases] == [4_100_000, 4_100_000]


def test_a_changed_row_stops_the_table(office):
    office.given(numbered(1), numbered(2))
    office.does(OLA, actions.reserve, "case-2")
    with pytest.raises(CaseChanged), office.repository.transaction() as transaction:
        actions.decide_rows(office.desk(transaction, KARI), rows(1, 2))
    assert office.case("case-1").state == "open"


def test_what_is_wrong_with_single_cases_of_a_group_is_said_of_all_of_them(office):
    office.given(numbered(1), numbered(2), numbered(3))
    chosen = [CaseToDecide("case-1", 1, 4_100_000), CaseToDecide("case-2", 1, None), CaseToDecide("case-3", 1, 90)]
    with pytest.raises(ActionRefused) as raised, office.repository.transaction() as transaction:
        actions.decide_alike(office.desk(transaction, KARI), chosen, a_choice())
    assert [one.pointer for one in raised.value.all()] == ["/cases/1/value", "/cases/2/value"]


def test_in_a_group_only_the_large_change_goes_to_control(office):
    office.given(numbered(1), numbered(2))
    chosen = [CaseToDecide("case-1", 1, 4_100_000), CaseToDecide("case-2", 1, 5_000_000)]
    with office.repository.transaction() as transaction:
        cases = actions.decide_alike(office.desk(transaction, KARI), chosen, a_choice())
    assert [case.state for case in cases] == ["decided", "control"]


# --- the next case ---------------------------------------------------------------------------------------------------


def test_the_next_case_is_first_what_was_sent_back_then_what_is_begun_then_harm(office):
    office.given(
        numbered(1, error_risk=0.9),
        numbered(2, state="begun", reserved_by="kari", reserved_until="2026-03-02T09:10:00.000000Z"),
        numbered(3, state="returned", returned_to="kari"),
        numbered(4, state="reserved", reserved_by="ola", reserved_until="2026-03-02T09:10:00.000000Z", error_risk=1.0),
        numbered(5, error_risk=0.5),
    )
    order = []
    for _ in range(4):
        found = next_case(office.repository, KARI, office.now)
        order.append(found.case_id)
        office.does(KARI, actions.declare_conflict, found.case_id)
    assert order == ["case-3", "case-2", "case-1", "case-5"]
    assert next_case(office.repository, KARI, office.now) is None


def test_nobody_is_offered_their_own_proposal_or_a_complaint_about_their_decision(office):
    both = replace(KARI, roles=KARI.roles | NINA.roles)
    office.given(in_state("control"), replace(in_state("complaint"), case_id="case-2", dwelling_id="dwelling-2"))
    assert next_case(office.repository, both, office.now) is None
    assert next_case(office.repository, OLA, office.now).case_id == "case-2"
    assert next_case(office.repository, NINA, office.now).case_id == "case-1"


def test_who_only_looks_is_offered_nothing(office):
    office.given(a_case())
    assert next_case(office.repository, ADA, office.now) is None


def test_a_case_without_a_value_is_worth_more_than_all_others():
    assert harm(a_case(appraised_value=None, error_risk=None), stamp(Office(MemoryReviews()).now)) == math.inf


# --- attempts --------------------------------------------------------------------------------------------------------


def test_a_collision_stands_in_the_record_and_a_mistake_in_a_form_does_not(office):
    office.given(a_case())
    with office.repository.transaction() as transaction:
        note_attempt(transaction, OLA, office.now, "decide", "case-1", CaseChanged(a_case()), version_seen=1)
        note_attempt(
            transaction, OLA, office.now, "decide", "case-1", refused("value-missing", "/value"), version_seen=1
        )
        note_attempt(
            transaction, OLA, office.now, "approve", "case-1", refused("nobody-approves-their-own"), version_seen=1
        )
    assert [(event.action, event.details["tried"], event.details["code"]) for event in office.repository.record] == [
        ("refused", "decide", "case-changed"),
        ("refused", "approve", "nobody-approves-their-own"),
    ]
    assert not is_noted(refused("text-without-fact", "/text"))
