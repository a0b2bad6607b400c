"""How do the values come about, and can everybody read the pages? Told to everybody who is signed in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.frame import page, page_language
from valuation.disclosure.evidence import plain
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.home_owner_page import home_owner_pages
from valuation.disclosure.page import Bullets, Gap, Page, Paragraph
from valuation.errors import ValuationError
from valuation.report.run_folder import NotGiven

router = APIRouter(include_in_schema=False)
CHECKED = Path(__file__).parent / "accessibility.json"
"""What the journeys in a real browser found (`tests/journeys/test_versions_on_pages.py` writes it)."""


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
    return page(request, service, "accessibility.html", {"checked": checked}, actor=actor, language=language)
