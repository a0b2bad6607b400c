"""For which dwellings is the model less sure than for others? The expected size of the error, up to a common factor.

A small boosted model of the absolute log error on what was known when the value was given: the features, the value
itself, and how far the three models disagree. It says which intervals are wide; how wide all are, the calibration says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuation.errors import BundleRefused
from valuation.models.asking import asked
from valuation.models.stored_booster import Booster

# A gamma distribution has no zero; an error this small (0.01 %) is none.
_SMALLEST_ERROR = 1e-4
_ROUNDS = 80
_MIN_SALES = 1000
_PARAMETERS: dict[str, Any] = {
    # The mean of the absolute error, on a log scale, so that it stays above zero.
    "objective": "gamma",
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    # One thread to fit: the model is small, and threads that wait for a busy machine cost more than they bring.
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Evidence:
    """What the size of the error is expected from, one row per dwelling; numbers only, columns by name."""

    columns: tuple[str, ...]
    matrix: np.ndarray

    def rows(self, chosen: np.ndarray) -> Evidence:
        """The rows of a mask or of positions."""
        return Evidence(self.columns, self.matrix[chosen])

    def __len__(self) -> int:
        return len(self.matrix)

    def check_columns(self, learned: tuple[str, ...], part: str, made: str) -> None:
        """Refuse columns other than those that a part of the bundle was made with.

        Parameters
        ----------
        learned : tuple of str
            Columns it was made with, in order.
        part, made : str
            What it is called, and what was done with the columns: "the intervals", "were made with".

        Raises
        ------
        BundleRefused
            When a column is missing, added or in another place.
        """
        if self.columns != learned:
            raise BundleRefused(
                f"the columns are not those {part} {made}",
                expected=", ".join(learned),
                remedy=f"use the value models and {part} of one bundle",
            )


def evidence_of(values: pd.DataFrame, features: pd.DataFrame, type_code: np.ndarray) -> Evidence:
    """Gather type, features, value, and the disagreement of the models.

    Parameters
    ----------
    values : DataFrame, shape (n_dwellings, ...)
        `appraised_value, baseline_value, tree_value`.
    features : DataFrame, shape (n_dwellings, n_features)
        As the value models saw them, numbers only.
    type_code : ndarray of float, shape (n_dwellings,)
        Number of the dwelling type: a type too small for a group of its own is at least given its own scale.
    """
    money = {name: values[name].to_numpy(dtype=float, na_value=np.nan) for name in _MONEY}
    return scale_evidence(money, features.to_numpy(dtype=float), tuple(map(str, features.columns)), type_code)


_MONEY = ("appraised_value", "baseline_value", "tree_value")


def scale_evidence(
    values: Mapping[str, np.ndarray], features: np.ndarray, names: tuple[str, ...], type_code: np.ndarray
) -> Evidence:
    """Gather the same as `evidence_of` from plain columns, features named by `names`."""
    value, baseline, tree = (np.log(values[name]) for name in _MONEY)
    known = {
        "evidence_type": type_code,
        "evidence_log_value": value,
        "evidence_baseline_gap": value - baseline,
        "evidence_tree_gap": value - tree,
        "evidence_largest_gap": np.maximum(np.abs(value - baseline), np.abs(value - tree)),
    }
    return Evidence((*known, *names), np.column_stack([*known.values(), features]))


class ErrorScale:
    """Expected absolute log error in units of its median; one for all where sales are too few to tell.

    Attributes
    ----------
    booster_ : Booster or None
    columns_ : tuple of str
        Columns of the evidence table, in order.
    unit_ : float
        Median of what the booster predicts for the sales it learned from.
    """

    def __init__(self, booster: Booster | None, columns: tuple[str, ...], unit: float = 1.0) -> None:
        self.booster_ = booster
        self.columns_ = columns
        self.unit_ = unit

    @classmethod
    def fit(cls, evidence: Evidence, log_error: np.ndarray) -> ErrorScale:
        """Learn from sales valued by models that had not seen them, sorted by id."""
        if len(evidence) < _MIN_SALES:
            return cls(None, evidence.columns)
        size = np.maximum(np.abs(log_error), _SMALLEST_ERROR)
        import lightgbm as lgb  # not above: what serves values grows no tree

        data = lgb.Dataset(evidence.matrix, label=size, feature_name=list(evidence.columns))
        booster = lgb.train(_PARAMETERS, data, num_boost_round=_ROUNDS)
        # In units of the median, scales learned from different sales can be ordered together.
        unit = float(np.median(np.asarray(booster.predict(evidence.matrix, num_threads=1))))
        return cls(booster, evidence.columns, unit)

    def predict(self, evidence: Evidence, *, n_threads: int = 0) -> np.ndarray:
        """Scale of each row, above zero, 1 for the median sale, shape (n_rows,).

        Raises
        ------
        BundleRefused
            When the columns are not those it learned from.
        """
        evidence.check_columns(self.columns_, "the intervals", "were made with")
        if self.booster_ is None:
            return np.ones(len(evidence))
        return asked([self.booster_], evidence.matrix, n_threads=n_threads)[0] / self.unit_
