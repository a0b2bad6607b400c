"""Whose values would move, and how far? By area, by type and by tenth of the value before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.comparison.versions import Version
from valuation.ratio_study.strata import TENTHS, equal_parts
from valuation.ratio_study.study import MIN_STRATUM_SALES

LARGE_PCT = (10, 20)
"""Changes beyond these, in percent of the value before, are counted up and down."""
STRATA = ("dwelling_type", "market_area", "value_decile")
MIN_SPREAD = MIN_STRATUM_SALES
"""Dwellings a group needs before its 5th and 95th percentile are more than its extremes."""


def value_changes(before: Version, after: Version) -> pd.DataFrame:
    """Put the values of both versions side by side, one dwelling of either roll per row.

    Returns
    -------
    DataFrame
        `dwelling_id, value_a, value_b` (NaN where a version gives none), `change` (money), `change_pct`, `state` (both
        | only_a | only_b | neither: which version gives a value; new | gone: in one roll alone), `dwelling_type,
        market_area` (as in A; as in B for a new dwelling), `value_decile` ("01" cheapest, by the value in A).
    """
    columns = [
        name
        for name in ("appraised_value", "dwelling_type", "market_area")
        if name in before.values or name in after.values
    ]
    ours, theirs = (version.values.set_index("dwelling_id").reindex(columns=columns) for version in (before, after))
    ids = ours.index.union(theirs.index).sort_values()
    in_a, in_b = (side.index.get_indexer(ids) >= 0 for side in (ours, theirs))
    ours, theirs = ours.reindex(ids), theirs.reindex(ids)
    value_a, value_b = ours["appraised_value"].to_numpy(float), theirs["appraised_value"].to_numpy(float)
    table = pd.DataFrame({"dwelling_id": pd.array(ids.to_numpy(), dtype="str"), "value_a": value_a, "value_b": value_b})
    table["change"] = value_b - value_a
    with np.errstate(divide="ignore", invalid="ignore"):
        # In this order a tenth is 10 to the last digit, and not beyond.
        table["change_pct"] = np.where(value_a > 0, 100 * (value_b - value_a) / value_a, np.nan)
    table["state"] = pd.array(_state(in_a, in_b, np.isfinite(value_a), np.isfinite(value_b)), dtype="str")
    for name in ("dwelling_type", "market_area"):
        table[name] = _words(ours, theirs, name, in_a)
    table["value_decile"] = pd.array(equal_parts(value_a, TENTHS), dtype="str")
    return table


def _words(ours: pd.DataFrame, theirs: pd.DataFrame, name: str, in_a: np.ndarray) -> pd.Series:
    if name not in ours:
        return pd.Series(["unknown"] * len(ours), dtype="str")
    words = ours[name].where(in_a, theirs[name]).astype("str")
    return words.fillna("unknown").reset_index(drop=True)


def _state(in_a: np.ndarray, in_b: np.ndarray, has_a: np.ndarray, has_b: np.ndarray) -> np.ndarray:
    return np.select(
        [in_b & ~in_a, in_a & ~in_b, has_a & has_b, has_a, has_b],
        ["new", "gone", "both", "only_a", "only_b"],
        "neither",
    )


def value_shift(changes: pd.DataFrame) -> pd.DataFrame:
    """Summarise the changes of the dwellings that have a value in both versions, overall and by group.

    Parameters
    ----------
    changes : DataFrame
        As made by `value_changes`.

    Returns
    -------
    DataFrame
        One row per group: `stratum, level, n_dwellings, total_a, total_b, total_change_pct, median_change_pct, p5_pct,
        p95_pct, share_up_10, share_up_20, share_down_10, share_down_20, remark`.
    """
    both = changes[changes["state"] == "both"]
    rows = [_shift("overall", "all", both)]
    for stratum in STRATA:
        rows += [_shift(stratum, str(level), part) for level, part in both.groupby(stratum, sort=True)]
    return pd.DataFrame(rows)


def _shift(stratum: str, level: str, part: pd.DataFrame) -> dict[str, object]:
    n = len(part)
    row: dict[str, object] = {"stratum": stratum, "level": level, "n_dwellings": n}
    total_a, total_b = float(part["value_a"].sum()), float(part["value_b"].sum())
    row |= {"total_a": total_a, "total_b": total_b}
    row["total_change_pct"] = 100 * (total_b / total_a - 1) if total_a > 0 else np.nan
    pct = part["change_pct"].dropna().to_numpy()
    enough = pct.size >= MIN_SPREAD
    row["median_change_pct"] = float(np.median(pct)) if pct.size else np.nan
    spread = np.quantile(pct, [0.05, 0.95]) if enough else (np.nan, np.nan)
    row["p5_pct"], row["p95_pct"] = float(spread[0]), float(spread[1])
    for limit in LARGE_PCT:
        row[f"share_up_{limit}"] = float((pct > limit).mean()) if pct.size else np.nan
        row[f"share_down_{limit}"] = float((pct < -limit).mean()) if pct.size else np.nan
    row["remark"] = "" if enough else f"n = {n}: spread not given"
    return row


def change_bands(changes: pd.DataFrame) -> pd.DataFrame:
    """Count dwellings by how far their value moves: `band, n_dwellings, share`, from the largest fall to the rise."""
    pct = changes.loc[changes["state"] == "both", "change_pct"].dropna().to_numpy()
    bounds = np.array([-30, -20, -10, -5, -1, 1, 5, 10, 20, 30], dtype=float)
    words = [_band(low, high) for low, high in zip((None, *bounds), (*bounds, None), strict=True)]
    # A change of just −1 or 1 belongs to the middle band.
    place = np.where(pct < 0, np.searchsorted(bounds, pct, side="right"), np.searchsorted(bounds, pct, side="left"))
    counts = np.bincount(place, minlength=len(words))
    share = counts / max(pct.size, 1)
    return pd.DataFrame({"band": words, "n_dwellings": counts, "share": share})


def _band(low: float | None, high: float | None) -> str:
    if low is None:
        return f"down more than {-high:g} %" if high is not None else "all"
    if high is None:
        return f"up more than {low:g} %"
    if low < 0 < high:
        return f"within {high:g} %"
    return f"up {low:g} to {high:g} %" if low > 0 else f"down {-high:g} to {-low:g} %"
