"""How is a case decided, and by a second person approved or sent back?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from valuation.reasons.said_reason import cleaned
from valuation.review.actions.working import with_draft
from valuation.review.case import Decision, Draft, Remark, ReviewCase, State
from valuation.review.choice import Choice, check_says_something, checked
from valuation.review.desk import Desk, released
from valuation.review.four_eyes import needs_second_reader


def decide(desk: Desk, case_id: str, choice: Choice, *, version: int) -> ReviewCase:
    """Decide about a value; above a limit, or by lot, it goes to control instead and is in force once approved.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, own-view-first`; and of the choice,
        all of them at once: `unknown-outcome, value-missing, value-not-asked, value-not-whole, value-out-of-bounds,
        value-far-from-all, value-not-as-accepted, nothing-to-accept, unknown-reason, reason-does-not-fit,
        text-says-nothing, text-without-fact, text-too-long, evidence-missing, evidence-not-read, no-correction`.
    """
    case = desk.taken(case_id, version, "decide")
    return settled(desk, case, checked(choice, case, desk))


def settled(desk: Desk, case: ReviewCase, decision: Decision) -> ReviewCase:
    """Store a checked decision about a value, in force or for control."""
    if needs_second_reader(decision, case, desk.params):
        return desk.kept(case, proposed(case, decision), "decide", **told(decision))
    state: State = "needs_inspection" if decision.outcome == "needs_inspection" else "decided"
    after = replace(_without_draft(case, decision.by), state=state, decisions=(*case.decisions, decision))
    return desk.kept(case, _at_rest(after), "decide", **told(decision))


def proposed(case: ReviewCase, decision: Decision) -> ReviewCase:
    """Return the case with a decision that waits for a second person."""
    return _at_rest(replace(_without_draft(case, decision.by), state="control", proposal=decision))


def approve(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Approve what another has proposed: it is in force from now.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, nobody-approves-their-own,
        complaint-about-own-decision, own-view-first`.
    """
    case = desk.taken(case_id, version, "approve")
    decision = replace(_waiting(case), approved_by=desk.actor.user_id, approved_at=desk.at)
    after = _at_rest(replace(in_force(case, decision), proposal=None))
    return desk.kept(case, after, "approve", **told(decision), proposed_by=decision.by)


def send_back(desk: Desk, case_id: str, *, version: int, comment: str) -> ReviewCase:
    """Send back what another has proposed, saying why; what they wrote becomes their draft again.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        As `approve`, and `text-says-nothing, text-too-long` for the comment.
    """
    case = desk.taken(case_id, version, "send_back")
    check_says_something(comment, desk, "/comment")
    proposal = _waiting(case)
    remark = Remark(desk.actor.user_id, desk.at, cleaned(comment), "sent_back")
    state: State = "returned" if proposal.complaint_result is None else "complaint"
    after = replace(
        _at_rest(drafted_again(case, proposal, desk)),
        state=state,
        remarks=(*case.remarks, remark),
        returned_to=proposal.by,
    )
    return desk.kept(case, after, "send_back", **told(proposal), proposed_by=proposal.by)


def in_force(case: ReviewCase, decision: Decision) -> ReviewCase:
    """Return the case with a decision in force, also as the result of its complaint."""
    after = replace(case, decisions=(*case.decisions, decision))
    if decision.complaint_result is None or case.complaint is None:
        return replace(after, state="decided")
    complaint = replace(case.complaint, result=decision.complaint_result)
    return replace(after, state="complaint_decided", complaint=complaint)


def drafted_again(case: ReviewCase, decision: Decision, desk: Desk) -> ReviewCase:
    """Return the case with a proposal turned back into what its author had written."""
    value = "" if decision.value is None else str(decision.value)
    typed = Draft(decision.by, desk.at, decision.outcome, value, decision.reason_code, decision.text, decision.evidence)
    return with_draft(replace(case, proposal=None), typed)


def told(decision: Decision) -> dict[str, Any]:
    """Return what the record says of a decision. Its text stands in the case, which the seal of the event covers."""
    plain = {
        "outcome": decision.outcome,
        "value": decision.value,
        "reason_code": decision.reason_code,
        "evidence": list(decision.evidence),
        "group_id": decision.group_id,
        "complaint_result": decision.complaint_result,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _waiting(case: ReviewCase) -> Decision:
    if case.proposal is None:
        raise AssertionError(f"case {case.case_id} is in control without a proposal")
    return case.proposal


def _at_rest(case: ReviewCase) -> ReviewCase:
    return replace(released(case), returned_to=None)


def _without_draft(case: ReviewCase, user_id: str) -> ReviewCase:
    return replace(case, drafts=tuple(one for one in case.drafts if one.by != user_id))
