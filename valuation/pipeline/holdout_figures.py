"""Which figures does the holdout give: errors, equity, coverage, yield of the flags, and which goals are reached?"""

from __future__ import annotations

from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from valuation.flags.catalogue import ANY, NONE, RULES, carries
from valuation.flags.order import BY_CHANCE, is_large_error
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import OF_BASELINE, Params
from valuation.ratio_study.standards import OWN_GOALS, STANDARDS
from valuation.ratio_study.study import RatioStudy
from valuation.uncertainty.coverage import coverage_of_sales
from valuation.uncertainty.published_coverage import (
    GOAL_RANGE,
    GOAL_SALES,
    LEAST_COVERAGE,
    LEAST_SALES,
    goal_summary,
    published_groups,
)

GROUPS_WITH_A_GOAL = ("dwelling_type", "value_third")
NOISE_OF = ("prd", "prb", "mki", "vei")
"""Equity figures of which metrics.json says what noise alone would show."""
LARGE_ERRORS_FOUND = "large_errors_found"
"""Name of the goal on the share of large errors among the riskiest tenth of the valid sales."""
OF_VALID = ", valid sales"
"""Ends the name of a figure that is of the valid sales of the holdout alone."""


def all_metrics(
    values: pd.DataFrame,
    samples: dict[str, RatioStudy],
    coverage: pd.DataFrame,
    by_group: pd.DataFrame,
    flags: pd.DataFrame,
    price: pd.DataFrame,
    jurisdiction: Jurisdiction,
    params: Params,
) -> dict[str, Any]:
    """Return what `metrics.json` holds, without NaN."""
    metrics: dict[str, Any] = {
        "holdout": holdout_counts(values, jurisdiction),
        **{name: _sample_metrics(sample) for name, sample in samples.items()},
        "coverage": _coverage_metrics(coverage, params.conformalize.coverage),
        "coverage_of_groups": asdict(goal_summary(by_group, params.conformalize.coverage)),
        "review_yield": review_yield(price),
        "flags": {row.code: {"n_sales": row.n_sales, "share": row.share} for row in flags.itertuples(index=False)},
        "noise_alone": _noise(samples["overall"]),
    }
    metrics["goals"] = goals(metrics, params.evaluate.goals)
    metrics["goals"] += yield_goals(metrics["review_yield"], params.evaluate.least_found)
    return _without_nan(metrics)


def holdout_counts(values: pd.DataFrame, jurisdiction: Jurisdiction) -> dict[str, Any]:
    """Return how many sales of which kind stand behind the figures."""
    return {
        "from": jurisdiction.holdout_from.isoformat(),
        "first_sale": f"{values['sale_date'].min():%Y-%m-%d}",
        "last_sale": f"{values['sale_date'].max():%Y-%m-%d}",
        "n_sales": len(values),
        "n_not_valued": int(values["appraised_value"].isna().sum()),
        "n_screened_out": int((~values["is_valid_sale"]).sum()),
        "n_seen_dwellings": int(values["is_seen_dwelling"].sum()),
        "n_dwellings": int(values["dwelling_id"].nunique()),
    }


def without_training_sales(values: pd.DataFrame, left_out: pd.DataFrame) -> dict[str, int]:
    """Return how many holdout sales lie in areas with no training sale, which no group of left-out areas holds.

    Parameters
    ----------
    values : DataFrame
        `holdout_values.parquet`.
    left_out : DataFrame
        What `left_out_area_values` returned.
    """
    elsewhere = values[~values["sale_id"].isin(set(left_out["sale_id"]))]
    n_areas = int(elsewhere["market_area"].nunique()) if "market_area" in elsewhere else 0
    return {"n_areas_without_training_sales": n_areas, "n_sales_not_valued_there": len(elsewhere)}


def _sample_metrics(sample: RatioStudy) -> dict[str, Any]:
    first = sample.table.iloc[0]
    found: dict[str, Any] = {"n_sales": int(first["n_sales"]), "n_valued": int(first["n_valued"])}
    for model in dict.fromkeys(sample.table["model"]):
        found[model] = {}
        for name, figures in sample.overall(model).items():
            found[model][name] = figures["estimate"]
            found[model][f"{name}_lower"] = figures["lower"]
            found[model][f"{name}_upper"] = figures["upper"]
    return found


