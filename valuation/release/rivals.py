"""Is the version surely worse than the live one, or than the standard prices it is to replace?

Both are judged on the same sales in the same resamples of dwellings, so that what is odd about a sale is odd for both
and the interval is that of the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.comparison.paired import IDEAL, PairedSales, paired_sales
from valuation.ratio_study.confidence import Resamples, resampled, statistic
from valuation.release.chance import holm
from valuation.release.gate import Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

MEASURES = ("mdape", "mape", "cod", "median_ratio", "prb")
"""Statistics of the ratio study in which a version must not be surely further from the ideal."""
WORDS = {
    "mdape": "median error, points of %",
    "mape": "mean error, points of %",
    "cod": "COD, points",
    "median_ratio": "distance of the median ratio from 1",
    "prb": "distance of the PRB from 0",
}


def judge_champion(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the version is not surely worse than the live one in any measure."""
    pairs, check = _pairs(evidence, params)
    return [check] if pairs is None else _judged(pairs, "the live version", params)


def judge_champion_areas(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the mean error has not surely grown in any area or type."""
    from scipy import stats  # not above: what serves values tests no chance

    pairs, check = _pairs(evidence, params)
    if pairs is None:
        return [check]
    price = pairs["sale_price"].to_numpy(float)
    before, after = (np.abs(pairs[f"value_{letter}"].to_numpy(float) / price - 1) for letter in "ab")
    pairs = pairs.assign(more=100 * (after - before))
    limit = "not surely above the live version's"
    rows = []
    for stratum in ("market_area", "dwelling_type"):
        for level, part in pairs.groupby(pairs[stratum].astype(str), sort=True):
            if len(part) >= params.min_group_sales:
                rows.append((f"mean error in {stratum} {level}, less the live one's, points of %", part["more"]))
    refused = holm([_chance_of_more(more) for _, more in rows], params.error_budget)
    checks = []
    for (measure, more), is_refused in zip(rows, refused, strict=True):
        half = stats.t.ppf(0.975, len(more) - 1) * more.std() / np.sqrt(len(more))
        mean = float(more.mean())
        checks.append(
            Check(
                measure,
                "refused" if is_refused else "passed",
                len(more),
                limit,
                found=mean,
                lower=mean - half,
                upper=mean + half,
            )
        )
    return checks or [not_judged("mean error by area", limit, f"no area has {params.min_group_sales} common sales")]


def _chance_of_more(more: pd.Series) -> float:
    from scipy import stats  # as above

    spread = float(more.std())
    if spread == 0.0:
        # The same change for every sale: none at all, or one without any doubt.
        return 0.0 if float(more.mean()) > 0 else 1.0
    return float(stats.t.sf(more.mean() / (spread / np.sqrt(len(more))), len(more) - 1))


def judge_standard_prices(evidence: Evidence, params: GateParams) -> list[Check]:
    """Ask that the version is not surely further from prices than the standard prices it comes with."""
    sales = evidence.sales[evidence.sales["baseline_value"] > 0]
    limit = "not surely further from prices"
    if len(sales) < params.min_group_sales:
        return [not_judged("against the standard prices", limit, "too few holdout sales", len(sales))]
    pairs = sales.rename(columns={"baseline_value": "value_a", "appraised_value": "value_b"})
    return _judged(
        pairs,
        "the standard prices",
        params,
        measures=("mdape", "cod"),
        has_ranges=False,
        margin=params.max_above_standard_prices,
    )


def _pairs(evidence: Evidence, params: GateParams) -> tuple[pd.DataFrame | None, Check]:
    limit = "not surely worse"
    if evidence.champion is None:
        return None, not_judged("against the live version", limit, "no version is live yet")
    found: PairedSales = paired_sales(evidence.champion.holdout, evidence.version.holdout)
    pairs = found.table[found.table["is_valid_sale"]]
    if len(pairs) < params.min_group_sales:
        why = "; ".join(f"{n:,} {reason}" for reason, n in found.left_out.items())
        return None, not_judged("against the live version", limit, f"too few common holdout sales: {why}", len(pairs))
    return pairs, not_judged("against the live version", limit, "")


def _judged(
    pairs: pd.DataFrame,
    rival: str,
    params: GateParams,
    *,
    measures: tuple[str, ...] = MEASURES,
    has_ranges: bool = True,
    margin: float = 0.0,
) -> list[Check]:
    resamples = Resamples.draw(pairs["dwelling_id"].to_numpy(), params.n_bootstrap, params.seed)
    price = pairs["sale_price"].to_numpy(float)
    sides = [pairs[f"value_{letter}"].to_numpy(float) for letter in "ab"]
    drawn = [resampled(values, price, resamples, measures) for values in sides]
    worse: dict[str, tuple[float, np.ndarray]] = {}
    for name in measures:
        far = [np.abs(drawn[side][name] - IDEAL[name]) for side in (0, 1)]
        found = [abs(statistic(name)(values, price) - IDEAL[name]) for values in sides]
        worse[WORDS[name]] = (found[1] - found[0], far[1] - far[0])
    if has_ranges:
        scores = [_range_score(pairs, letter) for letter in "ab"]
        more = scores[1] - scores[0]
        means = np.array([np.average(more, weights=counts) for counts in resamples.multiplicity])
        worse["score of the ranges (width, and what they miss), points of %"] = (float(more.mean()), means)
    # The chance of a false refusal is shared by all measures: each gets its part of it, on the one side that counts.
    tail = params.error_budget / len(worse)
    checks = []
    for words, (found_more, draws) in worse.items():
        lower, upper = np.nanquantile(draws, [tail, 1 - tail])
        checks.append(
            Check(
                f"{words}: more than {rival}",
                "refused" if lower > margin else "passed",
                len(pairs),
                f"interval not wholly above {margin:g}",
                found=float(found_more),
                lower=float(lower),
                upper=float(upper),
            )
        )
    return checks


def _range_score(pairs: pd.DataFrame, letter: str) -> np.ndarray:
    """Interval score in percent of the price: the width of the range, and twenty times what a price lies outside.

    References
    ----------
    T. Gneiting and A. E. Raftery, Strictly proper scoring rules, JASA 102 (2007), equation 43, for 90 percent.
    """
    price = pairs["sale_price"].to_numpy(float)
    lower, upper = pairs[f"lower_value_{letter}"].to_numpy(float), pairs[f"upper_value_{letter}"].to_numpy(float)
    outside = np.maximum(lower - price, 0) + np.maximum(price - upper, 0)
    score = 100 * (upper - lower + 20 * outside) / price
    return np.nan_to_num(score, nan=float(np.nanmax(score, initial=0.0)))


CHAMPION = Gate(
    code="against-live",
    title="Not surely worse than the version that is live",
    looks_at="sales",
    explanation="The version and the live one are judged on the holdout sales of both, in the same resamples of "
    "dwellings: errors, dispersion, level, price-related bias and the score of their ranges. A measure "
    "refuses when the whole interval of the difference lies on the worse side; one chance of a false "
    "refusal is shared by all measures. Sales of one holdout alone do not count: they may have taught "
    "the other version.",
    judge=judge_champion,
    settings=("error_budget", "n_bootstrap", "min_group_sales", "seed"),
)
AREAS = Gate(
    code="against-live-by-area",
    title="In no area surely worse than the version that is live",
    looks_at="sales",
    explanation="A version can gain on the whole and lose one district. The change of the mean error, sale by sale, "
    "is tested in every area and type with enough common sales; one chance of a false refusal is shared "
    "by all of them (Holm).",
    judge=judge_champion_areas,
    settings=("error_budget", "min_group_sales"),
)
STANDARD_PRICES = Gate(
    code="standard-prices",
    title="Not surely worse than standard prices per m²",
    looks_at="sales",
    explanation="A model that is no better than a table must say so. Median error and dispersion are compared with "
    "those of the standard prices by area, type and age that come with the version, on the same sales.",
    judge=judge_standard_prices,
    settings=("max_above_standard_prices", "error_budget", "n_bootstrap", "min_group_sales", "seed"),
)
