"""Does every dwelling of a roll stand beside real sales of the bundle, in lines that end at its value?"""

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.compared import adjustment_grids


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet")


@pytest.fixture(scope="module")
def grids(small_bundle, roll):
    return adjustment_grids(small_bundle, roll)


def test_for_every_dwelling_each_sale_leads_to_its_stored_value_to_the_krone(grids, small_run, roll):
    values = pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")["appraised_value"]
    stored = values.reindex(roll["dwelling_id"])
    assert [grid is None for grid in grids] == stored.isna().tolist()
    reckoned = [
        (sale.sale_price + sale.index + sum(sale.differences) + sale.rounding + sale.unexplained, grid.dwelling_id)
        for grid in filter(None, grids)
        for sale in grid.sales
    ]
    assert len(reckoned) > 4 * len(roll)
    assert all(amount == values[dwelling] for amount, dwelling in reckoned)


def test_rounding_is_no_more_than_rounding(grids):
    most = (len(next(filter(None, grids)).groups) + 2) / 2
    assert max(abs(sale.rounding) for grid in filter(None, grids) for sale in grid.sales) <= most


def test_the_sales_are_sales_of_the_bundle_with_its_prices(grids, small_bundle):
    known = small_bundle.sales.set_index("sale_id")
    shown = [sale for grid in filter(None, grids) for sale in grid.sales]
    prices = known.loc[[sale.sale_id for sale in shown]]
    assert prices["market_price"].tolist() == [sale.sale_price for sale in shown]
    indexed = np.array([sale.indexed_price for sale in shown])
    assert np.abs(prices["time_adjusted_sale_price"].to_numpy() - indexed).max() <= 0.5


def test_what_is_unexplained_is_what_the_model_misses_of_the_sale_itself(small_bundle, roll, grids):
    # The dwelling of the sale, valued by the same model: its value over its price is the same share.
    grid = next(filter(None, grids))
    sale = grid.sales[0]
    sold = roll[roll["dwelling_id"] == sale.dwelling_id]
    its_value = appraise(small_bundle, sold).table["appraised_value"].iloc[0]
    assert grid.appraised_value / sale.adjusted_price == pytest.approx(its_value / sale.indexed_price, rel=1e-5)


def test_no_dwelling_stands_beside_itself_or_twice_beside_another(grids):
    assert not [grid for grid in filter(None, grids) if grid.dwelling_id in {sale.dwelling_id for sale in grid.sales}]
    assert all(len({sale.dwelling_id for sale in grid.sales}) == len(grid.sales) for grid in filter(None, grids))


def test_all_are_of_the_same_type_and_within_the_distance(grids, small_bundle):
    limit = small_bundle.params.comparables.max_distance_m
    shown = [(grid, sale) for grid in filter(None, grids) for sale in grid.sales]
    assert all(grid.facts["dwelling_type"] == sale.facts["dwelling_type"] for grid, sale in shown)
    assert all(sale.distance_m <= limit for _, sale in shown)


def test_alone_a_dwelling_stands_beside_the_same_sales_as_in_the_roll(small_bundle, roll, grids):
    places = range(0, len(roll), 300)
    assert [adjustment_grids(small_bundle, roll.iloc[[place]])[0] for place in places] == [grids[p] for p in places]


def test_the_order_of_rows_and_columns_changes_no_grid(small_bundle, roll, grids):
    mixed = roll.iloc[::-1, ::-1]
    assert adjustment_grids(small_bundle, mixed)[::-1] == grids


def test_a_grid_is_rebuilt_from_the_bundle_alone(small_run, roll, grids, tmp_path):
    alone = tmp_path / "bundle"
    alone.symlink_to(small_run / "bundle")
    assert adjustment_grids(load_bundle(alone), roll.head(20)) == grids[:20]


def test_no_dwellings_have_no_grids(small_bundle, roll):
    assert adjustment_grids(small_bundle, roll.head(0)) == []


def test_the_revaluation_writes_the_sales_of_every_grid(small_run, grids):
    table = pd.read_parquet(small_run / "comparables.parquet")
    expected = [
        (grid.dwelling_id, place, sale.sale_id, sale.distance_m, sale.unlikeness)
        for grid in sorted(filter(None, grids), key=lambda grid: grid.dwelling_id)
        for place, sale in enumerate(grid.sales, 1)
    ]
    assert list(table.itertuples(index=False, name=None)) == expected
