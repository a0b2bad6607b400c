"""What part of a price is due to the dwelling: which facts may say so."""

from __future__ import annotations

import datetime

import pandas as pd

from valuation.sales.quality import quality_table


def test_a_fact_known_only_since_a_day_within_the_sales_explains_no_price(trondheim):
    from valuation.jurisdictions.reading import read_jurisdiction

    jurisdiction = read_jurisdiction(trondheim)
    late = [
        name for name, item in jurisdiction.characteristics.items() if item.known_since == datetime.date(2024, 1, 1)
    ]
    area = jurisdiction.characteristics.with_role("living_area")
    after = pd.Timestamp("2024-06-01")
    sales = pd.DataFrame({"market_date": [after, after], area: [80.0, 90.0], late[0]: [70.0, 75.0]})
    assert late[0] in quality_table(sales, jurisdiction)[0].columns
    older = sales.assign(market_date=[pd.Timestamp("2022-06-01"), after])
    assert list(quality_table(older, jurisdiction)[0].columns) == [area]
