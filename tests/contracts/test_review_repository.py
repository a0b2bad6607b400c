"""What every store of the review keeps, the one in memory and each that lasts.

A store joins by a line in `STORES`: a name, and a function of the test's request that returns an empty one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import MemoryReviews, MemoryTransaction
from tests.interleavings import Crash, check_record, run_interleaving
from tests.review_office import (
    ACCEPT,
    ADA,
    KARI,
    MONDAY,
    NINA,
    OLA,
    REMARK,
    Office,
    a_case,
    a_choice,
    in_state,
)
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.errors import ActionRefused, CaseChanged, CaseNotFound, Locked, RequestRunning, WrongUse
from valuation.release.proposal import PROPOSED, SUBJECT, checked_second, details_of, is_open, proposals, refusal
from valuation.review import actions
from valuation.review.attempts import note_confirmation
from valuation.review.audit import NO_EVENT, Head, NewEvent, verify
from valuation.review.case import ReviewCase
from valuation.review.document import SETTLED, settled_sha256
from valuation.review.idempotency import Answer, Request, answered_once
from valuation.review.queue import next_case, tab_counts
from valuation.review.repository import CasePlace, CaseQuery, ReviewRepository, StoredAnswer
from valuation.review.workflow import stamp

STORES: dict[str, Callable[[pytest.FixtureRequest], ReviewRepository]] = {
    "memory": lambda request: MemoryReviews(),
    "sqlite": lambda request: SqlReviews(request.getfixturevalue("sqlite_database")),
    "postgresql": lambda request: SqlReviews(request.getfixturevalue("postgresql_database")),
}
INTERLEAVINGS = 1000
NOW = stamp(MONDAY)


@pytest.fixture(params=list(STORES))
def repository(request) -> ReviewRepository:
    return STORES[request.param](request)


@pytest.fixture
def office(repository) -> Office:
    return Office(repository)


def numbered(number: int, **more: Any) -> ReviewCase:
    return a_case(case_id=f"case-{number}", dwelling_id=f"dwelling-{number}", value_id=f"value-{number}", **more)


def told(at: str = NOW, **more: Any) -> NewEvent:
    return NewEvent(at, "kari", "release_roll", "roll", "roll-1", more)


def ids(repository: ReviewRepository, query: CaseQuery | None = None, **paging: Any) -> list[str]:
    return [case.case_id for case in repository.cases(query or CaseQuery(as_of=NOW), **paging).cases]


# --- refused attempts ------------------------------------------------------------------------------------------------


def test_who_tries_to_confirm_their_own_proposal_stands_in_the_record_and_the_proposal_waits_on(office):
    proposed = NewEvent(NOW, "kari", PROPOSED, SUBJECT, "e675ed0ba97a", dict(details_of("roll back", "live", "why")))
    with office.repository.transaction() as transaction:
        number = transaction.append(proposed).number
    made = proposals(office.repository.events(subject_kind=SUBJECT))
    with pytest.raises(ActionRefused) as caught:
        checked_second(made, number, "kari", "live")
    with office.repository.transaction() as transaction:
        note_confirmation(transaction, KARI, office.now, number, "e675ed0ba97a", caught.value)
        note_confirmation(transaction, KARI, office.now, number, "e675ed0ba97a", refusal("proposal-ended"))
    events = office.repository.events(subject_kind=SUBJECT, subject_id="e675ed0ba97a")
    assert [(event.actor, event.action, event.details.get("code")) for event in events] == [
        ("kari", PROPOSED, None),
        ("kari", "refused", "nobody-confirms-their-own"),
    ]
    [waits] = proposals(office.repository.events(subject_kind=SUBJECT))
    assert is_open(waits, "live")
    check_record(office.repository)


# --- cases -----------------------------------------------------------------------------------------------------------


def test_an_empty_store_has_no_case_no_event_and_no_answer(repository):
    assert ids(repository) == []
    assert list(repository.events()) == []
    assert repository.head() == NO_EVENT
    with repository.transaction() as transaction:
        assert transaction.case_of("roll-1", "dwelling-1") is None
        assert transaction.answer_to("key", "kari") is None


def test_a_case_with_all_that_can_stand_in_it_is_read_as_it_was_stored(office):
    full = in_state(
        "complaint_decided",
        is_blind=True,
        reserved_by="kari",
        reserved_until=NOW,
        begun_at=NOW,
        conflicts=frozenset({"ola", "åse"}),
        proposal=in_state("control").proposal,
        sent_on_at=NOW,
        returned_to="kari",
        market_area=None,
        appraised_value=None,
        error_risk=0.1 + 0.2,
    )
    office.given(full)
    assert office.case() == full
    with office.repository.transaction() as transaction:
        assert transaction.case_of("roll-1", "dwelling-1") == full
    assert office.repository.cases(CaseQuery(as_of=NOW)).cases == (full,)


def test_text_is_kept_to_the_letter(office):
    office.given(a_case())
    text = "Ærlig talt: «taket» lekker\n=1+1; <b>'; drop table cases; -- 5 % \\N \U0001f3e0 \u2028"
    case = office.does(KARI, actions.save_draft, text=text)
    assert office.case().drafts[0].text == case.drafts[0].text
    assert "\U0001f3e0" in office.case().drafts[0].text


def test_a_case_that_is_not_there_is_not_found(repository):
    with pytest.raises(CaseNotFound), repository.transaction() as transaction:
        transaction.case("nowhere")


def test_a_dwelling_has_one_case_in_a_roll_and_may_have_one_in_each(office):
    office.given(a_case())
    with pytest.raises(CaseChanged) as raised:
        office.given(a_case(case_id="case-2"))
    assert raised.value.current == a_case()
    office.given(a_case(case_id="case-2", roll_id="roll-2"))
    assert ids(office.repository) == ["case-1", "case-2"]


def test_a_stored_case_grows_by_one_version(office):
    office.given(a_case())
    with office.repository.transaction() as transaction:
        saved = transaction.save(replace(a_case(), state="begun"), expected_version=1)
    assert (saved.version, saved.state) == (2, "begun")
    assert office.case() == saved


def test_a_version_that_is_no_longer_there_is_not_written_over(office):
    office.given(a_case())
    with office.repository.transaction() as transaction:
        stands = transaction.save(replace(a_case(), state="begun"), expected_version=1)
    with pytest.raises(CaseChanged) as raised, office.repository.transaction() as transaction:
        transaction.save(replace(a_case(), state="decided"), expected_version=1)
    assert raised.value.current == stands
    assert office.case() == stands


def test_a_block_that_reads_sees_what_is_stored_and_waits_for_no_writer(office):
    office.given(a_case())
    with office.repository.transaction() as writing, office.repository.reading() as reading:
        assert reading.case("case-1") == writing.case("case-1")
        assert reading.case_of("roll-1", "nobody") is None
    with pytest.raises(CaseNotFound), office.repository.reading() as reading:
        reading.case("case-2")


def test_what_is_written_in_a_block_is_read_in_it(office):
    office.given(a_case())
    with office.repository.transaction() as transaction:
        transaction.save(replace(a_case(), state="begun"), expected_version=1)
        assert transaction.case("case-1").state == "begun"


def test_of_a_block_that_ends_in_an_error_nothing_is_left(office):
    office.given(a_case())
    with pytest.raises(Crash), office.repository.transaction() as transaction:
        transaction.save(replace(a_case(), state="begun"), expected_version=1)
        transaction.add(numbered(2))
        transaction.append(told())
        transaction.remember(StoredAnswer("key", "kari", "POST /x", "0" * 64, 200, "{}", NOW))
        raise Crash
    assert office.case() == a_case()
    assert ids(office.repository) == ["case-1"]
    assert office.repository.head() == NO_EVENT
    with office.repository.transaction() as transaction:
        assert transaction.answer_to("key", "kari") is None


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(office) -> Office:
    office.given(
        numbered(1, error_risk=0.5, expected_tax_error=1000.0, appraised_value=5_000_000, market_area="A"),
        numbered(2, error_risk=0.9, expected_tax_error=100.0, appraised_value=3_000_000, market_area="B"),
        numbered(3, error_risk=None, expected_tax_error=None, appraised_value=None, market_area=None),
        numbered(
            4,
            state="control",
            opened_because=("far-from-sales", "error-likely"),
            opened_at="2026-03-01T08:00:00.000000Z",
            market_area="A",
            dwelling_type="flat",
            reserved_by="ola",
        ),
        numbered(5, roll_id="roll-2", is_blind=True, returned_to="kari", opened_because=("drawn-at-random",)),
    )
    return office


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"roll_id": "roll-2"}, {5}),
        ({"states": ("control",)}, {4}),
        ({"states": ("open", "control")}, {1, 2, 3, 4, 5}),
        ({"flags": ("far-from-sales",)}, {4}),
        ({"flags": ("drawn-at-random", "far-from-sales")}, {4, 5}),
        ({"flags": ("far-from",)}, set()),
        ({"market_areas": ("B",)}, {2}),
        ({"dwelling_types": ("flat",)}, {4}),
        ({"dwelling_id": "dwelling-2"}, {2}),
        ({"reserved_by": "ola"}, {4}),
        ({"returned_to": "kari"}, {5}),
        ({"is_blind": True}, {5}),
        ({"is_blind": False}, {1, 2, 3, 4}),
        ({"districts": frozenset({"B"})}, {2}),
        ({"districts": frozenset()}, set()),
        ({"text": "case-3"}, {3}),
        ({"flags": ("error-likely",), "market_areas": ("A",), "roll_id": "roll-1"}, {1, 4}),
    ],
)
def test_every_filter_narrows(filled, wanted, found):
    assert set(ids(filled.repository, CaseQuery(as_of=NOW, **wanted))) == {f"case-{number}" for number in found}


@pytest.mark.parametrize(
    ("sort", "falling", "order"),
    [
        # Days begun until Monday noon: 30 for all but the fourth with 2. 0.4 × 900 × 30 = 10,800 of the fifth.
        ("expected_harm", True, [3, 1, 5, 2, 4]),
        ("expected_harm", False, [4, 2, 5, 1, 3]),
        ("appraised_value", False, [2, 4, 5, 1, 3]),
        ("appraised_value", True, [3, 1, 4, 5, 2]),
        ("error_risk", True, [3, 2, 1, 4, 5]),
        ("opened_at", False, [1, 2, 3, 5, 4]),
        ("market_area", False, [1, 4, 5, 2, 3]),
    ],
)
def test_what_is_missing_counts_as_above_all_and_what_is_equal_is_in_the_order_of_the_case(
    filled, sort, falling, order
):
    query = CaseQuery(sort=sort, is_descending=falling, as_of=NOW)
    assert ids(filled.repository, query) == [f"case-{number}" for number in order]


def test_where_there_are_no_rules_of_tax_the_value_is_what_is_at_stake(office):
    office.given(
        numbered(1, expected_tax_error=None, appraised_value=2_000_000),
        numbered(2, expected_tax_error=None, appraised_value=3_000_000),
    )
    assert ids(office.repository) == ["case-2", "case-1"]


@pytest.mark.parametrize("sort", ["expected_harm", "appraised_value", "opened_at", "market_area"])
@pytest.mark.parametrize("falling", [True, False])
def test_pages_hold_each_case_once_in_the_order_of_the_whole(filled, sort, falling):
    query = CaseQuery(sort=sort, is_descending=falling, as_of=NOW)
    whole, found, cursor = ids(filled.repository, query), [], None
    for _ in range(5):
        page = filled.repository.cases(query, limit=1, cursor=cursor)
        found += [case.case_id for case in page.cases]
        cursor = page.next_cursor
    assert found == whole
    assert cursor is None


def test_a_cursor_keeps_the_moment_of_the_first_page(filled):
    query = CaseQuery(as_of=NOW)
    first = filled.repository.cases(query, limit=2)
    later = replace(query, as_of="2027-03-02T09:00:00.000000Z")
    rest = filled.repository.cases(later, limit=10, cursor=first.next_cursor)
    assert [case.case_id for case in (*first.cases, *rest.cases)] == ids(filled.repository, query)


@pytest.mark.parametrize("cursor", ["", "x", "1", "AAAA", "-1|2|3", "\x00"])
def test_a_cursor_that_is_none_is_refused(filled, cursor):
    with pytest.raises(WrongUse):
        filled.repository.cases(CaseQuery(as_of=NOW), limit=1, cursor=cursor)


def test_a_cursor_of_another_list_is_refused(filled):
    cursor = filled.repository.cases(CaseQuery(as_of=NOW), limit=1).next_cursor
    with pytest.raises(WrongUse):
        filled.repository.cases(CaseQuery(as_of=NOW, states=("open",)), limit=1, cursor=cursor)


def test_a_facet_is_counted_without_its_own_filter_and_with_all_others(filled):
    facets = filled.repository.facets(CaseQuery(states=("control",), market_areas=("A",)))
    assert dict(facets.states) == {"open": 2, "control": 1}
    assert dict(facets.market_areas) == {"A": 1}
    assert dict(facets.flags) == {"far-from-sales": 1, "error-likely": 1}
    assert dict(facets.dwelling_types) == {"flat": 1}


def test_facets_count_nothing_outside_the_district(filled):
    facets = filled.repository.facets(CaseQuery(districts=frozenset({"B"})))
    assert dict(facets.states) == {"open": 1}
    assert dict(facets.market_areas) == {"B": 1}


def test_a_case_of_which_nobody_knows_the_place_is_told_without_one(filled):
    found = filled.repository.places(CaseQuery(roll_id="roll-1", market_areas=("A", "B")))
    known = ((1, "A"), (2, "B"), (4, "A"))
    assert found == [CasePlace(f"case-{one}", f"value-{one}", area, None, None) for one, area in known]
    assert filled.repository.places(CaseQuery(bounds=(0.0, 0.0, 1e9, 1e9))) == []
    assert ids(filled.repository, CaseQuery(bounds=(0.0, 0.0, 1e9, 1e9), as_of=NOW)) == []


# --- what somebody decided last --------------------------------------------------------------------------------------


def last_of(office: Office, name: str, **asked: Any) -> list[str]:
    return [case.case_id for case in office.repository.decided_by(name, **{"roll_id": "roll-1", **asked})]


def test_what_somebody_decided_last_comes_first_proposals_among_it(office):
    office.given(*(numbered(number) for number in range(1, 6)), numbered(6, roll_id="roll-2"))
    for number in (2, 1, 3, 6):
        office.does(KARI, actions.decide, f"case-{number}", ACCEPT)
    office.does(KARI, actions.decide, "case-4", a_choice(value=5_400_000))
    office.does(OLA, actions.decide, "case-5", ACCEPT)
    assert office.case("case-4").state == "control"
    assert last_of(office, "kari") == ["case-4", "case-3", "case-1", "case-2"]
    assert last_of(office, "kari", limit=2) == ["case-4", "case-3"]
    assert last_of(office, "kari", roll_id="roll-2") == ["case-6"]
    assert last_of(office, "ola") == ["case-5"]
    assert last_of(office, "nina") == []


def test_what_was_taken_back_or_sent_back_is_no_longer_among_what_was_decided_until_it_is_again(office):
    office.given(numbered(1), numbered(2))
    office.does(KARI, actions.decide, "case-1", ACCEPT)
    office.does(KARI, actions.decide, "case-2", a_choice(value=5_400_000))
    office.does(KARI, actions.reopen, "case-1")
    office.does(NINA, actions.give_own_view, "case-2", value=4_800_000)
    office.does(NINA, actions.send_back, "case-2", comment=REMARK)
    assert last_of(office, "kari") == []
    office.does(KARI, actions.decide, "case-1", ACCEPT)
    assert last_of(office, "kari") == ["case-1"]


def test_whoever_approved_did_not_decide(office):
    office.given(numbered(1))
    office.does(KARI, actions.decide, "case-1", a_choice(value=5_400_000))
    office.does(NINA, actions.give_own_view, "case-1", value=5_000_000)
    office.does(NINA, actions.approve, "case-1")
    assert (last_of(office, "nina"), last_of(office, "kari")) == ([], ["case-1"])


# --- the record ------------------------------------------------------------------------------------------------------


def test_events_stand_behind_one_another_and_the_record_verifies(repository):
    with repository.transaction() as transaction:
        first = transaction.append(told(n=1))
        second = transaction.append(told(n=2, text="æ\n«»", nested={"a": [1, None, True, 0.1]}))
    assert (first.number, second.number) == (1, 2)
    assert second.previous_sha256 == first.sha256
    assert list(repository.events()) == [first, second]
    assert repository.head() == Head(2, second.sha256)
    assert verify(repository.events(), repository.head()).is_whole


def test_events_are_found_by_number_and_by_what_they_are_about(office):
    office.given(numbered(1), numbered(2))
    office.does(KARI, actions.reserve, "case-1")
    office.does(OLA, actions.reserve, "case-2")
    with office.repository.transaction() as transaction:
        transaction.append(told())
    assert [event.number for event in office.repository.events(after=1)] == [2, 3]
    assert [event.number for event in office.repository.events(subject_kind="case")] == [1, 2]
    assert [event.actor for event in office.repository.events(subject_kind="case", subject_id="case-2")] == ["ola"]


def test_an_event_about_a_case_is_sealed_with_what_is_settled_in_it(office):
    office.given(a_case())
    case = office.does(KARI, actions.decide, "case-1", ACCEPT)
    (event,) = office.repository.events()
    assert event.details[SETTLED] == settled_sha256(case)


# --- answers ---------------------------------------------------------------------------------------------------------


def answered(
    office: Office, key: str = "key", body: bytes = b"{}", actor: str = "kari", act: Any = None, at: str = NOW
):
    request = Request(key, actor, "POST /x", body, at)
    return answered_once(office.repository, request, act or (lambda _: Answer(201, "æ first")))


def test_the_same_key_and_body_give_the_first_answer(office):
    first, is_repeated = answered(office)
    again, is_repeated_too = answered(office, act=lambda _: Answer(500, "another"))
    assert (is_repeated, is_repeated_too) == (False, True)
    assert first == again
    assert (again.status, again.body) == (201, "æ first")


def test_keys_of_two_people_never_meet(office):
    answered(office)
    other, is_repeated = answered(office, actor="ola", act=lambda _: Answer(200, "ola's"))
    assert (other.body, is_repeated) == ("ola's", False)


def test_a_request_that_was_refused_leaves_its_key_free(office):
    office.given(a_case())

    def stale(transaction):
        return actions.reserve(office.desk(transaction, KARI), "case-1", version=7)

    with pytest.raises(CaseChanged):
        answered(office, act=stale)
    assert answered(office)[1] is False


def test_an_answer_is_kept_once(repository):
    answer = StoredAnswer("key", "kari", "POST /x", "0" * 64, 200, "{}", NOW)
    with repository.transaction() as transaction:
        transaction.remember(answer)
    with pytest.raises(Locked), repository.transaction() as transaction:
        transaction.remember(replace(answer, body="{2}"))
    with repository.transaction() as transaction:
        assert transaction.answer_to("key", "kari") == answer


def test_an_answer_is_forgotten_at_its_age_and_not_before(office):
    answered(office, key="of-monday", at=stamp(MONDAY))
    answered(office, key="of-tuesday", at=stamp(MONDAY + timedelta(days=1)))
    assert office.repository.forget_answers(stamp(MONDAY - timedelta(microseconds=1))) == 0
    assert answered(office, key="of-monday", at=stamp(MONDAY + timedelta(days=6)))[1] is True
    assert office.repository.forget_answers(stamp(MONDAY)) == 1
    assert answered(office, key="of-tuesday")[1] is True
    assert answered(office, key="of-monday", act=lambda _: Answer(200, "anew"))[0].body == "anew"


def test_a_press_repeated_while_old_answers_are_forgotten_acts_once(office):
    """Pressed again and again at many ages below the lifetime, with a sweep between every two presses."""
    acted: list[int] = []

    def act(_) -> Answer:
        acted.append(1)
        return Answer(201, "once")

    for hours in range(0, 7 * 24, 12):
        now = MONDAY + timedelta(hours=hours)
        office.repository.forget_answers(stamp(now - timedelta(days=7)))
        assert answered(office, act=act, at=stamp(now))[0].body == "once"
    assert len(acted) == 1


# --- all of it together ----------------------------------------------------------------------------------------------


def test_a_value_of_ones_own_goes_through_control_to_the_owner(office):
    office.given(a_case())
    office.does(KARI, actions.reserve)
    office.does(KARI, actions.begin)
    office.does(KARI, actions.save_draft, text="Badet er")
    assert office.does(KARI, actions.decide, "case-1", a_choice(value=5_400_000)).state == "control"
    office.does(NINA, actions.give_own_view, value=5_000_000)
    office.does(NINA, actions.send_back, comment=REMARK)
    office.does(KARI, actions.decide, "case-1", a_choice(value=5_200_000))
    case = office.does(NINA, actions.approve)
    assert (case.state, case.value_in_force, case.decision.approved_by) == ("decided", 5_200_000, "nina")
    office.does(ADA, actions.send_on)
    check_record(office.repository)
    assert [event.action for event in office.repository.events()] == [
        *("reserve", "begin", "save_draft", "decide", "give_own_view", "send_back", "decide", "approve", "send_on")
    ]


def test_of_a_group_all_are_decided_or_none(office):
    office.given(*(numbered(number) for number in range(1, 5)))
    office.does(OLA, actions.reserve, "case-3")
    chosen = [actions.CaseToDecide(f"case-{number}", 1, 4_100_000) for number in range(1, 5)]
    with pytest.raises(CaseChanged), office.repository.transaction() as transaction:
        actions.decide_alike(office.desk(transaction, KARI), chosen, a_choice())
    assert {office.case(f"case-{number}").state for number in (1, 2, 4)} == {"open"}
    office.does(OLA, actions.release_reservation, "case-3")
    chosen[2] = replace(chosen[2], version=3)
    with office.repository.transaction() as transaction:
        cases = actions.decide_alike(office.desk(transaction, KARI), chosen, a_choice())
    assert {case.state for case in cases} == {"decided"}
    assert len({case.decision.group_id for case in cases}) == 1
    check_record(office.repository)


def test_tabs_are_counted_and_the_next_case_is_the_one_with_the_most_harm(filled):
    assert tab_counts(filled.repository, CaseQuery(), KARI) == {
        "open": 4,
        "begun": 0,
        "control": 1,
        "done": 0,
        "inspection": 0,
    }
    assert next_case(filled.repository, KARI, MONDAY, roll_id="roll-1").case_id == "case-3"
    assert next_case(filled.repository, NINA, MONDAY).case_id == "case-4"


def test_a_thousand_interleavings_of_two_caseworkers_a_retry_and_a_crash_lose_and_double_nothing(repository):
    for seed in range(INTERLEAVINGS):
        run_interleaving(repository, seed)
    check_record(repository)


class _Forgetful(MemoryTransaction):
    def remember(self, answer):
        pass


class _Careless(MemoryTransaction):
    def save(self, case, *, expected_version):
        return super().save(case, expected_version=self.case(case.case_id).version)

    def case(self, case_id):
        # Always as it was when the page was opened: nobody sees what the other did.
        return replace(super().case(case_id), version=1, state="open", decisions=())


class _Silent(MemoryTransaction):
    def append(self, event):
        return None


class _Torn(MemoryReviews):
    """Writes cases at once, whatever becomes of the rest."""

    @contextmanager
    def transaction(self):
        block = MemoryTransaction(self.kept, list(self.record), dict(self.answers))
        yield block
        self.record, self.answers = block.record, block.answers


class _Made(MemoryReviews):
    def __init__(self, block) -> None:
        super().__init__()
        self._block = block

    @contextmanager
    def transaction(self):
        block = self._block(dict(self.kept), list(self.record), dict(self.answers))
        yield block
        self.kept, self.record, self.answers = block.cases, block.record, block.answers


@pytest.mark.parametrize(
    "bad",
    [lambda: _Made(_Forgetful), lambda: _Made(_Careless), lambda: _Made(_Silent), _Torn],
    ids=["forgets answers", "sees no other's change", "writes no events", "writes by halves"],
)
def test_a_store_that_breaks_a_promise_is_caught_by_the_interleavings(bad):
    with pytest.raises(AssertionError):
        for seed in range(50):
            run_interleaving(bad(), seed)


def test_of_many_who_decide_at_the_same_moment_one_does(office):
    office.given(*(numbered(number) for number in range(10)))
    found: dict[str, list[str]] = {"decided": [], "told": []}
    people = [replace(KARI, user_id=f"cw-{number}") for number in range(4)]
    gate = threading.Barrier(len(people), timeout=120)

    def work(actor) -> None:
        for number in range(10):
            gate.wait()
            try:
                with office.repository.transaction() as transaction:
                    actions.decide(office.desk(transaction, actor), f"case-{number}", ACCEPT, version=1)
                found["decided"].append(f"case-{number}")
            except Locked:
                found["told"].append(f"case-{number}")

    threads = [threading.Thread(target=work, args=(actor,)) for actor in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found["decided"]) == [f"case-{number}" for number in range(10)]
    assert len(found["told"]) == 30
    check_record(office.repository)


def test_the_same_request_sent_four_times_at_once_decides_once_and_answers_alike(office):
    office.given(a_case())
    gate = threading.Barrier(4, timeout=120)
    bodies: list[str] = []

    def act(transaction) -> Answer:
        case = actions.decide(office.desk(transaction, KARI), "case-1", ACCEPT, version=1)
        return Answer(200, f"version {case.version}")

    def send() -> None:
        gate.wait()
        for _ in range(50):
            try:
                bodies.append(answered(office, act=act)[0].body)
                return
            except RequestRunning:
                continue

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == ["version 2"] * 4
    assert office.repository.head().number == 1
