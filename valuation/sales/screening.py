"""Which recorded sales were free sales, and why were the others not?

*Fritt salg* in Norway, an arm's-length sale elsewhere. Each rule has a code, a sentence and, for each sale it
excludes, a reason with the figures. A verdict by a person wins over all rules and is kept.

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

from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ScreenParams
from valuation.sales.holdout import is_holdout
from valuation.sales.market_price import market_price_and_date

Mask = NDArray[np.bool_]
VERDICT = "verdict"
VERDICT_COLUMNS = ["sale_id", "is_valid", "reason", "who", "date"]


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


def screen_sales(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: ScreenParams, verdicts: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Say of each sale whether it was a free sale, and why not.

    Parameters
    ----------
    sales : pandas.DataFrame
        `ingest/sales.parquet`.
    jurisdiction : Jurisdiction
    params : ScreenParams
    verdicts : pandas.DataFrame, optional
        `sale_id, is_valid, reason, who, date`: what a person decided.

    Returns
    -------
    screened : pandas.DataFrame
        The sales by `sale_id`, with `market_price`, `market_date`, `is_valid_sale`, `exclusion_codes`, `price_codes`
        (what rules on prices find, holdout included, where it has no effect) and `verdict`.
    excluded : pandas.DataFrame
        One row is a sale × rule that excludes it: `sale_id, dwelling_id, market_date, market_price, code, reason`.
    summary : pandas.DataFrame
        One row is a rule: `code, sentence, looks_at_price, n_found, n_excluded, n_only_reason`.
    """
    table = market_price_and_date(sales.sort_values("sale_id", ignore_index=True))
    in_holdout = is_holdout(table["market_date"], jurisdiction.holdout_from)
    n = len(table)
    found: list[tuple[Rule, Finding]] = []
    free = np.ones(n, dtype=bool)
    for looks_at_price in (False, True):
        evidence = Evidence(table, jurisdiction, params, in_holdout, free.copy())
        for rule in (rule for rule in RULES if rule.looks_at_price == looks_at_price):
            finding = rule.find(evidence)
            if finding is not None:
                found.append((rule, finding))
                free &= ~finding.excluded
    by_hand, verdict_rows = _verdicts(table, verdicts)
    codes, price_codes = _codes(found, n, in_holdout)
    table["is_valid_sale"] = np.where(by_hand == "valid", True, np.where(by_hand == "invalid", False, codes == ""))
    table["is_valid_sale"] = table["is_valid_sale"].astype(bool)
    codes = np.where(by_hand == "valid", "", np.where(by_hand == "invalid", VERDICT, codes))
    table["exclusion_codes"] = pd.Series(codes, dtype="str")
    table["price_codes"] = pd.Series(price_codes, dtype="str")
    table["verdict"] = pd.Series(verdict_rows, dtype="str")
    excluded = _excluded(table, found, in_holdout, by_hand)
    return table, excluded, _summary(found, excluded, table)


