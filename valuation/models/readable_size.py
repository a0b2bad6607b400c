"""How large may the tree be before size stops paying? Chosen on later sales, within what a person can read."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from valuation.models.tree import ReadableTree

Floats = NDArray[np.float64]

_LEAVES = (8, 12, 16, 24, 32, 40, 64)
_DEPTHS = (3, 4, 5, 6, 7, 8)
_ORIGINS = (0.5, 0.7, 0.85)
"""Shares of the sales, oldest first, that are trained on; tested is what follows up to the next."""
_WORTH = 0.01
"""A larger tree must lower the median absolute error by this share, or the smaller is kept."""


def choose_size(
    X: Floats, price: Floats, days: Floats, *, directions: tuple[int, ...], max_leaves: int, max_depth: int
) -> tuple[ReadableTree, list[dict[str, float]]]:
    """Choose leaves and depth by rolling-origin cross-validation, then grow the tree on all sales.

    Parameters
    ----------
    X : array of float, shape (n_sales, n_features)
        Features as known the day before each sale.
    price, days : array of float, shape (n_sales,)
    directions : tuple of int
    max_leaves, max_depth : int
        What a person can read.

    Returns
    -------
    tree : ReadableTree
    tried : list of dict
        Per size `max_leaves, max_depth, median_absolute_log_error`.
    """
    sizes = [(leaves, depth) for leaves, depth in _sizes(max_leaves, max_depth)]
    tried = [
        {
            "max_leaves": leaves,
            "max_depth": depth,
            "median_absolute_log_error": _later_error(X, price, days, leaves, depth, directions),
        }
        for leaves, depth in sizes
    ]
    best = min(item["median_absolute_log_error"] for item in tried)
    kept = next(item for item in tried if item["median_absolute_log_error"] <= best * (1 + _WORTH))
    tree = ReadableTree(int(kept["max_leaves"]), int(kept["max_depth"]), directions=directions)
    return tree.fit(X, price), tried


def _sizes(max_leaves: int, max_depth: int) -> list[tuple[int, int]]:
    """Sizes from small to large: each number of leaves with the depths that suit it."""
    leaves = sorted({min(n, max_leaves) for n in _LEAVES})
    return [
        (n, depth)
        for n in leaves
        for depth in sorted({min(d, max_depth) for d in _DEPTHS})
        if np.log2(n) <= depth <= np.log2(n) + 3
    ]


def _later_error(X: Floats, price: Floats, days: Floats, leaves: int, depth: int, directions: tuple[int, ...]) -> float:
    edges = [np.quantile(days, share) for share in (*_ORIGINS, 1.0)]
    errors = []
    for start, stop in pairwise(edges):
        earlier, later = days < start, (days >= start) & (days <= stop)
        if not earlier.any() or not later.any():
            continue
        tree = ReadableTree(leaves, depth, directions=directions).fit(X[earlier], price[earlier])
        errors.append(np.abs(tree.predict_log(X[later]) - np.log(price[later])))
    return float(np.median(np.concatenate(errors))) if errors else 0.0
