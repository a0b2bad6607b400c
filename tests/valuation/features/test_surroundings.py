"""What stands around a dwelling: whose facts count, and what they must not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from valuation.features.columns import LOG_PRICE, FeatureMaker
from valuation.features.surroundings import Surroundings, is_surrounding
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.value_models import evidence_columns
from valuation.pipeline.params import TrainParams

SETTINGS = {"landmarks": 0, "surroundings": [3, 9]}
NEVER_SOLD = np.array([-1])


@pytest.fixture(scope="module")
def sales(small_sales: pd.DataFrame) -> pd.DataFrame:
    return small_sales.assign(**{LOG_PRICE: np.log(small_sales["market_price"])})


@pytest.fixture(scope="module")
def maker(sales: pd.DataFrame, small_town: Jurisdiction) -> FeatureMaker:
    return FeatureMaker.fit(sales, small_town, SETTINGS)


@pytest.fixture
def street() -> pd.DataFrame:
    """Four houses along a street, 10 m apart, and one without a place."""
    east = [0.0, 10.0, 20.0, 30.0, np.nan]
    return pd.DataFrame({"x_m": east, "y_m": [0.0] * 5, "area_m2": [100.0, 200.0, np.nan, 400.0, 900.0]})


def test_the_nearest_are_counted_and_no_others(street: pd.DataFrame) -> None:
    made = Surroundings(street, (2,)).columns(np.array([-1.0]), np.zeros(1), NEVER_SOLD)
    assert made["around_2_area_m2"].tolist() == [150.0]


def test_a_dwelling_is_no_neighbour_of_its_own(street: pd.DataFrame) -> None:
    made = Surroundings(street, (1,)).columns(np.array([0.0]), np.zeros(1), np.array([0]))
    assert made["around_1_area_m2"].tolist() == [200.0]


def test_a_fact_not_known_is_left_out_of_the_mean(street: pd.DataFrame) -> None:
    made = Surroundings(street, (2,)).columns(np.array([31.0]), np.zeros(1), NEVER_SOLD)
    assert made["around_2_area_m2"].tolist() == [400.0]


def test_fewer_neighbours_than_asked_for_are_all_counted(street: pd.DataFrame) -> None:
    made = Surroundings(street, (9,)).columns(np.array([0.0]), np.zeros(1), np.array([0]))
    assert made["around_9_area_m2"].tolist() == [300.0]


def test_without_a_place_nothing_stands_around(street: pd.DataFrame) -> None:
    made = Surroundings(street, (2,)).columns(np.array([np.nan]), np.zeros(1), NEVER_SOLD)
    assert np.isnan(made["around_2_area_m2"]).all()


def test_alone_in_the_world_nothing_stands_around(street: pd.DataFrame) -> None:
    made = Surroundings(street.head(1), (2,)).columns(np.zeros(1), np.zeros(1), np.array([0]))
    assert np.isnan(made["around_2_area_m2"]).all()


def test_every_price_ten_times_as_high_moves_nothing_around(
    sales: pd.DataFrame, small_town: Jurisdiction, maker: FeatureMaker
) -> None:
    drawn = np.random.default_rng(2).random(len(sales)) < 0.5
    other = FeatureMaker.fit(sales.assign(**{LOG_PRICE: sales[LOG_PRICE] + np.log(10) * drawn}), small_town, SETTINGS)
    around = [name for name in maker.names_ if is_surrounding(name)]
    pd.testing.assert_frame_equal(
        other.transform(sales, "2026-01-01")[around], maker.transform(sales, "2026-01-01")[around], check_exact=True
    )


def test_another_size_of_a_dwelling_moves_nothing_around_it(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    size = maker.dictionary.with_role("living_area") or ""
    around = [name for name in maker.names_ if is_surrounding(name)]
    larger = sales.assign(**{size: sales[size] * 2})
    pd.testing.assert_frame_equal(
        maker.transform(larger, "2026-01-01")[around], maker.transform(sales, "2026-01-01")[around], check_exact=True
    )


def test_each_dwelling_stands_there_as_last_sold(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    size = maker.dictionary.with_role("living_area") or ""
    last = sales.sort_values(["market_date", "sale_id"]).groupby("dwelling_id")[size].last().sort_index()
    assert maker.surroundings_.facts_[size].tolist() == last.astype(float).tolist()


def test_they_are_features_of_the_location_that_promise_no_direction(maker: FeatureMaker) -> None:
    made = [item for item in maker.features_ if is_surrounding(item.name)]
    assert {(item.owner, item.direction, item.is_level) for item in made} == {("location", 0, False)}


def test_boosters_blind_to_prices_see_them(maker: FeatureMaker) -> None:
    hidden = {maker.names_[i] for i in evidence_columns(maker.features_)}
    assert "area_level" in hidden
    assert [name for name in hidden if is_surrounding(name)] == []


def test_stored_they_say_the_same(sales: pd.DataFrame, maker: FeatureMaker, tmp_path: Path) -> None:
    maker.save(tmp_path)
    pd.testing.assert_frame_equal(
        FeatureMaker.load(tmp_path).transform(sales, "2026-01-01"),
        maker.transform(sales, "2026-01-01"),
        check_exact=True,
    )


def test_unless_asked_for_nothing_is_made_or_stored(
    sales: pd.DataFrame, small_town: Jurisdiction, tmp_path: Path
) -> None:
    without = FeatureMaker.fit(sales, small_town, {"landmarks": 0})
    without.save(tmp_path)
    assert [name for name in without.names_ if is_surrounding(name)] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features.json", "past_sales.parquet"]


@pytest.mark.parametrize("counts", [12, [0], [1.5], [True], [12, 12]])
def test_a_number_of_neighbours_that_is_none_is_refused(counts: object) -> None:
    with pytest.raises(ValidationError, match="surroundings"):
        TrainParams(neighbours={"surroundings": counts})
