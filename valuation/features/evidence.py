"""What does the place say of the price? Levels of the area, the street, the building and the nearest, as numbers.

Averages of the location parts (`hedonic.py`) of past sales (`location.py`), each shrunk towards what surrounds it: the
nearest towards the area, the street towards the nearest, the building towards the street. None of them knows a price of
the dwelling that asks, or of the day it asks for and later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from valuation.features.location import PastMeans, PastNeighbours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class NeighbourParams:
    """Settings of the neighbour features."""

    n_neighbours: int = 40
    """Sales looked at around a dwelling."""
    near: tuple[int, ...] = (4, 12, 40)
    metres_per_year: float = 250.0
    """How many metres of distance a year of age counts as when neighbours are chosen."""
    fade_days: float = 500.0
    """After so many days a sale counts 1/e."""
    shrink_near: float = 2.0
    """Weight, in sales, of the market area's mean in the mean of the nearest."""
    shrink_group: float = 3.0
    """Weight, in sales, of what surrounds it in the mean of a building, street or area."""
    similar_years: float = 15.0
    """Difference in years built at which a neighbour counts 1/e as a similar one."""
    has_levels: bool = True
    """Whether the market area itself is a feature beside its mean."""

    alike: tuple[str, ...] = ()
    """Places (`area`, `street`, `building`) whose past sales of the same kind (type and all other categories that
    promise no direction) make a level of their own."""
    landmarks: int = 32
    """Fixed points of the map, at most, the distance to each of which is a feature; 0: none."""
    landmark_sales: int = 100
    """Sales nearest to a landmark, at least: with few sales there are fewer landmarks."""
    surroundings: tuple[int, ...] = ()
    """Of how many of the nearest dwellings sold the mean of each number recorded is a feature; one set each."""

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> NeighbourParams:
        """Read `train.neighbours` of params.yaml."""
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        return cls(**known)


@dataclass(frozen=True)
class Asked:
    """Who asks, and when: one row a dwelling to be described."""

    dwelling: Ints
    """Among the dwellings of the pool; −1 for one never sold."""
    days: Floats
    x: Floats
    y: Floats
    year: Floats
    codes: dict[str, Ints]
    """As in `Pool`."""


@dataclass(frozen=True)
class Pool:
    """The past sales, columns by name; one row a sale, oldest first."""

    day: Floats
    dwelling: Ints
    x: Floats
    y: Floats
    location_part: Floats
    own_design: Floats
    change: Floats
    year: Floats
    codes: dict[str, Ints]
    """By role: market_area, dwelling_type, building, street and, where `alike` asks for it, kind; −1 where missing."""

    def to_table(self) -> pd.DataFrame:
        """One row a sale; matrices become numbered columns."""
        simple = {name: getattr(self, name) for name in _POOL_COLUMNS}
        simple |= {f"code_{role}": codes for role, codes in self.codes.items()}
        matrices = {
            f"{name}_{i}": getattr(self, name)[:, i]
            for name in ("own_design", "change")
            for i in range(self.own_design.shape[1])
        }
        return pd.DataFrame(simple | matrices)

    @classmethod
    def from_table(cls, table: pa.Table, dwelling: Ints) -> Pool:
        """Read what `to_table` made, column by column: a table of pandas would be two more copies of the matrices."""
        simple = {name: table[name].to_numpy() for name in _POOL_COLUMNS}
        codes = {name: table[name].to_numpy() for name in table.column_names if name.startswith("code_")}
        return cls(
            dwelling=dwelling,
            codes={name.removeprefix("code_"): column for name, column in codes.items()},
            own_design=_matrix(table, "own_design"),
            change=_matrix(table, "change"),
            **simple,
        )


def _matrix(table: pa.Table, name: str) -> Floats:
    columns = [column for column in table.column_names if column.removeprefix(f"{name}_").isdecimal()]
    matrix = np.empty((table.num_rows, len(columns)))
    for place, column in enumerate(columns):
        matrix[:, place] = table[column].to_numpy()
    return matrix


