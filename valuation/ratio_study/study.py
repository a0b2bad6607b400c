"""What does the ratio study say, overall and in every group, for every model side by side?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import InputRefused, WrongUse
from valuation.ratio_study import confidence
from valuation.ratio_study.confidence import STATISTICS, Resamples
from valuation.ratio_study.statistics import Floats, ratios

MODELS: dict[str, str] = {"boosted": "appraised_value", "tree": "tree_value", "baseline": "baseline_value"}
"""Model to its column of values; always shown together."""

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
"""Statistics given by group; the others only overall, where there are sales enough for them to say something."""


@dataclass(frozen=True)
class RatioStudy:
    """A ratio study: its figures in long form, one row per model × group × statistic."""

    table: pd.DataFrame
    """Columns `model, stratum, level, statistic, n_sales, n_valued, estimate, lower, upper`; the whole is stratum
    "overall", level "all". `estimate` is NaN for a group of fewer than `MIN_STRATUM_SALES` sales."""

    def overall(self, model: str) -> dict[str, dict[str, float]]:
        """Return estimate, lower and upper of each statistic of all sales of a model."""
        rows = self.table[(self.table["stratum"] == "overall") & (self.table["model"] == model)]
        return {
            name: {"estimate": float(estimate), "lower": float(lower), "upper": float(upper)}
            for name, estimate, lower, upper in zip(
                rows["statistic"], rows["estimate"], rows["lower"], rows["upper"], strict=True
            )
        }

    def by(self, stratum: str) -> pd.DataFrame:
        """Return a stratum as a table for people: a row per group × model, a column per statistic and bound."""
        rows = self.table[self.table["stratum"] == stratum]
        heads = ["level", "model", "n_sales", "n_valued"]
        wide = rows[heads].drop_duplicates().set_index(heads)
        for name, part in rows.groupby("statistic", observed=True):
            figures = part.set_index(heads)[["estimate", "lower", "upper"]]
            wide[[str(name), f"{name}_lower", f"{name}_upper"]] = figures
        known = [name for name in STATISTICS if name in wide.columns]
        ordered = [column for name in known for column in (name, f"{name}_lower", f"{name}_upper")]
        return wide[ordered].reset_index().sort_values(["level", "model"], ignore_index=True)


def study(
    sales: pd.DataFrame,
    *,
    strata: tuple[str, ...] = (),
    models: Mapping[str, str] = MODELS,
    n_bootstrap: int = 500,
    seed: int = 0,
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
        Resamples for the 95 percent intervals, drawn by dwelling.
    seed : int

    Raises
    ------
    InputRefused
        When a column is missing, or no sale could be valued.
    """
    needed = {"sale_id", "dwelling_id", "sale_price", *models.values(), *strata}
    missing = sorted(needed - set(sales.columns))
    if missing:
        raise InputRefused(f"the sales to be studied have no column {missing[0]!r}", expected=", ".join(sorted(needed)))
    # The order of the rows must not reach the bootstrap.
    sales = sales.sort_values("sale_id", ignore_index=True)
    resamples = Resamples.draw(sales["dwelling_id"].to_numpy(), n_bootstrap, seed)
    rows: list[dict[str, object]] = []
    for model, column in models.items():
        everything = np.ones(len(sales), dtype=bool)
        rows += _figures(sales, column, everything, resamples, STATISTICS, model, "overall", "all")
        for stratum in strata:
            level_of = sales[stratum].astype("string").fillna("unknown").to_numpy(dtype=object)
            for level in sorted(set(level_of)):
                rows += _figures(sales, column, level_of == level, resamples, BY_STRATUM, model, stratum, level)
    return RatioStudy(pd.DataFrame(rows))


def _figures(
    sales: pd.DataFrame,
    column: str,
    chosen: NDArray[np.bool_],
    resamples: Resamples,
    names: tuple[str, ...],
    model: str,
    stratum: str,
    level: str,
) -> list[dict[str, object]]:
    values = sales[column].to_numpy(dtype=float, na_value=np.nan)
    valued = chosen & np.isfinite(values)
    head = {
        "model": model,
        "stratum": stratum,
        "level": level,
        "n_sales": int(chosen.sum()),
        "n_valued": int(valued.sum()),
    }
    values, prices = values[valued], sales["sale_price"].to_numpy(dtype=float)[valued]
    if values.size < MIN_STRATUM_SALES:
        return [head | {"statistic": name, "estimate": np.nan, "lower": np.nan, "upper": np.nan} for name in names]
    drawn = confidence.resampled(values, prices, resamples.of(valued), names)
    rows = []
    for name in names:
        lower, upper = confidence.interval(drawn[name])
        rows.append(
            head | {"statistic": name, "estimate": _estimate(name, values, prices), "lower": lower, "upper": upper}
        )
    return rows


def _estimate(name: str, values: Floats, prices: Floats) -> float:
    try:
        return confidence.statistic(name)(values, prices)
    except WrongUse:
        # A group of equal dwellings has no slope and no Gini; the rest of its figures stand.
        return float("nan")


def noise_alone(
    appraised_value: Floats, sale_price: Floats, *, names: tuple[str, ...] = ("prd", "prb", "mki", "vei"), seed: int = 0
) -> dict[str, float]:
    """Return what each equity statistic would show for **perfect** values, were all noise in the prices.

    The values are taken as true; prices are the values times one of the centred ratios drawn at random, so the noise
    has the size and the shape of the errors found. A statistic no further from its ideal than this is no proof of
    unfairness.

    Parameters
    ----------
    appraised_value, sale_price : ndarray of float, shape (n_sales,)
    names : tuple of str
    seed : int

    Returns
    -------
    dict of float
        Mean over 40 simulated markets.
    """
    noise = np.log(ratios(appraised_value, sale_price))
    noise = noise - np.median(noise)
    # In canonical order, so that the order of the rows does not matter.
    values, noise = np.sort(np.asarray(appraised_value, dtype=float)), np.sort(noise)
    random = np.random.default_rng(seed)
    markets = [values * np.exp(-random.choice(noise, size=values.size)) for _ in range(40)]
    return {name: float(np.mean([confidence.statistic(name)(values, prices) for prices in markets])) for name in names}
