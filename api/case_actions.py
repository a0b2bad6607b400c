"""What can be done with a case over HTTP? Each line is an action of the review with the body it needs.

Nothing is decided here: bodies become the arguments of `valuation.review.actions`, and so do the fields of the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.schemas import case as bodies
from api.schemas.wire import Nothing, Received
from valuation.review import actions
from valuation.review.actions import Choice, Desk
from valuation.review.case import ReviewCase

Records = Callable[[ReviewCase], Mapping[str, Any]]
"""Returns the facts of the released value of a case."""
Act = Callable[[Desk, str, int, Any, Records], ReviewCase]


@dataclass(frozen=True)
class CaseAction:
    """One action."""

    name: str
    """Last part of the address."""
    summary: str
    body: type[Received]
    act: Act

    @property
    def example(self) -> dict[str, Any]:
        """Return a body it takes."""
        return EXAMPLES.get(self.name, {})


def choice_of(body: bodies.ChoiceBody) -> Choice:
    """Return what a person chose."""
    return Choice(body.outcome, body.reason_code, body.text, body.value, tuple(body.evidence))


def _save_draft(desk: Desk, case_id: str, version: int, body: bodies.DraftBody, _: Records) -> ReviewCase:
    given = body.model_dump() | {"evidence": tuple(body.evidence)}
    return actions.save_draft(desk, case_id, version=version, **given)


def _give_own_view(desk: Desk, case_id: str, version: int, body: bodies.OwnViewBody, _: Records) -> ReviewCase:
    return actions.give_own_view(desk, case_id, version=version, value=body.value)


def _propose(desk: Desk, case_id: str, version: int, body: bodies.CorrectionBody, records: Records) -> ReviewCase:
    return actions.propose_correction(
        desk,
        case_id,
        version=version,
        characteristic=body.characteristic,
        proposed=body.proposed,
        source=body.source,
        record=records(desk.transaction.case(case_id)),
    )


def _decide(desk: Desk, case_id: str, version: int, body: bodies.ChoiceBody, _: Records) -> ReviewCase:
    return actions.decide(desk, case_id, choice_of(body), version=version)


def _send_back(desk: Desk, case_id: str, version: int, body: bodies.CommentBody, _: Records) -> ReviewCase:
    return actions.send_back(desk, case_id, version=version, comment=body.comment)


def _record_inspection(desk: Desk, case_id: str, version: int, body: bodies.FindingsBody, _: Records) -> ReviewCase:
    return actions.record_inspection(desk, case_id, version=version, findings=body.findings)


def _register_complaint(desk: Desk, case_id: str, version: int, body: bodies.ComplaintBody, _: Records) -> ReviewCase:
    return actions.register_complaint(
        desk,
        case_id,
        version=version,
        received_on=body.received_on.isoformat(),
        arguments=tuple(body.arguments),
        enclosed_values=tuple(body.enclosed_values),
        notified_on=body.notified_on.isoformat() if body.notified_on else None,
    )


def _answer_argument(desk: Desk, case_id: str, version: int, body: bodies.AnswerBody, _: Records) -> ReviewCase:
    return actions.answer_argument(desk, case_id, version=version, number=body.number, answer=body.answer)


def _decide_complaint(
    desk: Desk, case_id: str, version: int, body: bodies.ComplaintDecisionBody, _: Records
) -> ReviewCase:
    return actions.decide_complaint(desk, case_id, choice_of(body), version=version, result=body.result)


def _pursue(desk: Desk, case_id: str, version: int, body: bodies.PursuitBody, _: Records) -> ReviewCase:
    received = body.received_on.isoformat()
    return actions.pursue(desk, case_id, version=version, received_on=received, argument=body.argument)


def _plain(action: Callable[..., ReviewCase]) -> Act:
    def act(desk: Desk, case_id: str, version: int, _: Any, __: Records) -> ReviewCase:
        return action(desk, case_id, version=version)

    return act


CHOICE: dict[str, Any] = {
    "outcome": "own_value",
    "reason_code": "fits-comparable-sales",
    "text": "Three sales in the same street in 2025 lie 12 % below the model's value for 69 m² without a lift.",
    "value": 3_900_000,
    "evidence": ["document:inspection-2026-01-12"],
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "draft": {"outcome": "own_value", "value_typed": "3 900 000", "text": "Looked at three sales in the street."},
    "own-view": {"value": 3_900_000},
    "corrections": {"characteristic": "rooms", "proposed": 3, "source": "Drawing approved in 2019."},
    "decide": CHOICE,
    "send-back": {"comment": "Name the sales of 2025 that the text speaks of."},
    "inspection": {"findings": "Seen on 2026-01-12: the loft of 12 m² is a storeroom."},
    "complaint": {
        "received_on": "2026-01-20",
        "arguments": ["The area is 69 m², not 96 m²."],
        "enclosed_values": [3_500_000],
    },
    "complaint-answers": {"number": 1, "answer": "The drawing of 2019 shows 69 m²; the area was corrected."},
    "complaint-decision": CHOICE | {"result": "partly_upheld"},
    "complaint-pursuit": {"received_on": "2026-03-01", "argument": "The owner asks on about the bathroom of 1974."},
}
"""Bodies as the description of the service shows them; those that need no words are left out."""

CASE_ACTIONS: tuple[CaseAction, ...] = (
    CaseAction("reserve", "Put your name on it for a quarter of an hour", Nothing, _plain(actions.reserve)),
    CaseAction("release", "Take your name off it", Nothing, _plain(actions.release_reservation)),
    CaseAction("begin", "Begin to work on it", Nothing, _plain(actions.begin)),
    CaseAction("draft", "Keep what is written so far", bodies.DraftBody, _save_draft),
    CaseAction("own-view", "Put down an own estimate before seeing others'", bodies.OwnViewBody, _give_own_view),
    CaseAction("corrections", "Propose that a recorded fact is wrong", bodies.CorrectionBody, _propose),
    CaseAction("decide", "Decide, or propose where a second pair of eyes is needed", bodies.ChoiceBody, _decide),
    CaseAction("approve", "Approve what another proposed", Nothing, _plain(actions.approve)),
    CaseAction("send-back", "Send what another proposed back", bodies.CommentBody, _send_back),
    CaseAction("reopen", "Take your decision back before it is sent on", Nothing, _plain(actions.reopen)),
    CaseAction("send-on", "Send the decision on", Nothing, _plain(actions.send_on)),
    CaseAction("inspection", "Write down what an inspection found", bodies.FindingsBody, _record_inspection),
    CaseAction("conflict", "Declare a conflict of interest", Nothing, _plain(actions.declare_conflict)),
    CaseAction("complaint", "Register a complaint", bodies.ComplaintBody, _register_complaint),
    CaseAction("complaint-answers", "Answer an argument of the owner", bodies.AnswerBody, _answer_argument),
    CaseAction("complaint-decision", "Decide the complaint", bodies.ComplaintDecisionBody, _decide_complaint),
    CaseAction("complaint-pursuit", "The owner asks on", bodies.PursuitBody, _pursue),
)
