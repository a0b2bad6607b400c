"""Which cases are there, how does one stand, and what is done with it? The same actions as on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_of, raw_body, read_body
from api.case_actions import CASE_ACTIONS, CHOICE, CaseAction, choice_of
from api.conditions import IdempotencyKey, IfMatch, etag, key_given, version_seen
from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.parameters import NO_CONTROL_CHARACTERS, Cursor, Identity, Limit, Names, RollIdentity, Typed, listed, next_link
from api.problem import Problem
from api.schemas.case import (
    CaseAnswer,
    CasesAnswer,
    EventsAnswer,
    FacetsAnswer,
    OpeningBody,
    TogetherBody,
)
from api.service import Service
from api.words import words_of
from valuation.errors import ActionRefused, CaseChanged
from valuation.review import actions
from valuation.review.actions import CaseToDecide, Desk
from valuation.review.actor import Actor
from valuation.review.case import STATES, ReviewCase
from valuation.review.idempotency import Answer, answered_once
from valuation.review.permissions import check_can_see, no_such_case
from valuation.review.repository import CaseQuery, ReviewTransaction, Sort
from valuation.review.sight import as_seen, events_as_seen, within_sight
from valuation.review.workflow import stamp

SORTS: tuple[str, ...] = tuple(sign + name for name in get_args(Sort) for sign in ("", "-"))
"""What lists of cases can be sorted by; a minus for the falling order."""

OPENING = {"value_id": "0" * 24, "reason": "The owner called: 20 m² were added in 2025."}
TOGETHER = {
    "cases": [{"case_id": "case-1", "version": 2}, {"case_id": "case-2", "version": 2, "value": 4_100_000}],
    "choice": CHOICE,
}

router = APIRouter(prefix="/review-cases", tags=["review cases"])
CaseId = Annotated[str, Path(pattern=Identity)]
STATE_PATTERN = rf"^({'|'.join(STATES)})(,({'|'.join(STATES)}))*$"


async def case_query(
    service: TheService,
    actor: CurrentActor,
    roll_id: Annotated[str | None, Query(pattern=RollIdentity, description="By default the roll in force.")] = None,
    state: Annotated[str | None, Query(pattern=STATE_PATTERN, description="States, separated by commas.")] = None,
    flag: Annotated[str | None, Query(pattern=r"^[a-z0-9-]+(,[a-z0-9-]+)*$", max_length=1000)] = None,
    market_area: Names = None,
    dwelling_type: Names = None,
    dwelling_id: Annotated[str | None, Query(max_length=100, pattern=NO_CONTROL_CHARACTERS)] = None,
    reserved_by: Annotated[str | None, Query(max_length=100, pattern=NO_CONTROL_CHARACTERS)] = None,
    text: Typed = None,
    sort: Annotated[Literal[SORTS], Query(description="A minus stands for the falling order.")] = "-expected_harm",  # type: ignore[valid-type]
) -> CaseQuery:
    """Return the query that the parameters are, limited to what the actor may see."""
    order = str(sort)
    query = CaseQuery(
        roll_id=roll_id,
        states=listed(state),  # type: ignore[arg-type]  # the pattern lets states through and nothing else
        flags=listed(flag),
        market_areas=listed(market_area),
        dwelling_types=listed(dwelling_type),
        dwelling_id=dwelling_id,
        reserved_by=reserved_by,
        text=text,
        sort=order.lstrip("-"),  # type: ignore[arg-type]
        is_descending=order.startswith("-"),
        as_of=stamp(service.now()),
    )
    return within_sight(query, actor)


AskedCases = Annotated[CaseQuery, Depends(case_query)]


@router.get("", summary="List cases", response_model=CasesAnswer)
def list_cases(
    request: Request,
    service: TheService,
    actor: CurrentActor,
    query: AskedCases,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Return cases, the most useful one first unless asked otherwise."""
    page = service.reviews.cases(with_roll(query, service), limit=limit, cursor=cursor)
    body = {"cases": [content_of(case, actor) for case in page.cases], "next": page.next_cursor}
    return _json(body, headers=next_link(request, page.next_cursor))


@router.get("/facets", summary="Count cases", response_model=FacetsAnswer)
def count_cases(service: TheService, query: AskedCases) -> Response:
    """Return how many cases of a query stand where."""
    found = service.reviews.facets(with_roll(query, service))
    return _json({name: dict(getattr(found, name)) for name in FacetsAnswer.model_fields})


