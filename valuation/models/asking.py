"""How are boosters asked about many rows at once? In threads of our own, each of which tells LightGBM that it is alone.

LightGBM keeps the number of its threads in one variable of the process. Two calls at a time that name different numbers
write past each other's buffers: the process ends with a segmentation fault (lightgbm 4.7.0; the reproduction is in
docs/decisions/0032). So every call of LightGBM in this package names one thread, and whoever wants more cuts the rows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from valuation.models.stored_booster import Booster

Floats = NDArray[np.float64]

ROWS_OF_A_THREAD = 64
"""Fewer rows than this are answered before another thread has begun."""


def asked(boosters: Sequence[Booster], rows: Floats, *, n_threads: int | None = 1, **how: bool) -> list[Floats]:
    """Return what each booster says of each row.

    Parameters
    ----------
    boosters : sequence of Booster
    rows : array of float, shape (n_rows, n_features)
    n_threads : int, optional
        None or 0: as many as there are processors. Changes no number.
    **how : bool
        `raw_score` or `pred_contrib`, as LightGBM calls them.

    Returns
    -------
    list of array
        In the order of the boosters; shape (n_rows,), or (n_rows, n_features + 1) with `pred_contrib`.
    """

    def of(part: Floats) -> list[Floats]:
        return [np.asarray(booster.predict(part, num_threads=1, **how)) for booster in boosters]

    n_parts = min(n_threads or os.cpu_count() or 1, max(len(rows) // ROWS_OF_A_THREAD, 1))
    if n_parts == 1:
        return of(rows)
    with ThreadPoolExecutor(n_parts) as pool:
        said = list(pool.map(of, np.array_split(rows, n_parts)))
    return [np.concatenate(parts) for parts in zip(*said, strict=True)]


def blended(boosters: Sequence[Booster], weights: Floats, X: Floats, n_threads: int | None) -> Floats:
    """Weighted sum of what the boosters say of each row, always added in the same order."""
    total = np.zeros(len(X))
    for said, weight in zip(asked(boosters, X, n_threads=n_threads), weights, strict=True):
        total += weight * said
    return total
