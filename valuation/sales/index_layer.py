"""What is one layer of the time index: series of mid-month levels by name, and where a day lies among the months?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuation.sales.trend import Movement

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


def positions(days: pd.DatetimeIndex, first_month: pd.Timestamp) -> np.ndarray:
    """Time of days in months since the first mid-month; noon of each, so that the middle of a month is its middle."""
    months = (days.year - first_month.year) * _MONTHS_PER_YEAR + days.month - first_month.month
    return np.asarray(months + (days.day - 0.5) / days.days_in_month - 0.5, dtype=float)
