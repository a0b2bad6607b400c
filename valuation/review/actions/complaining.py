"""How is a complaint registered, answered and decided, and when is it finished?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from valuation.errors import ActionRefused
from valuation.reasons.said_reason import cleaned
from valuation.review.actions.deciding import drafted_again, in_force, proposed, told
from valuation.review.actions.opening import COMPLAINT, ValueAtHand, opened
from valuation.review.case import COMPLAINT_RESULTS, Complaint, Decision, Outcome, ReviewCase
from valuation.review.choice import Choice, amount, check_says_something, checked, is_whole_amount
from valuation.review.desk import Desk, released
from valuation.review.four_eyes import needs_second_reader
from valuation.review.permissions import check_role
from valuation.review.refusals import refused, together
from valuation.review.workflow import in_days

OF_A_COMPLAINT: tuple[Outcome, ...] = ("accepted", "own_value", "facts_corrected", "cannot_be_valued")
"""An inspection is made before a complaint is decided; it does not decide it."""
RESULT_RULES: dict[str, dict[str, str]] = {
    "rejected": {
        "en": "Rejected means that the value stands.",
        "nb": "Ikke medhold betyr at verdien står.",
        "nn": "Ikkje medhald tyder at verdien står.",
    },
    "raised": {
        "en": "Raised means that the value goes up.",
        "nb": "Hevet betyr at verdien går opp.",
        "nn": "Heva tyder at verdien går opp.",
    },
    "upheld": {
        "en": "Upheld means that the value changes as the owner asks.",
        "nb": "Medhold betyr at verdien endres slik eieren ber om.",
        "nn": "Medhald tyder at verdien blir endra slik eigaren bed om.",
    },
    "partly_upheld": {
        "en": "Partly upheld means that the value changes some of the way.",
        "nb": "Delvis medhold betyr at verdien endres et stykke på vei.",
        "nn": "Delvis medhald tyder at verdien blir endra eit stykke på veg.",
    },
}
"""What each result says of the value."""


def register_complaint(
    desk: Desk,
    case_id: str,
    *,
    version: int,
    received_on: str,
    arguments: tuple[str, ...],
    enclosed_values: tuple[Any, ...] = (),
    notified_on: str | None = None,
) -> ReviewCase:
    """Register what the owner asks. A late complaint is registered too, and said to be late.

    Work that was under way is kept as drafts; a decision that is in force stays so until the complaint is decided.

    Parameters
    ----------
    received_on : str
        The day it came in, as 2026-01-31; not in the future.
    arguments : tuple of str
        One text for each thing the owner argues.
    enclosed_values : tuple of int
        Valuations the owner enclosed, in whole units of money.
    notified_on : str, optional
        The day from which the time to complain runs: when the owner was told, or the tax list was laid out.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, complaint-finished`; all at once: `date-not-read,
        date-to-come, date-before-notice, argument-missing, too-many-arguments, text-too-long, value-not-whole`.
    """
    case = desk.taken(case_id, version, "register_complaint")
    complaint = _checked_complaint(desk, received_on, arguments, enclosed_values, notified_on)
    return _registered(desk, case, complaint)


def register_complaint_on_value(
    desk: Desk,
    value: ValueAtHand,
    *,
    received_on: str,
    arguments: tuple[str, ...],
    enclosed_values: tuple[Any, ...] = (),
    notified_on: str | None = None,
) -> ReviewCase:
    """Register a complaint about a value that has no case yet: the case is opened, in the same transaction.

    Raises
    ------
    ValueNotFound
        For a value outside the actor's part of the municipality.
    ActionRefused
        As `register_complaint`, and `case-open-already`.
    """
    check_role(desk.actor, "register_complaint")
    complaint = _checked_complaint(desk, received_on, arguments, enclosed_values, notified_on)
    return _registered(desk, opened(desk, value, COMPLAINT, ""), complaint)


def answer_argument(desk: Desk, case_id: str, *, version: int, number: int, answer: str) -> ReviewCase:
    """Answer one argument of the owner; again replaces the answer, until the complaint is decided.

    Parameters
    ----------
    number : int
        1 for the first argument.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, no-such-argument, text-says-nothing,
        text-too-long`.
    """
    case = desk.taken(case_id, version, "answer_argument")
    complaint = _of(case)
    if not 1 <= number <= len(complaint.arguments):
        raise refused("no-such-argument", "/number", n=number, most=len(complaint.arguments))
    check_says_something(answer, desk, "/answer")
    answers = list(complaint.answers)
    answers[number - 1] = cleaned(answer)
    after = replace(case, complaint=replace(complaint, answers=tuple(answers)))
    return desk.kept(case, after, "answer_argument", number=number)


def decide_complaint(desk: Desk, case_id: str, choice: Choice, *, version: int, result: str) -> ReviewCase:
    """Decide a complaint, by another than who made the decision; the value may go up as well as down.

    Above a limit, or by lot, it goes to control. Partly upheld, it is finished unless the owner asks on (`pursue`).

    Parameters
    ----------
    choice : Choice
        `accepted` keeps the value that stands.
    result : str
        `upheld, partly_upheld, rejected` or `raised`.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, complaint-about-own-decision`; those
        of the choice (as `decide`), `argument-unanswered, unknown-result, result-does-not-fit`.
    """
    case = desk.taken(case_id, version, "decide_complaint")
    found = _unanswered(_of(case))
    decision = None
    try:
        decision = checked(choice, case, desk, outcomes=OF_A_COMPLAINT)
    except ActionRefused as refusal:
        found += refusal.all()
    found += _misfit(result, decision, case, desk)
    if found or decision is None:
        raise together(found)
    settled = replace(decision, complaint_result=result)  # type: ignore[arg-type]  # one of them: checked
    if needs_second_reader(settled, case, desk.params):
        return desk.kept(case, proposed(case, settled), "decide_complaint", **told(settled))
    after = replace(released(in_force(case, settled)), returned_to=None)
    return desk.kept(case, after, "decide_complaint", **told(settled))


def pursue(desk: Desk, case_id: str, *, version: int, received_on: str, argument: str = "") -> ReviewCase:
    """Register that the owner asks on after a complaint was partly upheld; without this it is finished.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, complaint-finished, date-not-read, date-to-come,
        date-before-notice, text-too-long`.
    """
    case = desk.taken(case_id, version, "pursue")
    complaint = _of(case)
    found = _wrong_day(desk, received_on, complaint.received_on) + _too_long(desk, (argument,), "/argument")
    if found:
        raise together(found)
    more = (cleaned(argument),) if cleaned(argument) else ()
    after = replace(
        complaint,
        pursued_on=received_on,
        arguments=(*complaint.arguments, *more),
        answers=(*complaint.answers, *(None for _ in more)),
    )
    changed = replace(released(case), state="complaint", complaint=after, sent_on_at=None)
    return desk.kept(case, changed, "pursue", received_on=received_on)


def due_on(desk: Desk, notified_on: str | None) -> str | None:
    """Return the last day to complain, by the law of the place; None where it says none, or the start is not known."""
    law = desk.jurisdiction.law
    if notified_on is None or law is None or law.complaint_weeks is None:
        return None
    return (date.fromisoformat(notified_on) + timedelta(weeks=law.complaint_weeks)).isoformat()


def _registered(desk: Desk, case: ReviewCase, complaint: Complaint) -> ReviewCase:
    after = case if case.proposal is None else drafted_again(case, case.proposal, desk)
    because = (*case.opened_because, *(() if COMPLAINT in case.opened_because else (COMPLAINT,)))
    decisions = tuple(
        replace(one, ended_at=desk.at) if one.outcome == "needs_inspection" and one.ended_at is None else one
        for one in case.decisions
    )
    after = replace(
        released(after),
        state="complaint",
        complaint=complaint,
        opened_because=because,
        decisions=decisions,
        returned_to=None,
        sent_on_at=None,
    )
    told_of = {"received_on": complaint.received_on, "due_on": complaint.due_on, "is_late": complaint.is_late}
    return desk.kept(case, after, "register_complaint", **told_of, n_arguments=len(complaint.arguments))


def _checked_complaint(
    desk: Desk, received_on: str, arguments: tuple[str, ...], enclosed: tuple[Any, ...], notified_on: str | None
) -> Complaint:
    said = tuple(cleaned(argument) for argument in arguments)
    found = _wrong_day(desk, received_on, notified_on) + _too_long(desk, said, "/arguments")
    if not any(said):
        found.append(refused("argument-missing", "/arguments"))
    found += [
        refused("argument-missing", f"/arguments/{place}") for place, text in enumerate(said) if any(said) and not text
    ]
    most = desk.params.max_arguments
    for pointer, given in (("/arguments", arguments), ("/enclosed_values", enclosed)):
        if len(given) > most:
            found.append(refused("too-many-arguments", pointer, n=len(given), most=most))
    found += [
        refused("value-not-whole", f"/enclosed_values/{place}", given=str(value)[:60])
        for place, value in enumerate(enclosed)
        if not is_whole_amount(value)
    ]
    if found:
        raise together(found)
    last = due_on(desk, notified_on)
    return Complaint(
        received_on=received_on,
        registered_by=desk.actor.user_id,
        registered_at=desk.at,
        arguments=said,
        enclosed_values=tuple(enclosed),
        notified_on=notified_on,
        due_on=last,
        # Plain dates compare as texts do.
        is_late=last is not None and received_on > last,
        answers=(None,) * len(said),
    )


def _wrong_day(desk: Desk, received_on: str, not_before: str | None) -> list[ActionRefused]:
    found = [
        refused("date-not-read", pointer, given=str(given)[:60])
        for pointer, given in (("/received_on", received_on), ("/notified_on", not_before))
        if given is not None and not _is_day(given)
    ]
    if found:
        return found
    # A day later than here can be today elsewhere on earth, but not the day after that.
    if date.fromisoformat(received_on) > (desk.now + timedelta(hours=14)).date():
        found.append(refused("date-to-come", "/received_on", day=in_days(received_on)))
    if not_before is not None and received_on < not_before:
        found.append(
            refused("date-before-notice", "/received_on", day=in_days(received_on), notified=in_days(not_before))
        )
    return found


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _too_long(desk: Desk, texts: tuple[str, ...], pointer: str) -> list[ActionRefused]:
    return [
        refused("text-too-long", pointer, n=len(text), most=desk.params.max_text)
        for text in texts
        if len(text) > desk.params.max_text
    ]


def _unanswered(complaint: Complaint) -> list[ActionRefused]:
    return [
        refused("argument-unanswered", f"/answers/{place}", n=place + 1)
        for place, answer in enumerate(complaint.answers)
        if answer is None
    ]


def _misfit(result: str, decision: Decision | None, case: ReviewCase, desk: Desk) -> list[ActionRefused]:
    if result not in COMPLAINT_RESULTS:
        return [refused("unknown-result", "/result", given=result[:60], known=", ".join(COMPLAINT_RESULTS))]
    if decision is None or _fits(result, case.value_in_force, decision.value):
        return []
    shown = {"before": amount(case.value_in_force, desk), "after": amount(decision.value, desk)}
    return [refused("result-does-not-fit", "/result", **shown, rule=RESULT_RULES[result])]


def _fits(result: str, before: int | None, after: int | None) -> bool:
    if result == "rejected":
        return before == after
    if result == "raised":
        return after is not None and (before is None or after > before)
    return before != after


def _of(case: ReviewCase) -> Complaint:
    if case.complaint is None:
        raise AssertionError(f"case {case.case_id} is {case.state} without a complaint")
    return case.complaint
