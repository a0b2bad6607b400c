"""Does the promised coverage hold? Observed coverage, and the band that chance alone allows around the promise.

Two kinds of chance are told apart. With intervals taken as given, the number of covered sales is binomial. But the
intervals were themselves set on a sample of calibration sales, so the coverage they really have varies (it follows a
beta distribution, Vovk 2012), and the number of covered test sales is beta-binomial: a wider band.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

_BAND_LEVEL = 0.95
LARGE_ERROR = 0.20
"""Share of the price beyond which an error is called large: Norwegian practice quotes values within 20 percent."""

COLUMNS = (
    "group",
    "n_sales",
    "coverage",
    "share_below",
    "share_above",
    "n_calibration",
    "median_relative_width",
    "binomial_low",
    "binomial_high",
    "band_low",
    "band_high",
    "is_within_band",
)
"""Columns of a table of coverage by group."""


def relative_width(lower_value: ArrayLike, upper_value: ArrayLike, appraised_value: ArrayLike) -> NDArray[np.float64]:
    """Width of the interval over the value, 0.3 where it spans 30 % of it; NaN where one of them is missing.

    Parameters
    ----------
    lower_value, upper_value, appraised_value : array-like of float, shape (n_dwellings,)

    Examples
    --------
    >>> relative_width([90.0], [120.0], [100.0]).tolist()
    [0.3]
    """
    lower, upper, value = (np.asarray(part, dtype=float) for part in (lower_value, upper_value, appraised_value))
    return (upper - lower) / value


def binomial_band(n_test: int, coverage: float, *, level: float = _BAND_LEVEL) -> tuple[float, float]:
    """Central band of observed coverage on `n_test` sales when the true coverage is `coverage`.

    Parameters
    ----------
    n_test : int
        Test sales, at least 1.
    coverage : float
        True coverage, between 0 and 1.
    level : float, optional
        Share of test samples that fall into the band.

    Returns
    -------
    (float, float)
        Shares of sales.

    Examples
    --------
    >>> [round(edge, 3) for edge in binomial_band(1000, 0.90)]
    [0.881, 0.918]
    """
    tail = (1 - level) / 2
    # Here, not above: what serves values needs no law of chance, and scipy.stats is a third of what a worker loads.
    from scipy import stats

    law = stats.binom(n_test, coverage)
    return float(law.ppf(tail)) / n_test, float(law.ppf(1 - tail)) / n_test


def coverage_band(
    n_calibration: int, n_test: int, coverage: float, *, level: float = _BAND_LEVEL
) -> tuple[float, float]:
    """Central band of observed coverage on `n_test` sales for an interval set on `n_calibration` others.

    The interval reaches from one order statistic of the calibration scores to another; the share of new sales between
    them is Beta(k, n + 1 - k) for k gaps between, so the number covered is beta-binomial.

    Returns
    -------
    (float, float)
        Shares of sales.

    References
    ----------
    V. Vovk, Conditional validity of inductive conformal predictors, ACML 2012.

    Examples
    --------
    >>> [round(edge, 3) for edge in coverage_band(1000, 500, 0.90)]
    [0.866, 0.93]
    """
    gaps = covered_gaps(n_calibration, coverage)
    tail = (1 - level) / 2
    from scipy import stats

    law = stats.betabinom(n_test, gaps, n_calibration + 1 - gaps)
    return float(law.ppf(tail)) / n_test, float(law.ppf(1 - tail)) / n_test


def covered_gaps(n_calibration: int, coverage: float) -> int:
    """Number of the n + 1 gaps between ordered calibration scores that an interval of that coverage spans.

    Examples
    --------
    >>> covered_gaps(999, 0.90)
    900
    """
    lower, upper = order_statistics(n_calibration, coverage)
    return min(upper, n_calibration) - max(lower, 0) if lower >= 1 else n_calibration


def order_statistics(n_calibration: int, coverage: float) -> tuple[int, int]:
    """Ranks (from 1) of the calibration scores at which lower and upper bound stand.

    Each side leaves out at most (1 - coverage) / 2: the lower bound is the score of rank floor((n + 1)·alpha/2), the
    upper that of rank ceil((n + 1)·(1 - alpha/2)). Rank 0 or n + 1 means that there are too few sales for a bound.

    Examples
    --------
    >>> order_statistics(199, 0.90)
    (10, 190)
    >>> order_statistics(10, 0.90)
    (0, 11)
    """
    # Exact at whole numbers: 200 · 0.05 must be 10, not 10.000000000000002 rounded up or down.
    tail = round((n_calibration + 1) * (1 - coverage) / 2, 9)
    lower = int(np.floor(tail))
    return lower, n_calibration + 1 - lower


def effective_calibration_sales(range_group: ArrayLike, n_calibration: ArrayLike) -> float:
    """Calibration sales that would make the coverage of these sales as uncertain as their several groups do.

    The true coverage of a range set on n sales has a variance near c · (1 - c) / n. Sales whose ranges were set in
    several groups average these, by the share of the sales in each.

    Parameters
    ----------
    range_group : array-like of str, shape (n_sales,)
        In which group of calibration sales the interval of each sale was set.
    n_calibration : array-like of float, shape (n_sales,)
        How many calibration sales that group had; NaN where not known.

    Returns
    -------
    float
        NaN where one is not known.

    Examples
    --------
    >>> effective_calibration_sales(["a", "a", "b", "b"], [200, 200, 200, 200])
    400.0
    >>> effective_calibration_sales(["a", "a", "a", "a"], [200, 200, 200, 200])
    200.0
    """
    table = pd.DataFrame({"group": np.asarray(range_group, dtype=object), "n": np.asarray(n_calibration, dtype=float)})
    groups = table.groupby("group", dropna=False)["n"].agg(["size", "min"])
    if groups["min"].isna().any() or groups.empty:
        return float("nan")
    share = groups["size"] / groups["size"].sum()
    return float(round(1 / (share**2 / groups["min"]).sum(), 6))


def coverage_by_group(
    sale_price: ArrayLike,
    lower_value: ArrayLike,
    upper_value: ArrayLike,
    groups: pd.Series | ArrayLike,
    *,
    appraised_value: ArrayLike,
    coverage: float,
    n_calibration: ArrayLike | None = None,
    range_group: ArrayLike | None = None,
) -> pd.DataFrame:
    """Observed coverage of each group with the bands of chance.

    Parameters
    ----------
    sale_price, lower_value, upper_value : array-like of float, shape (n_sales,)
        Prices and intervals of the same sales at the same date; a sale without interval counts as not covered.
    groups : array-like of str, shape (n_sales,)
    appraised_value : array-like of float, shape (n_sales,)
        What the interval stands around.
    coverage : float
        What was promised.
    n_calibration : array-like of int, shape (n_sales,), optional
        Calibration sales behind each sale's interval, from which the beta-binomial band follows.
    range_group : array-like of str, shape (n_sales,), optional
        In which group of calibration sales each interval was set (see `effective_calibration_sales`); by default those
        of one `n_calibration` are one group.

    Returns
    -------
    DataFrame
        One row per group, sorted: `group, n_sales, coverage, share_below, share_above` (price below, above the
        interval), `binomial_low, binomial_high`, `band_low, band_high` (beta-binomial; NaN without `n_calibration`),
        `is_within_band` (binomial), `median_relative_width` (see `relative_width`).
    """
    price, lower, upper = (np.asarray(values, dtype=float) for values in (sale_price, lower_value, upper_value))
    table = pd.DataFrame(
        {
            "group": np.asarray(groups, dtype=object).astype(str),
            "covered": (price >= lower) & (price <= upper),
            "below": price < lower,
            "above": price > upper,
            "width": relative_width(lower, upper, appraised_value),
            "n_calibration": np.nan if n_calibration is None else np.asarray(n_calibration, dtype=float),
        }
    )
    table["range_group"] = table["n_calibration"] if range_group is None else np.asarray(range_group, dtype=object)
    summary = table.groupby("group", sort=True).agg(
        n_sales=("covered", "size"),
        coverage=("covered", "mean"),
        share_below=("below", "mean"),
        share_above=("above", "mean"),
        median_relative_width=("width", "median"),
    )
    summary["n_calibration"] = [
        effective_calibration_sales(part["range_group"], part["n_calibration"])
        for _, part in table.groupby("group", sort=True)
    ]
    chance = [
        _bands(int(n), found, coverage) for n, found in zip(summary["n_sales"], summary["n_calibration"], strict=True)
    ]
    summary[["binomial_low", "binomial_high", "band_low", "band_high"]] = np.array(chance).reshape(-1, 4)
    summary["is_within_band"] = summary["coverage"].between(summary["binomial_low"], summary["binomial_high"])
    return summary.reset_index()[list(COLUMNS)]


def _bands(n_test: int, n_calibration: float, coverage: float) -> tuple[float, float, float, float]:
    binomial = binomial_band(n_test, coverage)
    if not np.isfinite(n_calibration):
        return (*binomial, np.nan, np.nan)
    return (*binomial, *coverage_band(int(n_calibration), n_test, coverage))


def coverage_of_sales(sales: pd.DataFrame, groups: pd.Series, coverage: float) -> pd.DataFrame:
    """Coverage by group of valued sales, as `coverage_by_group` gives it.

    Parameters
    ----------
    sales : DataFrame
        One row is a sale with `sale_price, appraised_value, lower_value, upper_value`, and where it is known in which
        group of how many calibration sales its range was set, `range_group, range_sales`.
    groups : Series of str, shape (n_sales,)
    coverage : float
        What was promised.
    """
    return coverage_by_group(
        sales["sale_price"],
        sales["lower_value"],
        sales["upper_value"],
        groups,
        appraised_value=sales["appraised_value"],
        coverage=coverage,
        n_calibration=sales.get("range_sales"),
        range_group=sales.get("range_group"),
    )
