"""Which cases wait, in which order, and which comes next? The list that caseworkers live in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_view import state_shown, turn_shown
from api.pages.forms import typed_in
from api.pages.frame import page, page_language, told_before
from api.pages.last_decisions import last_decisions
from api.pages.sentences import sentences
from api.parameters import Identity
from api.service import Service
from valuation.access.routes import EXPORT, line_of
from valuation.explanation.fact_words import level_of_role, number, percent
from valuation.flags.catalogue import RULES
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.idempotency import Answer, answered_once
from valuation.review.permissions import PERMITTED
from valuation.review.queue import next_case, tab_counts, tab_states
from valuation.review.repository import CaseQuery, Facets, ReviewTransaction
from valuation.review.sight import as_seen, within_sight
from valuation.review.workflow import TAB_WORDS, TABS, Tab, stamp, standing
from valuation.rolls.released_roll import ReleasedValue

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

HOMES = ("/cases", "/model-versions", "/dwellings")
router = APIRouter(include_in_schema=False)


@router.get("/")
def home(actor: CurrentActor) -> Response:
    """Send on to the list of cases, the home of who works here; who sees no case is sent to what they may see."""
    seen = (place for place in HOMES if (line := line_of("GET", place)) is not None and line.opens_to(actor.roles))
    return RedirectResponse(next(seen, "/help"), 303)


@router.get("/cases")
def case_list(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the cases that were asked for, with tabs and facets."""
    language = page_language(request, service)
    asked = request.query_params
    tab, sort, query = asked_query(service, actor, asked)
    found = service.reviews.cases(query, limit=PAGE_SIZE, cursor=asked.get("cursor"))
    content = {
        "asked": query_asked(query, sort),
        "tab": tab,
        "tabs": tabs_shown(service, query, actor, tab, asked, language),
        "sorts": sorts_shown(language),
        "cases": _rows(service, found.cases, actor, language),
        "last_decisions": last_decisions(service, actor, language),
        "caption": TAB_WORDS[tab].in_language(language),
        "next_href": None if found.next_cursor is None else address_of(asked, cursor=found.next_cursor),
        "page_size": PAGE_SIZE,
        "facets": facets_shown(service, query, language),
        "export_href": address_of(asked, at="/cases/export", cursor=None),
        "map_href": address_of(asked, at="/cases/map", cursor=None),
        "everywhere_href": address_of(asked, box=None, cursor=None),
        "can_export": bool(actor.roles & EXPORT),
        "can_import": bool(actor.roles & PERMITTED["decide"]),
        "can_work": bool(actor.roles & PERMITTED["reserve"]),
        "done": _done(asked, "done"),
        "group": _done(asked, "group"),
    }
    told = told_before(request, language, TOLD)
    return page(request, service, "queue.html", content, actor=actor, language=language, told=told)


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

    key = key or f"next-{case.case_id}-{case.version}"
    asked = service.sent(actor, key, "POST /cases/next", b"")
    answered_once(service.reviews, asked, act)


def _rows(service: Service, cases: Sequence[ReviewCase], actor: Actor, language: str) -> list[dict[str, Any]]:
    values = service.rolls.values_by_id(case.value_id for case in cases)
    now = service.now()
    return [row(case, values[case.value_id], actor, now, language) for case in cases]


def row(case: ReviewCase, value: ReleasedValue, actor: Actor, now: datetime, language: str) -> dict[str, Any]:
    """Return a line of the list; what this person may not see yet is not in it."""
    seen, state = as_seen(case, actor).case, standing(case, now)
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
        "state": state_shown(state, language),
        "turn": turn_shown(state, language),
    }


def title_of(code: str, language: str) -> str:
    """Return what a reason for a case is called: a flag's title, or a sentence of the pages."""
    title = _TITLES.get(code)
    return sentences(language)(_OTHERWISE.get(code, code)) if title is None else title.in_language(language)


def query_asked(query: CaseQuery, sort: str) -> dict[str, Any]:
    """Return what was asked for, as the form shows it again."""
    return {
        "text": query.text,
        "box": None if query.bounds is None else ",".join(f"{edge:.1f}" for edge in query.bounds),
        "sort": sort,
        "flags": query.flags,
        "market_areas": query.market_areas,
        "dwelling_types": query.dwelling_types,
    }


