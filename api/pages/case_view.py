"""What stands on the page of a case? A case as one person may see it, in that person's language.

No rule is decided here: what may be seen comes from `review/sight.py`, what may be done from `review/permissions.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from api.pages.clock import ZONE, when
from api.pages.evidence import Evidence, evidence, facts_alone
from api.pages.forms import Wrong
from api.pages.place_map import PlaceMap, place_map
from api.pages.sentences import sentences
from api.service import Service
from valuation.appraisal.in_full import appraise_in_full
from valuation.dwellings.characteristics import Words
from valuation.explanation.fact_words import day, fact, label, money
from valuation.flags.catalogue import ROLL_RULES
from valuation.reasons.no_value import reasons_for_no_value
from valuation.review.actor import Actor
from valuation.review.audit import AuditEvent
from valuation.review.case import Decision, Outcome, ReviewCase, State
from valuation.review.drafted import SaleToName, drafted_text
from valuation.review.permissions import refusals_of
from valuation.review.reason_codes import OUTCOME_WORDS, REASONS, reasons_for
from valuation.review.sight import SeenCase, as_seen, events_as_seen, is_first_reader_hidden
from valuation.review.workflow import STAGES, TURN_WORDS, holder, moment, standing
from valuation.rolls.released_roll import ReleasedValue, value_id

COLORS: dict[State, str] = {
    "open": "info",
    "reserved": "info",
    "begun": "warning",
    "control": "warning",
    "returned": "warning",
    "decided": "success",
    "needs_inspection": "danger",
    "complaint": "danger",
    "complaint_decided": "success",
}
EVENTS = {
    "open_case": "opened the case",
    "reserve": "reserved the case",
    "release_reservation": "let others take the case",
    "begin": "began on the case",
    "save_draft": "saved a draft",
    "give_own_view": "put down an own estimate",
    "propose_correction": "proposed a correction",
    "decide": "decided",
    "approve": "approved the proposal",
    "send_back": "sent the proposal back",
    "record_inspection": "wrote down what the inspection found",
    "reopen": "took the decision back",
    "send_on": "sent the decision on",
    "declare_conflict": "declared a conflict of interest",
    "register_complaint": "registered a complaint",
    "answer_argument": "answered an argument of the owner",
    "decide_complaint": "decided the complaint",
    "pursue": "registered that the owner asks on",
    "refused": "tried something that the rules, or a colleague, stood against",
}
"""What an event says of whoever did it: the key of a sentence, by the name of the action."""
NOTHING_TYPED = dict.fromkeys(("outcome", "value", "reason_code", "text", "comment", "evidence"), "")
"""The fields on the page of a case, empty."""
_OF_THE_ROLL = frozenset(item.code for item in ROLL_RULES)


@dataclass(frozen=True)
class StateShown:
    """A state in words, with its colour; the word alone says it all."""

    title: str
    color: str


def state_shown(state: State, language: str) -> StateShown:
    """Return how a state is written."""
    return StateShown(_capital(STAGES[state].title.in_language(language)), COLORS[state])


def turn_shown(state: State, language: str) -> str:
    """Return whose turn it is."""
    return TURN_WORDS[STAGES[state].turn].in_language(language)


@dataclass(frozen=True)
class DecisionShown:
    """A decision in words."""

    outcome: str
    value: str | None
    reason: str
    text: str
    by: str
    at: str
    approved_by: str | None
    ended: bool


def case_content(
    service: Service,
    case: ReviewCase,
    value: ReleasedValue,
    actor: Actor,
    language: str,
    *,
    events: Iterable[AuditEvent],
    wrong: tuple[Wrong, ...] = (),
    typed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return everything the template `case.html` shows.

    Parameters
    ----------
    service : Service
    case : ReviewCase
        As it is stored.
    value : ReleasedValue
        What the case is about.
    actor : Actor
    language : str
    events : iterable of AuditEvent
        Of this case.
    wrong : tuple of Wrong
        What stood in the way of the last attempt.
    typed : mapping, optional
        What was typed in it; by default the actor's draft.
    """
    seen = as_seen(case, actor)
    told = (
        facts_alone(service.bundle_of(value.roll_id), value.record, language)
        if seen.is_model_hidden
        else _evidence(service, value, language)
    )
    shown = seen.case
    refusals = refusals_of(case, actor, service.now())
    state = standing(case, service.now())
    return {
        "case": shown,
        "address": value.address or value.dwelling_id,
        "state": state_shown(state, language),
        "turn": turn_shown(state, language),
        "reserved": _reserved(case, actor, service.now(), language),
        "is_model_hidden": seen.is_model_hidden,
        "first_reader_hidden": not seen.is_model_hidden and is_first_reader_hidden(case, actor),
        "evidence": told,
        "map": _map(value, told, language),
        "no_value": [] if told.value or seen.is_model_hidden else _why_none(service, value, language),
        "proposal": None if shown.proposal is None else decision_shown(shown.proposal, service, language),
        "decisions": [decision_shown(one, service, language) for one in shown.decisions],
        "remarks": [
            {"who": one.by, "at": when(one.at, language), "text": one.text} for one in shown.remarks if one.text
        ],
        "corrections": [_correction(one, service, language) for one in shown.corrections],
        "may": {name: refusal is None for name, refusal in refusals.items()},
        "wrong": wrong,
        "typed": NOTHING_TYPED | dict(typed) if typed is not None else _drafted(seen, told, actor, service, language),
        "outcomes": [
            {
                "code": code,
                "label": _capital(words.in_language(language)),
                "draft": _draft(seen, told, service, language, code),
            }
            for code, words in outcomes_of(case).items()
        ],
        "reasons": reasons_to_choose(language, case),
        "rests_on": _rests_on(told, language),
        "history": [_event(one, language) for one in events_as_seen(events, case, actor)],
    }


