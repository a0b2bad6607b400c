"""What is the running service made of? Its parts, put together once in `main.py` and handed to the routes.

A request gets these parts once and keeps them to its end: when another version goes live, the next request gets other
parts (`api/switching.py`), and none gets half of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api.bundles import Bundles
from api.gathering import Gathering
from api.letters import Letters
from api.metrics import Metrics
from api.settings import Settings
from api.telling import Teller
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.warm_up import warm_up
from valuation.errors import ValuationError, ValueNotFound
from valuation.models.registry import ModelRegistry
from valuation.pipeline.params import Params
from valuation.release.analysis import Analyses
from valuation.review.actions import Desk
from valuation.review.actor import Actor
from valuation.review.attempts import is_noted, note_attempt
from valuation.review.blind_dwellings import hidden_dwellings
from valuation.review.case import ReviewCase
from valuation.review.idempotency import Request
from valuation.review.repository import ReviewRepository, ReviewTransaction
from valuation.review.sight import is_model_hidden
from valuation.review.workflow import stamp
from valuation.rolls.hidden_facts import HiddenFacts
from valuation.rolls.released_roll import ReleasedValue, value_id
from valuation.rolls.repository import RollRepository
from valuation.rolls.revaluation_job import RevaluationJobs

HIDDEN_FOR_S = 5.0
MOST_REMEMBERED = 1_000
MOST_SETS = 50


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Service:
    """The parts."""

    settings: Settings
    bundle: Bundle
    gathering: Gathering
    rolls: RollRepository
    reviews: ReviewRepository
    registry: ModelRegistry
    jobs: RevaluationJobs
    params: Params
    metrics: Metrics
    letters: Letters
    bundles: Bundles
    analyses: Analyses
    now: Callable[[], datetime] = field(default=_utc_now)
    is_warm: bool = False
    _tellers: dict[tuple[str, str], Teller] = field(default_factory=dict)
    _hidden_facts: dict[tuple[str, frozenset[str]], HiddenFacts] = field(default_factory=dict)
    _hidden: dict[tuple[str, Actor], tuple[float, frozenset[str]]] = field(default_factory=dict)

    def warm_up(self) -> None:
        """Make now what is made at first use, so that nobody waits for it."""
        if not self.is_warm:
            warm_up(self.bundle)
        self.is_warm = True

    def teller(self, language: str, bundle: Bundle | None = None) -> Teller:
        """Return who tells values of a model version, by default the served one: its words are put together once."""
        of = bundle or self.bundle
        asked = (of.model_version, language)
        if asked not in self._tellers:
            self._tellers[asked] = Teller(of, language)
        return self._tellers[asked]

    def bundle_of(self, roll_id: str) -> Bundle:
        """Return the model version that valued a roll: that of its cases, whichever is served now."""
        return self.bundles.of_roll(self.rolls.roll(roll_id))

    def desk(self, transaction: ReviewTransaction, actor: Actor) -> Desk:
        """Return where a person sits down to act, in a transaction."""
        return Desk(transaction, actor, self.now(), self.params.review, self.bundle.jurisdiction)

    def note_attempt(
        self, actor: Actor, action: str, case_id: str, error: ValuationError, *, version_seen: int
    ) -> None:
        """Put a refused attempt into the record where it belongs there: a collision, or who approves their own."""
        if is_noted(error):
            with self.reviews.transaction() as transaction:
                note_attempt(transaction, actor, self.now(), action, case_id, error, version_seen=version_seen)

    def sent(self, actor: Actor, key: str, route: str, body: bytes) -> Request:
        """Return a request that came now, to be answered once (`answered_once`).

        Parameters
        ----------
        actor : Actor
        key : str
            The client's idempotency key.
        route : str
            Method and path.
        body : bytes
        """
        return Request(key, actor.user_id, route, body, stamp(self.now()))

    def forget_answers(self, now: datetime) -> int:
        """Forget the answers to requests that nobody sends again, and return how many."""
        return self.reviews.forget_answers(stamp(now - timedelta(days=self.settings.answers_kept_days)))

    def value_in_sight(self, value_id: str, actor: Actor) -> ReleasedValue:
        """Return a released value this person may see.

        Raises
        ------
        ValueNotFound
            Also where there is one in another district: the answer is the same.
        """
        value = self.rolls.value(value_id)
        if not actor.sees(value.market_area):
            raise ValueNotFound(f"there is no value {value_id}")
        return value

    def record_of_case(self, case: ReviewCase) -> Mapping[str, Any]:
        """Return the facts from which the value of a case was made."""
        return self.rolls.value(case.value_id).record

    def hidden_from(self, actor: Actor, roll_id: str) -> frozenset[str]:
        """Return the dwellings of a roll whose values this person is to estimate first, as of the last seconds.

        For lists: whoever has just put down an estimate sees it in the list a little later. A single value is asked for
        anew each time (`hides_value`).
        """
        known = self._hidden.get((roll_id, actor))
        now = time.monotonic()
        if known is None or known[0] < now - HIDDEN_FOR_S:
            if len(self._hidden) > MOST_REMEMBERED:
                self._hidden.clear()
            known = self._hidden[roll_id, actor] = (now, hidden_dwellings(self.reviews, roll_id, actor))
        return known[1]

    def hidden_facts(self, roll_id: str, hidden: frozenset[str]) -> HiddenFacts:
        """Return the facts of hidden dwellings of a roll, put together once for each set of them."""
        asked = (roll_id, hidden)
        if asked not in self._hidden_facts:
            if len(self._hidden_facts) >= MOST_SETS:
                self._hidden_facts.clear()
            values = self.rolls.values_by_id(value_id(roll_id, dwelling_id) for dwelling_id in hidden)
            records = (value.record for value in values.values())
            self._hidden_facts[asked] = HiddenFacts(records, self.bundle_of(roll_id).jurisdiction.characteristics)
        return self._hidden_facts[asked]

    def hides_value(self, value: ReleasedValue, actor: Actor) -> bool:
        """Return whether this person is to put down an own estimate before seeing this value."""
        with self.reviews.reading() as transaction:
            case = transaction.case_of(value.roll_id, value.dwelling_id)
        return case is not None and is_model_hidden(case, actor)
