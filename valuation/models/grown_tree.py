"""What does a grown tree say of a dwelling, and in words? All that is kept of the readable tree, and all that is asked.

Apart from `valuation.models.tree`, which grows it: whoever only asks needs nothing of scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class GrownTree:
    """One decision tree on the logarithm of the price.

    Attributes
    ----------
    left_, right_, feature_ : array of int, shape (n_nodes,)
        Children (−1 at a leaf) and the column asked for.
    threshold_, value_ : array of float, shape (n_nodes,)
        Left when at most the threshold; log price of the node: mean, at a leaf without directions the median.
    n_sales_ : array of int, shape (n_nodes,)
    fill_ : array of float, shape (n_features,)
        Stands for a missing value: the median in training.
    settings : dict
        With what it was grown.
    """

    left_: Ints
    right_: Ints
    feature_: Ints
    threshold_: Floats
    value_: Floats
    n_sales_: Ints
    fill_: Floats
    settings: dict[str, Any]

    def apply(self, X: Any) -> Ints:
        """Leaf of each row, shape (n_dwellings,)."""
        rows_asked = filled(np.asarray(X, dtype=np.float64), self.fill_)
        node = np.zeros(len(rows_asked), dtype=np.int64)
        rows = np.arange(len(rows_asked))
        while (inner := self.left_[node] >= 0).any():
            asked = np.maximum(self.feature_[node], 0)
            goes_left = rows_asked[rows, asked] <= self.threshold_[node]
            node = np.where(inner, np.where(goes_left, self.left_[node], self.right_[node]), node)
        return node

    def predict_log(self, X: Any) -> Floats:
        """Log price at the valuation date, shape (n_dwellings,)."""
        return np.asarray(self.value_[self.apply(X)])

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        return {"params": self.settings, **{name: getattr(self, name).tolist() for name in _ARRAYS}}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> GrownTree:
        """Read what `to_json` wrote."""
        arrays: dict[str, Any] = {name: np.array(content[name], dtype=kind) for name, kind in _ARRAYS.items()}
        return cls(**arrays, settings=dict(content["params"]))


_ARRAYS: dict[str, type] = {
    "left_": np.int64,
    "right_": np.int64,
    "feature_": np.int64,
    "threshold_": np.float64,
    "value_": np.float64,
    "n_sales_": np.int64,
    "fill_": np.float64,
}


def filled(X: Floats, fill: Floats) -> Floats:
    """Return numbers as the tree compares them: in single precision, in growing and in answering alike."""
    return np.where(np.isnan(X), fill, X).astype(np.float32).astype(np.float64)


def path_of(tree: GrownTree, row: Floats, names: list[str]) -> list[tuple[str, str, float, float]]:
    """Steps of one dwelling from the root to its leaf.

    Returns
    -------
    list of (feature, "at most" or "above", threshold, own value)
    """
    own = filled(row[None, :], tree.fill_)[0]
    node, steps = 0, []
    while tree.left_[node] >= 0:
        column = int(tree.feature_[node])
        goes_left = bool(own[column] <= tree.threshold_[node])
        steps.append(
            (names[column], "at most" if goes_left else "above", float(tree.threshold_[node]), float(own[column]))
        )
        node = int(tree.left_[node] if goes_left else tree.right_[node])
    return steps


def rules_of(tree: GrownTree, names: list[str], show: Any = "{:.4g}".format) -> list[str]:
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
