"""A small office to try the review in: its people, its rules, a moment of its own, and any store behind it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.factories import a_characteristic, a_jurisdiction
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ReviewParams
from valuation.review.actions import Choice, Desk
from valuation.review.actor import Actor
from valuation.review.case import Complaint, Decision, ReviewCase
from valuation.review.repository import ReviewRepository

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPENED = "2026-02-01T08:00:00.000000Z"
VALUE = 4_000_000
TEXT = "Badet er fra 1962 og taket lekker, se bildene"
"""A reason with words of its own and a fact."""
REMARK = "Se en gang til på salget i nabohuset"

KARI = Actor("kari", frozenset({"caseworker"}))
OLA = Actor("ola", frozenset({"caseworker"}))
NINA = Actor("nina", frozenset({"second_reader"}))
PER = Actor("per", frozenset({"analyst"}))
ADA = Actor("ada", frozenset({"administrator"}))
RITA = Actor("rita", frozenset({"auditor"}))
LEO = Actor("leo", frozenset({"reader"}))

NO_LOTS = ReviewParams(reread_share=0.0, blind_share=0.0, is_drawn_blind=False)
"""Only limits send a decision to control."""


def the_place() -> Jurisdiction:
    """A place with a data dictionary, bounds of prices and six weeks to complain."""
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic("number", "living_area", plausible=[15, 500], required=True),
            "rooms": a_characteristic("integer", plausible=[1, 12]),
            "dwelling_type": a_characteristic("category", "dwelling_type", levels=["house", "flat"]),
            "market_area": a_characteristic("category", "market_area"),
            "has_lift": a_characteristic("boolean"),
        },
        coordinates={
            "x": {"column": "c"},
            "y": {"column": "c"},
            "raw_crs": "EPSG:25832",
            "crs": "EPSG:25832",
            "bounds": [0, 0, 1000, 1000],
        },
        languages=["nb", "nn", "en"],
        screening={"price_range": [100_000, 80_000_000]},
        law={"complaint_weeks": 6, "sources": {"complaint_weeks": "a test"}},
    )


PLACE = the_place()


def a_case(**more: Any) -> ReviewCase:
    """An open case about a house in area A, worth 4 million by the model, 3.5 before."""
    plain: dict[str, Any] = {
        "case_id": "case-1",
        "roll_id": "roll-1",
        "dwelling_id": "dwelling-1",
        "value_id": "value-1",
        "opened_at": OPENED,
        "opened_because": ("error-likely",),
        "market_area": "A",
        "dwelling_type": "house",
        "appraised_value": VALUE,
        "lower_value": 3_200_000,
        "upper_value": 4_900_000,
        "prior_value": 3_500_000,
        "error_risk": 0.4,
        "expected_tax_error": 900.0,
    }
    return ReviewCase(**plain | more)


def a_decision(by: str = "kari", **more: Any) -> Decision:
    """A decision of Kari's a day before, that accepts the model's value."""
    plain: dict[str, Any] = {
        "by": by,
        "at": "2026-03-01T10:00:00.000000Z",
        "outcome": "accepted",
        "value": VALUE,
        "reason_code": "fits-comparable-sales",
        "text": TEXT,
    }
    return Decision(**plain | more)


def a_complaint(**more: Any) -> Complaint:
    """A complaint with one argument, answered."""
    plain: dict[str, Any] = {
        "received_on": "2026-02-20",
        "registered_by": "ola",
        "registered_at": "2026-02-21T10:00:00.000000Z",
        "arguments": ("too high",),
        "answers": (REMARK,),
    }
    return Complaint(**plain | more)


def a_choice(outcome: str = "own_value", value: Any = 4_200_000, **more: Any) -> Choice:
    """An own value 5 % above the model's, with a reason, a text and evidence."""
    plain: dict[str, Any] = {
        "reason_code": "condition-good" if outcome == "own_value" else "fits-comparable-sales",
        "text": TEXT,
        "evidence": ("document:bilder.pdf",),
    }
    return Choice(outcome=outcome, value=value, **plain | more)


def value_at_hand(case: ReviewCase) -> Any:
    """What a released value tells of the dwelling of a case."""
    names = (
        "value_id roll_id dwelling_id market_area dwelling_type appraised_value lower_value upper_value prior_value "
        "error_risk expected_tax_error"
    )
    return SimpleNamespace(**{name: getattr(case, name) for name in names.split()}, flags=())


ACCEPT = a_choice("accepted", None)


@dataclass
class Office:
    """Who sits where is said in each call; the moment is moved by hand."""

    repository: ReviewRepository
    params: ReviewParams = NO_LOTS
    place: Jurisdiction = field(default_factory=lambda: PLACE)
    now: datetime = MONDAY

    def given(self, *cases: ReviewCase) -> None:
        """Store cases as they are."""
        with self.repository.transaction() as transaction:
            for case in cases:
                transaction.add(case)

    def case(self, case_id: str = "case-1") -> ReviewCase:
        """Return a case as it stands."""
        with self.repository.transaction() as transaction:
            return transaction.case(case_id)

    def does(self, actor: Actor, action: Any, case_id: str = "case-1", *given: Any, **named: Any) -> ReviewCase:
        """Do an action on a case as it stands now, by this person."""
        version = named.pop("version", None) or self.case(case_id).version
        with self.repository.transaction() as transaction:
            return action(self.desk(transaction, actor), case_id, *given, version=version, **named)

    def desk(self, transaction: Any, actor: Actor) -> Desk:
        """Return the desk of somebody in a transaction."""
        return Desk(transaction, actor, self.now, self.params, self.place)

    def later(self, **span: float) -> None:
        """Move the moment on."""
        self.now += timedelta(**span)


def in_state(state: str, **more: Any) -> ReviewCase:
    """A case in a state, with what must be there in it; made and proposed by Kari."""
    ready: dict[str, dict[str, Any]] = {
        "control": {"proposal": a_decision(outcome="own_value", value=6_000_000)},
        "decided": {"decisions": (a_decision(),)},
        "needs_inspection": {"decisions": (a_decision(outcome="needs_inspection", value=None),)},
        "complaint": {"complaint": a_complaint(), "decisions": (a_decision(),)},
        "complaint_decided": {
            "complaint": a_complaint(result="partly_upheld"),
            "decisions": (a_decision(), a_decision(value=3_900_000, complaint_result="partly_upheld")),
        },
    }
    return replace(a_case(state=state), **ready.get(state, {}) | more)
