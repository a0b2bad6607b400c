"""What did the neighbourhood sell for before this day, without the dwelling's own sales?

Two kinds of evidence, both past-only, both without the dwelling itself, both fading with time:

- `PastNeighbours` finds the sales nearest in place *and* time among those before a day;
- `PastMeans` sums what a group (building, street, market area) sold for before a day.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BRUTE_BITS = 6
"""Blocks of fewer than 2**6 sales are searched without a tree."""
_MARK_EVERY = 16
_OWN_SALES = 4
"""So many sales of the dwelling itself may stand among the nearest without costing a neighbour."""


class PastNeighbours:
    """The nearest of the sales before a day, exactly and for many dwellings at once.

    Sales are kept in the order of their days; those before a day are a prefix, and a prefix of n sales is cut into
    blocks as the binary digits of n say. Each block has a KD-tree of its own, made when first asked for.

    Parameters
    ----------
    x, y : array of float, shape (n_sales,)
        Metres; rows with NaN are never neighbours.
    day : array of float, shape (n_sales,)
        Ascending.
    dwelling : array of int, shape (n_sales,)
    metres_per_year : float
        How many metres of distance one year of age counts as.
    """

    def __init__(self, x: Floats, y: Floats, day: Floats, dwelling: Ints, metres_per_year: float) -> None:
        self._day = day
        self._scale = metres_per_year / 365.25
        known = ~(np.isnan(x) | np.isnan(y))
        self._position = np.flatnonzero(known)
        self._points = np.column_stack([x, y, day * self._scale])[known]
        self._known_day = day[known]
        self._dwelling = dwelling[known]
        self._trees: dict[tuple[int, int], cKDTree] = {}

    def nearest(self, x: Floats, y: Floats, day: Floats, dwelling: Ints, n_neighbours: int) -> tuple[Ints, Floats]:
        """Find the nearest sales before each row's day that are not sales of the row's dwelling.

        Parameters
        ----------
        x, y, day : array of float, shape (n_rows,)
        dwelling : array of int, shape (n_rows,)
            −1 for a dwelling that was never sold.
        n_neighbours : int

        Returns
        -------
        positions : array of int, shape (n_rows, n_neighbours)
            Into the sales; −1 where there are not so many.
        distances : array of float, shape (n_rows, n_neighbours)
            Metres, time counted in; infinite where there is none. Ascending.
        """
        n_wanted = n_neighbours + _OWN_SALES
        found = np.full((len(x), n_wanted), -1, dtype=np.int64)
        distances = np.full((len(x), n_wanted), np.inf)
        until = np.searchsorted(self._known_day, day, side="left")
        until[np.isnan(x) | np.isnan(y)] = 0
        points = np.column_stack([x, y, day * self._scale])
        for rows, start, stop in _blocks(until, len(self._known_day)):
            _keep_nearest(found, distances, rows, *self._search(points[rows], start, stop, n_wanted))
        rows = np.flatnonzero((until > 0) & (until < len(self._known_day)))
        _keep_nearest(found, distances, rows, *self._search_remainder(points[rows], until[rows]))
        return self._without_own(found, distances, dwelling, n_neighbours)

    def _search(self, points: Floats, start: int, stop: int, n_wanted: int) -> tuple[Ints, Floats]:
        tree = self._trees.get((start, stop))
        if tree is None:
            tree = self._trees[start, stop] = cKDTree(self._points[start:stop])
        k = min(n_wanted, stop - start)
        distances, found = tree.query(points, k=np.arange(1, k + 1))
        return found.astype(np.int64) + start, distances

    def _search_remainder(self, points: Floats, until: Ints) -> tuple[Ints, Floats]:
        """Measure the newest sales of each row's prefix, those that fill no whole block, one by one."""
        candidates = (until >> _BRUTE_BITS << _BRUTE_BITS)[:, None] + np.arange((1 << _BRUTE_BITS) - 1)
        is_past = candidates < until[:, None]
        candidates = np.where(is_past, candidates, 0)
        gaps = [(self._points[candidates, axis] - points[:, axis, None]) ** 2 for axis in range(3)]
        return candidates, np.where(is_past, np.sqrt(gaps[0] + gaps[1] + gaps[2]), np.inf)

    def _without_own(self, found: Ints, distances: Floats, dwelling: Ints, n: int) -> tuple[Ints, Floats]:
        is_own = (found >= 0) & (self._dwelling[found] == dwelling[:, None]) if len(self._dwelling) else found >= 0
        distances = np.where(is_own, np.inf, distances)
        order = np.argsort(distances, axis=1, kind="stable")[:, :n]
        distances = np.take_along_axis(distances, order, axis=1)
        found = np.take_along_axis(found, order, axis=1)
        positions = np.where(np.isfinite(distances), self._position[found] if len(self._position) else -1, -1)
        return positions, distances


