"""Does nobody get what would lead them, or what is not in their part of the municipality?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import (
    ADA,
    KARI,
    LEO,
    NINA,
    OLA,
    PER,
    RITA,
    Office,
    a_case,
    a_choice,
    a_decision,
    in_state,
    value_at_hand,
)
from valuation.errors import ActionRefused, CaseNotFound, ValueNotFound
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.case import Draft, OwnView, Remark
from valuation.review.permissions import CHECKS, can_see, refusals_of
from valuation.review.repository import CaseQuery
from valuation.review.sight import as_seen, events_as_seen, is_model_hidden, within_sight

# Numbers that stand nowhere else: found in an answer, they were told.
MODEL = {
    "appraised_value": 4_123_457,
    "lower_value": 3_234_568,
    "upper_value": 5_345_679,
    "error_risk": 0.456781,
    "expected_tax_error": 987.654321,
}
FIRST = 6_567_891
FIRST_WORDS = "Verdien er seksmillionersekshundre"
NOON = "2026-03-02T12:00:00.000000Z"
BLIND = a_case(is_blind=True, **MODEL)
WORKED_ON = replace(
    BLIND,
    drafts=(Draft("ola", NOON, "own_value", str(FIRST), None, FIRST_WORDS),),
    remarks=(Remark("ola", NOON, FIRST_WORDS, "sent_back"), Remark("ola", NOON, "Taket lekker", "inspection")),
    own_views=(OwnView("ola", NOON, FIRST, "blind_sample"),),
    decisions=(a_decision("ola", outcome="needs_inspection", value=None, text=FIRST_WORDS, ended_at=NOON),),
)
PROPOSAL = a_decision("kari", outcome="own_value", value=FIRST, text=FIRST_WORDS)
IN_CONTROL = replace(
    WORKED_ON,
    state="control",
    is_blind=False,
    proposal=PROPOSAL,
    drafts=(Draft("kari", NOON, "own_value", str(FIRST), None, FIRST_WORDS),),
    decisions=(replace(PROPOSAL, ended_at=NOON),),
)
BOTH = Actor("both", frozenset({"caseworker", "analyst", "administrator"}))


def told(case, actor) -> str:
    return json.dumps(as_seen(case, actor).content(), ensure_ascii=False)


def holds(text: str, *secrets: object) -> list[object]:
    return [secret for secret in secrets if str(secret) in text]


@pytest.mark.parametrize("actor", [KARI, NINA, BOTH], ids=lambda actor: actor.user_id)
@pytest.mark.parametrize("state", ["open", "reserved", "begun", "returned", "control", "needs_inspection"])
def test_nothing_of_the_models_value_is_told_to_who_works_on_a_blind_case(actor, state):
    text = told(replace(WORKED_ON, state=state), actor)
    assert holds(text, *MODEL.values(), *MODEL, FIRST, FIRST_WORDS) == []
    assert is_model_hidden(replace(WORKED_ON, state=state), actor)


def test_facts_are_told_in_a_blind_case():
    text = told(WORKED_ON, KARI)
    assert holds(text, "Taket lekker", '"prior_value": 3500000', "error-likely") == [
        "Taket lekker",
        '"prior_value": 3500000',
        "error-likely",
    ]


@pytest.mark.parametrize("actor", [PER, ADA, RITA, LEO], ids=lambda actor: actor.user_id)
def test_who_does_not_work_on_cases_is_not_blind(actor):
    assert holds(told(WORKED_ON, actor), *MODEL.values()) == list(MODEL.values())


def test_an_own_estimate_opens_a_blind_case_for_its_author_alone():
    office = Office(MemoryReviews())
    office.given(BLIND)
    case = office.does(KARI, actions.give_own_view, value=4_000_000)
    assert holds(told(case, KARI), *MODEL.values()) == list(MODEL.values())
    assert holds(told(case, OLA), *MODEL.values(), 4_000_000) == []


def test_a_blind_case_is_not_decided_before_the_own_estimate():
    office = Office(MemoryReviews())
    office.given(BLIND)
    with pytest.raises(ActionRefused) as raised:
        office.does(KARI, actions.decide, "case-1", a_choice("accepted", None))
    assert raised.value.code == "own-view-first"
    office.does(KARI, actions.give_own_view, value=4_000_000)
    assert office.does(KARI, actions.decide, "case-1", a_choice("accepted", None)).state == "decided"


@pytest.mark.parametrize("value", [150_000, 79_000_000])
def test_an_estimate_far_from_the_hidden_value_is_taken_so_that_nothing_is_told_by_a_refusal(value):
    office = Office(MemoryReviews())
    office.given(BLIND)
    assert office.does(KARI, actions.give_own_view, value=value).own_views[0].value == value


def test_a_refusal_in_a_blind_case_tells_no_value():
    found = refusals_of(replace(WORKED_ON, state="control", proposal=PROPOSAL), NINA, Office(MemoryReviews()).now)
    texts = [text for refusal in found.values() if refusal is not None for text in refusal.words.values()]
    assert [text for text in texts if holds(text, *MODEL.values(), FIRST)] == []


def test_the_second_reader_gets_nothing_of_the_first_ones_value_before_an_own_view():
    text = told(IN_CONTROL, NINA)
    assert holds(text, FIRST, FIRST_WORDS) == []
    assert "proposal" not in json.loads(text)
    assert holds(text, MODEL["appraised_value"]) == [MODEL["appraised_value"]]


def test_the_second_reader_gets_all_of_it_after_the_own_view():
    office = Office(MemoryReviews())
    office.given(replace(IN_CONTROL, own_views=()))
    case = office.does(NINA, actions.give_own_view, value=5_000_000)
    assert case.own_views[-1].kind == "second_reader"
    assert json.loads(told(case, NINA))["proposal"]["value"] == FIRST


@pytest.mark.parametrize("state", ["open", "reserved", "begun", "returned", "complaint"])
def test_a_second_reader_gets_no_draft_of_a_case_that_may_come_to_them(state):
    case = replace(IN_CONTROL, state=state, proposal=None, remarks=())
    assert holds(told(case, NINA), FIRST, FIRST_WORDS) == []


def test_another_caseworker_who_takes_the_case_over_gets_the_draft():
    assert holds(told(replace(IN_CONTROL, state="begun", proposal=None), OLA), FIRST_WORDS) == [FIRST_WORDS]


def test_the_decision_that_is_complained_about_is_no_secret_to_the_second_reader():
    case = replace(in_state("complaint"), state="control", proposal=a_decision("ola", complaint_result="rejected"))
    assert len(json.loads(told(case, NINA))["decisions"]) == 1


def test_everything_is_told_once_the_case_is_decided():
    case = replace(IN_CONTROL, state="decided", is_blind=True, proposal=None, decisions=(PROPOSAL,))
    assert {holds(told(case, actor), FIRST, MODEL["appraised_value"])[0] for actor in (KARI, OLA, NINA)} == {FIRST}
    assert as_seen(case, NINA).hidden == frozenset()


def test_events_tell_no_value_while_it_is_hidden():
    office = Office(MemoryReviews())
    office.given(a_case())
    case = office.does(KARI, actions.decide, "case-1", a_choice(value=FIRST))
    hidden = json.dumps(list(events_as_seen(office.repository.events(), case, NINA)))
    shown = json.dumps(list(events_as_seen(office.repository.events(), case, KARI)))
    assert holds(hidden, FIRST) == []
    assert holds(shown, FIRST) == [FIRST]


@pytest.mark.parametrize("sort", ["appraised_value", "error_risk"])
def test_lists_in_the_order_of_what_is_hidden_leave_the_blind_sample_out(sort):
    query = CaseQuery(sort=sort)
    assert within_sight(query, KARI).is_blind is False
    assert within_sight(query, PER) == query
    assert within_sight(CaseQuery(sort="opened_at"), KARI).is_blind is None


@pytest.mark.parametrize(("actor", "state"), [(KARI, "control"), (NINA, "open"), (KARI, "needs_inspection")])
def test_no_estimate_is_asked_of_somebody_whose_work_it_is_not(actor, state):
    seen = as_seen(replace(WORKED_ON, state=state, proposal=replace(PROPOSAL, by="ola")), actor)
    assert (seen.is_model_hidden, seen.asks_for_own_view) == (True, False)


# --- the part of the municipality ------------------------------------------------------------------------------------

NORTH = replace(KARI, districts=frozenset({"B"}))


def test_a_case_of_another_district_is_answered_as_one_that_is_not_there():
    office = Office(MemoryReviews())
    office.given(a_case())
    messages = []
    for case_id in ("case-1", "nowhere"):
        with pytest.raises(CaseNotFound) as raised, office.repository.transaction() as transaction:
            actions.reserve(office.desk(transaction, NORTH), case_id, version=1)
        messages.append(str(raised.value).replace(case_id, "X"))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("action", CHECKS)
def test_no_action_reaches_into_another_district(action):
    with pytest.raises(CaseNotFound):
        CHECKS[action](a_case(), NORTH, Office(MemoryReviews()).now)


def test_a_dwelling_without_an_area_is_for_those_who_see_all():
    assert not can_see(a_case(market_area=None), NORTH)
    assert can_see(a_case(market_area=None), KARI)


def test_a_wish_never_widens_the_district():
    assert within_sight(CaseQuery(), NORTH).districts == frozenset({"B"})
    assert within_sight(CaseQuery(districts=frozenset({"A", "B"})), NORTH).districts == frozenset({"B"})
    assert within_sight(CaseQuery(districts=frozenset({"A"})), NORTH).districts == frozenset()
    assert within_sight(CaseQuery(districts=frozenset({"A"})), KARI).districts == frozenset({"A"})


def test_no_case_is_opened_about_a_value_of_another_district():
    office = Office(MemoryReviews())
    with pytest.raises(ValueNotFound), office.repository.transaction() as transaction:
        actions.open_case(office.desk(transaction, NORTH), value_at_hand(a_case()), reason="Eieren ringte om badet")
