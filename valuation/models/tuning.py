"""Which settings of the boosted trees suit this place? Searched with Optuna on rolling-origin folds before the holdout.

The features and the index of each fold are made once; a trial only grows trees on them, one seed of each loss, and is
given up after a fold on which it does clearly worse than others. The settings that stand in the parameter file are the
first trial, so what is found is never worse on the folds than what a person had. It goes to
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
from valuation.models.rolling_origin import folds_of, valid_of
from valuation.models.value_models import evidence_columns
from valuation.pipeline.params import Params
from valuation.progress import Progress
from valuation.sales.time_adjustment import TimeIndex

Floats = NDArray[np.float64]

TRIALS = 30
_BLENDS: dict[str, dict[str, float]] = {
    "narrowing": {"narrowing": 1.0},
    "huber": {"huber": 1.0},
    "narrowing, squared": {"narrowing": 1.0, "squared": 1.0},
    "huber, squared": {"huber": 1.0, "squared": 1.0},
    "huber, fair": {"huber": 1.0, "fair": 1.0},
    "huber, squared, fair": {"huber": 1.0, "squared": 1.0, "fair": 1.0},
}
"""Losses that a trial may blend. Weights within a blend moved no fold beyond its noise."""
_LEAVES = (15, 31, 47, 63)
_WHOLE = {"n_trees": (400, 2400, 50), "max_depth": (6, 12, 1), "min_leaf_sales": (5, 40, 1)}
"""Lowest, highest, step."""
_MOST_LEAVES = 130_000
"""Leaves that all losses of one seed may grow: more would make a run of 25,000 sales longer than five minutes on two
cores. Settings that stand may grow more."""
_REAL = {
    "learning_rate": (0.02, 0.1, 4),
    "feature_fraction": (0.25, 0.8, 2),
    "row_fraction": (0.5, 0.95, 2),
    "l2": (0.5, 20.0, 1),
    "robust_width": (0.03, 0.4, 3),
}
"""Lowest, highest, digits; searched on a logarithmic scale."""
_COARSE = 2
"""A trial grows this share of the trees at so many times the rate."""
_LAST_OF_HEADING = "# The holdout had no part in it."
_NOT_SEARCHED = ("n_seeds", "blind_weight", "n_jobs", "cat_smooth", "extra", "fade_years")
"""Kept as they stand, and no part of a trial: more seeds and blind boosters are better and only cost time; the others
moved no fold in trials by hand."""
_NOISE = 0.001
"""Share of the error that another seed moves it by."""
_FIRST_TRIALS = 5
"""Trials before any is given up early."""


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
    folds = folds_of(sales, jurisdiction, params)
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
        evidence=evidence_columns(fold.features),
        random_state=seed,
        **{**settings, "members": tuple(settings["members"].items()), "n_seeds": 1},
    )
    model.fit(fold.earlier, fold.earlier_price)
    gap = model.predict_log(fold.later) - fold.later_log_price
    return float(np.abs(gap - np.median(gap)).mean()), len(gap)


def search(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: Params, *, n_trials: int, progress: Progress | None = None
) -> dict[str, Any]:
    """Search settings of the boosted trees, beginning with those that stand in `params`.

    Parameters
    ----------
    sales : DataFrame
        Sales that count in a test; those of the holdout are in no fold.
    jurisdiction : Jurisdiction
    params : Params
    n_trials : int
    progress : Progress, optional

    Returns
    -------
    dict
        `boosting` settings of the best trial, its `error`, the `first_error` of the settings that stood before, and
        `n_sales`, `n_folds`, `n_trials` behind them.

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
    kept = {name: params.train.boosting[name] for name in _NOT_SEARCHED if name in params.train.boosting}

    def objective(trial: Any) -> float:
        told("trials", trial.number, n_trials)
        settings = _suggested(trial)
        trial.set_user_attr("settings", settings)
        if trial.number > 0 and _work(settings) > _MOST_LEAVES:
            raise optuna.TrialPruned
        found: list[tuple[float, int]] = []
        # The newest fold first: it stands on most sales, and what fails there need not be tried on the others.
        for step, fold in enumerate(reversed(folds)):
            found.append(fold_error(fold, _coarse(settings), params.train.seed))
            trial.report(_mean_error(found), step)
            if step + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return _mean_error(found)

    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=params.train.seed),
        pruner=optuna.pruners.PercentilePruner(30.0, n_startup_trials=_FIRST_TRIALS),
    )
    study.enqueue_trial(_as_trial(params.train.boosting))
    study.optimize(objective, n_trials=n_trials)
    told("trials", n_trials, n_trials)
    best = _cheapest_of_the_best([trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE])
    return {
        "boosting": {**best.user_attrs["settings"], **kept},
        "error": float(best.value),
        "first_error": float(study.trials[0].value or np.nan),
        "n_sales": sum(len(fold.later) for fold in folds),
        "n_folds": len(folds),
        "n_trials": n_trials,
    }