def _blocks(until: Ints, n_sales: int) -> list[tuple[Ints, int, int]]:
    """Rows and the range of sales they share, so that each row's ranges make up its prefix.

    A row that knows every sale gets one block: the usual case when a whole roll is valued.
    """
    blocks = []
    everything = np.flatnonzero((until == n_sales) & (until > 0))
    if everything.size:
        blocks.append((everything, 0, n_sales))
    rest = np.flatnonzero((until < n_sales) & (until > 0))
    for bit in range(int(n_sales).bit_length() - 1, _BRUTE_BITS - 1, -1):
        rows = rest[(until[rest] >> bit) & 1 == 1]
        starts = (until[rows] >> (bit + 1)) << (bit + 1)
        order = np.argsort(starts, kind="stable")
        edges = np.flatnonzero(np.diff(starts[order], prepend=-1, append=-1))
        blocks += [
            (rows[order[low:high]], int(starts[order[low]]), int(starts[order[low]]) + (1 << bit))
            for low, high in pairwise(edges)
        ]
    return blocks


def _keep_nearest(found: Ints, distances: Floats, rows: Ints, more_found: Ints, more_distances: Floats) -> None:
    n_wanted = found.shape[1]
    all_found = np.concatenate([found[rows], more_found], axis=1)
    all_distances = np.concatenate([distances[rows], more_distances], axis=1)
    order = np.argsort(all_distances, axis=1, kind="stable")[:, :n_wanted]
    found[rows] = np.take_along_axis(all_found, order, axis=1)
    distances[rows] = np.take_along_axis(all_distances, order, axis=1)


class PastMeans:
    """Sums over a group's sales before a day, fading with their age.

    Parameters
    ----------
    group : array of int, shape (n_sales,)
        −1 for none.
    day : array of float, shape (n_sales,)
    amounts : array of float, shape (n_sales, n_amounts)
        What is summed; put a column of ones first to get the weight. Kept, not copied: several groupings share it.
    n_whole : int
        Of so many columns the sums up to every sale are kept; of the others those up to every sixteenth, from where
        they are added up when asked for. Of 90 columns and 20,000 sales that is 1 MB instead of 14.
    fade_days : float
        After so many days a sale counts 1/e.
    """

    def __init__(self, group: Ints, day: Floats, amounts: Floats, fade_days: float, n_whole: int) -> None:
        self._last = float(day.max()) if len(day) else 0.0
        self._fade = fade_days
        order = np.lexsort((day, group))
        self._group, self._day = group[order], day[order]
        self._order, self._amounts, self._n_whole = order, amounts, n_whole
        self._grown = np.exp((self._day - self._last) / fade_days)
        sums = np.vstack([np.zeros((1, amounts.shape[1])), np.cumsum(amounts[order] * self._grown[:, None], axis=0)])
        self._sums, self._marks = sums[:, :n_whole].copy(), sums[::_MARK_EVERY, n_whole:].copy()
        self._span = (float(day.max() - day.min()) if len(day) else 0.0) + 2.0
        self._first = float(day.min()) if len(day) else 0.0
        self._keys = self._group * self._span + np.clip(self._day - self._first, 0, None)

    def before(self, group: Ints, day: Floats) -> Floats:
        """Faded sums over the group's sales before each day, of the whole columns, shape (n_rows, n_whole)."""
        low, high = self._places(group, day)
        return self._faded(self._sums[high] - self._sums[low], group, day)

    def rest_before(self, group: Ints, day: Floats) -> Floats:
        """Return the same of the other columns, shape (n_rows, n_amounts - n_whole)."""
        low, high = self._places(group, day)
        return self._faded(self._added_up(high) - self._added_up(low), group, day)

    def _places(self, group: Ints, day: Floats) -> tuple[Ints, Ints]:
        within = np.clip(day - self._first, 0.0, self._span - 1.0)
        high = np.searchsorted(self._keys, group * self._span + within, side="left")
        return np.searchsorted(self._keys, group * self._span, side="left"), high

    def _faded(self, sums: Floats, group: Ints, day: Floats) -> Floats:
        sums *= self.fading(day)[:, None]
        sums[group < 0] = 0.0
        return sums

    def _added_up(self, until: Ints) -> Floats:
        """Sums up to each sale, added one after the other: the same bits as if every one of them had been kept."""
        mark, more = np.divmod(until, _MARK_EVERY)
        sums = self._marks[mark]
        for step in range(int(more.max(initial=0))):
            rows = np.flatnonzero(more > step)
            sale = mark[rows] * _MARK_EVERY + step
            sums[rows] += self._amounts[self._order[sale], self._n_whole :] * self._grown[sale][:, None]
        return sums

    def fading(self, day: Floats) -> Floats:
        """Weight at `day` of a sale made on the last day of all."""
        return np.asarray(np.exp((self._last - day) / self._fade), dtype=np.float64)

    def weight(self, sale_day: Floats, day: Floats) -> Floats:
        """Weight at `day` of sales made on `sale_day`."""
        return np.asarray(np.exp((sale_day - day) / self._fade), dtype=np.float64)
