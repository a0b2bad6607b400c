"""The stage sets the ranges on the folds and rehearses the holdout on the last of them."""

from __future__ import annotations

import pandas as pd
import pytest

from valuation.pipeline.conformalize import conformalize, later_fold_coverage
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Workplace
from valuation.uncertainty.intervals import IntervalModel


@pytest.fixture(scope="module")
def work(tmp_path_factory, jurisdiction, draw):
    out = tmp_path_factory.mktemp("conformalize")
    work = Workplace(jurisdiction, Params(), raw=out, out=out)
    rolling, features = draw(4000, seed=21)
    work.write_table(rolling, "train/rolling_origin.parquet")
    keys = rolling[["fold", "sale_id"]]
    work.write_table(pd.concat([keys, features], axis=1), "train/rolling_origin_features.parquet")
    conformalize(work)
    return work


def test_the_ranges_are_loaded_from_the_folder_without_pickle(work):
    names = sorted(path.name for path in (work.out / "intervals").iterdir())
    assert names == ["coverage_by_group.csv", "error_scale.txt", "groups.csv", "intervals.json"]
    assert IntervalModel.load(work.out / "intervals").coverage_ == 0.90


def test_the_groups_are_listed_with_their_calibration_sales(work):
    groups = pd.read_csv(work.out / "intervals" / "groups.csv")
    assert groups["group"].str.startswith("flat").sum() == 3
    assert groups.loc[~groups["group"].str.startswith("all"), "n_sales"].min() >= 300


def test_the_last_fold_is_covered_as_promised_by_ranges_of_the_folds_before(work):
    table = pd.read_csv(work.out / "intervals" / "coverage_by_group.csv")
    whole = table.iloc[0]
    assert whole["group"] == "all sales"
    assert whole["n_sales"] == table["n_sales"].iloc[1:].sum()
    assert whole["band_low"] <= whole["coverage"] <= whole["band_high"]


def test_prices_of_the_last_fold_cannot_reach_the_ranges_it_is_tested_with(work):
    rolling = work.read_table("train/rolling_origin.parquet")
    features = work.read_table("train/rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    is_last = rolling["fold"] == rolling["fold"].max()
    dearer = rolling.assign(sale_price=rolling["sale_price"].where(~is_last, rolling["sale_price"] * 1000))
    table = later_fold_coverage(dearer, features, work)
    assert table["coverage"].max() == 0
    assert table["share_above"].min() == 1


def test_a_single_fold_is_not_rehearsed(work):
    rolling = work.read_table("train/rolling_origin.parquet").assign(fold=1)
    features = work.read_table("train/rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    assert later_fold_coverage(rolling, features, work).empty
