"""By how much does a value change when a dwelling stands across the border, all its own facts kept?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import DataDictionary


def jumps(bundle: Bundle, roll: pd.DataFrame, pairs: pd.DataFrame, n_threads: int | None = None) -> NDArray[np.float64]:
    """Log change of value from the place of one dwelling to that of another: the mean of both, each in both places.

    Parameters
    ----------
    bundle : Bundle
    roll : DataFrame
        Facts of the dwellings, one per row.
    pairs : DataFrame, shape (n_pairs, ...)
        `here, there`: positions in `roll`.
    n_threads : int, optional

    Returns
    -------
    ndarray of float, shape (n_pairs,)
        NaN where one of the four cannot be valued.
    """
    moved = [
        column for column in ("x_m", "y_m", *names_of_place(bundle.jurisdiction.characteristics)) if column in roll
    ]
    one, other = roll.iloc[pairs["here"]].reset_index(drop=True), roll.iloc[pairs["there"]].reset_index(drop=True)
    one_there, other_here = one.copy(), other.copy()
    one_there[moved], other_here[moved] = other[moved], one[moved]
    parts = pd.concat([one, one_there, other_here, other], ignore_index=True)
    values = appraise(bundle, parts, n_threads=n_threads).table["appraised_value"].to_numpy(float)
    logs = np.log(values).reshape(4, len(pairs))
    return (logs[1] - logs[0] + logs[3] - logs[2]) / 2


def names_of_place(dictionary: DataDictionary) -> list[str]:
    """Return the characteristics that name a place: area, street, building, and names grouped with the area."""
    group = dictionary[str(dictionary.with_role("market_area"))].group
    return [
        name
        for name, item in dictionary.items()
        if item.role in ("market_area", "street", "building")
        or (item.is_categorical and item.group == group and item.role is None)
    ]
