"""What could be known of a dwelling on the day it was sold?

A register tells of today. A fact it holds since 2024 stands there for a sale of 2021 too, when nobody could have valued
with it; a model that learned from it would be tested with more than it has in use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import DataDictionary


def without_later_facts(
    table: pd.DataFrame, dictionary: DataDictionary, days: Any
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Take back what is recorded only since after the day of a sale, or of a value: it counts as missing there.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a sale or a dwelling, with a column per characteristic.
    dictionary : DataDictionary
    days : date or array of dates
        When each sale was agreed, or the day of the values: one for all or one per row.

    Returns
    -------
    table : pandas.DataFrame
        The same table; a characteristic with `known_since` is missing on every row whose day lies before.
    taken_back : dict
        By characteristic with `known_since`: that day, `rows_before` it, and `values_taken_back` among them.
    """
    late = {name: item.known_since for name, item in dictionary.items() if item.known_since is not None}
    if not late:
        return table, {}
    day = np.broadcast_to(pd.DatetimeIndex(np.atleast_1d(np.asarray(days))).to_numpy(), len(table))
    kept, taken_back = table.copy(), {}
    for name, known_since in late.items():
        before = day < np.datetime64(known_since)
        taken_back[name] = {
            "known_since": known_since.isoformat(),
            "rows_before": int(before.sum()),
            "values_taken_back": int((before & table[name].notna().to_numpy()).sum()),
        }
        # A column of plain booleans has no room for "not known".
        column = table[name].astype("boolean") if table[name].dtype == bool else table[name]
        kept[name] = column.mask(before)
    return kept, taken_back
