"""What happened, in which order, and can anybody have changed it since? Events chained by their hashes.

The canonical form of an event is its JSON with sorted keys, no blanks, UTF-8, no NaN. Its hash covers that form without
the hash itself, and the hash of the event before: one changed, lost, added or moved event is seen at the first wrong
place. What a chain alone cannot show (that its last events were cut off, or all of it written anew) is seen against a
head that was published elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from valuation.errors import WrongUse

START = "0" * 64
"""What the first event names as its predecessor."""


@dataclass(frozen=True)
class NewEvent:
    """Something that happened, before it has its place in the record."""

    at: str
    """Time, UTC, ISO 8601 with Z and microseconds."""
    actor: str
    """Identity of the office, or `system`."""
    action: str
    """What was done: the name of a review action, or of another operation such as `release_roll`."""
    subject_kind: str
    """`case`, `roll`, `model_version`, `token`, `session`, `export`, ..."""
    subject_id: str
    details: dict[str, Any] = field(default_factory=dict)
    """JSON values only; money in whole units. No name of a person."""


@dataclass(frozen=True)
class AuditEvent(NewEvent):
    """An event in its place."""

    number: int = 0
    """1, 2, 3, ... without a gap."""
    previous_sha256: str = START
    sha256: str = ""

    def canonical(self) -> str:
        """Return the form that is hashed: everything but the hash itself."""
        rest = {name: value for name, value in asdict(self).items() if name != "sha256"}
        return json.dumps(rest, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def own_hash(self) -> str:
        """Return the SHA-256 this event must carry."""
        return hashlib.sha256(self.canonical().encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Head:
    """Where the record ends: what is published outside, so that nobody can cut or rewrite it unseen."""

    number: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"

    @classmethod
    def from_text(cls, text: str) -> Head:
        """Return the head that `str` wrote.

        Raises
        ------
        WrongUse
            For any other text.

        Examples
        --------
        >>> str(Head.from_text("0:" + START)) == str(NO_EVENT)
        True
        """
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise WrongUse(
                f"{text[:100]!r} is no head of a record",
                expected="a number, a colon and a SHA-256, as `valuation audit head` prints it",
                remedy="give the line that was published",
            )
        return cls(int(found[1]), found[2])


_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)
NO_EVENT = Head(0, START)


def chained(event: NewEvent, head: Head) -> AuditEvent:
    """Return the event as the next one after `head`."""
    placed = AuditEvent(**asdict(event), number=head.number + 1, previous_sha256=head.sha256)
    return AuditEvent(**{**asdict(placed), "sha256": placed.own_hash()})


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain found."""

    n_events: int
    head: Head
    """Of the events that hang together."""
    broken_at: int | None = None
    """Number of the first event that is wrong; None where all hang together."""
    finding: str = ""
    was_held_against_a_head: bool = False
    """Whether an outside head was given: without one, cut or rewritten records are not seen."""

    @property
    def is_whole(self) -> bool:
        """Return whether nothing wrong was found."""
        return not self.finding


def verify(events: Iterable[AuditEvent], expected: Head | None = None) -> Verdict:
    """Walk along the events in order and return the first thing that is wrong.

    Parameters
    ----------
    events : iterable of AuditEvent
        By number.
    expected : Head, optional
        A head that was published outside. The record may have grown since; it must still pass through it.
    """
    head, met = NO_EVENT, expected is None or expected.number == 0
    held = expected is not None
    for event in events:
        finding = _finding(event, head)
        if finding:
            return Verdict(head.number, head, event.number, finding, held)
        head = Head(event.number, event.sha256)
        if expected is not None and event.number == expected.number:
            met = event.sha256 == expected.sha256
            if not met:
                return Verdict(head.number, head, event.number, "another hash than the published head", held)
    if not met and expected is not None:
        return Verdict(
            head.number,
            head,
            head.number + 1,
            f"the record ends at {head.number}, before the published head at {expected.number}",
            held,
        )
    return Verdict(head.number, head, None, "", held)


def _finding(event: AuditEvent, head: Head) -> str:
    if event.number != head.number + 1:
        return f"number {event.number} follows {head.number}: events are missing or were moved"
    if event.previous_sha256 != head.sha256:
        return "it does not follow the event before it"
    if event.sha256 != event.own_hash():
        return "it was changed since it was written"
    return ""
