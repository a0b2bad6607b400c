"""After how many sales would a shift of the level be seen, and where would it never be?

Planned for the test that is used (Mann and Whitney), with the errors that the holdout of the version really had:
shifted by so much, how often would a new ratio lie above an old one?
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

STEP, MOST = 0.0025, 0.4
"""Log shifts that are tried: steps, and the largest."""


def chance_above(log_ratio: Floats, shift: float) -> float:
    """Chance that a ratio drawn from `log_ratio` and raised by `shift` lies above another drawn from it.

    Examples
    --------
    >>> chance_above(np.array([0.0, 0.1]), 0.0), chance_above(np.array([0.0, 0.1]), 1.0)
    (0.5, 1.0)
    """
    ordered = np.sort(log_ratio)
    below = np.searchsorted(ordered, ordered + shift, side="left")
    equal = np.searchsorted(ordered, ordered + shift, side="right") - below
    return float(np.mean(below + 0.5 * equal) / ordered.size)


def sales_needed(log_ratio: Floats, shift: float, n_reference: int, *, chance: float, power: float) -> float:
    """New sales after which a shift of the level is seen with probability `power`.

    Parameters
    ----------
    log_ratio : ndarray of float
        Log ratios whose spread is typical, at their own level.
    shift : float
        Of the log ratio, above zero.
    n_reference : int
        Holdout sales the new ones are compared with.
    chance : float
        Of a false alarm in this one two-sided test.
    power : float

    Returns
    -------
    float
        Whole; infinite when no number of new sales is enough, since the holdout itself is too small.

    References
    ----------
    G. E. Noether, Sample size determination for some common nonparametric tests, JASA 82 (1987).
    """
    z = stats.norm.isf(chance / 2) + stats.norm.isf(1 - power)
    gain = 12 * ((chance_above(log_ratio, shift) - 0.5) / z) ** 2 - 1 / n_reference
    return float(np.ceil(1 / gain)) if gain > 0 else float("inf")


def shift_seen(log_ratio: Floats, n_new: int, n_reference: int, *, chance: float, power: float) -> float:
    """Smallest shift, as a share, that `n_new` sales show with probability `power`; infinite when above 49 percent."""
    for shift in np.arange(STEP, MOST + STEP / 2, STEP):
        if sales_needed(log_ratio, float(shift), n_reference, chance=chance, power=power) <= n_new:
            return float(np.expm1(shift))
    return float("inf")
