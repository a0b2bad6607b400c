"""How far off would the models have been, had they been used before? Folds, each valued by models of earlier sales.

Intervals, settings and blends are learned from these values, never from the holdout.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.side_by_side import side_by_side
from valuation.models.value_models import ValueModels
from valuation.pipeline.params import Params
from valuation.progress import Progress
from valuation.sales.holdout import rolling_origin_folds
from valuation.sales.time_adjustment import TimeIndex

VALUES = ("appraised_value", "baseline_value", "tree_value")
_DAYS_PER_MONTH = 365.25 / 12


def rolling_origin_values(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: Params, *, progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Value each fold's sales at their own dates with models that know only sales before the fold.

    Parameters
    ----------
    sales : DataFrame
        Sales with `market_price, market_date`; holdout sales among them are in no fold. Where there is a column
        `is_valid_sale`, models learn from the valid ones alone, and are tested on all.
    jurisdiction : Jurisdiction
    params : Params
        `train.n_folds`, `train.fold_months` and everything the models and the index are made with.

    Returns
    -------
    values : DataFrame
        One row a sale of a fold: `fold, sale_id, dwelling_id, sale_date, sale_price` (market price and date),
        `appraised_value, baseline_value, tree_value`, market area and type; sorted by `sale_id`.
    features : DataFrame
        The features each was valued with, in the same order.
    """
    told = progress or Progress()
    sales = sales.sort_values("sale_id", kind="stable").drop_duplicates("sale_id").reset_index(drop=True)
    sales = sales[sales["market_date"] < pd.Timestamp(jurisdiction.holdout_from)].reset_index(drop=True)
    folds = folds_of(sales, jurisdiction, params)
    values, features = [], []

    def valued(fold: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> tuple[pd.DataFrame, pd.DataFrame]:
        earlier, later = fold
        return _fold(valid_of(sales[earlier]), sales[later], jurisdiction, params)

    for number, (fold_values, fold_features) in enumerate(side_by_side(valued, folds), start=1):
        fold_values.insert(0, "fold", number)
        values.append(fold_values)
        features.append(fold_features)
        told("rolling-origin folds", number, len(folds))
    order = pd.concat(values)["sale_id"].argsort(kind="stable")
    return (
        pd.concat(values).iloc[order].reset_index(drop=True),
        pd.concat(features).iloc[order].reset_index(drop=True),
    )


def valid_of(sales: pd.DataFrame) -> pd.DataFrame:
    """Return the sales that may teach: the valid ones, or all where nobody has screened them."""
    return sales[sales["is_valid_sale"].to_numpy(dtype=bool)] if "is_valid_sale" in sales else sales


def folds_of(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: Params
) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Masks of earlier and later sales of each rolling-origin fold, oldest fold first.

    Raises
    ------
    WrongUse
        When more folds are asked for than months of sales lie before the holdout.
    """
    dates = sales["market_date"]
    n_months = dates[dates < pd.Timestamp(jurisdiction.holdout_from)].dt.to_period("M").nunique()
    if params.train.n_folds > max(n_months, 2):
        raise WrongUse(
            f"train.n_folds is {params.train.n_folds}, and {n_months} months of sales lie before the holdout",
            expected=f"from 2 to {max(n_months, 2)} folds",
            remedy="lower n_folds in the parameter file; the default is 4",
        )
    return rolling_origin_folds(
        dates, params.train.n_folds, fold_months(jurisdiction, params), jurisdiction.holdout_from
    )


def fold_months(jurisdiction: Jurisdiction, params: Params) -> float:
    """Return how long the test window of a fold is: as set, or as far ahead as the models must reach in use.

    An error grows with the time since the last sale known; ranges set on shorter folds than the models are used for
    would be too narrow at the valuation date.
    """
    if params.train.fold_months is not None:
        return params.train.fold_months
    return (jurisdiction.valuation_date - jurisdiction.holdout_from).days / _DAYS_PER_MONTH


def _fold(
    earlier: pd.DataFrame, later: pd.DataFrame, jurisdiction: Jurisdiction, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame]:
    index = TimeIndex.fit(earlier, jurisdiction, params.adjust, known_until=later["market_date"].min())
    models = ValueModels.fit(earlier, index, jurisdiction, params.train, light=True)
    features = models.features_of(later, later["market_date"])
    valued = models.value(later, later["market_date"], features=features)
    dictionary = jurisdiction.characteristics
    strata = [name for role in ("market_area", "dwelling_type", "tenure") if (name := dictionary.with_role(role))]
    table = pd.DataFrame(
        {
            "sale_id": later["sale_id"],
            "dwelling_id": later["dwelling_id"],
            "sale_date": later["market_date"],
            "sale_price": later["market_price"],
        }
    )
    return table.join(valued[list(VALUES)]).join(later[strata]), features
