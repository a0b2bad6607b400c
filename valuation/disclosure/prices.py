"""What do the sales say, before any model? How many remain, and what a square metre fetched where and when."""

from __future__ import annotations

import pandas as pd

from valuation.errors import WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.ratio_study.pictures import Mark, dots_with_intervals


def sales_by_year(sales: pd.DataFrame) -> pd.DataFrame:
    """Return per year of the market date: sales read, valid ones, and the median price of a valid one.

    Parameters
    ----------
    sales : DataFrame
        `sales.parquet`.
    """
    by_year = sales.groupby(sales["market_date"].dt.year.rename("year"))
    table = by_year.agg(n_sales=("sale_id", "size"), n_valid=("is_valid_sale", "sum"))
    valid = sales[sales["is_valid_sale"]]
    table["median_price"] = valid.groupby(valid["market_date"].dt.year)["market_price"].median()
    return table.reset_index()


def price_per_m2(sales: pd.DataFrame, jurisdiction: Jurisdiction, role: str) -> pd.DataFrame:
    """Return what a square metre fetched at the valuation date, by the groups of a characteristic, valid sales alone.

    Parameters
    ----------
    sales : DataFrame
        `sales.parquet`.
    jurisdiction : Jurisdiction
    role : str
        Role of the characteristic: dwelling_type, market_area or tenure.

    Returns
    -------
    DataFrame
        `level, n_sales, median, lower_quarter, upper_quarter`, dearest first, in currency per m².

    Raises
    ------
    WrongUse
        When no characteristic plays the role.
    """
    name = jurisdiction.characteristics.with_role(role)
    if name is None:
        raise WrongUse(f"no characteristic of {jurisdiction.name} plays the role {role!r}")
    area = str(jurisdiction.characteristics.with_role("living_area"))
    valid = sales[sales["is_valid_sale"] & (sales[area] > 0)]
    price = valid["time_adjusted_sale_price"] / valid[area]
    groups = price.groupby(valid[name].astype(str))
    table = pd.DataFrame(
        {
            "n_sales": groups.size(),
            "median": groups.median(),
            "lower_quarter": groups.quantile(0.25),
            "upper_quarter": groups.quantile(0.75),
        }
    )
    table = table.rename_axis("level").reset_index().sort_values("median", ascending=False, ignore_index=True)
    return table[["level", "n_sales", "median", "lower_quarter", "upper_quarter"]]


def price_per_m2_picture(table: pd.DataFrame, currency: str) -> str:
    """Draw the median price of a square metre and the quarters around it as SVG text.

    Parameters
    ----------
    table : DataFrame
        What `price_per_m2` returned.
    currency : str
    """
    thousand = table[["median", "lower_quarter", "upper_quarter"]] / 1000
    marks = [Mark(*figures) for figures in thousand.itertuples(index=False)]
    levels = [str(level)[:14] for level in table["level"]]
    title = "Price of a square metre: the median, and the line that half of the sales lie in"
    return dots_with_intervals(title, levels, {"sales": marks}, axis=f"thousand {currency} per m²")
