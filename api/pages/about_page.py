"""How do the values come about, and can everybody read the pages? Told to everybody who is signed in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.clock import on_day
from api.pages.frame import page, page_language
from api.pages.sentences import sentences
from valuation.disclosure.evidence import plain
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.home_owner_page import home_owner_pages
from valuation.disclosure.page import Bullets, Gap, Page, Paragraph
from valuation.errors import ValuationError
from valuation.report.run_folder import NotGiven

router = APIRouter(include_in_schema=False)
CHECKED = Path(__file__).parent / "accessibility.json"
"""What the journeys in a real browser found (`tests/journeys/test_versions_on_pages.py` writes it)."""
PAGE_NAMES = {
    "/cases": "List of cases",
    "/cases/map": "Map of cases",
    "/cases/together": "Cases alike, decided together",
    "/cases/export": "A list as Excel or CSV",
    "/cases/import": "Decisions from a table",
    "/cases/{case_id}": "A case",
    "/cases/{case_id}/what-if": "Trial of another fact",
    "/cases/{case_id}/complaint": "A complaint",
    "/cases/{case_id}/letter": "The letter, before it is sent",
    "/cases/{case_id}/letter/{language}.{form}": "The letter itself",
    "/oversight": "How it goes",
    "/dwellings": "Search",
    "/dwellings/{value_id}": "A dwelling without a case",
    "/model-versions": "Model versions",
    "/model-versions/{model_version}": "A model version",
    "/model-versions/{model_version}/{folder}/{name}": "The report of a version",
    "/comparisons": "Comparison of two versions",
    "/analyses/{analysis_id}": "An answer: comparison, gates or new sales",
    "/analyses/{analysis_id}/{name}": "The answer as a page by itself",
    "/drift": "New sales",
    "/drift/{name}": "New sales, as a page by itself",
    "/how-this-works": "How the values come about",
    "/accessibility": "Accessibility",
    "/help": "Help",
}
"""What people call each page of the statement."""
RULE_WORDS = {"color-contrast": "contrast between text and what lies behind it"}
"""What axe-core's rules ask, where a page names one; another is named by its code."""


@router.get("/how-this-works")
def how_this_works(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show how the values come about, as home owners are told it, of the version that is served."""
    language = page_language(request, service)
    bundle = service.bundle
    told = _told(bundle.folder.parent, bundle.manifest["manifest_sha256"])
    found = None if told is None else told.get(language) or told.get("en") or next(iter(told.values()), None)
    content = {
        "about": None if found is None else _shown(found),
        "spoken": language if found is None else found.language,
    }
    return page(request, service, "how_this_works.html", content, actor=actor, language=language)


@cache
def _told(run: Path, _manifest_sha256: str) -> dict[str, Page] | None:
    """Return the page in each language; None where the run of the version is not there in full."""
    try:
        return home_owner_pages(FinishedRun(run))
    except (ValuationError, NotGiven, OSError, KeyError):
        return None


def _shown(found: Page) -> dict[str, Any]:
    return {
        "title": found.title,
        "lead": plain(found.lead),
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "blocks": [
                    {
                        "kind": block.kind,
                        "text": plain(block.words) if isinstance(block, Paragraph | Gap) else "",
                        "lines": [plain(item) for item in block.items] if isinstance(block, Bullets) else [],
                    }
                    for block in section.blocks
                ],
            }
            for section in found.sections
        ],
        "footer": found.footer,
    }


@router.get("/accessibility")
def accessibility(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show which pages were checked, with what, when, what was found, and what is known to be missing."""
    language = page_language(request, service)
    checked = json.loads(CHECKED.read_text("utf-8"))
    say = sentences(language)

    def called(path: str) -> str:
        return say(PAGE_NAMES.get(path, path))

    def rules(codes: list[str]) -> str:
        return ", ".join(say(RULE_WORDS.get(code, code)) for code in codes)

    content = {
        "checked": checked | {"day": on_day(checked["day"], language)},
        "called": called,
        "rules": rules,
    }
    return page(request, service, "accessibility.html", content, actor=actor, language=language)
