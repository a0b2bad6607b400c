"""Is every rule of the review raised where it must be, with its code, its field and a sentence in three languages?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import (
    ACCEPT,
    KARI,
    NINA,
    NO_LOTS,
    OLA,
    PER,
    REMARK,
    TEXT,
    Office,
    a_case,
    a_choice,
    a_complaint,
    a_decision,
    in_state,
    value_at_hand,
)
from valuation.errors import ActionRefused
from valuation.review import actions
from valuation.review.actions import CaseToDecide
from valuation.review.case import OwnView, ReviewCase
from valuation.review.idempotency import Answer, Request, answered_once
from valuation.review.refusals import REFUSALS, refused

SOON = "2026-03-02T09:10:00.000000Z"
VIEW = OwnView("nina", SOON, 5_000_000, "second_reader")


def refusal_of(case: ReviewCase, actor: Any, action: Any, *given: Any, **named: Any) -> ActionRefused:
    office = Office(MemoryReviews(), params=named.pop("params", NO_LOTS))
    office.given(case)
    with pytest.raises(ActionRefused) as raised:
        office.does(actor, action, "case-1", *given, **named)
    assert office.case() == case
    assert office.repository.record == []
    return raised.value


def of_choice(choice: Any, case: ReviewCase | None = None, **named: Any) -> Callable[[], ActionRefused]:
    return lambda: refusal_of(case or a_case(), KARI, actions.decide, choice, **named)


def of(case: ReviewCase, actor: Any, action: Any, *given: Any, **named: Any) -> Callable[[], ActionRefused]:
    return lambda: refusal_of(case, actor, action, *given, **named)


def of_complaint(**named: Any) -> Callable[[], ActionRefused]:
    told = {"received_on": "2026-02-20", "arguments": (TEXT,)} | named
    return lambda: refusal_of(a_case(), KARI, actions.register_complaint, **told)


def of_result(choice: Any, result: str, **more: Any) -> Callable[[], ActionRefused]:
    case = in_state("complaint", complaint=a_complaint(**more))
    return lambda: refusal_of(case, OLA, actions.decide_complaint, choice, result=result)


def of_correction(**named: Any) -> Callable[[], ActionRefused]:
    told = {"characteristic": "living_area_m2", "proposed": "69,5", "source": "tegning 2", "record": {}} | named
    return lambda: refusal_of(a_case(), KARI, actions.propose_correction, **told)


def of_group(*cases: ReviewCase, **named: Any) -> Callable[[], ActionRefused]:
    def tried() -> ActionRefused:
        office = Office(MemoryReviews(), params=named.get("params", NO_LOTS))
        office.given(*{case.case_id: case for case in cases}.values())
        chosen = [CaseToDecide(case.case_id, case.version, 4_000_000) for case in cases]
        with pytest.raises(ActionRefused) as raised, office.repository.transaction() as transaction:
            actions.decide_alike(office.desk(transaction, KARI), chosen, a_choice())
        assert office.repository.record == []
        return raised.value

    return tried


def numbered(number: int, **more: Any) -> ReviewCase:
    return a_case(case_id=f"case-{number}", dwelling_id=f"dwelling-{number}", **more)


def of_a_second_case() -> ActionRefused:
    office = Office(MemoryReviews())
    office.given(a_case())
    value = a_case()
    with pytest.raises(ActionRefused) as raised, office.repository.transaction() as transaction:
        actions.open_case(office.desk(transaction, KARI), value_at_hand(value), reason=REMARK)
    return raised.value


def of_a_key_used_again() -> ActionRefused:
    repository = MemoryReviews()
    first = Request("key-1", "kari", "POST /x", b"{}", "2026-11-30T08:00:00.000000Z")
    answered_once(repository, first, lambda _: Answer(200, "done"))
    with pytest.raises(ActionRefused) as raised:
        answered_once(repository, replace(first, body=b'{"a":1}'), lambda _: Answer(200, "other"))
    return raised.value


BLIND = a_case(is_blind=True)
LATE = a_choice(text="x" * 5000)
CASES: dict[str, tuple[Callable[[], ActionRefused], str]] = {
    "role-may-not": (of(a_case(), PER, actions.decide, ACCEPT), ""),
    "not-in-this-state": (of(in_state("decided"), KARI, actions.decide, ACCEPT), ""),
    "reserved-by-another": (
        of(a_case(state="reserved", reserved_by="ola", reserved_until=SOON), KARI, actions.decide, ACCEPT),
        "",
    ),
    "not-your-reservation": (
        of(a_case(state="reserved", reserved_by="ola", reserved_until=SOON), KARI, actions.release_reservation),
        "",
    ),
    "conflict-declared": (of(a_case(conflicts=frozenset({"kari"})), KARI, actions.decide, ACCEPT), ""),
    "nobody-approves-their-own": (
        of(in_state("control", proposal=a_decision("nina"), own_views=(VIEW,)), NINA, actions.approve),
        "",
    ),
    "own-view-first": (of(in_state("control"), NINA, actions.approve), ""),
    "own-view-given": (of(in_state("control", own_views=(VIEW,)), NINA, actions.give_own_view, value=5_000_000), ""),
    "no-own-view-asked": (of(a_case(), KARI, actions.give_own_view, value=5_000_000), ""),
    "sent-on": (of(in_state("decided", sent_on_at=SOON), KARI, actions.reopen), ""),
    "not-your-decision": (of(in_state("decided"), OLA, actions.reopen), ""),
    "case-open-already": (of_a_second_case, ""),
    "unknown-outcome": (of_choice(a_choice("approved")), "/outcome"),
    "value-missing": (of_choice(a_choice(value=None)), "/value"),
    "value-not-asked": (
        of_choice(a_choice("needs_inspection", 4_000_000, reason_code="condition-unknown")),
        "/value",
    ),
    "value-not-whole": (of_choice(a_choice(value=4_000_000.5)), "/value"),
    "value-out-of-bounds": (of_choice(a_choice(value=99_999)), "/value"),
    "value-far-from-all": (of_choice(a_choice(value=42_000_000)), "/value"),
    "value-not-as-accepted": (of_choice(a_choice("accepted", 4_000_001)), "/value"),
    "nothing-to-accept": (of_choice(ACCEPT, a_case(appraised_value=None)), "/outcome"),
    "no-correction": (of_choice(a_choice("facts_corrected", reason_code="area-wrong")), "/outcome"),
    "unknown-reason": (of_choice(a_choice(reason_code="because")), "/reason_code"),
    "reason-does-not-fit": (of_choice(a_choice(reason_code="not-a-dwelling")), "/reason_code"),
    "text-says-nothing": (of_choice(a_choice(text="Etter en samlet vurdering")), "/text"),
    "text-without-fact": (of_choice(a_choice(text="Badet er gammelt og slitt overalt")), "/text"),
    "text-too-long": (of_choice(LATE), "/text"),
    "evidence-missing": (of_choice(a_choice(evidence=())), "/evidence"),
    "evidence-not-read": (of_choice(a_choice(evidence=("sale:s1", "hørte det"))), "/evidence/1"),
    "source-missing": (of_correction(source=" "), "/source"),
    "nothing-altered": (of_correction(record={"living_area_m2": 69.5}), "/proposed"),
    "no-cases": (of_group(numbered(1)), "/cases"),
    "too-many-cases": (
        of_group(*map(numbered, range(3)), params=NO_LOTS.model_copy(update={"max_together": 2})),
        "/cases",
    ),
    "case-twice": (of_group(numbered(1), numbered(2), numbered(1)), "/cases/2"),
    "not-alike": (of_group(numbered(1), numbered(2, dwelling_type="flat")), "/cases/1"),
    "date-not-read": (of_complaint(received_on="20.02.2026"), "/received_on"),
    "date-to-come": (of_complaint(received_on="2026-03-04"), "/received_on"),
    "date-before-notice": (of_complaint(notified_on="2026-02-21"), "/received_on"),
    "argument-missing": (of_complaint(arguments=()), "/arguments"),
    "too-many-arguments": (of_complaint(arguments=("nei",) * 31), "/arguments"),
    "no-such-argument": (
        of(in_state("complaint"), OLA, actions.answer_argument, number=2, answer=REMARK),
        "/number",
    ),
    "argument-unanswered": (of_result(ACCEPT, "rejected", answers=(None,)), "/answers/0"),
    "complaint-about-own-decision": (
        of(in_state("complaint"), KARI, actions.decide_complaint, ACCEPT, result="rejected"),
        "",
    ),
    "unknown-result": (of_result(ACCEPT, "granted"), "/result"),
    "result-does-not-fit": (of_result(ACCEPT, "upheld"), "/result"),
    "complaint-finished": (
        of(
            in_state("complaint_decided", complaint=a_complaint(result="rejected")),
            OLA,
            actions.pursue,
            received_on="2026-02-25",
        ),
        "",
    ),
    "idempotency-key-reused": (of_a_key_used_again, ""),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_rule_is_raised_with_its_code_its_field_and_a_sentence_in_each_language(code):
    raised, pointer = CASES[code]
    refusal = raised()
    assert (refusal.code, refusal.pointer) == (code, pointer)
    assert set(refusal.words) == {"nb", "nn", "en"}
    assert refusal.in_language("en") == refusal.found == str(refusal)
    assert not any(re.search(r"[{}]", text) for text in refusal.words.values())


def test_every_refusal_is_said_in_norwegian_twice_and_in_english():
    silent = [code for code, words in REFUSALS.items() if not words.nb or not words.nn or words.en in (words.nb,)]
    assert silent == []


def test_no_language_leaves_out_a_piece_that_another_tells():
    pieces = {
        code: {frozenset(re.findall(r"{(\w+)}", text)) for text in (words.en, words.nb, words.nn)}
        for code, words in REFUSALS.items()
    }
    assert [code for code, found in pieces.items() if len(found) != 1] == []


def test_all_that_is_missing_is_said_at_once_in_the_order_of_the_fields():
    refusal = of_choice(a_choice(value=None, reason_code="x", text="ok", evidence=()))()
    assert [one.pointer for one in refusal.all()] == ["/value", "/reason_code", "/text", "/evidence"]
    assert [one.code for one in refusal.all()] == [
        "value-missing",
        "unknown-reason",
        "text-says-nothing",
        "evidence-missing",
    ]


@pytest.mark.parametrize("value", [True, "4200000", 0, -1, float("nan"), float("inf"), 4_200_000.0, [4_200_000]])
def test_a_value_that_is_no_whole_amount_is_refused(value):
    assert of_choice(a_choice(value=value))().code == "value-not-whole"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "OK",
        "etter ei samla vurdering",
        "Etter en  SAMLET\u200b vurdering, godkjent!",
        "ut fra en helhetsvurdering er det ok",
        "bra bra bra bra bra bra 5",
        "1962 1962 1962 1962 1962",
        "\u202e\u200b\u200b",
    ],
)
def test_a_phrase_that_fits_every_case_is_no_reason(text):
    assert of_choice(a_choice(text=text))().code == "text-says-nothing"


@pytest.mark.parametrize(
    ("proposed", "code"),
    [("0", "outside-plausible"), ("-5", "outside-plausible"), ("69000", "outside-plausible"), ("abc", "not-a-number")],
)
def test_a_fact_that_cannot_be_is_refused_beside_its_field(proposed, code):
    refusal = of_correction(proposed=proposed)()
    assert (refusal.code, refusal.pointer) == (code, "/proposed")
    assert refusal.words["nb"] != refusal.words["en"]


def test_a_fact_nobody_records_is_refused_beside_its_name():
    refusal = of_correction(characteristic="colour")()
    assert (refusal.code, refusal.pointer) == ("unknown-characteristic", "/characteristic")


def test_an_area_with_a_decimal_comma_is_taken_and_the_register_left_as_it_is():
    office = Office(MemoryReviews())
    office.given(a_case())
    record = {"living_area_m2": 96.0}
    named = {"characteristic": "living_area_m2", "proposed": "69,5", "source": "målt på befaring", "record": record}
    correction = office.does(KARI, actions.propose_correction, **named).corrections[0]
    assert (correction.recorded, correction.proposed, record) == (96.0, 69.5, {"living_area_m2": 96.0})


def test_who_has_reserved_a_case_is_said_with_the_minutes_left():
    held = a_case(state="reserved", reserved_by="ola", reserved_until=SOON)
    told = refusal_of(held, KARI, actions.begin).in_language("nn")
    assert told == "ola har reservert saka i 10 minutt til. Ta ei anna sak, eller vent."


@pytest.mark.parametrize(
    ("actor", "state", "whose"), [(KARI, "control", "«kontrollør»"), (NINA, "begun", "«saksbehandler»")]
)
def test_nobody_puts_their_name_on_what_is_the_work_of_others(actor, state, whose):
    refusal = refusal_of(in_state(state, proposal=a_decision("ola")), actor, actions.reserve)
    assert refusal.in_language("nb") == f"Rollen din gir ikke adgang til dette: å reservere er for {whose}."


def test_a_refusal_that_is_not_in_the_table_cannot_be_made():
    with pytest.raises(KeyError):
        refused("no-such-rule")
