"""Which facts go together? For each pair of characteristics: what the sales had, and how far a dwelling lies from it.

A dwelling can be within the range of every single fact and still be like nothing that was sold: twelve rooms on thirty
square metres. Pairs are looked at, since a pair can be named and checked; a distance over all facts at once could not,
and one odd pair drowns among twenty ordinary facts. Each number runs from 0 to 1 between the least and the greatest of
the sales (half by its rank, half by its amount, so that neither the crowd nor the tail shrinks to a point) in 32 steps.
How far is too far is learned from the sales: each is measured against the sales of other dwellings.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.facts import Facts, codes_among
from valuation.flags.flag import numbers, texts
from valuation.jurisdictions.jurisdiction import Jurisdiction

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STEPS = 32
KNOTS = 129
PARTS = 5
LEAST_SALES = 100
"""With fewer, what was not sold together says nothing."""
USUAL_SHARE = 0.995
"""The unit of a pair is the distance that this share of the sales keep to; one and a half steps at the least."""
HALF_SURPRISING = 20.0
"""Two levels never sold together count as half the way apart when so many such sales were to be expected by chance."""
IDENTITIES = ("building", "street")
_ROWS_AT_ONCE = 2048
"""Dwellings whose pairs are looked up together."""


@dataclass(frozen=True)
class Axis:
    """One characteristic cut into cells: the levels of a category, or the steps of a number."""

    name: str
    levels: tuple[str, ...] = ()
    knots: tuple[float, ...] = ()
    """Amounts, from the least to the greatest."""
    places: tuple[float, ...] = ()
    """Where each of them lies between 0 and 1."""

    @property
    def is_number(self) -> bool:
        """Whether nearby cells are alike."""
        return bool(self.knots)

    @property
    def n_cells(self) -> int:
        """How many cells there are; this number itself stands for 'not known'."""
        return STEPS if self.is_number else len(self.levels)

    @classmethod
    def of_number(cls, name: str, figures: Floats) -> Axis | None:
        """Return the axis of a number; None where all sales have the same."""
        ordered = np.sort(figures[np.isfinite(figures)])
        if len(ordered) < 2 or ordered[0] == ordered[-1]:
            return None
        knots = np.unique(np.quantile(ordered, np.linspace(0, 1, KNOTS), method="nearest"))
        rank = np.searchsorted(ordered, knots, "left") + np.searchsorted(ordered, knots, "right")
        by_rank = (rank - rank[0]) / (rank[-1] - rank[0])
        by_amount = (knots - knots[0]) / (knots[-1] - knots[0])
        return cls(name, knots=tuple(knots.tolist()), places=tuple(((by_rank + by_amount) / 2).tolist()))

    @cached_property
    def _place_of_level(self) -> dict[str, int]:
        return {level: place for place, level in enumerate(self.levels)}

    @cached_property
    def _curve(self) -> tuple[Floats, Floats]:
        return np.array(self.knots), np.array(self.places)

    def cells(self, table: pd.DataFrame | Facts) -> Codes:
        """Cell of each dwelling, shape (n_dwellings,); `n_cells` where it is not known or was never sold."""
        facts = Facts.of(table)
        if not self.is_number:
            level = codes_among(facts.text(self.name), self._place_of_level, len(facts))
            return np.where(level < 0, self.n_cells, level).astype(np.int64)
        figures = facts.number(self.name)
        unknown = ~np.isfinite(figures)
        place = np.interp(np.where(unknown, 0.0, figures), *self._curve)
        return np.where(unknown, STEPS, np.minimum((place * STEPS).astype(np.int64), STEPS - 1))


class _JoinedTables(NamedTuple):
    """The tables of all pairs, one after another: every pair of a dwelling is looked up at once."""

    one: Codes
    """First axis of each pair."""
    other: Codes
    start: Codes
    """Where the table of each pair begins."""
    width: Codes
    distance: Floats


@dataclass(frozen=True)
class SeenCombinations:
    """What the sales had together, pair by pair."""

    axes: tuple[Axis, ...]
    limit: float
    """Units beyond which a dwelling is unlike the sales; no pair is judged where it is infinite."""
    units: tuple[float, ...]
    """Of each pair, in the order of `pairs`."""
    counts: tuple[NDArray[np.int64], ...]
    """Sales in each cell of each pair, shape (n_cells, n_cells)."""

    @classmethod
    def of_nothing(cls) -> SeenCombinations:
        """Return what is known without sales: nothing, and no pair is judged."""
        return cls((), float("inf"), (), ())

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Places of the two axes of each pair."""
        return list(combinations(range(len(self.axes)), 2))

    @classmethod
    def fit(cls, sales: pd.DataFrame, jurisdiction: Jurisdiction, names: list[str], share: float) -> SeenCombinations:
        """Learn what goes together from the valid sales before the holdout.

        Parameters
        ----------
        sales : DataFrame
            One row is a sale: `dwelling_id` and the characteristics.
        jurisdiction : Jurisdiction
        names : list of str
            Characteristics to look at.
        share : float
            Share of the sales that lie beyond the limit when each is measured against the sales of other dwellings.
        """
        axes = _axes(sales, jurisdiction, names) if len(sales) >= LEAST_SALES else ()
        cells = [axis.cells(sales) for axis in axes]
        pairs = list(combinations(range(len(axes)), 2))
        if not pairs:
            return cls.of_nothing()
        # By identity, not by row: a dwelling sold twice must not vouch for itself, nor the order of rows decide.
        part = pd.util.hash_array(sales["dwelling_id"].astype(object).to_numpy(), categorize=False) % PARTS
        farthest = np.zeros(len(sales))
        units, counts = [], []
        for a, b in pairs:
            away = np.zeros(len(sales))
            whole = _counts(axes[a], axes[b], cells[a], cells[b])
            for held_out in range(PARTS):
                rows = part == held_out
                own = _counts(axes[a], axes[b], cells[a][rows], cells[b][rows])
                away[rows] = _looked_up(_distances(axes[a], axes[b], whole - own), cells[a][rows], cells[b][rows])
            unit = max(float(np.quantile(away, USUAL_SHARE)), 1.5 / STEPS)
            np.maximum(farthest, away / unit, out=farthest)
            units.append(unit)
            counts.append(whole)
        limit = max(1.0, float(np.quantile(farthest, 1 - share, method="higher")))
        return cls(axes, limit, tuple(units), tuple(counts))

    @cached_property
    def tables(self) -> list[Floats]:
        """Distance of each cell of each pair from what was sold, in units; 0 where one of the two is not known."""
        return [
            _distances(self.axes[a], self.axes[b], count) / unit
            for (a, b), count, unit in zip(self.pairs, self.counts, self.units, strict=True)
        ]

    def distance(self, dwellings: pd.DataFrame | Facts) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
        """How far each dwelling lies from what was sold.

        Returns
        -------
        distance : ndarray of float, shape (n_dwellings,)
            In units, of the pair that lies furthest off.
        pair : ndarray of int, shape (n_dwellings,)
            That pair; the first of several, and -1 where the distance is within the limit.
        is_judged : ndarray of bool, shape (n_dwellings,)
            Whether two facts of it are known.
        """
        facts = Facts.of(dwellings)
        n, where = len(facts), self._joined
        cells = np.empty((n, len(self.axes)), dtype=np.int64)
        for place, axis in enumerate(self.axes):
            cells[:, place] = axis.cells(facts)
        distance, pair = np.zeros(n), np.full(n, -1, dtype=np.intp)
        for start in range(0, n if len(where.start) else 0, _ROWS_AT_ONCE):
            part = cells[start : start + _ROWS_AT_ONCE]
            away = where.distance[where.start + part[:, where.one] * where.width + part[:, where.other]]
            # The first of the pairs that lie furthest off.
            farthest = away.argmax(axis=1)
            most = away[np.arange(len(part)), farthest]
            distance[start : start + len(part)] = most
            pair[start : start + len(part)] = np.where(most > self.limit, farthest, -1)
        known = (cells < np.array([axis.n_cells for axis in self.axes], dtype=np.int64)).sum(axis=1)
        return distance, pair, known >= 2

    @cached_property
    def _joined(self) -> _JoinedTables:
        one, other = (np.array([item[side] for item in self.pairs], dtype=np.int64) for side in (0, 1))
        width = np.array([table.shape[1] for table in self.tables], dtype=np.int64)
        ends = np.cumsum([table.size for table in self.tables], dtype=np.int64)
        whole = np.concatenate([table.ravel() for table in self.tables]) if self.tables else np.empty(0)
        return _JoinedTables(one, other, np.append(0, ends)[:-1] if len(ends) else ends, width, whole)

    def names_of(self, pair: int) -> tuple[str, str]:
        """Return the two characteristics of a pair."""
        a, b = self.pairs[pair]
        return self.axes[a].name, self.axes[b].name

    def save(self, folder: Path) -> None:
        """Write `combinations.json` and `combinations.parquet` into `folder`."""
        content = {
            "axes": [asdict(axis) for axis in self.axes],
            "limit": self.limit if np.isfinite(self.limit) else None,
            "units": self.units,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "combinations.json").write_text(text + "\n", encoding="utf-8")
        filled = [np.flatnonzero(count) for count in self.counts]
        n_sales = [count.ravel()[cells] for count, cells in zip(self.counts, filled, strict=True)]
        nothing = np.empty(0, np.int32)
        pd.DataFrame(
            {
                "pair": np.repeat(np.arange(len(filled), dtype=np.int32), [len(cells) for cells in filled]),
                "cell": np.concatenate([nothing, *filled]).astype(np.int32),
                "n_sales": np.concatenate([nothing, *n_sales]).astype(np.int32),
            }
        ).to_parquet(folder / "combinations.parquet", index=False, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> SeenCombinations:
        """Read what `save` wrote; a bundle of before knows no combinations."""
        path = folder / "combinations.json"
        if not path.exists():
            return cls.of_nothing()
        content = json.loads(path.read_text(encoding="utf-8"))
        axes = tuple(
            Axis(item["name"], *(tuple(item[key]) for key in ("levels", "knots", "places"))) for item in content["axes"]
        )
        # One row is a cell of a pair that holds sales.
        filled = pd.read_parquet(folder / "combinations.parquet")
        counts = []
        for number, (a, b) in enumerate(combinations(range(len(axes)), 2)):
            own = filled[filled["pair"] == number]
            count = np.zeros(axes[a].n_cells * axes[b].n_cells, dtype=np.int64)
            count[own["cell"].to_numpy()] = own["n_sales"].to_numpy()
            counts.append(count.reshape(axes[a].n_cells, axes[b].n_cells))
        limit = float("inf") if content["limit"] is None else float(content["limit"])
        return cls(axes, limit, tuple(content["units"]), tuple(counts))


def _axes(sales: pd.DataFrame, jurisdiction: Jurisdiction, names: list[str]) -> tuple[Axis, ...]:
    axes = []
    for name in names:
        item = jurisdiction.characteristics[name]
        if item.role in IDENTITIES:
            continue
        if item.is_categorical:
            levels = tuple(sorted(set(texts(sales, name).dropna())))
            axis = Axis(name, levels=levels) if len(levels) > 1 else None
        else:
            axis = Axis.of_number(name, numbers(sales, name))
        if axis is not None:
            axes.append(axis)
    return tuple(axes)


def _counts(one: Axis, other: Axis, here: Codes, there: Codes) -> NDArray[np.int64]:
    """Sales in each cell of a pair; those of which a fact is not known are left out."""
    shape = (one.n_cells, other.n_cells)
    known = (here < one.n_cells) & (there < other.n_cells)
    return np.bincount(here[known] * shape[1] + there[known], minlength=shape[0] * shape[1]).reshape(shape)


def _distances(one: Axis, other: Axis, count: NDArray[np.int64]) -> Floats:
    """Distance of each cell from the nearest that holds sales, with a last row and column of 0 for 'not known'."""
    is_empty = count == 0
    if one.is_number and other.is_number:
        from scipy.ndimage import distance_transform_edt  # not above: what serves values learns no table

        away = distance_transform_edt(is_empty) / STEPS if not is_empty.all() else np.zeros(count.shape)
    elif one.is_number:
        away = _along(is_empty.T).T
    elif other.is_number:
        away = _along(is_empty)
    else:
        expected = np.outer(count.sum(axis=1), count.sum(axis=0)) / max(int(count.sum()), 1)
        away = np.where(is_empty, expected / (expected + HALF_SURPRISING), 0.0)
    return np.pad(away, ((0, 1), (0, 1)))


def _along(is_empty: NDArray[np.bool_]) -> Floats:
    """Distance along each row from the nearest cell that holds sales; 0 in a row that holds none."""
    from scipy.ndimage import distance_transform_edt

    away = np.zeros(is_empty.shape)
    for row in np.flatnonzero(~is_empty.all(axis=1)):
        away[row] = distance_transform_edt(is_empty[row]) / STEPS
    return away


def _looked_up(table: Floats, here: Codes, there: Codes) -> Floats:
    return table.ravel()[here * table.shape[1] + there]
