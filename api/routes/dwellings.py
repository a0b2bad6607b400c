"""Which dwellings are in a roll, and what was released about each?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.gathering import Told, tell
from api.including import IncludeParameter
from api.parameters import Cursor, Identity, Limit, Names, RollIdentity, Typed, listed, next_link
from api.problem import Problem, language_of
from api.schemas.released import DwellingAnswer, DwellingsAnswer, RecordAnswer, ReleasedValueAnswer
from api.schemas.valuation import INCLUDES, ValuationAnswer
from api.telling import as_sent
from api.words import words_of
from valuation.flags.catalogue import RaisedFlag, rule
from valuation.rolls.released_roll import ReleasedValue
from valuation.rolls.repository import ValueQuery

router = APIRouter(prefix="/dwellings", tags=["dwellings"])
ValueId = Annotated[str, Path(pattern=Identity, description="As `value_id` of a search has it.")]
OF_THE_MODEL = (
    *("appraised_value", "lower_value", "upper_value", "accuracy_class", "error_risk", "expected_tax_error"),
    "flags",
)
"""What tells the model's value, or lets it be guessed."""


def value_query(
    service: TheService,
    actor: CurrentActor,
    roll_id: Annotated[str | None, Query(pattern=RollIdentity, description="By default the roll in force.")] = None,
    text: Typed = None,
    market_area: Names = None,
    dwelling_type: Names = None,
    flag: Annotated[str | None, Query(pattern=r"^[a-z0-9-]+(,[a-z0-9-]+)*$", max_length=1000)] = None,
) -> ValueQuery:
    """Return the query that the parameters are, limited to what the actor may see."""
    return ValueQuery(
        roll_id=roll_id or service.rolls.roll().roll_id,
        text=text,
        market_areas=listed(market_area),
        dwelling_types=listed(dwelling_type),
        flags=listed(flag),
        districts=actor.districts,
    )


AskedValues = Annotated[ValueQuery, Depends(value_query)]


@router.get("", summary="Search dwellings", response_model=DwellingsAnswer, responses=problems(404))
def search(
    request: Request,
    service: TheService,
    actor: CurrentActor,
    query: AskedValues,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Return dwellings of a released roll, by dwelling id."""
    page = service.rolls.values(query, limit=limit, cursor=cursor)
    hidden = service.hidden_from(actor, query.roll_id)
    told = [DwellingAnswer.model_construct(**content_of(value, hidden)) for value in page.values]
    body = DwellingsAnswer.model_construct(dwellings=told, next=page.next_cursor).model_dump_json()
    return Response(body, headers=next_link(request, page.next_cursor), media_type="application/json")


@router.get("/{value_id}", summary="One dwelling of a roll", responses=problems(404))
def one_dwelling(value_id: ValueId, service: TheService, actor: CurrentActor) -> DwellingAnswer:
    """Return a dwelling as it was released."""
    value = service.value_in_sight(value_id, actor)
    return DwellingAnswer(**content_of(value, {value.dwelling_id} if service.hides_value(value, actor) else ()))


@router.get("/{value_id}/value", summary="Its released value, with what it was made of", responses=problems(404))
def its_value(value_id: ValueId, service: TheService, actor: CurrentActor) -> ReleasedValueAnswer:
    """Return the released value with model version, hash of the data and hash of the explanation."""
    value = service.value_in_sight(value_id, actor)
    roll = service.rolls.roll(value.roll_id)
    hidden = {value.dwelling_id} if service.hides_value(value, actor) else ()
    return ReleasedValueAnswer(
        **content_of(value, hidden),
        currency=roll.currency,
        valuation_date=roll.valuation_date,
        model_version=roll.model_version,
        data_hash=roll.data_hash,
        explanation_sha256=value.explanation_sha256,
    )


@router.get("/{value_id}/record", summary="The facts its value was made from", responses=problems(403, 404))
def its_record(value_id: ValueId, service: TheService, actor: CurrentActor) -> RecordAnswer:
    """Return the facts a value was made from: sent to `/valuations` with another fact, they are the what-if."""
    value = service.value_in_sight(value_id, actor)
    if service.hides_value(value, actor):
        raise Problem(403, "own-view-first", words_of("own-view-first"))
    return RecordAnswer(
        value_id=value.value_id, roll_id=value.roll_id, record=as_sent(value.record, service.bundle.jurisdiction)
    )


@router.get(
    "/{value_id}/explanation",
    summary="Why its value is what it is",
    response_model=ValuationAnswer,
    responses=problems(403, 404, 409),
)
async def its_explanation(
    value_id: ValueId, request: Request, service: TheService, actor: CurrentActor, include: IncludeParameter = None
) -> Response:
    """Return the released value taken apart: made again from its record, and held against what was released.

    By the version that valued its roll, also while another one is served.
    """
    value = await run_in_threadpool(service.value_in_sight, value_id, actor)
    if await run_in_threadpool(service.hides_value, value, actor):
        raise Problem(403, "own-view-first", words_of("own-view-first"))
    roll = await run_in_threadpool(service.rolls.roll, value.roll_id)
    bundle = await run_in_threadpool(service.bundles.of_roll, roll)
    record = as_sent(value.record, bundle.jurisdiction)
    if bundle is service.bundle:
        [told] = await service.gathering.value([record], in_full=True)
    else:
        [told] = await run_in_threadpool(tell, bundle, [record], in_full=True)
    if told.value.appraised_value != value.appraised_value:
        raise Problem(409, "value-not-reproduced", words_of("value-not-reproduced"))
    wanted = listed(include) or INCLUDES
    teller = service.teller(language_of(request), bundle)
    answer = teller.valuation(
        with_roll_flags(told, value.flags), data_hash=roll.data_hash, roll_id=roll.roll_id, include=wanted
    )
    headers = {"Content-Language": language_of(request)}
    return Response(answer.model_dump_json(), headers=headers, media_type="application/json")


def with_roll_flags(told: Told, codes: tuple[str, ...]) -> Told:
    """Return the answer with the flags that only the whole roll shows: how its dwellings stand to one another."""
    found = {flag.code: flag for flag in told.flags}
    flags = tuple(found.get(code) or RaisedFlag(code, rule(code).severity, None, None, "", ()) for code in codes)
    return replace(told, flags=flags)


def content_of(value: ReleasedValue, hidden: Collection[str]) -> dict[str, Any]:
    """Return a released value by the names of `DwellingAnswer`, emptied where it may not be seen yet."""
    is_hidden = value.dwelling_id in hidden
    content = {name: getattr(value, name) for name in DwellingAnswer.model_fields if name != "is_hidden"}
    content["flags"] = list(value.flags)
    if is_hidden:
        content |= dict.fromkeys(OF_THE_MODEL) | {"flags": []}
    return content | {"is_hidden": is_hidden}