class PlaceEvidence:
    """Levels of places by past sales, without those of the dwelling that asks.

    Parameters
    ----------
    pool : Pool
    params : NeighbourParams
    n_dwellings : int
        Dwellings the pool's `dwelling` counts.

    Attributes
    ----------
    pool : Pool
        The same sales; for whoever gave them to hold in the place of their own.
    """

    def __init__(self, pool: Pool, params: NeighbourParams, n_dwellings: int) -> None:
        amounts = np.column_stack([np.ones(len(pool.day)), pool.location_part, pool.own_design])
        # The one matrix is part of the other: kept twice, it would be the largest thing a worker holds of the map.
        pool = replace(pool, own_design=amounts[:, _N_WHOLE:])
        self.pool, self._params, self._amounts = pool, params, amounts
        self._neighbours = PastNeighbours(pool.x, pool.y, pool.day, pool.dwelling, params.metres_per_year)
        self._n_kinds = int(pool.codes["kind"].max(initial=0)) + 1 if params.alike else 0
        self._pool_codes = {name: self._group_codes(name, pool.codes) for name in (*_GROUPS, *_alike(params))}
        self._means = {
            name: PastMeans(codes, pool.day, amounts, params.fade_days, _N_WHOLE)
            for name, codes in self._pool_codes.items()
            if (codes >= 0).any()
        }
        # Any one sale of a dwelling carries the change that leaving the whole dwelling out makes.
        self._sale_of_dwelling = np.full(n_dwellings, -1)
        self._sale_of_dwelling[pool.dwelling] = np.arange(len(pool.day))
        self._sales_by_dwelling = np.argsort(pool.dwelling, kind="stable")
        self._sales_start = np.searchsorted(pool.dwelling[self._sales_by_dwelling], np.arange(n_dwellings + 1))

    def _group_codes(self, name: str, codes: dict[str, Ints]) -> Ints:
        """Group of each row, −1 for none; of alike, the number of the place and that of the kind in one."""
        place = codes[_GROUPS[name.removesuffix(_ALIKE)]]
        if not name.endswith(_ALIKE):
            return place
        return np.where((place >= 0) & (codes["kind"] >= 0), place * self._n_kinds + codes["kind"], -1)

    def columns(self, asked: Asked, *, has_place: bool) -> dict[str, Floats]:
        """Make the features, by name, each of shape (n_dwellings,)."""
        change = self._change_for(asked.dwelling)
        area_mean, area_weight = self._group_mean("area", asked, change, 0.0)
        columns = {"area_level": area_mean, "area_sales": area_weight}
        around = area_mean
        if has_place:
            near, around = self._near(asked, change, area_mean)
            columns |= near
        for name in ("street", "building"):
            if name in self._means:
                around, weight = self._group_mean(name, asked, change, around)
                columns |= {f"{name}_level": around, f"{name}_sales": weight}
        for name in _alike(self._params):
            if name in self._means:
                level = columns[f"{name.removesuffix(_ALIKE)}_level"]
                columns[f"{name}_level"] = self._group_mean(name, asked, change, level)[0]
        return columns

    def _change_for(self, dwelling: Ints) -> Floats:
        change = np.zeros((len(dwelling), self.pool.change.shape[1]))
        sold = dwelling >= 0
        change[sold] = self.pool.change[self._sale_of_dwelling[dwelling[sold]]]
        return change

    def _group_mean(self, name: str, asked: Asked, change: Floats, around: Floats | float) -> tuple[Floats, Floats]:
        """Shrunken mean location part of a group's past sales without the dwelling's own, and their weight."""
        codes, means = self._group_codes(name, asked.codes), self._means[name]
        sums = means.before(codes, asked.days)
        # Only for a dwelling that was sold does it matter what the others are like: leaving it out moves their part.
        sold = np.flatnonzero(asked.dwelling >= 0)
        rest = means.rest_before(codes[sold], asked.days[sold])
        self._subtract_own(sums, rest, name, codes, asked, sold)
        weight, total = np.maximum(sums[:, 0], 0.0), sums[:, 1].copy()
        total[sold] += np.einsum("ij,ij->i", rest, change[sold])
        shrink = self._params.shrink_group
        return (total + shrink * around) / (weight + shrink), weight

    def _subtract_own(self, sums: Floats, rest: Floats, name: str, codes: Ints, asked: Asked, sold: Ints) -> None:
        pool = self.pool
        pool_codes = self._pool_codes[name]
        rows, sales = self._own_sales(asked.dwelling)
        is_counted = (pool.day[sales] < asked.days[rows]) & (pool_codes[sales] == codes[rows]) & (codes[rows] >= 0)
        rows, sales = rows[is_counted], sales[is_counted]
        weight = self._means[name].weight(pool.day[sales], asked.days[rows])
        amounts = self._amounts[sales] * weight[:, None]
        np.subtract.at(sums, rows, amounts[:, :_N_WHOLE])
        np.subtract.at(rest, np.searchsorted(sold, rows), amounts[:, _N_WHOLE:])

    def _own_sales(self, dwelling: Ints) -> tuple[Ints, Ints]:
        """Pairs of a row that asks and a sale of its dwelling, rows rising, and the sales of each."""
        sold = np.flatnonzero(dwelling >= 0)
        first, end = (self._sales_start[dwelling[sold] + more] for more in (0, 1))
        count = end - first
        rows = np.repeat(sold, count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        return rows, self._sales_by_dwelling[np.repeat(first, count) + within]

    def _near(self, asked: Asked, change: Floats, area_mean: Floats) -> tuple[dict[str, Floats], Floats]:
        pool, params = self.pool, self._params
        found, distance = self._neighbours.nearest(asked.x, asked.y, asked.days, asked.dwelling, params.n_neighbours)
        is_there = found >= 0
        part = np.where(is_there, pool.location_part[found] + self._correction(found, change), 0.0)
        fading = np.where(is_there, np.exp((pool.day[found] - asked.days[:, None]) / params.fade_days), 0.0)
        columns: dict[str, Floats] = {}
        around = area_mean
        for n in sorted(params.near, reverse=True):
            reach = np.maximum(np.where(np.isfinite(distance[:, n - 1]), distance[:, n - 1], 1e4), 1.0)[:, None]
            weight = fading[:, :n] * np.exp(-((np.where(is_there[:, :n], distance[:, :n], 0.0) / reach) ** 2))
            around = _shrunk(weight, part[:, :n], around, params.shrink_near)
            columns[f"near_{n}_level"] = around
            columns[f"near_{n}_reach_m"] = np.where(np.isfinite(distance[:, n - 1]), distance[:, n - 1], np.nan)
        widest = columns[f"near_{max(params.near)}_level"]
        same = fading * (pool.codes["dwelling_type"][found] == asked.codes["dwelling_type"][:, None])
        columns["near_same_type_level"] = _shrunk(same, part, widest, params.shrink_near)
        gap = np.nan_to_num((pool.year[found] - asked.year[:, None]) / params.similar_years, nan=1.0)
        similar = fading * np.exp(-np.abs(gap))
        columns["near_same_age_level"] = _shrunk(similar, part, widest, params.shrink_near)
        spread = (fading * (part - widest[:, None]) ** 2).sum(axis=1) / np.maximum(fading.sum(axis=1), 1e-9)
        columns["near_spread"] = np.sqrt(spread)
        return columns, around

    def _correction(self, found: Ints, change: Floats) -> Floats:
        """What leaving the asking dwelling out of the regression adds to its neighbours' location parts."""
        correction = np.zeros(found.shape)
        moved = np.flatnonzero(np.abs(change).max(axis=1, initial=0.0) > 0)
        for start in range(0, len(moved), 2000):
            rows = moved[start : start + 2000]
            correction[rows] = np.einsum("ikp,ip->ik", self.pool.own_design[found[rows]], change[rows])
        return correction


_POOL_COLUMNS = ("day", "x", "y", "location_part", "year")
_N_WHOLE = 2
"""Columns of the amounts that every row asks for: the weight and the location part."""
_ALIKE = "_alike"
_GROUPS = {"area": "market_area", "street": "street", "building": "building"}
"""Places whose past sales are averaged, by the role that names them."""


def _alike(params: NeighbourParams) -> tuple[str, ...]:
    return tuple(place + _ALIKE for place in params.alike)


def _shrunk(weight: Floats, part: Floats, around: Floats, shrink: float) -> Floats:
    """Weighted mean over neighbours, with `shrink` sales' worth of what surrounds them."""
    return np.asarray(((weight * part).sum(axis=1) + shrink * around) / (weight.sum(axis=1) + shrink))
