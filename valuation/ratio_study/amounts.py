"""What may a ratio be taken of? Values and prices of the same sales, by position, every figure an amount above zero.

Labels are dropped on the way in: two tables whose rows carry different labels are never quietly rearranged against each
other. A missing, infinite, zero or negative figure is refused, not skipped: whoever leaves sales out does so where it
can be seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.errors import TooFewSales, WrongUse

Floats = NDArray[np.float64]


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
