"""What is asked of a sample as a whole, beside the statistics of its groups: horizontal equity and signs of chasing.

The rows have the columns of the study, so that they stand in one table with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from valuation.errors import TooFewSales
from valuation.ratio_study.amounts import Floats
from valuation.ratio_study.horizontal_equity import HorizontalEquity, chd, chd_of_noise
from valuation.ratio_study.sales_chasing import bunching, closeness_of_seen
from valuation.ratio_study.study import COLUMNS

WHOLE_SAMPLE = ("chd", "chd_of_prices", "bunching", "closeness_of_seen")
"""`chd`: mean distance of a value from the median of its twins, percent; `chd_of_prices`: the same of their prices.
`bunching`: share of sales at the median ratio (within 2 percent, or less where ratios lie close) less what its flanks
foretell. `closeness_of_seen`:
median absolute error of dwellings sold in training less that of the others, percentage points; below 0 they are
closer."""

Row = dict[str, object]


def whole_sample_rows(
    sales: pd.DataFrame,
    models: Mapping[str, str],
    *,
    twins: ArrayLike | None = None,
    n_bootstrap: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the rows of `WHOLE_SAMPLE` for each model; `stratum` is "overall", `level` "all".

    Parameters
    ----------
    sales : DataFrame
        `sale_id, dwelling_id, sale_price`, a column of values for each model, `is_seen_dwelling` where it is known.
    models : mapping of str to str
    twins : array-like of int, shape (n_sales,), optional
        Group of near-identical dwellings of each sale (`twin_groups`); of a dwelling sold more than once the last sale
        in the order of `sale_id` counts. Without it, the spread of twins is "not given".
    n_bootstrap : int
    seed : int
    """
    group = np.full(len(sales), -1) if twins is None else np.asarray(twins)
    table = sales.assign(twins=group).sort_values("sale_id", ignore_index=True)
    rows: list[Row] = []
    for model, column in models.items():
        valued = table[table[column].notna()]
        head: Row = {"model": model, "stratum": "overall", "level": "all", "n_sales": len(table)}
        head["n_valued"] = len(valued)
        rows += _of_model(valued, column, head, n_bootstrap, seed)
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.astype(dict.fromkeys(["model", "stratum", "level", "statistic", "remark"], "str"))


def _of_model(valued: pd.DataFrame, column: str, head: Row, n_bootstrap: int, seed: int) -> list[Row]:
    once = valued.drop_duplicates("dwelling_id", keep="last")
    of_sales = {"n_bootstrap": n_bootstrap, "seed": seed}

    def spread(of: str) -> Callable[[], Row]:
        def row() -> Row:
            found = chd(once[of].to_numpy(float), once["twins"].to_numpy(), **of_sales)
            return _with_interval(found.chd, found) | {"n_valued": found.n_dwellings}

        return row

    def spread_of_values() -> Row:
        noise = chd_of_noise(*_amounts(once, column), once["twins"].to_numpy(), seed=seed)
        beside = {"noise": noise.mean, "noise_lower": noise.lower, "noise_upper": noise.upper}
        return spread(column)() | beside

    def bunched() -> Row:
        found = bunching(*_amounts(valued, column))
        return {"estimate": found.excess, "lower": found.lower, "upper": found.upper}

    def closer() -> Row:
        found = closeness_of_seen(*_amounts(valued, column), valued["is_seen_dwelling"].to_numpy(bool), **of_sales)
        return {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}

    asked: dict[str, Callable[[], Row]] = {
        "chd": spread_of_values,
        "chd_of_prices": spread("sale_price"),
        "bunching": bunched,
    }
    if "is_seen_dwelling" in valued:
        asked["closeness_of_seen"] = closer
    return [head | {"statistic": name} | _given(compute) for name, compute in asked.items()]


def _given(compute: Callable[[], Row]) -> Row:
    try:
        return {"remark": ""} | compute()
    except TooFewSales as refused:
        return {"remark": f"not given: {refused.found}"}


def _amounts(sales: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    return sales[column].to_numpy(float), sales["sale_price"].to_numpy(float)


def _with_interval(estimate: float, found: HorizontalEquity) -> Row:
    return {"estimate": estimate, "lower": found.lower, "upper": found.upper}
