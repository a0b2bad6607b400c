"""Where is a dwelling, and what was said of it? Search through the roll in force, and the page of one value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_list import title_of
from api.pages.case_view import dwelling_page_content
from api.pages.forms import Wrong, typed_in, wrongs_of
from api.pages.frame import page, page_language
from api.parameters import Identity
from api.service import Service
from valuation.access.routes import SEES_CASES
from valuation.errors import ActionRefused
from valuation.explanation.fact_words import money
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.idempotency import Answer, answered_once
from valuation.review.permissions import PERMITTED
from valuation.review.repository import ReviewTransaction
from valuation.rolls.released_roll import ReleasedValue
from valuation.rolls.repository import ValueQuery

PAGE_SIZE = 50
router = APIRouter(include_in_schema=False)
ValueId = Annotated[str, Path(pattern=Identity)]


@router.get("/dwellings")
def search(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the dwellings that fit what was typed; none before anything was."""
    language = page_language(request, service)
    text = (request.query_params.get("text") or "").strip()[:200]
    rows, following = [], None
    if text:
        query = ValueQuery(service.rolls.roll().roll_id, text=text, districts=actor.districts)
        found = service.rolls.values(query, limit=PAGE_SIZE, cursor=request.query_params.get("cursor"))
        currency = service.bundle.jurisdiction.currency
        rows = [
            {
                "href": f"/dwellings/{value.value_id}",
                "address": value.address or value.dwelling_id,
                "dwelling_id": value.dwelling_id,
                "market_area": value.market_area or "",
                # A value is shown on its own page, where the blind sample is kept.
                "prior": "–" if value.prior_value is None else money(value.prior_value, currency, language),
                "flags": [title_of(code, language) for code in value.flags if code != "drawn-at-random"],
            }
            for value in found.values
        ]
        if found.next_cursor:
            following = "/dwellings?" + urlencode({"text": text, "cursor": found.next_cursor})
    content = {"text": text, "rows": rows, "next_href": following, "page_size": PAGE_SIZE}
    return page(request, service, "search.html", content, actor=actor, language=language)


@router.get("/dwellings/{value_id}")
def one_dwelling(request: Request, value_id: ValueId, service: TheService, actor: CurrentActor) -> Response:
    """Show what was released of a dwelling; one with a case is shown as its case."""
    value = service.value_in_sight(value_id, actor)
    with service.reviews.reading() as transaction:
        case = transaction.case_of(value.roll_id, value.dwelling_id)
    if case is not None and actor.roles & SEES_CASES:
        return RedirectResponse(f"/cases/{case.case_id}", 303)
    return _shown(request, service, value, actor)


def _shown(
    request: Request,
    service: Service,
    value: ReleasedValue,
    actor: Actor,
    wrong: tuple[Wrong, ...] = (),
    reason: str = "",
    status: int = 200,
) -> Response:
    language = page_language(request, service)
    content = dwelling_page_content(service, value, language)
    content |= {"can_open": bool(actor.roles & PERMITTED["open_case"]), "wrong": wrong, "reason": reason}
    return page(request, service, "dwelling.html", content, actor=actor, language=language, status=status)


@router.post("/dwellings/{value_id}/open-case")
async def open_case(request: Request, value_id: ValueId, service: TheService, actor: CurrentActor) -> Response:
    """Open a case by hand."""
    typed = await typed_in(request)
    # Off the loop: while the database is asked, others are answered.
    return await run_in_threadpool(_opened, request, service, actor, value_id, typed)


def _opened(request: Request, service: Service, actor: Actor, value_id: str, typed: Mapping[str, str]) -> Response:
    value = service.value_in_sight(value_id, actor)
    reason = typed.get("reason", "")

    def act(transaction: ReviewTransaction) -> Answer:
        return Answer(303, actions.open_case(service.desk(transaction, actor), value, reason=reason).case_id)

    key, route = typed.get("idempotency_key", ""), f"POST /dwellings/{value_id}/open-case"
    asked = service.sent(actor, key, route, reason.encode("utf-8"))
    try:
        answer, _ = answered_once(service.reviews, asked, act)
    except ActionRefused as refused:
        wrong = wrongs_of(refused, typed, page_language(request, service))
        return _shown(request, service, value, actor, wrong, reason, 422)
    return RedirectResponse(f"/cases/{answer.body}", 303)
