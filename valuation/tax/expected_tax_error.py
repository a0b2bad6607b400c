"""How much tax of one year hangs on an error of the value that cannot be known yet, only expected?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from valuation.jurisdictions.jurisdiction import Law
from valuation.tax.property_tax import has_tax_rules

Floats = NDArray[np.float64]

_ROWS_AT_ONCE = 10_000


def expected_tax_errors(
    appraised_value: Floats, relative_distance: Floats, shape: Floats, law: Law | None
) -> NDArray[np.float64]:
    """Expected absolute difference between the tax of the value and the tax of the price, for one year.

    The price stands at ``value × (1 + distance × shape)``, each entry of `shape` equally likely. What lies below the
    deduction is not taxed, so an error there costs nobody anything. An expectation is not rounded as a tax is.

    Parameters
    ----------
    appraised_value : array of float, shape (n_dwellings,)
        NaN where a dwelling has no value.
    relative_distance : array of float, shape (n_dwellings,)
        Expected distance of value and price as a share of the value.
    shape : array of float, shape (n_atoms,)
        Signed distances in units of the expected one.
    law : Law or None
        Rules of the jurisdiction.

    Returns
    -------
    ndarray of float, shape (n_dwellings,)
        In the currency; NaN without a value, and everywhere where the jurisdiction has no rules of tax.

    Examples
    --------
    A tenth too much or too little of 5,000,000 is 350,000 of what is taxed, at 3.2 permille:

    >>> rules = Law(reduction="0.7", deduction="550000", rate_permille="3.2")
    >>> found = expected_tax_errors(np.array([5e6, 5e5]), np.array([0.1, 0.1]), np.array([-1.0, 1.0]), rules)
    >>> found.round(6).tolist()
    [1120.0, 0.0]
    """
    found = np.full(len(appraised_value), np.nan)
    if law is None or not has_tax_rules(law):
        return found
    rate = float(law.rate_permille) / 1000
    reduction, deduction = float(law.reduction), float(law.deduction)
    for start in range(0, len(found), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        value = appraised_value[rows]
        price = value[:, None] * np.maximum(1 + relative_distance[rows, None] * shape, 0.0)
        taxed, at_price = (np.maximum(reduction * amount - deduction, 0.0) for amount in (value, price))
        # One after the other, so that the sum of a row does not hang on how many rows stand beside it.
        total = np.add.accumulate(np.abs(at_price - taxed[:, None]), axis=1)[:, -1]
        found[rows] = rate * total / len(shape)
    return found