def outcomes_of(*cases: ReviewCase) -> dict[Outcome, Words]:
    """Return what can come of some cases: where no value stands there is none to accept."""
    has_value = any(case.value_in_force is not None for case in cases)
    return {code: words for code, words in OUTCOME_WORDS.items() if code != "accepted" or has_value}


def outcomes_to_choose(language: str, *cases: ReviewCase) -> list[dict[str, str]]:
    """Return every outcome these cases can have, with what it is called."""
    return [{"code": code, "label": outcome_shown(code, language)} for code in outcomes_of(*cases)]


def reasons_to_choose(language: str, *cases: ReviewCase) -> list[dict[str, Any]]:
    """Return every reason with what it is called, by the outcome of these cases it is for."""
    return [
        {
            "label": _capital(words.in_language(language)),
            "reasons": [
                {"code": one.code, "label": _capital(one.words.in_language(language))} for one in reasons_for(code)
            ],
        }
        for code, words in outcomes_of(*cases).items()
    ]


def rests_on_of(service: Service, value: ReleasedValue, language: str) -> list[tuple[str, str]]:
    """Return what a reason about a released value can rest on: what is chosen, and what it is called."""
    return _rests_on(_evidence(service, value, language), language)


def dwelling_page_content(service: Service, value: ReleasedValue, language: str) -> dict[str, Any]:
    """Return everything the template `dwelling.html` shows: a released value that no case is about."""
    told = _evidence(service, value, language)
    return {
        "address": value.address or value.dwelling_id,
        "dwelling_id": value.dwelling_id,
        "value_id": value.value_id,
        "evidence": told,
        "map": _map(value, told, language),
        "no_value": [] if told.value else _why_none(service, value, language),
    }


def _rests_on(told: Evidence, language: str) -> list[tuple[str, str]]:
    """Return what a reason can rest on here: what is chosen, and what it is called."""
    say = sentences(language)
    columns = () if told.grid is None else told.grid.columns
    sales = [(f"sale:{column.sale_id}", column.heading) for column in columns]
    asked = {item.anchor.removeprefix("fact-") for item in told.why if item.anchor.startswith("fact-")}
    facts = [
        (f"characteristic:{item.name}", say("{fact}: {recorded}").format(fact=item.label, recorded=item.shown))
        for item in told.facts
        if item.name in asked
    ]
    prior = [] if told.prior is None else [("figure:prior_value", f"{say('Value before')}: {told.prior}")]
    return [*sales, *facts, *prior]


_SAYS_IT_ALL: frozenset[Outcome] = frozenset({"accepted", "needs_inspection", "cannot_be_valued"})
"""Outcomes whose text can be drafted before anything else is filled in: they need no value."""


def _draft(seen: SeenCase, told: Evidence, service: Service, language: str, outcome: Outcome) -> str:
    """Return what can be written of an outcome from the facts alone; empty where a value must be known first."""
    if outcome not in _SAYS_IT_ALL or seen.is_model_hidden or (outcome == "accepted" and told.value is None):
        return ""
    columns = () if told.grid is None or outcome != "accepted" else told.grid.columns
    sales = [SaleToName(column.name, column.price, column.sold_on) for column in columns]
    return drafted_text(seen, service.bundle.jurisdiction, language, outcome=outcome, sales=sales)


