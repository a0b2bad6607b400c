"""What did I decide last, and can it still be taken back? The side list beside the queue and on a case."""

from __future__ import annotations

from dataclasses import dataclass

from api.pages.case_view import outcome_shown, state_shown
from api.service import Service
from valuation.explanation.fact_words import money
from valuation.review.actor import Actor
from valuation.review.permissions import PERMITTED, can_reopen
from valuation.review.workflow import standing

SHOWN = 10


@dataclass(frozen=True)
class LastDecision:
    """A line of the list."""

    case_id: str
    version: int
    address: str
    told: str
    """Outcome, and the value where there is one."""
    state: str
    can_be_taken_back: bool


def last_decisions(service: Service, actor: Actor, language: str) -> list[LastDecision] | None:
    """Return what this person decided last on the roll in force; None for who decides nothing here."""
    if not actor.roles & PERMITTED["decide"]:
        return None
    now = service.now()
    found = service.reviews.decided_by(actor.user_id, roll_id=service.rolls.roll().roll_id, limit=SHOWN)
    cases = [case for case in found if actor.sees(case.market_area)]
    values = service.rolls.values_by_id(case.value_id for case in cases)
    lines = []
    for case in cases:
        made = case.proposal or case.decision
        assert made is not None
        amount = "" if made.value is None else money(made.value, service.bundle.jurisdiction.currency, language)
        lines.append(
            LastDecision(
                case.case_id,
                case.version,
                values[case.value_id].address or case.dwelling_id,
                ": ".join(filter(None, (outcome_shown(made.outcome, language), amount))),
                state_shown(standing(case, now), language).title,
                can_reopen(case, actor, now),
            )
        )
    return lines