def asked_query(service: Service, actor: Actor, asked: Any) -> tuple[Tab, str, CaseQuery]:
    """Return tab, order and query that the address of a list asks for, limited to what this person may see."""
    tab: Tab = next((one for one in TABS if one == asked.get("tab")), "open")
    sort = asked.get("sort", "useful")
    sort = sort if sort in SORTS else "useful"
    by, is_descending, _ = SORTS[sort]
    query = CaseQuery(
        roll_id=service.rolls.roll().roll_id,
        states=tab_states(tab),
        flags=tuple(asked.getlist("flag")),
        market_areas=tuple(asked.getlist("area")),
        dwelling_types=tuple(asked.getlist("type")),
        text=(asked.get("text") or "").strip()[:200] or None,
        bounds=_box(asked.get("box", "")),
        sort=by,  # type: ignore[arg-type]  # one of SORTS
        is_descending=is_descending,
        as_of=stamp(service.now()),
    )
    return tab, sort, within_sight(query, actor)


def tabs_shown(
    service: Service, query: CaseQuery, actor: Actor, tab: Tab, asked: Any, language: str, *, at: str = "/cases"
) -> list[dict[str, Any]]:
    """Return the tabs with their counts, each leading to the same question about other states."""
    counts = tab_counts(service.reviews, query, actor)
    return [
        {
            "label": TAB_WORDS[one].in_language(language),
            "count": number(counts[one], language),
            "is_here": one == tab,
            "href": address_of(asked, at=at, tab=one, cursor=None),
        }
        for one in TABS
    ]


def sorts_shown(language: str) -> list[tuple[str, str]]:
    """Return the orders of a list, each with what it is called."""
    return [(code, sentences(language)(words)) for code, (_, _, words) in SORTS.items()]


def facets_shown(service: Service, query: CaseQuery, language: str) -> list[dict[str, Any]]:
    """Return by what a list can be narrowed, with counts."""
    return _facets(service.reviews.facets(query), query, service.bundle.jurisdiction, language)


def _facets(found: Facets, query: CaseQuery, jurisdiction: Jurisdiction, language: str) -> list[dict[str, Any]]:
    said = sentences(language)

    def levels_of(role: str) -> Callable[[str], str]:
        return lambda text: level_of_role(text, role, jurisdiction, language)

    ways: list[tuple[str, str, Mapping[str, int], tuple[str, ...], Callable[[str], str]]] = [
        ("flag", said("Why it is here"), found.flags, query.flags, lambda code: title_of(code, language)),
        ("area", said("Area"), found.market_areas, query.market_areas, levels_of("market_area")),
        ("type", said("Kind of dwelling"), found.dwelling_types, query.dwelling_types, levels_of("dwelling_type")),
    ]
    return [
        {"name": name, "title": title, "options": _options(counts, chosen, called, language)}
        for name, title, counts, chosen, called in ways
        if counts or chosen
    ]


def _options(
    counts: Mapping[str, int], chosen: tuple[str, ...], called: Callable[[str], str], language: str
) -> list[dict[str, Any]]:
    most = sorted(counts, key=lambda code: (-counts[code], code))[:MOST_OPTIONS]
    shown = [*most, *(code for code in chosen if code not in most)]
    return [
        {
            "code": code,
            "label": called(code),
            "count": number(counts.get(code, 0), language),
            "is_chosen": code in chosen,
        }
        for code in shown
    ]


def address_of(asked: Any, *, at: str = "/cases", **changed: str | None) -> str:
    """Return the address of a list that was asked for, with some of it changed; None takes a part away."""
    kept = [(name, text) for name, text in asked.multi_items() if name not in changed and name not in ("lang", "told")]
    new = [(name, text) for name, text in changed.items() if text is not None]
    return f"{at}?" + urlencode([*kept, *new])


def _box(text: str) -> tuple[float, float, float, float] | None:
    """Return a part of the map as an address carries it; None for what is none."""
    found = re.fullmatch(r"(-?\d{1,9}(?:\.\d)?),(-?\d{1,9}(?:\.\d)?),(-?\d{1,9}(?:\.\d)?),(-?\d{1,9}(?:\.\d)?)", text)
    if found is None:
        return None
    x_from, y_from, x_to, y_to = map(float, found.groups())
    return (x_from, y_from, x_to, y_to) if x_from < x_to and y_from < y_to else None


def _money(language: str) -> Callable[[int | None], str | None]:
    return lambda amount: None if amount is None else number(amount, language)


TOLD = {
    "nothing-left": "There is no case left for you to take.",
    "decided": "The case is decided.",
    "together": "The group is decided.",
    "together-control": "The group is decided; what changes much waits for a second reader.",
    "imported": "The rows of the table are stored.",
    "sent-to-control": "Your proposal waits for a second reader.",
}
"""What a page says after it was sent on to: the key of a sentence, by a code in the address."""


def _done(asked: Any, named: str) -> str | None:
    """Return the case that was just settled, or the first of a group; what only looks like an address becomes none."""
    done = asked.get(named, "")
    return done if asked.get("told") in TOLD and re.match(Identity, done) else None
