"""Which model versions are there, how good is each, who decided, and what waits for a second person?"""

from __future__ import annotations

import gzip
import math
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.clock import on_day, when
from api.pages.frame import page, page_language, told_before
from api.pages.sentences import sentences
from api.problem import Problem
from api.service import Service
from api.version_actions import all_proposals
from api.version_questions import gates_of, versions_of
from api.words import words_of
from valuation.access.routes import STARTS
from valuation.errors import JobNotFound
from valuation.languages.files import file_in, languages_of
from valuation.models.registry import Entry
from valuation.release.analysis import Analysis
from valuation.release.proposal import Proposal, is_open
from valuation.release.standing import KeyFigure, StandingVersion, live_of
from valuation.report.cells import shown
from valuation.review.actor import Actor

router = APIRouter(include_in_schema=False)
VersionId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
FileName = Annotated[str, Path(pattern=r"^[a-z][a-z_-]*(\.(nb|nn|en))?\.html$")]
STRICT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Of a page that stands by itself: the style and pictures that are in the file, no script, no other address."""
FIGURE_NAMES = {
    "median_ratio": "Value over price, the middle one",
    "mdape": "Half of the values lie within (%)",
    "cod": "Spread around the middle, COD (%)",
    "prb": "Tilt between cheap and dear, PRB",
    "coverage": "Prices within the range (%)",
}
_DIGITS = {"median_ratio": (3, 1.0), "mdape": (1, 1.0), "cod": (1, 1.0), "prb": (3, 1.0), "coverage": (1, 100.0)}
STANDING_WORDS = {
    "live": "In use",
    "waiting": "Waits",
    "earlier": "Was in use",
    "apart": "Registered",
}
DEED_WORDS = {
    "register": "registered",
    "promote": "taken into use, all gates passed",
    "promote by hand": "taken into use against a gate",
    "roll back": "gone back to",
}
TOLD = {
    "promoted": "The version is in use. It is served from now on; cases keep the value they are about.",
    "proposed": "Proposed. Another person must sign in and confirm it.",
    "withdrawn": "The proposal has ended without being carried out.",
}
"""What a page says of what was done before it was shown."""
PROPOSED_WORDS = {"promote by hand": "Take into use against a gate", "roll back": "Go back to this version"}


@router.get("/model-versions")
def list_versions(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show every version of the record with its key figures, and what waits for a second person."""
    language = page_language(request, service)
    versions = versions_of(service)
    live = _name_of(live_of(versions))
    content = {
        "versions": [version_shown(one, service, language) for one in versions],
        "figure_names": [sentences(language)(name) for name in FIGURE_NAMES.values()],
        "open_proposals": [
            proposal_shown(one, actor, language) for one in all_proposals(service) if is_open(one, live)
        ],
        "record": service.bundle.jurisdiction.title.in_language(language),
        "may_start": bool(actor.roles & STARTS),
        "wrong": (),
    }
    told = told_before(request, language, TOLD)
    return page(request, service, "versions.html", content, actor=actor, language=language, told=told)


@router.get("/model-versions/{model_version}")
def one_version(request: Request, model_version: VersionId, service: TheService, actor: CurrentActor) -> Response:
    """Show a version: its figures, its record, its report and card, and what can be done with it."""
    return version_page(request, service, actor, model_version)


def version_page(
    request: Request,
    service: Service,
    actor: Actor,
    model_version: str,
    *,
    wrong: tuple[Any, ...] = (),
    reason: str = "",
    asked_gates: str = "",
    status: int = 200,
) -> Response:
    """Return the page of a version; after a refusal with what stood in the way and what was typed."""
    language = page_language(request, service)
    versions = versions_of(service)
    found = known_version(versions, model_version)
    live = live_of(versions)
    asked = _asked(service, found, live)
    content = {
        "version": version_shown(found, service, language),
        "live": None if live is None else live.model_version,
        "files": _files(found, language),
        "gates": None if asked is None else {"id": asked.analysis_id, "state": asked.state},
        "can_go_back": found.standing == "earlier",
        "may_start": bool(actor.roles & STARTS),
        "proposals": [
            proposal_shown(one, actor, language)
            for one in all_proposals(service)
            if one.model_version == model_version and is_open(one, _name_of(live))
        ],
        "reason": reason,
        "asked_gates": asked_gates,
        "wrong": wrong,
    }
    told = told_before(request, language, TOLD)
    return page(request, service, "version.html", content, actor=actor, language=language, status=status, told=told)


@router.get("/model-versions/{model_version}/{folder}/{name}")
def file_of_version(
    request: Request,
    model_version: VersionId,
    folder: Literal["report", "card"],
    name: FileName,
    service: TheService,
) -> Response:
    """Return a page of the run as it was written: the report, or the card with what it tells home owners."""
    found = known_version(versions_of(service), model_version)
    return standing_file(request, found.run / folder / name)


