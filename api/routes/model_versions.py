"""Which model versions are there, which is live, and how does one go live or back? Through the gates, into the record.

Against a gate a version goes live by the command line alone (`valuation promote`), with two names and a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_of, raw_body, read_body
from api.conditions import IdempotencyKey, key_given
from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.problem import Problem
from api.schemas.model_version import (
    EntryAnswer,
    ModelVersionAnswer,
    ModelVersionsAnswer,
    PromotionAnswer,
    RollbackBody,
)
from api.schemas.wire import Nothing
from api.service import Service
from api.words import words_of
from valuation.models.registry import Entry, candidate, champion, folder_of
from valuation.release.decision import checked_decision
from valuation.release.promotion import promote, roll_back
from valuation.release.verdict import judge
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.idempotency import Answer, answered_once
from valuation.review.idempotency import Request as Asked
from valuation.review.repository import ReviewTransaction
from valuation.review.workflow import stamp

router = APIRouter(prefix="/model-versions", tags=["model versions"])
ROLLBACK = {"reason": "The values of Byåsen rose by 9 % without a sale behind them, note 2026-14.", "second": "U3"}
VersionId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="Twelve hexadecimal digits.")]


@router.get("", summary="All versions")
def list_versions(service: TheService) -> ModelVersionsAnswer:
    """Return every version of the record, the newest first."""
    record = _record(service)
    names = dict.fromkeys(entry.model_version for entry in reversed(record))
    return ModelVersionsAnswer(model_versions=[_told(name, record, service) for name in names])


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

    def act() -> PromotionAnswer:
        entry, is_new = promote(verdict, service.registry, by=actor.user_id)
        return PromotionAnswer(entry=_entry(entry), is_new=is_new)

    return await _recorded(request, service, actor, key, act)


@router.post(
    "/{model_version}/rollback",
    summary="Go back to a version that was live before",
    response_model=PromotionAnswer,
    openapi_extra=body_of(RollbackBody, ROLLBACK),
    responses=problems(404, 409),
)
async def roll_back_to(
    model_version: VersionId,
    request: Request,
    service: TheService,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a version live again that was live before: two people and a reason, no gates, the same record."""
    key, body = key_given(idempotency_key), await read_body(request, RollbackBody)
    await run_in_threadpool(_known, model_version, service)
    decision = checked_decision(actor.user_id, body.reason, body.second)

    def act() -> PromotionAnswer:
        entry = roll_back(service.bundle.jurisdiction.name, service.registry, decision, to=model_version)
        return PromotionAnswer(entry=_entry(entry), is_new=True)

    return await _recorded(request, service, actor, key, act)


async def _recorded(
    request: Request, service: Service, actor: Actor, key: str, act: Callable[[], PromotionAnswer]
) -> Response:
    asked = Asked(key, actor.user_id, f"{request.method} {request.url.path}", await raw_body(request))

    def in_transaction(transaction: ReviewTransaction) -> Answer:
        done = act()
        details = {"entry": done.entry.number, "replaces": done.entry.replaces, "sha256": done.entry.sha256}
        name = done.entry.action.replace(" ", "_")
        transaction.append(
            NewEvent(stamp(service.now()), actor.user_id, name, "model_version", done.entry.model_version, details)
        )
        return Answer(200, done.model_dump_json())

    answer, is_repeated = await run_in_threadpool(answered_once, service.reviews, asked, in_transaction)
    headers = {"Idempotency-Replayed": "true"} if is_repeated else {}
    return Response(answer.body, answer.status, headers, media_type="application/json")


def _record(service: Service) -> tuple[Entry, ...]:
    return service.registry.record(service.bundle.jurisdiction.name)


def _known(model_version: str, service: Service) -> tuple[Entry, ...]:
    record = _record(service)
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
        entries=[_entry(entry) for entry in own],
    )


def _entry(entry: Entry) -> EntryAnswer:
    return EntryAnswer(**{name: value for name, value in asdict(entry).items() if name in EntryAnswer.model_fields})
