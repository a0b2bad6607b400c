"""Is a case that was written down the same case when it is read?"""

from __future__ import annotations

from dataclasses import replace

from valuation.review.audit import NewEvent
from valuation.review.case import Complaint, Correction, Decision, Draft, OwnView, Remark, ReviewCase
from valuation.review.document import SETTLED, read, sealed, settled_sha256, written

NOON = "2026-11-29T12:00:00.000000Z"
DECISION = Decision("cw-1", NOON, "own_value", 4_100_000, "sale", "Solgt for 4,1 mill. i oktober", ("sale:s1",), "g-1")
EMPTY = ReviewCase("c-1", "2026-11-29-rolig-fjell", "d-1", "v-1", NOON, ("error-likely",))
FULL = replace(
    EMPTY,
    drafts=(Draft("cw-1", NOON, "accepted", "4 000 00", "sale", "Ærlig talt – «grei»", ("sale:s1",)),),
    corrections=(Correction("cw-1", NOON, "living_area_m2", 96.0, 69.5, "inspection"),),
    own_views=(OwnView("cw-1", NOON, 4_000_000, "blind_sample"),),
    proposal=DECISION,
    decisions=(DECISION, replace(DECISION, value=None, outcome="cannot_be_valued", group_id=None)),
    complaint=Complaint("2026-11-20", "cw-1", NOON, ("too high", "cold"), (3_900_000,), answers=("no", None)),
    remarks=(Remark("sr-1", NOON, "why?"),),
    conflicts=frozenset({"cw-9", "cw-2"}),
)


def test_a_case_with_all_that_can_stand_in_it_is_read_as_it_was_written():
    assert read(written(FULL)) == FULL
    assert read(written(EMPTY)) == EMPTY


def test_the_same_case_is_written_in_the_same_bytes_whatever_the_order_of_a_set():
    assert written(replace(FULL, conflicts=frozenset({"cw-2", "cw-9"}))) == written(FULL)


def test_another_decision_is_another_hash_of_what_is_settled():
    changed = replace(FULL, decisions=(replace(DECISION, value=1), *FULL.decisions[1:]))
    assert settled_sha256(changed) != settled_sha256(FULL)


def test_a_draft_or_a_reservation_settles_nothing():
    busy = replace(FULL, drafts=(), reserved_by="cw-3", state="begun", version=7, remarks=())
    assert settled_sha256(busy) == settled_sha256(FULL)


def test_an_event_about_a_case_carries_the_hash_and_keeps_its_own_details():
    event = sealed(NewEvent(NOON, "cw-1", "decide", "case", "c-1", {"outcome": "accepted"}), FULL)
    assert event.details == {"outcome": "accepted", SETTLED: settled_sha256(FULL)}
