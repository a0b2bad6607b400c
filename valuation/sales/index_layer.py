"""What is one layer of the time index: series of mid-month levels by name, and where a day lies among the months?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.sales.trend import Movement

Floats = NDArray[np.float64]

ALL = "all"
"""Stands for every area or every type in the index table."""
_MONTHS_PER_YEAR = 12

Mixture = tuple[tuple[float, Movement], ...]
"""Movements with their weights, which sum to one."""


@dataclass(frozen=True)
class Layer:
    """Series of one kind: names, mid-month levels, their covariance, sales per month."""

    names: tuple[str, ...]
    level: np.ndarray
    spread: np.ndarray
    mixture: Mixture

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of each name."""
        return {name: row for row, name in enumerate(self.names)}

    def change(self, valued_at: np.ndarray) -> np.ndarray:
        """Level less that at the valuation date, with a row of zeros at the end for a name not known."""
        relative = self.level - (self.level @ valued_at)[:, None]
        return np.vstack([relative, np.zeros(self.level.shape[1])])

    def variance(self, valued_at: np.ndarray) -> np.ndarray:
        """Variance of `change`."""
        n_months = self.level.shape[1]
        contrast = np.eye(n_months) - valued_at[None, :]
        variance = np.einsum("mi,aij,mj->am", contrast, self.spread, contrast)
        return np.vstack([np.maximum(variance, 0.0), np.zeros(n_months)])


def positions(days: pd.DatetimeIndex | NDArray[np.datetime64], first_month: pd.Timestamp) -> Floats:
    """Time of days in months since the first mid-month; noon of each, so that the middle of a month is its middle."""
    whole = np.asarray(days).astype("datetime64[D]")
    month = whole.astype("datetime64[M]")
    first_day = month.astype("datetime64[D]")
    day_of_month = (whole - first_day).astype(np.int64) + 1
    days_in_month = ((month + 1).astype("datetime64[D]") - first_day).astype(np.int64)
    months = (month - np.datetime64(first_month, "M")).astype(np.int64)
    return np.asarray(months + (day_of_month - 0.5) / days_in_month - 0.5, dtype=float)
