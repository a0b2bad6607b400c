"""The index finds the movement a simulated market was made with, from the past alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.errors import BundleRefused, TooFewSales
from valuation.pipeline.params import AdjustParams
from valuation.sales.forecast_damping import damping_weights
from valuation.sales.time_adjustment import ALL, TimeIndex

from .conftest import HOLDOUT_FROM, VALUATION_DATE, true_log_level


@pytest.fixture(scope="module")
def index(market, jurisdiction):
    return TimeIndex.fit(market, jurisdiction, AdjustParams())


@pytest.fixture(scope="module")
def known_table(index):
    """Rows of single areas and types, at the mid-months the sales cover, with the truth."""
    table = index.table()
    table = table[(table["market_area"] != ALL) & (table["month"] < HOLDOUT_FROM)].copy()
    middle = table["month"] + (table["month"] + pd.offsets.MonthBegin(1) - table["month"]) / 2
    table["truth"] = true_log_level(table["market_area"], table["dwelling_type"], middle)
    return table


def test_the_index_is_zero_at_the_valuation_date(index):
    assert index.log_index("north", "flat", VALUATION_DATE) == pytest.approx([0.0], abs=1e-12)


def test_its_error_is_of_the_size_of_its_standard_error(known_table):
    standardised = (known_table["log_index"] - known_table["truth"]) / known_table["standard_error"]
    assert 0.4 < np.sqrt((standardised**2).mean()) < 1.4


def test_the_movement_of_a_large_area_is_found_within_two_percent(known_table):
    large = known_table[known_table["market_area"].isin(["north", "south", "east", "west"])]
    # Against December, the last known month: what happens until April is forecast, and judged below.
    last = large[large["month"] == "2022-12-01"].set_index(["market_area", "dwelling_type"])
    keys = pd.MultiIndex.from_frame(large[["market_area", "dwelling_type"]])
    found = large["log_index"].to_numpy() - last["log_index"].reindex(keys).to_numpy()
    truth = large["truth"].to_numpy() - last["truth"].reindex(keys).to_numpy()
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.02


def test_a_small_area_gains_from_the_others(market, jurisdiction, known_table):
    alone = TimeIndex.fit(market[market["market_area"] == "hill"], jurisdiction, AdjustParams())
    rows = known_table[known_table["market_area"] == "hill"]
    middle = rows["month"] + pd.Timedelta(days=15)
    by_itself = alone.log_index(rows["market_area"], rows["dwelling_type"], middle)
    shared_error = np.abs(rows["log_index"] - rows["truth"]).mean()
    assert shared_error < 0.5 * np.abs(by_itself - rows["truth"]).mean()


def test_a_small_area_keeps_closer_to_the_whole_than_a_large_one(index):
    table = index.table()
    first = table[table["month"] == "2020-01-01"].set_index(["market_area", "dwelling_type"])["log_index"]
    assert abs(first["hill", "flat"] - first[ALL, "flat"]) < abs(first["north", "flat"] - first[ALL, "flat"])


def test_the_forecast_follows_a_steady_trend(index, market):
    # All prices rose about 6 % a year for three years; three months on, half of the rise or more is expected.
    risen = index.log_index("east", "flat", "2023-04-01") - index.log_index("east", "flat", "2023-01-01")
    assert 0.5 * 0.018 < risen.item() < 1.5 * 0.018


def test_the_forecast_of_the_holdout_is_within_three_standard_errors(index, market):
    later = market[market["market_date"] >= HOLDOUT_FROM]
    found = index.log_index(later["market_area"], later["dwelling_type"], later["market_date"])
    truth = true_log_level(later["market_area"], later["dwelling_type"], later["market_date"])
    table = index.table()
    largest = table.loc[table["month"] == "2023-01-01", "standard_error"].max()
    assert np.abs(found - truth).max() < 3 * largest


def test_damping_zero_keeps_the_last_level(market, jurisdiction):
    flat = TimeIndex.fit(market, jurisdiction, AdjustParams(forecast_damping=0.0))
    months = flat.table().query("market_area == 'all' and dwelling_type == 'all'").set_index("month")["log_index"]
    # Without a trend only the season of the month is left of the movement.
    assert abs(months["2023-12-01"] - months["2022-12-01"]) < 1e-9


def test_a_date_between_two_mid_months_lies_on_the_line_between_them(index):
    # June 2021 has its middle at the 15th/16th: 16 days from there to July's, measured in shares of each month.
    days = ["2021-06-16", "2021-07-01", "2021-07-16"]
    june, first_of_july, july = index.log_index("north", "flat", days)
    assert first_of_july == pytest.approx((june + july) / 2, abs=0.02 * abs(july - june) + 1e-4)


def test_an_unknown_area_follows_its_type(index):
    table = index.table()
    whole = table[(table["market_area"] == ALL) & (table["dwelling_type"] == "flat")].set_index("month")["log_index"]
    middle = index.log_index(["nowhere", None], ["flat", "flat"], ["2021-04-15 12:00", "2021-04-15 12:00"])
    assert middle == pytest.approx([whole["2021-04-01"]] * 2, abs=1e-3)


def test_an_unknown_type_in_an_unknown_area_follows_all_sales(index):
    table = index.table()
    whole = table[(table["market_area"] == ALL) & (table["dwelling_type"] == ALL)].set_index("month")["log_index"]
    assert index.log_index("nowhere", "castle", "2021-04-15").item() == pytest.approx(whole["2021-04-01"], abs=1e-3)


def test_sales_after_the_day_known_cannot_reach_the_index(index, market, jurisdiction):
    later = market["market_date"] >= HOLDOUT_FROM
    changed = market.assign(market_price=market["market_price"].where(~later, market["market_price"] * 10))
    pd.testing.assert_frame_equal(
        TimeIndex.fit(changed, jurisdiction, AdjustParams()).table(), index.table(), check_exact=True
    )


def test_an_earlier_day_known_uses_fewer_sales(market, jurisdiction):
    early = TimeIndex.fit(market, jurisdiction, AdjustParams(), known_until=pd.Timestamp("2021-07-01"))
    changed = market.assign(
        market_price=market["market_price"].where(market["market_date"] < pd.Timestamp("2021-07-01"), 1.0)
    )
    same = TimeIndex.fit(changed, jurisdiction, AdjustParams(), known_until=pd.Timestamp("2021-07-01"))
    pd.testing.assert_frame_equal(early.table(), same.table(), check_exact=True)


def test_a_sale_that_is_not_valid_is_not_used(index, market, jurisdiction):
    bad = market.head(300).assign(market_price=1.0, is_valid_sale=False)
    bad["sale_id"] = "bad" + bad["sale_id"]
    both = pd.concat([market.assign(is_valid_sale=True), bad])
    pd.testing.assert_frame_equal(
        TimeIndex.fit(both, jurisdiction, AdjustParams()).table(), index.table(), check_exact=True
    )


def test_the_order_of_the_sales_and_a_doubled_row_change_nothing(index, market, jurisdiction):
    shuffled = pd.concat([market, market.head(5)]).sample(frac=1, random_state=3)
    shuffled = shuffled[shuffled.columns[::-1]]
    pd.testing.assert_frame_equal(
        TimeIndex.fit(shuffled, jurisdiction, AdjustParams()).table(), index.table(), check_exact=True
    )


def test_one_price_in_fifty_ten_times_too_high_moves_the_index_little(index, market, jurisdiction):
    wrong = market.assign(
        market_price=market["market_price"].where(market.index % 50 != 0, market["market_price"] * 10)
    )
    moved = TimeIndex.fit(wrong, jurisdiction, AdjustParams()).table()
    whole = (moved["market_area"] == ALL) & (moved["dwelling_type"] == ALL) & (moved["month"] < HOLDOUT_FROM)
    assert np.abs(moved["log_index"] - index.table()["log_index"])[whole].max() < 0.02


def test_a_loaded_index_is_the_saved_one(index, tmp_path):
    index.save(tmp_path / "index")
    loaded = TimeIndex.load(tmp_path / "index")
    pd.testing.assert_frame_equal(loaded.table(), index.table(), check_exact=True)
    days = ["2020-02-03", "2022-12-31", "2023-03-07"]
    areas = ["north", "shore", "nowhere"]
    assert (loaded.log_index(areas, "house", days) == index.log_index(areas, "house", days)).all()


def test_the_same_index_is_saved_as_the_same_bytes(index, market, jurisdiction, tmp_path):
    index.save(tmp_path / "one")
    TimeIndex.fit(market.sample(frac=1, random_state=1), jurisdiction, AdjustParams()).save(tmp_path / "two")
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second


def test_an_index_of_another_format_is_refused(index, tmp_path):
    index.save(tmp_path)
    path = tmp_path / "time_index.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 1', '"format": 99'), encoding="utf-8")
    with pytest.raises(BundleRefused, match="format 99"):
        TimeIndex.load(tmp_path)


def test_too_few_sales_are_refused_with_their_number(market, jurisdiction):
    with pytest.raises(TooFewSales, match="49 valid sales"):
        TimeIndex.fit(market[market["market_date"] < HOLDOUT_FROM].head(49), jurisdiction, AdjustParams())


def test_every_area_type_and_month_has_a_row_with_its_number_of_sales(index, market):
    table = index.table()
    one = table[(table["market_area"] == "hill") & (table["dwelling_type"] == "flat")]
    known = market[(market["market_date"] < HOLDOUT_FROM) & (market["market_area"] == "hill")]
    assert one["n_sales"].sum() == (known["dwelling_type"] == "flat").sum()
    assert not table.duplicated(["market_area", "dwelling_type", "month"]).any()


def test_dampings_that_forecast_alike_share_the_weight():
    assert damping_weights({0.0: 0.02, 0.5: 0.02, 0.9: 0.02}, 8) == pytest.approx({0.0: 1 / 3, 0.5: 1 / 3, 0.9: 1 / 3})


def test_a_date_after_the_last_month_with_sales_is_a_forecast(index):
    assert index.is_forecast(["2022-12-31", "2023-01-01"]).tolist() == [False, True]


def test_in_a_place_of_one_area_called_all_no_sale_is_counted_twice(market, jurisdiction):
    one_area = TimeIndex.fit(market.assign(market_area=ALL), jurisdiction, AdjustParams()).table()
    known = market[market["market_date"] < HOLDOUT_FROM]
    counted = one_area.groupby(["market_area", "dwelling_type"])["n_sales"].sum()
    by_type = known["dwelling_type"].value_counts()
    assert counted.to_dict() == {
        (ALL, ALL): len(known),
        (ALL, "flat"): by_type["flat"],
        (ALL, "house"): by_type["house"],
    }
