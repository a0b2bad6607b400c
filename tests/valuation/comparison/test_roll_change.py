"""Is every change of the roll named, and nothing else?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.comparison.roll_change import roll_change


class Roll:
    """As much of a version as its roll needs."""

    def __init__(self, **columns):
        self.roll = pd.DataFrame({"dwelling_id": ["a", "b", "c"], "x_m": 1.0, "y_m": 2.0} | columns)
        self.bundle = self
        self.jurisdiction = self
        self.characteristics = ["area", "kind", "has_lift"]


FACTS = {"area": [50.0, np.nan, 70.0], "kind": ["flat", None, "house"], "has_lift": [True, False, True]}


def test_two_like_rolls_have_no_change_whatever_the_order_of_rows_and_the_kind_of_columns():
    ours, theirs = Roll(**FACTS), Roll(**FACTS)
    theirs.roll = theirs.roll.iloc[::-1].astype({"has_lift": "boolean", "kind": "str"})
    assert roll_change(ours, theirs).table.empty


def test_each_changed_fact_is_told_with_what_it_was():
    other = Roll(**FACTS | {"area": [50.0, 60.5, 70.0], "kind": ["flat", None, "flat"], "has_lift": [True, None, True]})
    table = roll_change(Roll(**FACTS), other).table
    assert table.drop(columns="change").to_numpy().tolist() == [
        ["b", "area", "not known", "60.5"],
        ["b", "has_lift", "0", "not known"],
        ["c", "kind", "house", "flat"],
    ]
    assert set(table["change"]) == {"fact"}


def test_dwellings_that_came_and_went_are_named():
    found = roll_change(Roll(**FACTS), Roll(**FACTS, dwelling_id=["a", "b", "d"]))
    assert (found.ids("new"), found.ids("gone"), found.ids("fact")) == (["d"], ["c"], [])
    assert found.common.tolist() == ["a", "b"]


def test_a_characteristic_of_one_roll_alone_is_not_compared():
    assert roll_change(Roll(**FACTS), Roll(area=FACTS["area"])).compared == ("x_m", "y_m", "area")


def test_the_registers_of_two_months_later_differ_in_just_what_was_corrected(compared, corrected_dwelling):
    rolls = compared.rolls
    assert [len(rolls.ids(change)) for change in ("new", "gone", "fact")] == [1, 1, 1]
    assert rolls.ids("fact") == [corrected_dwelling]
    assert rolls.by_characteristic().to_numpy().tolist() == [["living_area_m2", 1]]
    assert rolls.changed_facts(pd.Series([corrected_dwelling, "another"])) == ["living_area_m2 91 → 151", ""]


@pytest.mark.parametrize("state", ["new", "gone"])
def test_the_values_of_what_came_and_went_count_in_no_change(compared, state):
    row = compared.changes[compared.changes["state"] == state]
    assert row["dwelling_id"].tolist() == compared.rolls.ids(state)
    assert row["change"].isna().all()
