"""What stands around a dwelling? The facts of the nearest dwellings that were sold, and of no price.

A street of large houses with garages is another place than one of small houses without, a stone's throw away, whatever
has been sold there lately. Landmarks say where a dwelling lies, what neighbours sold for how dear the place was;
this says what kind of place it is. It holds no price and no date, so there is nothing to leak, and boosters that see no
neighbours' prices see it. The dwelling's own facts are no part of it: a promised direction cannot break on it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PREFIX = "around_"


class Surroundings:
    """Means of the facts of the nearest dwellings.

    Parameters
    ----------
    facts : DataFrame of float
        One row a dwelling that was sold, in the order of their numbers: `x_m, y_m`, and the facts; NaN where not known.
    counts : tuple of int
        Of how many of the nearest a mean is made; one set of features each.
    """

    def __init__(self, facts: pd.DataFrame, counts: tuple[int, ...]) -> None:
        self.facts_ = facts
        places = facts.reindex(columns=["x_m", "y_m"]).to_numpy(np.float64)
        self._number = np.flatnonzero(np.isfinite(places).all(axis=1))
        self._names = [name for name in facts if name not in ("x_m", "y_m")]
        self._facts = facts[self._names].to_numpy(np.float64)
        self._counts = counts
        self._tree = cKDTree(places[self._number]) if len(self._number) else None

    def columns(self, x: Floats, y: Floats, dwelling: Ints) -> dict[str, Floats]:
        """Make the features, by name, each of shape (n_dwellings,); NaN without a place or without a neighbour.

        Parameters
        ----------
        x, y : array of float, shape (n_dwellings,)
            Metres.
        dwelling : array of int, shape (n_dwellings,)
            Row of the dwelling in `facts`; −1 for one that was never sold. It is no neighbour of its own.
        """
        nearest = self._nearest(x, y, dwelling, max(self._counts, default=0))
        made: dict[str, Floats] = {}
        for count in self._counts:
            found = nearest[:, :count]
            for name, column in zip(self._names, self._facts.T, strict=True):
                made[f"{_PREFIX}{count}_{name}"] = _mean(np.where(found >= 0, column[found], np.nan))
        return made

    def _nearest(self, x: Floats, y: Floats, dwelling: Ints, count: int) -> Ints:
        """Rows of the nearest others, nearest first, −1 where there are not so many, shape (n_dwellings, count)."""
        found = np.full((len(x), count), -1, dtype=np.int64)
        placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if self._tree is None or not len(placed) or not count:
            return found
        # One more than asked for: the dwelling itself may be among them. Where none is left the tree says n_places.
        _, near = self._tree.query(np.column_stack([x, y])[placed], k=np.arange(1, count + 2))
        rows = np.append(self._number, -1)[near]
        is_own = (rows == dwelling[placed, None]) & (rows >= 0)
        order = np.argsort(is_own, axis=1, kind="stable")[:, :count]
        rows = np.where(is_own, -1, rows)
        found[placed] = np.take_along_axis(rows, order, axis=1)
        return found


def _mean(values: Floats) -> Floats:
    """Mean of what is known of each row; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def is_surrounding(feature_name: str) -> bool:
    """Whether a feature is a mean of what stands around."""
    return feature_name.startswith(_PREFIX)
