"""Stage `adjust`: what would each sale have fetched on the valuation date?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.pipeline.stage import Stage, Workplace
from valuation.sales.holdout import is_holdout
from valuation.sales.index_plot import draw_time_index
from valuation.sales.time_adjustment import ALL, TimeIndex


def run(work: Workplace) -> None:
    """Estimate the time index, bring every sale to the valuation date, write index, table and picture.

    Raises
    ------
    TooFewSales
        When too few valid sales lie before the holdout.
    """
    # One row is a recorded sale.
    sales = work.read_table("screen/sales.parquet")
    index = TimeIndex.fit(sales, work.jurisdiction, work.params.adjust)
    adjusted = adjusted_sales(sales, index, work)
    table = index.table()
    # The stages after this one read `sales.parquet`: it comes last, when the rest is there.
    with work.written_aside("adjust/index") as folder:
        index.save(folder)
    with work.written_aside("adjust/time_index.svg") as path:
        draw_time_index(index, path, title=f"Time index, {work.jurisdiction.title.en}{_synthetic(work)}")
    work.write_csv(for_people(table), "adjust/time_index.csv")
    work.write_table(table, "time_index.parquet")
    work.write_table(adjusted, "sales.parquet")
    work.say(_sentence(index, table))


def adjusted_sales(sales: pd.DataFrame, index: TimeIndex, work: Workplace) -> pd.DataFrame:
    """Sales with `is_holdout`, `log_index_at_sale` and `time_adjusted_sale_price`.

    Holdout sales are brought to the valuation date with the index as known at the end of training.
    """
    dictionary = work.jurisdiction.characteristics
    area, kind = dictionary.with_role("market_area"), dictionary.with_role("dwelling_type")
    log_index = index.log_index(sales[area], sales[kind], sales["market_date"])
    return sales.assign(
        is_holdout=is_holdout(sales["market_date"], work.jurisdiction.holdout_from),
        log_index_at_sale=log_index,
        time_adjusted_sale_price=sales["market_price"].to_numpy(dtype=float) * np.exp(-log_index),
    )


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The index as an analyst reads it: 100 at the valuation date, with a 90 % range, rounded."""
    level, error = table["log_index"], table["standard_error"]
    normal_90 = 1.6449
    return pd.DataFrame(
        {
            "market_area": table["market_area"],
            "dwelling_type": table["dwelling_type"],
            "month": table["month"].dt.strftime("%Y-%m"),
            "index": (100 * np.exp(level)).round(2),
            "lower": (100 * np.exp(level - normal_90 * error)).round(2),
            "upper": (100 * np.exp(level + normal_90 * error)).round(2),
            "standard_error_pct": (100 * error).round(2),
            "n_sales": table["n_sales"],
        }
    )


def _sentence(index: TimeIndex, table: pd.DataFrame) -> str:
    overall = table[(table["market_area"] == ALL) & (table["dwelling_type"] == ALL)]
    change = 100 * np.expm1(-overall["log_index"].iloc[0])
    return (
        f"prices moved {change:+.1f} % from {overall['month'].iloc[0]:%Y-%m} to {index.valuation_date_}; sales are "
        f"known to {index.last_month_:%Y-%m}, from there the trend keeps {index.damping_:.2f} of itself each month"
    )


def _synthetic(work: Workplace) -> str:
    return " (synthetic)" if work.jurisdiction.is_synthetic else ""


STAGE = Stage(
    name="adjust",
    question="What would each sale have fetched on the valuation date?",
    reads=("screen/sales.parquet",),
    writes=(
        "sales.parquet",
        "time_index.parquet",
        "adjust/index",
        "adjust/time_index.svg",
        "adjust/time_index.csv",
    ),
    run=run,
    params=("adjust",),
)
