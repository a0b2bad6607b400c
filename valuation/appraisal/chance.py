"""How likely is it that a dwelling would have sold for less than an amount? For a complaint, an offer, a tax band.

The answer follows from the probable range alone: at its lower end the chance is 5 %, at its upper end 95 %, and it
never falls with the amount. A stored value gives the same answer without being valued again (`stored_chance_below`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.appraisal.appraise import Dates, appraise
from valuation.appraisal.bundle import Bundle
from valuation.errors import InputRefused


def chance_below(
    bundle: Bundle, dwellings: pd.DataFrame, amounts: ArrayLike, *, as_of: Dates | None = None
) -> NDArray[np.float64]:
    """Chance that the price of each dwelling at a date lies under each amount.

    Parameters
    ----------
    bundle : Bundle
        The model version.
    dwellings : pandas.DataFrame
        As `appraise` takes them, one per row.
    amounts : array-like of float, shape (n_amounts,) or (n_dwellings, n_amounts)
        In the jurisdiction's currency, the same for all or a row for each.
    as_of : date or array of dates, optional
        By default the valuation date.

    Returns
    -------
    ndarray of float, shape (n_dwellings, n_amounts)
        From 0 to 1, never less for a higher amount; NaN for a dwelling that cannot be valued.

    Raises
    ------
    InputRefused
        For dwellings that `appraise` refuses, or amounts that are not finite numbers in one of the two shapes.
    """
    asked = _known_amounts(amounts, len(dwellings))
    return stored_chance_below(bundle, appraise(bundle, dwellings, as_of=as_of).table, dwellings, asked)


def stored_chance_below(
    bundle: Bundle, values: pd.DataFrame, dwellings: pd.DataFrame, amounts: ArrayLike
) -> NDArray[np.float64]:
    """Return the same from values that are there already, such as rows of values.parquet of the same model version.

    Parameters
    ----------
    bundle : Bundle
    values : pandas.DataFrame
        `appraised_value, lower_value, upper_value`.
    dwellings : pandas.DataFrame
        The same dwellings in the same order, with the characteristics that are type and market area.
    amounts : array-like of float, shape (n_amounts,) or (n_dwellings, n_amounts)

    Returns
    -------
    ndarray of float, shape (n_dwellings, n_amounts)

    Raises
    ------
    InputRefused
        For amounts that are not finite numbers in one of the two shapes.
    """
    return bundle.intervals.chance_below(values, dwellings, _known_amounts(amounts, len(values)))


def _known_amounts(amounts: ArrayLike, n_dwellings: int) -> NDArray[np.float64]:
    try:
        asked = np.atleast_1d(np.asarray(amounts, dtype=float))
    except (TypeError, ValueError) as error:
        raise InputRefused(f"amounts cannot be read as numbers: {error}", expected="amounts of money") from error
    if not np.isfinite(asked).all():
        raise InputRefused("an amount is missing or infinite", expected="amounts of money", remedy="correct it")
    if asked.ndim > 2 or (asked.ndim == 2 and len(asked) != n_dwellings):
        raise InputRefused(
            f"amounts are a table of shape {asked.shape} for {n_dwellings} dwellings",
            expected="a list of amounts for all dwellings, or one row of amounts for each",
        )
    return asked
