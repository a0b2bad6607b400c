"""Is a complaint registered whenever it came, answered in full, decided by another, and finished when it is?"""

from __future__ import annotations

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import (
    ACCEPT,
    ADA,
    KARI,
    NINA,
    OLA,
    REMARK,
    TEXT,
    Office,
    a_case,
    a_choice,
    in_state,
    value_at_hand,
)
from valuation.errors import ActionRefused
from valuation.review import actions

TOO_HIGH, TOO_COLD = "Naboen fikk 3,4 millioner", "Huset har ikke innlagt vann"


@pytest.fixture
def office() -> Office:
    return Office(MemoryReviews())


def registered(office: Office, case=None, **named):
    office.given(case or in_state("decided"))
    told = {"received_on": "2026-02-20", "arguments": (TOO_HIGH, TOO_COLD)} | named
    return office.does(OLA, actions.register_complaint, **told)


def answered(office: Office):
    for number in (1, 2):
        case = office.does(OLA, actions.answer_argument, number=number, answer=REMARK)
    return case


def test_a_complaint_in_full_ends_when_it_is_partly_upheld_unless_the_owner_asks_on_once(office):
    case = registered(office, notified_on="2026-01-15", enclosed_values=(3_300_000,))
    assert (case.state, case.complaint.due_on, case.complaint.is_late) == ("complaint", "2026-02-26", False)
    assert case.value_in_force == 4_000_000
    answered(office)
    case = office.does(OLA, actions.decide_complaint, "case-1", a_choice(value=3_800_000), result="partly_upheld")
    assert (case.state, case.value_in_force, case.complaint.result) == (
        "complaint_decided",
        3_800_000,
        "partly_upheld",
    )
    office.does(ADA, actions.send_on)
    case = office.does(KARI, actions.pursue, received_on="2026-03-01", argument="Jeg ber om 3,5 millioner")
    assert (case.state, len(case.complaint.arguments), case.complaint.is_pursued) == ("complaint", 3, True)
    office.does(KARI, actions.answer_argument, number=3, answer=REMARK)
    # Ola's decision is the one complained about now: Kari may decide.
    case = office.does(KARI, actions.decide_complaint, "case-1", ACCEPT, result="rejected")
    assert (case.value_in_force, case.complaint.result) == (3_800_000, "rejected")
    with pytest.raises(ActionRefused, match="finished"):
        office.does(OLA, actions.pursue, received_on="2026-03-02")


@pytest.mark.parametrize("result", ["upheld", "rejected", "raised"])
def test_only_a_partly_upheld_complaint_can_be_asked_on_about(office, result):
    from tests.review_office import a_complaint

    office.given(in_state("complaint_decided", complaint=a_complaint(result=result)))
    with pytest.raises(ActionRefused, match="finished"):
        office.does(OLA, actions.pursue, received_on="2026-03-01")


@pytest.mark.parametrize(
    ("received_on", "is_late"), [("2026-02-12", False), ("2026-02-13", True), ("2026-01-01", False)]
)
def test_a_late_complaint_is_registered_and_said_to_be_late(office, received_on, is_late):
    case = registered(office, received_on=received_on, notified_on="2026-01-01")
    assert (case.complaint.due_on, case.complaint.is_late) == ("2026-02-12", is_late)
    assert office.repository.record[-1].details["is_late"] is is_late


def test_where_the_start_is_not_known_no_complaint_is_called_late(office):
    assert registered(office).complaint.due_on is None


def test_where_the_law_gives_no_weeks_no_complaint_is_called_late():
    office = Office(MemoryReviews())
    office.place = office.place.model_copy(update={"law": None})
    assert registered(office, notified_on="2025-01-01").complaint.is_late is False


def test_the_value_may_go_up_after_a_complaint(office):
    registered(office)
    answered(office)
    case = office.does(OLA, actions.decide_complaint, "case-1", a_choice(value=4_400_000), result="raised")
    assert (case.value_in_force, case.complaint.result) == (4_400_000, "raised")


def test_a_large_change_after_a_complaint_goes_to_control_and_back_to_the_complaint(office):
    registered(office)
    answered(office)
    choice = a_choice(value=3_000_000)
    assert office.does(OLA, actions.decide_complaint, "case-1", choice, result="upheld").state == "control"
    office.does(NINA, actions.give_own_view, value=3_700_000)
    case = office.does(NINA, actions.send_back, comment=REMARK)
    assert (case.state, case.complaint.result, case.returned_to) == ("complaint", None, "ola")
    assert case.draft_of("ola").value_typed == "3000000"
    office.does(OLA, actions.decide_complaint, "case-1", choice, result="upheld")
    case = office.does(NINA, actions.approve)
    assert (case.state, case.value_in_force, case.complaint.result) == ("complaint_decided", 3_000_000, "upheld")


def test_a_complaint_decision_taken_back_leaves_the_decision_before_it_in_force(office):
    registered(office)
    answered(office)
    office.does(OLA, actions.decide_complaint, "case-1", a_choice(value=3_900_000), result="upheld")
    case = office.does(OLA, actions.reopen)
    assert (case.state, case.value_in_force, case.complaint.result) == ("complaint", 4_000_000, None)


def test_a_complaint_about_a_value_without_a_case_opens_one(office):
    value = value_at_hand(a_case())
    with office.repository.transaction() as transaction:
        case = actions.register_complaint_on_value(
            office.desk(transaction, KARI), value, received_on="2026-02-20", arguments=(TOO_HIGH,)
        )
    assert (case.state, case.opened_because, case.version) == ("complaint", ("complaint",), 2)
    assert [event.action for event in office.repository.record] == ["open_case", "register_complaint"]


def test_work_under_way_is_kept_as_a_draft_when_a_complaint_comes(office):
    case = registered(office, in_state("control"))
    assert (case.proposal, case.draft_of("kari").value_typed) == (None, "6000000")


def test_an_inspection_that_waits_does_not_stand_in_the_way_of_the_value_in_force(office):
    case = registered(office, in_state("needs_inspection"))
    assert (case.decision, case.value_in_force) == (None, 4_000_000)


def test_all_that_is_wrong_with_a_complaint_is_said_at_once(office):
    office.given(a_case())
    with pytest.raises(ActionRefused) as raised:
        office.does(
            KARI,
            actions.register_complaint,
            received_on="i går",
            arguments=(TEXT, " "),
            enclosed_values=(3_300_000, "4 mill"),
        )
    assert [one.pointer for one in raised.value.all()] == ["/received_on", "/arguments/1", "/enclosed_values/1"]


def test_an_answer_can_be_changed_until_the_complaint_is_decided(office):
    registered(office)
    office.does(OLA, actions.answer_argument, number=1, answer=REMARK)
    case = office.does(KARI, actions.answer_argument, number=1, answer="Naboens hus er 40 m² mindre")
    assert case.complaint.answers == ("Naboens hus er 40 m² mindre", None)