def _cheapest_of_the_best(trials: list[Any]) -> Any:
    """Trial that grows fewest leaves among those that nothing but noise sets apart from the best."""
    bound = min(trial.value for trial in trials) * (1 + _NOISE)
    return min(
        (trial for trial in trials if trial.value <= bound), key=lambda trial: _work(trial.user_attrs["settings"])
    )


def _work(settings: dict[str, Any]) -> int:
    """Leaves grown: what training, values and explanations cost."""
    default = BoostedTrees().num_leaves
    return int(settings["n_trees"] * settings.get("num_leaves", default) * len(settings["members"]))


def _mean_error(found: list[tuple[float, int]]) -> float:
    return float(np.average([error for error, _ in found], weights=[n for _, n in found]))


def _as_trial(boosting: dict[str, Any]) -> dict[str, Any]:
    """Settings of the parameter file in the words of the search; what they leave open is the models' default."""
    defaults = BoostedTrees().get_params()
    members = set(boosting.get("members", dict(defaults["members"])))
    blend = next((name for name, losses in _BLENDS.items() if set(losses) == members), "narrowing")
    searched = ("num_leaves", *_WHOLE, *_REAL)
    return {"blend": blend} | {name: boosting.get(name, defaults[name]) for name in searched}


def _suggested(trial: Any) -> dict[str, Any]:
    """Settings of a trial."""
    settings: dict[str, Any] = {"members": dict(_BLENDS[trial.suggest_categorical("blend", list(_BLENDS))])}
    settings["num_leaves"] = trial.suggest_categorical("num_leaves", list(_LEAVES))
    settings |= {name: trial.suggest_int(name, low, high, step=step) for name, (low, high, step) in _WHOLE.items()}
    return settings | {
        name: round(trial.suggest_float(name, low, high, log=True), digits)
        for name, (low, high, digits) in _REAL.items()
    }


def _coarse(settings: dict[str, Any]) -> dict[str, Any]:
    """Fewer trees at a higher rate: as a ranking of settings nearly the same, in a part of the time."""
    return {
        **settings,
        "n_trees": max(settings["n_trees"] // _COARSE, 1),
        "learning_rate": settings["learning_rate"] * _COARSE,
    }


def write_overrides(path: Path, found: dict[str, Any], jurisdiction: Jurisdiction) -> None:
    """Write what `tune` found into `<jurisdiction>.params.yaml`, keeping the other settings and their reasons."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    content = yaml.safe_load(before) or {}
    train = {**content.get("train", {}), "boosting": found["boosting"]}
    text = yaml.safe_dump({**content, "train": train}, sort_keys=False, allow_unicode=True)
    heading = (
        f"# Found by `valuation train --tune`, the best of {found['n_trials']} trials on {found['n_sales']} sales of\n"
        f"# {found['n_folds']} rolling-origin folds before {jurisdiction.holdout_from}.\n"
        f"# Mean absolute log error around a fold's median: {found['error']:.5f}; of the settings that stood\n"
        f"# here before: {found['first_error']:.5f} (one seed, fewer trees at a higher rate).\n"
        f"{_LAST_OF_HEADING}\n"
    )
    path.write_text(heading + _reasons(before) + text, encoding="utf-8")


def _reasons(before: str) -> str:
    """Comment lines of the file that a person wrote: all but the heading of an earlier search."""
    lines = before.splitlines()
    first = lines.index(_LAST_OF_HEADING) + 1 if _LAST_OF_HEADING in lines else 0
    return "".join(f"{line}\n" for line in lines[first:] if line.startswith("#"))
