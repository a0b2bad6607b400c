"""What is told of a value? The number, how sure it is, which flags it carries, and on request why."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from api.schemas.wire import Sent

Include = Literal["contributions", "grid", "path", "comparables"]
INCLUDES: tuple[Include, ...] = get_args(Include)


class Evidence(Sent):
    """Where a number comes from."""

    kind: Literal["characteristic", "figure", "sale", "dwelling"]
    name: str


class RaisedFlagAnswer(Sent):
    """A rule that found something."""

    code: str
    severity: Literal["note", "draw", "review", "stop"]
    title: str
    sentence: str
    """In the language asked for."""
    number: float | None
    limit: float | None
    characteristic: str | None
    evidence: list[Evidence]


class NoValueReason(Sent):
    """Why there is no value, and what to do."""

    code: str
    title: str
    found: str
    for_the_owner: str
    for_the_office: str
    characteristic: str | None


class Line(Sent):
    """What a characteristic adds to the value, in whole units of money."""

    name: str
    label: str
    amount: int


class ContributionsAnswer(Sent):
    """reference + lines + rounding = value; reference + groups + rounding = value."""

    reference_kind: str
    reference: int
    lines: list[Line]
    groups: list[Line]
    rounding: int


class ComparableAnswer(Sent):
    """A sale beside the dwelling."""

    sale_id: str
    dwelling_id: str
    market_date: date
    distance_m: float | None
    unlikeness: float
    sale_price: int
    joint_debt: int | None
    indexed_price: int


class GridLine(Sent):
    """A line of the adjustment grid, one amount for each sale."""

    kind: str
    label: str
    amounts: list[int]


class GridAnswer(Sent):
    """From what was paid for each sale to the value, line by line."""

    sales: list[ComparableAnswer]
    lines: list[GridLine]
    has_too_few: bool
    sentences: list[str]


class PathAnswer(Sent):
    """The way of the decision tree: another way of reckoning that can be followed by hand."""

    tree_value: int | None
    n_sales: int
    sentences: list[str]


class ValuationAnswer(Sent):
    """The value of one dwelling. Money in whole units of the currency; null where there is no value."""

    dwelling_id: str
    appraised_value: int | None
    lower_value: int | None
    upper_value: int | None
    coverage: float
    accuracy_class: str | None
    baseline_value: int | None
    tree_value: int | None
    error_risk: float | None
    expected_tax_error: float | None
    currency: str
    valuation_date: date
    model_version: str
    roll_id: str | None
    """The roll it was released in; null for a value that was asked for and is kept nowhere."""
    data_hash: str
    """SHA-256 of the facts it was made from, in canonical JSON; of a released value, that of its roll's data."""
    flags: list[RaisedFlagAnswer]
    needs_review: bool
    """Whether something speaks against it: not to be published before a person has looked."""
    why_no_value: NoValueReason | None
    contributions: ContributionsAnswer | None = None
    grid: GridAnswer | None = None
    path: PathAnswer | None = None
    comparables: list[ComparableAnswer] | None = None


class ValuationsAnswer(Sent):
    """The values in the order of the request."""

    valuations: list[ValuationAnswer]
