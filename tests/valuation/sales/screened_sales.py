"""Sixty like sales that every rule lets pass, to be altered by a test, and what screening says of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.factories import a_characteristic, a_jurisdiction
from valuation.pipeline.params import ScreenParams
from valuation.sales.screening import screen_sales


def place(**screening):
    """A place where gifts, sales within the family and shares with joint debt are known."""
    return a_jurisdiction(
        {
            "area_m2": a_characteristic("number", "living_area"),
            "kind": a_characteristic("category", "dwelling_type"),
            "zone": a_characteristic("category", "market_area"),
            "built": a_characteristic("integer", "built_year"),
            "tenure": a_characteristic("category", "tenure", is_feature=False),
        },
        holdout_from="2024-07-01",
        screening={
            "related": ["gift", "family"],
            "price_range": [1000, 1e9],
            "tenures_with_joint_debt": ["share"],
            **screening,
        },
    )


def sixty_sales(n=60, **columns):
    """Sales of alike dwellings at 3,000 per m², each with its own small deviation, all before the holdout."""
    i = np.arange(n)
    table = pd.DataFrame(
        {
            "sale_id": [f"s{k:03d}" for k in i],
            "dwelling_id": [f"d{k:03d}" for k in i],
            "sale_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(i, "D"),
            "sale_price": 50 * 3000.0 * np.exp(0.05 * np.sin(i)),
            "area_m2": 50.0,
            "kind": "flat",
            "zone": "a",
            "built": 1990.0,
            "tenure": "own",
        }
    )
    return table.assign(**columns)


def at(row, value, default, n=60):
    """A column with one value different."""
    column = [default] * n
    column[row] = value
    return column


def screened(sales, verdicts=None, jurisdiction=None, **params):
    table, _, _ = screen_sales(sales, jurisdiction or place(), ScreenParams(**params), verdicts)
    return table.set_index("sale_id")


def codes(sales, row=3, **more):
    return screened(sales, **more)["exclusion_codes"].iloc[row]
