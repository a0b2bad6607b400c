"""An area left out is left out: no price in it reaches the values of its own sales."""

import numpy as np
import pandas as pd
import pytest

from tests.factories import a_characteristic, a_jurisdiction
from valuation.pipeline.left_out_areas import left_out_area_values
from valuation.pipeline.params import Params

PARAMS = Params.model_validate(
    {"train": {"boosting": {"n_trees": 20, "num_leaves": 7}}, "evaluate": {"n_left_out_areas": 2}}
)


@pytest.fixture(scope="module")
def jurisdiction():
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic("number", "living_area", required=True),
            "built_year": a_characteristic("integer", "built_year"),
            "kind": a_characteristic("category", "dwelling_type"),
            "zone": a_characteristic("category", "market_area"),
        },
    )


@pytest.fixture(scope="module")
def sales():
    random = np.random.default_rng(9)
    n = 420
    area = random.uniform(40, 200, n)
    zone = np.arange(n) % 2
    date = pd.Timestamp("2023-06-01") + pd.to_timedelta(np.sort(random.integers(0, 560, n)), unit="D")
    return pd.DataFrame(
        {
            "sale_id": [f"s{place:04d}" for place in range(n)],
            "dwelling_id": [f"d{place:04d}" for place in range(n)],
            "market_date": date,
            "market_price": np.round(20_000 * area * np.exp(0.2 * zone + random.normal(0, 0.1, n))),
            "living_area_m2": area,
            "built_year": random.integers(1950, 2020, n).astype(float),
            "kind": pd.array(["house"] * n, dtype="str"),
            "zone": pd.array(np.array(["east", "west"])[zone], dtype="str"),
            "is_valid_sale": True,
            "is_holdout": date >= pd.Timestamp("2024-10-01"),
        }
    )


def test_no_price_of_an_area_reaches_the_values_of_its_sales(sales, jurisdiction):
    dearer = sales.assign(market_price=sales["market_price"] * np.where(sales["zone"] == "east", 10.0, 1.0))
    first = left_out_area_values(sales, jurisdiction, PARAMS, damping=0.5).set_index("sale_id")
    other = left_out_area_values(dearer, jurisdiction, PARAMS, damping=0.5).set_index("sale_id")
    east = sales.loc[sales["is_holdout"] & (sales["zone"] == "east"), "sale_id"]
    columns = ["appraised_value", "baseline_value", "tree_value"]
    pd.testing.assert_frame_equal(first.loc[east, columns], other.loc[east, columns], check_exact=True)
    assert len(first) == sales["is_holdout"].sum()


def test_one_area_alone_cannot_be_left_out(sales, jurisdiction):
    assert left_out_area_values(sales[sales["zone"] == "east"], jurisdiction, PARAMS) is None
