"""Values out of parts: every sale is valued, and its own price never reaches its value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.models.cross_fitted import cross_fitted_values, part_of
from valuation.models.value_models import ValueModels


@pytest.fixture(scope="module")
def models(small_run):
    return ValueModels.load(small_run / "train" / "models")


@pytest.fixture(scope="module")
def sales(small_run):
    table = pd.read_parquet(small_run / "sales.parquet")
    return table[table["is_valid_sale"] & ~table["is_holdout"]].sort_values("sale_id", ignore_index=True)


def test_every_training_sale_is_valued_near_its_price(small_run, sales):
    values = pd.read_parquet(small_run / "train" / "cross_fitted.parquet")
    assert values["sale_id"].tolist() == sales["sale_id"].tolist()
    assert np.abs(values["appraised_value"] / values["sale_price"] - 1).median() < 0.2


def test_the_own_price_moves_the_values_of_others_and_not_its_own(models, sales):
    sales = sales.head(400)
    plain, _ = cross_fitted_values(models, sales)
    raised = sales.assign(market_price=sales["market_price"].where(sales.index != 0, 9 * sales["market_price"]))
    moved, _ = cross_fitted_values(models, raised)
    own = plain["dwelling_id"] == plain["dwelling_id"][0]
    difference = np.abs(moved["appraised_value"] - plain["appraised_value"])
    assert difference[own].max() == 0.0
    assert difference[~own].max() > 0.0


def test_rows_in_another_order_have_the_same_values(models, sales):
    sales = sales.head(400)
    plain, _ = cross_fitted_values(models, sales)
    turned, _ = cross_fitted_values(models, sales[::-1])
    pd.testing.assert_frame_equal(plain, turned)


def test_all_sales_of_a_dwelling_are_in_one_part():
    ids = pd.Series([f"d{number % 40}" for number in range(200)])
    assert pd.Series(part_of(ids, 5)).groupby(ids).nunique().max() == 1
