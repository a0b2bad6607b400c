"""The stage brings every sale to the valuation date and leaves a picture and tables that are the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.adjust import STAGE
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Workplace
from valuation.sales.index_plot import shown_areas
from valuation.sales.time_adjustment import ALL, TimeIndex

WRITTEN = ("sales.parquet", "time_index.parquet", "adjust/time_index.svg", "adjust/time_index.csv")
AREAS, TYPES = ("Sentrum", "Vest", "Øst"), ("leilighet", "enebolig")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, trondheim: Path) -> Workplace:
    """The stage run on 1,500 simulated sales, the newest of them in the holdout."""
    jurisdiction = read_jurisdiction(trondheim)
    out = tmp_path_factory.mktemp("adjust")
    work = Workplace(jurisdiction, Params(), raw=out, out=out)
    dictionary = jurisdiction.characteristics
    rng = np.random.default_rng(1)
    n = 1500
    day = pd.Timestamp(jurisdiction.valuation_date) - pd.to_timedelta(rng.integers(1, 1000, n), unit="D")
    size = rng.uniform(30, 200, n)
    months_before = (pd.Timestamp(jurisdiction.valuation_date) - day).days / 30.4
    sales = pd.DataFrame(
        {
            "sale_id": [f"s{number:05d}" for number in range(n)],
            "market_date": day.astype("datetime64[us]"),
            "market_price": 5e4 * size * np.exp(-0.005 * months_before + rng.normal(0, 0.1, n)),
            "is_valid_sale": rng.random(n) < 0.95,
            dictionary.with_role("living_area"): size,
            dictionary.with_role("market_area"): rng.choice(AREAS, n),
            dictionary.with_role("dwelling_type"): rng.choice(TYPES, n),
        }
    )
    work.write_table(sales, "screen/sales.parquet")
    STAGE.run(work)
    return work


def test_all_that_the_stage_promises_is_written(work):
    assert all((work.out / name).exists() for name in STAGE.writes)


def test_an_adjusted_price_is_the_price_less_the_index(work):
    sales = work.read_table("sales.parquet")
    expected = sales["market_price"] * np.exp(-sales["log_index_at_sale"])
    assert sales["time_adjusted_sale_price"].to_numpy() == pytest.approx(expected.to_numpy())


def test_adjusted_prices_no_longer_move_with_time(work):
    sales = work.read_table("sales.parquet")
    size = work.jurisdiction.characteristics.with_role("living_area")
    per_m2 = np.log(sales["time_adjusted_sale_price"] / sales[size])
    slope = np.polyfit(sales["market_date"].to_numpy().astype("datetime64[D]").astype(float) / 30.4, per_m2, 1)[0]
    assert abs(slope) < 0.001


def test_the_sales_of_the_holdout_are_marked(work):
    sales = work.read_table("sales.parquet")
    later = sales["market_date"] >= pd.Timestamp(work.jurisdiction.holdout_from)
    assert later.any()
    assert (sales["is_holdout"] == later).all()


def test_every_sale_is_kept(work):
    before, after = work.read_table("screen/sales.parquet"), work.read_table("sales.parquet")
    assert after["sale_id"].tolist() == before["sale_id"].tolist()


def test_the_index_for_people_is_a_hundred_at_the_valuation_date(work):
    table = pd.read_csv(work.out / "adjust" / "time_index.csv")
    whole = table[(table["market_area"] == ALL) & (table["dwelling_type"] == ALL)]
    whole = whole[whole["month"] == f"{work.jurisdiction.valuation_date:%Y-%m}"]
    assert whole["index"].item() == pytest.approx(100, abs=1)
    assert (table["lower"] <= table["index"]).all()
    assert (table["index"] <= table["upper"]).all()


def test_the_index_of_the_folder_is_the_one_of_the_table(work):
    loaded = TimeIndex.load(work.out / "adjust" / "index").table()
    pd.testing.assert_frame_equal(loaded, work.read_table("time_index.parquet"), check_dtype=False)


def test_a_second_run_writes_the_same_bytes(work, tmp_path):
    again = Workplace(work.jurisdiction, work.params, raw=tmp_path, out=tmp_path)
    again.write_table(work.read_table("screen/sales.parquet"), "screen/sales.parquet")
    STAGE.run(again)
    assert [(again.out / name).read_bytes() for name in WRITTEN] == [(work.out / name).read_bytes() for name in WRITTEN]


def test_the_picture_names_its_axes_the_whole_and_that_it_is_synthetic(work):
    picture = (work.out / "adjust" / "time_index.svg").read_text(encoding="utf-8")
    assert all(text in picture for text in ("price level", "month of sale", "all sales", "forecast", "(synthetic)"))


def test_areas_are_shown_that_moved_otherwise_than_the_whole():
    months = pd.to_datetime(["2020-01-01", "2021-01-01"])
    levels = {ALL: -0.10, "as the whole": -0.10, "faster": -0.20, "slower": -0.02, "few sales": -0.5}
    table = pd.DataFrame(
        {
            "market_area": [area for area in levels for _ in months],
            "dwelling_type": [ALL if area == ALL else "house" for area in levels for _ in months],
            "month": [month for _ in levels for month in months],
            "log_index": [level * share for level in levels.values() for share in (1, 0)],
            "standard_error": 0.01,
            "n_sales": [400, 400, 100, 100, 100, 100, 100, 100, 2, 2],
        }
    )
    assert shown_areas(table) == ["faster", "slower"]
