"""Is every value of a canonical table possible? A pandera schema made from the data dictionary says so, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from valuation.dwellings.characteristics import Characteristic, DataDictionary


@dataclass(frozen=True)
class Failure:
    """The rows of one column that break one rule."""

    column: str
    rule: str
    rows: np.ndarray
    remedy: str


def characteristics_schema(dictionary: DataDictionary) -> pa.DataFrameSchema:
    """Return the schema of the characteristics: type, possible range and levels of each."""
    columns = {name: _column(item) for name, item in dictionary.items()}
    return pa.DataFrameSchema(columns, strict=False, coerce=False, ordered=False)


def sales_schema(valuation_date: pd.Timestamp) -> pa.DataFrameSchema:
    """Return the schema of what every sale needs: dwelling, date up to the valuation date, price above zero."""
    return pa.DataFrameSchema({
        "dwelling_id": pa.Column(None, nullable=False),
        "sale_date": pa.Column("datetime64[us]", nullable=False, checks=[
            pa.Check(lambda dates: dates <= valuation_date, name="sold_after_the_valuation_date")]),
        "sale_price": pa.Column(float, nullable=False, checks=[
            pa.Check(lambda prices: prices > 0, name="price_not_above_zero")]),
    }, strict=False)


def failures(table: pd.DataFrame, schema: pa.DataFrameSchema) -> list[Failure]:
    """Validate lazily and return what fails, by column and rule.

    Parameters
    ----------
    table : pandas.DataFrame
        With a RangeIndex.
    schema : pandera.DataFrameSchema

    Raises
    ------
    TypeError
        When a column has the wrong type: a fault of the program, not of the data.
    """
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    if cases["index"].isna().any():
        wrong = cases[cases["index"].isna()]
        raise TypeError(f"the canonical table does not fit its schema: {wrong.to_dict('records')[:5]}")
    found = []
    for (column, rule), part in cases.groupby(["column", "check"], sort=True):
        rows = np.unique(part["index"].to_numpy(dtype=np.int64))
        name, remedy = _explained(str(rule), schema.columns[column])
        found.append(Failure(str(column), name, rows, remedy))
    return found


def _column(item: Characteristic) -> pa.Column:
    checks = []
    if item.possible is not None:
        low, high = item.possible
        checks.append(pa.Check.in_range(low, high, name="impossible_value", description=f"{low:g} to {high:g}"))
    if item.levels:
        checks.append(pa.Check.isin(list(item.levels), name="unknown_level", description=", ".join(item.levels)))
    dtype = None if item.kind in ("category", "boolean") else float
    return pa.Column(dtype, checks=checks, nullable=True)


def _explained(rule: str, column: pa.Column) -> tuple[str, str]:
    check = next((check for check in column.checks if check.name == rule), None)
    allowed = check.description if check is not None and check.description else ""
    return {
        "not_nullable": ("missing_fact", "a sale without it says nothing: complete the register or leave the row out"),
        "impossible_value": ("impossible_value", f"possible is {allowed}: correct the register, or `possible` in the "
                                                 "jurisdiction file"),
        "unknown_level": ("unknown_level", f"known levels are {allowed}: correct the register, or add to `levels`"),
        "sold_after_the_valuation_date": ("sold_after_the_valuation_date",
                                          "correct the date, or set a later `valuation_date`"),
        "price_not_above_zero": ("price_not_above_zero", "a gift or a missing price is no sale: leave the row out"),
    }.get(rule, (rule, "correct the register"))
