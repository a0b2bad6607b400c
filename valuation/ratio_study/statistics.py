"""How far are appraised values from sale prices, in the measures of the trade?

Each function takes values and prices of the same sales **by position** and returns one number. Labels are dropped on
the way in: two tables whose rows carry different labels are never quietly rearranged against each other. A missing,
infinite, zero or negative figure is refused, not skipped: whoever leaves sales out does so where it can be seen.

References
----------
IAAO, Standard on Ratio Studies (2013): level, COD, PRD, PRB, COV. IAAO, Standard on Ratio Studies, exposure drafts of
2025 and 2026: VEI. Quintos, "A Gini measure for vertical equity in property assessments", Journal of Property Tax
Assessment & Administration 17 (2020): MKI.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from valuation.errors import TooFewSales, WrongUse

Floats = NDArray[np.float64]

VEI_MIN_SALES = 20
"""Sales below which the drafts give no vertical equity indicator."""


def checked(appraised_value: ArrayLike, sale_price: ArrayLike, *, at_least: int = 1) -> tuple[Floats, Floats]:
    """Return values and prices as positional arrays that a ratio may be taken of.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    at_least : int
        Sales the statistic needs.

    Raises
    ------
    TooFewSales
        For fewer than `at_least` sales.
    WrongUse
        For arrays of different length or shape, or a figure that is missing, infinite, zero or negative.
    """
    values, prices = np.asarray(appraised_value, dtype=float), np.asarray(sale_price, dtype=float)
    if values.ndim != 1 or values.shape != prices.shape:
        raise WrongUse(
            f"values of shape {values.shape} stand against prices of shape {prices.shape}",
            expected="one value and one price for each sale",
        )
    _check_positive("appraised_value", values)
    _check_positive("sale_price", prices)
    if values.size < at_least:
        raise TooFewSales(
            f"{values.size} sales",
            expected=f"at least {at_least}",
            remedy="study a larger group, or say: too few sales",
        )
    return values, prices


def _check_positive(name: str, figures: Floats) -> None:
    wrong = ~(np.isfinite(figures) & (figures > 0))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise WrongUse(
            f"{name}: {wrong.sum()} of {figures.size} are no amount above zero (first at {place}: {figures[place]})",
            expected="finite amounts above zero",
            remedy="leave these sales out where it is seen, and count them",
        )


def ratios(appraised_value: ArrayLike, sale_price: ArrayLike) -> Floats:
    """Ratio of each sale: its appraised value over its price.

    Examples
    --------
    >>> ratios([90, 110], [100, 100]).tolist()
    [0.9, 1.1]
    """
    values, prices = checked(appraised_value, sale_price)
    return values / prices


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


def prd(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Price-related differential: mean ratio over weighted mean ratio; above 1, dear dwellings are valued lower.

    Noise in prices alone raises it: 20 percent of noise gives about 1.04 for perfect values.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), vertical inequities.

    Examples
    --------
    >>> round(prd([60, 360], [50, 400]), 4)
    1.125
    """
    values, prices = checked(appraised_value, sale_price, at_least=2)
    return float(np.mean(values / prices) * prices.sum() / values.sum())


def value_proxy(appraised_value: ArrayLike, sale_price: ArrayLike) -> Floats:
    """Half the price and half the value brought to the level of prices: what groups of price level are cut by.

    A group cut by price alone holds the sales whose price was by chance high or low, and looks unfair when it is not.

    Examples
    --------
    >>> value_proxy([90, 100, 110], [100, 100, 100]).tolist()
    [95.0, 100.0, 105.0]
    """
    values, prices = checked(appraised_value, sale_price)
    return 0.5 * prices + 0.5 * values / np.median(values / prices)


def prb(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Price-related bias: by what share the ratio rises when the dwelling is worth twice as much.

    The **slope** of (ratio - median ratio) / median ratio on the base-2 logarithm of the value proxy.

    Returns
    -------
    float
        A share: -0.05 says the ratio falls by 5 percent for each doubling (regressive).

    Raises
    ------
    TooFewSales
        For fewer than three sales.
    WrongUse
        When all dwellings are worth the same, so that there is no slope.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), vertical inequities, coefficient of price-related bias.

    Examples
    --------
    >>> round(prb([110, 200, 360], [100, 200, 400]), 4)
    -0.1078
    """
    values, prices = checked(appraised_value, sale_price, at_least=3)
    ratio = values / prices
    middle = np.median(ratio)
    doublings = np.log2(0.5 * prices + 0.5 * values / middle)
    distance = doublings - doublings.mean()
    spread = float(np.sum(distance**2))
    if spread <= 1e-18 * values.size:
        raise WrongUse("all dwellings are worth the same", expected="dwellings of different value to take a slope over")
    return float(np.sum(distance * (ratio - middle) / middle) / spread)


def _concentration(amounts: Floats, prices: Floats) -> float:
    # Equal prices share their mean rank: the answer must not hang on the order of the rows.
    rank = rankdata(prices, method="average")
    n = amounts.size
    return float(2 * np.sum(rank * amounts) / (n * np.sum(amounts)) - (n + 1) / n)


def ki(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Kakwani index: Gini of values less Gini of prices, both in the order of prices; below 0 is regressive.

    Examples
    --------
    >>> round(ki([150, 250], [100, 300]), 4)
    -0.125
    """
    values, prices = checked(appraised_value, sale_price, at_least=2)
    return _concentration(values, prices) - _concentration(prices, prices)


