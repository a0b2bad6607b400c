"""By which rules is a recorded sale no free sale? Each has a code, a sentence and, for a sale, its reason in figures.

Rules of two kinds. Facts of the deed (relation, force, share, bundle, off-plan, year built) hold for every sale.
Rules that look at the price or a ratio would make any test look better than it is: they never remove a holdout sale,
and they learn from sales before the holdout only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ScreenParams

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """What one rule says: the sales it excludes, and a reason for each."""

    excluded: Mask
    reasons: list[str]
    """One per excluded sale, in order."""


@dataclass(frozen=True)
class Evidence:
    """What the rules look at.

    Attributes
    ----------
    sales : pandas.DataFrame
        With `market_price`, `market_date`; sorted by `sale_id`.
    is_holdout : numpy.ndarray of bool
    is_free_so_far : numpy.ndarray of bool
        Sales that no rule on facts has excluded: prices are compared among these.
    """

    sales: pd.DataFrame
    jurisdiction: Jurisdiction
    params: ScreenParams
    is_holdout: Mask
    is_free_so_far: Mask

    def column(self, role: str) -> pd.Series | None:
        """Return the characteristic that plays `role`, or None."""
        name = self.jurisdiction.characteristics.with_role(role)
        return None if name is None else self.sales[name]


@dataclass(frozen=True)
class Rule:
    """One reason why a sale is not a free sale."""

    code: str
    sentence: str
    looks_at_price: bool
    find: Callable[[Evidence], Finding | None]
    """None: the jurisdiction records nothing the rule could look at."""


def _related(evidence: Evidence) -> Finding | None:
    related = evidence.jurisdiction.screening.related
    if "relation" not in evidence.sales or not related:
        return None
    relation = evidence.sales["relation"]
    excluded = relation.isin(list(related)).to_numpy()
    return Finding(excluded, [f"buyer and seller: {text}" for text in relation[excluded]])


def _forced(evidence: Evidence) -> Finding | None:
    if "is_forced" not in evidence.sales:
        return None
    excluded = evidence.sales["is_forced"].fillna(False).to_numpy(dtype=bool)
    return Finding(excluded, ["recorded as a forced sale"] * int(excluded.sum()))


def _part_share(evidence: Evidence) -> Finding | None:
    if "owned_share" not in evidence.sales:
        return None
    share = evidence.sales["owned_share"].to_numpy()
    excluded = share < 0.9999
    return Finding(excluded, [f"a share of {value:.3g} was sold" for value in share[excluded]])


def _several_dwellings(evidence: Evidence) -> Finding | None:
    if "dwellings_in_deed" not in evidence.sales:
        return None
    count = evidence.sales["dwellings_in_deed"].to_numpy()
    excluded = count > 1
    return Finding(excluded, [f"{value:.0f} dwellings in one deed" for value in count[excluded]])


def _off_plan_without_contract(evidence: Evidence) -> Finding | None:
    if "is_off_plan" not in evidence.sales:
        return None
    off_plan = evidence.sales["is_off_plan"].fillna(False).to_numpy(dtype=bool)
    dated = (
        evidence.sales["contract_date"].notna().to_numpy()
        if "contract_date" in evidence.sales
        else np.zeros(len(off_plan), dtype=bool)
    )
    excluded = off_plan & ~dated
    return Finding(excluded, ["sold off plan, and the day of the contract is not recorded"] * int(excluded.sum()))


def _built_after_sold(evidence: Evidence) -> Finding | None:
    built = evidence.column("built_year")
    if built is None:
        return None
    sold = evidence.sales["market_date"].dt.year.to_numpy()
    years = built.to_numpy()
    off_plan = (
        evidence.sales["is_off_plan"].fillna(False).to_numpy(dtype=bool)
        if "is_off_plan" in evidence.sales
        else np.zeros(len(years), dtype=bool)
    )
    excluded = (years > sold) & ~off_plan
    return Finding(
        excluded,
        [
            f"built {b:.0f}, sold {s}: the plot or another house was sold"
            for b, s in zip(years[excluded], sold[excluded], strict=True)
        ],
    )


def _same_deed(evidence: Evidence) -> Finding | None:
    if evidence.jurisdiction.sales.exact_duplicates == "keep":
        return None  # no column tells like dwellings apart
    keys = ["dwelling_id", "market_date", "market_price"]
    excluded = evidence.sales.duplicated(keys, keep="first").to_numpy()
    return Finding(excluded, ["the same dwelling, day and price are recorded before"] * int(excluded.sum()))


def _joint_debt_unknown(evidence: Evidence) -> Finding | None:
    tenures = evidence.jurisdiction.screening.tenures_with_joint_debt
    tenure = evidence.column("tenure")
    if "joint_debt" not in evidence.sales or tenure is None or not tenures:
        return None
    excluded = (tenure.isin(list(tenures)) & evidence.sales["joint_debt"].isna()).to_numpy()
    return Finding(excluded, [f"{text}: the share of the joint debt is not recorded" for text in tenure[excluded]])


def _price_range(evidence: Evidence) -> Finding:
    low, high = evidence.jurisdiction.screening.price_range
    price = evidence.sales["market_price"].to_numpy()
    excluded = (price < low) | (price > high)
    return Finding(excluded, [f"{value:,.0f} is not between {low:,.0f} and {high:,.0f}" for value in price[excluded]])


def _altered_flip(evidence: Evidence) -> Finding:
    """Find the earlier of two sales between which the dwelling was altered.

    Characteristics as of today are those after the alteration: they do not belong to the earlier price. Both sales lie
    before the holdout, so that no holdout price decides what is learned from.
    """
    sales, params = evidence.sales, evidence.params
    order = sales[~evidence.is_holdout].sort_values(["dwelling_id", "market_date", "sale_id"], kind="stable")
    later = order.groupby("dwelling_id", sort=False)[["market_date", "market_price"]].shift(-1)
    days = (later["market_date"] - order["market_date"]).dt.days
    change = pd.Series(np.log(later["market_price"] / order["market_price"]))
    differs = _characteristics_differ(evidence, order)
    # The same day is a bundle of deeds, not a flip.
    soon = (days > 0) & (days <= params.flip_months * 30.44)
    is_flip = soon & (differs | (change.abs() > params.flip_log_change))
    excluded = np.zeros(len(sales), dtype=bool)
    excluded[order.index[is_flip]] = True
    reasons = pd.Series(
        [
            f"sold again after {d:.0f} days at {np.expm1(c):+.0%}" + (", with other characteristics" if o else "")
            for d, c, o in zip(days[is_flip], change[is_flip], differs[is_flip], strict=True)
        ],
        index=order.index[is_flip],
        dtype=object,
    )
    return Finding(excluded, reasons.sort_index().tolist())


def _characteristics_differ(evidence: Evidence, order: pd.DataFrame) -> pd.Series:
    """Whether the next sale of the dwelling has other characteristics, where both are known."""
    features = [name for name in evidence.jurisdiction.characteristics.features() if name in order]
    following = order.groupby("dwelling_id", sort=False)[features].shift(-1)
    differs = pd.Series(False, index=order.index)
    for name in features:
        both = order[name].notna() & following[name].notna()
        differs |= both & (order[name] != following[name])
    return differs


def _price_outlier(evidence: Evidence) -> Finding | None:
    """Find prices per m² far from those of their group, on the log scale, by median absolute deviations.

    The general movement of prices (median by month) and the usual fall of the price per m² with size are taken out
    first. Groups are type × area; one with too few sales is judged among its type, then among all.
    """
    area = evidence.column("living_area")
    if area is None:
        return None
    sales = evidence.sales
    log_price = np.log(sales["market_price"].where(sales["market_price"] > 0).to_numpy())
    log_area = np.log(area.where(area > 0).to_numpy())
    learned = evidence.is_free_so_far & ~evidence.is_holdout & np.isfinite(log_price) & np.isfinite(log_area)
    if not learned.any():
        return None
    per_m2 = log_price - log_area
    level = per_m2 - _movement(sales["market_date"], per_m2, learned, evidence.params.min_group_sales)
    level = level - _slope(log_area, level, learned) * (log_area - np.median(log_area[learned]))
    distance = _distance(evidence, level, learned)
    excluded = distance > evidence.params.outlier_mads
    return Finding(
        excluded,
        [
            f"{np.exp(p):,.0f} per m² lies {d:.1f} median absolute deviations from its group"
            for p, d in zip(per_m2[excluded], distance[excluded], strict=True)
        ],
    )


def _movement(dates: pd.Series, per_m2: np.ndarray, learned: Mask, min_sales: int) -> np.ndarray:
    """Return the median log price per m² of each sale's month, of the nearest month with enough sales."""
    month = (dates.dt.year * 12 + dates.dt.month).to_numpy(dtype=float)
    by_month = pd.Series(per_m2[learned]).groupby(month[learned]).agg(["median", "size"])
    enough = by_month[by_month["size"] >= min_sales]
    if enough.empty:
        return np.full(len(dates), float(np.median(per_m2[learned])))
    return np.interp(month, enough.index.to_numpy(dtype=float), enough["median"].to_numpy())


