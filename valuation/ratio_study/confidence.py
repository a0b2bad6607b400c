"""How far could each statistic have come out otherwise, had other dwellings been sold?

A bootstrap that draws dwellings, not sales: two sales of one dwelling are not two independent observations. A resample
is a row of multiplicities (how often each sale was drawn), so all statistics of all resamples are sums over one matrix
and the same draw serves every model and every stratum: differences between models are paired.

The weighted statistics here are written apart from `statistics.py`; with every multiplicity 1 the two must agree, which
a test checks for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.errors import WrongUse
from valuation.ratio_study import statistics

Floats = NDArray[np.float64]

BLOCK_CELLS = 2_000_000
"""Cells of the matrix of multiplicities worked on at a time: 16 MB."""
WEIGHTED = (
    "median_ratio",
    "mean_ratio",
    "weighted_mean_ratio",
    "cod",
    "cov",
    "prd",
    "prb",
    "ki",
    "mki",
    "mape",
    "mdape",
    "share_within_5",
    "share_within_10",
    "share_within_20",
    "share_above",
)
"""Statistics that are computed on a matrix of multiplicities."""
STATISTICS = (*WEIGHTED, "vei")
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
        random = np.random.default_rng(seed)
        multiplicity = np.empty((n_resamples, len(ids)), dtype=np.int16)
        for place in range(n_resamples):
            drawn = np.bincount(random.integers(0, n_dwellings, n_dwellings), minlength=n_dwellings)
            multiplicity[place] = drawn[dwelling]
        return cls(multiplicity)

    def of(self, chosen: NDArray) -> Resamples:
        """Return the same resamples restricted to the `chosen` sales (a mask)."""
        return Resamples(np.compress(chosen, self.multiplicity, axis=1))

    def blocks(self) -> Iterator[Floats]:
        """Yield multiplicities as floats, some resamples at a time."""
        n_resamples, n_sales = self.multiplicity.shape
        step = max(BLOCK_CELLS // max(n_sales, 1), 1)
        for start in range(0, n_resamples, step):
            yield self.multiplicity[start : start + step].astype(float)


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
    appraised_value: ArrayLike, sale_price: ArrayLike, resamples: Resamples, names: tuple[str, ...] = STATISTICS
) -> dict[str, Floats]:
    """Every statistic in every resample.

    Parameters
    ----------
    appraised_value, sale_price : array-like of float, shape (n_sales,)
    resamples : Resamples
        Over the same sales, in the same order.
    names : tuple of str
        Which statistics; see `STATISTICS`.

    Returns
    -------
    dict of ndarray, shape (n_resamples,)
        NaN where the resample does not allow the statistic (no sale of the stratum drawn).
    """
    values, prices = statistics.checked(appraised_value, sale_price)
    if resamples.multiplicity.shape[1] != values.size:
        raise WrongUse(f"resamples of {resamples.multiplicity.shape[1]} sales for {values.size} sales")
    wanted = [name for name in names if name != "vei"]
    parts: dict[str, list[Floats]] = {name: [] for name in names}
    prepared = _Prepared.of(values, prices)
    with np.errstate(divide="ignore", invalid="ignore"):
        for block in resamples.blocks():
            for name, found in _weighted(prepared, block, wanted).items():
                parts[name].append(found)
    if "vei" in names:
        parts["vei"] = [_resampled_vei(values, prices, resamples)]
    return {name: np.concatenate(found) for name, found in parts.items()}


@dataclass(frozen=True)
class _Prepared:
    """The sales in the order of their ratios, with what does not change between resamples."""

    value: Floats
    price: Floats
    ratio: Floats
    error: Floats
    by_error: NDArray[np.intp]
    by_price: NDArray[np.intp]
    price_starts: NDArray[np.intp]
    by_ratio: NDArray[np.intp]

    @classmethod
    def of(cls, values: Floats, prices: Floats) -> _Prepared:
        by_ratio = np.argsort(values / prices, kind="stable")
        values, prices = values[by_ratio], prices[by_ratio]
        ratio = values / prices
        by_price = np.argsort(prices, kind="stable")
        _, starts = np.unique(prices[by_price], return_index=True)
        error = np.abs(ratio - 1)
        return cls(values, prices, ratio, error, np.argsort(error, kind="stable"), by_price, starts, by_ratio)


def _weighted(sales: _Prepared, block: Floats, names: list[str]) -> dict[str, Floats]:
    # take keeps a resample's sales side by side in memory; indexing would not, and sums over them would crawl.
    weight = np.take(block, sales.by_ratio, axis=1)
    n = weight.sum(axis=1)
    asked = set(names)
    found: dict[str, Floats] = {}
    mean = weight @ sales.ratio / n
    value_sum, price_sum = weight @ sales.value, weight @ sales.price
    found["mean_ratio"] = mean
    found["weighted_mean_ratio"] = value_sum / price_sum
    found["prd"] = mean * price_sum / value_sum
    found["mape"] = 100 * (weight @ sales.error) / n
    for tolerance in (5, 10, 20):
        found[f"share_within_{tolerance}"] = weight @ (sales.error <= tolerance / 100 + 1e-12) / n
    found["share_above"] = (weight @ (sales.ratio > 1) + 0.5 * (weight @ (sales.ratio == 1))) / n
    middle = _weighted_median(sales.ratio, weight)
    found["median_ratio"] = middle
    if "cov" in asked:
        squares = np.maximum(weight @ sales.ratio**2 - n * mean**2, 0)
        found["cov"] = 100 * np.sqrt(squares / (n - 1)) / mean
    if "cod" in asked:
        found["cod"] = _weighted_cod(sales.ratio, weight, middle, n)
    if "mdape" in asked:
        found["mdape"] = 100 * _weighted_median(sales.error[sales.by_error], np.take(weight, sales.by_error, axis=1))
    if "prb" in asked:
        found["prb"] = _weighted_prb(sales, weight, middle, n)
    if asked & {"ki", "mki"}:
        of_values, of_prices = _weighted_ginis(sales, weight, n)
        found["ki"] = of_values - of_prices
        found["mki"] = of_values / of_prices
    return {name: found[name] for name in names}


def _weighted_median(ordered: Floats, weight: Floats) -> Floats:
    """Median of each resample; `ordered` rises and `weight` (n_resamples, n_sales) stands in the same order."""
    below = np.cumsum(weight, axis=1)
    n = below[:, -1].copy()
    # One search through all resamples: each is lifted above the one before it, so that the whole rises.
    lift = np.arange(len(n)) * (n.max(initial=0.0) + 1)
    below += lift[:, None]
    first = np.arange(len(n)) * ordered.size
    last = ordered.size - 1
    low, high = (
        np.minimum(np.searchsorted(below.ravel(), lift + np.floor(rank), side="right") - first, last)
        for rank in ((n - 1) / 2, n / 2)
    )
    return np.where(n > 0, (ordered[np.maximum(low, 0)] + ordered[high]) / 2, np.nan)


def _weighted_cod(ratio: Floats, weight: Floats, middle: Floats, n: Floats) -> Floats:
    distance = np.abs(ratio[None, :] - middle[:, None])
    return 100 * np.einsum("ij,ij->i", weight, distance) / n / middle


def _weighted_prb(sales: _Prepared, weight: Floats, middle: Floats, n: Floats) -> Floats:
    slope = np.empty(len(n))
    for place in range(len(n)):
        doublings = np.log2(0.5 * sales.price + 0.5 * sales.value / middle[place])
        own = weight[place]
        distance = doublings - own @ doublings / n[place]
        slope[place] = own @ (distance * (sales.ratio / middle[place] - 1)) / (own @ distance**2)
    return slope


def _weighted_ginis(sales: _Prepared, weight: Floats, n: Floats) -> tuple[Floats, Floats]:
    # Sales of one price are one step: all its copies share their mean rank.
    ordered = np.take(weight, sales.by_price, axis=1)
    copies = np.add.reduceat(ordered, sales.price_starts, axis=1)
    mean_rank = np.cumsum(copies, axis=1) - (copies - 1) / 2

    def concentration(amounts: Floats) -> Floats:
        sums = np.add.reduceat(ordered * amounts[sales.by_price], sales.price_starts, axis=1)
        return 2 * (mean_rank * sums).sum(axis=1) / (n * sums.sum(axis=1)) - (n + 1) / n

    return concentration(sales.value), concentration(sales.price)


def _resampled_vei(values: Floats, prices: Floats, resamples: Resamples) -> Floats:
    found = np.full(len(resamples.multiplicity), np.nan)
    ratio, places = values / prices, np.arange(values.size)
    for place, counts in enumerate(resamples.multiplicity):
        drawn = np.repeat(places, counts)
        if drawn.size >= statistics.VEI_MIN_SALES:
            found[place] = _vei_of(ratio[drawn], values[drawn], prices[drawn])
    return found


def _vei_of(ratio: Floats, values: Floats, prices: Floats) -> float:
    # Only the first and the last group enter the point estimate: two cuts and two medians, no sort of all sales.
    overall = np.median(ratio)
    proxy = 0.5 * prices + 0.5 * values / overall
    n_groups = statistics.n_equity_groups(ratio.size)
    first_cut, last_cut = np.quantile(proxy, [1 / n_groups, (n_groups - 1) / n_groups], method="linear")
    cheapest, dearest = ratio[proxy <= first_cut], ratio[proxy > last_cut]
    if dearest.size == 0:
        return float("nan")
    return float(100 * (np.median(dearest) - np.median(cheapest)) / overall)


def interval(resampled_values: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a statistic over its resamples; (NaN, NaN) when a tenth of them do not give it.

    Examples
    --------
    >>> interval(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    known = resampled_values[np.isfinite(resampled_values)]
    if known.size < 0.9 * resampled_values.size:
        return float("nan"), float("nan")
    lower, upper = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(lower), float(upper)
