"""What does the owner ask, and what is answered? A complaint from the day it came in to its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_view import case_content, outcome_shown, plain_day
from api.pages.evidence import picture_of
from api.pages.forms import Wrong
from api.pages.frame import page, page_language
from api.pages.seen_case import seen_case
from api.pages.sentences import sentences
from api.pages.together_page import facts_of, told_of_any
from api.parameters import Identity
from api.service import Service
from valuation.explanation.fact_words import label, money
from valuation.review.actor import Actor
from valuation.review.case import COMPLAINT_RESULTS, Complaint, ReviewCase
from valuation.review.queue import every_case
from valuation.review.repository import CaseQuery
from valuation.review.sight import is_model_hidden, within_sight
from valuation.rolls.near_identical import bounds_around, neighbours_alike
from valuation.rolls.released_roll import ReleasedValue

router = APIRouter(include_in_schema=False)
CaseId = Annotated[str, Path(pattern=Identity)]
ACTIONS = frozenset({"complaint", "complaint-answers", "complaint-decision", "complaint-pursuit"})
"""Actions whose refusals are told on this page."""
FIELDS = ("received_on", "notified_on", "arguments", "enclosed_values", "answer", "number", "result", "argument")
MOST_NEIGHBOURS = 20
"""Near-identical dwellings that are shown beside a complaint: enough to see a rule, few enough to read."""
RESULTS = {
    "upheld": "The owner is right",
    "partly_upheld": "The owner is right in part",
    "rejected": "The value stands",
    "raised": "The value goes up",
}
"""How a complaint can end: the key of a sentence."""


@router.get("/cases/{case_id}/complaint")
def show_complaint(request: Request, case_id: CaseId, service: TheService, actor: CurrentActor) -> Response:
    """Show the complaint of a case, or the form to register one."""
    return complaint_shown(request, service, seen_case(service, case_id, actor), actor)


def complaint_shown(
    request: Request,
    service: Service,
    case: ReviewCase,
    actor: Actor,
    wrong: tuple[Wrong, ...] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return the page of a complaint; after a refusal with what stood in the way and what was typed."""
    language = page_language(request, service)
    value = service.rolls.value(case.value_id)
    events = service.reviews.events(subject_kind="case", subject_id=case.case_id)
    placed = tuple(_at_its_argument(one, typed or {}) for one in wrong)
    # What was drafted of the value is no answer to the owner: here everything begins empty.
    begun = dict.fromkeys(FIELDS, "") | dict(typed or {})
    content = case_content(service, case, value, actor, language, events=events, wrong=placed, typed=begun)
    content["results"] = [(code, sentences(language)(RESULTS[code])) for code in COMPLAINT_RESULTS]
    content["told_of"] = None if case.complaint is None else _told(case.complaint, service, language)
    content["law"] = _law(service, language)
    content["picture"] = _picture(case)
    content["facts"], content["neighbours"] = [], []
    if case.complaint is not None:
        alike = neighbours_alike(service.rolls, value, service.bundle.jurisdiction.characteristics, actor.districts)
        names = told_of_any(service, alike[:MOST_NEIGHBOURS], language)
        content["facts"] = [label(name, service.bundle.jurisdiction, language) for name in names]
        content["neighbours"] = _neighbours(service, value, alike[:MOST_NEIGHBOURS], names, actor, language)
    return page(request, service, "complaint.html", content, actor=actor, language=language, status=status)


def _at_its_argument(one: Wrong, typed: Mapping[str, str]) -> Wrong:
    """Return what is wrong with an answer at the one of several fields it was typed in."""
    return Wrong(f"answer-{typed.get('number', '')}", one.sentence) if one.field == "answer" else one


def _told(complaint: Complaint, service: Service, language: str) -> dict[str, Any]:
    currency = service.bundle.jurisdiction.currency
    return {
        "received_on": plain_day(complaint.received_on, language),
        "due_on": None if complaint.due_on is None else plain_day(complaint.due_on, language),
        "is_late": complaint.is_late,
        "pairs": list(
            zip(range(1, len(complaint.arguments) + 1), complaint.arguments, complaint.answers, strict=False)
        ),
        "enclosed": [money(amount, currency, language) for amount in complaint.enclosed_values],
        "result": None if complaint.result is None else sentences(language)(RESULTS[complaint.result]),
        "can_be_pursued": complaint.result == "partly_upheld" and not complaint.is_pursued,
    }


def _picture(case: ReviewCase) -> dict[str, float]:
    """Return where value, range, value before and what the owner enclosed stand on one scale."""
    enclosed = () if case.complaint is None else case.complaint.enclosed_values
    known = {"lower": case.lower_value, "value": case.appraised_value, "upper": case.upper_value}
    return picture_of(
        {**known, "prior": case.prior_value, **{f"enclosed-{n}": amount for n, amount in enumerate(enclosed)}}
    )


def _neighbours(
    service: Service,
    value: ReleasedValue,
    alike: Sequence[ReleasedValue],
    names: Sequence[str],
    actor: Actor,
    language: str,
) -> list[dict[str, Any]]:
    """Return what the near-identical dwellings around are set to; not what is to be estimated before it is seen."""
    query = CaseQuery(
        roll_id=value.roll_id,
        market_areas=(value.market_area or "",),
        dwelling_types=(value.dwelling_type or "",),
        bounds=bounds_around(value),
        sort="opened_at",
    )
    cases = {case.value_id: case for case in every_case(service.reviews, within_sight(query, actor))}
    return [_neighbour(service, one, cases.get(one.value_id), names, actor, language) for one in alike]


def _neighbour(
    service: Service,
    value: ReleasedValue,
    case: ReviewCase | None,
    names: Sequence[str],
    actor: Actor,
    language: str,
) -> dict[str, Any]:
    is_hidden = case is not None and is_model_hidden(case, actor)
    amount = value.appraised_value if case is None else case.value_in_force
    made = None if case is None or is_hidden else case.decision
    return {
        "value_id": value.value_id,
        "address": value.address or value.dwelling_id,
        "dwelling_id": value.dwelling_id,
        "facts": facts_of(service, value, names, language),
        "value": "–" if amount is None or is_hidden else money(amount, service.bundle.jurisdiction.currency, language),
        "decided": None if made is None else outcome_shown(made.outcome, language),
    }


def _law(service: Service, language: str) -> str:
    words = service.bundle.jurisdiction.law.complaint
    return "" if words is None else words.in_language(language)
