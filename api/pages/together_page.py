"""Can twenty row houses be settled at once? A group of cases alike: values side by side, one reason, all or none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentActor, TheService
from api.pages.case_view import outcomes_to_choose, reasons_to_choose, rests_on_of, state_shown
from api.pages.forms import MOST_FIELDS, SENTENCES, Wrong, amount, typed_in, wrongs_of
from api.pages.frame import page, page_language
from api.pages.seen_case import seen_case
from api.pages.sentences import sentences
from api.pages.value_strip import value_strip
from api.service import Service
from valuation.errors import ActionRefused, CaseChanged, CaseNotFound
from valuation.explanation.fact_words import NOT_RECORDED, fact, label, level_of_role, money, number, percent
from valuation.review import actions
from valuation.review.actions import CaseToDecide, Choice
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase, State
from valuation.review.idempotency import Answer, answered_once
from valuation.review.queue import every_case
from valuation.review.repository import CaseQuery, ReviewTransaction
from valuation.review.sight import as_seen, within_sight
from valuation.review.workflow import sources, stamp, standing
from valuation.rolls.near_identical import SHOWN_FACTS, bounds_around, near_identical
from valuation.rolls.released_roll import ReleasedValue

router = APIRouter(include_in_schema=False)
EMPTY = dict.fromkeys(("outcome", "value", "reason_code", "text", "document"), "")
MOST_SHOWN = 250
"""Cases of a group on one page: forms have a thousand fields at most (`api/access/csrf.py`)."""
FIELDS_OF_A_CASE = 3
"""Fields of the form for each case: ticked or not, the version seen, a value of its own."""


@dataclass(frozen=True)
class Group:
    """Cases that may be decided together: the one somebody came from, and those like it."""

    first: ReviewCase
    cases: tuple[ReviewCase, ...]
    """Those whose values this person may see, the first among them; by address."""
    values: Mapping[str, ReleasedValue]
    """By `value_id`."""
    n_hidden: int
    """Cases like it that are to be estimated before they are seen: each by itself."""


@router.get("/cases/together")
def show_group(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show the cases near-identical to one, or all of its kind in its area."""
    asked = request.query_params
    group = group_of(service, seen_case(service, asked.get("case", ""), actor), actor, reach=asked.get("reach", ""))
    ticked = {case.case_id for case in group.cases} if asked.get("ticked") == "all" else frozenset()
    return _shown(request, service, actor, group, typed={"case": "\n".join(ticked), "reach": asked.get("reach", "")})


