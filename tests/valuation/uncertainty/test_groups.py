"""Groups hold enough calibration sales, and the name of a group says what was merged."""

from __future__ import annotations

import numpy as np

from valuation.uncertainty.groups import ValueGroups

TYPES = ["flat"] * 900 + ["house"] * 300 + ["cabin"] * 120 + ["castle"] * 100
VALUES = np.arange(len(TYPES), dtype=float)
ONE_AREA = ["town"] * len(TYPES)


def groups() -> ValueGroups:
    return ValueGroups.fit(TYPES, VALUES, ONE_AREA, 200)


def of_areas(min_sales: int = 100) -> ValueGroups:
    """900 flats of one value level in each of three areas, a hill above a plain above a marsh."""
    value = np.tile(np.arange(300.0), 3) + np.repeat([0.0, 0.1, 0.2], 300)
    return ValueGroups.fit(["flat"] * 900, value, np.repeat(["marsh", "plain", "hill"], 300), min_sales)


def test_a_large_type_is_parted_in_thirds_of_its_value():
    assert groups().names[:3] == (
        "flat, low third, all areas",
        "flat, middle third, all areas",
        "flat, high third, all areas",
    )
    assert groups().assign(["flat"] * 3, [0.0, 450.0, 5000.0], ["town"] * 3).tolist() == [0, 1, 2]


def test_a_third_with_enough_sales_is_parted_by_the_level_of_its_areas():
    found = of_areas()
    assert found.names[:3] == (
        "flat, low third, low-value areas",
        "flat, low third, middle-value areas",
        "flat, low third, high-value areas",
    )
    assert found.assign(["flat"] * 3, [0.0] * 3, ["marsh", "plain", "hill"]).tolist() == [0, 1, 2]
    assert found.assign(["flat"] * 3, [250.0] * 3, ["marsh", "plain", "hill"]).tolist() == [6, 7, 8]


def test_areas_are_merged_where_one_level_would_have_too_few_sales():
    assert of_areas(min_sales=101).names[:2] == ("flat, low third, all areas", "flat, middle third, all areas")


def test_an_area_without_a_sale_or_without_a_name_is_judged_like_the_middling_ones():
    assert of_areas().assign(["flat"] * 2, [0.0] * 2, ["island", None]).tolist() == [1, 1]


def test_a_type_of_under_three_groups_is_kept_whole():
    assert groups().names[3] == "house, all values, all areas"


def test_types_too_small_for_a_group_are_merged_and_named():
    assert groups().names[4] == "other types (cabin, castle), all values, all areas"
    assert groups().assign(["cabin", "castle"], [1.0, 2.0], ["town"] * 2).tolist() == [4, 4]


def test_a_single_small_type_is_judged_with_all_sales():
    kinds, value, area = ["flat"] * 900 + ["cabin"] * 20, np.arange(920.0), ["town"] * 920
    one = ValueGroups.fit(kinds, value, area, 200)
    assert [name.split(",")[:2] for name in one.names[3:]] == [
        ["all", " low third"],
        ["all", " middle third"],
        ["all", " high third"],
    ]
    assert [len(rows) for rows in one.members(kinds, value, area)] == [300, 300, 300, 306, 307, 307]


def test_every_group_has_the_sales_it_needs():
    assert min(len(rows) for rows in groups().members(TYPES, VALUES, ONE_AREA)) >= 200
    many = of_areas()
    assert many.names[0].endswith("low-value areas")
    areas = np.repeat(["marsh", "plain", "hill"], 300)
    sizes = np.bincount(many.assign(["flat"] * 900, np.tile(np.arange(300.0), 3), areas))
    assert sizes.tolist() == [100] * 9


def test_few_sales_of_any_type_make_one_group():
    few = ValueGroups.fit(["flat"] * 50 + ["house"] * 40, np.arange(90.0), ["town"] * 90, 200)
    assert few.names == ("all, all values, all areas",)
    assert few.assign(["flat", "house", "castle", None], [1.0] * 4, ["town"] * 4).tolist() == [0, 0, 0, 0]


def test_groups_read_back_are_the_same():
    assert ValueGroups.from_json(groups().to_json()) == groups()
    assert ValueGroups.from_json(of_areas().to_json()) == of_areas()


def test_the_order_of_the_sales_changes_no_group():
    order = np.random.default_rng(0).permutation(900)
    kinds, value = np.array(["flat"] * 900), np.arange(900.0)
    area = np.array([f"area {number}" for number in np.arange(900) % 11])
    assert ValueGroups.fit(kinds, value, area, 50) == ValueGroups.fit(kinds[order], value[order], area[order], 50)
