"""Where do the cases of a list lie? The map of all of them, with the list behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_list import address_of, asked_query, facets_shown, query_asked, sorts_shown, tabs_shown
from api.pages.cases_map import Bounds, CasesMap, Circle, cases_map, framed
from api.pages.frame import page, page_language
from api.service import Service
from valuation.explanation.fact_words import number
from valuation.explanation.grid_words import distance

router = APIRouter(include_in_schema=False)
AT = "/cases/map"
NEAREST_M = 40.0
"""Side of a square from which on a circle leads to the list: what is left of the map is one building."""


@router.get(AT)
def show_map(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the cases of a list on a map; a circle leads closer, to the part of the map it stands for."""
    language = page_language(request, service)
    asked = request.query_params
    tab, sort, query = asked_query(service, actor, asked)
    if query.bounds is not None:
        # All that the picture shows, not only what was pressed on: a map must not be empty at its edges.
        query = replace(query, bounds=framed(query.bounds))
    places = service.reviews.places(query)
    drawn = cases_map(places, query.bounds)
    box = None if query.bounds is None else box_text(query.bounds)
    content = {
        "asked": query_asked(query, sort),
        "tab": tab,
        "tabs": tabs_shown(service, query, actor, tab, asked, language, at=AT),
        "facets": facets_shown(service, query, language),
        "sorts": sorts_shown(language),
        "map": drawn,
        "spots": [] if drawn is None else _spots(service, drawn, asked, language),
        "bar": "" if drawn is None else distance(float(drawn.bar[1]), language),
        "n": number(len(places), language),
        "n_nowhere": sum(one.x_m is None for one in places),
        "whole_href": address_of(asked, at=AT, box=None, cursor=None),
        "list_href": address_of(asked, box=box, cursor=None),
    }
    return page(request, service, "map.html", content, actor=actor, language=language)


def box_text(bounds: Bounds) -> str:
    """Return a part of the map as an address carries it, in decimetres of metres."""
    return ",".join(f"{edge:.1f}" for edge in bounds)


def _spots(service: Service, drawn: CasesMap, asked: Any, language: str) -> list[dict[str, Any]]:
    alone = [circle.alone.value_id for circle in drawn.circles if circle.alone is not None]
    values = service.rolls.values_by_id(alone)
    named = {value_id: value.address or value.dwelling_id for value_id, value in values.items()}
    return [
        {
            "x": circle.x,
            "y": circle.y,
            "r": circle.r,
            "n": number(circle.n, language),
            "is_alone": circle.alone is not None,
            "href": _leads_to(circle, asked),
            "label": ", ".join(circle.areas) or "–" if circle.alone is None else named[circle.alone.value_id],
        }
        for circle in drawn.circles
    ]


def _leads_to(circle: Circle, asked: Any) -> str:
    if circle.alone is not None:
        return f"/cases/{circle.alone.case_id}"
    x_from, _, x_to, _ = circle.bounds
    at = "/cases" if x_to - x_from <= NEAREST_M else AT
    return address_of(asked, at=at, box=box_text(circle.bounds), cursor=None)
