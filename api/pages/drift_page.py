"""Do new sales still fit the values in use? A table of sales is given, and the last answer stands on the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.clock import on_day, when
from api.pages.forms import Wrong, file_in
from api.pages.frame import page, page_language
from api.pages.sentences import Say, sentences
from api.pages.versions_page import FileName, file_for, standing_file
from api.problem import Problem
from api.service import Service
from api.version_questions import asked, drift_of, versions_of
from api.words import words_of
from valuation.access.routes import STARTS
from valuation.drift.verdicts import ALARM, BLIND, MEASURE_WORDS, QUIET, WHOLE
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import recorded, speaking
from valuation.release.analysis import Analysis
from valuation.release.standing import StandingVersion, live_of
from valuation.report.cells import shown
from valuation.review.actor import Actor

router = APIRouter(include_in_schema=False)
STATE_WORDS = {
    ALARM: "Alarm",
    QUIET: "No alarm",
    BLIND: "Cannot be monitored",
}
VERDICT_WORDS = {
    ALARM: "The new sales do not fit the values in use.",
    QUIET: "Nothing shows that the new sales do not fit the values in use.",
    BLIND: "This cannot be monitored: there are too few sales to tell. That there is no alarm says nothing.",
}


@router.get("/drift")
def show_drift(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the last answer about the version in use, and the form to give new sales."""
    return _page(request, service, actor)


