"""What would the owner read? The letter about the value of a case, before it is sent: as a page and as PDF."""

from __future__ import annotations

import base64
import hashlib
import re
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.frame import page, page_language
from api.pages.seen_case import seen_case
from api.parameters import Identity
from api.service import Service
from valuation.errors import CaseNotFound, ValuationError, WrongUse
from valuation.languages.language import NAMES
from valuation.letters.letter import letter_html
from valuation.letters.record import LetterRecord
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.sight import is_first_reader_hidden, is_model_hidden

router = APIRouter(include_in_schema=False)
CaseId = Annotated[str, Path(pattern=Identity)]
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.S)


@router.get("/cases/{case_id}/letter")
def show_choice(request: Request, case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Show in which languages the letter can be read, and what it lacks before it can be sent."""
    language = page_language(request, service)
    case = seen_case(service, case_id, actor)
    value = service.rolls.value(case.value_id)
    record = None
    if not _is_hidden(case, actor):
        # The archive may lack what letters are made of: said here, before somebody presses in vain, and without the
        # place on this machine that the error names.
        with suppress(ValuationError):
            record = _record(service, case)
    content = {
        "case": case,
        "address": value.address or value.dwelling_id,
        "is_hidden": _is_hidden(case, actor),
        "is_decided": record is not None and (record.is_decided or record.is_set_otherwise),
        "has_decision": case.decision is not None,
        "lacks_value": record is not None and record.valued is None,
        "is_set_alone": record is not None and record.is_set_alone,
        "spoken": [(code, name) for code, name in NAMES.items() if code in service.bundle.jurisdiction.languages],
        "can_be_read": record is not None,
        "lacks_pdf": request.query_params.get("lacks") == "pdf",
    }
    return page(request, service, "letter.html", content, actor=actor, language=language)


@router.get("/cases/{case_id}/letter/{language}.{form}")
def show_letter(case_id: CaseId, language: str, form: str, service: TheService, actor: CurrentActor) -> Response:
    """Show the letter itself."""
    case = seen_case(service, case_id, actor)
    if language not in service.bundle.jurisdiction.languages or form not in ("html", "pdf") or _is_hidden(case, actor):
        raise CaseNotFound(f"there is no letter {language}.{form} of this case")
    back = f"/cases/{case.case_id}/letter"
    try:
        record = _record(service, case)
    except ValuationError:
        return RedirectResponse(back, 303)
    if form == "pdf":
        headers = {"Content-Disposition": f'inline; filename="{case.case_id}.{language}.pdf"'}
        try:
            return Response(service.letters.pdf(record, language), media_type="application/pdf", headers=headers)
        except WrongUse:
            return RedirectResponse(f"{back}?lacks=pdf", 303)
    html = letter_html(record, language)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy_of(html), "Content-Language": language})


def policy_of(html: str) -> str:
    """Return which sources a letter may use: its own two styles by their hashes, and nothing else at all."""
    hashes = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    told = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    return f"default-src 'none'; style-src {told}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _record(service: Service, case: ReviewCase) -> LetterRecord:
    return service.letters.record(
        service.rolls.roll(case.roll_id), service.bundle_of(case.roll_id), case.dwelling_id, case
    )


def _is_hidden(case: ReviewCase, actor: Actor) -> bool:
    # A letter tells the value, and who decided: not before an own estimate.
    return is_model_hidden(case, actor) or is_first_reader_hidden(case, actor)
