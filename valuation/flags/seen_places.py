"""Where were the sales, and how close together? Distances from a dwelling to the sales the model learned from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from valuation.dwellings.facts import Texts, codes_among

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

SPACING_NEIGHBOURS = 5
"""How close together sales lie at one of them is the distance from it to its fifth nearest place with a sale."""
AROUND = 20
"""Nearest places with a sale that say how close together sales lie around a dwelling, and to which sides they lie."""
FIRST_SALES = 16
"""Sales of a type looked at around every dwelling; further ones only where none of these is alike."""
LIKE_AREA = 1.25
"""A dwelling is like another when neither is more than so many times as large."""
ANY_TYPE = ""


@dataclass(frozen=True)
class NearSales:
    """The sales of its own type around each dwelling, nearest first."""

    distance_m: Floats
    """Shape (n_dwellings, k); infinite beyond the last sale, NaN for a dwelling without place or type."""
    row: Rows
    """Row of `SeenDomain.sales`, same shape; -1 where there is none."""


class SeenPlaces:
    """Places of the sales, by type.

    Parameters
    ----------
    sales : DataFrame
        One row is a sale: `dwelling_type, x_m, y_m, living_area`.
    """

    def __init__(self, sales: pd.DataFrame) -> None:
        self.sales = sales
        self.is_placed = np.isfinite(sales["x_m"].to_numpy() + sales["y_m"].to_numpy())
        self.size = sales["living_area"].to_numpy() if "living_area" in sales else np.full(len(sales), np.nan)

    @cached_property
    def rows_of(self) -> dict[str, Rows]:
        """Rows of the placed sales of each type; the type "" stands for all."""
        placed = np.flatnonzero(self.is_placed)
        kinds = self.sales["dwelling_type"].to_numpy(dtype=object)[placed]
        rows = {str(level): placed[kinds == level] for level in pd.unique(kinds) if not pd.isna(level)}
        return {ANY_TYPE: placed, **rows} if len(placed) else {}

    @cached_property
    def trees(self) -> dict[str, cKDTree]:
        """Places of the sales of each type; the type "" stands for all."""
        places = self.sales[["x_m", "y_m"]].to_numpy()
        return {level: cKDTree(places[rows]) for level, rows in self.rows_of.items()}

    @cached_property
    def alone(self) -> Floats:
        """Places with a sale, each once, sorted; shape (n_places, 2)."""
        rows = self.rows_of.get(ANY_TYPE, np.array([], dtype=np.intp))
        return np.unique(self.sales[["x_m", "y_m"]].to_numpy()[rows], axis=0)

    @cached_property
    def tree_alone(self) -> cKDTree:
        """The places of `alone`."""
        return cKDTree(self.alone)

    @cached_property
    def spacing_m(self) -> Floats:
        """Distance from each place of `alone` to its fifth nearest other."""
        distance, _ = self.tree_alone.query(self.alone, k=min(SPACING_NEIGHBOURS + 1, len(self.alone)))
        return np.atleast_2d(distance.T).T[:, -1]

    def nearest(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Rows]:
        """Distance to the nearest sale of any type, and its row.

        Returns
        -------
        distance_m : ndarray of float, shape (n_dwellings,)
            NaN without coordinates.
        row : ndarray of int, shape (n_dwellings,)
            -1 without coordinates.
        """
        distance = np.full(len(x_m), np.nan)
        row = np.full(len(x_m), -1, dtype=np.intp)
        placed = np.isfinite(x_m) & np.isfinite(y_m)
        if ANY_TYPE in self.trees and placed.any():
            distance[placed], found = self.trees[ANY_TYPE].query(np.column_stack([x_m[placed], y_m[placed]]), k=1)
            row[placed] = self.rows_of[ANY_TYPE][found]
        return distance, row

    def usual_distance(self, x_m: Floats, y_m: Floats) -> Floats:
        """How far the nearest sale usually lies for a dwelling at a place: a multiple of it is the limit.

        The spacing of the sales around, less where a wide side is open: a dwelling at the edge of a town has its
        neighbours on one side and near, one on the water before it has them on one side and far.

        Returns
        -------
        ndarray of float, shape (n_dwellings,)
            Metres; NaN without coordinates, or where too few places have a sale.
        """
        usual = np.full(len(x_m), np.nan)
        placed = np.isfinite(x_m) & np.isfinite(y_m)
        if len(self.alone) > AROUND and placed.any():
            at = np.column_stack([x_m[placed], y_m[placed]])
            found = self.tree_alone.query(at, k=AROUND)[1]
            spacing = np.median(self.spacing_m[found], axis=1)
            usual[placed] = spacing / open_share(self.alone[found] - at[:, None, :])
        return usual

    def near(self, x_m: Floats, y_m: Floats, types: Texts, k: int = FIRST_SALES) -> NearSales:
        """Return the `k` nearest sales of its own type around each dwelling."""
        distance = np.full((len(x_m), k), np.nan)
        row = np.full((len(x_m), k), -1, dtype=np.intp)
        names = [name for name in dict.fromkeys(types.tolist()) if name is not None]
        kinds = codes_among(types, {name: place for place, name in enumerate(names)}, len(types))
        placed = np.isfinite(x_m) & np.isfinite(y_m) & (kinds >= 0)
        distance[placed] = np.inf
        for place, name in enumerate(names):
            chosen = np.flatnonzero(placed & (kinds == place))
            if chosen.size and name in self.trees:
                at = np.column_stack([x_m[chosen], y_m[chosen]])
                far, found = self.trees[name].query(at, k=list(range(1, k + 1)))
                distance[chosen] = far
                row[chosen] = np.append(self.rows_of[name], -1)[found]
        return NearSales(distance, row)

    def nearest_like(
        self, x_m: Floats, y_m: Floats, types: Texts, size: Floats, near: NearSales
    ) -> tuple[Floats, Rows]:
        """Distance to the nearest sale of the same type and about the same size, and its row.

        Parameters
        ----------
        x_m, y_m, size : ndarray of float, shape (n_dwellings,)
        types : ndarray of text, shape (n_dwellings,)
        near : NearSales
            What `near` returned of the same dwellings.

        Returns
        -------
        distance_m : ndarray of float, shape (n_dwellings,)
            Infinite where no sale is alike; NaN without place, type or size.
        row : ndarray of int, shape (n_dwellings,)
            -1 where there is none.
        """
        distance, row = self._first_like(near, size)
        k = near.row.shape[1]
        most = max((len(rows) for level, rows in self.rows_of.items() if level != ANY_TYPE), default=0)
        while k < most:
            left = np.flatnonzero(np.isinf(distance))
            if not left.size:
                break
            k = min(8 * k, most)
            again = self.near(x_m[left], y_m[left], types[left], k)
            distance[left], row[left] = self._first_like(again, size[left])
        return distance, row

    def _first_like(self, near: NearSales, size: Floats) -> tuple[Floats, Rows]:
        known = np.append(self.size, np.nan)[near.row]
        with np.errstate(divide="ignore", invalid="ignore"):
            is_like = np.abs(np.log(known / size[:, None])) <= np.log(LIKE_AREA)
        first = is_like.argmax(axis=1)
        every = np.arange(len(first))
        found = is_like[every, first]
        asked = ~np.isnan(near.distance_m[:, 0]) & np.isfinite(size)
        distance = np.where(found, near.distance_m[every, first], np.where(asked, np.inf, np.nan))
        return distance, np.where(found, near.row[every, first], -1)


def open_share(towards: Floats) -> Floats:
    """Widest angle without a neighbour, as a share of the full circle.

    Parameters
    ----------
    towards : ndarray of float, shape (n, k, 2)
        From each of n places to its k neighbours.

    Examples
    --------
    >>> north, east, south, west = (0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)
    >>> [
    ...     round(float(share), 3)
    ...     for share in open_share(np.array([[north, east, south, west], [north, north, east, east]]))
    ... ]
    [0.25, 0.75]
    """
    angle = np.sort(np.arctan2(towards[..., 1], towards[..., 0]), axis=1)
    behind = 2 * np.pi + angle[:, :1] - angle[:, -1:]
    return np.asarray(np.hstack([np.diff(angle, axis=1), behind]).max(axis=1) / (2 * np.pi))


def distance_limit(places: Floats, share: float) -> float | None:
    """Return how many usual distances the sales lie from the nearest other place, but for a `share` of them.

    Each place is judged as if it had not sold: by the nearest of the others, and by how close to one another the others
    lie around it.

    Parameters
    ----------
    places : ndarray of float, shape (n_sales, 2)
    share : float
        Share of the places beyond the limit, 0 to 1.

    Returns
    -------
    float or None
        None for so few places that there is no spacing.
    """
    alone = np.unique(places, axis=0)
    if len(alone) < 2 * AROUND + SPACING_NEIGHBOURS:
        return None
    tree = cKDTree(alone)
    distance, found = tree.query(alone, k=AROUND + 1)
    others = found[:, 1:]
    # A neighbour counts its own neighbours without the place that is judged.
    wide, around = tree.query(alone, k=SPACING_NEIGHBOURS + 2)
    counts_it = (around[others][:, :, : SPACING_NEIGHBOURS + 1] == np.arange(len(alone))[:, None, None]).any(axis=2)
    spacing = np.where(counts_it, wide[others, SPACING_NEIGHBOURS + 1], wide[others, SPACING_NEIGHBOURS])
    usual = np.median(spacing, axis=1) / open_share(alone[others] - alone[:, None, :])
    return float(np.quantile(distance[:, 1] / usual, 1 - share, method="higher"))