def _codes(found: list[tuple[Rule, Finding]], n: int, in_holdout: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Join the codes of each sale by `|`, in the order of the rules."""
    codes, price_codes = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    for rule, finding in found:
        counts = finding.excluded & ~(in_holdout & rule.looks_at_price)
        codes[counts] = [f"{text}|{rule.code}" if text else rule.code for text in codes[counts]]
        if rule.looks_at_price:
            at = finding.excluded
            price_codes[at] = [f"{text}|{rule.code}" if text else rule.code for text in price_codes[at]]
    return codes, price_codes


def _verdicts(table: pd.DataFrame, verdicts: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Return `valid`, `invalid` or nothing per sale, and the verdict in words."""
    by_hand, words = np.full(len(table), "", dtype=object), np.full(len(table), None, dtype=object)
    if verdicts is None or verdicts.empty:
        return by_hand, words
    at = pd.Index(table["sale_id"]).get_indexer(pd.Index(verdicts["sale_id"]))
    known = at >= 0
    kept = verdicts[known]
    by_hand[at[known]] = np.where(kept["is_valid"], "valid", "invalid")
    words[at[known]] = (kept["who"] + ", " + kept["date"] + ": " + kept["reason"]).to_numpy(dtype=object)
    return by_hand, words


def unknown_verdicts(table: pd.DataFrame, verdicts: pd.DataFrame) -> list[str]:
    """Return the sale_ids of verdicts on sales that are not there."""
    return sorted(set(verdicts["sale_id"]) - set(table["sale_id"]))


def _excluded(
    table: pd.DataFrame, found: list[tuple[Rule, Finding]], in_holdout: Mask, by_hand: np.ndarray
) -> pd.DataFrame:
    parts = []
    shown = ["sale_id", "dwelling_id", "market_date", "market_price"]
    for rule, finding in found:
        part = table.loc[finding.excluded, shown].assign(code=rule.code, reason=finding.reasons)
        counts = ~(in_holdout & rule.looks_at_price) & (by_hand == "")
        parts.append(part[counts[finding.excluded]])
    part = table.loc[by_hand == "invalid", shown]
    parts.append(part.assign(code=VERDICT, reason=table.loc[part.index, "verdict"]))
    return pd.concat(parts).sort_values(["sale_id", "code"], ignore_index=True, kind="stable")


def _summary(found: list[tuple[Rule, Finding]], excluded: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    counts = excluded.groupby("code").size()
    alone = table["exclusion_codes"].value_counts()
    rows = [
        {
            "code": rule.code,
            "sentence": rule.sentence,
            "looks_at_price": rule.looks_at_price,
            "n_found": int(finding.excluded.sum()),
            "n_excluded": int(counts.get(rule.code, 0)),
            "n_only_reason": int(alone.get(rule.code, 0)),
        }
        for rule, finding in found
    ]
    rows.append(
        {
            "code": VERDICT,
            "sentence": "A person has decided that it was not a free sale.",
            "looks_at_price": False,
            "n_found": int(table["verdict"].notna().sum()),
            "n_excluded": int(counts.get(VERDICT, 0)),
            "n_only_reason": int(alone.get(VERDICT, 0)),
        }
    )
    rows.append(
        {
            "code": "",
            "sentence": "All sales read; the valid ones.",
            "looks_at_price": False,
            "n_found": len(table),
            "n_excluded": int((~table["is_valid_sale"]).sum()),
            "n_only_reason": int(table["is_valid_sale"].sum()),
        }
    )
    return pd.DataFrame(rows)


# The rules -------------------------------------------------------------------------------------------------------


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


def check_verdicts(verdicts: pd.DataFrame, file: str) -> pd.DataFrame:
    """Check what people have decided about sales.

    Parameters
    ----------
    verdicts : pandas.DataFrame of str
        Columns `sale_id, is_valid, reason, who, date`; `is_valid` is yes/no, true/false, ja/nei or 1/0.

    Returns
    -------
    pandas.DataFrame
        With `is_valid` as bool; of several verdicts on a sale the newest, the lower in the file on one day.

    Raises
    ------
    InputRefused
        For a missing column, an empty cell, a date that is none or a word that is neither yes nor no.
    """
    from valuation.jurisdictions.cell_text import FALSE_WORDS, TRUE_WORDS

    missing = [name for name in VERDICT_COLUMNS if name not in verdicts]
    if missing:
        raise InputRefused(
            f"{file}: there is no column {missing[0]!r}",
            expected=", ".join(VERDICT_COLUMNS),
            remedy="add it: a verdict needs a sale, a yes or no, a reason, a person and a day",
        )
    checked = verdicts[VERDICT_COLUMNS].apply(lambda column: column.str.strip())
    words = checked["is_valid"].str.lower()
    days = pd.to_datetime(checked["date"], format="%Y-%m-%d", errors="coerce")
    for wrong, what, expected in (
        ((checked == "").any(axis=1), "an empty cell", "every cell filled: verdicts are kept for years"),
        (~words.isin([*TRUE_WORDS, *FALSE_WORDS]), "is_valid is neither yes nor no", "yes or no"),
        (days.isna(), "date is no date", "a date such as 2026-01-31"),
    ):
        if wrong.any():
            line = int(np.flatnonzero(wrong)[0]) + 2
            raise InputRefused(
                f"{file}, line {line}: {what}: {checked.iloc[line - 2].to_dict()}",
                expected=expected,
                remedy="correct the line",
            )
    checked = checked.assign(is_valid=words.isin(TRUE_WORDS))
    newest = checked.assign(day=days).sort_values("day", kind="stable").drop_duplicates("sale_id", keep="last")
    return newest.drop(columns="day").sort_values("sale_id", ignore_index=True)
