"""What are these dwellings worth? One or a thousand; what-if is the same question with another fact."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import body_of, read_body
from api.dependencies import CurrentActor, TheService
from api.including import IncludeParameter
from api.parameters import listed
from api.problem import Fault, Problem, language_of
from api.schemas.dwelling import example_of, valuation_request
from api.schemas.valuation import ValuationsAnswer
from api.service import Service
from api.telling import record_hash
from api.words import words_of
from valuation.errors import RollNotFound
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.review.actor import Actor
from valuation.review.blind_dwellings import settles_cases
from valuation.rolls.hidden_facts import is_as_released
from valuation.rolls.released_roll import value_id


def router_for(jurisdiction: Jurisdiction, most: int) -> APIRouter:
    """Return the routes, with the request model of a jurisdiction."""
    model = valuation_request(jurisdiction, most)
    router = APIRouter(tags=["valuations"])

    @router.post(
        "/valuations",
        summary="Value dwellings",
        response_model=ValuationsAnswer,
        openapi_extra=body_of(model, {"dwellings": [example_of(jurisdiction)]}),
    )
    async def value_dwellings(
        request: Request, service: TheService, actor: CurrentActor, include: IncludeParameter = None
    ) -> Response:
        """Value one dwelling or many at the valuation date. Nothing is stored.

        For a what-if send the dwelling as `record` of `/dwellings/{value_id}/record` has it, with the fact changed.
        """
        asked = await read_body(request, model)
        language = language_of(request)
        records = [dwelling.model_dump() for dwelling in asked.dwellings]  # type: ignore[attr-defined]
        if settles_cases(actor):
            await run_in_threadpool(_need_own_view, service, actor, records, language)
        wanted = listed(include)
        teller, hashes = service.teller(language), map(record_hash, records)
        written = [
            teller.valuation(one, data_hash=next(hashes), include=wanted).model_dump_json()
            async for part in service.gathering.parts(records, in_full=bool(wanted))
            for one in part
        ]
        body = f'{{"valuations":[{",".join(written)}]}}'
        return Response(body, media_type="application/json", headers={"Content-Language": language})

    return router


def _need_own_view(service: Service, actor: Actor, records: list[dict[str, Any]], language: str) -> None:
    """Refuse to tell somebody by this way what they are to estimate first, whatever name its facts are sent under.

    Raises
    ------
    Problem
        403 with the place of each such dwelling.
    """
    try:
        roll = service.rolls.roll().roll_id
    except RollNotFound:
        return
    hidden = service.hidden_from(actor, roll)
    if not hidden:
        return
    codes = _codes(service, roll, hidden, records)
    faults = [Fault(code, words_of(code).in_language(language), f"/dwellings/{place}") for place, code in codes.items()]
    if faults:
        raise Problem(403, faults[0].code, words_of(faults[0].code), faults=faults)


def _codes(service: Service, roll: str, hidden: frozenset[str], records: list[dict[str, Any]]) -> dict[int, str]:
    """Return why a dwelling is not valued for somebody, by its place; those that are valued are not there."""
    facts, of_place = service.hidden_facts(roll, hidden), dict(enumerate(records))
    alike = {place: one for place, one in of_place.items() if one["dwelling_id"] in hidden or facts.are_those_of(one)}
    ids = {place: value_id(roll, one["dwelling_id"]) for place, one in alike.items()}
    released = service.rolls.values_by_id(ids.values()) if ids else {}
    characteristics = service.bundle.jurisdiction.characteristics
    codes = {}
    for place, one in alike.items():
        known = released.get(ids[place])
        if one["dwelling_id"] in hidden:
            codes[place] = "own-view-first"
        elif known is None or not is_as_released(one, known.record, characteristics):
            codes[place] = "like-own-view-first"
    return codes
