"""Are dear and cheap dwellings valued at the same level? PRD, PRB, Kakwani indices, vertical equity indicator.

Noise in prices alone moves every one of them off its ideal, so each is read beside what noise of the same size gives
(`noise.py`), never alone.

References
----------
IAAO, Standard on Ratio Studies (2013), section 5.6 and appendix D: PRD, PRB. IAAO, Standard on Ratio Studies, exposure
drafts of 2025 and 2026: VEI. Quintos, "A Gini measure for vertical equity in property assessments", Journal of Property
Tax Assessment & Administration 17 (2020): KI and MKI.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study.amounts import Floats, checked, value_proxy

VEI_MIN_SALES = 20
"""Sales below which the drafts give no vertical equity indicator."""


def prd(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Price-related differential: mean ratio over weighted mean ratio; above 1, dear dwellings are valued lower.

    Noise in prices alone raises it: 20 percent of noise gives about 1.04 for perfect values.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)

    Raises
    ------
    TooFewSales
        For fewer than two sales.

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


@dataclass(frozen=True)
class PriceRelatedBias:
    """The regression behind the coefficient of price-related bias."""

    slope: float
    """The coefficient: by what share the ratio rises when the dwelling is worth twice as much."""
    intercept: float
    """Of no use by itself: the relative ratio of a dwelling worth one unit of money. **Not** the coefficient."""
    standard_error: float
    """Of the slope, by ordinary least squares: it takes every sale for independent and equally noisy."""
    lower: float
    upper: float
    """95 percent interval of the slope by Student's t with n - 2 degrees of freedom."""
    n_sales: int


def price_related_bias(
    appraised_value: ArrayLike, sale_price: ArrayLike, *, confidence: float = 0.95
) -> PriceRelatedBias:
    """Coefficient of price-related bias with the regression's own interval.

    The slope of (ratio - median ratio) / median ratio on the base-2 logarithm of the value proxy. The interval is the
    one the standard prints; the bootstrap of `confidence.py` draws dwellings and does not need equal noise, and is the
    one shown in a study.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    confidence : float
        Of the interval.

    Raises
    ------
    TooFewSales
        For fewer than three sales.
    WrongUse
        When all dwellings are worth the same, so that there is no slope.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), appendix D.

    Examples
    --------
    >>> found = price_related_bias([110, 200, 360, 900], [100, 200, 400, 800])
    >>> [round(figure, 4) for figure in (found.slope, found.lower, found.upper)]
    [0.0018, -0.229, 0.2327]
    """
    values, prices = checked(appraised_value, sale_price, at_least=3)
    middle = np.median(values / prices)
    doublings = np.log2(0.5 * prices + 0.5 * values / middle)
    relative = (values / prices - middle) / middle
    distance = doublings - doublings.mean()
    spread = float(np.sum(distance**2))
    if spread <= 1e-18 * values.size:
        raise WrongUse("all dwellings are worth the same", expected="dwellings of different value to take a slope over")
    slope = float(np.sum(distance * relative) / spread)
    rest = relative - relative.mean() - slope * distance
    free = values.size - 2
    error = float(np.sqrt(max(np.sum(rest**2), 0.0) / free / spread))
    from scipy.stats import t  # not above: what serves values studies no ratios

    half = float(t.ppf((1 + confidence) / 2, free)) * error
    return PriceRelatedBias(
        slope=slope,
        intercept=float(relative.mean() - slope * doublings.mean()),
        standard_error=error,
        lower=slope - half,
        upper=slope + half,
        n_sales=values.size,
    )


def prb(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Price-related bias: by what share the ratio rises when the dwelling is worth twice as much.

    The **slope** of (ratio - median ratio) / median ratio on the base-2 logarithm of the value proxy; see
    `price_related_bias` for its interval and what is refused.

    Returns
    -------
    float
        A share: -0.05 says the ratio falls by 5 percent for each doubling (regressive).

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), vertical inequities, coefficient of price-related bias.

    Examples
    --------
    >>> round(prb([110, 200, 360], [100, 200, 400]), 4)
    -0.1078
    """
    return price_related_bias(appraised_value, sale_price).slope


def _concentration(amounts: Floats, prices: Floats) -> float:
    # Equal prices share their mean rank: the answer must not hang on the order of the rows.
    from scipy.stats import rankdata  # as above

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

    Sales of one price share their mean rank, so that the answer does not hang on the order of the rows.

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


def equity_group(proxy: Floats, n_groups: int) -> NDArray[np.intp]:
    """Group of each sale by its value proxy, cut at the quantiles of type 7; a sale on a cut is of the cheaper group.

    The cuts are taken by rank: type 7 places cut k of n sales at position (n - 1) k / n_groups, counted from 0, and
    whole numbers leave no rounding to decide. Other rules of grouping move the indicator by some points on few sales.

    Parameters
    ----------
    proxy : ndarray of float, shape (n_sales,)
    n_groups : int

    Returns
    -------
    ndarray of int, shape (n_sales,)
        0 for the cheapest group.

    References
    ----------
    Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996): type 7.

    Examples
    --------
    >>> equity_group(np.array([40.0, 10.0, 30.0, 20.0, 50.0]), 2).tolist()
    [1, 0, 0, 0, 1]
    """
    # Equal proxies share the place of the first of them, so that no cut runs between dwellings worth the same.
    first_place = np.searchsorted(np.sort(proxy), proxy, side="left")
    cuts = (proxy.size - 1) * np.arange(1, n_groups) // n_groups
    return np.searchsorted(cuts, first_place, side="left")


def vertical_equity(appraised_value: ArrayLike, sale_price: ArrayLike) -> VerticalEquity:
    """Vertical equity indicator with its significance.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)

    Raises
    ------
    TooFewSales
        For fewer than 20 sales, or when too many dwellings are worth exactly the same to cut groups.

    References
    ----------
    IAAO, Standard on Ratio Studies, exposure drafts of 2025 and 2026, vertical equity indicator.

    Examples
    --------
    >>> price = np.arange(1, 21) * 100.0
    >>> found = vertical_equity(np.where(price > 1000, 0.9, 1.1) * price, price)
    >>> [round(figure, 1) for figure in (found.vei, found.significance)], found.group_sizes
    ([-20.0, 20.0], (10, 10))
    """
    values, prices = checked(appraised_value, sale_price, at_least=VEI_MIN_SALES)
    ratio = values / prices
    overall = np.median(ratio)
    n_groups = n_equity_groups(values.size)
    group = equity_group(value_proxy(values, prices), n_groups)
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


def vei_significance(appraised_value: ArrayLike, sale_price: ArrayLike) -> float:
    """Significance of the vertical equity indicator, in percent of the median ratio; at most 0: not established.

    The gap between the 90 percent rank intervals of the groups with the highest and the lowest median ratio.

    Examples
    --------
    >>> price = np.arange(1, 21) * 100.0
    >>> round(vei_significance(np.where(price > 1000, 0.9, 1.1) * price, price), 6)
    20.0
    """
    return vertical_equity(appraised_value, sale_price).significance
