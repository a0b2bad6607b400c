"""In which order are dwellings looked at, and which of them have a value that is far off?

A queue puts dwellings, or sales of them, in the order in which caseworkers would take them: first what must be looked
at whatever its chance (no value, or a flag that stops one), then the highest score, ties by sale id. The score is what
the program said before it knew the price.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.flags.catalogue import ANY, RULES, carries, opens_case
from valuation.flags.flag import DOUBTS
from valuation.uncertainty.coverage import relative_width
from valuation.uncertainty.intervals import LARGE_ERROR

BY_CHANCE = "by stated chance"
BY_MONEY = "by expected error in money"
BY_TAX = "by expected tax error"
BY_WIDTH = "by interval width"
FLAGS_FIRST = "flags as set today, then by chance"
LOTS = "drawn at random"
SCORES = {BY_CHANCE: "error_risk", BY_MONEY: "expected_error", BY_TAX: "expected_tax_error"}
"""Rankings by a column of `holdout_values.parquet`; one whose column a run lacks is left out."""
RANKING, RULE = "ranking", "rule"

ALWAYS_LOOKED_AT = ("stop", "draw")
"""Severities of flags that do not wait for their turn: there is no value, or the dwelling was drawn by lot."""


def is_large_error(appraised_value: ArrayLike, sale_price: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each value is off by more than 20 percent; a sale without a value is the largest error there is.

    Examples
    --------
    >>> is_large_error([121.0, 80.0, float("nan")], [100.0, 100.0, 100.0]).tolist()
    [True, False, True]
    """
    ratio = np.asarray(appraised_value, dtype=float) / np.asarray(sale_price, dtype=float)
    return ~(np.abs(ratio - 1) <= LARGE_ERROR)


def comes_first(flags: pd.Series, appraised_value: ArrayLike) -> NDArray[np.bool_]:
    """Return which dwellings are looked at whatever their chance: without a value, stopped by a flag, or drawn."""
    return opens_case(flags, ALWAYS_LOOKED_AT) | ~np.isfinite(np.asarray(appraised_value, dtype=float))


def is_doubted(flags: pd.Series) -> NDArray[np.bool_]:
    """Return which dwellings a rule doubts and sends to a person: no note, and not because lots were drawn."""
    return opens_case(flags, DOUBTS)


def stated_chance(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return the stated chance of a large error; certain where there is no value."""
    return np.nan_to_num(table["error_risk"].to_numpy(dtype=float), nan=1.0)


def queue_order(
    score: NDArray[np.float64], is_first: NDArray[np.bool_], sale_id: ArrayLike, tier: ArrayLike | None = None
) -> NDArray[np.intp]:
    """Return the rows in the order in which they are looked at.

    Parameters
    ----------
    score : ndarray of float, shape (n_sales,)
        The highest first. Without a score a row is as doubtful as can be.
    is_first : ndarray of bool, shape (n_sales,)
        Before all others.
    sale_id : array-like of str, shape (n_sales,)
        Settles ties, so that the order of the rows does not matter.
    tier : array-like of bool, shape (n_sales,), optional
        After the first, before the others.
    """
    behind = np.zeros(len(score), dtype=bool) if tier is None else ~np.asarray(tier, dtype=bool)
    doubt = np.nan_to_num(np.asarray(score, dtype=float), nan=np.inf)
    return np.lexsort((np.asarray(sale_id, dtype=object).astype(str), -doubt, behind, ~is_first))


@dataclass(frozen=True)
class Queue:
    """Sales in the order in which they are looked at."""

    kind: str
    """`ranking` or `rule`."""
    name: str
    order: NDArray[np.intp]
    """Rows of the sales, the first to be looked at first; a rule holds some of them only."""


def _scores(sales: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    found = {name: sales[column].to_numpy(dtype=float) for name, column in SCORES.items() if column in sales}
    # A place without tax rules has the column and no figure in it: no ranking.
    found = {name: score for name, score in found.items() if np.isfinite(score).any()}
    ends = (sales[name].to_numpy(dtype=float) for name in ("lower_value", "upper_value", "appraised_value"))
    return found | {BY_WIDTH: relative_width(*ends)}


def queues(sales: pd.DataFrame, codes: Sequence[str] | None = None) -> Iterator[Queue]:
    """Yield every queue of a table of sales: the rankings, then the rules.

    Parameters
    ----------
    sales : DataFrame
        `sale_id, appraised_value, lower_value, upper_value, error_risk, flags` and, where known, `expected_error,
        expected_tax_error`.
    codes : sequence of str, optional
        Rules; by default those that a sale carries, and any flag.
    """
    flags, sale_id = sales["flags"], sales["sale_id"]
    first = comes_first(flags, sales["appraised_value"])
    for name, score in _scores(sales).items():
        yield Queue(RANKING, name, queue_order(score, first, sale_id))
    risk = sales["error_risk"].to_numpy(dtype=float)
    yield Queue(RANKING, FLAGS_FIRST, queue_order(risk, first, sale_id, tier=is_doubted(flags)))
    by_risk = queue_order(risk, first, sale_id)
    if codes is None:
        codes = [ANY, *(item.code for item in RULES if carries(flags, item.code).any())]
    for code in codes:
        yield Queue(RULE, code, by_risk[carries(flags, code)[by_risk]])
