"""Does everything that was decided and released still stand as the record says?

The chain of events is walked first (`valuation/review/audit.py`). Then what the events are about is held against them:
each case against the last event about it, each roll and all its values against the event of its release. Whoever
changes a decision or a value in its own table is found that way, although no event was touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from valuation.review.audit import AuditEvent, Head, Verdict, verify
from valuation.review.case import ReviewCase
from valuation.review.document import SETTLED, settled_sha256
from valuation.rolls.released_roll import ROWS, TOLD, ReleasedRoll, ReleasedValue, RowsDigest


class Snapshot(Protocol):
    """Everything as it stands at one moment, though others go on writing."""

    def events(self) -> Iterable[AuditEvent]:
        """Return all events by number."""
        ...

    def cases(self) -> Iterable[tuple[str, ReviewCase | None]]:
        """Return all cases with their identity; None for one that cannot be read any more."""
        ...

    def rolls(self) -> Iterable[ReleasedRoll]:
        """Return all rolls."""
        ...

    def values(self, roll_id: str) -> Iterable[ReleasedValue]:
        """Return all values of a roll."""
        ...


class RecordStore(Protocol):
    """What can give such a snapshot."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Return a block in which everything stands still."""
        ...


@dataclass(frozen=True)
class Finding:
    """One thing that does not stand as the record says."""

    subject: str
    """`event 12`, `case ...`, `roll ...`."""
    what: str


@dataclass(frozen=True)
class WholeVerdict:
    """What was found."""

    chain: Verdict
    findings: tuple[Finding, ...]
    """The first bad event, or else all cases and rolls that do not fit the events."""
    n_cases: int
    n_rolls: int
    n_values: int

    @property
    def is_whole(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings


def check_whole(
    snapshot: Snapshot, expected: Head | None = None, told: Callable[[str, int, int], None] = lambda *_: None
) -> WholeVerdict:
    """Hold everything against the record.

    Parameters
    ----------
    snapshot : Snapshot
    expected : Head, optional
        A head that was published outside. Without one, cut or rewritten events are not seen.
    told : callable
        Told ``("values", done, total)``.
    """
    kept = _Kept()
    chain = verify(kept.passing(snapshot.events()), expected)
    if not chain.is_whole:
        # What stands behind a broken event proves nothing.
        return WholeVerdict(chain, (Finding(f"event {chain.broken_at}", chain.finding),), 0, 0, 0)
    findings: list[Finding] = []
    n_cases = 0
    for case_id, case in snapshot.cases():
        n_cases += 1
        findings += kept.of_case(case_id, case)
    findings += kept.lost_cases()
    rolls = list(snapshot.rolls())
    n_values = 0
    for roll in rolls:
        rows = RowsDigest()
        for value in snapshot.values(roll.roll_id):
            rows.add(value)
            n_values += 1
            if n_values % 10_000 == 0:
                told("values", n_values, max(n_values, sum(one.n_dwellings for one in rolls)))
        findings += kept.of_roll(roll, rows.hexdigest())
    findings += kept.lost_rolls()
    return WholeVerdict(chain, tuple(findings), n_cases, len(rolls), n_values)


class _Kept:
    """What the events say: of each case the last hash of what is settled in it, of each roll its release."""

    def __init__(self) -> None:
        self._cases: dict[str, tuple[int, str]] = {}
        self._rolls: dict[str, AuditEvent] = {}

    def passing(self, events: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
        """Yield the events, noting what they say."""
        for event in events:
            if event.subject_kind == "case" and SETTLED in event.details:
                self._cases[event.subject_id] = (event.number, str(event.details[SETTLED]))
            if event.subject_kind == "roll" and ROWS in event.details:
                self._rolls.setdefault(event.subject_id, event)
            yield event

    def of_case(self, case_id: str, case: ReviewCase | None) -> Iterator[Finding]:
        """Yield what is wrong with a case."""
        number, promised = self._cases.pop(case_id, (0, None))
        if case is None:
            yield Finding(f"case {case_id}", "it cannot be read: it was changed since it was written")
        elif case.case_id != case_id:
            yield Finding(f"case {case_id}", f"it holds the case {case.case_id}")
        elif promised is None:
            if case.decisions or case.own_views or case.corrections or case.complaint:
                yield Finding(f"case {case_id}", "something is settled in it, and no event says so")
        elif settled_sha256(case) != promised:
            yield Finding(f"case {case_id}", f"what is settled in it is not what event {number} says")

    def lost_cases(self) -> Iterator[Finding]:
        """Yield each case that events are about and that is not there."""
        for case_id, (number, _) in self._cases.items():
            yield Finding(f"case {case_id}", f"it is not there, and event {number} is about it")

    def of_roll(self, roll: ReleasedRoll, rows_sha256: str) -> Iterator[Finding]:
        """Yield what is wrong with a roll."""
        event = self._rolls.pop(roll.roll_id, None)
        if event is None:
            yield Finding(f"roll {roll.roll_id}", "no event says that it was released")
            return
        other = [name for name in TOLD if event.details.get(name) != getattr(roll, name)]
        if other:
            yield Finding(f"roll {roll.roll_id}", f"its {other[0]} is not what event {event.number} says")
        if event.details[ROWS] != rows_sha256:
            yield Finding(f"roll {roll.roll_id}", f"its values are not those that event {event.number} says")

    def lost_rolls(self) -> Iterator[Finding]:
        """Yield each roll that was released and is not there."""
        for roll_id, event in self._rolls.items():
            yield Finding(f"roll {roll_id}", f"it is not there, and event {event.number} released it")
