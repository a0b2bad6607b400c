"""Which model versions are there, which is live, and how does one go live or back? Through the gates, into the record.

Against a gate a version goes live on the pages or by the command line, with two people and a reason; the way back is
proposed by one person and confirmed by another.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_of, raw_body, read_body
from api.conditions import IdempotencyKey, key_given
from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.problem import Problem
from api.schemas.model_version import (
    ModelVersionAnswer,
    ModelVersionsAnswer,
    PromotionAnswer,
    ProposalAnswer,
    ProposalsAnswer,
    RollbackBody,
)
from api.schemas.wire import Nothing
from api.service import Service
from api.version_actions import (
    Act,
    Once,
    all_proposals,
    confirm,
    confirmed_once,
    entry_answer,
    live_version,
    promoted,
    proposal_answer,
    propose,
    record_of,
    withdraw,
)
from api.version_questions import verdict_of
from api.words import words_of
from valuation.models.registry import Entry, candidate, champion, folder_of
from valuation.release.verdict import judge
from valuation.review.actor import Actor
from valuation.review.idempotency import Answer, answered_once
from valuation.review.repository import ReviewTransaction

router = APIRouter(prefix="/model-versions", tags=["model versions"])
ROLLBACK = {"reason": "The values of Byåsen rose by 9 % without a sale behind them, note 2026-14."}
VersionId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="Twelve hexadecimal digits.")]
ProposalNumber = Annotated[int, Path(ge=1, le=2**53, description="Number of the event by which it was made.")]


@router.get("", summary="All versions")
def list_versions(service: TheService) -> ModelVersionsAnswer:
    """Return every version of the record, the newest first."""
    record = record_of(service)
    names = dict.fromkeys(entry.model_version for entry in reversed(record))
    return ModelVersionsAnswer(model_versions=[_told(name, record, service) for name in names])


@router.get("/proposals", summary="What waits for a second person, and what became of the others")
def list_proposals(service: TheService) -> ProposalsAnswer:
    """Return every proposal, the newest first."""
    live = live_version(service)
    return ProposalsAnswer(proposals=[proposal_answer(one, live) for one in all_proposals(service)])


@router.get("/{model_version}", summary="One version", responses=problems(404))
def one_version(model_version: VersionId, service: TheService) -> ModelVersionAnswer:
    """Return a version with its entries of the record."""
    return _told(model_version, _known(model_version, service), service)


@router.post(
    "/{model_version}/promote",
    summary="Make a version live, where every gate passes",
    response_model=PromotionAnswer,
    openapi_extra=body_of(Nothing),
    responses=problems(404, 409),
)
async def promote_version(
    model_version: VersionId,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask every gate about the run of the version, which takes a while, and make it live where all pass."""
    key = key_given(idempotency_key)
    await read_body(request, Nothing)
    record = await run_in_threadpool(_known, model_version, service)
    run = folder_of(service.registry, next(one for one in reversed(record) if one.model_version == model_version))
    # Before the transaction: the gates take seconds, and nobody else could write meanwhile.
    verdict = await run_in_threadpool(judge, run, service.registry, service.params.gates)

    def act(transaction: ReviewTransaction) -> Answer:
        return Answer(200, promoted(service, transaction, actor, verdict).model_dump_json())

    return await _recorded(request, service, actor, key, act)


@router.post(
    "/{model_version}/rollback",
    summary="Propose to go back to a version that was live before",
    status_code=202,
    response_model=ProposalAnswer,
    openapi_extra=body_of(RollbackBody, ROLLBACK),
    responses=problems(403, 404, 409),
)
async def roll_back_to(
    model_version: VersionId,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Propose with a reason; the version is live again when a second person, signed in as themselves, confirms it."""
    key, body = key_given(idempotency_key), await read_body(request, RollbackBody)
    await run_in_threadpool(_known, model_version, service)

    def act(transaction: ReviewTransaction) -> Answer:
        made = propose(service, transaction, actor, model_version, "roll back", body.reason)
        return Answer(202, made.model_dump_json())

    return await _recorded(request, service, actor, key, act)


@router.post(
    "/proposals/{number}/confirm",
    summary="Confirm what another person proposed",
    response_model=PromotionAnswer,
    openapi_extra=body_of(Nothing),
    responses=problems(403, 409),
)
async def confirm_proposal(
    number: ProposalNumber,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Carry it out; nobody confirms their own."""
    key = key_given(idempotency_key)
    await read_body(request, Nothing)

    def act(transaction: ReviewTransaction) -> Answer:
        done = confirm(service, transaction, actor, number, lambda one: verdict_of(service, one))
        return Answer(200, done.model_dump_json())

    return await _recorded(request, service, actor, key, act, partial(confirmed_once, service, actor, number))


@router.post(
    "/proposals/{number}/withdraw",
    summary="Withdraw a proposal, or turn it down",
    response_model=ProposalAnswer,
    openapi_extra=body_of(Nothing),
    responses=problems(403, 409),
)
async def withdraw_proposal(
    number: ProposalNumber,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """End it without carrying it out."""
    key = key_given(idempotency_key)
    await read_body(request, Nothing)

    def act(transaction: ReviewTransaction) -> Answer:
        return Answer(200, withdraw(service, transaction, actor, number).model_dump_json())

    return await _recorded(request, service, actor, key, act)


async def _recorded(
    request: Request, service: Service, actor: Actor, key: str, act: Act, once: Once | None = None
) -> Response:
    asked = service.sent(actor, key, f"{request.method} {request.url.path}", await raw_body(request))
    do: Once = partial(answered_once, service.reviews) if once is None else once
    answer, is_repeated = await run_in_threadpool(do, asked, act)
    # Whoever asks next is answered by the version that is live now.
    await request.app.state.switch.catch_up_or_say()
    headers = {"Idempotency-Replayed": "true"} if is_repeated else {}
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _known(model_version: str, service: Service) -> tuple[Entry, ...]:
    record = record_of(service)
    if all(entry.model_version != model_version for entry in record):
        raise Problem(404, "version-not-found", words_of("version-not-found"))
    return record


def _told(model_version: str, record: tuple[Entry, ...], service: Service) -> ModelVersionAnswer:
    own = [entry for entry in record if entry.model_version == model_version]
    live, waiting = champion(record), candidate(record)
    return ModelVersionAnswer(
        model_version=model_version,
        manifest_sha256=own[-1].manifest_sha256,
        is_live=live is not None and live.model_version == model_version,
        is_candidate=waiting is not None and waiting.model_version == model_version,
        is_served=service.bundle.model_version == model_version,
        entries=[entry_answer(entry) for entry in own],
    )