def _slope(log_area: np.ndarray, level: np.ndarray, learned: Mask) -> float:
    """Return how log price per m² changes with log area: the line through the medians of ten size groups."""
    x, y = log_area[learned], level[learned]
    group = np.searchsorted(np.quantile(x, np.linspace(0.1, 0.9, 9)), x)
    centres = pd.DataFrame({"x": x, "y": y}).groupby(group).median()
    if len(centres) < 3 or np.ptp(centres["x"]) == 0:
        return 0.0
    return float(np.polyfit(centres["x"], centres["y"], 1)[0])


def _distance(evidence: Evidence, level: np.ndarray, learned: Mask) -> np.ndarray:
    """Return how many median absolute deviations each sale lies from its group."""
    n = len(level)
    kind, area = (evidence.column(role) for role in ("dwelling_type", "market_area"))
    kinds = np.full(n, "") if kind is None else kind.fillna("").to_numpy(dtype=object)
    areas = np.full(n, "") if area is None else area.fillna("").to_numpy(dtype=object)
    distance = np.full(n, np.nan)
    keys = ([f"{a}|{b}" for a, b in zip(kinds, areas, strict=True)], kinds, np.full(n, ""))
    for key in keys:  # from the finest group with enough sales
        part = pd.DataFrame({"key": key, "level": level})
        known = part[learned].groupby("key")["level"]
        centre = known.median()
        deviation = (part.loc[learned, "level"] - part.loc[learned, "key"].map(centre)).abs()
        spread = deviation.groupby(part.loc[learned, "key"]).median()
        usable = (known.size() >= evidence.params.min_group_sales) & (spread > 0)
        here = part["key"].map(usable).fillna(False).to_numpy(dtype=bool) & np.isnan(distance)
        away = (part["level"] - part["key"].map(centre)).abs() / part["key"].map(spread)
        distance = np.where(here, away.to_numpy(), distance)
    return np.nan_to_num(distance, nan=0.0)


