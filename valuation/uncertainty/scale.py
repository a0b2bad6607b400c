"""For which dwellings is the model less sure than for others? The expected size of the error, up to a common factor.

A small boosted model of the absolute log error on what was known when the value was given: the features, the value
itself, and how far the three models disagree. It says which intervals are wide; how wide all are, the calibration says.
"""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from valuation.errors import BundleRefused

# Errors below this (1 %) say nothing about the scale; it keeps the logarithm finite.
_SMALLEST_ERROR = 0.01
_ROUNDS = 150
_MIN_SALES = 1000
_PARAMETERS: dict[str, Any] = {
    "objective": "regression",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    # One thread to fit: the model is small, and threads that wait for a busy machine cost more than they bring.
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


def evidence_table(values: pd.DataFrame, features: pd.DataFrame, type_code: np.ndarray) -> pd.DataFrame:
    """What the size of the error is expected from: type, features, value, and the disagreement of the models.

    Parameters
    ----------
    values : DataFrame, shape (n_dwellings, ...)
        `appraised_value, baseline_value, tree_value`.
    features : DataFrame, shape (n_dwellings, n_features)
        As the value models saw them, numbers only.
    type_code : ndarray of float, shape (n_dwellings,)
        Number of the dwelling type: a type too small for a group of its own is at least given its own scale.

    Returns
    -------
    DataFrame of float
        Rows as given.
    """
    value, baseline, tree = (
        np.log(values[name].to_numpy(dtype=float, na_value=np.nan))
        for name in ("appraised_value", "baseline_value", "tree_value")
    )
    known = {
        "type": type_code,
        "log_value": value,
        "baseline_gap": value - baseline,
        "tree_gap": value - tree,
        "largest_gap": np.maximum(np.abs(value - baseline), np.abs(value - tree)),
    }
    table = pd.DataFrame({f"evidence_{name}": column for name, column in known.items()})
    return pd.concat([table, features.astype(float).reset_index(drop=True)], axis=1)


class ErrorScale:
    """Expected absolute log error in units of its median; one for all where sales are too few to tell.

    Attributes
    ----------
    booster_ : lightgbm.Booster or None
    columns_ : tuple of str
        Columns of the evidence table, in order.
    unit_ : float
        Median of what the booster predicts for the sales it learned from.
    """

    def __init__(self, booster: lgb.Booster | None, columns: tuple[str, ...], unit: float = 1.0) -> None:
        self.booster_ = booster
        self.columns_ = columns
        self.unit_ = unit

    @classmethod
    def fit(cls, evidence: pd.DataFrame, log_error: np.ndarray) -> ErrorScale:
        """Learn from sales valued by models that had not seen them, in an order that does not depend on the input."""
        columns = tuple(str(name) for name in evidence.columns)
        if len(evidence) < _MIN_SALES:
            return cls(None, columns)
        target = np.log(np.maximum(np.abs(log_error), _SMALLEST_ERROR))
        matrix = evidence.to_numpy(dtype=float)
        data = lgb.Dataset(matrix, label=target, feature_name=list(columns))
        booster = lgb.train(_PARAMETERS, data, num_boost_round=_ROUNDS)
        # In units of the median, scales learned from different sales can be ordered together.
        return cls(booster, columns, float(np.median(np.exp(np.asarray(booster.predict(matrix, num_threads=1))))))

    def predict(self, evidence: pd.DataFrame, *, n_threads: int = 0) -> np.ndarray:
        """Scale of each row, above zero, 1 for the median sale, shape (n_rows,).

        Raises
        ------
        BundleRefused
            When the columns are not those it learned from.
        """
        if tuple(evidence.columns) != self.columns_:
            raise BundleRefused(
                "the columns are not those the intervals were made with",
                expected=", ".join(self.columns_),
                remedy="use the value models and the intervals of one bundle",
            )
        if self.booster_ is None:
            return np.ones(len(evidence))
        matrix = evidence.to_numpy(dtype=float)
        return np.exp(np.asarray(self.booster_.predict(matrix, num_threads=n_threads))) / self.unit_
