"""Are the dwellings that sell now of other kinds than those of the holdout, and is anything new to the version?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuation.appraisal.bundle import Bundle
from valuation.dwellings.characteristics import Characteristic

if TYPE_CHECKING:
    from valuation.pipeline.params import DriftParams

LEAST_EXPECTED = 5.0
"""New sales to be expected in a group: rarer levels are taken together, as for any chi-squared test."""


def stability(bundle: Bundle, holdout: pd.DataFrame, new: pd.DataFrame, params: DriftParams) -> pd.DataFrame:
    """Population stability index of each characteristic that the models use.

    Parameters
    ----------
    bundle : Bundle
    holdout, new : DataFrame
        Sales the version was released on, and new ones: one row a sale, characteristics in canonical columns. Not those
        it has learned from: a register that has recorded more since would raise the alarm at every check.
    params : DriftParams

    Returns
    -------
    DataFrame
        `characteristic, n_new, n_groups, psi, chance` (of an index so large when nothing has shifted), `remark`.

    References
    ----------
    N. Siddiqi, Credit Risk Scorecards (2006), for the index; B. Yurdakul, Statistical properties of population
    stability index (2018), for its distribution: a multiple of chi-squared.
    """
    rows = []
    for name, item in bundle.jurisdiction.characteristics.items():
        if item.is_feature and name in holdout and name in new:
            rows.append({"characteristic": name} | _index(holdout[name], new[name], item, params))
    columns = ["characteristic", "n_new", "n_groups", "psi", "chance", "remark"]
    return pd.DataFrame(rows, columns=columns)


def _index(holdout: pd.Series, new: pd.Series, item: Characteristic, params: DriftParams) -> dict[str, object]:
    before, after = _grouped(holdout, new, item, params.psi_bins)
    found = {"n_new": len(new), "n_groups": len(before)}
    if len(before) < 2 or len(new) < params.min_sales:
        return found | {"psi": np.nan, "chance": np.nan, "remark": "too few sales, or all alike: not given"}
    index = psi(before, after)
    n, m = before.sum(), after.sum()
    chance = float(stats.chi2.sf(index * n * m / (n + m), len(before) - 1))
    return found | {"psi": index, "chance": chance, "remark": ""}


def psi(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Population stability index of two sets of counts over the same groups.

    Examples
    --------
    >>> round(psi(np.array([50.0, 50.0]), np.array([30.0, 70.0])), 3)
    0.169
    >>> psi(np.array([50.0, 50.0]), np.array([5.0, 5.0]))
    0.0
    """
    # Half a sale in an empty group: a logarithm of nothing would say nothing.
    old, now = np.maximum(before, 0.5) / before.sum(), np.maximum(after, 0.5) / after.sum()
    return float(np.sum((now - old) * np.log(now / old)))


def _grouped(
    holdout: pd.Series, new: pd.Series, item: Characteristic, n_bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if item.is_categorical or item.kind == "boolean":
        old, now = (column.astype("string").fillna("not known") for column in (holdout, new))
    else:
        figures = holdout.to_numpy(dtype=float, na_value=np.nan)
        known = figures[np.isfinite(figures)]
        inner = np.unique(np.quantile(known, np.arange(1, n_bins) / n_bins)) if known.size else np.empty(0)
        old, now = (_bins(column, inner) for column in (holdout, new))
    expected = old.value_counts() * len(now) / max(len(old), 1)
    common = set(expected.index[expected >= LEAST_EXPECTED])
    counts = [column.where(column.isin(common), "others").value_counts() for column in (old, now)]
    levels = sorted(set(counts[0].index) | set(counts[1].index))
    before, after = (np.array([float(count.get(level, 0)) for level in levels]) for count in counts)
    return before, after


def _bins(column: pd.Series, inner: NDArray[np.float64]) -> pd.Series:
    figures = column.to_numpy(dtype=float, na_value=np.nan)
    place = np.searchsorted(inner, figures, side="right")
    return pd.Series(np.where(np.isfinite(figures), place.astype(str), "not known"), dtype="string")


def unseen(bundle: Bundle, new: pd.DataFrame) -> pd.DataFrame:
    """List what no sale the version has learned from had: levels, and figures outside the range.

    Returns
    -------
    DataFrame
        `characteristic, what` (the level, or "below 12" and "above 480"), `n_sales, share`.
    """
    rows: list[dict[str, object]] = []
    for name, item in bundle.jurisdiction.characteristics.items():
        if name not in new or not (item.is_feature or item.role in ("dwelling_type", "market_area")):
            continue
        if item.is_categorical and item.role not in ("building", "street"):
            words = new[name].astype("string").dropna()
            strange = words[~words.isin(set(bundle.seen.levels.get(name, ())))]
            rows += [
                {"characteristic": name, "what": level, "n_sales": n} for level, n in strange.value_counts().items()
            ]
        elif name in bundle.seen.ranges:
            low, high = bundle.seen.ranges[name]
            figures = new[name].to_numpy(dtype=float, na_value=np.nan)
            for what, count in ((f"below {low:g}", figures < low), (f"above {high:g}", figures > high)):
                if count.any():
                    rows.append({"characteristic": name, "what": what, "n_sales": int(count.sum())})
    table = pd.DataFrame(rows, columns=["characteristic", "what", "n_sales"])
    return table.assign(share=table["n_sales"].astype(float) / max(len(new), 1))
