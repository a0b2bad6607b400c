"""What is a released roll? The values of one finished run, as they were handed to the people who settle them.

Several rolls lie side by side; one of a jurisdiction is in force. A released value is never changed: what people decide
about it stands in its review case.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from valuation.review.audit import NewEvent
from valuation.review.document import canonical


@dataclass(frozen=True)
class ReleasedRoll:
    """One roll: the receipt of its run, and when it was released."""

    roll_id: str
    """The run id: date and two Norwegian words."""
    jurisdiction: str
    currency: str
    valuation_date: str
    model_version: str
    manifest_sha256: str
    """Of the bundle's manifest: another bundle is another model."""
    data_hash: str
    """SHA-256 of roll.parquet: what was valued."""
    values_sha256: str
    """SHA-256 of values.parquet: what was released."""
    run_folder: str
    """Where the run lies, below the archive of the service."""
    n_dwellings: int
    released_at: str
    released_by: str
    is_in_force: bool = False


@dataclass(frozen=True)
class ReleasedValue:
    """One dwelling of a released roll, as it was released. Money in whole units; None where there is no value."""

    value_id: str
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
    expected_error: float | None
    expected_tax_error: float | None
    flags: tuple[str, ...]
    looked_at: bool
    record: dict[str, Any]
    """The row of the roll as it was valued: each column `appraise` asks for, JSON values."""
    explanation_sha256: str
    """Of the contributions and comparables as they were released (`valuation/rolls/reproduction.py`)."""


ROWS = "rows_sha256"
"""Name, in the details of the event of a release, of the hash of all its values as they are stored."""


TOLD = (
    "jurisdiction",
    "valuation_date",
    "model_version",
    "manifest_sha256",
    "data_hash",
    "values_sha256",
    "n_dwellings",
)
"""What the event of a release says of the roll: it must stand for ever."""


def release_event(roll: ReleasedRoll, **more: Any) -> NewEvent:
    """Return the event of the release of a roll."""
    details = {name: getattr(roll, name) for name in TOLD}
    return NewEvent(roll.released_at, roll.released_by, "release_roll", "roll", roll.roll_id, details | more)


class RowsDigest:
    """The SHA-256 of the values of a roll as they are stored, whatever order they come in."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, bytes]] = []

    def add(self, value: ReleasedValue) -> None:
        """Count a value in."""
        self._rows.append((value.dwelling_id, hashlib.sha256(canonical(vars(value)).encode()).digest()))

    def hexdigest(self) -> str:
        """Return the hash of all that was counted in."""
        return hashlib.sha256(b"".join(digest for _, digest in sorted(self._rows))).hexdigest()


def value_id(roll_id: str, dwelling_id: str) -> str:
    """Return the opaque identity of a released value: it tells neither the roll nor the dwelling, and never changes."""
    return hashlib.sha256(f"{roll_id}\n{dwelling_id}".encode()).hexdigest()[:24]
