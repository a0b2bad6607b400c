"""How does a version go live, or back, from a page? One recorded operation each, the same as by the API.

Through the gates by one person; against a gate, or back, by two: one proposes, another confirms from their own session.
After each operation this worker serves what is live.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api import version_actions as actions
from api.dependencies import CurrentActor, TheService
from api.pages.forms import Wrong, typed_in
from api.pages.frame import page_language
from api.pages.sentences import sentences
from api.pages.versions_page import VersionId, known_version, version_page
from api.problem import Problem
from api.service import Service
from api.version_actions import Act, Once
from api.version_questions import asked, gates_of, kept_verdict, verdict_of, versions_of
from api.words import words_of
from valuation.errors import ActionRefused, GateNotPassed, InputRefused, Locked, StoreUnavailable, WrongUse
from valuation.release.analysis import Analysis
from valuation.release.proposal import Deed
from valuation.release.standing import StandingVersion, live_of
from valuation.review.actor import Actor
from valuation.review.idempotency import Answer, answered_once
from valuation.review.repository import ReviewTransaction

router = APIRouter(include_in_schema=False)
ProposalNumber = Annotated[int, Path(ge=1, le=2**53)]


@router.post("/model-versions/proposals/{number}/confirm")
async def confirm_proposal(
    number: ProposalNumber, request: Request, service: TheService, actor: CurrentActor
) -> Response:
    """Carry out what another person proposed."""
    typed = await typed_in(request)

    def act(transaction: ReviewTransaction) -> Answer:
        done = actions.confirm(service, transaction, actor, number, lambda one: verdict_of(service, one))
        return Answer(303, done.entry.model_version)

    once = partial(actions.confirmed_once, service, actor, number)
    return await _ended(request, service, actor, typed, act, "promoted", number=number, once=once)


@router.post("/model-versions/proposals/{number}/withdraw")
async def withdraw_proposal(
    number: ProposalNumber, request: Request, service: TheService, actor: CurrentActor
) -> Response:
    """End a proposal without carrying it out."""
    typed = await typed_in(request)

    def act(transaction: ReviewTransaction) -> Answer:
        return Answer(303, actions.withdraw(service, transaction, actor, number).model_version)

    return await _ended(request, service, actor, typed, act, "withdrawn", number=number)


@router.post("/model-versions/{model_version}/gates")
async def ask_gates(model_version: VersionId, request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Ask the gates about a version, beside the service; the same question finds its answer."""
    await typed_in(request)

    def ask() -> Analysis:
        versions = versions_of(service)
        question = gates_of(service, _whole(versions, model_version), live_of(versions))
        with service.reviews.transaction() as transaction:
            made = asked(service, transaction, actor, question)
        service.analyses.begin(made.analysis_id)
        return made

    made = await run_in_threadpool(ask)
    return RedirectResponse(f"/analyses/{made.analysis_id}", 303)


@router.post("/model-versions/{model_version}/promote")
async def promote_version(
    model_version: VersionId, request: Request, service: TheService, actor: CurrentActor
) -> Response:
    """Make a version live whose gates pass, by the answer they gave."""
    typed = await typed_in(request)

    def act(transaction: ReviewTransaction) -> Answer:
        verdict = kept_verdict(service, typed.get("asked", ""))
        _need_same(verdict.version.model_version, model_version)
        return Answer(303, actions.promoted(service, transaction, actor, verdict).entry.model_version)

    return await _ended(request, service, actor, typed, act, "promoted", model_version=model_version)


@router.post("/model-versions/{model_version}/propose")
async def propose_version(
    model_version: VersionId, request: Request, service: TheService, actor: CurrentActor
) -> Response:
    """Propose to go back to a version, or to make one live against a gate; a second person confirms."""
    typed = await typed_in(request)
    # Going back asks no gates: a proposal that brings their answer along is one against them.
    deed: Deed = "promote by hand" if typed.get("asked") else "roll back"

    def act(transaction: ReviewTransaction) -> Answer:
        verdict = kept_verdict(service, typed["asked"]) if deed == "promote by hand" else None
        if verdict is not None:
            _need_same(verdict.version.model_version, model_version)
        made = actions.propose(
            service,
            transaction,
            actor,
            model_version,
            deed,
            typed.get("reason", ""),
            verdict=verdict,
            asked=typed.get("asked", ""),
        )
        return Answer(303, made.model_version)

    return await _ended(request, service, actor, typed, act, "proposed", model_version=model_version)


async def _ended(
    request: Request,
    service: Service,
    actor: Actor,
    typed: Mapping[str, str],
    act: Act,
    told: str,
    *,
    model_version: str = "",
    number: int = 0,
    once: Once | None = None,
) -> Response:
    """Do it once, then serve what is live; a refusal is told on the page of the version."""
    body = json.dumps(dict(typed), sort_keys=True).encode("utf-8")
    wanted = service.sent(actor, typed.get("idempotency_key", ""), f"POST {request.url.path}", body)
    do: Once = partial(answered_once, service.reviews) if once is None else once
    language = page_language(request, service)
    try:
        answer, _ = await run_in_threadpool(do, wanted, act)
    except StoreUnavailable:
        # About no version: answered as everywhere.
        raise
    except (ActionRefused, GateNotPassed, InputRefused, Locked, WrongUse) as refused:
        about = model_version or await run_in_threadpool(_version_of_proposal, service, number)
        if not about:
            raise
        wrong, status = _wrong(refused, language)
        reason = typed.get("reason", "")
        return await run_in_threadpool(
            version_page,
            request,
            service,
            actor,
            about,
            wrong=wrong,
            reason=reason,
            asked_gates=typed.get("asked", ""),
            status=status,
        )
    await request.app.state.switch.catch_up_or_say()
    return RedirectResponse(f"/model-versions/{answer.body}?told={told}", 303)


def _wrong(refused: Any, language: str) -> tuple[tuple[Wrong, ...], int]:
    """Return what is said of a refusal, and its status."""
    if isinstance(refused, ActionRefused):
        status = 403 if refused.code == "nobody-confirms-their-own" else 422 if refused.pointer else 409
        return (Wrong(refused.pointer.strip("/"), refused.in_language(language)),), status
    say = sentences(language)
    if isinstance(refused, GateNotPassed):
        # Which measures, stands on the page of the gates; their names and numbers come from the run.
        return (
            Wrong("", say("At least one gate refuses. See its answer for the measure, its number and its limit.")),
        ), 409
    if isinstance(refused, Locked):
        return (Wrong("", say("Somebody else is deciding which version is in use. Look again in a moment.")),), 409
    return (
        Wrong("", say("The gates were asked about something else than what would go live now. Ask them again.")),
    ), 409


def _version_of_proposal(service: Service, number: int) -> str:
    found = next((one for one in actions.all_proposals(service) if one.number == number), None)
    return "" if found is None else found.model_version


def _whole(versions: list[StandingVersion], model_version: str) -> StandingVersion:
    found = known_version(versions, model_version)
    if not found.is_whole:
        raise Problem(409, "run-not-whole", words_of("run-not-whole"))
    return found


def _need_same(judged: str, model_version: str) -> None:
    if judged != model_version:
        raise InputRefused("the gates were asked about another version", expected=model_version, remedy="ask again")
