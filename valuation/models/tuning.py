"""Which settings of the boosted trees suit this place? Searched with Optuna on rolling-origin folds before the holdout.

The features and the index of each fold are made once; a trial only grows trees on them. What is found goes to
`<jurisdiction>.params.yaml` beside the jurisdiction file, for a person to read and commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from valuation.errors import WrongUse
from valuation.features.columns import LOG_PRICE, Feature, FeatureMaker
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.boosting import BoostedTrees
from valuation.models.rolling_origin import fold_months, valid_of
from valuation.pipeline.params import Params
from valuation.progress import Progress
from valuation.sales.holdout import rolling_origin_folds
from valuation.sales.time_adjustment import TimeIndex

Floats = NDArray[np.float64]

TRIALS = 30
_LOSSES = ("huber", "squared", "fair")


@dataclass(frozen=True)
class TuningFold:
    """What a trial needs of a fold: one row a sale."""

    features: tuple[Feature, ...]
    earlier: Floats
    earlier_price: Floats
    later: Floats
    later_log_price: Floats
    """At the valuation date, by the index as known before the fold."""


def tuning_folds(sales: pd.DataFrame, jurisdiction: Jurisdiction, params: Params) -> list[TuningFold]:
    """Make index and features of each fold from valid sales before it; all sales of the fold test them."""
    sales = sales.sort_values("sale_id", kind="stable").drop_duplicates("sale_id").reset_index(drop=True)
    folds = rolling_origin_folds(
        sales["market_date"], params.train.n_folds, fold_months(jurisdiction, params), jurisdiction.holdout_from
    )
    return [_fold(valid_of(sales[earlier]), sales[later], jurisdiction, params) for earlier, later in folds]


def _fold(earlier: pd.DataFrame, later: pd.DataFrame, jurisdiction: Jurisdiction, params: Params) -> TuningFold:
    index = TimeIndex.fit(earlier, jurisdiction, params.adjust, known_until=later["market_date"].min())
    roles = [str(jurisdiction.characteristics.with_role(role)) for role in ("market_area", "dwelling_type")]
    earlier, later = (_adjusted(table, index, roles) for table in (earlier, later))
    maker = FeatureMaker.fit(earlier, jurisdiction, params.train.neighbours)
    return TuningFold(
        features=maker.features_,
        earlier=maker.training_features(earlier).to_numpy(np.float64),
        earlier_price=np.exp(earlier[LOG_PRICE].to_numpy(np.float64)),
        later=maker.transform(later, later["market_date"]).to_numpy(np.float64),
        later_log_price=later[LOG_PRICE].to_numpy(np.float64),
    )


def _adjusted(sales: pd.DataFrame, index: TimeIndex, roles: list[str]) -> pd.DataFrame:
    area, kind = (sales[role].astype(object).to_numpy() for role in roles)
    log_index = index.log_index(area, kind, sales["market_date"].to_numpy())
    return sales.assign(**{LOG_PRICE: np.log(sales["market_price"].to_numpy(np.float64)) - log_index})


def fold_error(fold: TuningFold, settings: dict[str, Any], seed: int) -> tuple[float, int]:
    """Mean absolute log error around the fold's own median, and the number of sales.

    The level is the index's matter; what trees can mend is the dispersion.
    """
    model = BoostedTrees(
        directions=tuple(item.direction for item in fold.features),
        levels=tuple(i for i, item in enumerate(fold.features) if item.is_level),
        random_state=seed,
        **{**settings, "members": tuple(settings["members"].items()), "n_seeds": 1},
    )
    model.fit(fold.earlier, fold.earlier_price)
    gap = model.predict_log(fold.later) - fold.later_log_price
    return float(np.abs(gap - np.median(gap)).mean()), len(gap)


def search(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: Params, *, n_trials: int, progress: Progress | None = None
) -> dict[str, Any]:
    """Search settings of the boosted trees.

    Parameters
    ----------
    sales : DataFrame
        Valid sales; those of the holdout are in no fold.
    jurisdiction : Jurisdiction
    params : Params
    n_trials : int
    progress : Progress, optional

    Returns
    -------
    dict
        `boosting` settings of the best trial, `error` and `n_sales` behind it.

    Raises
    ------
    WrongUse
        When Optuna is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise WrongUse("optuna is not installed", remedy="install the extra `tune`") from error
    told = progress or Progress()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folds = tuning_folds(sales, jurisdiction, params)

    def objective(trial: Any) -> float:
        told("trials", trial.number, n_trials)
        errors = [fold_error(fold, _suggested(trial), params.train.seed) for fold in folds]
        trial.set_user_attr("n_sales", sum(n for _, n in errors))
        return float(np.average([error for error, _ in errors], weights=[n for _, n in errors]))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=params.train.seed))
    study.optimize(objective, n_trials=n_trials)
    told("trials", n_trials, n_trials)
    best = study.best_trial
    return {"boosting": _suggested(best), "error": float(study.best_value), "n_sales": best.user_attrs["n_sales"]}


def _suggested(trial: Any) -> dict[str, Any]:
    """Settings of a trial. The upper ends keep a run on two cores under five minutes."""
    return {
        "n_trees": trial.suggest_int("n_trees", 400, 1200, step=100),
        "learning_rate": round(trial.suggest_float("learning_rate", 0.025, 0.08, log=True), 4),
        "num_leaves": trial.suggest_categorical("num_leaves", [15, 31, 63]),
        "max_depth": trial.suggest_int("max_depth", 6, 10),
        "min_leaf_sales": trial.suggest_int("min_leaf_sales", 5, 40),
        "feature_fraction": round(trial.suggest_float("feature_fraction", 0.25, 0.7), 2),
        "row_fraction": round(trial.suggest_float("row_fraction", 0.5, 0.9), 2),
        "robust_width": round(trial.suggest_float("robust_width", 0.05, 0.4, log=True), 3),
        "members": {loss: round(trial.suggest_float(f"weight_{loss}", 0.1, 1.0), 2) for loss in _LOSSES},
    }


def write_overrides(path: Path, found: dict[str, Any], jurisdiction: Jurisdiction) -> None:
    """Write what `tune` found into `<jurisdiction>.params.yaml`, keeping what else stands there."""
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    content = content or {}
    train = {**content.get("train", {}), "boosting": found["boosting"]}
    text = yaml.safe_dump({**content, "train": train}, sort_keys=False, allow_unicode=True)
    heading = (
        f"# Found by `valuation train --tune` on {found['n_sales']} sales of rolling-origin folds before "
        f"{jurisdiction.holdout_from}:\n"
        f"# mean absolute log error {found['error']:.5f}. The holdout had no part in it.\n"
    )
    path.write_text(heading + text, encoding="utf-8")
