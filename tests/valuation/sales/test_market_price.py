"""The price is that of the dwelling, on the day it was agreed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.sales.market_price import market_price_and_date


def test_the_share_of_the_joint_debt_is_part_of_the_price():
    sales = pd.DataFrame(
        {"sale_date": pd.to_datetime(["2024-01-05"] * 2), "sale_price": 100_000.0, "joint_debt": [400_000.0, np.nan]}
    )
    assert market_price_and_date(sales)["market_price"].tolist() == [500_000.0, 100_000.0]


def test_a_contract_before_the_deed_gives_the_day_and_one_after_it_does_not():
    sales = pd.DataFrame(
        {
            "sale_date": pd.to_datetime(["2024-01-05"] * 3),
            "sale_price": 100_000.0,
            "contract_date": pd.to_datetime(["2022-05-01", "2024-02-01", None]),
        }
    )
    days = market_price_and_date(sales)["market_date"].dt.strftime("%Y-%m-%d").tolist()
    assert days == ["2022-05-01", "2024-01-05", "2024-01-05"]
