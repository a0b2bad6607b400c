"""What do new sales say of a run that is looked at again? Its own holdout come back, a tenth dearer."""

from __future__ import annotations

import pandas as pd

from valuation.comparison.versions import Version
from valuation.drift.new_sales import NewSales
from valuation.drift.watch import DriftReport, watch
from valuation.pipeline.params import DriftParams


def dearer_sales(version: Version) -> tuple[DriftReport, NewSales, Version, DriftParams]:
    """Return what `valuation.drift.files.write` takes: there are alarms in it."""
    sales = pd.read_parquet(version.folder / "sales.parquet")
    known = sales[sales["is_valid_sale"] & sales["is_holdout"]].merge(
        version.holdout[["sale_id", "appraised_value", "lower_value", "upper_value", "flags"]], on="sale_id"
    )
    again = known.assign(market_price=known["market_price"] * 1.1, sale_id="n" + known["sale_id"])
    left = pd.DataFrame(columns=["sale_id", "dwelling_id", "market_date", "market_price", "reason"])
    rejected = pd.DataFrame(columns=["table", "line", "dwelling_id", "rule", "column", "value", "remedy", "effect"])
    new = NewSales(again, rejected, left, len(again))
    return watch(version, new, known, DriftParams()), new, version, DriftParams()
