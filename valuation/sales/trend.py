"""How does a level move with time, given noisy sales? Smoothing of monthly series, with standard errors.

A series is a Gaussian process on mid-months: a free level, monthly changes that fade (autoregressive of order one) and,
where the sales span two years, a season. It is a damped local linear trend (Harvey, Forecasting, Structural
Time Series Models and the Kalman Filter, 1989), written with its covariance matrix: series are short (a hundred months)
and many (areas), so small dense matrices for all at once are quicker than a Kalman filter for each and give the same
numbers. A sale between two mid-months says something about both, in proportion to its distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Variance of the free level: one unit of log price is a factor of 2.7, so the level is in effect unknown beforehand.
_LEVEL_VARIANCE = 1.0
_SEASONS = 12

# Bounds of the standard deviations searched, in log price per month: from no movement to more than any market has.
_SMALLEST, _LARGEST = 1e-5, 0.1
_SLOPE_STARTS = (0.0001, 0.0005, 0.002, 0.006, 0.02)
_SEASON_START = 0.005


@dataclass(frozen=True)
class Movement:
    """How much a series may move in a month, in log price."""

    slope: float
    """Standard deviation of the change from one month to the next."""
    damping: float
    """Share of the change of one month that carries to the next; 0 is a random walk, near 1 a straight line."""
    season: float = 0.0
    """Standard deviation of the month-of-year effects."""


@dataclass(frozen=True)
class Evidence:
    """What weighted sales say about the mid-months of several series, before any smoothing.

    `precision` (n_series, n_months, n_months) and `pull` (n_series, n_months) are the sums over sales of
    w·h·hᵀ and w·h·y, where h shares a sale between its two mid-months and w is its weight over the noise variance.
    """

    precision: np.ndarray
    pull: np.ndarray

    def padded(self, n_months: int) -> Evidence:
        """The same on a longer grid of months, the added ones without sales."""
        more = n_months - self.pull.shape[1]
        return Evidence(
            np.pad(self.precision, ((0, 0), (0, more), (0, more))),
            np.pad(self.pull, ((0, 0), (0, more))),
        )


def shares(position: np.ndarray, n_months: int) -> tuple[np.ndarray, np.ndarray]:
    """Mid-month before each position, and the share of the one after it.

    Parameters
    ----------
    position : ndarray of float, shape (n_sales,)
        Time in months, 0 at the first mid-month. Beyond the grid the nearest mid-month holds.
    n_months : int
        Length of the grid, at least 2.

    Returns
    -------
    (ndarray of int, ndarray of float), each of shape (n_sales,)

    Examples
    --------
    >>> before, share = shares(np.array([-1.0, 1.25, 9.0]), 4)
    >>> before.tolist(), share.tolist()
    ([0, 1, 2], [0.0, 0.25, 1.0])
    """
    held = np.clip(position, 0, n_months - 1)
    before = np.minimum(held.astype(np.int64), n_months - 2)
    return before, held - before


def gather(
    position: np.ndarray, value: np.ndarray, weight: np.ndarray, series: np.ndarray, n_series: int, n_months: int
) -> Evidence:
    """Sum up sales into evidence per series; `series` -1 belongs to none."""
    known = series >= 0
    before, share = shares(position[known], n_months)
    row, y, w = series[known], value[known], weight[known]
    precision = np.zeros((n_series, n_months, n_months))
    pull = np.zeros((n_series, n_months))
    parts = ((before, 1 - share), (before + 1, share))
    for month, part in parts:
        pull += _sums(row, month, w * part * y, n_series, n_months)
        for other, other_part in parts:
            flat = (row * n_months + month) * n_months + other
            summed = np.bincount(flat, w * part * other_part, n_series * n_months**2)
            precision += summed.reshape(n_series, n_months, n_months)
    return Evidence(precision, pull)


def _sums(row: np.ndarray, month: np.ndarray, value: np.ndarray, n_series: int, n_months: int) -> np.ndarray:
    return np.bincount(row * n_months + month, value, n_series * n_months).reshape(n_series, n_months)


def covariance(movement: Movement, n_months: int, first_season: int = 0) -> np.ndarray:
    """Covariance of the mid-months before any sale is seen, shape (n_months, n_months).

    `first_season` is the month of the year (0 to 11) of the first mid-month.
    """
    month = np.arange(n_months)
    slopes = movement.damping ** np.abs(np.subtract.outer(month, month))
    # Each mid-month is the sum of the slopes since the first: cumulate rows, then columns, from zero.
    slopes[0, :] = slopes[:, 0] = 0.0
    trend = slopes.cumsum(axis=0).cumsum(axis=1)
    season = np.equal.outer((month + first_season) % _SEASONS, (month + first_season) % _SEASONS)
    return _LEVEL_VARIANCE + movement.slope**2 * trend + movement.season**2 * season.astype(float)


def smooth(evidence: Evidence, prior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n_series, n_months) and covariance (n_series, n_months, n_months) of the mid-months given the sales."""
    n_months = len(prior)
    spread = np.linalg.solve(
        np.eye(n_months) + prior @ evidence.precision, np.broadcast_to(prior, evidence.precision.shape)
    )
    spread = (spread + spread.transpose(0, 2, 1)) / 2
    return np.einsum("aij,aj->ai", spread, evidence.pull), spread


def log_evidence(evidence: Evidence, prior: np.ndarray) -> float:
    """Log marginal likelihood of the sales, less what no prior changes; higher fits better."""
    inner = np.eye(len(prior)) + prior @ evidence.precision
    _, log_determinant = np.linalg.slogdet(inner)
    fitted = np.linalg.solve(inner, (evidence.pull @ prior)[..., None])[..., 0]
    return float(np.sum(-0.5 * log_determinant + 0.5 * np.einsum("ai,ai->a", evidence.pull, fitted)))


def estimate_movement(
    evidence: Evidence, damping: float, *, first_season: int = 0, has_season: bool = False
) -> Movement:
    """Movement shared by the series, by maximum marginal likelihood at the given damping.

    Parameters
    ----------
    evidence : Evidence
        Of one or many series; many share one movement, which is what shrinks those with few sales.
    damping : float
        Share of the slope carried to the next month.
    has_season : bool
        Whether the sales span long enough for month-of-year effects to be told from the trend.
    """
    n_months = evidence.pull.shape[1]
    lowest, highest = np.log(_SMALLEST), np.log(_LARGEST)

    def movement(log_sizes: np.ndarray) -> Movement:
        sizes = np.exp(np.clip(log_sizes, lowest, highest))
        return Movement(float(sizes[0]), damping, float(sizes[1]) if has_season else 0.0)

    def loss(log_sizes: np.ndarray) -> float:
        return -log_evidence(evidence, covariance(movement(log_sizes), n_months, first_season))

    start = np.log([[slope, _SEASON_START][: 1 + has_season] for slope in _SLOPE_STARTS])
    best = min(start, key=loss)
    from scipy.optimize import minimize  # not above: what serves values looks for no minimum

    found = minimize(loss, best, method="Nelder-Mead", options={"maxfev": 40, "xatol": 0.05, "fatol": 0.01})
    return movement(found.x)
