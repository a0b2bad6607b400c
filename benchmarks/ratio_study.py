"""How long does a ratio study take, against asking scipy for the intervals of the same figures one by one?

Ours: every statistic of the whole and of every group of six strata with its interval, and what noise alone gives, for
25,000 made sales (one model). The peer: `scipy.stats.bootstrap`, vectorised over its resamples, for COD and PRD of the
same groups with as many resamples; it draws sales, not dwellings. Both in this process, in turn; the ratio is per
figure with an interval.

``python benchmarks/ratio_study.py [--sales 25000] [--repeats 3]``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from valuation.ratio_study.study import study

GROUPS = {"dwelling_type": 4, "market_area": 40, "price_decile": 10, "age_band": 6, "size_band": 6, "tenure": 3}
"""Strata and how many groups each has, as in a city."""
N_RESAMPLES = 500


def made_sales(n: int) -> pd.DataFrame:
    """Return made sales; an eleventh of the dwellings are sold twice."""
    random = np.random.default_rng(0)
    price = np.round(np.exp(random.normal(13, 0.4, n)), -3)
    table = pd.DataFrame(
        {
            "sale_id": [f"s{place:07d}" for place in range(n)],
            "dwelling_id": [f"d{place % (n * 10 // 11):07d}" for place in range(n)],
            "sale_price": price,
            "appraised_value": price * np.exp(random.normal(0, 0.13, n)),
        }
    )
    for stratum, n_groups in GROUPS.items():
        table[stratum] = pd.array(random.integers(0, n_groups, n).astype(str), dtype="string")
    return table


def cod(value: np.ndarray, price: np.ndarray, axis: int) -> np.ndarray:
    """COD along an axis, as scipy asks for it."""
    ratio = value / price
    middle = np.median(ratio, axis=axis, keepdims=True)
    return 100 * np.mean(np.abs(ratio / middle - 1), axis=axis)


def prd(value: np.ndarray, price: np.ndarray, axis: int) -> np.ndarray:
    """PRD along an axis."""
    return np.mean(value / price, axis=axis) * price.sum(axis=axis) / value.sum(axis=axis)


def peer(sales: pd.DataFrame) -> int:
    """Return how many figures scipy gave an interval."""
    value, price = sales["appraised_value"].to_numpy(), sales["sale_price"].to_numpy()
    groups = [np.arange(len(sales))]
    for stratum in GROUPS:
        groups += [np.asarray(rows) for rows in sales.groupby(stratum).indices.values()]
    options = {"paired": True, "n_resamples": N_RESAMPLES, "method": "percentile", "batch": 20}
    for rows in groups:
        for statistic in (cod, prd):
            bootstrap((value[rows], price[rows]), statistic, rng=np.random.default_rng(1), **options)
    return 2 * len(groups)


def ours(sales: pd.DataFrame) -> int:
    """Return how many figures of the study have an interval."""
    models = {"boosted": "appraised_value"}
    found = study(sales, strata=tuple(GROUPS), models=models, n_bootstrap=N_RESAMPLES)
    return int(found.table["lower"].notna().sum())


def timed(work: Callable[[], int]) -> tuple[float, float, int]:
    """Return seconds, seconds of processor time and what `work` returns."""
    start, used = time.perf_counter(), time.process_time()
    n_figures = work()
    return time.perf_counter() - start, time.process_time() - used, n_figures


def main() -> None:
    """Print both times, the figures each gave, and the ratio per figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, default=25_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    sales = made_sales(arguments.sales)
    found = {"ours": [], "peer": []}
    for _ in range(arguments.repeats):
        found["peer"].append(timed(lambda: peer(sales)))
        found["ours"].append(timed(lambda: ours(sales)))
    print(
        f"{len(sales):,} sales, {N_RESAMPLES} resamples, median of {arguments.repeats}; seconds, and of the processor"
    )
    each = {}
    for name, words in (("ours", "ratio study, all of it"), ("peer", "scipy.stats.bootstrap, COD and PRD")):
        wall, used = (statistics.median(run[place] for run in found[name]) for place in (0, 1))
        n_figures = found[name][0][2]
        each[name] = used / n_figures
        print(f"{words:36} {wall:8.2f} {used:8.2f}  {n_figures:6,} figures with an interval")
    print(f"processor time per figure: 1 to {each['peer'] / each['ours']:.0f} (goal for all of it: under 10 seconds)")


if __name__ == "__main__":
    main()
