"""Are the shifts the ones that can be counted by hand?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.comparison.value_shift import change_bands, value_changes, value_shift


class Run:
    """As much of a version as value changes need."""

    def __init__(self, **values):
        rows = [{"dwelling_id": name, "appraised_value": value} for name, value in values.items()]
        self.values = pd.DataFrame(rows).assign(dwelling_type="house", market_area="north")


BEFORE = Run(a=100.0, b=200.0, c=400.0, d=np.nan, e=300.0, gone=100.0, none=np.nan)
AFTER = Run(a=125.0, b=200.0, c=300.0, d=100.0, e=np.nan, new=100.0, none=np.nan)


@pytest.fixture
def changes():
    return value_changes(BEFORE, AFTER).set_index("dwelling_id")


def test_each_dwelling_of_either_roll_is_told_once_with_what_became_of_it(changes):
    assert changes["state"].to_dict() == {
        "a": "both",
        "b": "both",
        "c": "both",
        "d": "only_b",
        "e": "only_a",
        "gone": "gone",
        "new": "new",
        "none": "neither",
    }
    assert changes["change"].dropna().to_dict() == {"a": 25, "b": 0, "c": -100}
    assert changes.loc["new", "dwelling_type"] == "house"


def test_the_summary_counts_dwellings_with_two_values(changes):
    overall = value_shift(changes.reset_index()).iloc[0]
    assert overall["n_dwellings"] == 3
    assert (overall["total_a"], overall["total_b"]) == (700, 625)
    assert overall["total_change_pct"] == pytest.approx(-75 / 7)
    assert overall["median_change_pct"] == 0
    assert (overall["share_up_20"], overall["share_down_20"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


def test_a_spread_of_three_dwellings_is_not_given(changes):
    overall = value_shift(changes.reset_index()).iloc[0]
    assert np.isnan(overall["p5_pct"])
    assert overall["remark"] == "n = 3: spread not given"


def test_a_change_of_just_ten_percent_is_not_beyond_ten():
    names = [f"d{place}" for place in range(40)]
    before = Run(**dict.fromkeys(names, 1000.0))
    after = Run(**{name: 1100.0 if place < 20 else 899.0 for place, name in enumerate(names)})
    overall = value_shift(value_changes(before, after)).iloc[0]
    assert overall["share_up_10"] == 0
    assert overall["share_down_10"] == 0.5
    assert (overall["p5_pct"], overall["p95_pct"]) == (pytest.approx(-10.1), pytest.approx(10))


def test_the_bands_hold_every_dwelling_once():
    names = [f"d{place}" for place in range(6)]
    before = Run(**dict.fromkeys(names, 1000.0))
    after = Run(**dict(zip(names, [1000.0, 1010.0, 990.0, 1011.0, 600.0, 1400.0], strict=True)))
    bands = change_bands(value_changes(before, after)).set_index("band")["n_dwellings"]
    assert bands[bands > 0].to_dict() == {
        "down more than 30 %": 1,
        "within 1 %": 3,
        "up 1 to 5 %": 1,
        "up more than 30 %": 1,
    }


def test_tenths_are_of_the_value_before():
    names = [f"d{place:02d}" for place in range(20)]
    before = Run(**{name: 100.0 * (place + 1) for place, name in enumerate(names)})
    after = Run(**dict.fromkeys(names, 1000.0))
    changes = value_changes(before, after)
    assert changes["value_decile"].tolist() == [f"{place:02d}" for place in range(1, 11) for _ in range(2)]


def test_two_runs_without_a_common_value_have_no_change():
    shift = value_shift(value_changes(Run(a=1.0), Run(b=1.0)))
    assert shift["n_dwellings"].tolist() == [0]
    assert shift[["total_change_pct", "median_change_pct", "share_up_10"]].isna().all(axis=None)
