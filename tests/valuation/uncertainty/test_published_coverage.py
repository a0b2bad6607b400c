"""Every published group is held against its goal, flagged ones like all others, and a class keeps what it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.uncertainty.coverage import effective_calibration_sales
from valuation.uncertainty.published_coverage import (
    GROUPINGS,
    Extreme,
    accuracy_classes,
    goal_summary,
    published_coverage,
    published_groups,
)

LIMITS = (0.10, 0.15, 0.20, 0.30, 0.45)


@pytest.fixture
def sales():
    """1,000 sales: 91 % held; of the 300 flagged only 82 %; the last 50 screened out and never held."""
    place = np.arange(1000)
    is_flagged = place < 300
    is_valid = place < 950
    is_missed = np.where(is_flagged, place % 50 < 9, place % 100 < 5) | ~is_valid
    return pd.DataFrame(
        {
            "sale_price": np.where(is_missed, 130.0, 100.0),
            "appraised_value": 100.0,
            "lower_value": 90.0,
            "upper_value": 110.0,
            "flags": np.where(is_flagged, "interval-too-wide", ""),
            "accuracy_class": "A",
            "is_valid_sale": is_valid,
            "is_seen_dwelling": place % 2 == 0,
            "dwelling_type": np.where(place % 4 == 0, "house", "flat"),
            "market_area": [f"area {number % 12}" for number in place],
            "range_group": np.where(place % 4 == 0, "house, all values", "flat, all values"),
            "range_sales": np.where(place % 4 == 0, 500, 1500),
        }
    )


@pytest.fixture
def table(sales):
    return published_coverage(sales, 0.90).set_index(["grouping", "group"])


def test_the_flagged_are_a_group_that_can_miss(table):
    assert table.loc[("flagged", "flagged"), ["n_sales", "coverage", "goal"]].tolist() == [300, 0.82, "missed"]
    assert table.loc[("flagged", "not flagged"), "goal"] == "missed"
    assert table.loc[("flagged", "not flagged"), "coverage"] == pytest.approx(0.95, abs=0.005)


def test_groups_are_of_the_valid_sales_and_the_others_stand_beside(table):
    assert table.loc[("overall", "all sales"), "n_sales"] == 1000
    assert table.loc[("screening", "screened out"), ["n_sales", "coverage", "goal"]].tolist() == [50, 0.0, ""]
    assert table.loc["dwelling_type", "n_sales"].sum() == 950


def test_a_group_of_few_sales_is_shown_and_held_against_nothing(table):
    areas = table.loc["market_area"]
    assert len(areas) == 12
    assert areas["n_sales"].max() < 100
    assert set(areas["goal"]) == {""}


def test_a_group_of_a_hundred_may_not_fall_under_85_percent(sales):
    some = sales[300:500].assign(sale_price=np.where(np.arange(200) < 40, 130.0, 100.0), flags="")
    found = published_coverage(some, 0.90).set_index(["grouping", "group"])
    assert found.loc[("seen", "sold before"), ["n_sales", "coverage", "goal"]].tolist() == [100, 0.8, "missed"]


def test_the_summary_names_the_worst_and_says_what_chance_would_miss(table):
    found = goal_summary(table.reset_index(), 0.90)
    assert found.lowest == Extreme("flagged flagged", 0.82, 300)
    assert found.highest.group == "flagged not flagged"
    assert found.n_missed >= 2
    assert 0 < found.missed_by_chance < found.n_judged / 2


def test_the_band_of_a_group_knows_on_how_many_sales_its_ranges_were_set(table):
    assert table.loc[("dwelling_type", "house"), "n_calibration"] == 500
    assert table.loc[("dwelling_type", "flat"), "n_calibration"] == 1500
    # Of all sales a quarter hang on 500 and three quarters on 1,500: as good as 2,000 together.
    assert table.loc[("overall", "all sales"), "n_calibration"] == pytest.approx(2000)
    assert (table["band_low"] <= table["binomial_low"]).all()


def test_a_grouping_without_its_column_is_left_out(sales):
    assert "tenure" not in published_groups(sales)
    assert set(published_groups(sales)) <= set(GROUPINGS)


def test_sales_of_groups_not_known_have_no_beta_binomial_band(sales):
    found = published_coverage(sales.drop(columns=["range_group", "range_sales"]), 0.90)
    assert found["band_low"].isna().all()


def test_calibration_sales_of_several_groups_count_together_by_their_shares():
    # 1 / (0.9² / 900 + 0.1² / 100) = 1,000.
    assert effective_calibration_sales(["a"] * 9 + ["b"], [900] * 9 + [100]) == pytest.approx(1000)
    assert np.isnan(effective_calibration_sales(["a", "b"], [900, np.nan]))


def test_a_class_says_how_many_prices_lie_within_its_limit():
    sales = pd.DataFrame(
        {
            "accuracy_class": ["A"] * 10 + ["C"] * 10,
            "appraised_value": 100.0,
            "lower_value": [95.0] * 10 + [85.0] * 10,
            "upper_value": [110.0] * 10 + [120.0] * 10,
            "sale_price": [100.0] * 9 + [111.0] + [119.0] * 8 + [121.0, 60.0],
        }
    )
    found = accuracy_classes(sales, LIMITS, 0.90).set_index("accuracy_class")
    assert found.loc[["A", "C"], "share_within_limit"].tolist() == [0.9, 0.8]
    assert found.loc[["A", "C"], "sale_share"].tolist() == [0.5, 0.5]
    # Only the value of 100 for a price of 60 is off by more than 20 % of the price.
    assert found["large_error_share"].dropna().tolist() == [0.0, 0.1]
    assert found.loc["B", "n_sales"] == 0
    assert np.isnan(found.loc["B", "share_within_limit"])
