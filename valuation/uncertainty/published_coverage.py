"""In which groups is coverage published, and which of them miss? No group is left out because it misses.

The promise is made for free sales, so the groups are of the valid sales; all sales and those screened out stand beside,
as a whole. Flagged and unflagged are two groups like all others: what a flag says excuses no miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from valuation.ratio_study.strata import NOT_VALUED, STRATA, TENTHS, UNKNOWN, equal_parts, value_third
from valuation.uncertainty.accuracy_class import CLASSES, limit_of
from valuation.uncertainty.coverage import COLUMNS, LARGE_ERROR, binomial_band, coverage_of_sales

GOAL_SALES, GOAL_RANGE = 300, (0.86, 0.94)
"""Sales from which a group's coverage is held against a range, and the range: own goal."""
LEAST_SALES, LEAST_COVERAGE = 100, 0.85
"""Sales from which a group may not be covered less than this."""

GROUPINGS = {
    "overall": "All",
    "screening": "Screening",
    "dwelling_type": "Type",
    "value_third": "Third of the value",
    "value_tenth": "Tenth of the value",
    "market_area": "Market area",
    "age_band": "Age",
    "size_band": "Size",
    "tenure": "Tenure",
    "seen": "Sold before",
    "flagged": "Flagged",
    "accuracy_class": "Accuracy class",
}
"""Every grouping in the order it is shown, with its heading."""


