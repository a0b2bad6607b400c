"""Who may do what with a case, and when? A table role × action, and the rules about this person and this case.

Rules come in pairs: `check_can_decide` raises with a sentence and a code, `can_decide` answers. A button is never
disabled: it answers with that sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from math import ceil
from typing import ParamSpec

from valuation.dwellings.characteristics import Words
from valuation.errors import ActionRefused, CaseNotFound
from valuation.review.actor import ROLES, Actor, Role
from valuation.review.case import ReviewCase, State
from valuation.review.refusals import refused
from valuation.review.sight import asks_for_own_view, may_know_of
from valuation.review.workflow import Action, check_transition, holder, in_days, listed, moment, said, standing

_Given = ParamSpec("_Given")

_WORKERS: frozenset[Role] = frozenset({"caseworker"})
_READERS: frozenset[Role] = frozenset({"second_reader"})
_BOTH: frozenset[Role] = _WORKERS | _READERS

PERMITTED: dict[Action, frozenset[Role]] = {
    "open_case": _BOTH,
    "reserve": _BOTH,
    "release_reservation": _BOTH,
    "begin": _WORKERS,
    "save_draft": _BOTH,
    "give_own_view": _BOTH,
    "propose_correction": _BOTH,
    "decide": _WORKERS,
    "approve": _READERS,
    "send_back": _READERS,
    "record_inspection": _WORKERS,
    "reopen": _BOTH,
    "send_on": frozenset({"administrator"}),
    "declare_conflict": _BOTH,
    "register_complaint": _WORKERS,
    "answer_argument": _WORKERS,
    "decide_complaint": _BOTH,
    "pursue": _WORKERS,
}
"""Deny by default: a role that is not named may not. Readers, analysts and auditors only look."""

WORKS_IN: dict[State, frozenset[Role]] = {
    "open": _WORKERS,
    "reserved": _WORKERS,
    "begun": _WORKERS,
    "control": _READERS,
    "returned": _WORKERS,
    "decided": frozenset(),
    "needs_inspection": _WORKERS,
    "complaint": _BOTH,
    "complaint_decided": frozenset(),
}
"""Whose work a case is in each state: nobody else puts their name or a draft on it, and holds up those who do."""

SEES_OVERSIGHT: frozenset[Role] = frozenset({"administrator", "analyst", "auditor"})
SEES_RECORD: frozenset[Role] = frozenset({"auditor", "administrator"})
"""Who may read the whole record of events; those who see a case read the events of that case (`sight.py`)."""

ROLE_WORDS: dict[Role, Words] = {
    "reader": Words(en="reader", nb="leser", nn="lesar"),
    "caseworker": Words(en="caseworker", nb="saksbehandler", nn="saksbehandlar"),
    "second_reader": Words(en="second reader", nb="kontrollør", nn="kontrollør"),
    "analyst": Words(en="analyst", nb="analytiker", nn="analytikar"),
    "administrator": Words(en="administrator", nb="administrator", nn="administrator"),
    "auditor": Words(en="auditor", nb="revisor", nn="revisor"),
}
ACTION_WORDS: dict[Action, Words] = {
    "open_case": Words(en="opening a case", nb="å opprette en sak", nn="å opprette ei sak"),
    "reserve": Words(en="reserving", nb="å reservere", nn="å reservere"),
    "release_reservation": Words(en="releasing a reservation", nb="å frigi en sak", nn="å frigje ei sak"),
    "begin": Words(en="beginning on a case", nb="å begynne på en sak", nn="å byrje på ei sak"),
    "save_draft": Words(en="saving a draft", nb="å lagre utkast", nn="å lagre utkast"),
    "give_own_view": Words(en="giving an estimate", nb="å gi et eget anslag", nn="å gje eit eige overslag"),
    "propose_correction": Words(en="proposing a correction", nb="å foreslå retting", nn="å føreslå retting"),
    "decide": Words(en="deciding", nb="å avgjøre", nn="å avgjere"),
    "approve": Words(en="approving", nb="å godkjenne", nn="å godkjenne"),
    "send_back": Words(en="sending back", nb="å sende tilbake", nn="å sende tilbake"),
    "record_inspection": Words(en="recording an inspection", nb="å føre inn en befaring", nn="å føre inn ei synfaring"),
    "reopen": Words(en="taking back", nb="å angre", nn="å angre"),
    "send_on": Words(en="sending on", nb="å sende videre", nn="å sende vidare"),
    "declare_conflict": Words(
        en="declaring a conflict of interest", nb="å melde inhabilitet", nn="å melde inhabilitet"
    ),
    "register_complaint": Words(en="registering a complaint", nb="å registrere en klage", nn="å registrere ei klage"),
    "answer_argument": Words(en="answering an argument", nb="å besvare et argument", nn="å svare på eit argument"),
    "decide_complaint": Words(en="deciding a complaint", nb="å avgjøre en klage", nn="å avgjere ei klage"),
    "pursue": Words(en="taking a complaint on", nb="å føre en klage videre", nn="å føre ei klage vidare"),
}

_OVERSIGHT = Words(en="seeing the leader's figures", nb="å se lederens tall", nn="å sjå tala til leiaren")
_RECORD = Words(en="reading the whole record", nb="å lese hele loggen", nn="å lese heile loggen")


def _answered(check: Callable[_Given, None]) -> Callable[_Given, bool]:
    """Return the other half of a pair: whether the check passes."""

    @wraps(check)
    def can(*given: _Given.args, **named: _Given.kwargs) -> bool:
        try:
            check(*given, **named)
        except (ActionRefused, CaseNotFound):
            return False
        return True

    return can


def check_role(actor: Actor, action: Action, among: frozenset[Role] = frozenset(ROLES)) -> None:
    """Refuse an action that none of the actor's roles may do.

    Parameters
    ----------
    among : frozenset of Role
        Only these of the roles that may do it: those whose work the case is now.

    Raises
    ------
    ActionRefused
        `role-may-not`.
    """
    if not actor.roles & PERMITTED[action] & among:
        raise _not_for(ACTION_WORDS[action], PERMITTED[action] & among)


def _not_for(what: Words, roles: frozenset[Role]) -> ActionRefused:
    named = [words for role, words in ROLE_WORDS.items() if role in roles]
    return refused("role-may-not", action=said(what), roles=listed(named))


def check_can_see(case: ReviewCase, actor: Actor) -> None:
    """Refuse a case that is not for this actor, as one that is not there.

    Raises
    ------
    CaseNotFound
    """
    if not may_know_of(case, actor):
        raise no_such_case(case.case_id)


def no_such_case(case_id: str) -> CaseNotFound:
    """Return the one answer to a case that is not there and to one that is not for this actor."""
    return CaseNotFound(f"there is no case {case_id}", remedy="look for it by address or matrikkel number")


def check_can_see_oversight(actor: Actor) -> None:
    """Refuse the leader's figures.

    Raises
    ------
    ActionRefused
        `role-may-not`.
    """
    if not actor.roles & SEES_OVERSIGHT:
        raise _not_for(_OVERSIGHT, SEES_OVERSIGHT)


def check_can_see_record(actor: Actor) -> None:
    """Refuse the whole record of events.

    Raises
    ------
    ActionRefused
        `role-may-not`.
    """
    if not actor.roles & SEES_RECORD:
        raise _not_for(_RECORD, SEES_RECORD)


def check_can_open_case(actor: Actor) -> None:
    """Refuse opening a case by hand."""
    check_role(actor, "open_case")


def check_can_reserve(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to put a name on a case that is another's now, or that this person may not work on."""
    _check_own_work(case, actor, now, "reserve")
    if case.state == "control":
        _check_not_own(case, actor)


