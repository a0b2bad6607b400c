"""Do the parts of a change add up, and is a part that cannot be known not given?"""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from valuation.comparison.movers import PARTS, largest_movers, mean_parts, random_dwellings, split_changes
from valuation.comparison.roll_change import roll_change
from valuation.comparison.value_shift import value_changes


def test_the_largest_movers_are_those_that_moved_most_by_ratio():
    value_a = np.array([100.0, 100.0, 100.0, 100.0, np.nan])
    value_b = np.array([100.0, 190.0, 50.0, 52.0, 1.0])
    table = pd.DataFrame({"dwelling_id": list("abcde"), "value_a": value_a, "value_b": value_b})
    table = table.assign(change=value_b - value_a, state=["both"] * 4 + ["only_b"])
    assert largest_movers(table, 2)["dwelling_id"].tolist() == ["c", "d"]
    assert largest_movers(table)["dwelling_id"].tolist() == ["c", "d", "b"]


def test_data_model_and_time_sum_to_the_change_to_the_krone(compared):
    movers = compared.movers
    assert len(movers) == 50
    assert (movers["remark"] == "").all()
    assert (movers[list(PARTS)].sum(axis=1) == movers["value_b"] - movers["value_a"]).all()
    assert (movers[list(PARTS)] % 1 == 0).all(axis=None)


def test_only_the_dwelling_that_was_measured_again_moves_by_data(before, after, compared, corrected_dwelling):
    rows = compared.changes[compared.changes["state"] == "both"].head(40)
    assert corrected_dwelling in set(rows["dwelling_id"])
    split = split_changes(before, after, rows, compared.rolls).set_index("dwelling_id")
    assert split.index[split["data"] != 0].tolist() == [corrected_dwelling]
    assert split.loc[corrected_dwelling, "data"] > 0
    assert split.loc[corrected_dwelling, "changed_facts"] == "living_area_m2 91 → 151"
    assert (split["time"] != 0).any()


def test_a_version_against_itself_moves_by_nothing(before):
    split = split_changes(before, before, value_changes(before, before).head(5), roll_change(before, before))
    assert (split[list(PARTS)] == 0).all(axis=None)


def check_as_one(split):
    """Data and model are one figure, and the row still sums to its change."""
    assert split[["data", "model"]].isna().all(axis=None)
    assert (split["data_and_model"] + split["time"] == split["change"]).all()


def test_facts_that_the_first_model_refuses_leave_data_and_model_as_one(before, after, compared):
    # A's registers told of a view, those of B do not.
    dictionary = type(before.bundle.jurisdiction.characteristics)(before.bundle.jurisdiction.characteristics)
    dictionary["view"] = dictionary["rooms"]
    place = before.bundle.jurisdiction.model_copy(update={"characteristics": dictionary})
    first = dataclasses.replace(
        before, bundle=dataclasses.replace(before.bundle, jurisdiction=place), roll=before.roll.assign(view=1.0)
    )
    rows = compared.changes[compared.changes["state"] == "both"].head(5)
    split = split_changes(first, after, rows, compared.rolls)
    check_as_one(split)
    assert split["remark"].str.contains("refuses the facts of B: the table of dwellings lacks view").all()


def test_facts_that_the_first_model_cannot_value_leave_data_and_model_as_one(before, after, compared):
    # A asks for the tract, B does not; the later register has lost it for the first dwelling.
    rows = compared.changes[compared.changes["state"] == "both"].head(3)
    models = copy.copy(before.bundle.models)
    models.required_ = [*models.required_, "tract"]
    first = dataclasses.replace(before, bundle=dataclasses.replace(before.bundle, models=models))
    is_first = after.roll["dwelling_id"] == rows["dwelling_id"].iloc[0]
    second = dataclasses.replace(after, roll=after.roll.assign(tract=after.roll["tract"].mask(is_first)))
    split = split_changes(first, second, rows, compared.rolls)
    check_as_one(split.head(1))
    assert split["remark"].tolist() == ["A's model cannot value the facts of B; data and model as one", "", ""]


def test_a_value_that_a_model_does_not_give_again_is_not_split(before, after, compared):
    rows = compared.changes[compared.changes["state"] == "both"].head(3).copy()
    rows["value_a"] += 1
    split = split_changes(before, after, rows, compared.rolls)
    assert set(split["remark"]) == {"A's model does not give the recorded value again: not split"}
    assert split[[*PARTS, "data_and_model"]].isna().all(axis=None)


def test_the_sample_is_the_same_each_time_and_in_order(compared):
    first, second = (random_dwellings(compared.changes, seed=3, n=20) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert first["dwelling_id"].is_monotonic_increasing
    assert len(random_dwellings(compared.changes, seed=3)) == 1000


def test_the_mean_of_the_parts_is_that_of_the_rows():
    split = pd.DataFrame({"value_a": [100.0, 300.0, 50.0], "data": [10.0, -10.0, np.nan], "model": [0.0, 20.0, 1.0]})
    split = split.assign(time=[0.0, 0.0, 1.0], change=[10.0, 10.0, 2.0])
    found = mean_parts(split)
    assert (found["n_drawn"], found["n_dwellings"]) == (3, 2)
    assert found["data"] == {"total": 0, "total_pct": 0, "mean_absolute_pct": pytest.approx((10 + 10 / 3) / 2)}
    assert found["change"]["total_pct"] == 5


def test_nothing_to_split_is_no_error(before, after, compared):
    none = compared.changes[compared.changes["state"] == "no such"]
    assert split_changes(before, after, none, compared.rolls).empty
    assert mean_parts(split_changes(before, after, none, compared.rolls))["n_dwellings"] == 0
