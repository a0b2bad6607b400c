"""Features: what they may know, and what must not reach them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.errors import InputRefused
from valuation.features.columns import LOG_PRICE, FeatureMaker
from valuation.jurisdictions.jurisdiction import Jurisdiction


@pytest.fixture(scope="module")
def sales(small_sales: pd.DataFrame) -> pd.DataFrame:
    return small_sales.assign(**{LOG_PRICE: np.log(small_sales["market_price"])})


@pytest.fixture(scope="module")
def maker(sales: pd.DataFrame, small_town: Jurisdiction) -> FeatureMaker:
    return FeatureMaker.fit(sales, small_town)


def _tenfold(sales: pd.DataFrame, row: int) -> pd.DataFrame:
    changed = sales.copy()
    changed.loc[row, LOG_PRICE] += np.log(10)
    return changed


@pytest.mark.parametrize("row", [5, 100, 300, 590, 599])
def test_ten_times_the_price_changes_nothing_about_that_dwelling(
    sales: pd.DataFrame, small_town: Jurisdiction, maker: FeatureMaker, row: int
) -> None:
    other = FeatureMaker.fit(_tenfold(sales, row), small_town)
    own = sales[sales["dwelling_id"] == sales.loc[row, "dwelling_id"]]
    pd.testing.assert_frame_equal(maker.training_features(own), other.training_features(own), check_exact=True)
    pd.testing.assert_frame_equal(
        maker.transform(own, "2026-01-01"), other.transform(own, "2026-01-01"), check_exact=True
    )


def test_ten_times_a_price_does_reach_later_neighbours(
    sales: pd.DataFrame, small_town: Jurisdiction, maker: FeatureMaker
) -> None:
    other = FeatureMaker.fit(_tenfold(sales, 100), small_town)
    before, after = maker.transform(sales, "2026-01-01"), other.transform(sales, "2026-01-01")
    assert (before["near_4_level"] != after["near_4_level"]).sum() > 10


def test_a_later_sale_changes_no_earlier_neighbourhood_count(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    first = sales.nsmallest(1, "market_date")
    counts = maker.transform(first, first["market_date"])[["area_sales", "street_sales", "building_sales"]]
    assert counts.to_numpy().ravel().tolist() == [0.0, 0.0, 0.0]


def test_a_dwelling_never_sold_sees_the_same_as_a_sold_one_there(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    sold = sales.iloc[[3]]
    features = maker.transform(sold, "2026-01-01")
    other = FeatureMaker.fit(sales[sales["dwelling_id"] != sold["dwelling_id"].iloc[0]], _dictionary_of(maker), None)
    # One sale less moves the middle of a cell of the map a little: that is no price, and not what is asked here.
    other.landmarks_ = maker.landmarks_
    without = other.transform(sold.assign(dwelling_id="new"), "2026-01-01")
    pd.testing.assert_frame_equal(features, without, atol=2e-6, rtol=0.02)


def _dictionary_of(maker: FeatureMaker) -> Jurisdiction:
    return Jurisdiction.model_construct(characteristics=maker.dictionary)


def test_an_unseen_level_is_coded_as_missing(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    made = maker.transform(sales.head(1).assign(type="castle"), "2026-01-01")
    assert np.isnan(made["type"].iloc[0])


def test_a_missing_column_is_refused_by_name(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    with pytest.raises(InputRefused, match="'bathrooms'"):
        maker.transform(sales.drop(columns="bathrooms"), "2026-01-01")


def test_row_and_column_order_change_nothing(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    shuffled = sales.sample(frac=1, random_state=1)[list(reversed(sales.columns))]
    pd.testing.assert_frame_equal(
        maker.transform(shuffled, "2026-01-01").sort_index(), maker.transform(sales, "2026-01-01"), check_exact=True
    )


def test_features_survive_the_way_to_disk(sales: pd.DataFrame, maker: FeatureMaker, tmp_path: Path) -> None:
    maker.save(tmp_path)
    loaded = FeatureMaker.load(tmp_path)
    assert loaded.features_ == maker.features_
    pd.testing.assert_frame_equal(loaded.training_features(sales), maker.training_features(sales), check_exact=True)


def test_a_renovation_after_the_day_is_not_known_on_it(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    made = maker.transform(sales.head(1).assign(renovated=2025.0), "2024-06-01")
    assert np.isnan(made["months_since_renovation"].iloc[0])


def test_directions_follow_the_dictionary(maker: FeatureMaker) -> None:
    direction = {item.name: item.direction for item in maker.features_}
    assert (direction["area_m2"], direction["bathrooms"], direction["noise_db"], direction["plot_m2"]) == (1, 1, -1, 0)
    assert direction["living_area_per_plot"] == 1
