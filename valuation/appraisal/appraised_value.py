"""What is an answer? One `AppraisedValue` per dwelling, held column by column in `AppraisedValues`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.flags.catalogue import RaisedFlags

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AppraisedValue:
    """What one dwelling would have sold for, and how sure that is.

    Money is in whole units of the jurisdiction's currency; None where the dwelling cannot be valued.
    """

    dwelling_id: str
    appraised_value: int | None
    lower_value: int | None
    upper_value: int | None
    coverage: float
    """How often the interval is meant to hold, 0 to 1."""
    accuracy_class: str | None
    """A (nine prices in ten lie within 10 % of the value) to F; `valuation/uncertainty/accuracy_class.py`."""
    baseline_value: int | None
    tree_value: int | None
    error_risk: float | None
    """Chance of an error over 20 %, 0 to 1."""
    expected_error: float | None
    """Expected distance of value and price, in money: how far off this value is on average."""
    expected_tax_error: float | None
    """What that distance is in one year's tax; None where the jurisdiction has no rules of tax."""
    flags: tuple[str, ...]
    """Codes of the rules that found something; docs/reference/flags/ explains each."""
    model_version: str


@dataclass(frozen=True)
class Basis:
    """What answers were made from, kept for whoever asks why: to make it again would cost as much as the answers."""

    known: pd.DataFrame
    """The dwellings as the models know them."""
    features: pd.DataFrame
    log_index: Floats
    """Log of the time index at the day of each value."""


class AppraisedValues:
    """The answers to one call of `appraise`, in the order of its table.

    Parameters
    ----------
    table : pandas.DataFrame
        One dwelling per row, columns as `AppraisedValue`; money `float64` in whole units or NaN, `flags` codes joined
        by ``|``.
    raised : RaisedFlags, optional
        What the rules found, with numbers, limits and evidence: ``raised.table()``.
    basis : Basis, optional
        What the answers were made from.
    """

    MONEY = ("appraised_value", "lower_value", "upper_value", "baseline_value", "tree_value")
    EXPECTED = ("error_risk", "expected_error", "expected_tax_error")
    """What is foretold of the error: `float64`, not rounded, or NaN."""

    def __init__(self, table: pd.DataFrame, raised: RaisedFlags | None = None, basis: Basis | None = None) -> None:
        self.table = table
        self.raised = raised
        self.basis = basis

    def __len__(self) -> int:
        """Return the number of dwellings."""
        return len(self.table)

    def __iter__(self) -> Iterator[AppraisedValue]:
        """Yield one `AppraisedValue` per dwelling."""
        columns = [self.table[name].tolist() for name in self.table.columns]
        for row in zip(*columns, strict=True):
            yield self._one(dict(zip(self.table.columns, row, strict=True)))

    def __getitem__(self, position: int) -> AppraisedValue:
        """Return the answer at `position`."""
        return self._one(self.table.iloc[position].to_dict())

    def _one(self, row: dict) -> AppraisedValue:
        money = {name: None if np.isnan(row[name]) else int(row[name]) for name in self.MONEY}
        expected = {name: None if np.isnan(row[name]) else float(row[name]) for name in self.EXPECTED}
        return AppraisedValue(
            dwelling_id=row["dwelling_id"],
            **money,
            coverage=row["coverage"],
            accuracy_class=row["accuracy_class"] or None,
            error_risk=expected["error_risk"],
            expected_error=expected["expected_error"],
            expected_tax_error=expected["expected_tax_error"],
            flags=tuple(code for code in row["flags"].split("|") if code),
            model_version=row["model_version"],
        )
