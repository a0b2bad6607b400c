"""Are sold dwellings valued otherwise than unsold ones, so that a study of sales flatters the roll?

Two questions. With prior values: did the values of dwellings that were sold move otherwise than those that were not?
From the sales alone, where there are no prior values: do ratios bunch at their middle more than a smooth distribution
does, and are dwellings whose price was known in training valued closer than those never seen?

References
----------
IAAO, Standard on Ratio Studies (2013), appendix E: sales chasing detection techniques.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study.amounts import Floats, checked
from valuation.ratio_study.confidence import interval
from valuation.ratio_study.statistics import ratios

MIN_EACH = 30
"""Dwellings needed on each side of a comparison."""
BUNCH_PCT = 2.0
"""Half the width of the middle, in percent of the median ratio (appendix E looks at 2 percent)."""
BUNCH_OF_SPREAD = 0.25
"""Where ratios lie close, the middle is no wider than this share of their median distance from it: a wider one would
take the peak of good values for bunching."""
N_BANDS = 5
"""The middle and two bands on each side, as wide as it, from which the height of a smooth middle is read."""


@dataclass(frozen=True)
class Difference:
    """A difference between two groups of dwellings."""

    estimate: float
    lower: float
    upper: float
    """95 percent interval, dwellings resampled on each side."""
    n_first: int
    n_second: int

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower > 0 or self.upper < 0


def value_change_of_sold(
    appraised_value: ArrayLike,
    prior_value: ArrayLike,
    is_sold: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    n_bootstrap: int = 500,
    seed: int = 0,
) -> Difference:
    """Median change of value of sold dwellings less that of unsold ones, in percent of the prior value.

    Parameters
    ----------
    appraised_value, prior_value : array-like of float, shape (n_dwellings,)
        Of the dwellings of the roll that have both.
    is_sold : array-like of bool, shape (n_dwellings,)
        Whether a sale of the dwelling taught the model.
    stratum : array-like, shape (n_dwellings,), optional
        Type and area, say: dwellings of a stratum are compared with each other, so that sold dwellings being of other
        kinds does not count. Each stratum has the weight of its sold dwellings; one without both sides is left out.
    n_bootstrap : int
    seed : int

    Raises
    ------
    TooFewSales
        For fewer than `MIN_EACH` sold or unsold dwellings.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), appendix E: comparison of average value changes.

    Examples
    --------
    >>> prior, is_sold = np.full(80, 100.0), np.arange(80) < 40
    >>> round(value_change_of_sold(np.where(is_sold, 112.0, 110.0), prior, is_sold).estimate, 6)
    2.0
    """
    values, prior = checked(appraised_value, prior_value)
    sold = np.asarray(is_sold, dtype=bool)
    if sold.shape != values.shape:
        raise WrongUse(f"{sold.size} marks of sale for {values.size} dwellings", expected="one for each")
    change = 100 * (values / prior - 1)
    if stratum is not None:
        change = _less_the_unsold(change, sold, np.asarray(stratum))
    first, second = change[sold & np.isfinite(change)], change[~sold & np.isfinite(change)]
    return _difference(first, second, n_bootstrap, seed)


def _less_the_unsold(change: Floats, sold: NDArray[np.bool_], stratum: NDArray) -> Floats:
    # Every change is taken from the median of the unsold of its stratum, which leaves unsold medians at zero.
    _, code = np.unique(stratum.astype(str), return_inverse=True)
    order = np.lexsort((change, code))
    unsold = order[~sold[order]]
    size = np.bincount(code[unsold], minlength=code.max() + 1)
    start = np.cumsum(size) - size
    middle = np.full(size.size, np.nan)
    has = size > 0
    ordered = change[unsold]
    middle[has] = (ordered[(start + (size - 1) // 2)[has]] + ordered[(start + size // 2)[has]]) / 2
    return change - middle[code]


def closeness_of_seen(
    appraised_value: ArrayLike, sale_price: ArrayLike, is_seen: ArrayLike, *, n_bootstrap: int = 500, seed: int = 0
) -> Difference:
    """Median absolute error of dwellings sold in training less that of dwellings never seen, in percentage points.

    A model that leans on a dwelling's own earlier price is closer where it has seen one, and promises the rest of the
    roll a precision it does not have.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    is_seen : array-like of bool, shape (n_sales,)
    n_bootstrap : int
    seed : int

    Raises
    ------
    TooFewSales
        For fewer than `MIN_EACH` sales of either kind.

    Examples
    --------
    >>> is_seen = np.arange(80) < 40
    >>> round(closeness_of_seen(np.where(is_seen, 105.0, 110.0), np.full(80, 100.0), is_seen).estimate, 6)
    -5.0
    """
    error = 100 * np.abs(ratios(appraised_value, sale_price) - 1)
    seen = np.asarray(is_seen, dtype=bool)
    if seen.shape != error.shape:
        raise WrongUse(f"{seen.size} marks for {error.size} sales", expected="one for each")
    return _difference(error[seen], error[~seen], n_bootstrap, seed)


def _difference(first: Floats, second: Floats, n_bootstrap: int, seed: int) -> Difference:
    if min(first.size, second.size) < MIN_EACH:
        raise TooFewSales(f"{first.size} against {second.size}", expected=f"at least {MIN_EACH} on each side")
    random = np.random.default_rng(seed)
    drawn = _drawn_medians(first, n_bootstrap, random) - _drawn_medians(second, n_bootstrap, random)
    lower, upper = interval(drawn)
    return Difference(float(np.median(first) - np.median(second)), lower, upper, first.size, second.size)


def _drawn_medians(figures: Floats, n_bootstrap: int, random: np.random.Generator) -> Floats:
    # The middle rank of a resample of n is the middle of n uniform ranks: a Beta variable, exactly, without drawing n.
    ordered, n = np.sort(figures), figures.size
    share = random.beta((n + 1) / 2, (n + 1) / 2, n_bootstrap)
    place = np.minimum((share * n).astype(int), n - 1)
    return ordered[place]


@dataclass(frozen=True)
class Bunching:
    """Share of sales whose ratio lies at the middle, against what its flanks foretell."""

    share: float
    """Within 2 percent of the median ratio, or a quarter of the median distance from it where that is less."""
    smooth_share: float
    """The same, read from the flanks as if the density were smooth."""
    excess: float
    """`share` less `smooth_share`."""
    lower: float
    upper: float
    """95 percent interval of `excess`."""
    n_sales: int


def bunching(appraised_value: ArrayLike, sale_price: ArrayLike) -> Bunching:
    """Ratios that lie at the median more often than a smooth distribution lets them: a sign that sales were chased.

    The middle is held against a parabola through its flanks, not against a normal distribution: ratios of honest values
    are more peaked than that, and would all look chased.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)

    Raises
    ------
    TooFewSales
        For fewer than 300 sales, where the middle of an honest study is too thin to judge.

    References
    ----------
    IAAO, Standard on Ratio Studies (2013), appendix E, section 4; the comparison with flanks is this project's.

    Examples
    --------
    >>> ratio = np.concatenate([np.linspace(0.7, 1.3, 900), np.ones(100)])
    >>> bunching(ratio, np.ones(1000)).lower > 0
    True
    """
    ratio = ratios(appraised_value, sale_price)
    n = ratio.size
    if n < 10 * MIN_EACH:
        raise TooFewSales(f"{n} sales", expected=f"at least {10 * MIN_EACH} to judge the middle of the ratios")
    distance = 100 * (ratio / np.median(ratio) - 1)
    half_width = min(BUNCH_PCT, BUNCH_OF_SPREAD * float(np.median(np.abs(distance))))
    # Where half of the ratios are the median itself, any width tells as much.
    edges = (half_width or BUNCH_PCT) * np.linspace(-N_BANDS, N_BANDS, N_BANDS + 1)
    counts, _ = np.histogram(distance, edges)
    place = np.arange(N_BANDS) - N_BANDS // 2
    flank = place != 0
    # Least squares of an even parabola: the middle foretold is one weighted sum of the flanks.
    design = np.column_stack([np.ones(flank.sum()), place[flank], place[flank] ** 2])
    weight = np.linalg.pinv(design)[0]
    foretold = float(weight @ counts[flank])
    middle = float(counts[~flank][0])
    error = np.sqrt(middle + float(weight**2 @ counts[flank]))
    excess, half = (middle - foretold) / n, float(1.959964 * error / n)
    return Bunching(middle / n, foretold / n, excess, excess - half, excess + half, n)
