"""Which cases wait, in which order, and which comes next? The list that caseworkers live in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_view import state_shown, turn_shown
from api.pages.forms import typed_in
from api.pages.frame import page, page_language
from api.pages.sentences import sentences
from api.parameters import Identity
from api.service import Service
from valuation.explanation.fact_words import number, percent
from valuation.flags.catalogue import RULES
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.idempotency import Answer, answered_once
from valuation.review.idempotency import Request as Asked
from valuation.review.permissions import PERMITTED
from valuation.review.queue import next_case, tab_counts, tab_states
from valuation.review.repository import CaseQuery, Facets, ReviewTransaction
from valuation.review.sight import as_seen, within_sight
from valuation.review.workflow import TAB_WORDS, TABS, Tab, stamp

PAGE_SIZE = 50
MOST_OPTIONS = 30
"""Options of a facet that are shown; the most frequent ones, and those chosen."""
SORTS: dict[str, tuple[str, bool, str]] = {
    "useful": ("expected_harm", True, "Most useful first"),
    "oldest": ("opened_at", False, "Oldest first"),
    "dearest": ("appraised_value", True, "Dearest first"),
    "cheapest": ("appraised_value", False, "Cheapest first"),
    "unsure": ("error_risk", True, "Least sure first"),
    "area": ("market_area", False, "By area"),
}
"""Name in the address: what is sorted by, whether falling, and the key of its sentence."""
_TITLES = {item.code: item.title for item in RULES}
_OTHERWISE = {"complaint": "A complaint", "by-hand": "Opened by hand"}
"""Why a case is there without a flag: the key of a sentence."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(actor: CurrentActor) -> Response:  # noqa: ARG001 - who is not signed in is sent to sign in
    """Send on to the list of cases: it is the home of who works here."""
    return RedirectResponse("/cases", 303)


