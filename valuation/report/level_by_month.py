"""Does the level hold after the last sale known? The median ratio month by month, and in words why it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.languages.spoken import say, written
from valuation.ratio_study.standards import OWN_GOALS
from valuation.ratio_study.statistics import median_interval_by_ranks
from valuation.report.words import limits

_Z_95 = 1.959964
MIN_SALES = 20
"""A month with fewer sales has no median worth printing."""


def level_by_month(values: pd.DataFrame) -> pd.DataFrame:
    """Return the median ratio of each month of the holdout.

    Parameters
    ----------
    values : DataFrame
        `holdout_values.parquet`.

    Returns
    -------
    DataFrame
        `month` (text), `n_sales`, `median_ratio`, and its 95 % interval by ranks, `median_ratio_lower` and
        `median_ratio_upper`.

    Examples
    --------
    >>> sales = pd.DataFrame(
    ...     {
    ...         "sale_date": pd.to_datetime(["2020-01-05"] * 21),
    ...         "sale_price": 100.0,
    ...         "appraised_value": np.arange(90.0, 111.0),
    ...     }
    ... )
    >>> [str(figure) for figure in level_by_month(sales).round(2).iloc[0]]
    ['2020-01', '21', '1.0', '0.96', '1.04']
    """
    valued = values[values["appraised_value"].notna()]
    ratio = (valued["appraised_value"] / valued["sale_price"]).to_numpy(float)
    month = valued["sale_date"].dt.strftime("%Y-%m").to_numpy(str)
    rows = []
    for name in np.unique(month):
        ordered = np.sort(ratio[month == name])
        if len(ordered) >= MIN_SALES:
            rows.append((name, len(ordered), float(np.median(ordered)), *median_interval_by_ranks(ordered, _Z_95)))
    return pd.DataFrame(rows, columns=["month", "n_sales", "median_ratio", "median_ratio_lower", "median_ratio_upper"])


def why_off_level(median_ratio: float, months: pd.DataFrame, holdout_from: str) -> str:
    """Return why the median ratio leaves its band, or nothing when it does not.

    Parameters
    ----------
    median_ratio : float
        Of the whole holdout.
    months : DataFrame
        As `level_by_month` returns it.
    holdout_from : str
        First day of the holdout.
    """
    goal = OWN_GOALS["median_ratio"]
    if months.empty or goal.holds(median_ratio):
        return ""
    first, last = months.iloc[0], months.iloc[-1]
    told = (
        "The median ratio is {ratio}, outside {goal}: it was {first} in {first_month} and {last} in {last_month}. Each "
        "value carries the level known before {day} forward to the day of the sale, and prices rose more than that "
        "forecast. No later sale may tell the models, and nothing was adjusted afterwards."
        if last["median_ratio"] < 1
        else "The median ratio is {ratio}, outside {goal}: it was {first} in {first_month} and {last} in {last_month}. "
        "Each value carries the level known before {day} forward to the day of the sale, and prices rose less than "
        "that forecast. No later sale may tell the models, and nothing was adjusted afterwards."
    )
    ratios = [written(f"{ratio:.3f}") for ratio in (median_ratio, first["median_ratio"], last["median_ratio"])]
    return say(
        told,
        ratio=ratios[0],
        goal=limits(goal),
        first=ratios[1],
        first_month=first["month"],
        last=ratios[2],
        last_month=last["month"],
        day=holdout_from,
    )
