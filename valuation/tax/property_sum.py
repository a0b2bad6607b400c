"""What tax does a property pay whose dwellings are valued one by one?

The flats of a housing cooperative are each estimated, their values summed to the property, and one bill is sent. The
reduction is taken of every value; how the deduction is taken, off each dwelling or off the sum, is a rule of law of the
jurisdiction (`law.deduction_taken`). The tax of the property is rounded once, so it may differ by units of currency
from the sum of taxes worked out for each dwelling. A property of which one dwelling has no value has no tax, and says
how many are missing: a sum without them would be taken for the whole.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.jurisdiction import Law
from valuation.tax.property_tax import check_whole, tax_on, taxable_value

COLUMNS = ("property_id", "n_dwellings", "n_without_value", "appraised_value", "taxable_value", "tax")


def property_tax_of_sum(values: list[int], law: Law) -> int:
    """Tax of one property for one year, from the values of its dwellings.

    Parameters
    ----------
    values : list of int
        Appraised values in whole units of currency, one for each dwelling.
    law : Law

    Raises
    ------
    WrongUse
        For no dwelling, a value below zero, or where the jurisdiction gives no rate.

    Examples
    --------
    Two flats, the smaller one below the deduction: 0.7 × 700,000 is 490,000.

    >>> rules = Law(reduction="0.7", deduction="550000", rate_permille="3.2", deduction_taken="each_dwelling")
    >>> property_tax_of_sum([2_000_000, 700_000], rules)
    2720
    >>> property_tax_of_sum([2_000_000, 700_000], rules.model_copy(update={"deduction_taken": "sum"}))
    2528
    """
    if not values:
        raise WrongUse("a property without a dwelling", expected="the values of its dwellings")
    return tax_on(_taxable(values, law), law)


def _taxable(values: list[int], law: Law) -> Decimal:
    if law.deduction_taken == "each_dwelling":
        return sum((taxable_value(value, law) for value in values), Decimal(0))
    for value in values:
        taxable_value(value, law)  # refuses a value below zero
    return max(Decimal(0), law.reduction * sum(values) - law.deduction * len(values))


def property_sums(values: pd.DataFrame, law: Law) -> pd.DataFrame:
    """Sum the values of a roll to properties and tax each, as `property_tax_of_sum` does.

    Parameters
    ----------
    values : DataFrame
        One row is a dwelling: `dwelling_id`, `property_id` and `appraised_value` (whole units of currency, NaN for
        none), as in `values.parquet`. A dwelling without a property is one by itself.
    law : Law

    Returns
    -------
    DataFrame
        One row is a property, sorted by its id: `COLUMNS`; money NaN where a dwelling of it has no value.

    Raises
    ------
    InputRefused
        Where the roll does not say which dwellings share a property.
    WrongUse
        As `property_taxes`.
    """
    if "property_id" not in values:
        raise InputRefused(
            "the values do not say which dwellings share a property",
            expected="a column property_id",
            remedy="name its raw column under `roll.property_id` in the jurisdiction file and run again from `ingest`",
        )
    owner = values["property_id"].astype("str").fillna(values["dwelling_id"].astype("str"))
    names, place = np.unique(owner.to_numpy(dtype=object).astype(str), return_inverse=True)
    amounts = values["appraised_value"].to_numpy(dtype=float)
    known = np.isfinite(amounts)
    check_whole(amounts[known])
    n_without = np.bincount(place, ~known, len(names)).astype(np.int64)
    n = np.bincount(place, minlength=len(names))
    whole = np.where(known, amounts, 0).astype(np.int64)
    total = np.zeros(len(names), dtype=np.int64)
    np.add.at(total, place, whole)
    taxable = _taxable_sums(whole, place, total, n, law)
    has_all = n_without == 0
    columns = {
        "property_id": pd.array(names, dtype="str"),
        "n_dwellings": n.astype(np.int64),
        "n_without_value": n_without,
        "appraised_value": np.where(has_all, total, np.nan),
        "taxable_value": np.where(has_all, [float(amount) for amount in taxable], np.nan),
        "tax": np.where(has_all, [float(tax_on(amount, law)) for amount in taxable], np.nan),
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _taxable_sums(whole: np.ndarray, place: np.ndarray, total: np.ndarray, n: np.ndarray, law: Law) -> list[Decimal]:
    if (whole < 0).any():
        taxable_value(int(whole.min()), law)  # refuses it
    if law.deduction_taken == "sum":
        return [
            max(Decimal(0), law.reduction * int(amount) - law.deduction * int(count))
            for amount, count in zip(total, n, strict=True)
        ]
    sums = [Decimal(0)] * len(total)
    # Like values are reduced alike: each is worked out once.
    amounts, which = np.unique(whole, return_inverse=True)
    taxed = [taxable_value(int(amount), law) for amount in amounts]
    for owner, kind in zip(place.tolist(), which.tolist(), strict=True):
        sums[owner] += taxed[kind]
    return sums