def check_can_release_reservation(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to take a name off a case that is not one's own."""
    _check(case, actor, now, "release_reservation")
    if holder(case, now) != actor.user_id:
        raise refused("not-your-reservation")


def check_can_begin(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to begin on a case."""
    _check_may_work(case, actor, now, "begin")


def check_can_save_draft(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to keep what somebody has written: hardly ever, since it must not be lost."""
    _check_own_work(case, actor, now, "save_draft")


def check_can_give_own_view(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse an estimate that nobody asked for, or a second one after more was seen."""
    _check_own_work(case, actor, now, "give_own_view")
    if case.state == "control":
        _check_not_own(case, actor)
    given = case.own_view_of(actor.user_id)
    if given is not None:
        raise refused("own-view-given", value=given.value)
    if not asks_for_own_view(case, actor):
        raise refused("no-own-view-asked")


def check_can_propose_correction(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to propose that a fact is wrong."""
    _check_own_work(case, actor, now, "propose_correction")


def check_can_decide(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to decide about a value."""
    _check_may_work(case, actor, now, "decide")
    _check_own_view_first(case, actor)


def check_can_approve(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to approve what waits for control."""
    _check_may_work(case, actor, now, "approve")
    _check_not_own(case, actor)
    _check_not_about_own_decision(case, actor)
    _check_own_view_first(case, actor)


def check_can_send_back(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to send back what waits for control."""
    _check_may_work(case, actor, now, "send_back")
    _check_not_own(case, actor)
    _check_not_about_own_decision(case, actor)
    _check_own_view_first(case, actor)


def check_can_record_inspection(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to put down what an inspection found."""
    _check_may_work(case, actor, now, "record_inspection")


def check_can_reopen(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to take back what another decided, or what was sent on."""
    _check_may_work(case, actor, now, "reopen")
    if case.sent_on_at is not None:
        raise refused("sent-on", day=in_days(case.sent_on_at))
    made = case.proposal or case.decision
    if made is not None and actor.user_id not in (made.by, made.approved_by):
        raise refused("not-your-decision", name=made.by)


def check_can_send_on(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to note that a decision went out, where there is none or it did."""
    _check(case, actor, now, "send_on")
    if case.sent_on_at is not None:
        raise refused("sent-on", day=in_days(case.sent_on_at))


def check_can_declare_conflict(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse only who has declared it already, or does not work on cases."""
    _check(case, actor, now, "declare_conflict")


def check_can_register_complaint(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse a second complaint; no reservation stands against one, since it came in when it did."""
    _check(case, actor, now, "register_complaint")


def check_can_answer_argument(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to answer what the owner argues."""
    _check_may_work(case, actor, now, "answer_argument")


def check_can_decide_complaint(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse whoever made or approved the decision that the complaint is about."""
    _check_may_work(case, actor, now, "decide_complaint")
    _check_not_about_own_decision(case, actor)


def check_can_pursue(case: ReviewCase, actor: Actor, now: datetime) -> None:
    """Refuse to go on with a complaint that is finished: all but a partly upheld one, once."""
    _check(case, actor, now, "pursue")
    complaint = case.complaint
    if complaint is None or complaint.result != "partly_upheld" or complaint.is_pursued:
        raise refused("complaint-finished")


can_see = _answered(check_can_see)
can_see_oversight = _answered(check_can_see_oversight)
can_see_record = _answered(check_can_see_record)
can_open_case = _answered(check_can_open_case)
can_reserve = _answered(check_can_reserve)
can_release_reservation = _answered(check_can_release_reservation)
can_begin = _answered(check_can_begin)
can_save_draft = _answered(check_can_save_draft)
can_give_own_view = _answered(check_can_give_own_view)
can_propose_correction = _answered(check_can_propose_correction)
can_decide = _answered(check_can_decide)
can_approve = _answered(check_can_approve)
can_send_back = _answered(check_can_send_back)
can_record_inspection = _answered(check_can_record_inspection)
can_reopen = _answered(check_can_reopen)
can_send_on = _answered(check_can_send_on)
can_declare_conflict = _answered(check_can_declare_conflict)
can_register_complaint = _answered(check_can_register_complaint)
can_answer_argument = _answered(check_can_answer_argument)
can_decide_complaint = _answered(check_can_decide_complaint)
can_pursue = _answered(check_can_pursue)

CHECKS: dict[Action, Callable[[ReviewCase, Actor, datetime], None]] = {
    "reserve": check_can_reserve,
    "release_reservation": check_can_release_reservation,
    "begin": check_can_begin,
    "save_draft": check_can_save_draft,
    "give_own_view": check_can_give_own_view,
    "propose_correction": check_can_propose_correction,
    "decide": check_can_decide,
    "approve": check_can_approve,
    "send_back": check_can_send_back,
    "record_inspection": check_can_record_inspection,
    "reopen": check_can_reopen,
    "send_on": check_can_send_on,
    "declare_conflict": check_can_declare_conflict,
    "register_complaint": check_can_register_complaint,
    "answer_argument": check_can_answer_argument,
    "decide_complaint": check_can_decide_complaint,
    "pursue": check_can_pursue,
}
"""What stands against each action on a case that is there."""


def refusals_of(case: ReviewCase, actor: Actor, now: datetime) -> dict[Action, ActionRefused | None]:
    """Return for each action what stands against it now; None where nothing does.

    Raises
    ------
    CaseNotFound
        For a case that is not for this actor.
    """
    return {action: _refusal(check, case, actor, now) for action, check in CHECKS.items()}


def _refusal(
    check: Callable[[ReviewCase, Actor, datetime], None], case: ReviewCase, actor: Actor, now: datetime
) -> ActionRefused | None:
    try:
        check(case, actor, now)
    except ActionRefused as refusal:
        return refusal
    return None


def _check(case: ReviewCase, actor: Actor, now: datetime, action: Action) -> None:
    check_can_see(case, actor)
    check_role(actor, action)
    if actor.user_id in case.conflicts:
        raise refused("conflict-declared")
    check_transition(case, action, now)


def _check_may_work(case: ReviewCase, actor: Actor, now: datetime, action: Action) -> None:
    _check(case, actor, now, action)
    other = holder(case, now)
    if other is not None and other != actor.user_id:
        left = moment(str(case.reserved_until)) - now
        raise refused("reserved-by-another", name=other, minutes=ceil(left.total_seconds() / 60))


def _check_own_work(case: ReviewCase, actor: Actor, now: datetime, action: Action) -> None:
    _check_may_work(case, actor, now, action)
    check_role(actor, action, WORKS_IN[standing(case, now)])


def _check_not_own(case: ReviewCase, actor: Actor) -> None:
    if case.proposal is not None and case.proposal.by == actor.user_id:
        raise refused("nobody-approves-their-own")


def _check_not_about_own_decision(case: ReviewCase, actor: Actor) -> None:
    standing_decision = case.decision
    if case.complaint is None or standing_decision is None:
        return
    if actor.user_id in (standing_decision.by, standing_decision.approved_by):
        raise refused("complaint-about-own-decision")


def _check_own_view_first(case: ReviewCase, actor: Actor) -> None:
    if asks_for_own_view(case, actor):
        raise refused("own-view-first")
