"""What tax follows from an appraised value, by the rules of the jurisdiction?

``tax = rounding((reduction × value − deduction) × rate)``, never below zero. Decimal arithmetic throughout: a rate of
3.2 permille has no exact binary fraction, and a tax that ends in half a unit must fall the way the law says.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.errors import WrongUse
from valuation.jurisdictions.jurisdiction import Law

_ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "half_even": ROUND_HALF_EVEN}
_UNIT = Decimal(1)


def has_tax_rules(law: Law | None) -> bool:
    """Return whether the jurisdiction says how a value becomes a tax; without a rate it does not."""
    return law is not None and law.rate_permille > 0


def property_tax(value: int | Decimal, law: Law) -> int:
    """Tax of one dwelling for one year.

    Parameters
    ----------
    value : int or Decimal
        Appraised value in whole units of currency, not below zero.
    law : Law
        Rules of the jurisdiction.

    Returns
    -------
    int
        In whole units of the currency; 0 where the deduction is larger than the reduced value.

    Raises
    ------
    WrongUse
        For a value below zero, or where the jurisdiction gives no rate.

    Examples
    --------
    Reduced to 3,500,000, less 550,000 is 2,950,000, at 3.2 permille:

    >>> rules = Law(reduction="0.7", deduction="550000", rate_permille="3.2")
    >>> property_tax(5_000_000, rules)
    9440
    >>> property_tax(700_000, rules)
    0
    """
    return tax_on(taxable_value(value, law), law)


def taxable_value(value: int | Decimal, law: Law) -> Decimal:
    """What of the value of one dwelling is taxed: reduced, less the deduction, never below zero.

    Parameters
    ----------
    value : int or Decimal
        Whole units of currency, not below zero.
    law : Law

    Raises
    ------
    WrongUse
        As `property_tax`.

    Examples
    --------
    >>> taxable_value(5_000_000, Law(reduction="0.7", deduction="550000", rate_permille="3.2"))
    Decimal('2950000.0')
    """
    _need_rate(law)
    if value < 0:
        raise WrongUse(f"a value of {value}", expected="an appraised value of zero or more")
    return max(Decimal(0), law.reduction * Decimal(value) - law.deduction)


def tax_on(taxable: Decimal, law: Law) -> int:
    """Tax for one year on what is taxed, rounded as the law says.

    Examples
    --------
    >>> tax_on(Decimal(2_950_000), Law(rate_permille="3.2"))
    9440
    """
    _need_rate(law)
    tax = taxable * law.rate_permille / 1000
    return int(tax.quantize(_UNIT, rounding=_ROUNDINGS[law.rounding]))


def _need_rate(law: Law) -> None:
    if not has_tax_rules(law):
        raise WrongUse(
            "the jurisdiction gives no rate of tax",
            expected="rate_permille above 0 under `law` in the jurisdiction file",
            remedy="add the rules of law with their source, or leave the tax out",
        )


def property_taxes(values: ArrayLike, law: Law) -> NDArray[np.float64]:
    """Tax of many dwellings, each as `property_tax` gives it.

    Parameters
    ----------
    values : array-like of float, shape (n_dwellings,)
        Whole units of currency; NaN where a dwelling has no value.
    law : Law

    Returns
    -------
    ndarray of float, shape (n_dwellings,)
        Whole units of currency; NaN without a value.

    Raises
    ------
    WrongUse
        For a value that is not whole, or as `property_tax`.

    Examples
    --------
    >>> property_taxes([5_000_000, float("nan")], Law(reduction="0.7", deduction="550000", rate_permille="3.2"))
    array([9440.,   nan])
    """
    given = np.asarray(values, dtype=float)
    taxes = np.full(given.shape, np.nan)
    known = np.isfinite(given)
    check_whole(given[known])
    # Like values have like taxes: each is worked out once.
    amounts, place = np.unique(given[known].astype(np.int64), return_inverse=True)
    taxes[known] = np.array([property_tax(int(amount), law) for amount in amounts], dtype=float)[place]
    return taxes


def check_whole(values: NDArray[np.float64]) -> None:
    """Refuse a value that is not in whole units of currency.

    Raises
    ------
    WrongUse
    """
    if (values != np.rint(values)).any():
        raise WrongUse("a value that is not whole", expected="appraised values in whole units of currency")
