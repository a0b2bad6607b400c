"""Which of some candidate sales come first, when each has to pass the guards? One compiled loop for a whole roll."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from valuation.models.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


DIGITS = 9
"""Of a distance between points."""


class Candidates(NamedTuple):
    """Sales that may be chosen for each dwelling."""

    start: Ints
    """Where the candidates of each dwelling begin, and where those of the last end; shape (n_dwellings + 1,)."""
    sale: Ints
    """Numbers of sales; those of one dwelling rise."""


class Places(NamedTuple):
    """Where dwellings, or sales, lie."""

    point: Floats
    """As the model sees them, in log price; shape (n, n_axes)."""
    on_map: Floats
    """Metres east and north, shape (n, 2)."""


class Guards(NamedTuple):
    """What a sale has to pass."""

    max_distance_m: float
    max_per_building: int
    number: int
    """So many sales are chosen at most."""


@compiled
def choose(
    candidates: Candidates, dwellings: Places, own: Ints, sales: Places, building: Ints, guards: Guards
) -> tuple[Ints, Floats, Floats]:
    """Take the candidates from the nearest on, each that passes, until there are enough.

    Of two that are equally near the one with the lower number comes first.

    Parameters
    ----------
    candidates : Candidates
    dwellings : Places
    own : array of int, shape (n_dwellings,)
        The number of the dwelling's own sale, −1 where it has none.
    sales : Places
    building : array of int, shape (n_sales,)
    guards : Guards

    Returns
    -------
    sale : array of int, shape (n_dwellings, guards.number)
        Numbers of the chosen sales, nearest first; −1 where there are no more.
    unlikeness, distance_m : array of float, same shape
        Distance between the points, and on the map; NaN where there is no sale.
    """
    n = len(candidates.start) - 1
    chosen = np.full((n, guards.number), -1, dtype=np.int64)
    unlikeness = np.full((n, guards.number), np.nan)
    metres = np.full((n, guards.number), np.nan)
    for row in range(n):
        asked = candidates.sale[candidates.start[row] : candidates.start[row + 1]]
        apart = np.empty(len(asked))
        for i in range(len(asked)):
            total = 0.0
            for axis in range(sales.point.shape[1]):
                step = dwellings.point[row, axis] - sales.point[asked[i], axis]
                total += step * step
            # The last bits of a sum must not decide which of two sales equally near is shown.
            apart[i] = round(np.sqrt(total), DIGITS)
        # A stable sort: equally near sales stay in the order of their numbers.
        place = 0
        for i in np.argsort(apart, kind="mergesort"):
            sale = asked[i]
            east = dwellings.on_map[row, 0] - sales.on_map[sale, 0]
            north = dwellings.on_map[row, 1] - sales.on_map[sale, 1]
            far = np.sqrt(east * east + north * north)
            same = 0
            for earlier in range(place):
                if building[chosen[row, earlier]] == building[sale]:
                    same += 1
            if sale == own[row] or far > guards.max_distance_m or same >= guards.max_per_building:
                continue
            chosen[row, place], unlikeness[row, place], metres[row, place] = sale, apart[i], far
            place += 1
            if place == guards.number:
                break
    return chosen, unlikeness, metres
