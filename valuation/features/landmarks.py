"""How far is it to fixed points of the map? Places as distances, so that a border in a tree need not follow the axes.

A tree cuts the map along its axes, and what parts two neighbourhoods seldom follows them: a step in the distance to a
landmark is an arc, and two of them enclose a place wherever it lies. Landmarks are made from where dwellings were sold
and from no price, so there is nothing to leak. They say where a dwelling lies, as its coordinates do: boosters that see
no neighbours' prices see them, and what they add is counted as location.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PREFIX = "landmark_"
_MOST_HALVINGS = 10


def landmarks_of(x: Floats, y: Floats, n_most: int, min_sales: int) -> Floats:
    """Choose the landmarks: the map is halved again and again, each cell having as many sales; the middle of each.

    Parameters
    ----------
    x, y : array of float, shape (n_sales,)
        Metres; rows with NaN have no part in it.
    n_most : int
        At most so many landmarks.
    min_sales : int
        A cell has at least so many sales, but for the first.

    Returns
    -------
    ndarray of float, shape (n_landmarks, 2)
        Whole metres: the largest power of 2 that both limits allow; none without a place or with `n_most` 0.

    Examples
    --------
    >>> landmarks_of(np.array([0.0, 2.0, 90.0, 92.0]), np.zeros(4), 2, 1)[:, 0].tolist()
    [1.0, 91.0]
    """
    places = np.column_stack([x, y])
    places = places[np.isfinite(places).all(axis=1)]
    if n_most < 1 or not len(places):
        return np.zeros((0, 2))
    limit = min(n_most, len(places) // max(min_sales, 1))
    n_halvings = min(max(limit.bit_length() - 1, 0), _MOST_HALVINGS)
    cells = [places]
    for _ in range(n_halvings):
        cells = [half for cell in cells for half in _halved(cell)]
    return np.round(np.array([np.median(cell, axis=0) for cell in cells]))


def _halved(cell: Floats) -> tuple[Floats, Floats]:
    """Cut a cell across its longer side; the outermost twentieths do not say which that is."""
    low, high = np.quantile(cell, [0.05, 0.95], axis=0)
    across = int(np.argmax(high - low))
    order = np.lexsort((cell[:, 1 - across], cell[:, across]))
    return cell[order[: len(cell) // 2]], cell[order[len(cell) // 2 :]]


def landmark_distances(landmarks: Floats, x: Floats, y: Floats) -> dict[str, Floats]:
    """Metres to each landmark by the name of the feature, each of shape (n_dwellings,); NaN without a place.

    Examples
    --------
    >>> landmark_distances(np.array([[0.0, 0.0]]), np.array([3.0]), np.array([4.0]))["landmark_00_m"].tolist()
    [5.0]
    """
    return {f"{_PREFIX}{i:02d}_m": np.hypot(x - east, y - north) for i, (east, north) in enumerate(landmarks)}


def is_landmark(feature_name: str) -> bool:
    """Whether a feature is the distance to a landmark."""
    return feature_name.startswith(_PREFIX)
