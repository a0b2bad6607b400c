"""What can one do here, and with which keys?"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.forms import typed_in
from api.pages.frame import page, page_language
from valuation.flags.catalogue import RULES
from valuation.review.reason_codes import OUTCOME_WORDS
from valuation.review.workflow import STAGES, TURN_WORDS

router = APIRouter(include_in_schema=False)
A_YEAR_S = 365 * 86400


@router.get("/help")
def show_help(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the keys, what each state means, and why cases come."""
    language = page_language(request, service)
    content = {
        "states": [
            (stage.title.in_language(language), TURN_WORDS[stage.turn].in_language(language))
            for stage in STAGES.values()
        ],
        "flags": [(item.title.in_language(language), item.code) for item in RULES],
        "outcomes": [words.in_language(language) for words in OUTCOME_WORDS.values()],
    }
    return page(request, service, "help.html", content, actor=actor, language=language)


@router.post("/help/shortcuts")
async def shortcuts(request: Request, actor: CurrentActor) -> Response:  # noqa: ARG001 - for those signed in
    """Switch the keys off or on, in this browser."""
    typed = await typed_in(request)
    answer = RedirectResponse("/help#keys", 303)
    chosen = "off" if typed.get("shortcuts") == "off" else "on"
    answer.set_cookie(
        "shortcuts", chosen, max_age=A_YEAR_S, samesite="lax", httponly=True, secure=request.url.scheme == "https"
    )
    return answer
