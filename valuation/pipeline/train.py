"""What would each dwelling sell for? Fits three models on the valid sales before the holdout, and on folds of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuation.models.cross_fitted import cross_fitted_values
from valuation.models.grown_tree import rules_of
from valuation.models.rolling_origin import VALUES, rolling_origin_values
from valuation.models.value_models import ValueModels
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Stage, Workplace
from valuation.sales.holdout import counts_in_a_test
from valuation.sales.time_adjustment import TimeIndex


def run(work: Workplace) -> None:
    """Fit, value the folds and every sale out of parts, write `train/`."""
    sales = work.read_table("sales.parquet")
    before = sales[~sales["is_holdout"]].reset_index(drop=True)
    known = before[before["is_valid_sale"]].reset_index(drop=True)
    tested = before[counts_in_a_test(before)].reset_index(drop=True)
    work.say(f"learning from {len(known)} valid sales before {work.jurisdiction.holdout_from}")
    index = TimeIndex.fit(known, work.jurisdiction, work.params.adjust)
    models = ValueModels.fit(known, index, work.jurisdiction, work.params.train, progress=work.progress)
    values, features = rolling_origin_values(
        tested, work.jurisdiction, with_landmarks_of(models, work.params), progress=work.progress
    )
    within, within_features = cross_fitted_values(models, known, progress=work.progress)
    with work.written_aside("train/models") as folder:
        models.save(folder)
    work.write_table(values, "train/rolling_origin.parquet")
    work.write_table(
        pd.concat([values[["fold", "sale_id"]], features], axis=1), "train/rolling_origin_features.parquet"
    )
    work.write_table(within, "train/cross_fitted.parquet")
    work.write_table(pd.concat([within[["sale_id"]], within_features], axis=1), "train/cross_fitted_features.parquet")
    summary = _summary(models, values, len(known))
    work.write_json(summary, "train/summary.json")
    work.write_text("\n".join(rules_of(models.tree_, models.tree_columns_)) + "\n", "train/tree.txt")
    work.say(_sentence(summary))


def with_landmarks_of(models: ValueModels, params: Params) -> Params:
    """Return the settings by which folds get as many landmarks as the models of all sales, however few sales they know.

    Ranges and predicted errors are learned on the features of folds and asked with those of the models: one landmark
    more or less would make other columns of them.
    """
    settled = {"landmarks": len(models.maker_.landmarks_), "landmark_sales": 1}
    train = params.train.model_copy(update={"neighbours": params.train.neighbours | settled})
    return params.model_copy(update={"train": train})


def _summary(models: ValueModels, values: pd.DataFrame, n_sales: int) -> dict[str, Any]:
    return {
        "n_sales": n_sales,
        "n_features": len(models.features_),
        "features": [
            {"name": item.name, "owner": item.owner, "direction": item.direction} for item in models.features_
        ],
        "boosters": [{"trees": booster.num_trees(), "weight": weight} for booster, weight in models.boosters],
        "tree": {"leaves": int((models.tree_.left_ < 0).sum()), "tried": models.tree_sizes_},
        "rolling_origin": {name: error_figures(values[name], values["sale_price"]) for name in VALUES},
        "rolling_origin_by_fold": {
            str(fold): {name: error_figures(rows[name], rows["sale_price"]) for name in VALUES}
            for fold, rows in values.groupby("fold")
        },
    }


def error_figures(value: pd.Series, price: pd.Series) -> dict[str, float]:
    """Count, median ratio, median and mean absolute error in percent, and COD, of values against prices."""
    ratio = value.to_numpy(np.float64) / price.to_numpy(np.float64)
    ratio = ratio[np.isfinite(ratio)]
    if not len(ratio):
        return {"n": 0}
    middle = float(np.median(ratio))
    error = 100 * np.abs(ratio - 1)
    return {
        "n": len(ratio),
        "median_ratio": middle,
        "mdape_pct": float(np.median(error)),
        "mape_pct": float(error.mean()),
        "cod": 100 * float(np.abs(ratio - middle).mean()) / middle,
    }


def _sentence(summary: dict[str, Any]) -> str:
    boosted, baseline = (summary["rolling_origin"][name] for name in ("appraised_value", "baseline_value"))
    return (
        f"on {boosted.get('n', 0)} sales of later folds the boosted model is {boosted.get('mdape_pct', 0):.2f} % off "
        f"(median), the standard prices {baseline.get('mdape_pct', 0):.2f} %"
    )


STAGE = Stage(
    name="train",
    question="What would each dwelling sell for? Fits the three models and values folds of later sales with them.",
    reads=("sales.parquet",),
    writes=("train",),
    run=run,
    params=("adjust", "train"),
)
