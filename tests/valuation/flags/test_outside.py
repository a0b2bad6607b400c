"""Whatever lies far outside the data is flagged as such or refused, and its range is no narrower than usual."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from valuation.appraisal.appraise import appraise
from valuation.flags.catalogue import carries
from valuation.flags.outside import OUTSIDE_RULES
from valuation.simulation.municipality import shore_y_m

N = 10_000
OUTSIDE = {rule.code for rule in OUTSIDE_RULES}


@pytest.fixture(scope="module")
def far_outside(small_bundle, small_run):
    """Ten thousand dwellings of the roll, each altered in one of eight ways to what was never sold."""
    random = np.random.default_rng(20260101)
    roll = pd.read_parquet(small_run / "roll.parquet")
    table = roll.sample(N, replace=True, random_state=1).reset_index(drop=True)
    table["dwelling_id"] = [f"far{place}" for place in range(N)]
    part = [np.arange(place, N, 8) for place in range(8)]
    n = N // 8
    seen = small_bundle.seen.ranges
    smallest, largest = seen["living_area_m2"]
    oldest, newest = seen["built_year"]
    table.loc[part[0], "living_area_m2"] = largest * random.uniform(1.05, 50, n)
    table.loc[part[1], "living_area_m2"] = smallest * random.uniform(0.01, 0.95, n)
    table.loc[part[2], "built_year"] = random.integers(1, int(oldest), n)
    table.loc[part[3], "built_year"] = random.integers(int(newest) + 1, 4000, n)
    x_min, y_min, x_max, y_max = small_bundle.jurisdiction.coordinates.bounds
    far = np.column_stack([random.uniform(x_min, x_max, 50 * n), random.uniform(y_min, y_max, 50 * n)])
    table.loc[part[4], ["x_m", "y_m"]] = far[small_bundle.seen.places.nearest(*far.T)[0] > 3000][:n]
    table.loc[part[5], ["dwelling_type", "market_area"]] = "never sold"
    # Jointly odd: each fact was sold by itself, the smallest area with the most rooms and the other way round.
    fewest, most = seen["rooms"]
    table.loc[part[6], "living_area_m2"] = smallest * random.uniform(1, 1.05, n)
    table.loc[part[6], "rooms"] = most
    table.loc[part[7], "living_area_m2"] = largest * random.uniform(0.95, 1, n)
    table.loc[part[7], "rooms"] = fewest
    return table


@pytest.mark.statistical
def test_ten_thousand_inputs_far_outside_are_flagged_or_refused_and_have_no_narrow_range(
    small_bundle, small_run, far_outside
):
    answers = appraise(small_bundle, far_outside).table
    refused = answers["appraised_value"].isna()
    told = answers["flags"].map(lambda codes: bool(OUTSIDE & set(codes.split("|"))))
    assert (refused | told).all()
    # Not all is refused: half of the ways leave a dwelling that can be valued.
    assert (~refused).sum() > N / 4
    usual = pd.read_parquet(small_run / "values.parquet")
    median = np.log(usual["upper_value"] / usual["lower_value"]).median()
    width = np.log(answers["upper_value"] / answers["lower_value"])[~refused]
    # Values are rounded to whole kroner, of a million: that much can be lost.
    assert width.min() > median - 1e-5


@pytest.fixture(scope="module")
def on_the_fjord(small_run):
    """Five hundred dwellings of the roll, moved to places on the water 0.5 to 3 km from every dwelling."""
    random = np.random.default_rng(20260102)
    roll = pd.read_parquet(small_run / "roll.parquet")
    lived_in = roll[["x_m", "y_m"]].dropna().to_numpy()
    places = random.uniform(lived_in.min(axis=0) - 3000, lived_in.max(axis=0) + 3000, (40_000, 2))
    places = places[places[:, 1] > shore_y_m(places[:, 0])]
    away = cKDTree(lived_in).query(places)[0]
    table = roll.sample(500, random_state=1).reset_index(drop=True)
    table[["x_m", "y_m"]] = places[(away > 500) & (away < 3000)][:500]
    return table


@pytest.mark.statistical
def test_a_point_on_the_fjord_is_flagged_though_the_town_is_near_and_the_town_is_not(
    small_bundle, small_run, on_the_fjord
):
    flagged = carries(appraise(small_bundle, on_the_fjord).table["flags"], "far-from-sales", "cannot-be-valued")
    assert flagged.mean() > 0.99
    values = pd.read_parquet(small_run / "values.parquet", columns=["flags"])
    # 0.75 % of the sales were to be called far; few dwellings have no neighbour that sold.
    assert carries(values["flags"], "far-from-sales").mean() < 0.01


def test_an_input_outside_has_a_range_that_says_so_also_alone(small_bundle, small_run):
    dwelling = pd.read_parquet(small_run / "roll.parquet").iloc[[0]]
    largest = small_bundle.seen.ranges["living_area_m2"][1]
    inside = appraise(small_bundle, dwelling).table.iloc[0]
    outside = appraise(small_bundle, dwelling.assign(living_area_m2=2 * largest)).table.iloc[0]
    assert "outside-seen-range" in outside["flags"].split("|")
    assert np.log(outside["upper_value"] / outside["lower_value"]) >= (
        np.log(inside["upper_value"] / inside["lower_value"]) - 1e-5
    )
