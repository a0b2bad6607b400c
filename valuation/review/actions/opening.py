"""How does a case begin about a value that no flag sent to a person? Releases open the others (`rolls/opening.py`)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Protocol

from valuation.errors import ValueNotFound
from valuation.reasons.said_reason import cleaned
from valuation.review.case import Remark, ReviewCase
from valuation.review.choice import check_says_something
from valuation.review.desk import Desk
from valuation.review.permissions import check_can_open_case
from valuation.review.refusals import refused

BY_HAND, COMPLAINT = "by-hand", "complaint"
"""Why a case was opened, where no flag opened it."""


class ValueAtHand(Protocol):
    """What a case takes over from a released value (`valuation/rolls/released_roll.py` has all of it)."""

    @property
    def value_id(self) -> str: ...  # noqa: D102
    @property
    def roll_id(self) -> str: ...  # noqa: D102
    @property
    def dwelling_id(self) -> str: ...  # noqa: D102
    @property
    def market_area(self) -> str | None: ...  # noqa: D102
    @property
    def dwelling_type(self) -> str | None: ...  # noqa: D102
    @property
    def appraised_value(self) -> int | None: ...  # noqa: D102
    @property
    def lower_value(self) -> int | None: ...  # noqa: D102
    @property
    def upper_value(self) -> int | None: ...  # noqa: D102
    @property
    def prior_value(self) -> int | None: ...  # noqa: D102
    @property
    def error_risk(self) -> float | None: ...  # noqa: D102
    @property
    def expected_tax_error(self) -> float | None: ...  # noqa: D102
    @property
    def flags(self) -> tuple[str, ...]: ...  # noqa: D102


def new_case(value: ValueAtHand, because: tuple[str, ...], opened_at: str) -> ReviewCase:
    """Return the case of a released value, open and of version 1; not of the blind sample."""
    return ReviewCase(
        case_id=case_id_of(value.value_id),
        roll_id=value.roll_id,
        dwelling_id=value.dwelling_id,
        value_id=value.value_id,
        opened_at=opened_at,
        opened_because=because,
        market_area=value.market_area,
        dwelling_type=value.dwelling_type,
        appraised_value=value.appraised_value,
        lower_value=value.lower_value,
        upper_value=value.upper_value,
        prior_value=value.prior_value,
        error_risk=value.error_risk,
        expected_tax_error=value.expected_tax_error,
    )


def case_id_of(value_id: str) -> str:
    """Return the opaque identity of the case of a released value: there is never more than one."""
    return hashlib.sha256(f"case\n{value_id}".encode()).hexdigest()[:20]


def open_case(desk: Desk, value: ValueAtHand, *, reason: str) -> ReviewCase:
    """Open a case by hand about a value that no flag sent to a person.

    Raises
    ------
    ValueNotFound
        For a value outside the actor's part of the municipality.
    ActionRefused
        `role-may-not, case-open-already, text-says-nothing, text-too-long`.
    """
    check_can_open_case(desk.actor)
    _check_sees(desk, value)
    check_says_something(reason, desk, "/reason")
    return opened(desk, value, BY_HAND, reason)


def opened(desk: Desk, value: ValueAtHand, because: str, text: str) -> ReviewCase:
    """Store a new case with its event, after the check that there is none yet."""
    _check_sees(desk, value)
    there = desk.transaction.case_of(value.roll_id, value.dwelling_id)
    if there is not None:
        raise refused("case-open-already", case=there.case_id)
    case = new_case(value, (because,), desk.at)
    if text:
        case = replace(case, remarks=(Remark(desk.actor.user_id, desk.at, cleaned(text), "opened"),))
    desk.transaction.add(case)
    desk.told(case, "open_case", because=[because], dwelling_id=case.dwelling_id, roll_id=case.roll_id)
    return case


def _check_sees(desk: Desk, value: ValueAtHand) -> None:
    if not desk.actor.sees(value.market_area):
        raise ValueNotFound(f"there is no value {value.value_id}")
