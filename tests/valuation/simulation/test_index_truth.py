"""The time index, learned from the raw tables, against the price levels that the municipality was made with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import AdjustParams
from valuation.sales.time_adjustment import TimeIndex

KEYS = ["market_area", "dwelling_type"]


@pytest.fixture(scope="module")
def steps(sales: pd.DataFrame, raw: Path, jurisdiction: Jurisdiction) -> pd.DataFrame:
    """Log steps from each month to the end of training, true and found: one row a zone × type with sales × month."""
    index = TimeIndex.fit(sales, jurisdiction, AdjustParams())
    end = pd.Timestamp(jurisdiction.holdout_from)
    known = sales[sales["is_valid_sale"] & (sales["market_date"] < end)]
    counts = known.groupby(KEYS).size().rename("n_sales").reset_index()
    table = pd.read_parquet(raw / "truth" / "price_level.parquet").merge(counts, on=KEYS)
    table = table[table["month"].between("2021-01-01", end)]
    table["found"] = index.log_index(table["market_area"], table["dwelling_type"], table["month"])
    last = table[table["month"] == end].set_index(KEYS)[["log_index", "found"]].add_suffix("_end")
    table = table.join(last, on=KEYS)
    return table.assign(
        true_step=table["log_index"] - table["log_index_end"], found_step=table["found"] - table["found_end"]
    )


def error(steps: pd.DataFrame, found: pd.Series) -> float:
    """Root mean square error of the steps, weighted by sales."""
    return float(np.sqrt(np.average((found - steps["true_step"]) ** 2, weights=steps["n_sales"])))


def test_the_index_takes_away_two_fifths_of_the_movement_or_more(steps):
    assert error(steps, steps["found_step"]) < 0.6 * error(steps, 0 * steps["true_step"])


def test_areas_and_types_bring_it_nearer_than_the_true_level_of_the_whole_town(steps):
    weighted = steps.assign(step=steps["true_step"] * steps["n_sales"]).groupby("month")[["step", "n_sales"]].sum()
    whole_town = steps["month"].map(weighted["step"] / weighted["n_sales"])
    assert error(steps, steps["found_step"]) < 0.85 * error(steps, whole_town)
