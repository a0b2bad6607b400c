"""Are the columns measured in what the jurisdiction file says they are?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import Characteristic
from valuation.errors import InputRefused
from valuation.jurisdictions.derivation import column_name
from valuation.jurisdictions.jurisdiction import Jurisdiction

_FACTORS = {
    10.7639: "square feet",
    3.28084: "feet",
    0.092903: "a value converted twice, from square feet that were m²",
    0.3048: "a value converted twice, from feet that were metres",
    10_000.0: "square centimetres",
    100.0: "centimetres",
    1_000.0: "a decimal sign read as thousands sign",
    0.001: "thousands, or a thousands sign read as decimal sign",
}
"""By how much a column is too large when its unit is taken wrongly, and what it then is."""


def check_units(jurisdiction: Jurisdiction, table: pd.DataFrame, file: str) -> None:
    """Refuse a column whose typical value is not plausible: then its unit is wrong, not its cells.

    Parameters
    ----------
    jurisdiction : Jurisdiction
    table : DataFrame
        One row is a sale or a dwelling that could be read, characteristics in canonical columns.
    file : str
        Name of the raw file, for the message.

    Raises
    ------
    InputRefused
    """
    for name, item in jurisdiction.characteristics.items():
        if item.plausible is None or item.is_categorical or item.kind == "boolean":
            continue
        values = table[name].dropna().to_numpy(dtype=np.float64)
        if not len(values):
            continue
        _check_unit(name, item, values, file)


def _check_unit(name: str, item: Characteristic, values: np.ndarray, file: str) -> None:
    low, high = item.plausible or (-np.inf, np.inf)
    median = float(np.median(values))
    outside = float(np.mean((values < low) | (values > high)))
    likeliest = max(_FACTORS, key=lambda factor: float(np.mean((values / factor >= low) & (values / factor <= high))))
    fits = float(np.mean((values / likeliest >= low) & (values / likeliest <= high)))
    is_measured = item.unit in ("m2", "m") and fits > 0.9
    if low <= median <= high and not (outside > 0.2 and is_measured):
        return
    unit = f" {item.unit}" if item.unit else ""
    hint = f"; they look like {_FACTORS[likeliest]}" if is_measured else ""
    raise InputRefused(
        f"{file}: {name} (column {column_name(item.origin)!r}): the median of {len(values):,} values is "
        f"{median:,.4g}{unit}, and {outside:.0%} lie outside the plausible range{hint}",
        expected=f"{low:g} to {high:g}{unit}",
        remedy="correct `unit` under `from` (ft2, ft, acre ...) or the decimal and thousands sign of the table; if the "
        "values are right, correct `plausible`",
    )
