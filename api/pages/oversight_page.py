"""How goes the work, and are people led? The leader's page: counts and shares with their intervals, nobody ranked."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_list import title_of
from api.pages.case_view import outcome_shown, state_shown
from api.pages.clock import in_week
from api.pages.frame import page, page_language
from api.pages.seen_case import seen_case
from api.pages.sentences import sentences
from api.service import Service
from valuation.explanation.fact_words import number, percent
from valuation.review.actor import Actor
from valuation.review.oversight import Overrides, Oversight, Share, oversight
from valuation.review.queue import every_case
from valuation.review.repository import CaseQuery
from valuation.review.sight import within_sight
from valuation.review.workflow import STAGES

router = APIRouter(include_in_schema=False)


@router.get("/oversight")
def show_oversight(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show how the office works, over the cases of the roll in force."""
    language = page_language(request, service)
    query = within_sight(CaseQuery(roll_id=service.rolls.roll().roll_id, sort="opened_at"), actor)
    found = oversight(every_case(service.reviews, query), service.now(), service.params.review)
    content = content_of(found, language) | {"oldest_address": _address(service, actor, found.oldest_open)}
    return page(request, service, "oversight.html", content, actor=actor, language=language)


def _address(service: Service, actor: Actor, case_id: str | None) -> str:
    if case_id is None:
        return ""
    value = service.rolls.value(seen_case(service, case_id, actor).value_id)
    return value.address or value.dwelling_id


def content_of(found: Oversight, language: str) -> dict[str, Any]:
    """Return the figures as the template shows them."""
    say = sentences(language)
    shares = (
        (
            say("Own estimates within 10% of the proposed value, in cases looked at without seeing it"),
            found.blind_agreement,
        ),
        (say("Second readers' own views within 10% of what the first reader came to"), found.readers_agreement),
        (say("Cases drawn at random whose value was more than 20% off"), found.unflagged_errors),
        (say("Decisions large enough for a second reader"), found.above_a_limit),
    )
    return {
        "states": [
            (state_shown(state, language).title, number(found.by_state[state], language))
            for state in STAGES
            if state in found.by_state
        ],
        "weeks": [(in_week(week, language), number(n, language)) for week, n in found.decided_by_week.items()],
        "oldest": found.oldest_open,
        "oldest_days": found.oldest_days,
        "minutes": None if found.median_minutes is None else round(found.median_minutes),
        "shares": [(label, shown(share, language), share.of) for label, share in shares],
        "causes": [
            (
                title_of(code, language),
                [(outcome_shown(outcome, language), shown(one, language), one.n) for outcome, one in outcomes.items()],
            )
            for code, outcomes in found.outcomes_by_cause.items()
        ],
        "by_price": [_overrides(one, language) for one in found.overrides_by_price],
        "by_area": [_overrides(one, language) for one in found.overrides_by_area],
        "complaints": list(found.complaints.items()),
        "conflicts": found.conflicts,
    }


def shown(share: Share, language: str) -> str:
    """Return a share with its interval, or that there are too few cases for one."""
    if share.share is None or share.low is None or share.high is None:
        return sentences(language)("too few cases: {n} of {of}").format(n=share.n, of=share.of)
    return f"{percent(share.share, language)} ({percent(share.low, language)} – {percent(share.high, language)})"


def _overrides(one: Overrides, language: str) -> dict[str, Any]:
    change = one.median_change
    sign = "" if change is None or change == 0 else "+" if change > 0 else "−"
    return {
        "group": one.group,
        "share": shown(one.overridden, language),
        "of": one.overridden.of,
        "raised": one.raised,
        "lowered": one.lowered,
        "change": "–" if change is None else sign + percent(abs(change), language),
    }
