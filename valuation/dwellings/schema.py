"""Is every value of a canonical table possible? A pandera schema made from the data dictionary says so, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from valuation.dwellings.characteristics import Characteristic, DataDictionary

LONGEST_YEARS = 60
"""A sale older than that before the valuation date is a slip of the pen, such as 1015 for 2015."""


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


def sales_schema(valuation_date: date) -> pa.DataFrameSchema:
    """Return the schema of what every sale needs: dwelling, date up to the valuation date, price above zero."""
    last = pd.Timestamp(valuation_date)
    first = last - pd.DateOffset(years=LONGEST_YEARS)
    return pa.DataFrameSchema(
        {
            "dwelling_id": pa.Column(None, nullable=False),
            "sale_date": pa.Column(
                "datetime64[us]",
                nullable=False,
                checks=[
                    pa.Check(lambda dates: dates <= last, name="sold_after_the_valuation_date"),
                    pa.Check(lambda dates: dates >= first, name="sold_long_ago"),
                ],
            ),
            "sale_price": pa.Column(float, nullable=False, checks=[_above_zero()]),
            "joint_debt": pa.Column(float, nullable=True, required=False, checks=[_in_range(0, np.inf)]),
            "owned_share": pa.Column(float, nullable=True, required=False, checks=[_in_range(1e-9, 1)]),
            "dwellings_in_deed": pa.Column(float, nullable=True, required=False, checks=[_in_range(1, 100_000)]),
            "contract_date": pa.Column(
                "datetime64[us]",
                nullable=True,
                required=False,
                checks=[pa.Check(lambda dates: dates >= first, name="sold_long_ago")],
            ),
        },
        strict=False,
    )


def roll_schema() -> pa.DataFrameSchema:
    """Return the schema of what the roll says beside the characteristics."""
    return pa.DataFrameSchema(
        {
            "dwelling_id": pa.Column(None, nullable=True),  # one without identity is listed already
            "prior_value": pa.Column(float, nullable=True, required=False, checks=[_above_zero()]),
        },
        strict=False,
    )


def _above_zero() -> pa.Check:
    return pa.Check(lambda amounts: amounts > 0, name="amount_not_above_zero")


def _in_range(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error="impossible_value", description=f"{low:g} to {high:g}")


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
    is_of_type = cases["check"].astype(str).str.startswith(("dtype", "column_in")) | cases["index"].isna()
    if is_of_type.any():
        wrong = cases[is_of_type]
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
        checks.append(_in_range(*item.possible))
    if item.levels:
        checks.append(pa.Check.isin(list(item.levels), error="unknown_level", description=", ".join(item.levels)))
    dtype = None if item.kind in ("category", "boolean") else float
    return pa.Column(dtype, checks=checks, nullable=True)


def _explained(rule: str, column: pa.Column) -> tuple[str, str]:
    check = next((check for check in column.checks if rule in (check.error, check.name)), None)
    allowed = check.description if check is not None and check.description else ""
    return {
        "not_nullable": ("missing_fact", "a sale without it says nothing: complete the register or leave the row out"),
        "impossible_value": (
            "impossible_value",
            f"possible is {allowed}: correct the register, or `possible` in the jurisdiction file",
        ),
        "unknown_level": ("unknown_level", f"known levels are {allowed}: correct the register, or add to `levels`"),
        "sold_after_the_valuation_date": (
            "sold_after_the_valuation_date",
            "correct the date, or set a later `valuation_date`",
        ),
        "sold_long_ago": (
            "sold_long_ago",
            f"sales older than {LONGEST_YEARS} years say nothing about today: correct the date, or leave the row out",
        ),
        "amount_not_above_zero": (
            "amount_not_above_zero",
            "a gift or a missing amount is no price: leave the row out, or write nothing",
        ),
    }.get(rule, (rule, "correct the register"))
