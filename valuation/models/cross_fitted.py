"""What would a model say of each sale, had it never seen that dwelling? Values out of parts, not out of time.

The folds of `rolling_origin.py` test fewer than half of the sales, each far ahead of what its models knew. These values
test every sale, with the market level known: they say nothing of how sure a value is, but much about *which* dwellings
are hard to value, and there are twice as many of them (docs/experiments.md, "Which values are wrong").
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.models.side_by_side import side_by_side
from valuation.models.value_models import ValueModels
from valuation.progress import Progress

_PARTS = 5
_ROUNDS = 300
_PARAMETERS: dict[str, Any] = {
    "objective": "regression",
    "num_leaves": 31,
    "learning_rate": 0.06,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


def part_of(dwelling_id: pd.Series, n_parts: int) -> NDArray[np.int64]:
    """Part of each dwelling: the same for all its sales, whatever else is in the table.

    Examples
    --------
    >>> part_of(pd.Series(["a", "b", "a"]), 5).tolist()
    [2, 1, 2]
    """
    codes, levels = pd.factorize(dwelling_id.astype(str))
    return np.array([zlib.crc32(level.encode()) % n_parts for level in levels], dtype=np.int64)[codes]


def cross_fitted_values(
    models: ValueModels, sales: pd.DataFrame, *, progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Value every training sale at its own date by models that have not seen its dwelling.

    Parameters
    ----------
    models : ValueModels
        Fitted on these sales: the features and the index are theirs, the values are not.
    sales : DataFrame
        `sale_id, dwelling_id, market_price, market_date`, the characteristics, `x_m, y_m`.
    progress : Progress, optional

    Returns
    -------
    values : DataFrame
        `sale_id, dwelling_id, sale_date, sale_price, appraised_value, log_index`, sorted by `sale_id`; the logarithm
        of the index at the sale's date against the valuation date.
    features : DataFrame
        What each was valued with, in the same order.
    """
    told = progress or Progress()
    sales = sales.sort_values("sale_id", kind="stable").drop_duplicates("sale_id").reset_index(drop=True)
    features = models.features_of(sales, sales["market_date"])
    matrix = features.to_numpy(np.float64)
    log_index = models.log_index(sales, sales["market_date"])
    log_price = np.log(sales["market_price"].to_numpy(np.float64)) - log_index
    part, log_value = part_of(sales["dwelling_id"], _PARTS), np.full(len(sales), np.nan)

    import lightgbm as lgb  # not above: what serves values grows no tree

    def said_of(held_out: int) -> NDArray[np.float64] | None:
        known = part != held_out
        if known.all() or not known.any():
            return None
        booster = lgb.train(_PARAMETERS, lgb.Dataset(matrix[known], label=log_price[known]), _ROUNDS)
        return np.asarray(booster.predict(matrix[~known], num_threads=1))

    for held_out, said in enumerate(side_by_side(said_of, range(_PARTS))):
        if said is not None:
            log_value[part == held_out] = said
        told("cross-fitted values", held_out + 1, _PARTS)
    values = pd.DataFrame(
        {
            "sale_id": sales["sale_id"],
            "dwelling_id": sales["dwelling_id"],
            "sale_date": sales["market_date"],
            "sale_price": sales["market_price"],
            "appraised_value": np.exp(log_value + log_index),
            "log_index": log_index,
        }
    )
    return values, features
