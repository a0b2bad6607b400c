"""Do the values stand at the level of prices, as a whole, in every area and for every type?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.release.chance import holm, median_beyond, median_interval
from valuation.release.gate import Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

GROUPS = ("market_area", "dwelling_type")


def judge_whole(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the interval of the median ratio does not lie wholly outside the limits."""
    ratio = (evidence.sales["appraised_value"] / evidence.sales["sale_price"]).to_numpy(float)
    limit = f"interval not wholly outside {params.min_level:g} to {params.max_level:g}"
    if ratio.size < params.min_group_sales:
        return [not_judged("median ratio, valid sales", limit, "too few holdout sales", ratio.size)]
    lower, upper = median_interval(ratio)
    is_outside = upper < params.min_level or lower > params.max_level
    return [
        Check(
            "median ratio, valid sales",
            "refused" if is_outside else "passed",
            ratio.size,
            limit,
            found=float(np.median(ratio)),
            lower=lower,
            upper=upper,
        )
    ]


def judge_groups(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that no area and no type lies surely off the level of the others."""
    sales = evidence.sales
    log_ratio = np.log((sales["appraised_value"] / sales["sale_price"]).to_numpy(float))
    most = params.max_group_level_difference
    limit = f"not surely more than {most:.0%} from the other sales"
    found: list[tuple[str, np.ndarray]] = []
    small = 0
    for stratum in (name for name in GROUPS if name in sales):
        words = sales[stratum].astype("string").fillna("unknown")
        for level in sorted(words.unique()):
            inside = (words == level).to_numpy(bool)
            if inside.all():
                continue
            # Against the others: a large group that stands apart must not draw the yardstick after it.
            apart = log_ratio[inside] - np.median(log_ratio[~inside])
            if apart.size < params.min_group_sales:
                small += 1
            else:
                found.append((f"level of {stratum} {level} against the others", apart))
    if not found:
        return [not_judged("level of each group", limit, f"no group has {params.min_group_sales} sales")]
    refused = holm([median_beyond(apart, np.log1p(most)) for _, apart in found], params.error_budget)
    checks = [
        Check(
            measure,
            "refused" if is_refused else "passed",
            apart.size,
            limit,
            found=float(np.expm1(np.median(apart))),
            lower=float(np.expm1(median_interval(apart)[0])),
            upper=float(np.expm1(median_interval(apart)[1])),
        )
        for (measure, apart), is_refused in zip(found, refused, strict=True)
    ]
    if small:
        why = f"{small:,} areas or types with fewer than {params.min_group_sales} sales"
        checks.append(not_judged("level of small groups", limit, why))
    return checks


WHOLE = Gate(
    code="level",
    title="Values stand at the level of prices",
    looks_at="sales",
    explanation="Half of the values should lie above the price and half below. The 95 % interval of the median ratio"
    " of the valid holdout sales, by ranks, must not lie wholly outside the limits: what chance explains "
    "is not refused. When it refuses, the time index has missed a turn of the market. With few sales the "
    "interval is wide and a pass says little: read the interval beside it.",
    judge=judge_whole,
    settings=("min_level", "max_level", "min_group_sales"),
)
GROUPED = Gate(
    code="group-level",
    title="No area and no type stands apart in level",
    looks_at="sales",
    explanation="An area valued 8 % above the others pays 8 % more tax for nothing. The median ratio of each market "
    "area and each type is compared with that of all others by an exact sign test; the chance of a false "
    "refusal is shared by all groups. A group with few sales is named as not judged, not as good.",
    judge=judge_groups,
    settings=("max_group_level_difference", "min_group_sales", "error_budget"),
)
