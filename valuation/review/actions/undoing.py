"""How is a step taken back, an inspection come back from, a decision noted as sent, and a conflict declared?"""

from __future__ import annotations

from dataclasses import replace

from valuation.reasons.said_reason import cleaned
from valuation.review.actions.deciding import drafted_again
from valuation.review.case import ComplaintResult, Decision, Remark, ReviewCase, State
from valuation.review.choice import check_says_something
from valuation.review.desk import Desk, released, reserved


def reopen(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Take back a decision or proposal of one's own while nothing was sent on; it is one's draft again.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, sent-on, not-your-decision`.
    """
    case = desk.taken(case_id, version, "reopen")
    made = case.proposal or case.decision
    if made is None:
        raise AssertionError(f"case {case.case_id} is {case.state} without a decision")
    after = drafted_again(_ended(case, made, desk), made, desk)
    state: State = "begun" if made.complaint_result is None else "complaint"
    if state == "complaint" and case.complaint is not None:
        # The result before this one: partly upheld where the owner had asked on, else none.
        earlier: ComplaintResult | None = "partly_upheld" if case.complaint.is_pursued else None
        after = replace(after, complaint=replace(case.complaint, result=earlier))
    after = replace(after, state=state, returned_to=made.by)
    after = reserved(after, desk) if made.by == desk.actor.user_id else released(after)
    return desk.kept(case, after, "reopen", outcome=made.outcome)


def send_on(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Note that the decision in force went out of the office: from now on nothing is taken back.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, not-in-this-state, sent-on`.
    """
    case = desk.taken(case_id, version, "send_on")
    return desk.kept(case, replace(case, sent_on_at=desk.at), "send_on", value=case.value_in_force)


def record_inspection(desk: Desk, case_id: str, *, version: int, findings: str) -> ReviewCase:
    """Put down what an inspection found, or why none is needed after all; the case is open again.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, text-says-nothing, text-too-long`.
    """
    case = desk.taken(case_id, version, "record_inspection")
    check_says_something(findings, desk, "/findings")
    remark = Remark(desk.actor.user_id, desk.at, cleaned(findings), "inspection")
    after = case if case.decision is None else _ended(case, case.decision, desk)
    return desk.kept(case, replace(released(after), state="open", remarks=(*case.remarks, remark)), "record_inspection")


def declare_conflict(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Say that one is too near to this case to work on it. Why is nobody's business here, and it cannot be taken back.

    A reservation of one's own ends, and a proposal of one's own is withdrawn, for somebody else to begin anew.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared`.
    """
    case = desk.taken(case_id, version, "declare_conflict")
    me = desk.actor.user_id
    after = replace(
        case,
        conflicts=case.conflicts | {me},
        drafts=tuple(draft for draft in case.drafts if draft.by != me),
        returned_to=None if case.returned_to == me else case.returned_to,
        remarks=(*case.remarks, Remark(me, desk.at, "", "conflict")),
    )
    if case.reserved_by == me:
        after = released(replace(after, state="open" if case.state == "reserved" else case.state))
    if case.proposal is not None and case.proposal.by == me:
        state: State = "open" if case.proposal.complaint_result is None else "complaint"
        after = released(replace(after, proposal=None, state=state))
    return desk.kept(case, after, "declare_conflict")


def _ended(case: ReviewCase, decision: Decision, desk: Desk) -> ReviewCase:
    decisions = tuple(replace(one, ended_at=desk.at) if one is decision else one for one in case.decisions)
    return replace(case, decisions=decisions)
