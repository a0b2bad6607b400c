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


ComplaintResult = Literal["upheld", "partly_upheld", "rejected", "raised"]
COMPLAINT_RESULTS: tuple[ComplaintResult, ...] = get_args(ComplaintResult)
"""raised: the value goes up, which the one who decides may do too."""


@dataclass(frozen=True)
class Draft:
    """What a person has written so far: never lost, never a decision. Each person has one of their own."""

    by: str
    at: str
    outcome: str | None = None
    value_typed: str = ""
    """As it was typed: a draft is kept, not judged."""
    reason_code: str | None = None
    text: str = ""
    evidence: tuple[str, ...] = ()


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
    complaint_result: ComplaintResult | None = None
    """Where it decides a complaint."""
    approved_by: str | None = None
    """The second reader who approved it; None where it needed none."""
    approved_at: str | None = None
    ended_at: str | None = None
    """When it ceased to be in force: taken back, or followed by what the inspection found."""


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
    notified_on: str | None = None
    """The day from which the time to complain runs; None where it is not known."""
    due_on: str | None = None
    """The last day to complain, by the law of the place; None where it gives none or the start is not known."""
    is_late: bool = False
    """Whether it came in after that day. It is registered all the same: what follows from it, people decide."""
    answers: tuple[str | None, ...] = ()
    """One for each argument, None until it is answered."""
    result: ComplaintResult | None = None
    pursued_on: str | None = None
    """The day the owner asked on after it was partly upheld: otherwise that is the end of it (section 20)."""

    @property
    def is_pursued(self) -> bool:
        """Return whether the owner asked on after it was partly upheld."""
        return self.pursued_on is not None


RemarkKind = Literal["opened", "sent_back", "inspection", "conflict", "reopened", "complaint"]


@dataclass(frozen=True)
class Remark:
    """A comment on the way, such as why a case was sent back."""

    by: str
    at: str
    text: str
    kind: RemarkKind = "sent_back"


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
    begun_at: str | None = None
    """When somebody first worked on it."""
    returned_to: str | None = None
    """Whose turn it is after it was sent back."""
    drafts: tuple[Draft, ...] = ()
    """One for each person who has written something."""
    corrections: tuple[Correction, ...] = ()
    own_views: tuple[OwnView, ...] = ()
    proposal: Decision | None = None
    """What waits for control."""
    decisions: tuple[Decision, ...] = ()
    """Every decision that was in force, in order; those that ceased say when."""
    complaint: Complaint | None = None
    remarks: tuple[Remark, ...] = ()
    conflicts: frozenset[str] = field(default_factory=frozenset)
    """Who declared to be too near to this case to work on it."""
    sent_on_at: str | None = None
    """When the decision went out of the office (letter, tax system): nothing is taken back after that."""

    @property
    def decision(self) -> Decision | None:
        """Return the decision in force."""
        return next((one for one in reversed(self.decisions) if one.ended_at is None), None)

    @property
    def value_in_force(self) -> int | None:
        """Return the value that stands now: the one decided, else the model's."""
        return self.appraised_value if self.decision is None else self.decision.value

    @property
    def is_looked_at(self) -> bool:
        """Return whether a person has begun on it, proposed or decided something, also where that was taken back."""
        done = (self.begun_at, self.drafts, self.own_views, self.proposal, self.decisions)
        return any(done)

    def is_decided_by(self, user_id: str) -> bool:
        """Return whether the decision in force, or the proposal that waits, is this person's."""
        made = self.proposal or self.decision
        return made is not None and made.by == user_id

    def draft_of(self, user_id: str) -> Draft | None:
        """Return what this person has written so far."""
        return next((draft for draft in self.drafts if draft.by == user_id), None)

    def own_view_of(self, user_id: str) -> OwnView | None:
        """Return the value this person put down before seeing another's."""
        return next((view for view in self.own_views if view.by == user_id), None)