def coverage_table(values: pd.DataFrame, promised: float) -> pd.DataFrame:
    """Return how often the interval holds: overall, by type, by third of the value, flagged or not, valid or not.

    By type and by third of the valid sales alone too: of the others no promise is made.

    Returns
    -------
    DataFrame
        `grouping, group, n_sales, coverage, share_below, share_above, binomial_low, binomial_high, is_within_band,
        median_relative_width, band_low, band_high` (beta-binomial; NaN where it is not known on how many sales the
        ranges were set).
    """
    published = published_groups(values)
    groupings = {name: published[name] for name in ("overall", "dwelling_type", "value_third", "flagged", "screening")}
    # The keys of metrics.json, which versions are compared by.
    groupings["overall"] = groupings["overall"].replace({"all sales": "all"})
    groupings["screening"] = groupings["screening"].replace({"valid sales": "valid"})
    is_valid = values["is_valid_sale"]
    # The same thirds for both: a third of the valid sales alone would be another group.
    samples = [(name, groups, values) for name, groups in groupings.items()]
    samples += [(name + OF_VALID, groupings[name][is_valid], values[is_valid]) for name in GROUPS_WITH_A_GOAL]
    parts = []
    for grouping, groups, sales in samples:
        parts.append(coverage_of_sales(sales, groups, promised).assign(grouping=grouping))
    kept = ["n_sales", "coverage", "share_below", "share_above", "binomial_low", "binomial_high", "is_within_band"]
    return pd.concat(parts, ignore_index=True)[
        ["grouping", "group", *kept, "median_relative_width", "band_low", "band_high"]
    ]


def _coverage_metrics(coverage: pd.DataFrame, promised: float) -> dict[str, Any]:
    found: dict[str, Any] = {"promised": promised}
    for row in coverage.to_dict("records"):
        figures = {key: row[key] for key in row if key not in ("grouping", "group")}
        found.setdefault(str(row["grouping"]), {})[str(row["group"])] = figures
    return found


def flag_table(values: pd.DataFrame) -> pd.DataFrame:
    """Return the price and the yield of each flag: how often it is raised, and how often rightly.

    Parameters
    ----------
    values : DataFrame
        Sales of the holdout; the valid ones, since the value of a sale that was not free is not wrong for its price.

    Returns
    -------
    DataFrame
        `code, n_sales, share` (of all sales), `error_share` (of the flagged, off by more than 20 percent or not
        valued), `yield` (share of all such errors that carry the flag); the first row is any flag, the last none.
    """
    wrong = is_large_error(values["appraised_value"], values["sale_price"])
    chosen = {code: carries(values["flags"], code) for code in (ANY, *(item.code for item in RULES), NONE)}
    rows = [
        {
            "code": code,
            "n_sales": int(flagged.sum()),
            "share": float(flagged.mean()),
            "error_share": float(wrong[flagged].mean()) if flagged.any() else np.nan,
            "yield": float(wrong[flagged].sum() / wrong.sum()) if wrong.any() else np.nan,
        }
        for code, flagged in chosen.items()
    ]
    return pd.DataFrame(rows)


def review_yield(price: pd.DataFrame, budget_pct: int = 10) -> dict[str, float]:
    """Return which share of the errors over 20 percent is found in the riskiest tenth of the valid sales.

    Parameters
    ----------
    price : DataFrame
        What `price_of_flagging` found.
    budget_pct : int

    Returns
    -------
    dict
        `share_reviewed`, `yield` (share of the large errors among them) with `yield_lower` and `yield_upper`,
        `times_chance` (against a random tenth), `over_width` (the yield less that of the widest intervals) with
        `over_width_lower` and `over_width_upper`, `yield_promised` (what the stated chances foretold), `n_errors`,
        `n_sales`.
    """
    is_asked = (price["sample"] == "valid_sales") & (price["name"] == BY_CHANCE) & (price["budget_pct"] == budget_pct)
    row = {name: float("nan") for name in price.columns} | next(iter(price[is_asked].to_dict("records")), {})
    reviewed = row["n_looked_at"] / row["n_sales"]
    return {
        "share_reviewed": reviewed,
        "yield": row["share"],
        "yield_lower": row["lower"],
        "yield_upper": row["upper"],
        "yield_promised": row["share_promised"],
        "times_chance": row["share"] / reviewed,
        "over_width": row["over_width"],
        "over_width_lower": row["over_width_lower"],
        "over_width_upper": row["over_width_upper"],
        "n_errors": row["n_errors"],
        "n_sales": row["n_sales"],
    }


def _noise(sample: RatioStudy) -> dict[str, float]:
    """Return what noise alone would show, as the study found it beside each equity figure of the boosted model."""
    table = sample.table
    rows = table[(table["model"] == "boosted") & (table["stratum"] == "overall") & table["statistic"].isin(NOISE_OF)]
    given = rows[rows["noise"].notna()]
    return dict(zip(given["statistic"], given["noise"].astype(float), strict=True))


