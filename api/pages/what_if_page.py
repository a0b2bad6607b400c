"""What would the value be if a fact were otherwise? A trial that stores nothing, and a way to propose the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_view import dwelling_of
from api.pages.forms import Wrong, typed_in
from api.pages.frame import page, page_language
from api.pages.seen_case import seen_case
from api.pages.sentences import sentences
from api.parameters import Identity
from api.service import Service
from valuation.errors import NoAnswer
from valuation.explanation.fact_words import fact, level
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.reasons.what_if import what_if, what_if_sentences
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.sight import is_model_hidden
from valuation.rolls.released_roll import ReleasedValue

router = APIRouter(include_in_schema=False)
CaseId = Annotated[str, Path(pattern=Identity)]


@router.get("/cases/{case_id}/what-if")
def ask(request: Request, case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Show the form of a trial; with a fact and another content of it in the address, the answer too."""
    asked = request.query_params
    return _shown(request, service, actor, case_id, asked.get("fact", ""), asked.get("to"))


@router.post("/cases/{case_id}/what-if")
async def tried(request: Request, case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Answer a trial: the new value, its range and the difference by cause."""
    typed = await typed_in(request)
    return await run_in_threadpool(_shown, request, service, actor, case_id, typed.get("fact", ""), typed.get("to", ""))


def trial_shown(
    request: Request,
    service: Service,
    case: ReviewCase,
    actor: Actor,
    wrong: tuple[Wrong, ...],
    typed: Mapping[str, str],
    status: int,
) -> Response:
    """Return the page of a trial after a proposal was refused, with what stood in the way and what was typed."""
    name, to = typed.get("characteristic", ""), typed.get("proposed", "")
    return _shown(
        request, service, actor, case.case_id, name, to, found=wrong, source=typed.get("source", ""), status=status
    )


def _shown(
    request: Request,
    service: Service,
    actor: Actor,
    case_id: str,
    name: str,
    to: str | None,
    *,
    found: tuple[Wrong, ...] = (),
    source: str = "",
    status: int = 422,
) -> Response:
    language = page_language(request, service)
    case = seen_case(service, case_id, actor)
    value = service.rolls.value(case.value_id)
    jurisdiction = service.bundle_of(value.roll_id).jurisdiction
    said = sentences(language)
    if is_model_hidden(case, actor):
        wrong: tuple[Wrong, ...] = (Wrong("", said("Put down your own estimate first; then you can try changes.")),)
        answer: list[str] = []
    else:
        answer, wrong = _answer(service, value, name, to, language)
    wrong = wrong or found
    chosen = name if name in jurisdiction.characteristics else next(iter(jurisdiction.characteristics))
    content: dict[str, Any] = {
        "case": case,
        "address": value.address or value.dwelling_id,
        "chosen": chosen,
        "facts": _choices(jurisdiction, value, language),
        "levels": _levels(jurisdiction, chosen, language),
        "recorded": fact(value.record.get(chosen), jurisdiction.characteristics[chosen], language),
        "to": to or "",
        "source": source,
        "answer": answer,
        "wrong": wrong,
    }
    return page(
        request, service, "what_if.html", content, actor=actor, language=language, status=status if wrong else 200
    )


def _answer(
    service: Service, value: ReleasedValue, name: str, to: str | None, language: str
) -> tuple[list[str], tuple[Wrong, ...]]:
    if to is None:
        return [], ()
    try:
        found = what_if(service.bundle_of(value.roll_id), dwelling_of(value), {name: to.strip()}, language=language)
    except NoAnswer as refused:
        return [], (Wrong("to", str(refused)),)
    return what_if_sentences(found, service.bundle.jurisdiction, language), ()


def _choices(jurisdiction: Jurisdiction, value: ReleasedValue, language: str) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "label": item.labels.in_language(language),
            "recorded": fact(value.record.get(name), item, language),
        }
        for name, item in jurisdiction.characteristics.items()
        if item.is_feature
    ]


def _levels(jurisdiction: Jurisdiction, name: str, language: str) -> tuple[str, ...]:
    item = jurisdiction.characteristics[name]
    return tuple(level(code, item, language) for code in item.levels)