@router.post("/drift")
async def give_sales(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Look at a table of new sales beside the service, by the same function as `valuation drift`."""
    name, content = await file_in(request, "sales") or ("", b"")
    return await run_in_threadpool(_given, request, service, actor, name, content)


def _given(request: Request, service: Service, actor: Actor, name: str, content: bytes) -> Response:
    say = sentences(page_language(request, service))
    live = _live(service)
    if live is None or not live.is_whole:
        return _page(
            request,
            service,
            actor,
            (Wrong("", say("No version is in use by the record; take one into use first.")),),
            409,
        )
    if not content:
        return _page(
            request, service, actor, (Wrong("sales", say("Choose a table of sales with at least one row.")),), 422
        )
    with service.reviews.transaction() as transaction:
        made = asked(service, transaction, actor, drift_of(service, live, name, content), content)
    service.analyses.begin(made.analysis_id)
    return RedirectResponse(f"/analyses/{made.analysis_id}", 303)


def _page(
    request: Request, service: Service, actor: Actor, wrong: tuple[Wrong, ...] = (), status: int = 200
) -> Response:
    language = page_language(request, service)
    live = _live(service)
    made = [
        one
        for one in service.analyses.analyses("drift")
        if live is not None and one.model_version == live.model_version
    ]
    last = next((one for one in made if one.state == "finished"), None)
    by_command = None if live is None else _by_command(service, live)
    shown_drift = drift_shown(last, service, language) if last is not None else None
    if shown_drift is None and by_command is not None:
        shown_drift = _written(by_command, "/drift", service, language)
    layout = service.bundle.jurisdiction
    content = {
        "live": None if live is None else live.model_version,
        "drift": shown_drift,
        "is_by_command": last is None and by_command is not None,
        "made": [
            {
                "href": f"/analyses/{one.analysis_id}",
                "table": one.table,
                "at": when(one.asked_at, language),
                "by": one.asked_by,
            }
            for one in made
        ],
        "run_kept": "" if live is None else live.run.name,
        "file_name": layout.tables[layout.sales.table].file,
        "needs_more": any(join.table != layout.sales.table for join in layout.sales.joins)
        and service.settings.raw is None,
        "may_start": bool(actor.roles & STARTS),
        "wrong": wrong,
    }
    return page(request, service, "drift.html", content, actor=actor, language=language, status=status)


@router.get("/drift/{name}")
def file_of_drift(request: Request, name: FileName, service: TheService) -> Response:
    """Return the page that `valuation drift` wrote beside the run in use."""
    live = _live(service)
    found = None if live is None else _by_command(service, live)
    if found is None:
        raise Problem(404, "no-such-address", words_of("no-such-address"))
    return standing_file(request, found / name)


def drift_shown(found: Analysis, service: Service, language: str) -> dict[str, Any]:
    """Return a finished answer as the templates show it."""
    return _written(found.folder, f"/analyses/{found.analysis_id}", service, language)


def _written(folder: Path, address: str, service: Service, language: str) -> dict[str, Any]:
    """Return what a check wrote into a folder; its page by itself is served below `address`."""
    kept = json.loads((folder / "drift.json").read_text("utf-8"))
    whole = f"{address}/{file_for(folder, language, service)}"
    return content_of(kept, whole, service.bundle.jurisdiction, language)


def content_of(kept: Mapping[str, Any], whole: str, place: Jurisdiction, language: str) -> dict[str, Any]:
    """Return what `drift.json` holds as the templates show it.

    Parameters
    ----------
    kept : mapping
    whole : str
        Address of the page that holds all of it.
    place : Jurisdiction
        Knows what characteristics are called.
    language : str
    """
    say = sentences(language)
    with speaking(language):
        return {
            "verdict": kept["verdict"],
            "verdict_words": say(VERDICT_WORDS[kept["verdict"]]),
            "model_version": kept["version"]["model_version"],
            "sold_from": on_day(kept["sold_from"], language),
            "sold_to": on_day(kept["sold_to"], language),
            "n_read": shown(kept["n_read"], 0, 1.0, language),
            "n_new": shown(kept["n_new"], 0, 1.0, language),
            "n_left_out": shown(kept["n_left_out"], 0, 1.0, language),
            "n_rejected": shown(kept["n_rejected"], 0, 1.0, language),
            "n_known": kept["n_in_own_holdout"] and shown(kept["n_in_own_holdout"], 0, 1.0, language),
            "n_tests": shown(kept["n_tests"], 0, 1.0, language),
            "n_blind": len(kept["cannot_be_monitored"]),
            "areas": [_area(row, say, language) for row in kept["areas"]],
            "characteristics": [
                _characteristic(row, say, place, language) for row in _by_index(kept["characteristics"])
            ],
            "unseen": [
                {
                    "characteristic": _label(row["characteristic"], place, language),
                    "what": recorded(str(row["what"])),
                    "n": shown(row["n_sales"], 0, 1.0, language),
                    "share": shown(row["share"], 1, 100.0, language),
                }
                for row in kept["unseen"]
            ],
            "whole": whole,
        }


def _area(row: Mapping[str, Any], say: Say, language: str) -> dict[str, str]:
    raised = [recorded(MEASURE_WORDS[name]) for name in str(row["alarms"]).split("|") if name]
    bounds = [row["lower"], row["upper"]]
    return {
        "area": say("All areas") if row["area"] == WHOLE else row["area"],
        "state": row["state"],
        "state_words": say(STATE_WORDS[row["state"]]) + (f": {', '.join(raised)}" if raised else ""),
        "n_new": shown(row["n_new"], 0, 1.0, language),
        "n_holdout": shown(row["n_holdout"], 0, 1.0, language),
        "level": shown(row["level_shift"], 1, 100.0, language),
        "interval": "" if None in bounds else " – ".join(shown(bound, 1, 100.0, language) for bound in bounds),
        "cod": f"{shown(row['cod_new'], 1, 1.0, language)} / {shown(row['cod_holdout'], 1, 1.0, language)}",
        "coverage": " / ".join(shown(row[name], 0, 100.0, language) for name in ("coverage_new", "coverage_holdout")),
        "remark": recorded(row["remark"]),
    }


def _label(name: str, place: Jurisdiction, language: str) -> str:
    """Return what a characteristic is called; one the version in use does not know keeps its name."""
    item = place.characteristics.get(name)
    return name if item is None else item.labels.in_language(language)


def _by_index(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: -1.0 if row["psi"] is None else -row["psi"])


def _characteristic(row: Mapping[str, Any], say: Say, place: Jurisdiction, language: str) -> dict[str, str]:
    state = "Has shifted" if row["has_shifted"] else ("Not judged" if row["remark"] else "Stable enough")
    return {
        "characteristic": _label(row["characteristic"], place, language),
        "state": "alarm" if row["has_shifted"] else "",
        "state_words": say(state),
        "psi": shown(row["psi"], 3, 1.0, language),
        "n": shown(row.get("n_new"), 0, 1.0, language),
        "remark": recorded(row["remark"]),
    }


def _live(service: Service) -> StandingVersion | None:
    return live_of(versions_of(service))


def _by_command(service: Service, live: StandingVersion) -> Path | None:
    """Return the folder of what `valuation drift` wrote last about the version in use, or None.

    It lies beside a run: the one the record keeps, or the one it was promoted from, which the service was started with.
    """
    places = (run / "drift" for run in (live.run, service.settings.bundle.parent))
    found = [place for place in places if _version_of(place / "drift.json") == live.model_version]
    return max(found, key=lambda place: (place / "drift.json").stat().st_mtime, default=None)


def _version_of(path: Path) -> str:
    try:
        return str(json.loads(path.read_text("utf-8"))["version"]["model_version"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""
