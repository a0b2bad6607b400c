"""Every statistic of the ratio study once more: from the formulas as they are printed, sale by sale, in plain Python.

Nothing of ours is imported and no array is used, so that a mistake would have to be made twice in different words.
`second(name, appraised_value, sale_price)` gives a statistic by the name it has in `evaluation/ratio_study.parquet`.

Formulas: IAAO, Standard on Ratio Studies (2013), appendices; its exposure drafts of 2025 and 2026 for the vertical
equity indicator; Quintos (2020) for the Kakwani indices, here as mean differences of pairs.
"""

from __future__ import annotations

import bisect
import math
import statistics as plain
from collections.abc import Callable, Sequence
from fractions import Fraction

Sales = Sequence[float]


def second(name: str, appraised_value: Sales, sale_price: Sales) -> float:
    """Return the statistic called `name` of values and prices of the same sales, by position."""
    values, prices = [float(v) for v in appraised_value], [float(p) for p in sale_price]
    return SECOND[name](values, prices)


def ratios(values: Sales, prices: Sales) -> list[float]:
    return [v / p for v, p in zip(values, prices, strict=True)]


def median_ratio(values: Sales, prices: Sales) -> float:
    return plain.median(ratios(values, prices))


def cod(values: Sales, prices: Sales) -> float:
    found = ratios(values, prices)
    middle = plain.median(found)
    return 100 * plain.fmean([abs(r - middle) for r in found]) / middle


def cov(values: Sales, prices: Sales) -> float:
    found = ratios(values, prices)
    return 100 * plain.stdev(found) / plain.fmean(found)


def prd(values: Sales, prices: Sales) -> float:
    return plain.fmean(ratios(values, prices)) / (math.fsum(values) / math.fsum(prices))


def proxies(values: Sales, prices: Sales) -> list[float]:
    middle = median_ratio(values, prices)
    return [(p + v / middle) / 2 for v, p in zip(values, prices, strict=True)]


def prb(values: Sales, prices: Sales) -> float:
    middle = median_ratio(values, prices)
    doublings = [math.log(worth) / math.log(2) for worth in proxies(values, prices)]
    return plain.linear_regression(doublings, [r / middle - 1 for r in ratios(values, prices)]).slope


def mean_difference(amounts: Sales, prices: Sales) -> float:
    """Gini in the order of prices as half the relative mean difference over all pairs: the definition itself.

    The pairs are summed by how many sales are cheaper less how many are dearer, each sale in turn.
    """
    ordered, n = sorted(prices), len(prices)
    total = math.fsum(
        a * (bisect.bisect_left(ordered, p) - (n - bisect.bisect_right(ordered, p)))
        for a, p in zip(amounts, prices, strict=True)
    )
    return total / (n * math.fsum(amounts))


def ki(values: Sales, prices: Sales) -> float:
    return mean_difference(values, prices) - mean_difference(prices, prices)


def mki(values: Sales, prices: Sales) -> float:
    return mean_difference(values, prices) / mean_difference(prices, prices)


def equity_groups(values: Sales, prices: Sales) -> list[list[float]]:
    """Ratios of the groups of the vertical equity indicator, cheapest first."""
    n = len(prices)
    n_groups = 2 if n <= 50 else 4 if n <= 500 else 10
    worth = proxies(values, prices)
    ordered = sorted(worth)
    groups: list[list[float]] = [[] for _ in range(n_groups)]
    for own, ratio in zip(worth, ratios(values, prices), strict=True):
        group = 0
        for place in range(1, n_groups):
            # A quantile of type 7 lies at (n - 1) k / groups among the sorted, or between the two there: what is above
            # the lower of the two is above the cut.
            group += own > ordered[math.floor((n - 1) * Fraction(place, n_groups))]
        groups[group].append(ratio)
    return groups


def vei(values: Sales, prices: Sales) -> float:
    groups = equity_groups(values, prices)
    return 100 * (plain.median(groups[-1]) - plain.median(groups[0])) / median_ratio(values, prices)


def rank_interval(group: Sales) -> tuple[float, float]:
    """Ninety percent interval of a median by ranks."""
    ordered, n = sorted(group), len(group)
    half = plain.NormalDist().inv_cdf(0.95) * math.sqrt(n) / 2
    return ordered[max(math.ceil(n / 2 - half), 1) - 1], ordered[min(math.floor(1 + n / 2 + half), n) - 1]


def vei_significance(values: Sales, prices: Sales) -> float:
    groups = sorted(equity_groups(values, prices), key=plain.median)
    return 100 * (rank_interval(groups[-1])[0] - rank_interval(groups[0])[1]) / median_ratio(values, prices)


def errors(values: Sales, prices: Sales) -> list[float]:
    return [abs(v - p) / p for v, p in zip(values, prices, strict=True)]


def within(percent: int) -> Callable[[Sales, Sales], float]:
    # As whole fractions of the amounts themselves: exactly ten percent off is within.
    limit = Fraction(percent, 100)
    return lambda values, prices: plain.fmean(
        [abs(Fraction(v) - Fraction(p)) <= limit * Fraction(p) for v, p in zip(values, prices, strict=True)]
    )


def above(values: Sales, prices: Sales) -> float:
    return plain.fmean([(v > p) + 0.5 * (v == p) for v, p in zip(values, prices, strict=True)])


SECOND: dict[str, Callable[[Sales, Sales], float]] = {
    "median_ratio": median_ratio,
    "mean_ratio": lambda v, p: plain.fmean(ratios(v, p)),
    "weighted_mean_ratio": lambda v, p: math.fsum(v) / math.fsum(p),
    "cod": cod,
    "cov": cov,
    "prd": prd,
    "prb": prb,
    "prb_regression": prb,
    "ki": ki,
    "mki": mki,
    "vei": vei,
    "vei_significance": vei_significance,
    "mape": lambda v, p: 100 * plain.fmean(errors(v, p)),
    "mdape": lambda v, p: 100 * plain.median(errors(v, p)),
    "share_within_5": within(5),
    "share_within_10": within(10),
    "share_within_20": within(20),
    "share_above": above,
    "share_below": lambda v, p: 1 - above(v, p),
}