def file_for(folder: FilePath, language: str, service: Service) -> str:
    """Return the name of a page that was written in several languages: that of the reader, or the first one."""
    name = file_in(language, languages_of(service.bundle.jurisdiction.languages))
    return name if (folder / name).is_file() else "index.html"


def standing_file(request: Request, path: FilePath) -> Response:
    """Return a page that stands by itself, under the strictest policy it can be read with.

    Packed where the browser can unpack: it holds nothing that was asked for, so its length tells nothing.
    """
    if not path.is_file():
        raise Problem(404, "no-such-address", words_of("no-such-address"))
    content = path.read_bytes()
    headers = {"Content-Security-Policy": STRICT, "Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = gzip.compress(content, 6), headers | {"Content-Encoding": "gzip"}
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def known_version(versions: list[StandingVersion], model_version: str) -> StandingVersion:
    """Return a version of the record.

    Raises
    ------
    Problem
        404.
    """
    found = next((one for one in versions if one.model_version == model_version), None)
    if found is None:
        raise Problem(404, "version-not-found", words_of("version-not-found"))
    return found


def version_shown(one: StandingVersion, service: Service, language: str) -> dict[str, Any]:
    """Return a version as the templates show it."""
    say = sentences(language)
    figures = {figure.name: figure for figure in one.figures}
    counts = one.receipt.get("counts", {})
    return {
        "model_version": one.model_version,
        "href": f"/model-versions/{one.model_version}",
        "standing": one.standing,
        "standing_words": say(STANDING_WORDS[one.standing]),
        "is_served": one.model_version == service.bundle.model_version,
        "is_whole": one.is_whole,
        "run_id": one.run_id or "–",
        "valuation_date": on_day(one.receipt.get("valuation_date", "–"), language),
        "n_sales": shown(one.figures[0].n_sales, 0, 1.0, language) if one.figures else "–",
        "n_valued": shown(counts["dwellings_valued"], 0, 1.0, language) if "dwellings_valued" in counts else "–",
        "figures": [figure_shown(figures.get(name), language) for name in FIGURE_NAMES],
        "entries": [entry_shown(entry, language) for entry in reversed(one.entries)],
        "became_live": None if one.became_live is None else entry_shown(one.became_live, language),
    }


def figure_shown(figure: KeyFigure | None, language: str) -> dict[str, str]:
    """Return a figure with its interval; a dash where it is not given."""
    if figure is None:
        return {"value": "–", "interval": "", "n": ""}
    digits, factor = _DIGITS[figure.name]
    interval = ""
    if math.isfinite(figure.lower) and math.isfinite(figure.upper):
        low, high = (shown(bound, digits, factor, language) for bound in (figure.lower, figure.upper))
        # Of the share within the range: where chance lets the promised share lie.
        key = "chance: {low} to {high}" if figure.name == "coverage" else "{low} to {high}"
        interval = sentences(language)(key).format(low=low, high=high)
    return {
        "value": shown(figure.estimate, digits, factor, language),
        "interval": interval,
        "n": shown(figure.n_sales, 0, 1.0, language),
    }


def entry_shown(entry: Entry, language: str) -> dict[str, str]:
    """Return a line of the record."""
    return {
        "number": str(entry.number),
        "what": sentences(language)(DEED_WORDS[entry.action]),
        "at": when(entry.at, language),
        "on": on_day(entry.at, language),
        "by": entry.by,
        "second": entry.second,
        "reason": entry.reason,
        "replaces": entry.replaces,
        "sha256": entry.sha256,
    }


def proposal_shown(one: Proposal, actor: Actor, language: str) -> dict[str, Any]:
    """Return a proposal that waits."""
    return {
        "number": one.number,
        "model_version": one.model_version,
        "what": sentences(language)(PROPOSED_WORDS[one.deed]),
        "by": one.by,
        "at": when(one.at, language),
        "reason": one.reason,
        "asked": one.asked,
        "is_own": one.by == actor.user_id,
    }


def _files(one: StandingVersion, language: str) -> dict[str, str]:
    """Return the addresses of report and card in the language of the reader, as far as they were written."""
    found = {}
    for folder, names in {
        "report": (f"index.{language}.html", "index.html"),
        "card": ("model_card.html",),
        "how": (f"how-this-works.{language}.html",),
    }.items():
        place = "card" if folder == "how" else folder
        name = next((name for name in names if (one.run / place / name).is_file()), None)
        if name is not None:
            found[folder] = f"/model-versions/{one.model_version}/{place}/{name}"
    return found


def _name_of(live: StandingVersion | None) -> str:
    return "" if live is None else live.model_version


def _asked(service: Service, one: StandingVersion, live: StandingVersion | None) -> Analysis | None:
    """Return the answer of the gates about a version as things stand now, where it was asked for."""
    if not one.is_whole:
        return None
    try:
        return service.analyses.analysis(gates_of(service, one, live).analysis_id)
    except JobNotFound:
        return None
