"""How far are appraised values from sale prices, in the measures of the trade?

Each function takes values and prices of the same sales **by position** and returns one number; what is refused is said
in `amounts.py`. The measures of vertical equity stand in `vertical_equity.py` and are named here too, so that every
statistic of values and prices can be asked for in one place.

References
----------
IAAO, Standard on Ratio Studies (2013): level, COD, COV. Shares and errors in percent of the price are plain arithmetic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from valuation.ratio_study.amounts import Floats, checked, ratios, value_proxy
from valuation.ratio_study.vertical_equity import (
    VEI_MIN_SALES,
    PriceRelatedBias,
    VerticalEquity,
    ki,
    median_interval_by_ranks,
    mki,
    n_equity_groups,
    prb,
    prd,
    price_related_bias,
    vei,
    vei_significance,
    vertical_equity,
)

__all__ = [
    "VEI_MIN_SALES",
    "Floats",
    "PriceRelatedBias",
    "VerticalEquity",
    "checked",
    "cod",
    "cov",
    "ki",
    "mape",
    "mdape",
    "mean_ratio",
    "median_interval_by_ranks",
    "median_ratio",
    "mki",
    "n_equity_groups",
    "prb",
    "prd",
    "price_related_bias",
    "ratios",
    "share_above",
    "share_below",
    "share_within",
    "value_proxy",
    "vei",
    "vei_significance",
    "vertical_equity",
    "weighted_mean_ratio",
]


def median_ratio(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Median ratio: the level of the values; as many sales lie above as below.

    Examples
    --------
    >>> median_ratio([90, 100, 130], [100, 100, 100])
    1.0
    """
    return float(np.median(ratios(appraised_value, sale_price)))


def mean_ratio(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Mean ratio; pulled up by a few very high ratios.

    Examples
    --------
    >>> round(mean_ratio([90, 100, 130], [100, 100, 100]), 4)
    1.0667
    """
    return float(np.mean(ratios(appraised_value, sale_price)))


def weighted_mean_ratio(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Weighted mean ratio: all values over all prices, so that dear dwellings count most.

    Examples
    --------
    >>> weighted_mean_ratio([50, 400], [100, 400])
    0.9
    """
    values, prices = checked(appraised_value, sale_price)
    return float(values.sum() / prices.sum())


def cod(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Coefficient of dispersion: the mean absolute deviation of ratios from their median.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
        Values and prices of the same valid sales at the same date, in one currency, all above zero.

    Returns
    -------
    float
        In percent of the median ratio; 0 when every ratio is equal.

    Raises
    ------
    TooFewSales
        For fewer than two sales, where dispersion has no meaning.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), measures of variability.

    Examples
    --------
    >>> round(cod([90, 100, 110], [100, 100, 100]), 2)
    6.67
    """
    values, prices = checked(appraised_value, sale_price, at_least=2)
    ratio = values / prices
    middle = np.median(ratio)
    return float(100 * np.mean(np.abs(ratio - middle)) / middle)


def cov(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Coefficient of variation: the standard deviation of ratios in percent of their mean (n - 1 in the divisor).

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), measures of variability.

    Examples
    --------
    >>> round(cov([90, 100, 110], [100, 100, 100]), 6)
    10.0
    """
    values, prices = checked(appraised_value, sale_price, at_least=2)
    ratio = values / prices
    return float(100 * np.std(ratio, ddof=1) / np.mean(ratio))


def mape(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Mean absolute error in percent of the price.

    Examples
    --------
    >>> round(mape([90, 105, 100], [100, 100, 100]), 6)
    5.0
    """
    return float(100 * np.mean(np.abs(ratios(appraised_value, sale_price) - 1)))


def mdape(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Median absolute error in percent of the price.

    Examples
    --------
    >>> round(mdape([90, 105, 100], [100, 100, 100]), 6)
    5.0
    """
    return float(100 * np.median(np.abs(ratios(appraised_value, sale_price) - 1)))


def share_within(appraised_value: ArrayLike, sale_price: ArrayLike, tolerance_pct: float) -> float:
    """Share of sales whose value lies within `tolerance_pct` percent of the price, bounds included.

    Examples
    --------
    >>> share_within([90, 105, 121, 100], [100, 100, 100, 100], 10)
    0.75
    """
    # A value exactly ten percent off counts as within, also when binary fractions put it a hair outside.
    error = np.abs(ratios(appraised_value, sale_price) - 1)
    return float(np.mean(error <= tolerance_pct / 100 + 1e-12))


def share_above(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Share of sales valued above their price; a sale valued at its price counts one half.

    Examples
    --------
    >>> share_above([90, 105, 121, 100], [100, 100, 100, 100])
    0.625
    """
    ratio = ratios(appraised_value, sale_price)
    return float(np.mean(ratio > 1) + 0.5 * np.mean(ratio == 1))


def share_below(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Share of sales valued below their price; a sale valued at its price counts one half.

    Examples
    --------
    >>> share_below([90, 105, 121, 100], [100, 100, 100, 100])
    0.375
    """
    ratio = ratios(appraised_value, sale_price)
    return float(np.mean(ratio < 1) + 0.5 * np.mean(ratio == 1))
