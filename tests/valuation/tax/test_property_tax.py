"""Is the tax the one that is worked out by hand?"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from valuation.errors import WrongUse
from valuation.jurisdictions.jurisdiction import Law
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.tax.property_tax import has_tax_rules, property_tax, property_taxes

PLAIN = Law(rate_permille=Decimal(10))


@pytest.mark.parametrize(
    ("value", "tax"),
    [
        # (0.7 × 5,000,000 − 550,000) × 3.2 ‰ = 2,950,000 × 0.0032
        (5_000_000, 9440),
        # (0.7 × 3,141,592 − 550,000) × 3.2 ‰ = 1,649,114.4 × 0.0032 = 5277.16608
        (3_141_592, 5277),
        # 0.7 × 785,714 = 549,999.8: just below the deduction
        (785_714, 0),
        # 0.7 × 786,000 − 550,000 = 200; 200 × 0.0032 = 0.64
        (786_000, 1),
        (0, 0),
    ],
)
def test_the_tax_of_trondheim_is_as_worked_out_by_hand(trondheim, value, tax):
    assert property_tax(value, read_jurisdiction(trondheim).law) == tax


@pytest.mark.parametrize(
    ("rounding", "value", "tax"),
    [
        ("half_up", 250, 3),  # 2.5
        ("half_even", 250, 2),
        ("half_even", 350, 4),  # 3.5
        ("down", 299, 2),  # 2.99
        ("half_up", 249, 2),  # 2.49
    ],
)
def test_half_a_unit_falls_the_way_the_law_says(rounding, value, tax):
    assert property_tax(value, PLAIN.model_copy(update={"rounding": rounding})) == tax


def test_a_rate_without_exact_binary_fraction_is_still_exact():
    # 3.2 ‰ of 1,406,250 is 4500 to the last digit; in binary fractions it is a little off.
    assert property_tax(1_406_250, Law(rate_permille="3.2", rounding="down")) == 4500


def test_many_dwellings_are_taxed_as_one_is():
    values = np.array([250.0, np.nan, 100.0, 250.0])
    assert property_taxes(values, PLAIN).tolist()[::2] == [3.0, 1.0]
    assert np.isnan(property_taxes(values, PLAIN)[1])


def test_a_place_without_a_rate_has_no_tax_rules():
    assert not has_tax_rules(Law())
    assert not has_tax_rules(None)
    with pytest.raises(WrongUse, match="no rate of tax"):
        property_tax(1, Law())


@pytest.mark.parametrize("value", [-1, -1_000_000])
def test_a_value_below_zero_is_refused(value):
    with pytest.raises(WrongUse, match="zero or more"):
        property_tax(value, PLAIN)


def test_a_value_that_is_not_whole_is_refused():
    with pytest.raises(WrongUse, match="not whole"):
        property_taxes([100.5], PLAIN)
