"""What do many small trees say together?

A blend of LightGBM boosters on the logarithm of the price: robust and squared losses, several seeds. Losses that reset
their leaves afterwards (`regression_l1`, `quantile`) cannot keep a promised direction, so the robust members are
`huber` with a narrow corner, `fair`, and `narrowing`, a Huber loss whose corner closes while the trees grow: all aim at
the median, which is what half above and half below asks for, and the last comes nearest to it.

Boosters that see the same lean on the same. So a part of them may grow blind to what the neighbours sold for, and find
the level of a place from the map and the prices they learn from themselves: their errors are others, and the mean of
both kinds is better than either.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from valuation.models.asking import blended

Floats = NDArray[np.float64]

_ALWAYS: dict[str, Any] = {
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,
    "boost_from_average": True,
}
LOSSES = ("squared", "huber", "fair", "narrowing")
_NARROWING = (2.0, 0.5, 0.25)
"""Corners of the loss `narrowing`, times the width asked for, each for a third of the trees: a narrow corner clips
every step, so it is to start near the end of its way."""


class BoostedTrees(RegressorMixin, BaseEstimator):
    """Blend of LightGBM boosters on the logarithm of the price.

    Parameters
    ----------
    members : tuple of (str, float)
        Loss (`squared`, `huber`, `fair`, `narrowing`) and its weight in the blend; weights are brought to sum 1.
    n_seeds : int
        Boosters of each loss, alike but for the seed, averaged: a tax should not hang on a seed.
    n_trees, learning_rate, num_leaves, max_depth, min_leaf_sales : see LightGBM
    feature_fraction, row_fraction : float
        Share of the features a tree may use, of the sales it sees.
    l2, cat_smooth : float
    robust_width : float
        Corner of the robust losses in log price.
    blind_weight : float
        Weight, in the blend, of boosters that do not see the columns `evidence`; 0: there are none. With any, each
        loss and seed is grown twice, seeing and blind.
    directions : tuple of int or None
        Per column 1, −1 or 0: how the value may move.
    levels : tuple of int
        Columns whose numbers are codes of levels.
    evidence : tuple of int
        Columns made of what neighbours sold for.
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
        blind_weight: float = 0.0,
        extra: dict[str, Any] | None = None,
        directions: tuple[int, ...] | None = None,
        levels: tuple[int, ...] = (),
        evidence: tuple[int, ...] = (),
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
        self.blind_weight = blind_weight
        self.extra = extra
        self.directions = directions
        self.levels = levels
        self.evidence = evidence
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
        plan = self._plan()

        def grow(item: _Planned) -> lgb.Booster:
            booster: lgb.Booster | None = None
            for objective, n_trees in _stages(item.loss, self.robust_width, self.n_trees):
                data = lgb.Dataset(
                    X,
                    log_price,
                    weight=weight,
                    feature_name=feature_names or "auto",
                    categorical_feature=list(self.levels),
                    params=self._data_params(),
                    free_raw_data=False,  # what the earlier stage says of these rows is asked for
                )
                booster = lgb.train(self._settings(item) | objective, data, n_trees, init_model=booster)
            assert booster is not None  # every loss has a stage
            return booster

        self.boosters_ = []
        with ThreadPoolExecutor(max_workers=self.n_jobs) as pool:
            for booster in pool.map(grow, plan):
                self.boosters_.append(booster)
                if told is not None:
                    told(len(self.boosters_), len(plan))
        shares = np.array([item.share for item in plan], dtype=np.float64)
        self.weights_ = shares / shares.sum()
        return self

    def _plan(self) -> list[_Planned]:
        unknown = sorted({loss for loss, _ in self.members} - set(LOSSES))
        if unknown:
            raise ValueError(f"no loss is called {unknown[0]!r}; there are {', '.join(LOSSES)}")
        if not 0 <= self.blind_weight < 1:
            raise ValueError(f"blind_weight is {self.blind_weight}; it is to be at least 0 and below 1")
        kinds = [(False, 1 - self.blind_weight)]
        if self.blind_weight > 0 and self.evidence:
            kinds.append((True, self.blind_weight))
        return [
            # Another seed for the blind, or both kinds would leave the same sales out of the same tree.
            _Planned(loss, self.random_state + 1000 * seed + 500 * is_blind, share * weight, is_blind)
            for loss, share in self.members
            for seed in range(self.n_seeds)
            for is_blind, weight in kinds
        ]

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

    def _settings(self, item: _Planned) -> dict[str, Any]:
        settings = _ALWAYS | {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_data_in_leaf": self.min_leaf_sales,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.row_fraction,
            "bagging_freq": 1 if self.row_fraction < 1 else 0,
            "lambda_l2": self.l2,
            "cat_smooth": self.cat_smooth,
            "seed": item.seed,
            "num_threads": 1,
        }
        if item.is_blind:
            hidden = set(self.evidence)
            settings["feature_contri"] = [0.0 if i in hidden else 1.0 for i in range(self.n_features_in_)]
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


class _Planned(NamedTuple):
    """A booster to be grown."""

    loss: str
    seed: int
    share: float
    is_blind: bool


def _stages(loss: str, width: float, n_trees: int) -> list[tuple[dict[str, Any], int]]:
    """Objectives of a loss in the order they follow one another, each with its number of trees."""
    if loss == "squared":
        return [({"objective": "regression"}, n_trees)]
    if loss == "fair":
        return [({"objective": "fair", "fair_c": width}, n_trees)]
    if loss == "huber":
        return [({"objective": "huber", "alpha": width}, n_trees)]
    first = max(n_trees // 3, 1)
    counts = (first, first, n_trees - 2 * first)
    corners = [width * factor for factor in _NARROWING]
    return [({"objective": "huber", "alpha": c}, n) for c, n in zip(corners, counts, strict=True) if n > 0]
