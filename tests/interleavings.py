"""Two caseworkers, a retry and a crash meet at one case: a schedule is drawn by a seed, and run against any store.

Each caseworker reads the case, then sends a decision with an idempotency key, and sends it again when no answer came
back. A crash strikes inside the transaction (nothing may be there afterwards) or after it, before the answer is out
(everything must be there, once). What was acknowledged is held against what the store has in the end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.review_office import KARI, OLA, TEXT, Office, a_case
from valuation.errors import ActionRefused, CaseChanged, Locked
from valuation.review import actions
from valuation.review.actor import Actor
from valuation.review.audit import verify
from valuation.review.document import SETTLED, settled_sha256
from valuation.review.idempotency import Answer, Request, answered_once
from valuation.review.repository import ReviewRepository, ReviewTransaction

AT = "2026-11-30T08:00:00.000000Z"
CRASHES = ("none", "before the event", "after the event", "before the answer is out")


class Crash(Exception):
    """The process is gone: whatever was not committed never happened."""


@dataclass
class Outcome:
    """What the clients were told."""

    acknowledged: list[str] = field(default_factory=list)
    """Bodies of answers that came through, by whoever got them."""
    refused: list[str] = field(default_factory=list)
    """Codes of refusals that came through."""


@dataclass
class Client:
    """A caseworker at a page: reads the case, decides, and presses again when nothing comes back."""

    office: Office
    actor: Actor
    case_id: str
    value: int
    key: str
    crashes: list[str]
    outcome: Outcome

    def steps(self) -> Iterator[None]:
        """Yield between the things that another can come in between."""
        version = self.office.case(self.case_id).version
        yield
        for crash in (*self.crashes, "none"):
            try:
                self._send(version, crash)
            except Crash:
                yield
                continue
            except (CaseChanged, ActionRefused, Locked) as refusal:
                self.outcome.refused.append(getattr(refusal, "code", type(refusal).__name__))
            # A double press: the same request again, whatever came of the first.
            yield
            self._again(version)
            return

    def _send(self, version: int, crash: str) -> None:
        body = f"{self.actor.user_id} {self.value} {version}"
        request = Request(self.key, self.actor.user_id, f"POST {self.case_id}", body.encode(), AT)

        def act(transaction: ReviewTransaction) -> Answer:
            desk = self.office.desk(_Crashing(transaction, crash), self.actor)
            choice = actions.Choice("own_value", "condition-good", TEXT, self.value, ("document:bilder.pdf",))
            case = actions.decide(desk, self.case_id, choice, version=version)
            return Answer(200, f"{self.actor.user_id} version {case.version}")

        answer, _ = answered_once(self.office.repository, request, act)
        if crash == "before the answer is out":
            raise Crash
        self.outcome.acknowledged.append(answer.body)

    def _again(self, version: int) -> None:
        try:
            self._send(version, "none")
        except (CaseChanged, ActionRefused, Locked) as refusal:
            self.outcome.refused.append(getattr(refusal, "code", type(refusal).__name__))


class _Crashing:
    """A transaction in which the process dies at a given place."""

    def __init__(self, transaction: ReviewTransaction, crash: str) -> None:
        self._transaction, self._crash = transaction, crash

    def __getattr__(self, name: str):
        return getattr(self._transaction, name)

    def append(self, event):
        if self._crash == "before the event":
            raise Crash
        placed = self._transaction.append(event)
        if self._crash == "after the event":
            raise Crash
        return placed


def run_interleaving(repository: ReviewRepository, seed: int) -> None:
    """Run one drawn schedule on a case of its own, and hold the store to what was promised."""
    lots = random.Random(seed)
    office = Office(repository)
    case_id = f"case-{seed}"
    office.given(a_case(case_id=case_id, dwelling_id=f"dwelling-{seed}"))
    outcome = Outcome()
    clients = [
        Client(
            office,
            actor,
            case_id,
            value,
            f"key-{seed}-{actor.user_id}",
            lots.choices(CRASHES, k=lots.randint(0, 2)),
            outcome,
        )
        for actor, value in ((KARI, 4_100_000), (OLA, 4_200_000))
    ]
    running = [client.steps() for client in clients]
    while running:
        chosen = lots.choice(running)
        if next(chosen, "done") == "done":
            running.remove(chosen)
    check_promises(office, case_id, outcome)


def _crashes(lots: random.Random) -> list[str]:
    return lots.choices(CRASHES, k=lots.randint(0, 2))


def check_promises(office: Office, case_id: str, outcome: Outcome) -> None:
    """No decision lost, none double, each answer true, and the record whole."""
    case = office.case(case_id)
    events = list(office.repository.events(subject_kind="case", subject_id=case_id))
    decisions = [event for event in events if event.action == "decide"]
    assert len(case.decisions) == len(decisions) == 1, (case.decisions, decisions)
    assert case.decisions[0].by == decisions[0].actor
    assert case.decisions[0].value == decisions[0].details["value"]
    # Whoever got an answer is whoever decided; and somebody got one, for every client presses until it does.
    assert set(outcome.acknowledged) == {f"{case.decisions[0].by} version {case.version}"}
    assert decisions[0].details[SETTLED] == settled_sha256(case)
    assert case.version == 1 + len(events)


def check_record(repository: ReviewRepository) -> None:
    """The whole record hangs together, and ends where its head says."""
    verdict = verify(repository.events(), repository.head())
    assert verdict.is_whole, verdict.finding
    assert verdict.n_events == repository.head().number
