"""How are released rolls and values told?"""

from __future__ import annotations

from typing import Any

from api.schemas.wire import Sent


class RollAnswer(Sent):
    """A released roll."""

    roll_id: str
    jurisdiction: str
    currency: str
    valuation_date: str
    model_version: str
    manifest_sha256: str
    data_hash: str
    values_sha256: str
    n_dwellings: int
    released_at: str
    released_by: str
    is_in_force: bool


class RollsAnswer(Sent):
    """All released rolls, the newest first."""

    rolls: list[RollAnswer]


class DwellingAnswer(Sent):
    """A dwelling of a released roll: where it lies and what was released about it.

    Of a case of the blind sample the value is null, and `is_hidden`, until an own estimate was put down.
    """

    value_id: str
    """Its address here: opaque."""
    roll_id: str
    dwelling_id: str
    address: str | None
    property_id: str | None
    market_area: str | None
    dwelling_type: str | None
    x_m: float | None
    y_m: float | None
    appraised_value: int | None
    lower_value: int | None
    upper_value: int | None
    coverage: float
    accuracy_class: str | None
    prior_value: int | None
    error_risk: float | None
    expected_tax_error: float | None
    flags: list[str]
    looked_at: bool
    """Whether a person has looked at it: not by the machine alone."""
    is_hidden: bool


class DwellingsAnswer(Sent):
    """A part of the dwellings, by dwelling id."""

    dwellings: list[DwellingAnswer]
    next: str | None


class ReleasedValueAnswer(DwellingAnswer):
    """A released value with what it was made of."""

    currency: str
    valuation_date: str
    model_version: str
    data_hash: str
    explanation_sha256: str


class RecordAnswer(Sent):
    """The facts a value was made from: what `POST /api/v1/valuations` takes for a dwelling."""

    value_id: str
    roll_id: str
    record: dict[str, Any]