def mki(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Modified Kakwani index: Gini of values over Gini of prices, both in the order of prices; below 1 is regressive.

    Raises
    ------
    TooFewSales
        For fewer than two sales.
    WrongUse
        When all prices are equal, so that their Gini is zero.

    References
    ----------
    Quintos (2020), see the module.

    Examples
    --------
    >>> round(mki([150, 250], [100, 300]), 4)
    0.5
    """
    values, prices = checked(appraised_value, sale_price, at_least=2)
    of_prices = _concentration(prices, prices)
    if of_prices <= 1e-12:
        raise WrongUse("all prices are equal", expected="different prices: the Gini of equal prices is zero")
    return _concentration(values, prices) / of_prices


@dataclass(frozen=True)
class VerticalEquity:
    """The vertical equity indicator with what it is made of."""

    vei: float
    """Median ratio of the dearest group less that of the cheapest, in percent of the overall median ratio."""
    significance: float
    """Gap between the 90 percent intervals of the groups with the highest and lowest median ratio, in percent of the
    overall median ratio; at most 0 when they overlap, and then a `vei` outside its limits is not established."""
    group_medians: tuple[float, ...]
    """Median ratio of each group, cheapest first."""
    group_sizes: tuple[int, ...]


def n_equity_groups(n_sales: int) -> int:
    """Groups the vertical equity indicator cuts `n_sales` into: 2 up to 50 sales, 4 up to 500, then 10.

    Examples
    --------
    >>> [n_equity_groups(n) for n in (20, 50, 51, 500, 501)]
    [2, 2, 4, 4, 10]
    """
    if n_sales < VEI_MIN_SALES:
        raise TooFewSales(f"{n_sales} sales", expected=f"at least {VEI_MIN_SALES} for the vertical equity indicator")
    if n_sales <= 50:
        return 2
    return 4 if n_sales <= 500 else 10


def median_interval_by_ranks(ratio: Floats, z: float = 1.6448536269514722) -> tuple[float, float]:
    """Interval of a median from the ranks of the sorted ratios, without a belief about their distribution.

    Parameters
    ----------
    ratio : ndarray, shape (n_sales,)
    z : float
        Normal quantile; by default that of 90 percent.

    References
    ----------
    IAAO, Standard on Ratio Studies, exposure draft, appendix on the vertical equity indicator.

    Examples
    --------
    >>> median_interval_by_ranks(np.arange(1.0, 15.0))
    (4.0, 11.0)
    """
    n = ratio.size
    half = z * np.sqrt(n) / 2
    ordered = np.sort(ratio)
    lower = min(max(int(np.ceil(n / 2 - half)), 1), n)
    upper = min(max(int(np.floor(1 + n / 2 + half)), 1), n)
    return float(ordered[lower - 1]), float(ordered[upper - 1])


def vertical_equity(appraised_value: ArrayLike, sale_price: ArrayLike) -> VerticalEquity:
    """Vertical equity indicator with its significance.

    Groups are cut at the quantiles of type 7 of the value proxy; a sale on a cut belongs to the cheaper group. Other
    rules of grouping move the figure by some points on small samples.

    Raises
    ------
    TooFewSales
        For fewer than 20 sales.

    References
    ----------
    IAAO, Standard on Ratio Studies, exposure drafts of 2025 and 2026, vertical equity indicator.
    """
    values, prices = checked(appraised_value, sale_price, at_least=VEI_MIN_SALES)
    ratio = values / prices
    overall = np.median(ratio)
    proxy = 0.5 * prices + 0.5 * values / overall
    n_groups = n_equity_groups(values.size)
    cuts = np.quantile(proxy, np.arange(1, n_groups) / n_groups, method="linear")
    group = np.searchsorted(cuts, proxy, side="left")
    members = [ratio[group == place] for place in range(n_groups)]
    if min(part.size for part in members) == 0:
        raise TooFewSales(
            "too many dwellings are worth exactly the same to cut groups of price level",
            expected=f"sales in each of {n_groups} groups",
        )
    medians = [float(np.median(part)) for part in members]
    highest, lowest = members[int(np.argmax(medians))], members[int(np.argmin(medians))]
    gap = median_interval_by_ranks(highest)[0] - median_interval_by_ranks(lowest)[1]
    return VerticalEquity(
        vei=float(100 * (medians[-1] - medians[0]) / overall),
        significance=float(100 * gap / overall),
        group_medians=tuple(medians),
        group_sizes=tuple(part.size for part in members),
    )


def vei(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Vertical equity indicator in percent: how much higher the dearest group is valued than the cheapest.

    See `vertical_equity` for the rule of grouping and the significance.

    Examples
    --------
    >>> price = np.arange(1, 21) * 100.0
    >>> round(vei(np.where(price > 1000, 0.9, 1.1) * price, price), 6)
    -20.0
    """
    return vertical_equity(appraised_value, sale_price).vei


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
