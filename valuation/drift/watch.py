"""Do new sales fit the live version as its own holdout did? By area, with one budget of false alarms.

The holdout is what the version was released on: its errors are the rule, and new sales are held against them area by
area. Level: Mann and Whitney's test of the ratios, both sides. Dispersion: the same test of how far ratios lie from
their median, wider only. Coverage: Fisher's exact test of how many prices lie within the range, fewer only. All these,
and the characteristics, share one chance of a false alarm (Holm 1979). Where too little would be seen, that is said: it
limits what "no alarm" means, and never takes an alarm away that the tests raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuation.comparison.versions import Version
from valuation.drift.characteristics import stability, unseen
from valuation.drift.delay import sales_needed, shift_seen
from valuation.drift.new_sales import NewSales
from valuation.drift.verdicts import ALARM, BLIND, QUIET, WHOLE
from valuation.ratio_study.statistics import cod
from valuation.release.chance import holm, median_interval

if TYPE_CHECKING:
    from valuation.pipeline.params import DriftParams

Floats = NDArray[np.float64]
MEASURES = ("level", "dispersion", "coverage")
OWN_SPREAD = 50
"""Holdout sales from which an area's own spread is used to plan; below, that of all sales about their areas."""


@dataclass(frozen=True)
class DriftReport:
    """What new sales say about the live version."""

    areas: pd.DataFrame
    """One row is an area, the whole first: see `watch`."""
    characteristics: pd.DataFrame
    """As `stability`, with `has_shifted`."""
    unseen: pd.DataFrame
    n_tests: int
    """Tests that were made; they share the budget."""
    sold_from: str
    sold_to: str
    n_known: int
    """New sales that stand in the holdout of the run itself: on these nothing can have drifted."""

    @property
    def verdict(self) -> str:
        """Return `ALARM`, `QUIET`, or `BLIND` where neither the whole nor any area could be watched."""
        if self.alarms:
            return ALARM
        return QUIET if (self.areas["state"] == QUIET).any() else BLIND

    @property
    def alarms(self) -> list[str]:
        """Every alarm in words, with its number."""
        said = []
        for row, shift in zip(self.areas.itertuples(), self.areas["level_shift"].to_numpy(float), strict=True):
            figures = {
                "level": f"level {shift_in_words(shift)} against the holdout",
                "dispersion": f"COD {row.cod_new:.1f} against {row.cod_holdout:.1f}",
                "coverage": f"{row.coverage_new:.0%} of prices within the range against {row.coverage_holdout:.0%}",
            }
            raised = [name for name in str(row.alarms).split("|") if name]
            said += [f"{row.area}: {figures[name]} (n = {row.n_new:,})" for name in raised]
        shifted = self.characteristics[self.characteristics["has_shifted"]]
        return said + [f"{row.characteristic}: PSI {row.psi:.2f} (n = {row.n_new:,})" for row in shifted.itertuples()]


def shift_in_words(shift: float) -> str:
    """Return a shift of the level for a person.

    Examples
    --------
    >>> shift_in_words(-0.0312), shift_in_words(2_500_000.0)
    ('-3.1%', '2,500,001 times as high')
    """
    return f"{shift:+.1%}" if shift < TIMES else f"{1 + shift:,.0f} times as high"


TIMES = 9.0
"""Share from which a shift is told as a multiple: percents with many digits are misread."""


def watch(version: Version, new: NewSales, sold: pd.DataFrame, params: DriftParams) -> DriftReport:
    """Hold new sales against the holdout of the live version.

    Parameters
    ----------
    version : Version
    new : NewSales
    sold : DataFrame
        The valid holdout sales with their characteristics.
    params : DriftParams

    Returns
    -------
    DriftReport
        `areas` has `area, n_new, n_holdout, level_shift` (share, new less holdout; `lower, upper`: 95 %), `cod_new,
        cod_holdout, coverage_new, coverage_holdout` (a gap where fewer than `drift.min_sales` sales stand behind them,
        unless an alarm names them), `level_chance, dispersion_chance, coverage_chance` (of so much or more when nothing
        has changed), `state`, `alarms`, `shift_seen` (share: smallest shift the sales there are
        would show), `delay_sales, delay_weeks` (until a shift of `drift.level_shift` is seen), `remark`.
    """
    area = str(version.bundle.jurisdiction.characteristics.with_role("market_area"))
    ours = _ratios(version.holdout[version.holdout["is_valid_sale"]], "market_area", "sale_price", "sale_date")
    theirs = _ratios(new.table, area, "market_price", "market_date")
    index = stability(version.bundle, sold, new.table, params)
    names = sorted(set(ours["area"]) | set(theirs["area"]))
    # As many tests as there can be, known before any is looked at: what is planned must not hang on what is found.
    n_planned = len(MEASURES) * (len(names) + 1) + len(index)
    plan = {"chance": params.false_alarms / n_planned, "power": params.power}
    apart = ours["log_ratio"] - ours.groupby("area")["log_ratio"].transform("median")
    typical = apart.to_numpy(float)
    rows = [_area(WHOLE, ours, theirs, typical, plan, params)]
    rows += [
        _area(name, ours[ours["area"] == name], theirs[theirs["area"] == name], typical, plan, params) for name in names
    ]
    areas, index, n_tests = _decided(pd.DataFrame(rows), index, params)
    dates = theirs["day"]
    return DriftReport(
        areas,
        index,
        unseen(version.bundle, new.table),
        n_tests,
        f"{dates.min():%Y-%m-%d}",
        f"{dates.max():%Y-%m-%d}",
        int(new.table["sale_id"].isin(version.holdout["sale_id"]).sum()),
    )


