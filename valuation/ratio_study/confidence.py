"""How far could each statistic have come out otherwise, had other dwellings been sold?

A bootstrap that draws dwellings, not sales: two sales of one dwelling are not two independent observations. A resample
is a row of multiplicities (how often each sale was drawn), so all statistics of all resamples are sums over one matrix
and the same draw serves every model and every stratum: differences between models are paired.

The interval is the percentile interval: docs/decisions says how often it holds, and what did not hold better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.errors import WrongUse
from valuation.ratio_study import statistics
from valuation.ratio_study.amounts import Floats, checked
from valuation.ratio_study.weighted import WEIGHTED, WeightedSales

STATISTICS = WEIGHTED
"""Every statistic of a ratio study, in the order of its tables."""


@dataclass(frozen=True)
class Resamples:
    """How often each sale was drawn, in each resample."""

    multiplicity: NDArray[np.int16]
    """Shape (n_resamples, n_sales)."""

    @classmethod
    def draw(cls, dwelling_id: ArrayLike, n_resamples: int, seed: int) -> Resamples:
        """Draw dwellings with replacement, as many as there are, `n_resamples` times.

        Parameters
        ----------
        dwelling_id : array-like, shape (n_sales,)
            Sales of one dwelling are drawn together.
        n_resamples : int
        seed : int
            The draw depends on this, the number of dwellings and their order by id, not on the order of the rows.
        """
        ids = pd.Series(np.asarray(dwelling_id), dtype=str)
        dwelling, names = pd.factorize(ids, sort=True)
        n_dwellings = len(names)
        if n_dwellings == 0:
            return cls(np.empty((n_resamples, 0), dtype=np.int16))
        random = np.random.default_rng(seed)
        multiplicity = np.empty((n_resamples, len(ids)), dtype=np.int16)
        for place in range(n_resamples):
            drawn = np.bincount(random.integers(0, n_dwellings, n_dwellings), minlength=n_dwellings)
            multiplicity[place] = drawn[dwelling]
        return cls(multiplicity)

    def of(self, chosen: NDArray) -> Resamples:
        """Return the same resamples restricted to the `chosen` sales (a mask)."""
        return Resamples(np.compress(chosen, self.multiplicity, axis=1))


def statistic(name: str) -> Callable[[ArrayLike, ArrayLike], float]:
    """Return the function of `statistics.py` that gives the statistic called `name`."""
    if name.startswith("share_within_"):
        tolerance = float(name.removeprefix("share_within_"))
        return lambda values, prices: statistics.share_within(values, prices, tolerance)
    if name not in STATISTICS:
        raise WrongUse(f"no statistic is called {name!r}", expected=", ".join(STATISTICS))
    found: Callable[[ArrayLike, ArrayLike], float] = getattr(statistics, name)
    return found


def resampled(
    appraised_value: ArrayLike,
    sale_price: ArrayLike,
    resamples: Resamples,
    names: tuple[str, ...] = STATISTICS,
    *,
    rows: NDArray[np.intp] | None = None,
) -> dict[str, Floats]:
    """Every statistic in every resample.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    resamples : Resamples
        Over the same sales, in the same order; over more sales when `rows` says which of them these are.
    names : tuple of str
        Which statistics; see `STATISTICS`.
    rows : ndarray of int, shape (n_sales,), optional
        Place of each sale among those of `resamples`.

    Returns
    -------
    dict of ndarray, shape (n_resamples,)
        NaN where the resample does not allow the statistic (no sale of the stratum drawn).
    """
    values, prices = checked(appraised_value, sale_price)
    n_drawn = resamples.multiplicity.shape[1]
    if rows is None and n_drawn != values.size:
        raise WrongUse(f"resamples of {n_drawn} sales for {values.size} sales")
    places = np.arange(values.size) if rows is None else rows
    return WeightedSales(values, prices, names).statistics(resamples.multiplicity, places)


def interval(resampled_values: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a statistic over its resamples; (NaN, NaN) when a tenth of them do not give it.

    The ends are quantiles of type 6, which leave out a share of (1 - confidence) / 2 on average; the usual type 7
    leaves out 2.7 percent where 500 resamples should leave out 2.5.

    Examples
    --------
    >>> interval(np.arange(101.0), 0.5)
    (24.5, 75.5)
    """
    known = resampled_values[np.isfinite(resampled_values)]
    if known.size < 0.9 * resampled_values.size:
        return float("nan"), float("nan")
    lower, upper = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2], method="weibull")
    return float(lower), float(upper)
