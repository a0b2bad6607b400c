"""Landmarks: where they lie, and what they must not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.features.columns import LOG_PRICE, FeatureMaker
from valuation.features.landmarks import is_landmark, landmark_distances, landmarks_of
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import TrainParams

FEW = {"landmarks": 4, "landmark_sales": 10}


@pytest.fixture(scope="module")
def sales(small_sales: pd.DataFrame) -> pd.DataFrame:
    return small_sales.assign(**{LOG_PRICE: np.log(small_sales["market_price"])})


@pytest.fixture(scope="module")
def maker(sales: pd.DataFrame, small_town: Jurisdiction) -> FeatureMaker:
    return FeatureMaker.fit(sales, small_town, FEW)


def test_each_half_of_a_line_has_its_landmark() -> None:
    east = np.array([0.0, 10.0, 20.0, 100.0, 110.0, 120.0])
    assert landmarks_of(east, np.zeros(6), 2, 1).tolist() == [[10.0, 0.0], [110.0, 0.0]]


def test_a_cell_is_cut_across_its_longer_side() -> None:
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 90.0], [4.0, 90.0]])
    assert landmarks_of(corners[:, 0], corners[:, 1], 2, 1).tolist() == [[2.0, 0.0], [2.0, 90.0]]


def test_the_order_of_the_sales_moves_no_landmark() -> None:
    rng = np.random.default_rng(1)
    places = rng.integers(0, 50, size=(500, 2)).astype(float)
    shuffled = places[rng.permutation(500)]
    assert landmarks_of(*places.T, 16, 1).tolist() == landmarks_of(*shuffled.T, 16, 1).tolist()


def test_few_sales_have_few_landmarks() -> None:
    east = np.arange(399.0)
    assert len(landmarks_of(east, east, 32, 100)) == 2


def test_with_one_landmark_allowed_it_is_the_middle_of_all() -> None:
    assert landmarks_of(np.array([0.0, 1.0, 50.0]), np.zeros(3), 1, 100).tolist() == [[1.0, 0.0]]


def test_without_places_there_are_no_landmarks() -> None:
    assert landmarks_of(np.full(9, np.nan), np.zeros(9), 32, 1).shape == (0, 2)


def test_none_asked_for_is_none_made() -> None:
    assert landmarks_of(np.zeros(9), np.zeros(9), 0, 1).shape == (0, 2)


def test_a_dwelling_without_a_place_is_at_no_distance() -> None:
    made = landmark_distances(np.array([[0.0, 0.0]]), np.array([np.nan]), np.array([1.0]))
    assert np.isnan(made["landmark_00_m"]).all()


def test_every_price_ten_times_as_high_moves_no_landmark(
    sales: pd.DataFrame, small_town: Jurisdiction, maker: FeatureMaker
) -> None:
    drawn = np.random.default_rng(2).random(len(sales)) < 0.5
    other = FeatureMaker.fit(sales.assign(**{LOG_PRICE: sales[LOG_PRICE] + np.log(10) * drawn}), small_town, FEW)
    assert other.landmarks_.tolist() == maker.landmarks_.tolist()


def test_distances_are_features_of_the_location_that_promise_no_direction(maker: FeatureMaker) -> None:
    made = [item for item in maker.features_ if is_landmark(item.name)]
    assert {(item.owner, item.direction, item.is_level) for item in made} == {("location", 0, False)}
    assert len(made) == 4


def test_distances_survive_the_way_to_disk(sales: pd.DataFrame, maker: FeatureMaker, tmp_path: Path) -> None:
    maker.save(tmp_path)
    names = [item.name for item in maker.features_ if is_landmark(item.name)]
    pd.testing.assert_frame_equal(
        FeatureMaker.load(tmp_path).transform(sales, "2026-01-01")[names],
        maker.transform(sales, "2026-01-01")[names],
        check_exact=True,
    )


def test_landmarks_may_be_left_out() -> None:
    assert TrainParams.model_validate({"neighbours": {"landmarks": 0}}).neighbours == {"landmarks": 0}


@pytest.mark.parametrize("landmarks", [-1, 1.5, True])
def test_a_number_of_landmarks_that_counts_nothing_is_refused(landmarks: object) -> None:
    with pytest.raises(ValueError, match="landmarks is to be a whole number of at least 0"):
        TrainParams.model_validate({"neighbours": {"landmarks": landmarks}})
