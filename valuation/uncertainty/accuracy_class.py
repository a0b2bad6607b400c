"""How accurate is a value, in one letter? A to F, by how far from it the far end of its probable range lies.

A letter means the same everywhere: in class B with a limit of 15 %, nine prices in ten lie within 15 % of the value, be
it a flat or a villa. So a letter can be held against sales, and it is (`evaluation/accuracy_classes.csv`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLASSES = ("A", "B", "C", "D", "E", "F")
"""Best first; F has no limit."""


def far_end(lower_value: ArrayLike, upper_value: ArrayLike, appraised_value: ArrayLike) -> NDArray[np.float64]:
    """Distance of the farther end of the range from the value, as a share of the value; NaN where one is missing.

    Parameters
    ----------
    lower_value, upper_value, appraised_value : array-like of float, shape (n_dwellings,)

    Examples
    --------
    >>> far_end([90.0], [120.0], [100.0]).tolist()
    [0.2]
    """
    lower, upper, value = (np.asarray(part, dtype=float) for part in (lower_value, upper_value, appraised_value))
    return np.maximum(upper - value, value - lower) / value


def accuracy_class(
    lower_value: ArrayLike, upper_value: ArrayLike, appraised_value: ArrayLike, limits: Sequence[float]
) -> NDArray[np.object_]:
    """Letter of each value, shape (n_dwellings,); empty without a range.

    Parameters
    ----------
    lower_value, upper_value, appraised_value : array-like of float, shape (n_dwellings,)
    limits : sequence of float
        Largest share of the value at which its far end may lie in class A, B, C, D and E (`conformalize.class_limits`).

    Examples
    --------
    >>> accuracy_class([90, 40, np.nan], [105, 120, np.nan], [100, 100, 100], (0.10, 0.15, 0.20, 0.30, 0.45)).tolist()
    ['A', 'F', '']
    """
    distance = far_end(lower_value, upper_value, appraised_value)
    # A limit itself belongs to the better class: within 10 % is A.
    letters = np.array([*CLASSES, ""], dtype=object)
    place = np.searchsorted(np.asarray(limits, dtype=float), distance, side="left")
    return letters[np.where(np.isnan(distance), len(CLASSES), place)]


def limit_of(letter: str, limits: Sequence[float]) -> float:
    """Largest distance of a class, as a share of the value; infinite for the last.

    Examples
    --------
    >>> limit_of("B", (0.10, 0.15, 0.20, 0.30, 0.45)), limit_of("F", (0.10, 0.15, 0.20, 0.30, 0.45))
    (0.15, inf)
    """
    return dict(zip(CLASSES, (*limits, float("inf")), strict=True))[letter]
