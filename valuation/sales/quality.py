"""What part of a price is due to the dwelling, not to the time of its sale?

A price index of dwellings must compare like with like: more villas sold in June do not make June dear. A small boosted
model of log price on the characteristics and the place, without time, says what a dwelling is worth in the average
month; what is left of the price carries the time. Each sale is judged by a model that has not seen it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import Characteristic
from valuation.jurisdictions.jurisdiction import Jurisdiction

_PARTS = 3
_ROUNDS = 120
# A street or a building is too fine for a quick model; its quality is averaged out over the months.
_MAX_LEVELS = 200
_PARAMETERS = {
    "objective": "regression",
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "cat_smooth": 20.0,
    "max_cat_threshold": 64,
    "feature_fraction": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    # One thread: the model is small, and threads that wait for a busy machine cost more than they bring.
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


def quality_table(sales: pd.DataFrame, jurisdiction: Jurisdiction) -> tuple[pd.DataFrame, list[str]]:
    """Characteristics and place as numbers, and which of the columns are codes of levels.

    A fact that registers hold only since a day within the sales is left out. Row order is kept; a level's code is its
    rank in the alphabet, so it does not depend on row order.
    """
    dictionary = jurisdiction.characteristics
    chosen = {*dictionary.features(), dictionary.with_role("dwelling_type"), dictionary.with_role("market_area")}
    columns: dict[str, np.ndarray] = {}
    coded = []
    for name in [name for name in dictionary if name in chosen and name in sales.columns]:
        if _tells_the_time(dictionary[name], sales):
            continue
        if dictionary[name].is_categorical:
            codes, levels = pd.factorize(sales[name].astype("string"), sort=True)
            if len(levels) <= _MAX_LEVELS or dictionary[name].role == "market_area":
                columns[name] = codes.astype(float)
                coded.append(name)
        else:
            columns[name] = pd.to_numeric(sales[name]).astype(float).to_numpy(dtype=float, na_value=np.nan)
    for name in ("x_m", "y_m"):
        if name in sales.columns:
            columns[name] = sales[name].to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(columns, index=sales.index), coded


def _tells_the_time(item: Characteristic, sales: pd.DataFrame) -> bool:
    """Return whether a fact is missing because a sale is old: what it explains would be the movement of prices."""
    return item.known_since is not None and bool(pd.Timestamp(item.known_since) > sales["market_date"].min())


def log_quality(table: pd.DataFrame, coded: list[str], log_price: np.ndarray) -> np.ndarray:
    """Log price expected from the characteristics alone, each sale by a model of the other parts.

    Parameters
    ----------
    table : DataFrame
        From `quality_table`, sorted by sale_id: parts are dealt by row.
    coded : list of str
        Columns that hold codes of levels.
    log_price : ndarray of float, shape (n_sales,)
        Log market price, less what is already known of the index.
    """
    import lightgbm as lgb  # not above: what serves values grows no tree

    part = np.arange(len(table)) % _PARTS
    expected = np.empty(len(table))
    for held_out in range(_PARTS):
        known = part != held_out
        data = lgb.Dataset(table[known], label=log_price[known], categorical_feature=coded, free_raw_data=True)
        booster = lgb.train(_PARAMETERS, data, num_boost_round=_ROUNDS)
        expected[~known] = np.asarray(booster.predict(table[~known], num_threads=1))
    return expected
