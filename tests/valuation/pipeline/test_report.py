"""The stage `report`: what it writes beside the page, and what the archive keeps."""

import json

import pandas as pd

from valuation.appraisal.digest import sha256_of
from valuation.pipeline.explain import evenly_drawn


def test_the_receipt_holds_the_hashes_of_what_was_written(small_run):
    receipt = json.loads((small_run / "receipt.json").read_text("utf-8"))
    assert receipt["outputs_sha256"]["values.parquet"] == sha256_of(small_run / "values.parquet")
    assert {sha256_of(small_run / name) == found for name, found in receipt["outputs_sha256"].items()} == {True}


def test_the_receipt_counts_what_was_valued(small_run):
    receipt = json.loads((small_run / "receipt.json").read_text("utf-8"))
    values = pd.read_parquet(small_run / "values.parquet")
    assert receipt["counts"]["dwellings"] == len(values)
    assert receipt["counts"]["dwellings_valued"] + receipt["counts"]["dwellings_not_valued"] == len(values)
    assert receipt["value_total"] == values["appraised_value"].dropna().astype("int64").sum()
    assert receipt["run_id"] == values["run_id"].iloc[0]


def test_the_receipt_counts_what_is_doubted_apart_from_what_was_drawn_by_lot(small_run):
    counts = json.loads((small_run / "receipt.json").read_text("utf-8"))["counts"]
    flags = pd.read_parquet(small_run / "values.parquet", columns=["flags"])["flags"]
    drawn = flags == "drawn-at-random"
    assert counts["dwellings_drawn"] == drawn.sum() > 0
    assert counts["dwellings_flagged"] == ((flags != "") & ~drawn).sum() > 0


def test_the_contributions_of_the_sample_end_at_the_values_of_the_roll(small_run):
    lines = pd.read_parquet(small_run / "explain" / "contributions.parquet")
    roll = pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")["appraised_value"]
    sums = lines.groupby("dwelling_id")["contribution"].sum()
    assert len(sums) > 100
    assert (sums == roll.loc[sums.index]).all()


def test_every_holdout_sale_is_valued_or_listed(small_run):
    sales = pd.read_parquet(small_run / "sales.parquet")
    values = pd.read_parquet(small_run / "holdout_values.parquet")
    listed = pd.read_csv(small_run / "evaluation" / "not_valued.csv")
    assert sorted(values["sale_id"]) == sorted(sales.loc[sales["is_holdout"], "sale_id"])
    assert values["appraised_value"].isna().sum() == len(listed)


def test_the_sample_is_spread_over_the_roll_and_does_not_hang_on_its_order():
    roll = pd.DataFrame({"dwelling_id": [f"d{place}" for place in range(9)]})
    drawn = evenly_drawn(roll.iloc[::-1], 3)["dwelling_id"].tolist()
    assert drawn == ["d0", "d4", "d8"]
    assert len(evenly_drawn(roll, 50)) == 9
