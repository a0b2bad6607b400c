"""Goals are held against the figures they name, of the sales they name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.pipeline.holdout_figures import coverage_table, goals


def metrics(boosted, baseline, n_screened_out=0):
    covered = {"coverage": 0.9, "n_sales": 1000, "binomial_low": 0.88, "binomial_high": 0.92}
    sample = {"boosted": {"mape": boosted}, "baseline": {"mape": baseline}, "n_valued": 1000}
    return {
        "holdout": {"n_screened_out": n_screened_out},
        "overall": sample,
        "valid_sales": sample,
        "coverage": {"promised": 0.9, "overall": {"all": covered}, "screening": {"valid": covered}},
    }


def goal_of(name, found, own):
    return next(item for item in goals(found, own) if item["name"] == name)


@pytest.mark.parametrize(("boosted", "is_reached"), [(8.0, True), (8.9, False)])
def test_an_error_is_held_against_that_of_the_baseline(boosted, is_reached):
    goal = goal_of("mape_of_baseline", metrics(boosted, 16.0), {"mape_of_baseline": 0.55})
    assert goal["figure"] == boosted / 16.0
    assert (goal["upper"], goal["is_reached"]) == (0.55, is_reached)


@pytest.mark.parametrize(("boosted", "baseline"), [(None, 16.0), (8.0, None), (8.0, 0.0)])
def test_without_both_errors_the_goal_is_not_reached(boosted, baseline):
    goal = goal_of("mape_of_baseline", metrics(boosted, baseline), {"mape_of_baseline": 0.55})
    assert (goal["figure"], goal["is_reached"]) == (None, False)


def test_the_goal_of_valid_sales_stands_beside_where_screening_doubts_some():
    found = metrics(8.0, 16.0, n_screened_out=3)
    assert goal_of("mape_of_baseline, valid sales", found, {"mape_of_baseline": 0.55})["is_reached"]


@pytest.fixture
def sales():
    """Six sales of 100, of values 10 to 60; the two screened out lie outside their ranges, all others inside."""
    is_valid = np.array([True, True, False, True, True, False])
    return pd.DataFrame(
        {
            "sale_price": 100.0,
            "appraised_value": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
            "lower_value": np.where(is_valid, 90.0, 1.0),
            "upper_value": np.where(is_valid, 110.0, 2.0),
            "dwelling_type": ["flat", "flat", "flat", "house", "house", "house"],
            "flags": "",
            "is_valid_sale": is_valid,
        }
    )


def test_coverage_by_group_stands_for_all_sales_and_for_the_valid_ones_alone(sales):
    found = coverage_table(sales, 0.9).set_index(["grouping", "group"])[["n_sales", "coverage"]]
    assert found.loc[("dwelling_type", "flat")].tolist() == [3, pytest.approx(2 / 3)]
    assert found.loc[("dwelling_type, valid sales", "flat")].tolist() == [2, 1.0]


def test_the_thirds_of_the_valid_sales_are_those_of_all_sales(sales):
    found = coverage_table(sales, 0.9).set_index(["grouping", "group"])["n_sales"]
    assert found["value_third"].to_dict() == {"lower third": 2, "middle third": 2, "upper third": 2}
    assert found["value_third, valid sales"].to_dict() == {"lower third": 2, "middle third": 1, "upper third": 1}


def test_the_groups_covered_least_and_most_are_held_against_the_goal_of_every_group():
    none = {"group": "", "coverage": None, "n_sales": 0}
    lowest = {"group": "market_area north", "coverage": 0.84, "n_sales": 400}
    highest = {"group": "age_band 000-004 years", "coverage": 0.93, "n_sales": 350}
    groups = {"lowest": lowest, "highest": highest, "lowest_of_fewer": none}
    found = goals(metrics(8.0, 16.0) | {"coverage_of_groups": groups}, {})
    told = {item["name"]: item for item in found if "covered group" in item["name"]}
    assert {name: (item["lower"], item["upper"], item["is_reached"]) for name, item in told.items()} == {
        "coverage, least covered group of 300 sales or more": (0.86, None, False),
        "coverage, most covered group of 300 sales or more": (None, 0.94, True),
    }
    assert "market_area north" in told["coverage, least covered group of 300 sales or more"]["source"]
