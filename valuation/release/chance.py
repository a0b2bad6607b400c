"""Could it be chance? Exact tests of a median and of a share, and one budget of false refusals for many groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.uncertainty.coverage import covered_gaps

Floats = NDArray[np.float64]


def holm(p_values: ArrayLike, budget: float) -> NDArray[np.bool_]:
    """Which hypotheses are refused when the chance of any false refusal among them shall stay within `budget`.

    Parameters
    ----------
    p_values : array-like of float, shape (n_tests,)
        NaN where a test could not be made: it takes no part.
    budget : float
        Chance, 0 to 1.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03], 0.05).tolist()
    [True, False, False]
    """
    p = np.asarray(p_values, dtype=float)
    refused = np.zeros(p.shape, dtype=bool)
    order = np.argsort(p, kind="stable")
    order = order[np.isfinite(p[order])]
    for rank, place in enumerate(order):
        if p[place] > budget / (len(order) - rank):
            break
        refused[place] = True
    return refused


def median_beyond(figures: ArrayLike, limit: float) -> float:
    """Chance of figures so far on one side when their median lies within ± `limit`: the sign test, two-sided.

    Parameters
    ----------
    figures : array-like of float, shape (n,)
    limit : float
        Zero or above.

    Examples
    --------
    >>> median_beyond([3.0] * 10, 1.0)
    0.001953125
    >>> median_beyond([0.5] * 10, 1.0)
    1.0
    """
    from scipy import stats  # not above: what serves values tests no chance

    figure = np.asarray(figures, dtype=float)
    above, below = int((figure > limit).sum()), int((figure < -limit).sum())
    return float(min(1.0, 2 * stats.binom.sf(max(above, below) - 1, figure.size, 0.5)))


def median_interval(figures: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Interval of a median by ranks, without a belief about the distribution; infinite where too few figures are there.

    Examples
    --------
    >>> median_interval(range(1, 21))
    (6.0, 15.0)
    """
    from scipy import stats  # as above

    ordered = np.sort(np.asarray(figures, dtype=float))
    rank = int(stats.binom.ppf((1 - level) / 2, ordered.size, 0.5))
    if rank < 1:
        return -np.inf, np.inf
    return float(ordered[rank - 1]), float(ordered[ordered.size - rank])


def coverage_chance(n_covered: int, n_test: int, n_calibration: int, coverage: float) -> float:
    """Chance of a coverage so far from the promise, on either side, when intervals were set on `n_calibration` sales.

    The number covered is beta-binomial (see `valuation.uncertainty.coverage.coverage_band`).

    Examples
    --------
    >>> round(coverage_chance(450, 500, 1000, 0.9), 2), coverage_chance(400, 500, 1000, 0.9) < 1e-6
    (1.0, True)
    """
    from scipy import stats  # as above

    gaps = covered_gaps(n_calibration, coverage)
    law = stats.betabinom(n_test, gaps, n_calibration + 1 - gaps)
    return float(min(1.0, 2 * min(law.cdf(n_covered), law.sf(n_covered - 1))))