def published_groups(sales: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the group of each holdout sale in each grouping, in the order of `GROUPINGS`.

    Parameters
    ----------
    sales : DataFrame
        Rows of holdout_values.parquet; a grouping whose column is not there is left out.
    """
    value = sales["appraised_value"]
    found = {
        "overall": pd.Series("all sales", index=sales.index),
        "screening": _either(sales["is_valid_sale"], "valid sales", "screened out"),
        "value_third": value_third(value),
        "value_tenth": pd.Series(equal_parts(value.to_numpy(float), TENTHS, NOT_VALUED), index=sales.index),
        "flagged": _either(sales["flags"] == "", "not flagged", "flagged"),
    }
    if "is_seen_dwelling" in sales:
        found["seen"] = _either(sales["is_seen_dwelling"], "sold before", "not sold before")
    for name in STRATA:
        if name in sales and name in GROUPINGS:
            found[name] = sales[name].astype("string").fillna(UNKNOWN)
    if "accuracy_class" in sales:
        letters = sales["accuracy_class"].astype("string")
        found["accuracy_class"] = letters.where(letters.isin(CLASSES), NOT_VALUED)
    return {name: found[name] for name in GROUPINGS if name in found}


def _either(is_so: pd.Series, yes: str, no: str) -> pd.Series:
    return pd.Series(np.where(is_so.to_numpy(dtype=bool), yes, no), index=is_so.index)


def published_coverage(sales: pd.DataFrame, promised: float) -> pd.DataFrame:
    """Return the coverage of every published group with the bands of chance.

    Parameters
    ----------
    sales : DataFrame
        holdout_values.parquet.
    promised : float
        Share of prices the ranges are to hold.

    Returns
    -------
    DataFrame
        `grouping`, the columns of `coverage_by_group`, and `goal`: reached, missed, or empty for a group of too few
        sales to be held against one; no row without a sale. `overall` and `screening` are of all sales, the others of
        the valid ones.
    """
    valid = sales["is_valid_sale"].to_numpy(dtype=bool)
    parts = []
    for grouping, groups in published_groups(sales).items():
        rows = np.ones(len(sales), dtype=bool) if grouping in ("overall", "screening") else valid
        if rows.any():
            parts.append(coverage_of_sales(sales[rows], groups[rows], promised).assign(grouping=grouping))
    if not parts:
        return pd.DataFrame(columns=["grouping", *COLUMNS, "goal"])
    table = pd.concat(parts, ignore_index=True)
    table["goal"] = [
        _verdict(int(n), found) if is_promised else ""
        for n, found, is_promised in zip(
            table["n_sales"], table["coverage"], ~table["group"].isin(["all sales", "screened out"]), strict=True
        )
    ]
    return table[["grouping", *table.columns.drop("grouping")]]


def _verdict(n_sales: int, coverage: float) -> str:
    if n_sales < LEAST_SALES:
        return ""
    is_reached = coverage >= LEAST_COVERAGE
    if n_sales >= GOAL_SALES:
        is_reached = GOAL_RANGE[0] <= coverage <= GOAL_RANGE[1]
    return "reached" if is_reached else "missed"


@dataclass(frozen=True)
class Extreme:
    """The group that is covered least or most; no name, NaN and 0 where there is none."""

    group: str
    coverage: float
    n_sales: int


@dataclass(frozen=True)
class GoalSummary:
    """How the published groups stand against their goals."""

    n_judged: int
    n_missed: int
    missed_by_chance: float
    """How many would miss in the mean were every range as right as the promise, by binomial chance alone."""
    lowest: Extreme
    """Group of `GOAL_SALES` sales or more that is covered least."""
    highest: Extreme
    lowest_of_fewer: Extreme
    """The same among groups of `LEAST_SALES` or more."""


def goal_summary(table: pd.DataFrame, promised: float) -> GoalSummary:
    """Say how many published groups miss their goal, and how many would by chance.

    Parameters
    ----------
    table : DataFrame
        What `published_coverage` gave.
    promised : float
    """
    judged = table[table["goal"] != ""]
    chance = 0.0
    for n in judged["n_sales"]:
        low, high = GOAL_RANGE if n >= GOAL_SALES else (LEAST_COVERAGE, 1.0)
        fewest, most = int(np.ceil(round(low * n, 9))), int(np.floor(round(high * n, 9)))
        chance += float(stats.binom.cdf(fewest - 1, n, promised) + stats.binom.sf(most, n, promised))
    large = judged[judged["n_sales"] >= GOAL_SALES]
    return GoalSummary(
        len(judged),
        int((judged["goal"] == "missed").sum()),
        chance,
        _extreme(large, least=True),
        _extreme(large, least=False),
        _extreme(judged, least=True),
    )


def _extreme(table: pd.DataFrame, *, least: bool) -> Extreme:
    if table.empty:
        return Extreme("", float("nan"), 0)
    # The first by name where two are equal.
    row = table.sort_values(["coverage", "grouping", "group"], ascending=[least, True, True]).iloc[0]
    return Extreme(f"{row['grouping']} {row['group']}", float(row["coverage"]), int(row["n_sales"]))


def accuracy_classes(sales: pd.DataFrame, limits: Sequence[float], promised: float) -> pd.DataFrame:
    """Say how every accuracy class keeps what it says, on valid sales.

    Parameters
    ----------
    sales : DataFrame
        Valid sales of holdout_values.parquet with `accuracy_class`.
    limits : sequence of float
        `conformalize.class_limits`.
    promised : float
        Share of prices that lie within the limit of their class, if it keeps what it says.

    Returns
    -------
    DataFrame
        One row per class, A to F: `accuracy_class, limit` (share of the value; infinite for F), `n_sales, sale_share`,
        `share_within_limit` (prices that lie within it of the value) with the binomial band `binomial_low` around the
        promise, `coverage` of the range, `median_error` and `large_error_share` (distance from the price over the
        price: the median, and the share over 20 %). Shares of a class without sales are NaN.
    """
    value, price = sales["appraised_value"].to_numpy(float), sales["sale_price"].to_numpy(float)
    off_value, off_price = np.abs(price / value - 1), np.abs(value / price - 1)
    is_held = sales["sale_price"].between(sales["lower_value"], sales["upper_value"]).to_numpy(bool)
    rows = []
    for letter in CLASSES:
        of_class = (sales["accuracy_class"] == letter).to_numpy(bool)
        n, limit = int(of_class.sum()), limit_of(letter, limits)
        rows.append(
            {
                "accuracy_class": letter,
                "limit": limit,
                "n_sales": n,
                "sale_share": n / max(len(sales), 1),
                "share_within_limit": _mean(off_value[of_class] <= limit),
                "binomial_low": _least(n, promised),
                "coverage": _mean(is_held[of_class]),
                "median_error": float(np.median(off_price[of_class])) if n else np.nan,
                "large_error_share": _mean(off_price[of_class] > LARGE_ERROR),
            }
        )
    return pd.DataFrame(rows)


def _mean(is_so: np.ndarray) -> float:
    return float(is_so.mean()) if len(is_so) else float("nan")


def _least(n_sales: int, promised: float) -> float:
    return binomial_band(n_sales, promised)[0] if n_sales else float("nan")
