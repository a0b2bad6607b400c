"""What would a tree say that a person can follow to its last rule?

One tree on few, named features, its leaves the middle price of their sales, its size chosen on later sales within a
limit that still prints on one page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_is_fitted, validate_data

from valuation.models.grown_tree import GrownTree, filled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ReadableTree(RegressorMixin, BaseEstimator):
    """One decision tree on the logarithm of the price.

    A leaf's value is the median of its sales; with promised directions it is their geometric mean, which keeps them.

    Parameters
    ----------
    max_leaves : int
    max_depth : int
    min_leaf_sales : int
        Sales behind every value.
    directions : tuple of int or None
        Per column 1, −1 or 0: how the value may move; None: any.
    random_state : int or None
        Order in which equally good splits are tried.

    Attributes
    ----------
    grown_ : GrownTree
        What was learned.
    """

    def __init__(
        self,
        max_leaves: int = 40,
        max_depth: int = 7,
        min_leaf_sales: int = 20,
        directions: tuple[int, ...] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.max_leaves = max_leaves
        self.max_depth = max_depth
        self.min_leaf_sales = min_leaf_sales
        self.directions = directions
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> ReadableTree:
        """Grow the tree on prices at the valuation date.

        Parameters
        ----------
        X : array-like of float, shape (n_sales, n_features)
        y : array-like of float, shape (n_sales,)
            Above zero.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True)
        log_price = np.log(y)
        known = ~np.isnan(X).all(axis=0)
        fill = np.zeros(X.shape[1])
        fill[known] = np.nanmedian(X[:, known], axis=0)
        self.grown_ = self._grown(filled(X, fill), fill, log_price)
        if not np.any(self.directions or ()):
            # The mean of a leaf keeps the promised directions, the median of a leaf need not.
            self._use_medians(self.grown_.apply(X), log_price)
        return self

    def _grown(self, rows: Floats, fill: Floats, log_price: Floats) -> GrownTree:
        grown = DecisionTreeRegressor(
            max_leaf_nodes=max(2, self.max_leaves),
            max_depth=self.max_depth,
            min_samples_leaf=min(self.min_leaf_sales, max(1, len(rows) // 10)),
            random_state=self.random_state,
            monotonic_cst=None if self.directions is None else list(self.directions),
        )
        tree = grown.fit(rows, log_price).tree_
        return GrownTree(
            left_=tree.children_left.astype(np.int64),
            right_=tree.children_right.astype(np.int64),
            feature_=tree.feature.astype(np.int64),
            threshold_=tree.threshold.astype(np.float64),
            value_=tree.value[:, 0, 0].astype(np.float64),
            n_sales_=tree.n_node_samples.astype(np.int64),
            fill_=fill,
            settings=self.get_params(),
        )

    def _use_medians(self, leaf: Ints, log_price: Floats) -> None:
        for node in np.unique(leaf):
            self.grown_.value_[node] = np.median(log_price[leaf == node])

    def predict_log(self, X: Any) -> Floats:
        """Log price at the valuation date, shape (n_dwellings,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return self.grown_.predict_log(X)

    def predict(self, X: Any) -> Floats:
        """Price at the valuation date, shape (n_dwellings,)."""
        return np.exp(self.predict_log(X))

    def __sklearn_tags__(self) -> Any:
        """Prices are above zero; missing facts are allowed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags
