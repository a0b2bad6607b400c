"""Whatever people do, in whatever order: does the office keep its promises?"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes import MemoryReviews
from tests.review_office import ADA, KARI, NINA, NO_LOTS, OLA, REMARK, TEXT, VALUE, Office, a_case, a_choice
from valuation.errors import ActionRefused, CaseChanged
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.audit import verify
from valuation.review.case import STATES
from valuation.review.document import SETTLED, read, settled_sha256, written
from valuation.review.four_eyes import is_above_a_limit
from valuation.review.permissions import CHECKS, refusals_of
from valuation.review.sight import as_seen, is_first_reader_hidden, is_model_hidden
from valuation.review.workflow import STAGES, targets

EVA = Actor("eva", frozenset({"caseworker", "second_reader"}))
PEOPLE = [KARI, OLA, NINA, EVA, ADA]
VALUES = st.sampled_from([3_300_000, 3_900_000, VALUE, 4_100_000, 4_700_000, 6_000_000, 90_000_000, -1])
OUTCOMES = st.sampled_from(["accepted", "own_value", "needs_inspection", "cannot_be_valued"])
REASONS = {
    "accepted": "no-error-found",
    "own_value": "condition-poor",
    "needs_inspection": "condition-unknown",
    "cannot_be_valued": "not-a-dwelling",
}
GOING_ON = (
    *("give_own_view", "decide", "approve", "send_back", "record_inspection", "reopen", "send_on"),
    *("register_complaint", "answer_argument", "decide_complaint", "pursue"),
)
"""Actions that lead on; the others come by chance."""
RESULTS = st.sampled_from(["upheld", "partly_upheld", "partly_upheld", "rejected", "raised"])
NOTHING = st.just(((), {}))


def _choices() -> st.SearchStrategy:
    return st.builds(
        lambda outcome, value: a_choice(
            outcome, value if outcome == "own_value" else None, reason_code=REASONS[outcome]
        ),
        OUTCOMES,
        VALUES,
    )


def _named(**named: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(st.just(()), st.fixed_dictionaries(named))


GIVEN = {
    "save_draft": _named(text=st.text(max_size=20)),
    "give_own_view": _named(value=VALUES),
    "decide": st.tuples(st.tuples(_choices()), st.just({})),
    "send_back": _named(comment=st.just(REMARK)),
    "record_inspection": _named(findings=st.just(REMARK)),
    "register_complaint": _named(received_on=st.just("2026-02-20"), arguments=st.just((TEXT,))),
    "answer_argument": _named(number=st.just(1), answer=st.just(REMARK)),
    "decide_complaint": st.tuples(
        st.tuples(_choices()),
        st.fixed_dictionaries(
            {"result": st.sampled_from(["upheld", "partly_upheld", "partly_upheld", "rejected", "raised"])}
        ),
    ),
    "pursue": _named(received_on=st.just("2026-03-01")),
    "propose_correction": _named(
        characteristic=st.just("rooms"),
        proposed=st.integers(0, 14),
        source=st.just("befaring"),
        record=st.just({"rooms": 3.0}),
    ),
}


class AnyCourse(RuleBasedStateMachine):
    """One case, five people, and every action in any order; what is refused must change nothing."""

    @initialize(is_blind=st.booleans(), has_value=st.booleans())
    def _open(self, is_blind, has_value):
        self.office = Office(MemoryReviews(), params=NO_LOTS)
        self.office.given(a_case(is_blind=is_blind and has_value, appraised_value=VALUE if has_value else None))
        self.done: list[tuple[str, str]] = []
        self.blind_before: list[tuple[str, str]] = []

    def _try(self, actor, action, *given, **named):
        before = self.office.case()
        was = (self.office.repository.kept, self.office.repository.record)
        conflict = actor.user_id in before.conflicts
        hidden = is_model_hidden(before, actor) or is_first_reader_hidden(before, actor)
        try:
            after = self.office.does(actor, action, "case-1", *given, **named)
        except (ActionRefused, CaseChanged):
            assert (self.office.repository.kept, self.office.repository.record) == was
            return
        assert after.state in targets(action.__name__, before.state) | targets(action.__name__, "open")
        assert not conflict
        assert not (hidden and action.__name__ in ("decide", "approve", "send_back"))
        assert self.office.case() == after
        assert after.version == before.version + 1
        self.done.append((actor.user_id, action.__name__))

    @rule(lots=st.data(), chance=st.randoms(use_true_random=False))
    def go_on(self, lots, chance):
        case, now = self.office.case(), self.office.now
        open_to = {
            action: [actor for actor in PEOPLE if refusals_of(case, actor, now)[action] is None] for action in GOING_ON
        }
        # A complaint can come at any time: here it waits for the decision more often than not.
        early = {"register_complaint"} if case.state != "decided" and chance.random() < 0.9 else set()
        possible = [action for action, actors in open_to.items() if actors and action not in early]
        assume(possible)
        action = chance.choice(possible)
        given, named = lots.draw(GIVEN.get(action, NOTHING))
        self._try(chance.choice(open_to[action]), getattr(actions, action), *given, **named)

    @rule(lots=st.data(), chance=st.randoms(use_true_random=False))
    def try_anything(self, lots, chance):
        actor, action = chance.choice(PEOPLE), chance.choice(list(CHECKS))
        assume(action != "declare_conflict" or actor in (NINA, EVA))
        given, named = lots.draw(GIVEN.get(action, NOTHING))
        self._try(actor, getattr(actions, action), *given, **named)

    @rule(actor=st.sampled_from(PEOPLE))
    def send_a_stale_page(self, actor):
        self._try(actor, actions.reserve, version=max(1, self.office.case().version - 1) + 1000)

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes):
        self.office.later(minutes=minutes)

    @invariant()
    def the_record_hangs_together_and_seals_the_case(self):
        record = self.office.repository.record
        assert verify(record).is_whole
        assert len(record) == len(self.done) == self.office.case().version - 1
        assert not record or record[-1].details[SETTLED] == settled_sha256(self.office.case())

    @invariant()
    def the_case_is_in_a_state_with_what_belongs_to_it(self):
        case = self.office.case()
        assert case.state in STATES
        assert (case.state == "control") == (case.proposal is not None)
        assert case.state != "decided" or case.decision is not None
        assert "complaint" not in case.state or case.complaint is not None
        assert STAGES[case.state].turn

    @invariant()
    def nobody_approved_their_own_and_what_is_large_was_approved(self):
        case, stands = self.office.case(), self.office.case().appraised_value
        for decision in case.decisions:
            assert decision.by != decision.approved_by
            is_large = decision.outcome != "needs_inspection" and is_above_a_limit(decision.value, stands, NO_LOTS)
            first = decision.complaint_result is None
            assert not (first and is_large) or decision.approved_by is not None

    @invariant()
    def who_declared_a_conflict_does_nothing_after_it(self):
        for person in self.office.case().conflicts:
            deeds = [action for who, action in self.done if who == person]
            assert deeds[-1] == "declare_conflict"

    @invariant()
    def nobody_loses_a_draft_but_by_deciding_or_stepping_back(self):
        case = self.office.case()
        written_by = {who for who, action in self.done if action == "save_draft"}
        ended = {who for who, action in self.done if action in ("decide", "declare_conflict", "decide_complaint")}
        assert written_by - ended <= {draft.by for draft in case.drafts}

    @invariant()
    def what_is_hidden_is_not_told(self):
        case = self.office.case()
        for actor in (KARI, OLA, NINA, EVA):
            told = as_seen(case, actor).content()
            assert not (is_model_hidden(case, actor) and "appraised_value" in told)
            assert not (is_first_reader_hidden(case, actor) and "proposal" in told)

    @invariant()
    def a_case_is_read_as_it_was_written(self):
        case = self.office.case()
        assert read(written(case)) == case

    @invariant()
    def a_complaint_is_not_decided_by_who_made_the_decision(self):
        in_force = [one for one in self.office.case().decisions if one.ended_at is None]
        for before, after in pairwise(in_force):
            assert after.complaint_result is None or after.by not in (before.by, before.approved_by)

    @invariant()
    def one_decision_of_the_office_is_in_force_at_most(self):
        in_force = [one for one in self.office.case().decisions if one.ended_at is None]
        assert sum(one.complaint_result is None for one in in_force) <= 1


AnyCourse.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyCourse = AnyCourse.TestCase
