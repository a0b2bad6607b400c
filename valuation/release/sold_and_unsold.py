"""Have the values of sold dwellings moved otherwise than those of unsold ones?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.release.chance import median_interval
from valuation.release.gate import Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Compare the change of value, within area and type, of dwellings sold in the training period and of others."""
    values = evidence.version.values
    before = {}
    if evidence.champion is not None:
        live = evidence.champion.values.set_index("dwelling_id")["appraised_value"]
        before["live value"] = live.reindex(values["dwelling_id"]).to_numpy(float)
    if "prior_value" in values:
        before["prior value"] = values["prior_value"].to_numpy(dtype=float, na_value=np.nan)
    if not before:
        limit = f"within ±{params.max_sold_difference:.1%}"
        return [not_judged("sold against unsold", limit, "neither a live version nor prior values to compare with")]
    return [_check(evidence, what, figures, params) for what, figures in before.items()]


def _check(evidence: Evidence, what: str, before: np.ndarray, params: GateParams) -> Check:
    values = evidence.version.values
    measure = f"change from the {what}, sold less unsold"
    limit = f"interval not wholly outside ±{params.max_sold_difference:.1%}"
    after = values["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
    both = (before > 0) & (after > 0)
    table = values.loc[both, ["market_area", "dwelling_type"]].astype("string").fillna("unknown")
    table["change"] = np.log(after[both] / before[both])
    # Sold dwellings are of other kinds and places than the rest: each is compared with its like.
    kind = [table["market_area"], table["dwelling_type"]]
    table["beyond"] = table["change"] - table.groupby(kind)["change"].transform("median")
    is_sold = values.loc[both, "dwelling_id"].isin(evidence.sold).to_numpy(bool)
    sold, unsold = table.loc[is_sold, "beyond"], table.loc[~is_sold, "beyond"]
    if min(len(sold), len(unsold)) < params.min_group_sales:
        why = f"{len(sold):,} sold and {len(unsold):,} unsold dwellings have a {what}: too few"
        return not_judged(measure, limit, why, len(table))
    found, half = _difference(sold, unsold)
    lower, upper = np.expm1(found - half), np.expm1(found + half)
    is_outside = lower > params.max_sold_difference or upper < -params.max_sold_difference
    return Check(
        measure,
        "refused" if is_outside else "passed",
        len(table),
        limit,
        found=float(np.expm1(found)),
        lower=float(lower),
        upper=float(upper),
        remark=f"{len(sold):,} sold, {len(unsold):,} unsold; median within area and type",
    )


def _difference(sold: pd.Series, unsold: pd.Series) -> tuple[float, float]:
    """Difference of medians and half its 95 percent interval, from the rank interval of each."""
    (low, high), (other_low, other_high) = median_interval(sold), median_interval(unsold)
    half = float(np.hypot((high - low) / 2, (other_high - other_low) / 2))
    return float(sold.median() - unsold.median()), half


GATE = Gate(
    code="sold-and-unsold",
    title="Sold and unsold dwellings move alike",
    looks_at="roll",
    explanation="Values that follow the prices of the dwellings that happened to be sold look good in every study of"
    " sales and are unfair to all others (sales chasing). The change of value since the live version, "
    "and since the prior value, of dwellings the version has learned from is compared with that of "
    "others of the same area and type. When it refuses, a dwelling's own price reaches its value.",
    judge=judge,
    settings=("max_sold_difference", "min_group_sales"),
)
