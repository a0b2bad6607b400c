"""What is one case about, and what does a person do with it? The page, and the forms on it.

Every form is an action of the review, the same one the API calls (`api/case_actions.py`), in one transaction with its
event and its answer: a second press of the button gives the answer of the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.case_actions import CASE_ACTIONS, CaseAction
from api.dependencies import CurrentActor, TheService
from api.pages.case_list import TOLD
from api.pages.case_view import case_content
from api.pages.complaint_page import ACTIONS as OF_COMPLAINTS
from api.pages.complaint_page import complaint_shown
from api.pages.forms import FormRefused, Wrong, body_from, typed_in, wrongs_of
from api.pages.frame import page, page_language, told_before
from api.pages.last_decisions import last_decisions
from api.pages.seen_case import seen_case
from api.pages.sentences import sentences
from api.pages.what_if_page import trial_shown
from api.parameters import Identity
from api.service import Service
from valuation.errors import ActionRefused, CaseChanged, CaseNotFound, NoAnswer
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.idempotency import Answer, answered_once
from valuation.review.permissions import refusals_of
from valuation.review.repository import ReviewTransaction

router = APIRouter(include_in_schema=False)
CaseId = Annotated[str, Path(pattern=Identity)]
BY_NAME: dict[str, CaseAction] = {action.name: action for action in CASE_ACTIONS}
AGAIN = dict.fromkeys(OF_COMPLAINTS, complaint_shown) | {"corrections": trial_shown}
"""On which page a refused action is told, where that is not the page of the case: where its form stands."""
CHANGED = (
    "A colleague changed the case while you were writing. You see it as it is now; what you wrote stands in the form. "
    "Look at what changed, and send it again."
)
SETTLED = (
    "A colleague was here before you, and the case can no longer be decided by you. You see it as it is now; what you "
    "wrote stands below."
)
ENDS = {"decide": "decided", "approve": "decided"}
"""After which actions the list is shown, and what it says."""


@router.get("/cases/{case_id}")
def show_case(request: Request, case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Show a case: what it is worth and why, why it is here, what can be done."""
    return shown(request, service, seen_case(service, case_id, actor), actor)


@router.post("/cases/{case_id}/{action}")
async def act_on_case(
    request: Request, case_id: CaseId, action: str, service: TheService, actor: CurrentActor
) -> Response:
    """Do what a form asks for; what stands in the way is told beside its field, with all that was typed."""
    wanted = BY_NAME.get(action)
    if wanted is None:
        raise CaseNotFound(f"there is nothing called {action} to do with a case")
    typed = await typed_in(request)
    return await run_in_threadpool(_acted, request, service, actor, case_id, wanted, typed)


def _acted(
    request: Request, service: Service, actor: Actor, case_id: str, action: CaseAction, typed: Mapping[str, str]
) -> Response:
    language = page_language(request, service)
    again = AGAIN.get(action.name, shown)
    try:
        body = body_from(action, typed, language)
        case = _done(service, actor, case_id, action, body, typed)
    except FormRefused as refused:
        return again(request, service, seen_case(service, case_id, actor), actor, refused.wrong, typed, 422)
    except ActionRefused as refused:
        wrong = wrongs_of(refused, typed, language)
        return again(request, service, seen_case(service, case_id, actor), actor, wrong, typed, 422)
    except NoAnswer as refused:
        wrong = (Wrong("to", str(refused)),)
        return again(request, service, seen_case(service, case_id, actor), actor, wrong, typed, 422)
    except CaseChanged:
        now = seen_case(service, case_id, actor)
        is_settled = action.name == "decide" and refusals_of(now, actor, service.now())["decide"] is not None
        said = sentences(language)(SETTLED if is_settled else CHANGED)
        return again(request, service, now, actor, (Wrong("", said),), typed, 412)
    return _onwards(case, action)


def _onwards(case: ReviewCase, action: CaseAction) -> Response:
    if action.name in ENDS:
        told = "sent-to-control" if case.state == "control" else ENDS[action.name]
        return RedirectResponse(f"/cases?told={told}&done={case.case_id}", 303)
    if action.name in OF_COMPLAINTS:
        return RedirectResponse(f"/cases/{case.case_id}/complaint", 303)
    return RedirectResponse(f"/cases/{case.case_id}", 303)


def _done(
    service: Service, actor: Actor, case_id: str, action: CaseAction, body: Any, typed: Mapping[str, str]
) -> ReviewCase:
    version = int(typed["version"]) if typed.get("version", "").isdigit() else 0
    key, sent = typed.get("idempotency_key", ""), json.dumps(dict(typed), sort_keys=True).encode("utf-8")
    asked = service.sent(actor, key, f"POST /cases/{case_id}/{action.name}", sent)

    def act(transaction: ReviewTransaction) -> Answer:
        case = action.act(service.desk(transaction, actor), case_id, version, body, service.record_of_case)
        return Answer(303, case.case_id)

    try:
        answered_once(service.reviews, asked, act)
    except (ActionRefused, CaseChanged) as error:
        service.note_attempt(actor, action.name, case_id, error, version_seen=version)
        raise
    return seen_case(service, case_id, actor)


def shown(
    request: Request,
    service: Service,
    case: ReviewCase,
    actor: Actor,
    wrong: tuple[Wrong, ...] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return the page of a case; after a refusal with what stood in the way and what was typed."""
    language = page_language(request, service)
    value = service.rolls.value(case.value_id)
    events = service.reviews.events(subject_kind="case", subject_id=case.case_id)
    content = case_content(service, case, value, actor, language, events=events, wrong=wrong, typed=typed)
    content["last_decisions"] = last_decisions(service, actor, language)
    told = told_before(request, language, TOLD)
    return page(request, service, "case.html", content, actor=actor, language=language, status=status, told=told)
