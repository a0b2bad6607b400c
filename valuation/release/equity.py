"""Are values as even as the trade asks, and do they lean to cheap or dear dwellings more than noise would show?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study import statistics
from valuation.ratio_study.confidence import Resamples, interval, resampled
from valuation.ratio_study.noise import noise_ranges
from valuation.release.gate import Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def judge_cod(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the coefficient of dispersion is not surely above its limit."""
    limit = f"interval not wholly above {params.max_cod:g} %"
    values, prices = _columns(evidence)
    if values.size < params.min_group_sales:
        return [not_judged("COD, valid sales", limit, "too few holdout sales", values.size)]
    lower, upper = _interval(evidence, values, prices, "cod", params)
    return [
        Check(
            "COD, valid sales, %",
            "refused" if lower > params.max_cod else "passed",
            values.size,
            limit,
            found=statistics.cod(values, prices),
            lower=lower,
            upper=upper,
        )
    ]


def judge_prb(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the price-related bias lies within its limits, or within what noise of this size gives."""
    values, prices = _columns(evidence)
    most = params.max_prb
    limit = f"interval not wholly outside ±{most:g} and the band of noise"
    try:
        found = statistics.prb(values, prices) if values.size >= params.min_group_sales else np.nan
    except (TooFewSales, WrongUse):
        found = np.nan
    if np.isnan(found):
        return [not_judged("PRB, valid sales", limit, "too few holdout sales, or all worth the same", values.size)]
    lower, upper = _interval(evidence, values, prices, "prb", params)
    noise = noise_ranges(values, prices, names=("prb",), seed=params.seed)["prb"]
    is_outside = all(lower > high or upper < low for low, high in ((-most, most), (noise.lower, noise.upper)))
    return [
        Check(
            "PRB, valid sales",
            "refused" if is_outside else "passed",
            values.size,
            limit,
            found=found,
            lower=lower,
            upper=upper,
            remark=f"noise alone gives {noise.lower:.3f} to {noise.upper:.3f}",
        )
    ]


def _columns(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    sales = evidence.sales
    return sales["appraised_value"].to_numpy(float), sales["sale_price"].to_numpy(float)


def _interval(
    evidence: Evidence, values: np.ndarray, prices: np.ndarray, name: str, params: GateParams
) -> tuple[float, float]:
    resamples = Resamples.draw(evidence.sales["dwelling_id"].to_numpy(), params.n_bootstrap, params.seed)
    return interval(resampled(values, prices, resamples, (name,))[name])


COD = Gate(
    code="dispersion",
    title="Values are as even as the trade asks",
    looks_at="sales",
    explanation="The coefficient of dispersion says how far ratios lie from their median. It is refused when its "
    "whole 95 % interval (resampled by dwelling) lies above the limit. Where the recorded facts say "
    "little about a dwelling, no model reaches the limit: then what helps is a better register, and a "
    "promotion by hand must say so.",
    judge=judge_cod,
    settings=("max_cod", "n_bootstrap", "min_group_sales", "seed"),
)
PRB = Gate(
    code="price-related-bias",
    title="Values do not lean to cheap or dear dwellings",
    looks_at="sales",
    explanation="PRB says by what share the ratio changes when a dwelling is worth twice as much. Noise in prices "
    "alone makes perfect values look regressive, so the interval is held against the limits of the trade"
    " and against what noise of the size found here gives; only when it lies wholly outside both is the "
    "version refused. Values drawn to the mean fail here.",
    judge=judge_prb,
    settings=("max_prb", "n_bootstrap", "min_group_sales", "seed"),
)
