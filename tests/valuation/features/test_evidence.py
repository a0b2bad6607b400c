"""Levels of places: by hand, and what must not reach them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.features.columns import LOG_PRICE, FeatureMaker
from valuation.features.evidence import Asked, NeighbourParams, PlaceEvidence, Pool
from valuation.jurisdictions.jurisdiction import Jurisdiction

ALIKE = {"alike": ["area", "street", "building"]}
ALIKE_LEVELS = ["area_alike_level", "street_alike_level", "building_alike_level"]


@pytest.fixture(scope="module")
def sales(small_sales: pd.DataFrame) -> pd.DataFrame:
    return small_sales.assign(**{LOG_PRICE: np.log(small_sales["market_price"])})


@pytest.fixture(scope="module")
def maker(sales: pd.DataFrame, small_town: Jurisdiction) -> FeatureMaker:
    return FeatureMaker.fit(sales, small_town, ALIKE)


def _codes(kind: list[int], n: int) -> dict[str, np.ndarray]:
    one_place = {role: np.zeros(n, dtype=np.int64) for role in ("market_area", "dwelling_type", "street", "building")}
    return one_place | {"kind": np.array(kind)}


def _three_sales_of_one_building() -> PlaceEvidence:
    """Two of kind 0 at 1.0 and one of kind 1 at 4.0, all sold on one day; nothing to be corrected for."""
    pool = Pool(
        day=np.zeros(3),
        dwelling=np.arange(3),
        x=np.full(3, np.nan),
        y=np.full(3, np.nan),
        location_part=np.array([1.0, 1.0, 4.0]),
        own_design=np.zeros((3, 1)),
        change=np.zeros((3, 1)),
        year=np.full(3, np.nan),
        codes=_codes([0, 0, 1], 3),
    )
    params = NeighbourParams(alike=("building",), shrink_group=3.0, fade_days=1e9)
    return PlaceEvidence(pool, params, 3)


def _asked(kind: int, dwelling: int) -> Asked:
    nothing = np.full(1, np.nan)
    return Asked(np.array([dwelling]), np.array([10.0]), nothing, nothing, nothing, _codes([kind], 1))


def _levels(kind: int, dwelling: int = -1) -> tuple[float, float]:
    made = _three_sales_of_one_building().columns(_asked(kind, dwelling), has_place=False)
    return float(made["building_level"][0]), float(made["building_alike_level"][0])


def test_a_level_of_the_alike_is_their_mean_shrunk_to_that_of_the_place():
    # Area 6/(3+3) = 1; street (6+3·1)/6 = 1.5; building (6+3·1.5)/6 = 1.75; alike (1+1+3·1.75)/(2+3) = 1.45.
    assert _levels(0) == pytest.approx((1.75, 1.45))
    assert _levels(1) == pytest.approx((1.75, (4 + 3 * 1.75) / 4))


def test_the_own_sale_is_no_evidence_among_the_alike():
    place, alike = _levels(1, dwelling=2)
    assert alike == pytest.approx(place)


def test_a_kind_never_sold_has_the_level_of_its_place():
    place, alike = _levels(-1)
    assert (place, alike) == pytest.approx((1.75, 1.75))


@pytest.mark.parametrize("row", [5, 100, 599])
def test_ten_times_the_price_changes_no_level_of_that_dwelling(
    sales: pd.DataFrame, small_town: Jurisdiction, maker: FeatureMaker, row: int
) -> None:
    changed = sales.copy()
    changed.loc[row, LOG_PRICE] += np.log(10)
    other = FeatureMaker.fit(changed, small_town, ALIKE)
    own = sales[sales["dwelling_id"] == sales.loc[row, "dwelling_id"]]
    pd.testing.assert_frame_equal(maker.training_features(own), other.training_features(own), check_exact=True)
    later, later_changed = maker.transform(sales, "2026-01-01"), other.transform(sales, "2026-01-01")
    pd.testing.assert_frame_equal(later.loc[own.index], later_changed.loc[own.index], check_exact=True)
    assert (later["street_alike_level"] != later_changed["street_alike_level"]).sum() > 1


def test_a_later_sale_changes_no_level_of_the_alike(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    first = sales.nsmallest(1, "market_date")
    assert maker.transform(first, first["market_date"])[ALIKE_LEVELS].to_numpy().ravel().tolist() == [0.0, 0.0, 0.0]


def test_no_level_depends_on_a_fact_with_a_promised_direction(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    larger = sales.assign(area_m2=sales["area_m2"] * 1.5, bathrooms=9.0, noise_db=0.0)
    pd.testing.assert_frame_equal(
        maker.transform(sales, "2026-01-01")[ALIKE_LEVELS],
        maker.transform(larger, "2026-01-01")[ALIKE_LEVELS],
        check_exact=True,
    )


def test_another_type_is_of_another_kind(sales: pd.DataFrame, maker: FeatureMaker) -> None:
    swapped = sales.assign(type=sales["type"].map({"flat": "house", "house": "flat"}))
    levels, others = (maker.transform(table, "2026-01-01") for table in (sales, swapped))
    assert (levels["area_alike_level"] != others["area_alike_level"]).all()
    assert (levels["area_level"] == others["area_level"]).all()


def test_levels_of_the_alike_survive_the_way_to_disk(sales: pd.DataFrame, maker: FeatureMaker, tmp_path: Path) -> None:
    maker.save(tmp_path)
    loaded = FeatureMaker.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.training_features(sales), maker.training_features(sales), check_exact=True)


def test_without_the_setting_there_are_no_levels_of_the_alike(sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    plain = FeatureMaker.fit(sales, small_town)
    assert not set(ALIKE_LEVELS) & {item.name for item in plain.features_}
    assert "kind" not in plain.pool_.codes
