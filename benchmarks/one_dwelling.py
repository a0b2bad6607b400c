"""What does one dwelling cost, and how many a second can a worker value? Against LightGBM's own contributions of a row.

In this process: value, range and flags (`appraise`), and everything that is told of a value (`appraise_in_full`), for
one dwelling, for 16 as a worker with as many clients gathers them, and for 1,000. Beside them `pred_contrib` of every
booster for one row, in turn. Times by the clock and of the processor: on a busy machine only the latter says what the
work costs. Also printed: how long a worker takes to be ready, and the memory it holds then. Give the folder of a
finished run (by default the full demo): ``python benchmarks/one_dwelling.py runs/demo-103000-25000``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.in_full import appraise_in_full
from valuation.appraisal.warm_up import warm_up

SIZES = {1: 200, 16: 50, 1000: 3}
"""Dwellings asked for together, and how often."""


def taken(work: Callable[[int], object], times: int) -> tuple[np.ndarray, np.ndarray]:
    """Return milliseconds of each call, by the clock and of the processor."""
    clock, processor = np.empty(times), np.empty(times)
    for turn in range(times):
        start = time.perf_counter(), time.process_time()
        work(turn)
        clock[turn], processor[turn] = time.perf_counter() - start[0], time.process_time() - start[1]
    return 1e3 * clock, 1e3 * processor


def told(name: str, clock: np.ndarray, processor: np.ndarray) -> str:
    """Say the median and the 95th percentile of both."""
    figures = (*np.quantile(clock, (0.5, 0.95)), *np.quantile(processor, (0.5, 0.95)))
    return f"{name:34s} " + " ".join(f"{figure:10.1f}" for figure in figures)


def memory() -> str:
    """Return the memory of this process, where the system tells it."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    except OSError:
        return "not told by this system"
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return f"{found.get('VmRSS', 0):,.0f} MiB, of which {found.get('RssAnon', 0):,.0f} its own (the rest are libraries)"


def main() -> None:
    """Print times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-103000-25000"))
    arguments = parser.parse_args()
    print(f"memory before a bundle is loaded: {memory()}")
    start = time.perf_counter(), time.process_time()
    bundle = load_bundle(arguments.run / "bundle")
    warm_up(bundle)
    ready = time.perf_counter() - start[0], time.process_time() - start[1]
    print(f"loaded and warm in {ready[0]:.1f} s ({ready[1]:.1f} s of the processor); memory: {memory()}")
    roll = pd.read_parquet(arguments.run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    rows = np.random.default_rng(1).permutation(len(roll))
    print(f"{'milliseconds':34s} " + " ".join(f"{name:>10s}" for name in ("clock p50", "p95", "cpu p50", "p95")))
    for name, ask in (("with flags", appraise), ("with everything", appraise_in_full)):
        for size, times in SIZES.items():
            parts = [roll.iloc[np.take(rows, np.arange(size) + turn * size, mode="wrap")] for turn in range(times)]
            print(told(f"{size:,} {name}", *taken(lambda turn: ask(bundle, parts[turn]), times)))  # noqa: B023 - called here
    some = appraise(bundle, roll.iloc[rows[: SIZES[1]]])
    assert some.basis is not None
    matrix = some.basis.matrix
    boosters = [booster for booster, _ in bundle.models.lightgbm_boosters]
    peer = taken(lambda turn: [b.predict(matrix[[turn]], pred_contrib=True, num_threads=1) for b in boosters], SIZES[1])
    print(told("1 by pred_contrib of all boosters", *peer))


if __name__ == "__main__":
    main()
