"""How is a whole roll valued anew? Asked for, then looked at: the work takes minutes and survives a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_of, raw_body, read_body
from api.conditions import IdempotencyKey, key_given
from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.parameters import Identity
from api.problem import language_of
from api.schemas.revaluation import RevaluationAnswer, RevaluationBody, RevaluationsAnswer
from api.schemas.wire import Nothing
from api.service import Service
from api.words import words_of
from valuation.errors import DiskFull
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.idempotency import Answer, answered_once
from valuation.review.repository import ReviewTransaction
from valuation.review.workflow import stamp
from valuation.rolls.revaluation_job import RevaluationJob

router = APIRouter(prefix="/revaluations", tags=["revaluations"])
JobId = Annotated[str, Path(pattern=Identity)]
Deed = Literal["revalue", "cancel_revaluation", "resume_revaluation"]


@router.get("", summary="All revaluations")
def list_revaluations(request: Request, service: TheService) -> RevaluationsAnswer:
    """Return all revaluations, the newest first."""
    return RevaluationsAnswer(revaluations=[_told(job, request) for job in service.jobs.jobs()])


@router.get("/{job_id}", summary="How far one has come", responses=problems(404))
def one_revaluation(job_id: JobId, request: Request, service: TheService) -> RevaluationAnswer:
    """Return a revaluation as it stands."""
    return _told(service.jobs.job(job_id), request)


@router.post(
    "",
    summary="Value a roll anew",
    status_code=202,
    response_model=RevaluationAnswer,
    openapi_extra=body_of(RevaluationBody),
    responses=problems(404, 409),
)
async def revalue(
    request: Request, service: TheService, actor: CurrentActor, idempotency_key: IdempotencyKey = None
) -> Response:
    """Value all dwellings of a released roll with the served version. One at a time; nothing is released by it."""
    key, body = key_given(idempotency_key), await read_body(request, RevaluationBody)

    asked = f"{actor.user_id}\n{key}\n{body.model_dump_json()}"

    def act() -> RevaluationJob:
        roll, job_id = service.rolls.roll(body.roll_id), hashlib.sha256(asked.encode()).hexdigest()[:32]
        # By what was asked, so that asking again after the record was lost in between finds it.
        return service.jobs.add(roll, by=actor.user_id, at=stamp(service.now()), job_id=job_id)

    return await _recorded(request, service, actor, key, "revalue", act)


@router.post(
    "/{job_id}/cancel",
    summary="Stop one; what is finished is kept",
    status_code=202,
    response_model=RevaluationAnswer,
    openapi_extra=body_of(Nothing),
    responses=problems(404, 409),
)
async def cancel(
    job_id: JobId, request: Request, service: TheService, actor: CurrentActor, idempotency_key: IdempotencyKey = None
) -> Response:
    """Stop a revaluation at its next part."""
    key = key_given(idempotency_key)
    await read_body(request, Nothing)
    return await _recorded(request, service, actor, key, "cancel_revaluation", lambda: service.jobs.cancel(job_id))


@router.post(
    "/{job_id}/resume",
    summary="Go on with one that was stopped or failed",
    status_code=202,
    response_model=RevaluationAnswer,
    openapi_extra=body_of(Nothing),
    responses=problems(404, 409),
)
async def resume(
    job_id: JobId, request: Request, service: TheService, actor: CurrentActor, idempotency_key: IdempotencyKey = None
) -> Response:
    """Go on where it stopped."""
    key = key_given(idempotency_key)
    await read_body(request, Nothing)
    return await _recorded(request, service, actor, key, "resume_revaluation", lambda: service.jobs.resume(job_id))


async def _recorded(
    request: Request, service: Service, actor: Actor, key: str, deed: Deed, act: Callable[[], RevaluationJob]
) -> Response:
    asked = service.sent(actor, key, f"{request.method} {request.url.path}", await raw_body(request))

    def in_transaction(transaction: ReviewTransaction) -> Answer:
        job = act()
        details = {"roll_id": job.roll_id, "model_version": job.model_version}
        transaction.append(NewEvent(stamp(service.now()), actor.user_id, deed, "revaluation", job.job_id, details))
        return Answer(202, _told(job, request).model_dump_json())

    answer, is_repeated = await run_in_threadpool(answered_once, service.reviews, asked, in_transaction)
    told = RevaluationAnswer.model_validate_json(answer.body)
    if deed != "cancel_revaluation":
        # After it stands in the record; whoever is stopped in between finds it waiting at the next start.
        await run_in_threadpool(service.jobs.begin, told.job_id)
    headers = {"Location": f"/api/v1/revaluations/{told.job_id}"}
    headers |= {"Idempotency-Replayed": "true"} if is_repeated else {}
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _told(job: RevaluationJob, request: Request) -> RevaluationAnswer:
    code = "revaluation-without-room" if job.failure == DiskFull.__name__ else "revaluation-failed"
    detail = None if job.failure is None else words_of(code).in_language(language_of(request))
    return RevaluationAnswer(**asdict(job), failure_detail=detail)
