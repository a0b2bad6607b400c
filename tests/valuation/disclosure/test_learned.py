"""Do the pictures of what a model learned show its values, and what sales and misses say what the tables hold?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.disclosure.failures import groups_picture, hard_groups
from valuation.disclosure.learned import partial_effect, partial_effect_picture, summary_plot, taken_apart
from valuation.disclosure.prices import price_per_m2, price_per_m2_picture, sales_by_year
from valuation.errors import WrongUse


@pytest.fixture(scope="module")
def sample(finished):
    """Forty dwellings of the small roll."""
    return finished.table("roll.parquet").iloc[::37].head(40).reset_index(drop=True)


def test_a_partial_effect_is_what_appraise_says_of_the_altered_dwelling(finished, sample):
    one = sample.head(1)
    effect = partial_effect(finished.bundle, one, "living_area_m2", points=[60.0, 90.0])
    small, large = (
        appraise(finished.bundle, one.assign(living_area_m2=size)).table["appraised_value"].iloc[0]
        for size in (60.0, 90.0)
    )
    # The point in the middle is the reference: of two, the second.
    assert effect["effect_pct"].tolist() == pytest.approx([100 * (small / large - 1), 0.0])


def test_values_never_fall_with_more_living_area(finished, sample):
    effect = partial_effect(finished.bundle, sample, "living_area_m2", n_points=6)
    assert (np.diff(effect["effect_pct"]) >= 0).all()
    assert (effect["lower_pct"] <= effect["upper_pct"]).all()


def test_levels_of_a_category_are_set_one_by_one(finished, sample):
    effect = partial_effect(finished.bundle, sample, "dwelling_type")
    assert set(effect["point"]) <= {"enebolig", "tomannsbolig", "rekkehus", "blokk"}
    assert effect["effect_pct"].iloc[0] == 0
    assert "blokk" in partial_effect_picture(effect, "type")


@pytest.mark.parametrize("name", ["street", "no_such_fact"])
def test_a_fact_the_models_do_not_use_is_refused(name, finished, sample):
    with pytest.raises(WrongUse, match="living_area_m2"):
        partial_effect(finished.bundle, sample, name)


def test_one_recorded_value_has_no_effect_to_show(finished, sample):
    with pytest.raises(WrongUse, match="at least two"):
        partial_effect(finished.bundle, sample.assign(rooms=3.0), "rooms")


def test_dwellings_without_a_value_are_not_taken_apart(finished, sample):
    crippled = sample.head(3).assign(living_area_m2=[80.0, np.nan, 90.0])
    found, asked = taken_apart(finished.bundle, crippled)
    assert asked["living_area_m2"].tolist() == [80.0, 90.0]
    assert found.amounts.shape[0] == 2


# shap itself uses what matplotlib will one day take away.
@pytest.mark.filterwarnings("ignore:The set_bad function:PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore:The set_over function:PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore:The set_under function:PendingDeprecationWarning")
def test_the_summary_plot_is_a_small_picture(finished, sample):
    pytest.importorskip("shap")
    drawn = summary_plot(finished.bundle, sample, n_lines=6)
    assert drawn.startswith(b"\x89PNG")
    assert len(drawn) < 100_000


def sales_of(prices, *, areas=(50.0, 100.0, 100.0)):
    return pd.DataFrame(
        {
            "sale_id": ["a", "b", "c"],
            "market_date": pd.to_datetime(["2024-05-01", "2025-02-01", "2025-03-01"]),
            "market_price": prices,
            "time_adjusted_sale_price": prices,
            "living_area_m2": areas,
            "dwelling_type": ["blokk", "blokk", "enebolig"],
            "is_valid_sale": [True, True, False],
        }
    )


def test_sales_are_counted_by_year_and_only_valid_ones_priced():
    table = sales_by_year(sales_of([1.0e6, 2.0e6, 9.0e6]))
    assert table["year"].tolist() == [2024, 2025]
    assert table["n_sales"].tolist() == [1, 2]
    assert table["n_valid"].tolist() == [1, 1]
    assert table["median_price"].tolist() == [1.0e6, 2.0e6]


def test_the_price_of_a_square_metre_is_that_of_valid_sales(finished):
    table = price_per_m2(sales_of([1.0e6, 3.0e6, 9.0e6]), finished.jurisdiction, "dwelling_type")
    assert table.to_dict("records") == [
        {"level": "blokk", "n_sales": 2, "median": 25e3, "lower_quarter": 22.5e3, "upper_quarter": 27.5e3}
    ]
    assert "blokk" in price_per_m2_picture(table, "NOK")


def test_a_role_nobody_plays_is_refused(finished):
    with pytest.raises(WrongUse, match="renovated_year"):
        price_per_m2(sales_of([1.0, 2.0, 3.0]), finished.jurisdiction, "renovated_year")


def ratio_study(**more):
    rows = [
        ("tenure", "own", 12.0),
        ("tenure", "shared", 15.0),
        ("age_band", "000-004 years", np.nan),
        ("overall", "all", 99.0),
    ]
    table = pd.DataFrame(rows, columns=["stratum", "level", "estimate"])
    columns = {
        "sample": "all_sales",
        "model": "boosted",
        "statistic": "mdape",
        "n_valued": 50,
        "lower": 9.0,
        "upper": 20.0,
    }
    return table.assign(**columns, **more)


def test_the_hardest_group_stands_first_and_one_without_a_figure_nowhere():
    groups = hard_groups(ratio_study())
    assert groups["level"].tolist() == ["shared", "own"]
    assert "shared" in groups_picture(groups, "median error, %")


def test_a_statistic_the_study_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(WrongUse, match="mdape"):
        hard_groups(ratio_study(), "chd")
