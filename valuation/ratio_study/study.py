"""What does the ratio study say, overall and in every group, for every model side by side?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from valuation.errors import InputRefused, TooFewSales, WrongUse
from valuation.ratio_study import confidence
from valuation.ratio_study.amounts import Floats
from valuation.ratio_study.confidence import STATISTICS, Resamples
from valuation.ratio_study.noise import EQUITY, N_MARKETS, NoiseRange, noise_ranges
from valuation.ratio_study.vertical_equity import price_related_bias, vei_significance

MODELS: dict[str, str] = {"boosted": "appraised_value", "tree": "tree_value", "baseline": "baseline_value"}
"""Model to its column of values; always shown together."""
PRIOR = {"prior": "prior_value"}
"""The values in force before, where the roll has them: a rival, never a feature."""

MIN_STRATUM_SALES = 20
"""A group with fewer sales is listed with its n and no statistics: they would be noise."""
BY_STRATUM = (
    "median_ratio",
    "cod",
    "prd",
    "mape",
    "mdape",
    "share_within_10",
    "share_within_20",
    "share_above",
)
"""Statistics in the tables by group for people; the study itself has all of them for every group."""
PRB_REGRESSION = "prb_regression"
"""The coefficient of price-related bias with the interval of its own regression, as the standard prints it."""
VEI_SIGNIFICANCE = "vei_significance"
"""In percent of the median ratio; at most 0 says that a `vei` outside its limits is not established."""
IN_STUDY = (*STATISTICS, PRB_REGRESSION, VEI_SIGNIFICANCE)
"""Every statistic of the study of a group, in the order of its rows."""
COLUMNS = (
    "model",
    "stratum",
    "level",
    "statistic",
    "n_sales",
    "n_valued",
    "estimate",
    "lower",
    "upper",
    "noise",
    "noise_lower",
    "noise_upper",
    "remark",
)


@dataclass(frozen=True)
class RatioStudy:
    """A ratio study: its figures in long form, one row per model × group × statistic."""

    table: pd.DataFrame
    """`COLUMNS`; the whole is stratum "overall", level "all". `estimate` is NaN where it is not given, and `remark`
    then says why ("n = 12: not given"); it is empty for a figure that is. `noise` and its range stand beside the
    statistics of vertical equity: what perfect values would show, were the errors all chance in the prices."""

    def overall(self, model: str) -> dict[str, dict[str, float]]:
        """Return estimate, lower and upper of each statistic of all sales of a model."""
        rows = self.table[(self.table["stratum"] == "overall") & (self.table["model"] == model)]
        return {
            name: {"estimate": float(estimate), "lower": float(lower), "upper": float(upper)}
            for name, estimate, lower, upper in zip(
                rows["statistic"], rows["estimate"], rows["lower"], rows["upper"], strict=True
            )
            if name in STATISTICS
        }

    def by(self, stratum: str) -> pd.DataFrame:
        """Return a stratum as a table for people: a row per group × model, a column per statistic and bound."""
        shown = STATISTICS if stratum == "overall" else BY_STRATUM
        rows = self.table[(self.table["stratum"] == stratum) & self.table["statistic"].isin(shown)]
        heads = ["level", "model", "n_sales", "n_valued"]
        wide = rows[heads].drop_duplicates().set_index(heads)
        for name, part in rows.groupby("statistic", observed=True):
            figures = part.set_index(heads)[["estimate", "lower", "upper"]]
            wide[[str(name), f"{name}_lower", f"{name}_upper"]] = figures
        known = [name for name in STATISTICS if name in wide.columns]
        ordered = [column for name in known for column in (name, f"{name}_lower", f"{name}_upper")]
        return wide[ordered].reset_index().sort_values(["level", "model"], ignore_index=True)


@dataclass(frozen=True)
class _Group:
    """The sales of one group, as one model values them."""

    head: dict[str, object]
    rows: NDArray[np.intp]
    """Places of the valued sales among all."""
    values: Floats
    prices: Floats


def study(
    sales: pd.DataFrame,
    *,
    strata: tuple[str, ...] = (),
    models: Mapping[str, str] = MODELS,
    n_bootstrap: int = 500,
    seed: int = 0,
    n_markets: int = N_MARKETS,
    n_jobs: int | None = None,
) -> RatioStudy:
    """Study the ratios of `sales` for each of `models`, overall and by each of `strata`.

    Parameters
    ----------
    sales : DataFrame
        One row is a sale: `sale_id, dwelling_id, sale_price`, a column of values for each model (NaN where it gives
        none; such a sale counts in `n_sales` but not in `n_valued`), and the columns of `strata` as text.
    strata : tuple of str
    models : mapping of str to str
        Name of the model to its column.
    n_bootstrap : int
        Resamples for the 95 percent intervals, drawn by dwelling; the same for every model and group.
    seed : int
    n_markets : int
        Simulated markets for what noise alone gives.
    n_jobs : int, optional
        Groups studied side by side; as many as there are processors when not given. No figure hangs on it.

    Raises
    ------
    InputRefused
        When a column is missing, or a sale stands twice in the table.
    WrongUse
        When a price is missing, infinite, zero or negative, or a value is infinite, zero or negative.
    """
    sales = _checked(sales, (*models.values(), *strata))
    resamples = Resamples.draw(sales["dwelling_id"].to_numpy(), n_bootstrap, seed)
    groups = _groups(sales, models, strata)
    # One BLAS thread each: the sums, to the last bit, must not hang on how many there are.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(n_jobs or _n_processors()) as pool:
        found = pool.map(lambda group: _figures(group, resamples, n_markets, seed), groups)
        rows = [row for part in found for row in part]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    text = ["model", "stratum", "level", "statistic", "remark"]
    return RatioStudy(table.astype(dict.fromkeys(text, "str")))


def _n_processors() -> int:
    # Those this process may use, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _checked(sales: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    needed = {"sale_id", "dwelling_id", "sale_price", *columns}
    missing = sorted(needed - set(sales.columns))
    if missing:
        raise InputRefused(f"the sales to be studied have no column {missing[0]!r}", expected=", ".join(sorted(needed)))
    if sales["sale_id"].duplicated().any():
        twice = str(sales.loc[sales["sale_id"].duplicated(), "sale_id"].iloc[0])
        raise InputRefused(f"sale {twice} stands more than once in the table", expected="one row for each sale")
    # The order of the rows must not reach the bootstrap.
    return sales.sort_values("sale_id", ignore_index=True)


def _groups(sales: pd.DataFrame, models: Mapping[str, str], strata: tuple[str, ...]) -> Iterator[_Group]:
    everything = np.arange(len(sales))
    places = {("overall", "all"): everything}
    for stratum in strata:
        level_of = sales[stratum].astype("string").fillna("unknown").to_numpy(dtype=str)
        for level in np.unique(level_of):
            places[stratum, str(level)] = np.flatnonzero(level_of == level)
    prices = sales["sale_price"].to_numpy(dtype=float, na_value=np.nan)
    for model, column in models.items():
        values = sales[column].to_numpy(dtype=float, na_value=np.nan)
        for (stratum, level), rows in places.items():
            valued = rows[~np.isnan(values[rows])]
            head = {"model": model, "stratum": stratum, "level": level, "n_sales": rows.size, "n_valued": valued.size}
            yield _Group(head, valued, values[valued], prices[valued])


def _figures(group: _Group, resamples: Resamples, n_markets: int, seed: int) -> list[dict[str, object]]:
    nothing = dict.fromkeys(("estimate", "lower", "upper", "noise", "noise_lower", "noise_upper"), np.nan)
    n = group.values.size
    if n < MIN_STRATUM_SALES:
        remark = f"n = {n}: not given"
        return [group.head | {"statistic": name} | nothing | {"remark": remark} for name in IN_STUDY]
    drawn = confidence.resampled(group.values, group.prices, resamples, STATISTICS, rows=group.rows)
    noise = noise_ranges(group.values, group.prices, n_markets=n_markets, seed=seed)
    rows = []
    for name in STATISTICS:
        estimate, remark = _estimate(name, group)
        lower, upper = confidence.interval(drawn[name]) if not remark else (np.nan, np.nan)
        figures = {"estimate": estimate, "lower": lower, "upper": upper, "remark": remark}
        beside = _beside(noise[name]) if name in EQUITY and not remark else {}
        rows.append(group.head | {"statistic": name} | nothing | figures | beside)
    rows.append(group.head | {"statistic": PRB_REGRESSION} | nothing | _regression(group))
    figures = dict(zip(("estimate", "remark"), _estimate(VEI_SIGNIFICANCE, group), strict=True))
    rows.append(group.head | {"statistic": VEI_SIGNIFICANCE} | nothing | figures)
    return rows


def _beside(noise: NoiseRange) -> dict[str, float]:
    return {"noise": noise.mean, "noise_lower": noise.lower, "noise_upper": noise.upper}


def _estimate(name: str, group: _Group) -> tuple[float, str]:
    """Return a statistic, or NaN and why it is not given."""
    compute = vei_significance if name == VEI_SIGNIFICANCE else confidence.statistic(name)
    try:
        return compute(group.values, group.prices), ""
    except (WrongUse, TooFewSales) as refused:
        return np.nan, _remark(group, refused)


def _remark(group: _Group, refused: WrongUse | TooFewSales) -> str:
    # A group of equal dwellings has no slope and no Gini; the rest of its figures stand.
    return f"n = {group.values.size}: not given ({refused.found})"


def _regression(group: _Group) -> dict[str, object]:
    try:
        found = price_related_bias(group.values, group.prices)
    except WrongUse as refused:
        return {"remark": _remark(group, refused)}
    return {"estimate": found.slope, "lower": found.lower, "upper": found.upper, "remark": ""}