def _ratios(sales: pd.DataFrame, area: str, price: str, day: str) -> pd.DataFrame:
    """One row is a valued sale, the newest of its dwelling: `area, day, value, price, log_ratio, is_covered`."""
    table = pd.DataFrame(
        {
            "dwelling_id": sales["dwelling_id"].to_numpy(),
            "sale_id": sales["sale_id"].to_numpy(),
            "area": sales[area].astype("string").fillna("unknown").to_numpy(dtype=object),
            "day": pd.DatetimeIndex(sales[day]),
            "value": sales["appraised_value"].to_numpy(dtype=float, na_value=np.nan),
            "price": sales[price].to_numpy(dtype=float, na_value=np.nan),
            "lower": sales["lower_value"].to_numpy(dtype=float, na_value=np.nan),
            "upper": sales["upper_value"].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    table = table[(table["value"] > 0) & (table["price"] > 0)]
    table = table.sort_values(["dwelling_id", "day", "sale_id"]).drop_duplicates("dwelling_id", keep="last")
    table["log_ratio"] = np.log(table["value"] / table["price"])
    table["is_covered"] = (table["price"] >= table["lower"]) & (table["price"] <= table["upper"])
    return table.reset_index(drop=True)


def _area(
    name: str, ours: pd.DataFrame, theirs: pd.DataFrame, typical: Floats, plan: dict[str, float], params: DriftParams
) -> dict[str, Any]:
    n_new, n_holdout = len(theirs), len(ours)
    row: dict[str, Any] = {"area": name, "n_new": n_new, "n_holdout": n_holdout} | dict.fromkeys(_FIGURES, np.nan)
    row |= {"state": BLIND, "alarms": "", "remark": ""}
    if n_new and n_holdout:
        row |= _figures(ours, theirs, is_few=min(n_new, n_holdout) < params.min_sales)
    if n_holdout < params.min_sales:
        return row | {"remark": f"{n_holdout} holdout sales to compare with"}
    own = ours["log_ratio"].to_numpy(float) if n_holdout >= OWN_SPREAD else typical
    needed = sales_needed(own, float(np.log1p(params.level_shift)), n_holdout, **plan)
    weeks = max((ours["day"].max() - ours["day"].min()).days / 7, 1.0)
    row |= {"delay_sales": needed, "delay_weeks": needed / (n_holdout / weeks)}
    if n_new < params.min_sales:
        return row | {"remark": f"{n_new} new sales; at least {params.min_sales} are needed"}
    row["shift_seen"] = shift_seen(own, n_new, n_holdout, **plan)
    if row["shift_seen"] > params.max_unseen_shift:
        return row | {"remark": f"not even a shift of {params.max_unseen_shift:.0%} would be seen with these sales"}
    return row | {"state": QUIET}


_FIGURES = (
    *("level_shift", "lower", "upper", "cod_new", "cod_holdout", "coverage_new", "coverage_holdout"),
    *("level_chance", "dispersion_chance", "coverage_chance", "shift_seen", "delay_sales", "delay_weeks"),
)


def _figures(ours: pd.DataFrame, theirs: pd.DataFrame, *, is_few: bool) -> dict[str, float]:
    before, after = ours["log_ratio"].to_numpy(float), theirs["log_ratio"].to_numpy(float)
    shift = np.median(after) - np.median(before)
    held, held_before = int(theirs["is_covered"].sum()), int(ours["is_covered"].sum())
    table = [[held, len(after) - held], [held_before, len(before) - held_before]]
    found = {
        "level_shift": float(np.expm1(shift)),
        "coverage_new": held / len(after),
        "coverage_holdout": held_before / len(before),
        # Exact where few sales are there: these two hold for any number.
        "level_chance": float(stats.mannwhitneyu(after, before, method="auto").pvalue),
        "coverage_chance": float(stats.fisher_exact(table, alternative="less").pvalue),
    }
    if is_few:
        # A spread of two sales is no spread, and their interval has no end.
        return found
    (low, high), (old_low, old_high) = median_interval(after), median_interval(before)
    half = np.hypot((high - low) / 2, (old_high - old_low) / 2)
    spread, spread_before = np.abs(after - np.median(after)), np.abs(before - np.median(before))
    wider = stats.mannwhitneyu(spread, spread_before, alternative="greater", method="asymptotic")
    return found | {
        "lower": float(np.expm1(shift - half)),
        "upper": float(np.expm1(shift + half)),
        "cod_new": cod(theirs["value"], theirs["price"]),
        "cod_holdout": cod(ours["value"], ours["price"]),
        "dispersion_chance": float(wider.pvalue),
    }


def _decided(areas: pd.DataFrame, index: pd.DataFrame, params: DriftParams) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    chances = areas[[f"{measure}_chance" for measure in MEASURES]].to_numpy(float)
    everything = np.concatenate([chances.ravel(), index["chance"].to_numpy(float)])
    found = holm(everything, params.false_alarms)
    raised = found[: chances.size].reshape(chances.shape)
    areas = areas.copy()
    areas["alarms"] = ["|".join(np.array(MEASURES)[row]) for row in raised]
    areas.loc[raised.any(axis=1), "state"] = ALARM
    is_few = np.minimum(areas["n_new"], areas["n_holdout"]) < params.min_sales
    areas.loc[is_few & (areas["state"] != ALARM), list(_SHOWN)] = np.nan
    index = index.assign(has_shifted=found[chances.size :] & (index["psi"] >= params.psi_limit).to_numpy(bool))
    return areas, index, int(np.isfinite(everything).sum())


_SHOWN = ("level_shift", "coverage_new", "coverage_holdout")
"""Figures of few sales that are tested, and shown only with an alarm."""
