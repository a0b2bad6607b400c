"""What are these dwellings worth? One or a thousand; what-if is the same question with another fact."""

from __future__ import annotations

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
        language, ids = language_of(request), [one.dwelling_id for one in asked.dwellings]  # type: ignore[attr-defined]
        if settles_cases(actor):
            await run_in_threadpool(_need_own_view, service, actor, ids, language)
        records = [dwelling.model_dump() for dwelling in asked.dwellings]  # type: ignore[attr-defined]
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


def _need_own_view(service: Service, actor: Actor, dwelling_ids: list[str], language: str) -> None:
    """Refuse to tell somebody by this way what they are to estimate first.

    Raises
    ------
    Problem
        403 with the place of each such dwelling.
    """
    try:
        hidden = service.hidden_from(actor, service.rolls.roll().roll_id)
    except RollNotFound:
        return
    words = words_of("own-view-first")
    faults = [
        Fault("own-view-first", words.in_language(language), f"/dwellings/{place}")
        for place, dwelling_id in enumerate(dwelling_ids)
        if dwelling_id in hidden
    ]
    if faults:
        raise Problem(403, "own-view-first", words, faults=faults)
