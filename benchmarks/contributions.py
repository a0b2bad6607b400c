"""What do exact contributions cost, against `predict` of the same model and against `shap.TreeExplainer`?

All sides run in this process, in turn, several times; the ratios of the medians are printed. Give the folder of a
finished run (by default the full demo): ``python benchmarks/contributions.py runs/demo-103000-25000``. Also printed:
how far the numbers are from those of `shap.TreeExplainer`, whether four times the roll costs four times as much, and
what a single dwelling costs with warm tables.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import shap

from valuation.explanation.log_amounts import lines_of, log_amounts, warm
from valuation.features.columns import FeatureMaker
from valuation.models.value_models import ValueModels

ONE_BY_ONE = 200
"""Dwellings asked for alone."""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def told(name: str, seconds: list[float], n: int) -> str:
    """Say how long something took, and each row of it."""
    middle = statistics.median(seconds)
    return f"{name:34s} {middle:8.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  {1e6 * middle / n:10.1f} µs a row"


def by_shap(models: ValueModels, explainers: list[shap.TreeExplainer], matrix: np.ndarray) -> np.ndarray:
    """Return what `shap.TreeExplainer` says of each line, boosters with their weights; shape (n_rows, n_lines)."""
    names, line_of = lines_of(models)
    total = np.zeros((len(matrix), len(names)))
    for (_, weight), explainer in zip(models.lightgbm_boosters, explainers, strict=True):
        values = explainer.shap_values(matrix)
        for feature, line in enumerate(line_of):
            total[:, line] += weight * values[:, feature]
    return total


def features_of_roll(run: Path, maker: FeatureMaker) -> pd.DataFrame:
    """Return the features of the run's roll at its valuation date."""
    said = json.loads((run / "bundle" / "jurisdiction.json").read_text("utf-8"))
    roll = pd.read_parquet(run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    return maker.transform(roll, date.fromisoformat(said["valuation_date"]))


def main() -> None:
    """Print times, ratios, differences and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-103000-25000"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--shap-rows", type=int, default=100, help="dwellings for shap.TreeExplainer")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    models = ValueModels.load(arguments.run / "bundle" / "models")
    features = features_of_roll(arguments.run, models.maker_)
    matrix, n, threads = features.to_numpy(np.float64), len(features), arguments.threads
    print(f"{n:,} dwellings, {len(models.boosters)} boosters, {threads} threads, median of {arguments.repeats}")
    print(f"set-up, once a model               {timed(lambda: warm(models, n_threads=threads)):8.2f} s")
    log_amounts(models, features.head(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours, four, predict, peer = [], [], [], []
    fourfold = pd.concat([features] * 4, ignore_index=True)
    peers = models.lightgbm_boosters
    for _ in range(arguments.repeats):
        predict.append(timed(lambda: [item.predict(matrix, num_threads=threads) for item, _ in peers]))
        ours.append(timed(lambda: log_amounts(models, features, n_threads=threads)))
        four.append(timed(lambda: log_amounts(models, fourfold, n_threads=threads)))
    some = np.linspace(0, n - 1, arguments.shap_rows).astype(int)
    explainers = [shap.TreeExplainer(booster) for booster, _ in models.lightgbm_boosters]
    theirs_exactly: list[np.ndarray] = []
    peer.append(timed(lambda: theirs_exactly.append(by_shap(models, explainers, matrix[some]))))
    print(told("contributions", ours, n))
    print(told("contributions, four times the roll", four, 4 * n))
    print(told("predict of all boosters", predict, n))
    print(told(f"shap.TreeExplainer, {len(some)} rows", peer, len(some)))
    mine, theirs = statistics.median(ours), statistics.median(predict)
    print(f"contributions / predict: {mine / theirs:.2f} (goal: at most 1)")
    print(f"contributions / shap.TreeExplainer, a row: 1/{peer[0] / len(some) / (mine / n):.0f} (goal: at most 1/50)")
    print(f"four times the roll: {statistics.median(four) / mine:.2f} times the cost (goal: at most 4.4)")
    found = log_amounts(models, features.iloc[some])
    print(f"largest difference to shap.TreeExplainer: {np.abs(found.amounts - theirs_exactly[0]).max():.1e}")
    alone(models, features, matrix)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {after:,.0f} MiB, of which {after - before:,.0f} MiB since the tables were made")


def alone(models: ValueModels, features: pd.DataFrame, matrix: np.ndarray) -> None:
    """Print what single dwellings cost with warm tables, and by LightGBM."""
    peers = models.lightgbm_boosters
    rows = np.linspace(0, len(features) - 1, ONE_BY_ONE).astype(int)
    for name, ask in (
        ("contributions", lambda row: log_amounts(models, features.iloc[[row]])),
        (
            "pred_contrib",
            lambda row: [b.predict(matrix[[row]], pred_contrib=True, num_threads=1) for b, _ in peers],
        ),
    ):
        taken = [1e3 * timed(lambda: ask(row)) for row in rows]  # noqa: B023 - called here
        middle, late = np.quantile(taken, (0.5, 0.95))
        print(f"one dwelling, {name:16s} median {middle:8.2f} ms, 95th percentile {late:.2f}")


if __name__ == "__main__":
    main()
