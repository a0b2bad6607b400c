"""What does the table say: a standard price per m² by area, type and age band?

The kind of model that is being replaced, kept as the measure of what the others add.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]


class StandardPrice(RegressorMixin, BaseEstimator):
    """Standard price per m², the median of a cell, times living area.

    A cell with too few sales falls back, in this order: market area × type × age band, market area × type, market area,
    type, everything. A dwelling without a living area gets the median price.

    Parameters
    ----------
    area : int
        Column of the living area in m².
    groups : tuple of int
        Columns of the codes of market area, type and age band, coarsest last to be given up.
    min_sales : int
        Sales a cell needs to stand on its own.

    Attributes
    ----------
    tables_ : list of dict
        One per step of the fallback: codes of the cell to (price per m², number of sales).
    """

    def __init__(self, area: int = 0, groups: tuple[int, ...] = (), min_sales: int = 8) -> None:
        self.area = area
        self.groups = groups
        self.min_sales = min_sales

    def fit(self, X: Any, y: Any) -> StandardPrice:
        """Learn the table from prices at the valuation date.

        Parameters
        ----------
        X : array-like of float, shape (n_sales, n_features)
        y : array-like of float, shape (n_sales,)
            Above zero.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True)
        size = X[:, self.area]
        has_size = size > 0
        per_m2 = np.divide(y, size, out=np.full(len(y), np.nan), where=has_size)
        self.median_price_ = float(np.median(y))
        self.steps_ = _fallbacks(tuple(self.groups))
        self.tables_ = []
        for step in self.steps_:
            frame = pd.DataFrame({str(i): X[has_size][:, column] for i, column in enumerate(step)})
            frame["per_m2"] = per_m2[has_size]
            self.tables_.append(_cells(frame, self.min_sales if step else 1))
        return self

    def predict(self, X: Any) -> Floats:
        """Price at the valuation date, shape (n_dwellings,)."""
        check_is_fitted(self)
        return self.prices(validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False))

    def prices(self, X: Floats) -> Floats:
        """Return the same of numbers that need no check, shape (n_dwellings, n_features)."""
        size = X[:, self.area]
        per_m2 = np.full(len(X), np.nan)
        for step, table in zip(self.steps_, self.tables_, strict=True):
            open_rows = np.flatnonzero(np.isnan(per_m2))
            if not len(open_rows):
                break
            per_m2[open_rows] = _looked_up(table, X[open_rows][:, list(step)])
        has_value = (size > 0) & ~np.isnan(per_m2)
        return np.where(has_value, per_m2 * np.where(has_value, size, 1.0), self.median_price_)

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        check_is_fitted(self)
        tables = [[[*map(float, cell), *found] for cell, found in table.items()] for table in self.tables_]
        return {
            "area": self.area,
            "groups": list(self.groups),
            "min_sales": self.min_sales,
            "tables": tables,
            "median_price": self.median_price_,
            "n_features": self.n_features_in_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> StandardPrice:
        """Read what `to_json` wrote."""
        model = cls(content["area"], tuple(content["groups"]), content["min_sales"])
        model.steps_ = _fallbacks(model.groups)
        model.tables_ = [{tuple(row[:-2]): (row[-2], int(row[-1])) for row in table} for table in content["tables"]]
        model.median_price_ = content["median_price"]
        model.n_features_in_ = content["n_features"]
        return model

    def __sklearn_tags__(self) -> Any:
        """Prices are above zero; missing facts are allowed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        tags.regressor_tags.poor_score = True
        return tags


def _fallbacks(groups: tuple[int, ...]) -> list[tuple[int, ...]]:
    nested = [groups[:n] for n in range(len(groups), 0, -1)]
    return [*nested, *([(groups[1],)] if len(groups) > 1 else []), ()]


def _cells(frame: pd.DataFrame, min_sales: int) -> dict[tuple[float, ...], tuple[float, int]]:
    keys = [name for name in frame.columns if name != "per_m2"]
    if not keys:
        return {(): (float(frame["per_m2"].median()), len(frame))} if len(frame) else {}
    found = frame.dropna(subset=keys).groupby(keys)["per_m2"].agg(["median", "size"]).reset_index()
    found = found[found["size"] >= min_sales]
    return {
        tuple(map(float, cell)): (float(median), int(size))
        for *cell, median, size in found.itertuples(index=False, name=None)
    }


def _looked_up(table: dict[tuple[float, ...], tuple[float, int]], codes: Floats) -> Floats:
    nothing = (np.nan, 0)
    return np.array([table.get(tuple(row), nothing)[0] for row in codes.tolist()], dtype=np.float64)
