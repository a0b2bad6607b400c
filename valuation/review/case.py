"""What is a review case? One value of a released roll that a person must look at, and all that was decided about it.

A case never changes the model's value: both stay on record. Money is in whole units of the roll's currency; times are
UTC with Z; people are identities of the office.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

State = Literal[
    "open",
    "reserved",
    "begun",
    "control",
    "returned",
    "decided",
    "needs_inspection",
    "complaint",
    "complaint_decided",
]
STATES: tuple[State, ...] = get_args(State)

Outcome = Literal["accepted", "own_value", "facts_corrected", "needs_inspection", "cannot_be_valued"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""As `appraisal/looked_at.py` reads them from a table of decisions."""


@dataclass(frozen=True)
class Draft:
    """What a person has written so far: never lost, never a decision."""

    by: str
    at: str
    outcome: Outcome | None = None
    value: int | None = None
    reason_code: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Correction:
    """A proposal that a recorded fact is wrong. The register is never overwritten from here."""

    by: str
    at: str
    characteristic: str
    recorded: Any
    proposed: Any
    source: str
    """Where the proposer knows it from: inspection, drawing, the owner, ..."""


@dataclass(frozen=True)
class Decision:
    """What was decided about a value, by whom and why."""

    by: str
    at: str
    outcome: Outcome
    value: int | None
    """The value that shall stand; None where there is none."""
    reason_code: str
    text: str
    evidence: tuple[str, ...] = ()
    """What the reason rests on: `sale:...`, `characteristic:...`, `dwelling:...`, `document:...`."""
    group_id: str | None = None
    """Of a joint decision on dwellings alike."""


@dataclass(frozen=True)
class OwnView:
    """A value a reader put down before seeing the model's or the first reader's."""

    by: str
    at: str
    value: int
    kind: Literal["blind_sample", "second_reader"]


@dataclass(frozen=True)
class Complaint:
    """What the owner asks, and the answer to each argument."""

    received_on: str
    """The day it came in, as a plain date."""
    registered_by: str
    registered_at: str
    arguments: tuple[str, ...]
    enclosed_values: tuple[int, ...] = ()
    """Valuations the owner enclosed, in money."""
    answers: tuple[str, ...] = ()
    """One for each argument, once answered."""
    result: Literal["upheld", "partly_upheld", "rejected", "raised"] | None = None
    is_pursued: bool = False
    """Whether the owner asked on after it was partly upheld: otherwise that is the end of it (section 20)."""


@dataclass(frozen=True)
class Remark:
    """A comment on the way, such as why a case was sent back."""

    by: str
    at: str
    text: str


@dataclass(frozen=True)
class ReviewCase:
    """One case. A new version of it is a new object; `version` grows by one each time it is stored."""

    case_id: str
    """Opaque."""
    roll_id: str
    dwelling_id: str
    value_id: str
    """Of the released value (`valuation/rolls/released_roll.py`)."""
    opened_at: str
    opened_because: tuple[str, ...]
    """Codes of flags; `drawn-at-random`, `complaint` or `by-hand` among them."""
    state: State = "open"
    version: int = 1
    market_area: str | None = None
    dwelling_type: str | None = None
    appraised_value: int | None = None
    lower_value: int | None = None
    upper_value: int | None = None
    prior_value: int | None = None
    error_risk: float | None = None
    """Chance of an error over 20 %, 0 to 1."""
    expected_tax_error: float | None = None
    """In money a year."""
    is_blind: bool = False
    """Of the blind sample: the model's value is shown only after the caseworker's own estimate."""
    reserved_by: str | None = None
    reserved_until: str | None = None
    draft: Draft | None = None
    corrections: tuple[Correction, ...] = ()
    own_views: tuple[OwnView, ...] = ()
    proposal: Decision | None = None
    """What waits for control."""
    decisions: tuple[Decision, ...] = ()
    """Every decision that was in force, the last one now."""
    complaint: Complaint | None = None
    remarks: tuple[Remark, ...] = ()
    conflicts: frozenset[str] = field(default_factory=frozenset)
    """Who declared to be too near to this case to work on it."""

    @property
    def decision(self) -> Decision | None:
        """Return the decision in force."""
        return self.decisions[-1] if self.decisions else None
