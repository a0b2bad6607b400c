"""Groups hold enough calibration sales, and the name of a group says what was merged."""

from __future__ import annotations

import numpy as np

from valuation.uncertainty.groups import ValueGroups

TYPES = ["flat"] * 900 + ["house"] * 300 + ["cabin"] * 120 + ["castle"] * 100
VALUES = np.arange(len(TYPES), dtype=float)


def groups() -> ValueGroups:
    return ValueGroups.fit(TYPES, VALUES, 200)


def test_a_large_type_is_parted_in_thirds_of_its_value():
    assert groups().names[:3] == ("flat, low third", "flat, middle third", "flat, high third")
    assert groups().assign(["flat"] * 3, [0.0, 450.0, 5000.0]).tolist() == [0, 1, 2]


def test_a_type_of_under_three_groups_is_kept_whole():
    assert groups().names[3] == "house, all values"


def test_types_too_small_for_a_group_are_merged_and_named():
    assert groups().names[4] == "other types (cabin, castle), all values"
    assert groups().assign(["cabin", "castle"], [1.0, 2.0]).tolist() == [4, 4]


def test_a_single_small_type_is_judged_with_all_sales():
    one = ValueGroups.fit(["flat"] * 900 + ["cabin"] * 20, np.arange(920.0), 200)
    assert one.names[3:] == ("all, low third", "all, middle third", "all, high third")
    members = one.members(["flat"] * 900 + ["cabin"] * 20, np.arange(920.0))
    assert [len(rows) for rows in members] == [300, 300, 300, 306, 307, 307]


def test_every_group_has_the_sales_it_needs():
    assert min(len(rows) for rows in groups().members(TYPES, VALUES)) >= 200


def test_few_sales_of_any_type_make_one_group():
    few = ValueGroups.fit(["flat"] * 50 + ["house"] * 40, np.arange(90.0), 200)
    assert few.names == ("all, all values",)
    assert few.assign(["flat", "house", "castle", None], [1.0] * 4).tolist() == [0, 0, 0, 0]


def test_groups_read_back_are_the_same():
    assert ValueGroups.from_json(groups().to_json()) == groups()
