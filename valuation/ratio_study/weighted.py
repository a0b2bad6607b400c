"""Every statistic of every resample at once: sums over a matrix of how often each sale was drawn.

A resample is a row of multiplicities, so a mean, a share or a sum of squares of all resamples is one product of that
matrix with a column. Three things are not sums, and each is brought close to one:

- a **median** lies near the middle of the sorted sales in every resample: what lies surely below is a sum, and only the
  sales around the middle are counted through;
- the **slope of PRB** hangs on the median of the resample through a logarithm, which is a short power series around the
  median of the study (where the series would not hold to nine digits, the logarithm itself is taken);
- the **groups of the vertical equity indicator** are cut in the order of the proxy, which is that of the study: the
  median of a resample moves the proxies together, and their order hardly.

Nothing here shares a formula with `statistics.py` or `vertical_equity.py`; with every sale drawn once the two must
agree, which a test asks of each statistic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuation.ratio_study import statistics
from valuation.ratio_study.amounts import Floats, value_proxy

Places = NDArray[np.intp]

BLOCK_CELLS = 400_000
"""Cells of the matrix worked on at a time: 3 MB, which stay in the processor's cache."""
SERIES_TERMS = 5
SERIES_REACH = 0.05
"""Largest term the series is used for; beyond, an error of the ninth digit would be possible."""
WITHIN_PCT = (5, 10, 20)

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
    "vei",
    "mape",
    "mdape",
    "share_within_5",
    "share_within_10",
    "share_within_20",
    "share_above",
    "share_below",
)
"""Statistics that are computed on a matrix of multiplicities."""


