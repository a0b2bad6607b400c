"""What do many small trees say together?

A blend of LightGBM boosters on the logarithm of the price: robust and squared losses, several seeds. Losses that reset
their leaves afterwards (`regression_l1`, `quantile`) cannot keep a promised direction, so the robust members are
`huber` with a narrow corner and `fair`: both aim at the median, which is what half above and half below asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

Floats = NDArray[np.float64]

_ALWAYS: dict[str, Any] = {
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,
    "boost_from_average": True,
}
_LOSSES: dict[str, dict[str, Any]] = {
    "squared": {"objective": "regression"},
    "huber": {"objective": "huber", "alpha": 0.1},
    "fair": {"objective": "fair", "fair_c": 0.1},
}


class BoostedTrees(RegressorMixin, BaseEstimator):
    """Blend of LightGBM boosters on the logarithm of the price.

    Parameters
    ----------
    members : tuple of (str, float)
        Loss (`squared`, `huber`, `fair`) and its weight in the blend; weights are brought to sum 1.
    n_seeds : int
        Boosters of each loss, alike but for the seed, averaged: a tax should not hang on a seed.
    n_trees, learning_rate, num_leaves, max_depth, min_leaf_sales : see LightGBM
    feature_fraction, row_fraction : float
        Share of the features a tree may use, of the sales it sees.
    l2, cat_smooth : float
    robust_width : float
        Corner of the robust losses in log price.
    directions : tuple of int or None
        Per column 1, −1 or 0: how the value may move.
    levels : tuple of int
        Columns whose numbers are codes of levels.
    random_state : int
    n_jobs : int
        Boosters grown at once, each by one thread: threads within a booster wait for each other at every split, and
        on a busy machine that wait costs more than the second core brings. Changes no number.

    Attributes
    ----------
    boosters_ : list of lightgbm.Booster
    weights_ : array of float, shape (n_boosters,)
        Sum 1.
    """

    def __init__(
        self,
        members: tuple[tuple[str, float], ...] = (("huber", 1.0), ("squared", 1.0)),
        n_seeds: int = 2,
        n_trees: int = 800,
        learning_rate: float = 0.04,
        num_leaves: int = 31,
        max_depth: int = 8,
        min_leaf_sales: int = 15,
        feature_fraction: float = 0.4,
        row_fraction: float = 0.7,
        l2: float = 3.0,
        cat_smooth: float = 20.0,
        robust_width: float = 0.08,
        extra: dict[str, Any] | None = None,
        directions: tuple[int, ...] | None = None,
        levels: tuple[int, ...] = (),
        random_state: int = 0,
        n_jobs: int = 2,
    ) -> None:
        self.members = members
        self.n_seeds = n_seeds
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_leaf_sales = min_leaf_sales
        self.feature_fraction = feature_fraction
        self.row_fraction = row_fraction
        self.l2 = l2
        self.cat_smooth = cat_smooth
        self.robust_width = robust_width
        self.extra = extra
        self.directions = directions
        self.levels = levels
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        feature_names: list[str] | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> BoostedTrees:
        """Grow every booster on prices at the valuation date.

        Parameters
        ----------
        X : array-like of float, shape (n_sales, n_features)
        y : array-like of float, shape (n_sales,)
            Above zero.
        sample_weight : array-like of float, shape (n_sales,), optional
        feature_names : list of str, optional
            Written into the model files.
        told : callable, optional
            Called with boosters done and boosters in all.
        """
        X, y = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True, ensure_min_samples=2
        )
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float64)
        log_price = np.log(y)
        plan = [
            (self._settings(loss, self.random_state + 1000 * seed), share)
            for loss, share in self.members
            for seed in range(self.n_seeds)
        ]

        def grow(settings: dict[str, Any]) -> lgb.Booster:
            data = lgb.Dataset(
                X,
                log_price,
                weight=weight,
                feature_name=feature_names or "auto",
                categorical_feature=list(self.levels),
                params=self._data_params(),
                free_raw_data=True,
            )
            return lgb.train(settings, data, num_boost_round=self.n_trees)

        self.boosters_ = []
        with ThreadPoolExecutor(max_workers=self.n_jobs) as pool:
            for booster in pool.map(grow, [settings for settings, _ in plan]):
                self.boosters_.append(booster)
                if told is not None:
                    told(len(self.boosters_), len(plan))
        shares = np.array([share for _, share in plan], dtype=np.float64)
        self.weights_ = shares / shares.sum()
        return self

    def _data_params(self) -> dict[str, Any]:
        return {
            "max_bin": 255,
            "min_data_in_bin": 3,
            "verbosity": -1,
            "feature_pre_filter": False,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
        }

    def _settings(self, loss: str, seed: int) -> dict[str, Any]:
        settings = (
            _ALWAYS
            | _LOSSES[loss]
            | {
                "learning_rate": self.learning_rate,
                "num_leaves": self.num_leaves,
                "max_depth": self.max_depth,
                "min_data_in_leaf": self.min_leaf_sales,
                "feature_fraction": self.feature_fraction,
                "bagging_fraction": self.row_fraction,
                "bagging_freq": 1 if self.row_fraction < 1 else 0,
                "lambda_l2": self.l2,
                "cat_smooth": self.cat_smooth,
                "seed": seed,
                "num_threads": 1,
            }
        )
        if loss == "huber":
            settings["alpha"] = self.robust_width
        if loss == "fair":
            settings["fair_c"] = self.robust_width
        if self.directions is not None and any(self.directions):
            settings["monotone_constraints"] = list(self.directions)
        return settings | (self.extra or {})

    def predict_log(self, X: Any) -> Floats:
        """Log price at the valuation date, shape (n_dwellings,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return blended(self.boosters_, self.weights_, X, self.n_jobs)

    def predict(self, X: Any) -> Floats:
        """Price at the valuation date, shape (n_dwellings,)."""
        return np.exp(self.predict_log(X))

    def __sklearn_tags__(self) -> Any:
        """Prices are above zero; missing facts are allowed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        return tags


def blended(boosters: list[lgb.Booster], weights: Floats, X: Floats, n_threads: int) -> Floats:
    """Weighted sum of what the boosters say of each row, always added in the same order."""
    total = np.zeros(len(X))
    for booster, weight in zip(boosters, weights, strict=True):
        total += weight * booster.predict(X, num_threads=n_threads)
    return total