@router.get("/{case_id}", summary="One case", response_model=CaseAnswer, responses=problems(404))
def one_case(case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Return a case as this person may see it, with its ETag."""
    with service.reviews.reading() as transaction:
        case = seen(transaction, case_id, actor)
    return _json(content_of(case, actor), headers={"ETag": etag(case.version)})


@router.get(
    "/{case_id}/events", summary="What happened to a case", response_model=EventsAnswer, responses=problems(404)
)
def events_of_case(case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Return what happened to a case, in order."""
    with service.reviews.reading() as transaction:
        case = seen(transaction, case_id, actor)
    events = service.reviews.events(subject_kind="case", subject_id=case_id)
    return _json({"events": list(events_as_seen(events, case, actor))})


@router.post(
    "",
    summary="Open a case for a released value",
    status_code=201,
    response_model=CaseAnswer,
    openapi_extra=body_of(OpeningBody, OPENING),
    responses=problems(404, 409),
)
async def open_a_case(
    request: Request, service: TheService, actor: CurrentActor, idempotency_key: IdempotencyKey = None
) -> Response:
    """Open a case by hand: somebody wants a value looked at that no flag sent to them."""
    key, body = key_given(idempotency_key), await read_body(request, OpeningBody)
    value = await run_in_threadpool(service.value_in_sight, body.value_id, actor)

    def act(desk: Desk) -> Answer:
        case = actions.open_case(desk, value, reason=body.reason)
        return Answer(201, json.dumps(content_of(case, actor), ensure_ascii=False, allow_nan=False))

    return await _answered(request, service, actor, key, act)


@router.post(
    "/decide-together",
    summary="Decide cases that are alike",
    response_model=CasesAnswer,
    openapi_extra=body_of(TogetherBody, TOGETHER),
    responses=problems(404, 409, 412),
)
async def decide_together(
    request: Request, service: TheService, actor: CurrentActor, idempotency_key: IdempotencyKey = None
) -> Response:
    """Settle a group of cases with one reason; each gets its own decision and event. The versions stand in the body."""
    key, body = key_given(idempotency_key), await read_body(request, TogetherBody)
    cases = [CaseToDecide(one.case_id, one.version, one.value) for one in body.cases]

    def act(desk: Desk) -> Answer:
        decided = actions.decide_alike(desk, cases, choice_of(body.choice))
        told = {"cases": [content_of(case, actor) for case in decided], "next": None}
        return Answer(200, json.dumps(told, ensure_ascii=False, allow_nan=False))

    return await _answered(request, service, actor, key, act, sent=body.model_dump(mode="json"))


def _add(action: CaseAction) -> None:
    async def do(
        request: Request,
        case_id: CaseId,
        service: TheService,
        actor: CurrentActor,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        version, key = version_seen(if_match), key_given(idempotency_key)
        body = await read_body(request, action.body)

        def act(desk: Desk) -> Answer:
            case = action.act(desk, case_id, version, body, service.record_of_case)
            return Answer(200, json.dumps(content_of(case, actor), ensure_ascii=False, allow_nan=False))

        return await _answered(
            request, service, actor, key, act, sent=body.model_dump(mode="json"), tried=(action.name, case_id, version)
        )

    router.add_api_route(
        f"/{{case_id}}/{action.name}",
        do,
        methods=["POST"],
        name=f"case_{action.name.replace('-', '_')}",
        summary=action.summary,
        description=(action.body.__doc__ or "").strip(),
        response_model=CaseAnswer,
        openapi_extra=body_of(action.body, action.example),
        responses=problems(404, 409, 412, 428),
    )


for one_action in CASE_ACTIONS:
    _add(one_action)


async def _answered(
    request: Request,
    service: Service,
    actor: Actor,
    key: str,
    act: Callable[[Desk], Answer],
    *,
    sent: dict[str, Any] | None = None,
    tried: tuple[str, str, int] | None = None,
) -> Response:
    """Answer a request once: what it stores, its events and the answer itself become true together."""
    asked = service.sent(actor, key, f"{request.method} {request.url.path}", await raw_body(request))

    def in_transaction(transaction: ReviewTransaction) -> Answer:
        return act(service.desk(transaction, actor))

    try:
        answer, is_repeated = await run_in_threadpool(answered_once, service.reviews, asked, in_transaction)
    except (CaseChanged, ActionRefused) as error:
        if tried is not None:
            name, case_id, version = tried
            await run_in_threadpool(service.note_attempt, actor, name, case_id, error, version_seen=version)
        if isinstance(error, CaseChanged):
            raise _stale(error.current, actor, sent) from None
        raise
    headers = {"Idempotency-Replayed": "true"} if is_repeated else {}
    version = json.loads(answer.body).get("version")
    return Response(
        answer.body,
        answer.status,
        headers | ({"ETag": etag(version)} if version else {}),
        media_type="application/json",
    )


def _stale(current: ReviewCase, actor: Actor, sent: dict[str, Any] | None) -> Problem:
    may_see = actor.sees(current.market_area)
    members = {"current": content_of(current, actor), "sent": sent} if may_see else {}
    return Problem(
        412, "case-changed", words_of("case-changed"), members=members, headers={"ETag": etag(current.version)}
    )


def seen(transaction: ReviewTransaction, case_id: str, actor: Actor) -> ReviewCase:
    """Return a case this person may know of.

    Raises
    ------
    CaseNotFound
        Also where there is one in another district: the answer is the same.
    """
    case = transaction.case(case_id)
    if not actor.sees(case.market_area):
        raise no_such_case(case_id)
    check_can_see(case, actor)
    return case


def content_of(case: ReviewCase, actor: Actor) -> dict[str, Any]:
    """Return a case as JSON values, as this person may see it."""
    shown = as_seen(case, actor)
    return shown.content() | {"asks_for_own_view": shown.asks_for_own_view}


def with_roll(query: CaseQuery, service: Service) -> CaseQuery:
    """Return the query, of the roll in force where it names none."""
    return query if query.roll_id else replace(query, roll_id=service.rolls.roll().roll_id)


def _json(body: Any, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return Response(text, headers=headers, media_type="application/json")
