"""How long does a revaluation take, against one LightGBM `predict` of all the boosters it uses on the same rows?

Both sides run in this process, in turn, several times; the ratio of the medians is printed. Give the folder of a
finished run (by default the full demo): ``python benchmarks/revalue.py runs/demo-103000-25000``.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from valuation.appraisal.appraise import known_dwellings
from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.revaluation import revalue_roll
from valuation.uncertainty.scale import evidence_of


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def predict_all(bundle: Bundle, dwellings: pd.DataFrame) -> Callable[[], object]:
    """Return a call of `predict` of every booster a revaluation uses, on matrices made beforehand."""
    known = known_dwellings(dwellings, bundle)
    day = bundle.jurisdiction.valuation_date
    features = bundle.models.features_of(known, day)
    matrix = features.to_numpy("float64")
    values = bundle.models.value(known, day, features=features)
    intervals = bundle.intervals
    evidence = evidence_of(values, features, intervals.groups_.codes(known[intervals.type_column_]))
    works = [partial(booster.predict, matrix, num_threads=0) for booster, _ in bundle.models.boosters]
    if intervals.scale_.booster_ is not None:
        works.append(partial(intervals.scale_.booster_.predict, evidence.matrix, num_threads=0))
    return lambda: [work() for work in works]


def main() -> None:
    """Print the two times, their ratio and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-103000-25000"))
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    bundle = load_bundle(arguments.run / "bundle")
    roll = arguments.run / "roll.parquet"
    dwellings = pd.read_parquet(roll).sort_values("dwelling_id", ignore_index=True)
    peer = predict_all(bundle, dwellings)
    ours, theirs = [], []
    for _ in range(arguments.repeats):
        theirs.append(timed(peer))
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "values.parquet"
            ours.append(timed(lambda: revalue_roll(bundle, roll, target, chunk_rows=20_000)))  # noqa: B023 - called here
    ratio = statistics.median(ours) / statistics.median(theirs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(dwellings):,} dwellings, median of {arguments.repeats}, seconds (minimum to maximum)")
    print(f"revalue, file to file   {statistics.median(ours):8.2f}  ({min(ours):.2f} to {max(ours):.2f})")
    print(f"predict of all boosters {statistics.median(theirs):8.2f}  ({min(theirs):.2f} to {max(theirs):.2f})")
    print(f"ratio {ratio:.2f} (goal: at most 2), peak memory {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
