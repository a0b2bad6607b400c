"""What is an answer? One `AppraisedValue` per dwelling, held column by column in `AppraisedValues`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.facts import Facts
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

    facts: Facts
    """The dwellings as the models know them."""
    matrix: Floats
    """Their features, shape (n_dwellings, n_features)."""
    names: tuple[str, ...]
    """Of the features."""
    log_index: Floats
    """Log of the time index at the day of each value."""

    @cached_property
    def known(self) -> pd.DataFrame:
        """The dwellings as a table."""
        return self.facts.frame()

    @cached_property
    def features(self) -> pd.DataFrame:
        """Their features as a table."""
        return pd.DataFrame(self.matrix, columns=list(self.names))


class AppraisedValues:
    """The answers to one call of `appraise`, in the order of its table.

    Parameters
    ----------
    columns : dict of arrays, or pandas.DataFrame
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
    TEXTS = ("dwelling_id", "accuracy_class", "flags", "model_version")

    def __init__(
        self, columns: Mapping[str, Any] | pd.DataFrame, raised: RaisedFlags | None = None, basis: Basis | None = None
    ) -> None:
        self._columns = columns
        self.raised = raised
        self.basis = basis

    @cached_property
    def table(self) -> pd.DataFrame:
        """The answers as a table."""
        if isinstance(self._columns, pd.DataFrame):
            return self._columns
        kinds = dict.fromkeys(self.TEXTS, "str")
        return pd.DataFrame({name: pd.Series(cells, dtype=kinds.get(name)) for name, cells in self._columns.items()})

    def column(self, name: str) -> NDArray[Any]:
        """Return one column, shape (n_dwellings,); money as float64."""
        return np.asarray(self._columns[name])

    def __len__(self) -> int:
        """Return the number of dwellings."""
        return len(self.column("dwelling_id"))

    def __iter__(self) -> Iterator[AppraisedValue]:
        """Yield one `AppraisedValue` per dwelling."""
        names = [str(name) for name in self._columns]
        columns = [self.column(name).tolist() for name in names]
        for row in zip(*columns, strict=True):
            yield self._one(dict(zip(names, row, strict=True)))

    def __getitem__(self, position: int) -> AppraisedValue:
        """Return the answer at `position`."""
        return self._one({str(name): self.column(str(name))[position] for name in self._columns})

    def _one(self, row: dict) -> AppraisedValue:
        money = {name: None if np.isnan(row[name]) else int(row[name]) for name in self.MONEY}
        expected = {name: None if np.isnan(row[name]) else float(row[name]) for name in self.EXPECTED}
        return AppraisedValue(
            dwelling_id=row["dwelling_id"],
            **money,
            coverage=float(row["coverage"]),
            accuracy_class=row["accuracy_class"] or None,
            error_risk=expected["error_risk"],
            expected_error=expected["expected_error"],
            expected_tax_error=expected["expected_tax_error"],
            flags=tuple(code for code in row["flags"].split("|") if code),
            model_version=row["model_version"],
        )
