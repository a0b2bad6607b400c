"""The tax that hangs on an error: linear above the deduction, nothing below it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from valuation.jurisdictions.jurisdiction import Law
from valuation.tax.expected_tax_error import expected_tax_errors

RULES = Law(reduction="0.7", deduction="550000", rate_permille="3.2")
EITHER_WAY = np.array([-1.0, 1.0])


def found(value: float, distance: float, law: Law | None = RULES) -> float:
    return float(expected_tax_errors(np.array([value]), np.array([distance]), EITHER_WAY, law)[0])


def test_above_the_deduction_a_tenth_of_the_value_is_a_tenth_of_what_is_taxed():
    assert found(5_000_000, 0.1) == pytest.approx(0.1 * 5_000_000 * 0.7 * 0.0032)


def test_below_the_deduction_nothing_hangs_on_an_error():
    assert found(600_000, 0.2) == 0.0


def test_at_the_deduction_only_the_half_that_is_too_low_counts():
    assert found(550_000 / 0.7, 0.1) == pytest.approx(0.5 * 0.1 * 550_000 * 0.0032)


def test_a_price_never_falls_below_nothing():
    assert found(5_000_000, 3.0) == pytest.approx((3.0 * 3_500_000 + 2_950_000) / 2 * 0.0032)


@pytest.mark.parametrize("law", [None, Law()])
def test_a_place_without_rules_of_tax_has_no_such_figure(law):
    assert np.isnan(found(5_000_000, 0.1, law))


def test_a_dwelling_without_a_value_has_none_and_takes_none_from_others():
    values, distances = np.array([np.nan, 5e6]), np.array([np.nan, 0.1])
    both = expected_tax_errors(values, distances, EITHER_WAY, RULES)
    assert_array_equal(both, [np.nan, found(5e6, 0.1)])
