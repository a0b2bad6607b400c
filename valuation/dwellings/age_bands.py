"""Which buildings are of like age? One definition for the table of standard prices and for the strata of a study."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

AGE_BOUNDS = (5, 15, 30, 50, 80)
"""Years, each the first of a band. New-builds behave as a market of their own; the rest follows building periods of
about a generation."""


def age_band_number(age_years: ArrayLike) -> NDArray[np.float64]:
    """Number of the band an age falls in, from 0; a building not yet finished counts as new, NaN stays NaN.

    Examples
    --------
    >>> age_band_number([-1, 4.9, 5, 80, float("nan")]).tolist()
    [0.0, 0.0, 1.0, 5.0, nan]
    """
    age = np.asarray(age_years, dtype=np.float64)
    return np.where(np.isnan(age), np.nan, np.searchsorted(AGE_BOUNDS, age, side="right"))
