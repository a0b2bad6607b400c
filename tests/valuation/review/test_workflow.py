"""Does every action do what the table says in every state for every role, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import MemoryReviews
from tests.review_office import ACCEPT, NINA, REMARK, TEXT, Office, a_decision, in_state
from valuation.errors import ActionRefused
from valuation.review import actions
from valuation.review.actor import ROLES, Actor
from valuation.review.case import STATES, OwnView
from valuation.review.permissions import CHECKS, PERMITTED, refusals_of
from valuation.review.workflow import ACTIONS, STAGES, TABS, TRANSITIONS, sources, targets

# Who may do what where: c caseworker, s second reader, a administrator; a dot is nobody. Written by hand from the rules
# of the office, not from the tables of the program. The person is nobody who proposed or decided, but for `reopen` and
# `release_reservation`, which are for those who did.
EXPECTED = """
                     open reserved begun control returned decided needs_inspection complaint complaint_decided
reserve              c    c        c     s       c        .       c                cs        .
release_reservation  .    cs       cs    cs      cs       .       cs               cs        .
begin                c    c        c     .       c        .       .                c         .
save_draft           c    c        c     s       c        .       .                cs        .
give_own_view        c    c        c     s       c        .       .                .         .
propose_correction   c    c        c     .       c        .       c                cs        .
decide               c    c        c     .       c        .       .                .         .
approve              .    .        .     s       .        .       .                .         .
send_back            .    .        .     s       .        .       .                .         .
record_inspection    .    .        .     .       .        .       c                .         .
reopen               .    .        .     cs      .        cs      cs               .         cs
send_on              .    .        .     .       .        a       .                .         a
declare_conflict     cs   cs       cs    cs      cs       cs      cs               cs        cs
register_complaint   c    c        c     c       c        c       c                .         .
answer_argument      .    .        .     .       .        .       .                c         .
decide_complaint     .    .        .     .       .        .       .                cs        .
pursue               .    .        .     .       .        .       .                .         c
"""
LETTERS = {"c": "caseworker", "s": "second_reader", "a": "administrator", ".": ""}
GIVEN: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "give_own_view": ((), {"value": 4_100_000}),
    "propose_correction": (
        (),
        {"characteristic": "rooms", "proposed": "4", "source": "befaring", "record": {"rooms": 3.0}},
    ),
    "decide": ((ACCEPT,), {}),
    "send_back": ((), {"comment": REMARK}),
    "record_inspection": ((), {"findings": REMARK}),
    "register_complaint": ((), {"received_on": "2026-02-20", "arguments": (TEXT,)}),
    "answer_argument": ((), {"number": 1, "answer": REMARK}),
    "decide_complaint": ((ACCEPT,), {"result": "rejected"}),
    "pursue": ((), {"received_on": "2026-02-25"}),
}
NOT_ALLOWED = {"role-may-not", "not-in-this-state", "complaint-finished", "not-your-reservation"}


def expected() -> dict[tuple[str, str], set[str]]:
    head, *rows = EXPECTED.strip().splitlines()
    return {
        (row.split()[0], state): {LETTERS[letter] for letter in cell} - {""}
        for row in rows
        for state, cell in zip(head.split(), row.split()[1:], strict=True)
    }


MINE: dict[str, dict[str, Any]] = {
    "open": {},
    "control": {"proposal": a_decision("me")},
    "complaint_decided": {"decisions": (a_decision("me", complaint_result="rejected"),)},
}
HELD = {"reserved_by": "me", "reserved_until": "2026-03-02T09:10:00.000000Z"}
SEEN = {"own_views": (OwnView("me", "2026-03-01T10:00:00.000000Z", 5_000_000, "second_reader"),)}


def the_case(action: str, state: str):
    """A case in a state, with what lets this action be done by `me` where it can be done at all."""
    with_what: dict[str, dict[str, Any]] = {
        "reopen": MINE.get(state, {"decisions": (a_decision("me"),)}),
        "release_reservation": HELD if state != "open" else {},
        "give_own_view": {"is_blind": True},
        "approve": SEEN,
        "send_back": SEEN,
    }
    return in_state(state, **with_what.get(action, {}))


def tried(action: str, state: str, role: str) -> str:
    office = Office(MemoryReviews())
    office.given(the_case(action, state))
    before = (office.repository.kept, office.repository.record)
    given, named = GIVEN.get(action, ((), {}))
    try:
        after = office.does(Actor("me", frozenset({role})), getattr(actions, action), "case-1", *given, **named)
    except ActionRefused as refusal:
        assert (office.repository.kept, office.repository.record) == before
        assert refusal.code in NOT_ALLOWED, refusal
        return "refused"
    assert after.state in targets(action, state)
    assert [event.action for event in office.repository.record] == [action]
    return "done"


def test_the_expectation_speaks_of_every_action_and_state():
    assert set(expected()) == {(action, state) for action in CHECKS for state in STATES}
    assert set(CHECKS) == set(ACTIONS) - {"open_case"} == set(PERMITTED) - {"open_case"}


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "open_case"])
@pytest.mark.parametrize("state", STATES)
def test_an_action_is_done_by_the_roles_and_in_the_states_it_is_for_and_refused_otherwise(action, state):
    done = {role for role in ROLES if tried(action, state, role) == "done"}
    assert done == expected()[action, state]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_said_to_be_possible_is_what_is_done(state, role):
    me = Actor("me", frozenset({role}))
    said = {
        (action, refusals_of(the_case(action, state), me, Office(MemoryReviews()).now)[action] is None)
        for action in CHECKS
    }
    assert said == {(action, tried(action, state, role) == "done") for action in CHECKS}


def test_every_state_has_words_an_owner_and_a_tab():
    assert set(STAGES) == set(STATES)
    assert {stage.tab for stage in STAGES.values()} == set(TABS)
    assert all(stage.title.nb and stage.title.nn for stage in STAGES.values())


def test_every_state_is_reached_and_left():
    reached, left = {step.target for step in TRANSITIONS}, {step.source for step in TRANSITIONS} - {None}
    moving = {step.source for step in TRANSITIONS if step.source != step.target} - {None}
    assert reached == left == moving == set(STATES)


def test_no_step_stands_twice_in_the_table():
    keys = [(step.action, step.source, step.target, step.when) for step in TRANSITIONS]
    assert len(keys) == len(set(keys))


def test_where_an_action_leads_to_several_states_the_table_says_when():
    assert [
        step
        for step in TRANSITIONS
        if len(targets(step.action, step.source)) > 1 and not step.when and step.source != step.target
    ] == []


def test_a_reservation_that_ended_leaves_the_case_open_to_others():
    office = Office(MemoryReviews())
    office.given(in_state("reserved", reserved_by="kari", reserved_until="2026-03-02T09:00:00.000000Z"))
    assert office.does(Actor("ola", frozenset({"caseworker"})), actions.reserve).reserved_by == "ola"


def test_actions_that_exist_only_before_a_case_have_no_case_to_come_from():
    assert sources("open_case") == (None,)


def test_nothing_can_be_done_by_somebody_without_a_role():
    office = Office(MemoryReviews())
    office.given(in_state("open"))
    with pytest.raises(Exception, match="there is no case"):
        office.does(Actor("nobody", frozenset()), actions.reserve)
    assert NINA.roles