@dataclass(frozen=True)
class _Line:
    """Sales in the order of a figure, and the stretch of it in which a middle can lie."""

    figure: Floats
    order: Places
    start: int
    stop: int

    @classmethod
    def of(cls, figure: Floats) -> _Line:
        order = np.argsort(figure, kind="stable")
        n = figure.size
        # The middle of a resample is off by half the root of n, or somewhat more where sales come in clusters.
        reach = int(4 * np.sqrt(n)) + 10
        return cls(figure[order], order, max(n // 2 - reach, 0), min(n // 2 + reach, n))

    def whole(self) -> _Line:
        return _Line(self.figure, self.order, 0, self.figure.size)

    def below(self) -> Floats:
        """One for each sale that lies before the stretch."""
        mark = np.zeros(self.figure.size)
        mark[self.order[: self.start]] = 1.0
        return mark


@dataclass(frozen=True)
class _End:
    """The sales that can belong to the cheapest or to the dearest group, in the order of the proxy."""

    order: Places
    first_of_equals: Places
    by_ratio: Places
    ratio: Floats
    is_whole: bool

    @classmethod
    def cut(cls, proxy: Floats, ratio: Floats, n_groups: int, *, dearest: bool, whole: bool = False) -> _End:
        order, n = np.argsort(proxy, kind="stable"), proxy.size
        reach = n if whole else n // n_groups + int(6 * np.sqrt(n / n_groups)) + 10
        ordered = proxy[order]
        start = int(np.searchsorted(ordered, ordered[max(n - reach, 0)], side="left")) if dearest else 0
        kept = order[start:] if dearest else order[:reach]
        first = np.searchsorted(proxy[kept], proxy[kept], side="left")
        by_ratio = np.argsort(ratio[kept], kind="stable")
        return cls(kept, first, by_ratio, ratio[kept][by_ratio], kept.size == n)


class WeightedSales:
    """The sales of one group, made ready for resamples.

    Parameters
    ----------
    values, prices : ndarray of float, shape (n_sales,)
        Checked amounts.
    names : tuple of str
        Statistics that will be asked for, of `WEIGHTED`.
    """

    def __init__(self, values: Floats, prices: Floats, names: tuple[str, ...]) -> None:
        # In the order of prices, since that is the order the Gini is taken in.
        self.by_price = np.argsort(prices, kind="stable")
        self.values, self.prices = values[self.by_price], prices[self.by_price]
        self.names = names
        self.ratio = self.values / self.prices
        self.middle = float(np.median(self.ratio))
        self.by_ratio = _Line.of(self.ratio)
        self.by_error = _Line.of(np.abs(self.ratio - 1))
        self.price_starts = np.unique(self.prices, return_index=True)[1]
        self.proxy = value_proxy(self.values, self.prices)
        self._ends: tuple[_End, _End] | None = None
        columns = self._columns()
        self._place = {name: place for place, name in enumerate(columns)}
        self._matrix = np.column_stack(list(columns.values()))

    def _columns(self) -> dict[str, Floats]:
        ratio, error = self.ratio, np.abs(self.ratio - 1)
        columns = {
            "one": np.ones_like(ratio),
            "ratio": ratio,
            "value": self.values,
            "price": self.prices,
            "error": error,
            "above": (ratio > 1) + 0.5 * (ratio == 1),
            "square": (ratio - self.middle) ** 2,
            "low": self.by_ratio.below(),
            "low_error": self.by_error.below(),
        }
        columns["low_ratio"] = columns["low"] * ratio
        for tolerance in WITHIN_PCT:
            columns[f"within_{tolerance}"] = (error <= tolerance / 100 + 1e-12).astype(float)
        if "prb" in self.names:
            columns |= self._slope_columns()
        return columns

    def _slope_columns(self) -> dict[str, Floats]:
        doublings = np.log2(self.proxy)
        self.doublings = doublings - doublings.mean()
        # Half the value in the proxy, as a share: how strongly the proxy follows the median. One half is common to
        # all sales and only moves the logarithms together.
        self.lean = 0.5 * self.values / self.middle / self.proxy - 0.5
        columns = {"x": self.doublings, "xx": self.doublings**2, "xr": self.doublings * self.ratio}
        for power in range(1, 2 * SERIES_TERMS + 1):
            columns[f"s{power}"] = self.lean**power
        for power in range(1, SERIES_TERMS + 1):
            columns[f"xs{power}"] = self.doublings * self.lean**power
            columns[f"rs{power}"] = self.ratio * self.lean**power
        return columns

    def statistics(self, multiplicity: NDArray[np.integer], rows: Places) -> dict[str, Floats]:
        """Return each statistic in each resample.

        Parameters
        ----------
        multiplicity : ndarray of int, shape (n_resamples, n_all_sales)
        rows : ndarray of int, shape (n_sales,)
            Columns of `multiplicity` that are the sales of this group, in their order.

        Returns
        -------
        dict of ndarray, shape (n_resamples,)
            NaN where the resample does not allow the statistic (none of the sales drawn).
        """
        parts: list[dict[str, Floats]] = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for weight in _blocks(multiplicity, rows[self.by_price]):
                parts.append(self._of_block(weight))
        return {name: np.concatenate([part[name] for part in parts]) for name in self.names}

    def _of_block(self, weight: Floats) -> dict[str, Floats]:
        sums = weight @ self._matrix
        total = {name: sums[:, place] for name, place in self._place.items()}
        n = total["one"]
        asked = set(self.names)
        mean = total["ratio"] / n
        middle, cod = self._middle_and_cod(weight, total)
        found = {
            "median_ratio": middle,
            "mean_ratio": mean,
            "weighted_mean_ratio": total["value"] / total["price"],
            "cod": cod,
            "cov": 100 * np.sqrt(np.maximum(total["square"] - n * (mean - self.middle) ** 2, 0) / (n - 1)) / mean,
            "prd": mean * total["price"] / total["value"],
            "mape": 100 * total["error"] / n,
            "share_above": total["above"] / n,
            "share_below": 1 - total["above"] / n,
            **{f"share_within_{tolerance}": total[f"within_{tolerance}"] / n for tolerance in WITHIN_PCT},
        }
        if "mdape" in asked:
            found["mdape"] = 100 * _middle(weight, self.by_error, total["low_error"], n)[0]
        if "prb" in asked:
            found["prb"] = self._slope(weight, total, middle)
        if asked & {"ki", "mki"}:
            of_values, of_prices = self._ginis(weight, total)
            found |= {"ki": of_values - of_prices, "mki": of_values / of_prices}
        if "vei" in asked:
            found["vei"] = self._vei(weight, n, middle)
        return {name: found[name] for name in self.names}

    def _middle_and_cod(self, weight: Floats, total: dict[str, Floats]) -> tuple[Floats, Floats]:
        n = total["one"]
        middle, n_below, sum_below = _middle(weight, self.by_ratio, total["low"], n, total["low_ratio"])
        # Deviations below and above the median, each a sum of ratios less so many medians.
        deviation = 2 * (middle * n_below - sum_below) + total["ratio"] - n * middle
        return middle, 100 * deviation / n / middle

    def _slope(self, weight: Floats, total: dict[str, Floats], middle: Floats) -> Floats:
        shift = self.middle / middle - 1
        shift = shift / (1 + 0.5 * shift)
        factor = [(-1) ** (power + 1) * shift**power / power / np.log(2) for power in range(1, SERIES_TERMS + 1)]
        n = total["one"]
        x, xr, xx = total["x"].copy(), total["xr"].copy(), total["xx"].copy()
        for power, own in enumerate(factor, start=1):
            x += own * total[f"s{power}"]
            xr += own * total[f"rs{power}"]
            xx += 2 * own * total[f"xs{power}"]
            for other_power, other in enumerate(factor, start=1):
                xx += own * other * total[f"s{power + other_power}"]
        slope = (xr - x * total["ratio"] / n) / middle / (xx - x**2 / n)
        for place in np.flatnonzero(np.abs(shift) * np.abs(self.lean).max() > SERIES_REACH):
            slope[place] = self._exact_slope(weight[place], middle[place])
        return slope

    def _exact_slope(self, weight: Floats, middle: float) -> float:
        doublings = np.log2(0.5 * self.prices + 0.5 * self.values / middle)
        distance = doublings - weight @ doublings / weight.sum()
        return float(weight @ (distance * self.ratio) / middle / (weight @ distance**2))

    def _ginis(self, weight: Floats, total: dict[str, Floats]) -> tuple[Floats, Floats]:
        # Sales of one price are one step: all its copies share their mean rank.
        is_tied = self.price_starts.size < self.prices.size
        copies = np.add.reduceat(weight, self.price_starts, axis=1) if is_tied else weight
        values = weight * self.values
        values = np.add.reduceat(values, self.price_starts, axis=1) if is_tied else values
        rank = np.cumsum(copies, axis=1)
        rank -= 0.5 * copies
        rank += 0.5
        n = total["one"]
        of_values = np.einsum("ij,ij->i", rank, values)
        rank *= copies
        of_prices = rank @ self.prices[self.price_starts]
        less = (n + 1) / n
        return 2 * of_values / (n * total["value"]) - less, 2 * of_prices / (n * total["price"]) - less

    def _vei(self, weight: Floats, n: Floats, middle: Floats) -> Floats:
        n_groups = statistics.n_equity_groups(self.ratio.size)
        cheapest = self._median_of_end(weight, n, n_groups, dearest=False)
        dearest = self._median_of_end(weight, n, n_groups, dearest=True)
        return 100 * (dearest - cheapest) / middle

    def _median_of_end(self, weight: Floats, n: Floats, n_groups: int, *, dearest: bool) -> Floats:
        if self._ends is None:
            self._ends = (
                _End.cut(self.proxy, self.ratio, n_groups, dearest=False),
                _End.cut(self.proxy, self.ratio, n_groups, dearest=True),
            )
        end = self._ends[int(dearest)]
        own, belongs = _members(weight, end, n, n_groups, dearest=dearest)
        if not end.is_whole and belongs[:, 0 if dearest else -1].any():
            end = _End.cut(self.proxy, self.ratio, n_groups, dearest=dearest, whole=True)
            own, belongs = _members(weight, end, n, n_groups, dearest=dearest)
        own *= belongs
        line = _Line(end.ratio, end.by_ratio, 0, end.ratio.size)
        return _middle(own, line, np.zeros(len(n)), own.sum(axis=1))[0]


def _blocks(multiplicity: NDArray[np.integer], columns: Places) -> Iterator[Floats]:
    step = max(BLOCK_CELLS // max(columns.size, 1), 1)
    for start in range(0, len(multiplicity), step):
        yield multiplicity[start : start + step].take(columns, axis=1).astype(float)


def _middle(
    weight: Floats, line: _Line, below: Floats, n: Floats, sum_below: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Median of each resample, how many sales lie at or below its lower half, and the sum of their figures.

    `below` counts, and `sum_below` sums, the sales before the stretch of `line`.
    """
    stretch = slice(line.start, line.stop)
    own, figure = weight.take(line.order[stretch], axis=1), line.figure[stretch]
    reached = np.cumsum(own, axis=1)
    reached += below[:, None]
    lower_rank, upper_rank = np.floor((n - 1) / 2), np.floor(n / 2)
    is_inside = (below <= lower_rank) & (reached[:, -1] > upper_rank) | (n == 0)
    if not is_inside.all():
        nothing = np.zeros_like(n)
        return _middle(weight, line.whole(), nothing, n, None if sum_below is None else nothing)
    last = figure.size - 1
    lower = np.minimum((reached <= lower_rank[:, None]).sum(axis=1), last)
    upper = np.minimum((reached <= upper_rank[:, None]).sum(axis=1), last)
    middle = np.where(n > 0, (figure[lower] + figure[upper]) / 2, np.nan)
    if sum_below is None:
        return middle, n, n
    own *= figure
    row = np.arange(len(n))
    return middle, reached[row, lower], sum_below + np.cumsum(own, axis=1)[row, lower]


def _members(weight: Floats, end: _End, n: Floats, n_groups: int, *, dearest: bool) -> tuple[Floats, NDArray[np.bool_]]:
    """Multiplicities of the sales at an end, and in which resamples each belongs to the outermost group."""
    own = weight.take(end.order, axis=1)
    before = np.cumsum(own, axis=1)
    if dearest:
        before += (n - before[:, -1])[:, None]
    before -= own
    # Sales worth the same are all in or all out, by the first of them.
    before = before.take(end.first_of_equals, axis=1)
    if dearest:
        return own, before > np.floor((n - 1) * (n_groups - 1) / n_groups)[:, None]
    return own, before <= np.floor((n - 1) / n_groups)[:, None]
