"""Which sales may a model know, and which are kept to test it on?

The test is the use: in use, every sale a model knows is older than the day it values at. So the holdout is the newest
sales, and whatever is chosen inside the training period is chosen on rolling-origin folds, each of which is tested on
sales later than all it was trained on.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from valuation.errors import TooFewSales

_DAYS_PER_MONTH = 365.2425 / 12

# The first fold needs something to be trained on: three tenths of the period. With less, folds are left out.
_MIN_TRAINING_SHARE = 0.3
_MIN_FOLDS = 2


def is_holdout(dates: ArrayLike | pd.Series[Any], holdout_from: date | datetime | str) -> np.ndarray:
    """Whether a sale belongs to the holdout: its market date is `holdout_from` or later.

    Parameters
    ----------
    dates : array-like of datetime64, shape (n_sales,)
        Market dates.
    holdout_from : date
        First day of the holdout.

    Returns
    -------
    ndarray of bool, shape (n_sales,)

    Examples
    --------
    >>> is_holdout(["2015-02-28", "2015-03-01"], "2015-03-01").tolist()
    [False, True]
    """
    return np.asarray(pd.to_datetime(np.asarray(dates)) >= pd.Timestamp(holdout_from))


def counts_in_a_test(sales: pd.DataFrame) -> np.ndarray:
    """Whether a sale may test a value: unless a fact of the deed or a person says that it was no free sale.

    Rules that look at the price take a sale out of training, never out of a test: what is learned from tests (ranges,
    settings) must meet the same sales as the holdout, where they take none out.

    Parameters
    ----------
    sales : DataFrame
        `is_valid_sale`, and where screening wrote them `exclusion_codes` and `price_codes`.

    Returns
    -------
    ndarray of bool, shape (n_sales,)

    Examples
    --------
    >>> counts_in_a_test(
    ...     pd.DataFrame(
    ...         {
    ...             "is_valid_sale": [True, False, False],
    ...             "exclusion_codes": ["", "price_outlier", "price_outlier|related"],
    ...             "price_codes": ["", "price_outlier", "price_outlier"],
    ...         }
    ...     )
    ... ).tolist()
    [True, True, False]
    """
    valid = sales["is_valid_sale"].to_numpy(dtype=bool)
    if "price_codes" not in sales:
        return valid
    pairs = zip(sales["exclusion_codes"].fillna(""), sales["price_codes"].fillna(""), strict=True)
    only_priced_out = [set(codes.split("|")) <= set(priced.split("|")) for codes, priced in pairs]
    return valid | np.array(only_priced_out, dtype=bool)


def rolling_origin_folds(
    dates: ArrayLike | pd.Series[Any], n_folds: int, fold_months: float, holdout_from: date | datetime | str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of training and test sales, each test later than its training and all before the holdout.

    The test windows follow one another without a gap and end at `holdout_from`. Where the period is too short for all
    of them, the oldest are left out until three tenths of the period lie before the first; where not even two fit, two
    shorter ones are made.

    Parameters
    ----------
    dates : array-like of datetime64, shape (n_sales,)
        Market dates; holdout sales may be among them and are in no mask.
    n_folds : int
        Folds asked for.
    fold_months : float
        Length of a test window.
    holdout_from : date
        First day of the holdout.

    Returns
    -------
    list of (ndarray of bool, ndarray of bool)
        Training mask and test mask, oldest fold first. Windows without sales are left out.

    Raises
    ------
    TooFewSales
        When no two dates lie before the holdout.

    Examples
    --------
    >>> months = pd.date_range("2014-01-01", periods=14, freq="MS")
    >>> [(train.sum().item(), test.sum().item()) for train, test in rolling_origin_folds(months, 4, 2, "2015-01-01")]
    [(4, 2), (6, 2), (8, 2), (10, 2)]
    """
    days = pd.to_datetime(np.asarray(dates))
    end = pd.Timestamp(holdout_from)
    origins = _origins(days, n_folds, fold_months, end)
    folds = []
    for start, stop in pairwise(origins):
        train, test = np.asarray(days < start), np.asarray((days >= start) & (days < stop))
        if train.any() and test.any():
            folds.append((train, test))
    return folds


def _origins(days: pd.DatetimeIndex, n_folds: int, fold_months: float, end: pd.Timestamp) -> list[pd.Timestamp]:
    """First days of the test windows, oldest first, then the end of the last."""
    known = days[days < end]
    if len(known) == 0 or known.min() == known.max():
        raise TooFewSales(
            f"{len(known)} sales with {known.nunique()} dates lie before {end.date()}",
            expected="sales on several dates before the holdout",
            remedy="move holdout_from in the jurisdiction file, or give older sales",
        )
    first = known.min()
    earliest = first + (end - first) * _MIN_TRAINING_SHARE
    fitting = [k for k in range(1, n_folds + 1) if _months_before(end, k * fold_months) >= earliest]
    if len(fitting) >= min(_MIN_FOLDS, n_folds):
        return [_months_before(end, k * fold_months) for k in reversed([0, *fitting])]
    window = (end - earliest) / _MIN_FOLDS
    return [(end - k * window).normalize() for k in range(_MIN_FOLDS, 0, -1)] + [end]


def _months_before(end: pd.Timestamp, months: float) -> pd.Timestamp:
    """`months` before `end`: whole calendar months, then the rest in days."""
    whole = int(months)
    rest = pd.Timedelta(days=round((months - whole) * _DAYS_PER_MONTH))
    return end - pd.DateOffset(months=whole) - rest
