"""Do the probable ranges hold as many prices as they promise, as a whole and in every group?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.ratio_study.strata import value_third
from valuation.release.chance import coverage_chance, holm
from valuation.release.gate import Check, Evidence, Gate, not_judged
from valuation.uncertainty.coverage import coverage_band, effective_calibration_sales

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

GROUPS = ("dwelling_type", "market_area", "value_third", "size_band", "age_band", "tenure")


def judge_whole(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the coverage of the valid sales lies within the band of chance around the promise."""
    sales, promised = evidence.sales, evidence.version.bundle.params.conformalize.coverage
    measure = f"coverage, valid sales ({promised:.0%} promised)"
    if len(sales) < params.min_group_sales:
        return [not_judged(measure, "within the band of chance", "too few holdout sales", len(sales))]
    set_on = calibration_sales(evidence)
    n_calibration = int(effective_calibration_sales(set_on["range_group"], set_on["range_sales"]))
    level = 1 - params.error_budget
    low, high = coverage_band(n_calibration, len(sales), promised, level=level)
    found = float(_is_covered(sales).mean())
    return [
        Check(
            measure,
            "passed" if low <= found <= high else "refused",
            len(sales),
            f"{low:.1%} to {high:.1%}: chance in {level:.0%} of versions that keep the promise",
            found=found,
            remark=f"ranges set on {n_calibration:,} sales",
        )
    ]


def judge_groups(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask the same of every group, with one chance of a false refusal for all of them."""
    sales, promised = evidence.sales.copy(), evidence.version.bundle.params.conformalize.coverage
    limit = f"{promised:.0%}, but for what chance explains"
    if len(sales) < params.min_group_sales:
        return [not_judged("coverage of each group", limit, "too few holdout sales", len(sales))]
    sales["is_covered"] = _is_covered(sales)
    set_on = calibration_sales(evidence)
    sales["range_group"], sales["range_sales"] = set_on["range_group"].to_numpy(), set_on["range_sales"].to_numpy()
    sales["value_third"] = value_third(sales["appraised_value"])
    rows = []
    for stratum in (name for name in GROUPS if name in sales):
        words = sales[stratum].astype("string").fillna("unknown")
        for level, part in sales.groupby(words, sort=True):
            n_calibration = effective_calibration_sales(part["range_group"], part["range_sales"])
            rows.append((f"coverage of {stratum} {level}", len(part), part["is_covered"], n_calibration))
    judged = [row for row in rows if row[1] >= params.min_group_sales]
    chances = [coverage_chance(int(covered.sum()), n, int(n_cal), promised) for _, n, covered, n_cal in judged]
    refused = holm(chances, params.error_budget)
    checks = []
    for (measure, n, covered, n_cal), is_refused in zip(judged, refused, strict=True):
        low, high = coverage_band(int(n_cal), n, promised)
        checks.append(
            Check(
                measure,
                "refused" if is_refused else "passed",
                n,
                limit,
                found=float(covered.mean()),
                remark=f"chance alone: {low:.1%} to {high:.1%} in one group, wider over {len(judged)} groups",
            )
        )
    if len(judged) < len(rows):
        why = f"{len(rows) - len(judged):,} groups with fewer than {params.min_group_sales} sales"
        checks.append(not_judged("coverage of small groups", limit, why))
    return checks


def calibration_sales(evidence: Evidence) -> pd.DataFrame:
    """Return in which group of how many calibration sales the range of each holdout sale was set."""
    sales, intervals = evidence.sales, evidence.version.bundle.intervals
    known = {"dwelling_type": intervals.type_column_, "market_area": intervals.area_column_}
    named = sales.rename(columns={here: name for here, name in known.items() if name})
    return intervals.range_groups(sales, named)


def _is_covered(sales: pd.DataFrame) -> np.ndarray:
    price = sales["sale_price"]
    return ((price >= sales["lower_value"]) & (price <= sales["upper_value"])).to_numpy(bool)


WHOLE = Gate(
    code="coverage",
    title="The probable ranges hold what they promise",
    looks_at="sales",
    explanation="A range that should hold nine of ten prices and holds eight makes every doubtful value look sure, "
    "and no one is sent to look. The share of holdout prices within their range must lie within the band"
    " that chance alone allows (beta-binomial: the ranges too were set on a sample of sales). Too wide "
    "is refused as well as too narrow.",
    judge=judge_whole,
    settings=("error_budget", "min_group_sales"),
)
GROUPED = Gate(
    code="group-coverage",
    title="The probable ranges hold in every group",
    looks_at="sales",
    explanation="A promise kept on the whole can be broken for those who need it most. Each type, area, third of the"
    " value, size, age and tenure has its own beta-binomial band; one chance of a false refusal is "
    "shared by all groups (Holm). Groups with few sales are named as not judged.",
    judge=judge_groups,
    settings=("error_budget", "min_group_sales"),
)