def goals(metrics: dict[str, Any], own: dict[str, float]) -> list[dict[str, Any]]:
    """Return each goal with the figure found and whether it was reached.

    The figures are the boosted model's on every holdout sale and, where screening doubts some of them, on the valid
    ones beside, named so.
    """
    coverage = metrics["coverage"]
    rows = _statistic_goals(metrics["overall"], own, "")
    rows.append(_coverage_goal("coverage", coverage["overall"]["all"], coverage["promised"]))
    if metrics["holdout"]["n_screened_out"]:
        rows += _statistic_goals(metrics["valid_sales"], own, OF_VALID)
        rows.append(_coverage_goal("coverage" + OF_VALID, coverage["screening"]["valid"], coverage["promised"]))
    low, high = GOAL_RANGE
    suffixes = ("", OF_VALID) if metrics["holdout"]["n_screened_out"] else ("",)
    for grouping, suffix in product(GROUPS_WITH_A_GOAL, suffixes):
        for group, found in coverage.get(grouping + suffix, {}).items():
            if found["n_sales"] >= GOAL_SALES:
                source = f"groups of {GOAL_SALES} sales or more"
                name = f"coverage, {group}{suffix}"
                rows.append(_goal(name, found["coverage"], low, high, found["n_sales"], source))
    return rows + _extreme_goals(metrics.get("coverage_of_groups", {}))


def yield_goals(found: dict[str, float], least: float | None) -> list[dict[str, Any]]:
    """Hold the large errors found in the riskiest tenth of the valid sales against what the place has set."""
    if least is None:
        return []
    source = "this jurisdiction's settings (evaluate.least_found)"
    n_sales = 0 if np.isnan(found["n_sales"]) else int(found["n_sales"])
    return [_goal(LARGE_ERRORS_FOUND, found["yield"], least, None, n_sales, source)]


def _extreme_goals(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold the groups that are covered least and most, of all groupings, against the goals of every group."""
    low, high = GOAL_RANGE
    limits = {
        "lowest": (f"least covered group of {GOAL_SALES} sales or more", low, None),
        "highest": (f"most covered group of {GOAL_SALES} sales or more", None, high),
        "lowest_of_fewer": (f"least covered group of {LEAST_SALES} sales or more", LEAST_COVERAGE, None),
    }
    rows = []
    for key, (words, lower, upper) in limits.items():
        group = found.get(key, {"n_sales": 0})
        if group["n_sales"]:
            source = f"own goal for every group; here {group['group']}"
            rows.append(_goal(f"coverage, {words}", group["coverage"], lower, upper, group["n_sales"], source))
    return rows


def _statistic_goals(found: dict[str, Any], own: dict[str, float], suffix: str) -> list[dict[str, Any]]:
    boosted, n = found["boosted"], found["n_valued"]
    source = "this jurisdiction's settings (evaluate.goals)"
    rows = [_goal(name + suffix, _figure(found, name), None, limit, n, source) for name, limit in own.items()]
    for name, limit in {**STANDARDS, **OWN_GOALS}.items():
        rows.append(_goal(name + suffix, boosted.get(name), limit.lower, limit.upper, n, limit.source))
    return rows


def _figure(found: dict[str, Any], name: str) -> float | None:
    """Return a figure of the boosted model, or how many times that of the baseline it is."""
    if not name.endswith(OF_BASELINE):
        return found["boosted"].get(name)
    boosted, baseline = (found[model].get(name.removesuffix(OF_BASELINE)) for model in ("boosted", "baseline"))
    return boosted / baseline if boosted is not None and baseline else None


def _coverage_goal(name: str, found: dict[str, Any], promised: float) -> dict[str, Any]:
    source = f"95 % band of chance around {promised:.0%}"
    # Beta-binomial: the ranges too were set on a sample of sales. Binomial where it is not known on how many.
    low, high = (
        found["binomial" + end] if pd.isna(found.get("band" + end)) else found["band" + end]
        for end in ("_low", "_high")
    )
    return _goal(name, found["coverage"], low, high, found["n_sales"], source)


def _goal(
    name: str, figure: float | None, lower: float | None, upper: float | None, n_sales: int, source: str
) -> dict[str, Any]:
    known = figure is not None and bool(np.isfinite(figure))
    is_reached = known and (lower is None or figure >= lower) and (upper is None or figure <= upper)  # type: ignore[operator]
    return {
        "name": name,
        "figure": figure,
        "lower": lower,
        "upper": upper,
        "n_sales": n_sales,
        "is_reached": bool(is_reached),
        "source": source,
    }


def _without_nan(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _without_nan(item) for key, item in content.items()}
    if isinstance(content, list):
        return [_without_nan(item) for item in content]
    if isinstance(content, np.bool_):
        return bool(content)
    if isinstance(content, np.integer):
        return int(content)
    if isinstance(content, (float, np.floating)):
        return float(content) if np.isfinite(content) else None
    return content


def worst_misses(values: pd.DataFrame, n: int = 30) -> pd.DataFrame:
    """Return the sales whose value lies furthest from the price, by log ratio."""
    valued = values[values["appraised_value"].notna()]
    ratio = valued["appraised_value"] / valued["sale_price"]
    columns = ["sale_id", "dwelling_id", "sale_date", "sale_price", "appraised_value", "lower_value", "upper_value"]
    table = valued[[*columns, "flags"]].assign(ratio=ratio, distance=np.abs(np.log(ratio)))
    return table.sort_values(["distance", "sale_id"], ascending=[False, True]).head(n).drop(columns="distance")
