"""Is the tax that a group would pay the sum of what its dwellings would pay?"""

from __future__ import annotations

import pytest

from valuation.comparison.tax_effect import NOT_GIVEN, tax_effect
from valuation.jurisdictions.jurisdiction import Law
from valuation.tax.property_tax import property_tax


class Place:
    """As much of a version as its law."""

    def __init__(self, law):
        self.bundle = self
        self.jurisdiction = self
        self.law = law


def test_the_tax_of_all_is_the_sum_of_each_by_the_rules_of_the_place(compared, after):
    law = after.bundle.jurisdiction.law
    both = compared.changes[compared.changes["state"] == "both"]
    sums = [sum(property_tax(int(value), law) for value in both[f"value_{letter}"]) for letter in "ab"]
    overall = compared.tax.table.iloc[0]
    assert [overall["tax_a"], overall["tax_b"]] == sums
    assert overall["change"] == sums[1] - sums[0]
    assert overall["n_more"] + overall["n_less"] + overall["n_same"] == len(both)


def test_the_areas_sum_to_the_whole(compared):
    table = compared.tax.table
    areas = table[table["stratum"] == "market_area"]
    assert areas["change"].sum() == table["change"].iloc[0]
    assert areas["n_dwellings"].sum() == table["n_dwellings"].iloc[0]


def test_a_place_without_tax_rules_gets_no_figure(compared):
    found = tax_effect(Place(Law()), Place(Law()), compared.changes)
    assert found.table.empty
    assert found.rules == NOT_GIVEN == "no tax rules: not given"
    assert found.taxes[["tax_a", "tax_b"]].isna().all(axis=None)


def test_other_rules_before_are_said_and_those_after_are_used(compared, after):
    law = after.bundle.jurisdiction.law
    older = law.model_copy(update={"deduction": law.deduction + 1})
    found = tax_effect(Place(older), Place(law), compared.changes)
    assert found.table["tax_a"].iloc[0] == compared.tax.table["tax_a"].iloc[0]
    assert any("The rules differ" in line and "550,001" in line for line in found.statements)


@pytest.mark.parametrize("extreme", ["largest_rise", "largest_fall"])
def test_the_extremes_are_those_of_single_dwellings(compared, extreme):
    taxes = compared.tax.taxes.set_index("dwelling_id")
    change = (taxes["tax_b"] - taxes["tax_a"]).dropna()
    expected = {"largest_rise": change.max(), "largest_fall": change.min()}[extreme]
    assert compared.tax.table[extreme].iloc[0] == expected
