"""What came of a question that takes longer than a moment? Two versions side by side, the gates' answer, new sales.

While the answer is being made the page says how far it has come: with JavaScript it looks again by itself, without it
the browser does, or the reader. An answer is kept under its address.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.clock import when
from api.pages.drift_page import drift_shown
from api.pages.forms import Wrong, typed_in
from api.pages.frame import page, page_language
from api.pages.gates_shown import gates_shown
from api.pages.sentences import sentences
from api.pages.versions_page import FileName, file_for, standing_file, version_shown
from api.problem import Problem
from api.service import Service
from api.version_questions import asked, comparison_of, versions_of
from api.words import words_of
from valuation.access.routes import STARTS
from valuation.release.analysis import ENDED, SAID, Analysis
from valuation.review.actor import Actor

router = APIRouter(include_in_schema=False)
AnalysisId = Annotated[str, Path(pattern=r"^[0-9a-f]{20,32}$")]
KIND_TITLES = {
    "compare": "Two versions side by side",
    "gates": "May this version be taken into use?",
    "drift": "New sales",
}


@router.get("/comparisons")
def comparisons(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show what was compared, and the form to compare two versions."""
    return _form(request, service, actor)


@router.post("/comparisons")
async def compare_two(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Compare A with B beside the service; two that were compared before are found."""
    typed = await typed_in(request)
    return await run_in_threadpool(_compared, request, service, actor, typed)


def _compared(request: Request, service: Service, actor: Actor, typed: dict[str, str]) -> Response:
    versions = versions_of(service)
    known = {one.model_version: one for one in versions if one.is_whole}
    before, after = known.get(typed.get("a", "")), known.get(typed.get("b", ""))
    if before is None or after is None or before is after:
        say = sentences(page_language(request, service))
        wrong = (Wrong("b", say("Choose two different versions.")),)
        return _form(request, service, actor, typed, wrong, 422)
    with service.reviews.transaction() as transaction:
        made = asked(service, transaction, actor, comparison_of(service, before, after))
    service.analyses.begin(made.analysis_id)
    return RedirectResponse(f"/analyses/{made.analysis_id}", 303)


def _form(
    request: Request,
    service: Service,
    actor: Actor,
    typed: dict[str, str] | None = None,
    wrong: tuple[Wrong, ...] = (),
    status: int = 200,
) -> Response:
    language = page_language(request, service)
    versions = [version_shown(one, service, language) for one in versions_of(service) if one.is_whole]
    live = next((one for one in versions if one["standing"] == "live"), None)
    other = next((one for one in versions if one["standing"] != "live"), None)
    first = {"a": live or (versions[0] if versions else None), "b": other}
    chosen = {name: (one or {}).get("model_version", "") for name, one in first.items()} | {
        name: value for name, value in request.query_params.items() if name in ("a", "b")
    }
    content = {
        "versions": versions,
        "chosen": {**chosen, **{name: value for name, value in (typed or {}).items() if name in ("a", "b")}},
        "made": [_line(one, language) for one in service.analyses.analyses("compare")],
        "may_start": "analyst" in actor.roles or bool(actor.roles & STARTS),
        "wrong": wrong,
    }
    return page(request, service, "comparisons.html", content, actor=actor, language=language, status=status)


def _line(one: Analysis, language: str) -> dict[str, str]:
    return {
        "href": f"/analyses/{one.analysis_id}",
        "a": one.against,
        "b": one.model_version,
        "at": when(one.asked_at, language),
        "by": one.asked_by,
    }


@router.get("/analyses/{analysis_id}")
def one_analysis(request: Request, analysis_id: AnalysisId, service: TheService, actor: CurrentActor) -> Response:
    """Show how far an answer has come (202), or the answer."""
    language = page_language(request, service)
    found = service.analyses.analysis(analysis_id)
    say = sentences(language)
    content: dict[str, Any] = {
        "title": say(KIND_TITLES[found.kind]),
        "analysis": found,
        "refresh_at": request.url.path,
        "is_ended": found.state in ENDED,
        "lasts": found.state == "interrupted",
        "may_start": bool(actor.roles & STARTS),
        "shown": None,
        "comparison": None,
        "gates": None,
        "drift": None,
        "whole": f"/analyses/{analysis_id}/{file_for(found.folder, language, service)}",
        "wrong": (),
    }
    if found.state == "finished":
        content |= _answer(service, found, actor, language)
    status = 200 if content["is_ended"] else 202
    return page(request, service, "analysis.html", content, actor=actor, language=language, status=status)


def _answer(service: Service, found: Analysis, actor: Actor, language: str) -> dict[str, Any]:
    if found.kind == "compare":
        said = json.loads((found.folder / SAID).read_text("utf-8"))[language]
        parts = {name: Markup(text) for name, text in said.items()}  # noqa: S704 - escaped by the comparison's templates
        return {"comparison": parts}
    if found.kind == "gates":
        return {"gates": gates_shown(service, found, actor, language)}
    return {"drift": drift_shown(found, service, language)}


@router.get("/analyses/{analysis_id}/{name}")
def file_of_analysis(request: Request, analysis_id: AnalysisId, name: FileName, service: TheService) -> Response:
    """Return the same answer as the command writes it: a page that stands by itself."""
    found = service.analyses.analysis(analysis_id)
    if found.state != "finished":
        raise Problem(404, "no-such-address", words_of("no-such-address"))
    return standing_file(request, found.folder / name)
