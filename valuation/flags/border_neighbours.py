"""Which dwellings are neighbours, with a border of market areas between them?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

NEIGHBOURS = 12
"""Nearest dwellings among which one on the other side is looked for."""


def neighbours_across(
    roll: pd.DataFrame, area_name: str, usable: NDArray[np.bool_], within_m: float, n_neighbours: int = NEIGHBOURS
) -> pd.DataFrame:
    """Find neighbours on two sides of a border.

    Parameters
    ----------
    roll : DataFrame
        One dwelling per row: `x_m, y_m` and the market area, indexed 0, 1, 2, ...
    area_name : str
        The characteristic that is the market area.
    usable : ndarray of bool, shape (n_dwellings,)
        Dwellings to look at; those without place or area are left out.
    within_m : float
        Metres between neighbours.
    n_neighbours : int
        Nearest dwellings among which one on the other side is looked for.

    Returns
    -------
    DataFrame
        `border` (the two areas in order, joined by a bar), `here` and `there` (rows of the roll; here lies in the area
        named first), `m`; nearest pairs first.
    """
    known = (roll["x_m"].notna() & roll["y_m"].notna() & roll[area_name].notna()).to_numpy()
    rows = np.flatnonzero(usable & known)
    if len(rows) < 2:
        none = np.empty(0, dtype=np.intp)
        return pd.DataFrame({"border": pd.array([], dtype="str"), "here": none, "there": none, "m": np.empty(0)})
    places = roll.loc[rows, ["x_m", "y_m"]].to_numpy(float)
    area = roll.loc[rows, area_name].astype(str).to_numpy()
    k = min(n_neighbours + 1, len(rows))
    distance, near = cKDTree(places).query(places, k=k, distance_upper_bound=within_m)
    here, there, far = np.repeat(np.arange(len(rows)), k), near.ravel(), distance.ravel()
    is_near = there < len(rows)
    here, there, far = here[is_near], there[is_near], far[is_near]
    across = area[here] < area[there]  # each pair once, from the area named first
    here, there, far = here[across], there[across], far[across]
    table = pd.DataFrame({"here": rows[here], "there": rows[there], "m": far})
    table["border"] = [f"{a}|{b}" for a, b in zip(area[here], area[there], strict=True)]
    return table.sort_values(["m", "here", "there"], ignore_index=True)[["border", "here", "there", "m"]]
