"""How far does a trend reach beyond the last sale? Forecasts of months inside the training period say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from valuation.sales.trend import covariance, estimate_movement, gather, shares, smooth

MIN_MONTHS = 3
"""Months with sales without which there is no index."""
SEASON_MONTHS = 24
"""Months of sales from which a season can be told from a trend."""
_DAMPINGS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
# Fewer origins than this do not tell a trend from luck: then the last level stays. More are thinned out, for speed.
_MIN_ORIGINS, _MAX_ORIGINS = 6, 12
_SMALLEST_WEIGHT = 0.02


@dataclass(frozen=True)
class PastSales:
    """Quality-adjusted log prices with the layers of type and area taken off, one row per sale."""

    position: np.ndarray
    """Months since the first mid-month."""
    log_price: np.ndarray
    weight: np.ndarray
    """Over the noise variance."""
    n_months: int
    first_season: int


def forecast_errors(past: PastSales, horizon: int) -> tuple[dict[float, float], int]:
    """Root mean square error of forecasting the overall level, by damping, on origins inside the period.

    At each origin the series is estimated and smoothed with the sales before it alone; its forecasts of the next
    `horizon` months are held against the mean of each month's sales.

    Returns
    -------
    (dict of float to float, int)
        In log price, and the number of origins. Empty when the period is too short for six of them.
    """
    origins = np.arange(max(MIN_MONTHS, past.n_months // 3), past.n_months)
    if len(origins) < _MIN_ORIGINS:
        return {}, len(origins)
    if len(origins) > _MAX_ORIGINS:
        origins = origins[np.linspace(0, len(origins) - 1, _MAX_ORIGINS).round().astype(int)]
    errors = {}
    for damping in _DAMPINGS:
        squared = [_squared_errors(past, origin, horizon, damping) for origin in origins.tolist()]
        errors[damping] = float(np.sqrt(np.mean(np.concatenate(squared))))
    return errors, len(origins)


def damping_weights(errors: dict[float, float], n_origins: int) -> dict[float, float]:
    """How far each damping is believed: in proportion to error⁻ⁿ, the likelihood of n normal forecast errors.

    Averaging rather than choosing: where the period cannot tell them apart, a few sales more would turn the choice.

    Parameters
    ----------
    errors : dict of float to float
        Root mean square forecast error by damping; empty for a period too short to forecast in.
    n_origins : int
        Origins the errors were taken at; errors of one origin go together and count once.

    Returns
    -------
    dict of float to float
        Weights above 2 %, which sum to 1. All on 0 (the last level stays) when there are no errors.

    Examples
    --------
    >>> damping_weights({0.0: 0.01, 0.9: 0.02}, 6)
    {0.0: 1.0}
    >>> damping_weights({0.0: 0.01, 0.9: 0.01}, 6)
    {0.0: 0.5, 0.9: 0.5}
    >>> damping_weights({}, 2)
    {0.0: 1.0}
    """
    if not errors:
        return {0.0: 1.0}
    best = min(errors.values())
    likelihood = {damping: (best / error) ** n_origins for damping, error in errors.items()}
    total = sum(likelihood.values())
    kept = {damping: value for damping, value in likelihood.items() if value / total > _SMALLEST_WEIGHT}
    return {damping: value / sum(kept.values()) for damping, value in kept.items()}


def _squared_errors(past: PastSales, origin: int, horizon: int, damping: float) -> np.ndarray:
    # Position 0 is the first mid-month, so a month begins half a month before its mid-month.
    month = np.floor(past.position + 0.5).astype(np.int64)
    seen = month < origin
    one_series = np.zeros(int(seen.sum()), dtype=np.int64)
    evidence = gather(past.position[seen], past.log_price[seen], past.weight[seen], one_series, 1, origin)
    has_season = origin >= SEASON_MONTHS
    movement = estimate_movement(evidence, damping, first_season=past.first_season, has_season=has_season)
    end = min(origin + horizon, past.n_months)
    level, _ = smooth(evidence.padded(end), covariance(movement, end, past.first_season))
    ahead = (month >= origin) & (month < end)
    before, share = shares(past.position[ahead], end)
    error = past.log_price[ahead] - (1 - share) * level[0, before] - share * level[0, before + 1]
    weight = past.weight[ahead]
    summed = np.bincount(month[ahead] - origin, weight * error, end - origin)
    total = np.bincount(month[ahead] - origin, weight, end - origin)
    return (summed[total > 0] / total[total > 0]) ** 2
