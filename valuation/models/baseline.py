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

from valuation.models.price_table import PriceTable, fallbacks

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
    table_ : PriceTable
        What was learned.
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
        tables = []
        for step in fallbacks(tuple(self.groups)):
            frame = pd.DataFrame({str(i): X[has_size][:, column] for i, column in enumerate(step)})
            frame["per_m2"] = per_m2[has_size]
            tables.append(_cells(frame, self.min_sales if step else 1))
        self.table_ = PriceTable(
            area=self.area,
            groups=tuple(self.groups),
            min_sales=self.min_sales,
            tables_=tables,
            median_price_=float(np.median(y)),
            n_features=X.shape[1],
        )
        return self

    def predict(self, X: Any) -> Floats:
        """Price at the valuation date, shape (n_dwellings,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return self.table_.prices(X)

    def __sklearn_tags__(self) -> Any:
        """Prices are above zero; missing facts are allowed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        tags.regressor_tags.poor_score = True
        return tags


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