@router.post("/cases/together")
async def decide_group(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Decide those that were ticked, all of them or none."""
    typed = await typed_in(request, most_fields=MOST_FIELDS + FIELDS_OF_A_CASE * most_together(service))
    return await run_in_threadpool(_decided, request, service, actor, typed)


def most_together(service: Service) -> int:
    """Return how many cases a page shows as one group."""
    return min(service.params.review.max_together, MOST_SHOWN)


def group_of(service: Service, first: ReviewCase, actor: Actor, *, reach: str) -> Group:
    """Return the cases that may be decided together with one.

    Parameters
    ----------
    service : Service
    first : ReviewCase
    actor : Actor
    reach : str
        `area` for all of the same kind in the same area; otherwise the near-identical ones.
    """
    own = service.rolls.value(first.value_id)
    query = CaseQuery(
        roll_id=first.roll_id,
        states=tuple(state for state in sources("decide") if state is not None),
        market_areas=(first.market_area or "",),
        dwelling_types=(first.dwelling_type or "",),
        bounds=None if reach == "area" else bounds_around(own),
        sort="opened_at",
        is_descending=False,
        as_of=stamp(service.now()),
    )
    found = list(every_case(service.reviews, within_sight(query, actor)))
    values = service.rolls.values_by_id(case.value_id for case in found)
    if reach != "area":
        others = near_identical(own, values.values(), service.bundle.jurisdiction.characteristics)
        alike = {own.value_id, *(value.value_id for value in others)}
        found = [case for case in found if case.value_id in alike]
    seen = [case for case in found if not as_seen(case, actor).is_model_hidden]
    seen.sort(key=lambda case: (values[case.value_id].address or "", case.dwelling_id))
    shown = seen[: most_together(service)]
    return Group(first, tuple(shown), {**values, own.value_id: own}, len(found) - len(seen))


def _decided(request: Request, service: Service, actor: Actor, typed: Mapping[str, str]) -> Response:
    language = page_language(request, service)
    first = seen_case(service, typed.get("first", ""), actor)
    ids = [line for line in typed.get("case", "").splitlines() if line]
    wrong, cases = _chosen(ids, typed, language)
    choice = Choice(
        typed.get("outcome", ""), typed.get("reason_code", ""), typed.get("text", ""), None, _evidence(typed)
    )

    def act(transaction: ReviewTransaction) -> Answer:
        decided = actions.decide_alike(service.desk(transaction, actor), cases, choice)
        waits = any(case.state == "control" for case in decided)
        return Answer(303, "together-control" if waits else "together")

    status = 422
    if not wrong:
        body = json.dumps(dict(typed), sort_keys=True).encode()
        asked = service.sent(actor, typed.get("idempotency_key", ""), "POST /cases/together", body)
        try:
            answer, _ = answered_once(service.reviews, asked, act)
            return RedirectResponse(f"/cases?tab=done&told={answer.body}&group={first.case_id}", 303)
        except ActionRefused as refused:
            wrong = _wrongs(refused, ids, typed, language)
        except (CaseChanged, CaseNotFound):
            said = sentences(language)(
                "A colleague changed one of the cases meanwhile. Nothing was decided; you see them as they are now."
            )
            wrong, status = (Wrong("", said),), 412
    group = group_of(service, first, actor, reach=typed.get("reach", ""))
    return _shown(request, service, actor, group, typed=typed, wrong=wrong, status=status)


def _chosen(ids: list[str], typed: Mapping[str, str], language: str) -> tuple[tuple[Wrong, ...], list[CaseToDecide]]:
    """Return the cases that were ticked with the value of each: its own, else the one that is for all."""
    wrong, cases = [], []
    for case_id in ids:
        field = f"value-{case_id}"
        text = typed.get(field, "").strip()
        field, text = (field, text) if text else ("own-value", typed.get("value", "").strip())
        value = amount(text) if text else None
        if text and value is None:
            wrong.append(Wrong(field, SENTENCES["no-amount"].in_language(language)))
        version = typed.get(f"version-{case_id}", "")
        cases.append(CaseToDecide(case_id, int(version) if version.isdecimal() else 0, value))
    return tuple(dict.fromkeys(wrong)), cases


def _evidence(typed: Mapping[str, str]) -> tuple[str, ...]:
    ticked = tuple(line for line in typed.get("evidence", "").splitlines() if line.strip())
    document = typed.get("document", "").strip()
    return (*ticked, f"document:{document}") if document else ticked


def _wrongs(refused: ActionRefused, ids: list[str], typed: Mapping[str, str], language: str) -> tuple[Wrong, ...]:
    """Return what stands in the way: what every case lacks is said once, what is one case's beside it."""
    found = []
    for one in refused.all():
        parts = one.pointer.strip("/").split("/")
        if parts[0] != "cases" or len(parts) < 2:
            found.append(Wrong("cases", one.in_language(language)))
        elif len(parts) == 3 and parts[2] != "value":
            found += wrongs_of(_at(one, f"/{parts[2]}"), typed, language)
        else:
            case_id = ids[int(parts[1])]
            has_own = bool(typed.get(f"value-{case_id}", "").strip())
            missing = one.code in ("value-missing", "value-not-asked") and not has_own
            found.append(Wrong("own-value" if missing else f"value-{case_id}", one.in_language(language)))
    return tuple(dict.fromkeys(found))


def _at(refused: ActionRefused, pointer: str) -> ActionRefused:
    return ActionRefused(refused.found, code=refused.code, pointer=pointer, words=refused.words)


def _shown(
    request: Request,
    service: Service,
    actor: Actor,
    group: Group,
    *,
    typed: Mapping[str, str],
    wrong: tuple[Wrong, ...] = (),
    status: int = 200,
) -> Response:
    language = page_language(request, service)
    own = group.values[group.first.value_id]
    ticked = set(typed.get("case", "").splitlines())
    names = told_of_any(service, [group.values[case.value_id] for case in group.cases], language)
    content = {
        "first": group.first,
        "address": own.address or own.dwelling_id,
        "kind": ", ".join(_kind(service, own, language)),
        "reach": typed.get("reach", ""),
        "rows": [_row(service, case, group, names, typed, ticked, language) for case in group.cases],
        "facts": [label(name, service.bundle.jurisdiction, language) for name in names],
        "spread": _spread(group, service, language),
        "n_hidden": group.n_hidden,
        "strip": value_strip(
            [(case.value_in_force, group.values[case.value_id].address or case.dwelling_id) for case in group.cases],
            lambda figure: number(round(figure), language),
        ),
        "outcomes": outcomes_to_choose(language, *group.cases),
        "reasons": reasons_to_choose(language, *group.cases),
        "rests_on": rests_on_of(service, own, language),
        "wrong": wrong,
        "typed": EMPTY | {"evidence": ""} | dict(typed),
        "can_decide": bool(group.cases),
    }
    return page(request, service, "together.html", content, actor=actor, language=language, status=status)


def fact_names(service: Service) -> list[str]:
    """Return the facts by which people tell dwellings alike apart."""
    characteristics = service.bundle.jurisdiction.characteristics
    return [name for role in SHOWN_FACTS if (name := characteristics.with_role(role)) is not None]


def _kind(service: Service, value: ReleasedValue, language: str) -> list[str]:
    known = {"dwelling_type": value.dwelling_type, "market_area": value.market_area}
    jurisdiction = service.bundle.jurisdiction
    return [level_of_role(text, role, jurisdiction, language) for role, text in known.items() if text]


def told_of_any(service: Service, values: Sequence[ReleasedValue], language: str) -> list[str]:
    """Return those of these facts that are recorded of one of the dwellings at least: an empty column tells nothing."""
    missing = {NOT_RECORDED[language]}
    return [
        name
        for name in fact_names(service)
        if {facts_of(service, one, [name], language)[0] for one in values} - missing
    ]


def facts_of(service: Service, value: ReleasedValue, names: Sequence[str], language: str) -> list[str]:
    """Return facts of a released value, as people write them."""
    known = service.bundle.jurisdiction.characteristics
    return [fact(value.record.get(name), known[name], language) for name in names]


def _row(
    service: Service,
    case: ReviewCase,
    group: Group,
    names: list[str],
    typed: Mapping[str, str],
    ticked: set[str],
    language: str,
) -> dict[str, Any]:
    value = group.values[case.value_id]
    state: State = standing(case, service.now())
    low, high = case.lower_value, case.upper_value
    return {
        "case_id": case.case_id,
        "version": str(case.version),
        "address": value.address or case.dwelling_id,
        "dwelling_id": case.dwelling_id,
        "facts": facts_of(service, value, names, language),
        "value": "–" if case.value_in_force is None else number(case.value_in_force, language),
        "range": "–" if low is None or high is None else f"{number(low, language)} – {number(high, language)}",
        "prior": "–" if case.prior_value is None else number(case.prior_value, language),
        "state": state_shown(state, language),
        "is_ticked": case.case_id in ticked,
        "own": typed.get(f"value-{case.case_id}", ""),
    }


def _spread(group: Group, service: Service, language: str) -> dict[str, Any]:
    found = actions.spread(group.cases)
    currency = service.bundle.jurisdiction.currency

    def shown(figure: int | None) -> str:
        return "–" if figure is None else money(figure, currency, language)

    return {
        "n": found.n,
        "n_without_value": found.n_without_value,
        "lowest": shown(found.lowest),
        "middle": shown(found.middle),
        "highest": shown(found.highest),
        "relative": None if found.relative is None else percent(found.relative, language),
    }