def decision_shown(decision: Decision, service: Service, language: str) -> DecisionShown:
    """Return a decision in words."""
    value = decision.value
    return DecisionShown(
        outcome=outcome_shown(decision.outcome, language),
        value=None if value is None else money(value, service.bundle.jurisdiction.currency, language),
        reason=REASONS[decision.reason_code].words.in_language(language),
        text=decision.text,
        by=decision.by,
        at=when(decision.at, language),
        approved_by=decision.approved_by,
        ended=decision.ended_at is not None,
    )


def dwelling_of(value: ReleasedValue) -> pd.DataFrame:
    """Return the record of a released value as a table of one dwelling, as `appraise` takes it."""
    return pd.DataFrame([{**value.record, "dwelling_id": value.dwelling_id}])


def _evidence(service: Service, value: ReleasedValue, language: str) -> Evidence:
    # Of the roll, not the one that is served now: a case keeps the value it is about.
    bundle = service.bundle_of(value.roll_id)
    told = appraise_in_full(bundle, dwelling_of(value))[0]
    of_roll = tuple(code for code in value.flags if code in _OF_THE_ROLL)
    sold = () if told.grid is None else tuple(sale.dwelling_id for sale in told.grid.sales)
    found = service.rolls.values_by_id(value_id(value.roll_id, dwelling_id) for dwelling_id in sold)
    addresses = {one.dwelling_id: one.address for one in found.values() if one.address}
    return evidence(bundle, told, value.record, language, more_flags=of_roll, addresses=addresses)


def _why_none(service: Service, value: ReleasedValue, language: str) -> list[str]:
    found = reasons_for_no_value(service.bundle_of(value.roll_id), dwelling_of(value))[0]
    if found is None:
        return []
    texts = found.texts(service.bundle.jurisdiction, language)
    return [texts["found"], texts["office"]]


def _map(value: ReleasedValue, told: Evidence, language: str) -> PlaceMap | None:
    columns = () if told.grid is None else told.grid.columns
    said = sentences(language)("The dwelling in the middle, the sales around it by their numbers")
    return place_map((value.x_m, value.y_m), [(column.x, column.y, column.short) for column in columns], said, language)


def _reserved(case: ReviewCase, actor: Actor, now: datetime, language: str) -> str:
    who = holder(case, now)
    if who is None or case.reserved_until is None:
        return ""
    said = sentences(language)
    clock = f"{moment(case.reserved_until).astimezone(ZONE):%H:%M}"
    if who == actor.user_id:
        return said("reserved for you until {clock}").format(clock=clock)
    return said("reserved for {who} until {clock}").format(who=who, clock=clock)


def _drafted(seen: SeenCase, told: Evidence, actor: Actor, service: Service, language: str) -> dict[str, str]:
    """Return what the person has written so far; before that, a text made of the facts, to be edited."""
    draft = seen.case.draft_of(actor.user_id)
    if draft is None:
        return NOTHING_TYPED | {"text": _draft(seen, told, service, language, "accepted")}
    return NOTHING_TYPED | {
        "outcome": draft.outcome or "",
        "value": draft.value_typed,
        "reason_code": draft.reason_code or "",
        "text": draft.text,
        "evidence": "\n".join(draft.evidence),
    }


def _correction(one: Any, service: Service, language: str) -> dict[str, str]:
    jurisdiction = service.bundle.jurisdiction
    item = jurisdiction.characteristics[one.characteristic]
    return {
        "label": label(one.characteristic, jurisdiction, language),
        "recorded": fact(one.recorded, item, language),
        "proposed": fact(one.proposed, item, language),
        "source": one.source,
        "by": one.by,
        "at": when(one.at, language),
    }


def _event(event: Mapping[str, Any], language: str) -> dict[str, str]:
    words = EVENTS.get(event["action"])
    what = event["action"] if words is None else sentences(language)(words)
    return {"at": when(event["at"], language), "who": event["actor"], "what": what}


def outcome_shown(outcome: Outcome, language: str) -> str:
    """Return what an outcome is called."""
    return _capital(OUTCOME_WORDS[outcome].in_language(language))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def plain_day(text: str, language: str) -> str:
    """Return a plain date of the record in words."""
    return day(date.fromisoformat(text), language)
