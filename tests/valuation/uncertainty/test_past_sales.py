"""What past sales tell of the error of a value never knows the sale itself, nor any of its day or later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from tests.factories import COORDINATES, a_characteristic, a_jurisdiction
from valuation.features.age import day_numbers
from valuation.uncertainty.past_sales import COLUMNS, PastSales

DICTIONARY = a_jurisdiction(
    {
        "living_area_m2": a_characteristic("number", "living_area"),
        "built_year": a_characteristic("number", "built_year"),
        "dwelling_type": a_characteristic("category", "dwelling_type"),
        "market_area": a_characteristic("category", "market_area"),
    },
    coordinates=COORDINATES,
).characteristics


def sold(*sales: tuple[str, str, float, float]) -> pd.DataFrame:
    """Sales as (dwelling, day, price, x), of houses alike but for these."""
    return pd.DataFrame(
        {
            "sale_id": [f"{name} {day}" for name, day, _, _ in sales],
            "dwelling_id": [name for name, _, _, _ in sales],
            "market_date": pd.to_datetime([day for _, day, _, _ in sales]),
            "time_adjusted_sale_price": [price for _, _, price, _ in sales],
            "x_m": [x for _, _, _, x in sales],
            "y_m": 0.0,
            "living_area_m2": 100.0,
            "built_year": 1990.0,
        }
    )


def asked(past: PastSales, name: str, day: str, value: float = 1e6, x: float = 0.0) -> dict[str, float]:
    """Evidence on one dwelling of value `value` at a day."""
    dwelling = sold((name, day, value, x))
    found = past.evidence(dwelling, np.log([value]), day_numbers(day, 1))
    return {column: float(found[column][0]) for column in COLUMNS}


def test_the_last_own_sale_is_set_against_the_value():
    past = PastSales.fit(sold(("a", "2023-05-10", 1.5e6, 0.0), ("a", "2024-01-10", 1.2e6, 0.0)), DICTIONARY)
    found = asked(past, "a", "2024-01-20")
    assert found["own_log_gap"] == pytest.approx(np.log(1.2), abs=1e-6)
    assert found["own_log_distance"] == found["own_log_gap"]
    assert found["own_sale_days"] == 10


def test_a_sale_of_the_very_day_or_later_reaches_nothing():
    past = PastSales.fit(sold(("a", "2024-01-20", 1.2e6, 0.0), ("b", "2024-01-21", 1e6, 0.0)), DICTIONARY)
    assert_array_equal(list(asked(past, "a", "2024-01-20").values()), np.full(len(COLUMNS), np.nan))


def test_the_own_price_of_a_sale_changes_nothing_of_its_evidence():
    sales = [("a", "2023-05-10", 1.1e6, 0.0), ("b", "2023-07-10", 1e6, 50.0)]
    known = [PastSales.fit(sold(*sales, ("c", "2024-01-10", price, 0.0)), DICTIONARY) for price in (0.5e6, 5e6)]
    first, second = (asked(past, "c", "2024-01-10") for past in known)
    assert_array_equal(list(first.values()), list(second.values()))
    assert first["like_1_distance"] > 0


def test_a_dwelling_is_not_its_own_neighbour():
    past = PastSales.fit(sold(("a", "2023-05-10", 1e6, 0.0), ("b", "2023-05-10", 1e6, 3000.0)), DICTIONARY)
    assert asked(past, "a", "2024-01-10")["like_1_distance"] == pytest.approx(3000 / 1500)


def test_unlikeness_counts_metres_area_years_and_price_alike():
    past = PastSales.fit(sold(("b", "2023-05-10", 1e6, 0.0)), DICTIONARY)
    dwelling = sold(("a", "2024-01-10", 1e6, 1500.0)).assign(living_area_m2=100 * np.exp(0.2), built_year=2010.0)
    found = past.evidence(dwelling, np.log([1e6]) + 0.2, day_numbers("2024-01-10", 1))
    assert found["like_1_distance"][0] == pytest.approx(2.0)


def test_fewer_sales_than_asked_for_leave_the_farther_distances_unknown():
    past = PastSales.fit(sold(*((f"d{i}", "2023-05-10", 1e6, 100.0 * i) for i in range(6))), DICTIONARY)
    found = asked(past, "a", "2024-01-10")
    assert found["like_5_distance"] == pytest.approx(400 / 1500, abs=1e-6)
    assert np.isnan(found["like_15_distance"])


def test_of_others_only_months_that_have_ended_count():
    past = PastSales.fit(sold(("b", "2024-01-03", 1e6, 0.0)), DICTIONARY)
    assert np.isnan(asked(past, "a", "2024-01-31")["like_1_distance"])
    assert asked(past, "a", "2024-02-01")["like_1_distance"] == 0.0


def test_a_place_or_value_that_is_not_known_has_no_neighbours():
    past = PastSales.fit(sold(("b", "2023-05-10", 1e6, 0.0)), DICTIONARY)
    assert np.isnan(asked(past, "a", "2024-01-10", x=np.nan)["like_1_distance"])
    assert np.isnan(asked(past, "a", "2024-01-10", value=np.nan)["like_1_distance"])


def test_the_answer_is_the_same_alone_and_among_others_and_after_a_file(tmp_path):
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, 300), unit="D")
    sales = sold(*((f"d{i % 250}", f"{day:%Y-%m-%d}", 1e6, float(i)) for i, day in enumerate(days)))
    past = PastSales.fit(sales, DICTIONARY)
    past.save(tmp_path)
    loaded = PastSales.load(tmp_path, DICTIONARY)
    log_value, at = np.log(sales["time_adjusted_sale_price"].to_numpy()), day_numbers(sales["market_date"], len(sales))
    together = np.column_stack(list(past.evidence(sales, log_value, at).values()))
    alone = [list(loaded.evidence(sales.iloc[[i]], log_value[[i]], at[[i]]).values()) for i in range(0, 300, 25)]
    assert_array_equal(np.array(alone)[:, :, 0], together[::25])


def test_without_any_past_sale_nothing_is_known():
    past = PastSales.fit(sold(("b", "2023-05-10", 1e6, 0.0)).head(0), DICTIONARY)
    assert_array_equal(list(asked(past, "a", "2024-01-10").values()), np.full(len(COLUMNS), np.nan))
