"""What is usual here, for the flags?

Widths of intervals by type, the general change since the last valuation, and how much values hang on each fact.
Learned once and stored in the bundle: were they taken from the rows at hand, a dwelling would be flagged in one batch
and not in another.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.flags.seen import SeenDomain, prior_log_change_of, typical_widths_of
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.value_models import ValueModels
from valuation.pipeline.stage import Workplace
from valuation.uncertainty.intervals import IntervalModel


def seen_domain(work: Workplace, learned_from: pd.DataFrame) -> SeenDomain:
    """Return what the model has seen, with what is usual.

    Parameters
    ----------
    work : Workplace
        With `train/`, `intervals/` and `roll.parquet`.
    learned_from : DataFrame
        The valid sales before the holdout.
    """
    # One row is a sale valued by models of earlier sales only; features in the same order.
    rolling = work.read_table("train/rolling_origin.parquet")
    features = work.read_table("train/rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    ranges = IntervalModel.load(work.out / "intervals").interval(rolling, features, rolling)
    values = rolling[["appraised_value"]].join(ranges)
    kind = str(work.jurisdiction.characteristics.with_role("dwelling_type"))
    models = ValueModels.load(work.out / "train" / "models")
    return SeenDomain.fit(
        learned_from,
        work.jurisdiction,
        typical_widths=typical_widths_of(values, rolling[kind]),
        prior_log_change=prior_log_change_of(learned_from, work.read_table("roll.parquet")),
        weights=weights_of(models, learned_from, work.jurisdiction, seed=work.params.train.seed),
        least_weight=work.params.flags.least_weight,
        unlike_share=work.params.flags.unlike_sales_share,
        lonely_share=work.params.flags.lonely_sales_share,
    )


def weights_of(
    models: ValueModels, sales: pd.DataFrame, jurisdiction: Jurisdiction, *, seed: int, n_sales: int = 400
) -> dict[str, float]:
    """Return how much values hang on each fact: what it does to them when the fact is not known.

    A required fact is left out: without it there is no value, so it always weighs.

    Parameters
    ----------
    models : ValueModels
    sales : DataFrame
        One row is a sale: the characteristics, `x_m, y_m`.
    jurisdiction : Jurisdiction
    seed : int
        Draws the sales that are valued.
    n_sales : int
        So many, or all there are.

    Returns
    -------
    dict of float
        By characteristic that models use and at least ten of these sales have: the 95th percentile of the share by
        which the value moves.
    """
    ordered = sales.sort_values("sale_id", ignore_index=True)
    n = min(n_sales, len(ordered))
    chosen = np.sort(np.random.default_rng(seed).choice(len(ordered), n, replace=False))
    sample = ordered.iloc[chosen].reset_index(drop=True)
    day = jurisdiction.valuation_date
    told = models.value(sample, day)["log_value"].to_numpy()
    weights = {}
    for name, item in jurisdiction.characteristics.items():
        known = sample[name].notna().to_numpy(dtype=bool)
        if item.required or not item.is_feature or known.sum() < 10:
            continue
        nothing = pd.Series([None] * n, dtype="str") if item.is_categorical else np.full(n, np.nan)
        without = models.value(sample.assign(**{name: nothing}), day)["log_value"].to_numpy()
        weights[name] = float(np.quantile(np.expm1(np.abs(without - told)[known]), 0.95))
    return weights
