"""What does a person send about a case, and how is a case told?"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.wire import Name, PlainDay, Received, Sent, Text
from valuation.review.case import Outcome, State

Money = Annotated[int, Field(ge=1, le=10**12)]


class DraftBody(Received):
    """What is written so far; never a decision."""

    outcome: Outcome | None = None
    value_typed: Annotated[str, Field(max_length=100)] = ""
    """What stands in the field of the value, as typed."""
    reason_code: Name | None = None
    text: Text = ""
    evidence: list[Name] = Field([], max_length=50)


class ChoiceBody(Received):
    """What is decided, and why."""

    outcome: Outcome
    reason_code: Name
    text: Text
    value: Money | None = None
    """The value that shall stand; left out for `accepted` and where there is none."""
    evidence: list[Name] = Field([], max_length=50)
    """`sale:...`, `characteristic:...`, `dwelling:...`, `document:...`."""


class OwnViewBody(Received):
    """A value put down before seeing others'."""

    value: Money


class CorrectionBody(Received):
    """A fact that is said to be recorded wrongly."""

    characteristic: Name
    proposed: Annotated[str, Field(max_length=200)] | float | bool | None
    source: Text


class CommentBody(Received):
    """Why it is sent back."""

    comment: Text


class FindingsBody(Received):
    """What the inspection found."""

    findings: Text


class ComplaintBody(Received):
    """What the owner asks."""

    received_on: PlainDay
    arguments: Annotated[list[Text], Field(min_length=1, max_length=200)]
    enclosed_values: list[Money] = Field([], max_length=200)
    notified_on: PlainDay | None = None
    """The day the owner was told the value."""


class AnswerBody(Received):
    """The answer to one argument of the owner."""

    number: Annotated[int, Field(ge=1, le=200)]
    answer: Text


class ComplaintDecisionBody(ChoiceBody):
    """The outcome of a complaint."""

    result: Literal["upheld", "partly_upheld", "rejected", "raised"]


class PursuitBody(Received):
    """The owner asks on about a complaint that was partly upheld."""

    received_on: PlainDay
    argument: Text = ""


class OpeningBody(Received):
    """A released value somebody wants looked at."""

    value_id: Name
    reason: Text


class CaseToDecideBody(Received):
    """One of several cases alike."""

    case_id: Name
    version: Annotated[int, Field(ge=1, le=10**9)]
    value: Money | None = None


class TogetherBody(Received):
    """Cases alike, one reason, one decision and one event each."""

    cases: Annotated[list[CaseToDecideBody], Field(min_length=2, max_length=2000)]
    choice: ChoiceBody


class CaseAnswer(BaseModel):
    """A case as this person may see it. What is hidden (blind sample, second reader) is not there at all."""

    model_config = ConfigDict(extra="allow")

    case_id: str
    roll_id: str
    dwelling_id: str
    value_id: str
    state: State
    version: int
    """Also the ETag."""
    opened_at: str
    opened_because: list[str]
    market_area: str | None = None
    dwelling_type: str | None = None
    appraised_value: int | None = None
    lower_value: int | None = None
    upper_value: int | None = None
    prior_value: int | None = None
    error_risk: float | None = None
    expected_tax_error: float | None = None
    asks_for_own_view: bool
    """Whether an own estimate opens what is hidden."""


class CasesAnswer(BaseModel):
    """A part of the list."""

    cases: list[CaseAnswer]
    next: str | None
    """Cursor of the next part; null at the end."""


class FacetsAnswer(Sent):
    """How many cases of a query stand where; a facet is counted without its own filter."""

    states: dict[str, int]
    flags: dict[str, int]
    market_areas: dict[str, int]
    dwelling_types: dict[str, int]


class EventAnswer(BaseModel):
    """Something that happened to a case."""

    number: int
    at: str
    actor: str
    action: str
    details: dict[str, Any]


class EventsAnswer(Sent):
    """What happened to a case, in order."""

    events: list[EventAnswer]
