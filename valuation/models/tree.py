"""What would a tree say that a person can follow to its last rule?

One tree on few, named features, its leaves the middle price of their sales, its size chosen on later sales within a
limit that still prints on one page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

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
    left_, right_, feature_ : array of int, shape (n_nodes,)
        Children (−1 at a leaf) and the column asked for.
    threshold_, value_ : array of float, shape (n_nodes,)
        Left when at most the threshold; log price of the node: mean, at a leaf without directions the median.
    n_sales_ : array of int, shape (n_nodes,)
    fill_ : array of float, shape (n_features,)
        Stands for a missing value: the median in training.
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
        self.fill_ = np.zeros(X.shape[1])
        self.fill_[known] = np.nanmedian(X[:, known], axis=0)
        filled = self._filled(X)
        smallest = min(self.min_leaf_sales, max(1, len(y) // 10))
        from sklearn.tree import DecisionTreeRegressor  # not above: what serves values grows no tree

        grown = DecisionTreeRegressor(
            max_leaf_nodes=max(2, self.max_leaves),
            max_depth=self.max_depth,
            min_samples_leaf=smallest,
            random_state=self.random_state,
            monotonic_cst=None if self.directions is None else list(self.directions),
        )
        grown.fit(filled, log_price)
        tree = grown.tree_
        self.left_, self.right_ = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
        self.feature_, self.threshold_ = tree.feature.astype(np.int64), tree.threshold.astype(np.float64)
        self.n_sales_ = tree.n_node_samples.astype(np.int64)
        self.value_ = tree.value[:, 0, 0].astype(np.float64)
        if not np.any(self.directions or ()):
            # The mean of a leaf keeps the promised directions, the median of a leaf need not.
            self._use_medians(self.apply(X), log_price)
        return self

    def _use_medians(self, leaf: Ints, log_price: Floats) -> None:
        for node in np.unique(leaf):
            self.value_[node] = np.median(log_price[leaf == node])

    def _filled(self, X: Floats) -> Floats:
        # The tree compares in single precision, in growing and in answering alike.
        return np.where(np.isnan(X), self.fill_, X).astype(np.float32).astype(np.float64)

    def apply(self, X: Any) -> Ints:
        """Leaf of each row, shape (n_dwellings,)."""
        filled = self._filled(np.asarray(X, dtype=np.float64))
        node = np.zeros(len(filled), dtype=np.int64)
        rows = np.arange(len(filled))
        while (inner := self.left_[node] >= 0).any():
            asked = np.maximum(self.feature_[node], 0)
            goes_left = filled[rows, asked] <= self.threshold_[node]
            node = np.where(inner, np.where(goes_left, self.left_[node], self.right_[node]), node)
        return node

    def predict_log(self, X: Any) -> Floats:
        """Log price at the valuation date, shape (n_dwellings,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.asarray(self.value_[self.apply(X)])

    def predict(self, X: Any) -> Floats:
        """Price at the valuation date, shape (n_dwellings,)."""
        return np.exp(self.predict_log(X))

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        check_is_fitted(self)
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"params": self.get_params(), **arrays}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ReadableTree:
        """Read what `to_json` wrote."""
        params = dict(content["params"])
        params["directions"] = None if params["directions"] is None else tuple(params["directions"])
        model = cls(**params)
        for name, kind in _ARRAYS.items():
            setattr(model, name, np.array(content[name], dtype=kind))
        model.n_features_in_ = len(model.fill_)
        return model

    def __sklearn_tags__(self) -> Any:
        """Prices are above zero; missing facts are allowed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags


_ARRAYS: dict[str, type] = {
    "left_": np.int64,
    "right_": np.int64,
    "feature_": np.int64,
    "threshold_": np.float64,
    "value_": np.float64,
    "n_sales_": np.int64,
    "fill_": np.float64,
}


def path_of(tree: ReadableTree, row: Floats, names: list[str]) -> list[tuple[str, str, float, float]]:
    """Steps of one dwelling from the root to its leaf.

    Returns
    -------
    list of (feature, "at most" or "above", threshold, own value)
    """
    filled = tree._filled(row[None, :])[0]
    node, steps = 0, []
    while tree.left_[node] >= 0:
        column = int(tree.feature_[node])
        goes_left = bool(filled[column] <= tree.threshold_[node])
        steps.append(
            (names[column], "at most" if goes_left else "above", float(tree.threshold_[node]), float(filled[column]))
        )
        node = int(tree.left_[node] if goes_left else tree.right_[node])
    return steps


def rules_of(tree: ReadableTree, names: list[str], show: Any = "{:.4g}".format) -> list[str]:
    """Every leaf as a sentence: its conditions, its price and the sales behind it, from the top left leaf on."""
    lines: list[str] = []

    def walk(node: int, conditions: list[str]) -> None:
        if tree.left_[node] < 0:
            price = np.exp(tree.value_[node])
            said = " and ".join(conditions) or "always"
            lines.append(f"{said}: {price:,.0f} ({int(tree.n_sales_[node])} sales)")
            return
        name, bound = names[int(tree.feature_[node])], show(float(tree.threshold_[node]))
        walk(int(tree.left_[node]), [*conditions, f"{name} at most {bound}"])
        walk(int(tree.right_[node]), [*conditions, f"{name} above {bound}"])

    walk(0, [])
    return lines
