"""Every statistic of the report a second time, in plain Python, from definitions and not from the product."""

from __future__ import annotations

import math
from statistics import fmean, median, stdev


def ratios(values, prices):
    return [value / price for value, price in zip(values, prices, strict=True)]


def gini_like(amounts, prices):
    """Twice the covariance of amounts with the mean rank of their price, over the mean amount."""
    order = sorted(prices)
    first = {}
    for place, price in enumerate(order, start=1):
        first.setdefault(price, []).append(place)
    rank = [fmean(first[price]) for price in prices]
    n, mean = len(amounts), fmean(amounts)
    covariance = math.fsum(a * r for a, r in zip(amounts, rank, strict=True)) / n - mean * (n + 1) / 2
    return 2 * covariance / (n * mean)


def quantile(ordered, share):
    """The quantile of type 7: straight between the two figures it falls between."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def vei(values, prices):
    ratio = ratios(values, prices)
    middle = median(ratio)
    proxy = [0.5 * p + 0.5 * v / middle for v, p in zip(values, prices, strict=True)]
    n_groups = 2 if len(ratio) <= 50 else 4 if len(ratio) <= 500 else 10
    ordered = sorted(proxy)
    low, high = quantile(ordered, 1 / n_groups), quantile(ordered, (n_groups - 1) / n_groups)
    first = median(r for r, x in zip(ratio, proxy, strict=True) if x <= low)
    last = median(r for r, x in zip(ratio, proxy, strict=True) if x > high)
    return 100 * (last - first) / middle


def cod(values, prices):
    ratio = ratios(values, prices)
    middle = median(ratio)
    return 100 * fmean(abs(r - middle) for r in ratio) / middle


def vei_groups(values, prices):
    """The ratios in each group of price level, cheapest first."""
    ratio = ratios(values, prices)
    middle = median(ratio)
    proxy = [0.5 * p + 0.5 * v / middle for v, p in zip(values, prices, strict=True)]
    n_groups = 2 if len(ratio) <= 50 else 4 if len(ratio) <= 500 else 10
    cuts = [quantile(sorted(proxy), place / n_groups) for place in range(1, n_groups)]
    groups = [[] for _ in range(n_groups)]
    for r, x in zip(ratio, proxy, strict=True):
        groups[sum(x > cut for cut in cuts)].append(r)
    return groups


def vei_significance(values, prices):
    """The gap between the 90 percent rank intervals of the groups of highest and lowest median."""
    groups = vei_groups(values, prices)
    high, low = max(groups, key=median), min(groups, key=median)
    reach = 1.6448536269514722 / 2
    lower = math.ceil(len(high) / 2 - reach * math.sqrt(len(high)))
    upper = math.floor(1 + len(low) / 2 + reach * math.sqrt(len(low)))
    gap = sorted(high)[max(lower, 1) - 1] - sorted(low)[min(upper, len(low)) - 1]
    return 100 * gap / median(ratios(values, prices))


def prb(values, prices):
    ratio = ratios(values, prices)
    middle = median(ratio)
    x = [math.log2(0.5 * p + 0.5 * v / middle) for v, p in zip(values, prices, strict=True)]
    y = [(r - middle) / middle for r in ratio]
    mean_x, mean_y = fmean(x), fmean(y)
    over = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return over / math.fsum((a - mean_x) ** 2 for a in x)


def within(values, prices, tolerance):
    return fmean(abs(r - 1) <= tolerance + 1e-12 for r in ratios(values, prices))


SECOND = {
    "median_ratio": lambda v, p: median(ratios(v, p)),
    "mean_ratio": lambda v, p: fmean(ratios(v, p)),
    "weighted_mean_ratio": lambda v, p: math.fsum(v) / math.fsum(p),
    "cod": cod,
    "cov": lambda v, p: 100 * stdev(ratios(v, p)) / fmean(ratios(v, p)),
    "prd": lambda v, p: fmean(ratios(v, p)) / (math.fsum(v) / math.fsum(p)),
    "prb": prb,
    "ki": lambda v, p: gini_like(v, p) - gini_like(p, p),
    "mki": lambda v, p: gini_like(v, p) / gini_like(p, p),
    "vei": vei,
    "vei_significance": vei_significance,
    "prb_regression": prb,
    "mape": lambda v, p: 100 * fmean(abs(r - 1) for r in ratios(v, p)),
    "mdape": lambda v, p: 100 * median(abs(r - 1) for r in ratios(v, p)),
    "share_within_5": lambda v, p: within(v, p, 0.05),
    "share_within_10": lambda v, p: within(v, p, 0.10),
    "share_within_20": lambda v, p: within(v, p, 0.20),
    "share_below": lambda v, p: fmean(1.0 if r < 1 else 0.5 if r == 1 else 0.0 for r in ratios(v, p)),
    "share_above": lambda v, p: fmean(1.0 if r > 1 else 0.5 if r == 1 else 0.0 for r in ratios(v, p)),
}