@router.get("/cases")
def case_list(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the cases that were asked for, with tabs and facets."""
    language = page_language(request, service)
    asked = request.query_params
    tab: Tab = next((one for one in TABS if one == asked.get("tab")), "open")
    sort = asked.get("sort", "useful")
    query = _query(service, actor, asked, tab, sort if sort in SORTS else "useful")
    found = service.reviews.cases(query, limit=PAGE_SIZE, cursor=asked.get("cursor"))
    counts = tab_counts(service.reviews, query, actor)
    content = {
        "asked": query_asked(query, sort),
        "tab": tab,
        "tabs": [
            {
                "label": TAB_WORDS[one].in_language(language),
                "count": counts[one],
                "is_here": one == tab,
                "href": _address(asked, tab=one, cursor=None),
            }
            for one in TABS
        ],
        "sorts": [(code, sentences(language)(words)) for code, (_, _, words) in SORTS.items()],
        "cases": [row(service, case, actor, language) for case in found.cases],
        "caption": TAB_WORDS[tab].in_language(language),
        "next_href": None if found.next_cursor is None else _address(asked, cursor=found.next_cursor),
        "page_size": PAGE_SIZE,
        "facets": _facets(service.reviews.facets(query), query, language),
        "can_work": bool(actor.roles & PERMITTED["reserve"]),
        "done": _done(asked),
    }
    return page(
        request, service, "queue.html", content, actor=actor, language=language, told=told_before(request, language)
    )


@router.post("/cases/next")
async def take_next(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Reserve the case that is worth most to look at, and show it; without one, say so."""
    typed = await typed_in(request)

    def take() -> str:
        case = next_case(service.reviews, actor, service.now())
        if case is None:
            return "/cases?told=nothing-left"
        _reserve(service, actor, case, typed.get("idempotency_key", ""))
        return f"/cases/{case.case_id}"

    return RedirectResponse(await run_in_threadpool(take), 303)


def _reserve(service: Service, actor: Actor, case: ReviewCase, key: str) -> None:
    def act(transaction: ReviewTransaction) -> Answer:
        actions.reserve(service.desk(transaction, actor), case.case_id, version=case.version)
        return Answer(303, case.case_id)

    asked = Asked(key or f"next-{case.case_id}-{case.version}", actor.user_id, "POST /cases/next", b"")
    answered_once(service.reviews, asked, act)


def row(service: Service, case: ReviewCase, actor: Actor, language: str) -> dict[str, Any]:
    """Return a line of the list; what this person may not see yet is not in it."""
    seen = as_seen(case, actor).case
    value = service.rolls.value(case.value_id)
    shown = _money(language)
    hidden = "–"
    low, high = shown(seen.lower_value), shown(seen.upper_value)
    return {
        "case_id": case.case_id,
        "dwelling_id": case.dwelling_id,
        "address": value.address or case.dwelling_id,
        "market_area": case.market_area,
        "why": [title_of(code, language) for code in case.opened_because],
        "value": shown(seen.appraised_value) or hidden,
        "range": hidden if low is None or high is None else f"{low} – {high}",
        "risk": hidden if seen.error_risk is None else percent(seen.error_risk, language),
        "state": state_shown(case.state, language),
        "turn": turn_shown(case.state, language),
    }


def title_of(code: str, language: str) -> str:
    """Return what a reason for a case is called: a flag's title, or a sentence of the pages."""
    title = _TITLES.get(code)
    return sentences(language)(_OTHERWISE.get(code, code)) if title is None else title.in_language(language)


def query_asked(query: CaseQuery, sort: str) -> dict[str, Any]:
    """Return what was asked for, as the form shows it again."""
    return {
        "text": query.text,
        "sort": sort,
        "flags": query.flags,
        "market_areas": query.market_areas,
        "dwelling_types": query.dwelling_types,
    }


def _query(service: Service, actor: Actor, asked: Any, tab: Tab, sort: str) -> CaseQuery:
    by, is_descending, _ = SORTS[sort]
    query = CaseQuery(
        roll_id=service.rolls.roll().roll_id,
        states=tab_states(tab),
        flags=tuple(asked.getlist("flag")),
        market_areas=tuple(asked.getlist("area")),
        dwelling_types=tuple(asked.getlist("type")),
        text=(asked.get("text") or "").strip()[:200] or None,
        sort=by,  # type: ignore[arg-type]  # one of SORTS
        is_descending=is_descending,
        as_of=stamp(service.now()),
    )
    return within_sight(query, actor)


def _facets(found: Facets, query: CaseQuery, language: str) -> list[dict[str, Any]]:
    said = sentences(language)
    ways: list[tuple[str, str, Mapping[str, int], tuple[str, ...], Callable[[str], str]]] = [
        ("flag", said("Why it is here"), found.flags, query.flags, lambda code: title_of(code, language)),
        ("area", said("Area"), found.market_areas, query.market_areas, str),
        ("type", said("Kind of dwelling"), found.dwelling_types, query.dwelling_types, str),
    ]
    return [
        {"name": name, "title": title, "options": _options(counts, chosen, called)}
        for name, title, counts, chosen, called in ways
        if counts or chosen
    ]


def _options(counts: Mapping[str, int], chosen: tuple[str, ...], called: Callable[[str], str]) -> list[dict[str, Any]]:
    most = sorted(counts, key=lambda code: (-counts[code], code))[:MOST_OPTIONS]
    shown = [*most, *(code for code in chosen if code not in most)]
    return [
        {"code": code, "label": called(code), "count": counts.get(code, 0), "is_chosen": code in chosen}
        for code in shown
    ]


def _address(asked: Any, **changed: str | None) -> str:
    kept = [(name, text) for name, text in asked.multi_items() if name not in changed and name not in ("lang", "told")]
    new = [(name, text) for name, text in changed.items() if text is not None]
    return "/cases?" + urlencode([*kept, *new])


def _money(language: str) -> Callable[[int | None], str | None]:
    return lambda amount: None if amount is None else number(amount, language)


TOLD = {
    "nothing-left": "There is no case left for you to take.",
    "decided": "The case is decided.",
    "sent-to-control": "Your proposal waits for a second reader.",
}
"""What a page says after it was sent on to: the key of a sentence, by a code in the address."""


def _done(asked: Any) -> str | None:
    """Return the case that was just settled; nothing that only looks like an address becomes one."""
    done = asked.get("done", "")
    return done if asked.get("told") in TOLD and re.match(Identity, done) else None


def told_before(request: Request, language: str) -> str:
    """Return what a page says of what was done before it was shown; nothing where nothing was."""
    words = TOLD.get(request.query_params.get("told", ""))
    return "" if words is None else sentences(language)(words)
