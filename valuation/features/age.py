"""How old is a dwelling, and how long ago was it renovated, on the day it is valued?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import DataDictionary
from valuation.dwellings.facts import Facts

Floats = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


def day_numbers(dates: Any, n_rows: int) -> Floats:
    """Days since 1970-01-01 of one date for all rows, or of one date per row.

    Parameters
    ----------
    dates : date, Timestamp, text in ISO 8601, or array-like of these, shape (n_rows,)
    n_rows : int

    Examples
    --------
    >>> day_numbers("1970-01-11", 2)
    array([10., 10.])
    """
    is_days = isinstance(dates, np.ndarray) and dates.dtype == "datetime64[D]"
    stamps = dates if is_days else np.asarray(pd.to_datetime(dates), dtype="datetime64[us]")
    days = np.atleast_1d(stamps).astype("datetime64[D]").astype(np.float64)
    return np.array(np.broadcast_to(days, (n_rows,)))


def calendar_years(days: Floats) -> Floats:
    """Calendar year with its fraction of `days` since 1970-01-01."""
    return np.asarray(1970.0 + days / DAYS_PER_YEAR, dtype=np.float64)


def age_features(dwellings: pd.DataFrame | Facts, dictionary: DataDictionary, days: Floats) -> dict[str, Floats]:
    """Age and time since renovation at `days`, as far as the dictionary has the years they need.

    A renovation later than the day of valuation is not known on it and counts as none.

    Returns
    -------
    dict of str to array of float, shape (n_dwellings,)
        `age_years`, `months_since_renovation` (NaN: never), `years_since_work` (building or renovation).
    """
    built_name = dictionary.with_role("built_year")
    if built_name is None:
        return {}
    facts = Facts.of(dwellings)
    now = calendar_years(days)
    age = now - facts.number(built_name)
    features = {"age_years": age}
    renovated_name = dictionary.with_role("renovated_year")
    if renovated_name is not None:
        since = now - facts.number(renovated_name)
        since = np.where(since < 0, np.nan, since)
        features["months_since_renovation"] = 12 * since
        features["years_since_work"] = np.fmin(age, since)
    return features
