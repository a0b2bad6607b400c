"""Which version is closer to the prices? Both judged on the same sales, in the same resamples.

A difference between two versions is far surer than either figure by itself: a sale that is odd is odd for both. So
every resample of dwellings values both, and the interval is that of the difference. Whether a version is *better* is
asked of the distance from the ideal (a median ratio of 1.02 is better than one of 0.97), and answered only when the
interval of that distance leaves out zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import WrongUse
from valuation.ratio_study import confidence
from valuation.ratio_study.confidence import Resamples
from valuation.ratio_study.strata import price_decile
from valuation.ratio_study.study import MIN_STRATUM_SALES
from valuation.uncertainty.coverage import relative_width

Floats = NDArray[np.float64]

IDEAL: dict[str, float] = {
    "mdape": 0.0,
    "mape": 0.0,
    "cod": 0.0,
    "median_ratio": 1.0,
    "prd": 1.0,
    "prb": 0.0,
    "share_within_10": 1.0,
    "share_within_20": 1.0,
}
"""Statistics of the ratio study that are compared, each with the figure of perfect values."""
COVERAGE, WIDTH = "coverage", "median_relative_width"
STATISTICS = (*IDEAL, COVERAGE, WIDTH)
_BLOCK_CELLS = 2_000_000
STRATA = ("dwelling_type", "market_area", "price_decile")


@dataclass(frozen=True)
class PairedSales:
    """The sales on which both versions can be judged."""

    table: pd.DataFrame
    """`sale_id, dwelling_id, sale_price`, `value_a, value_b`, lower and upper of both, the strata, `is_valid_sale,
    is_seen_dwelling` (in either version)."""
    left_out: dict[str, int]
    """Why the other holdout sales of the versions are not among them: reason to number."""
    promised: tuple[float, float]
    """Share of prices the ranges of A and of B are meant to hold."""


def paired_sales(
    holdout_a: pd.DataFrame, holdout_b: pd.DataFrame, promised: tuple[float, float] = (0.9, 0.9)
) -> PairedSales:
    """Find the holdout sales that both versions valued without having learned from them, at one price.

    Parameters
    ----------
    holdout_a, holdout_b : DataFrame
        `holdout_values.parquet` of each version. Where the holdouts are of different periods, only sales of both count:
        a sale in one alone may have taught the other.
    promised : (float, float)
        Share of prices the ranges of each are meant to hold.
    """
    ours, theirs = (holdout.set_index("sale_id") for holdout in (holdout_a, holdout_b))
    common = ours.index.intersection(theirs.index).sort_values()
    first, second = ours.loc[common], theirs.loc[common]
    rows = _side_by_side(first, second)
    reasons = {
        "another dwelling under the same sale": (first["dwelling_id"] != second["dwelling_id"]).to_numpy(bool),
        "no price above zero": ~((rows["sale_price"] > 0) & (rows["sale_price_b"] > 0)).to_numpy(bool),
        "another price in A than in B": (rows["sale_price"] != rows["sale_price_b"]).to_numpy(bool),
        "not valued by A": rows["value_a"].isna().to_numpy(bool),
        "not valued by B": rows["value_b"].isna().to_numpy(bool),
    }
    left_out = {
        "only in the holdout of A": len(ours) - len(common),
        "only in the holdout of B": len(theirs) - len(common),
    }
    kept = np.ones(len(rows), dtype=bool)
    for reason, holds in reasons.items():
        left_out[reason] = int((kept & holds).sum())
        kept &= ~holds
    table = rows[kept].drop(columns="sale_price_b").reset_index(names="sale_id")
    # By what both versions think of the dwelling: tenths by one of them would flatter the other.
    middle = np.sqrt(table["value_a"].to_numpy() * table["value_b"].to_numpy())
    table["price_decile"] = pd.array(price_decile(middle, table["sale_price"].to_numpy()), dtype="str")
    return PairedSales(table, {reason: n for reason, n in left_out.items() if n}, promised)


def _side_by_side(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    rows = first[["dwelling_id", "sale_price"]].copy()
    rows["sale_price_b"] = second["sale_price"]
    for letter, side in (("a", first), ("b", second)):
        for column in ("appraised_value", "lower_value", "upper_value"):
            rows[f"{column.removeprefix('appraised_')}_{letter}"] = side[column].to_numpy(float)
    for stratum in ("dwelling_type", "market_area"):
        rows[stratum] = pd.array(second[stratum].astype("string").fillna("unknown").to_numpy(object), dtype="str")
    rows["is_valid_sale"] = (first["is_valid_sale"] & second["is_valid_sale"]).to_numpy(bool)
    rows["is_seen_dwelling"] = (first["is_seen_dwelling"] | second["is_seen_dwelling"]).to_numpy(bool)
    return rows


def paired_study(sales: PairedSales, *, n_bootstrap: int, seed: int, strata: tuple[str, ...] = STRATA) -> pd.DataFrame:
    """Compare the versions on the paired sales, overall and by group.

    Parameters
    ----------
    sales : PairedSales
    n_bootstrap : int
        Resamples, drawn by dwelling; the same for both versions and every group.
    seed : int
    strata : tuple of str
        Groups studied beside the whole.

    Returns
    -------
    DataFrame
        One row per sample × group × statistic: `sample, stratum, level, statistic, n_sales`, `estimate_a, lower_a,
        upper_a` and the same of b, `difference, lower, upper` (B less A, 95 %), `better` (A, B or empty: neither is
        shown to be), `remark` (why a figure is not given).
    """
    table = sales.table
    if table.empty:
        return pd.DataFrame(list(_not_given({"sample": "all_sales", "stratum": "overall", "level": "all"}, 0)))
    resamples = Resamples.draw(table["dwelling_id"].to_numpy(), n_bootstrap, seed)
    rows: list[dict[str, Any]] = []
    for head, chosen in _groups(table, strata):
        rows += _compared(head, table[chosen], resamples.of(chosen), sales.promised)
    return pd.DataFrame(rows)


def _groups(table: pd.DataFrame, strata: tuple[str, ...]) -> Iterator[tuple[dict[str, str], NDArray[np.bool_]]]:
    everything = np.ones(len(table), dtype=bool)
    samples = {
        "all_sales": everything,
        "valid_sales": table["is_valid_sale"].to_numpy(bool),
        "unseen_dwellings": ~table["is_seen_dwelling"].to_numpy(bool),
    }
    for sample, chosen in samples.items():
        yield {"sample": sample, "stratum": "overall", "level": "all"}, chosen
    for stratum in strata:
        for level in sorted(table[stratum].unique()):
            yield (
                {"sample": "all_sales", "stratum": stratum, "level": str(level)},
                (table[stratum] == level).to_numpy(bool),
            )


def _compared(
    head: dict[str, str], sales: pd.DataFrame, resamples: Resamples, promised: tuple[float, float]
) -> Iterator[dict[str, Any]]:
    if len(sales) < MIN_STRATUM_SALES:
        yield from _not_given(head, len(sales))
        return
    first, second = (_Side.of(sales, letter, resamples) for letter in "ab")
    for name in STATISTICS:
        yield head | {"statistic": name, "n_sales": len(sales)} | _difference(name, first, second, promised)


def _not_given(head: dict[str, str], n_sales: int) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys(
        ("estimate_a", "lower_a", "upper_a", "estimate_b", "lower_b", "upper_b", "difference", "lower", "upper"), np.nan
    )
    for name in STATISTICS:
        yield (
            head
            | {"statistic": name, "n_sales": n_sales}
            | empty
            | {"better": "", "remark": f"n = {n_sales}: not given"}
        )


@dataclass(frozen=True)
class _Side:
    """The figures of one version: as found, and in every resample."""

    found: dict[str, float]
    drawn: dict[str, Floats]

    @classmethod
    def of(cls, sales: pd.DataFrame, letter: str, resamples: Resamples) -> _Side:
        values, prices = sales[f"value_{letter}"].to_numpy(), sales["sale_price"].to_numpy()
        found = {name: _estimate(name, values, prices) for name in IDEAL}
        drawn = confidence.resampled(values, prices, resamples, tuple(IDEAL))
        lower, upper = sales[f"lower_value_{letter}"].to_numpy(), sales[f"upper_value_{letter}"].to_numpy()
        # A sale without a range counts as not held.
        held = ((prices >= lower) & (prices <= upper)).astype(float)
        width = relative_width(lower, upper, values)
        found |= {COVERAGE: float(held.mean()), WIDTH: float(np.nanmedian(width)) if (width == width).any() else np.nan}
        drawn |= {COVERAGE: _resampled_mean(held, resamples), WIDTH: _resampled_median(width, resamples)}
        return cls(found, drawn)


def _estimate(name: str, values: Floats, prices: Floats) -> float:
    try:
        return confidence.statistic(name)(values, prices)
    except WrongUse:
        # Sales of equal dwellings have no slope; the rest of their figures stand.
        return float("nan")


def _blocks(resamples: Resamples) -> Iterator[Floats]:
    """Yield how often each sale was drawn as floats, some resamples at a time: few enough for any machine."""
    n_resamples, n_sales = resamples.multiplicity.shape
    step = max(_BLOCK_CELLS // max(n_sales, 1), 1)
    for start in range(0, n_resamples, step):
        yield resamples.multiplicity[start : start + step].astype(float)


def _resampled_mean(figures: Floats, resamples: Resamples) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [weight @ figures / weight.sum(axis=1) for weight in _blocks(resamples)]
    return np.concatenate(parts)


def _resampled_median(figures: Floats, resamples: Resamples) -> Floats:
    # Sorted once; the middle of a resample is where half of its draws lie below (the lower of two middles).
    known = np.isfinite(figures)
    order = np.argsort(figures[known])
    ordered = figures[known][order]
    parts = []
    for weight in _blocks(resamples):
        below = np.cumsum(weight[:, known][:, order], axis=1)
        n = below[:, -1] if ordered.size else np.zeros(len(weight))
        place = (below < n[:, None] / 2).sum(axis=1)
        drawn = ordered[np.minimum(place, ordered.size - 1)] if ordered.size else np.full(len(weight), np.nan)
        parts.append(np.where(n > 0, drawn, np.nan))
    return np.concatenate(parts)


def _difference(name: str, first: _Side, second: _Side, promised: tuple[float, float]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for letter, side in (("a", first), ("b", second)):
        figures[f"estimate_{letter}"] = side.found[name]
        figures[f"lower_{letter}"], figures[f"upper_{letter}"] = confidence.interval(side.drawn[name])
    figures["difference"] = second.found[name] - first.found[name]
    figures["lower"], figures["upper"] = confidence.interval(second.drawn[name] - first.drawn[name])
    figures["better"] = _better(name, first, second, promised)
    # A narrower range is no gain by itself: it is where it still holds as many prices.
    figures["remark"] = "" if np.isfinite(figures["difference"]) else "no such figure for these sales: not given"
    return figures


def _better(name: str, first: _Side, second: _Side, promised: tuple[float, float]) -> str:
    if name == WIDTH:
        return ""
    ideals = promised if name == COVERAGE else (IDEAL[name], IDEAL[name])
    far_a, far_b = np.abs(first.drawn[name] - ideals[0]), np.abs(second.drawn[name] - ideals[1])
    lower, upper = confidence.interval(far_b - far_a)
    if upper < 0:
        return "B"
    return "A" if lower > 0 else ""
