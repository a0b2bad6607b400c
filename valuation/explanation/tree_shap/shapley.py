"""What does each line add to the log value of each row? Trees, codes, groups and tables put together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from valuation.explanation.tree_shap import kernels
from valuation.explanation.tree_shap.coding import Coding
from valuation.explanation.tree_shap.planning import MOST_BITS, Longs, plan, without_factors
from valuation.models.asking import asked
from valuation.models.forest import Floats, Ints, UnknownModel, forest_of
from valuation.models.stored_booster import Booster

PATTERN_BITS = 7
"""Longer patterns mean fewer groups to add for each row, and larger tables (the demo's: 163 MB at 8, 127 MB at 7)."""
TABLE_BYTES_AT_ONCE = 8 << 20
"""Tables gone through at once: more would not stay in the memory near the processor."""
KEPT_TABLE_BYTES = 512 << 20
"""Tables up to this size are filled once and kept; those of larger models are filled at each call."""
ROWS_AT_ONCE = 2048
SIDE_BY_SIDE = 3
"""From so many rows on, it pays to ask a question of many rows at once."""
FEW_ROWS = 200
"""Under so many rows, LightGBM's own way is faster than filling tables that are not kept."""


class TreeShap:
    """Exact Shapley values of a blend of boosters, features added up by line.

    Parameters
    ----------
    boosters : sequence of (lightgbm.Booster, float)
        Each with its weight.
    line_of : array of int, shape (n_features,)
        Line to which what a feature adds is counted; lines are numbered from 0.

    Attributes
    ----------
    base : float
        What the blend says of no row in particular: base + values = prediction.
    unknown : str
        Why the values come from LightGBM's `pred_contrib`; empty when they come from tables.
    """

    def __init__(self, boosters: Sequence[tuple[Booster, float]], line_of: Ints) -> None:
        self.boosters = list(boosters)
        self.line_of = np.asarray(line_of, dtype=np.int32)
        self.n_lines = int(self.line_of.max()) + 1
        self.unknown = ""
        try:
            self._tables: _Tables | None = _Tables(self.boosters, self.line_of)
            self.base = self._tables.base
        except UnknownModel as error:
            self._tables, self.unknown = None, str(error)
            self.base = self._own_way(np.zeros((1, len(self.line_of))), 1)[1]

    def warm(self, n_threads: int = 1) -> None:
        """Fill the tables now, if they are of those that are kept, so that the first row does not wait for them."""
        if self._tables is not None and self._tables.is_kept:
            self._tables.fill_all(n_threads)

    def values(self, matrix: Floats, n_threads: int = 1) -> Floats:
        """Return what each line adds for each row.

        The numbers of a row do not hang on the other rows, their number or the number of threads.

        Parameters
        ----------
        matrix : array of float, shape (n_rows, n_features)
        n_threads : int

        Returns
        -------
        array of float, shape (n_rows, n_lines)
        """
        matrix = np.asarray(matrix, dtype=np.float64)
        if self._tables is None or (len(matrix) < FEW_ROWS and not self._tables.is_kept):
            return self._own_way(matrix, n_threads)[0]
        return self._tables.values(matrix, self.n_lines, n_threads)

    def _own_way(self, matrix: Floats, n_threads: int) -> tuple[Floats, float]:
        """Ask LightGBM."""
        total = np.zeros((len(matrix), len(self.line_of) + 1))
        boosters, weights = zip(*self.boosters, strict=True)
        if len(matrix):
            for said, weight in zip(
                asked(list(boosters), matrix, n_threads=n_threads, pred_contrib=True), weights, strict=True
            ):
                total += weight * said
        values = np.zeros((len(matrix), self.n_lines))
        for feature, line in enumerate(self.line_of):
            values[:, line] += total[:, feature]
        return values, float(total[0, -1]) if len(matrix) else 0.0


class _Tables:
    """What every group of every tree adds for every pattern, filled when asked for."""

    def __init__(self, boosters: Sequence[tuple[Booster, float]], line_of: Ints) -> None:
        forest = forest_of(boosters)
        self.base = forest.base
        self.coding = Coding.of(forest)
        self.groups = plan(forest, line_of, PATTERN_BITS)
        self._asked = kernels.Asked(
            forest.node_start, self.coding.plane, self.coding.limit, self.coding.level_table, self.coding.meets
        )
        self._most_nodes = int(np.diff(forest.node_start).max())
        self._points, self._weights = quadrature(MOST_BITS // 2 + 1)
        self._kept: Floats | None = None
        self._filling = threading.Lock()
        sizes = np.diff(self.groups.line_start) << np.diff(self.groups.bit_start)
        self._ends = np.concatenate([[0], np.cumsum(sizes)])
        self._parts = _parts(self._ends[self.groups.group_start])

    @property
    def is_kept(self) -> bool:
        """Whether the tables are small enough to be kept, or are kept."""
        return self._kept is not None or bool(8 * self._ends[-1] <= KEPT_TABLE_BYTES)

    def fill_all(self, n_threads: int) -> Floats:
        """Fill all tables, once; return them."""
        with self._filling:
            if self._kept is None:
                self._kept = self._filled(0, len(self.groups.n_path), self._ends[:-1], n_threads)
                # What tables are filled by is as large as a tenth of them, and not asked for again.
                self.groups = without_factors(self.groups)
            return self._kept

    def _filled(self, first: int, end: int, start: Longs, n_threads: int) -> Floats:
        table = np.empty(int(self._ends[end] - self._ends[first]))
        most_factors = int(np.diff(self.groups.factor_start).max())
        fill = partial(
            kernels.tabulate,
            groups=self.groups,
            points=self._points,
            weights=self._weights,
            most_factors=most_factors,
            table_start=start,
            table=table,
        )
        _in_threads(fill, first, end, n_threads)
        return table

    def values(self, matrix: Floats, n_lines: int, n_threads: int) -> Floats:
        """Return what each line adds for each row, shape (n_rows, n_lines)."""
        codes = self.coding.codes(matrix)
        added = np.zeros((n_lines, len(matrix)))
        whole = self.fill_all(n_threads) if self.is_kept else None
        if whole is not None and len(matrix) < SIDE_BY_SIDE:
            every = (0, len(self.groups.group_start) - 1)
            start = self._ends[:-1]
            kernels.add_few_rows(every, self._asked, self.groups, start, whole, codes, self._most_nodes, added)
            return np.ascontiguousarray(added.T)
        for tree, end_tree in self._parts:
            first, end = int(self.groups.group_start[tree]), int(self.groups.group_start[end_tree])
            start = self._ends[:-1] if whole is not None else self._ends[:-1] - self._ends[first]
            table = whole if whole is not None else self._filled(first, end, start, n_threads)
            add = partial(
                kernels.add_rows,
                trees=(tree, end_tree),
                forest=self._asked,
                groups=self.groups,
                table_start=start,
                table=table,
                codes=codes,
                at_once=max(min(ROWS_AT_ONCE, len(matrix)), 1),
                most_nodes=self._most_nodes,
                out=added,
            )
            _in_threads(add, 0, len(matrix), n_threads)
        return np.ascontiguousarray(added.T)


def _parts(start: Longs) -> list[tuple[int, int]]:
    """Cut the trees, of which each has its first entry here, where their tables reach `TABLE_BYTES_AT_ONCE`."""
    parts, tree = [], 0
    while tree < len(start) - 1:
        reach = start[tree] + TABLE_BYTES_AT_ONCE // 8
        end = max(int(np.searchsorted(start, reach, side="right")) - 1, tree + 1)
        parts.append((tree, end))
        tree = end
    return parts


def _in_threads(work: Callable[[int, int], None], begin: int, end: int, n_threads: int) -> None:
    """Do `work` from `begin` to `end`, cut into as many pieces as there are threads."""
    n_threads = max(min(n_threads, end - begin), 1)
    cuts = np.linspace(begin, end, n_threads + 1).astype(np.int64).tolist()
    if n_threads == 1:
        work(begin, end)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))


def quadrature(most: int) -> tuple[Floats, Floats]:
    """Points and weights of Gauss-Legendre quadrature on (0, 1), for 1 to `most` points, each in the row of its number.

    Examples
    --------
    >>> points, weights = quadrature(2)
    >>> bool(abs(weights[2] @ points[2] ** 3 - 1 / 4) < 1e-15)
    True
    """
    points, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for n in range(1, most + 1):
        x, w = np.polynomial.legendre.leggauss(n)
        points[n, :n], weights[n, :n] = (x + 1) / 2, w / 2
    return points, weights