RULES: tuple[Rule, ...] = (
    Rule("related_parties", "Buyer and seller are related: no free sale.", False, _related),
    Rule("forced_sale", "The sale was forced.", False, _forced),
    Rule("part_share", "Only a share of the dwelling was sold.", False, _part_share),
    Rule(
        "several_dwellings",
        "Several dwellings were sold in one deed; the price is not that of one.",
        False,
        _several_dwellings,
    ),
    Rule(
        "off_plan_undated",
        "Sold off plan, and the day the price was agreed is not known.",
        False,
        _off_plan_without_contract,
    ),
    Rule("built_after_sold", "Built after it was sold: something else was sold then.", False, _built_after_sold),
    Rule("same_deed", "The same deed is recorded again.", False, _same_deed),
    Rule(
        "joint_debt_unknown",
        "The price is without the share of the joint debt, which is not recorded.",
        False,
        _joint_debt_unknown,
    ),
    Rule("price_out_of_range", "The price is not one a dwelling has here.", True, _price_range),
    Rule(
        "altered_flip",
        "Sold again soon, altered: the recorded characteristics are not those that were sold.",
        True,
        _altered_flip,
    ),
    Rule("price_outlier", "The price per m² lies far outside that of its type and area.", True, _price_outlier),
)
"""In the order in which they are applied and shown."""
