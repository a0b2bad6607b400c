"""How long does a revaluation take, against one LightGBM `predict` of all the boosters it uses on the same rows?

With everything: values, ranges, predicted errors, contributions, comparables and flags, file to file. Both sides run in
this process, in turn, several times; the ratio of the medians is printed. The memory is that of a revaluation alone in
a process of its own, since the matrices of the other side are as large as all it needs. Give the folder of a finished
run (by default the full demo): ``python benchmarks/revalue.py runs/demo-103000-25000``. With ``--times 4`` the roll is
four times as large: the same dwellings under new ids, each copy 200 km further east, as dense as a town is.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from valuation.appraisal.appraise import known_dwellings
from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.revaluation import revalue_roll
from valuation.features.age import day_numbers
from valuation.uncertainty.predicted_error import error_evidence
from valuation.uncertainty.scale import evidence_of

APART_M = 200_000.0
CHUNK_ROWS = 20_000


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
    works = [partial(booster.predict, matrix, num_threads=0) for booster, _ in bundle.models.lightgbm_boosters]
    if intervals.scale_.booster_ is not None:
        works.append(partial(intervals.scale_.booster_.predict, evidence.matrix, num_threads=0))
    foretold = bundle.predicted_error
    days = day_numbers(day, len(known))
    matrix_of_errors = error_evidence(values, features, known, days, foretold.past_).matrix
    for booster in itertools.chain.from_iterable(foretold.boosters_.values()):
        works.append(partial(booster.predict, matrix_of_errors, num_threads=0))
    return lambda: [work() for work in works]


def repeated(roll: Path, times: int, folder: Path) -> Path:
    """Write a roll of as many copies, each under new ids and further east."""
    table = pd.read_parquet(roll)
    copies = [table.assign(dwelling_id=table["dwelling_id"] + f"-{copy}") for copy in range(times)]
    for copy, moved in enumerate(copies):
        if "x_m" in moved:
            moved["x_m"] += copy * APART_M
    path = folder / "roll.parquet"
    pd.concat(copies, ignore_index=True).to_parquet(path, index=False)
    return path


def memory_of(run: Path, roll: Path, target: Path) -> float:
    """Return the megabytes that the process of a revaluation holds at most, loading included."""
    revalue_roll(load_bundle(run / "bundle"), roll, target, chunk_rows=CHUNK_ROWS)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Print the two times, their ratio and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-103000-25000"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--times", type=int, default=1, help="copies of the roll to value")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(arguments.run, arguments.repeats, arguments.times, Path(folder))


def compare(run: Path, repeats: int, times: int, folder: Path) -> None:
    """Time both sides and print what they took."""
    bundle = load_bundle(run / "bundle")
    roll = repeated(run / "roll.parquet", times, folder)
    dwellings = pd.read_parquet(roll).sort_values("dwelling_id", ignore_index=True)
    peer = predict_all(bundle, dwellings)
    ours, theirs = [], []
    target = folder / "values.parquet"
    for _ in range(repeats):
        theirs.append(timed(peer))
        ours.append(timed(lambda: revalue_roll(bundle, roll, target, chunk_rows=CHUNK_ROWS)))
    ratio = statistics.median(ours) / statistics.median(theirs)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        memory = alone.submit(memory_of, run, roll, folder / "alone.parquet").result()
    print(f"{len(dwellings):,} dwellings, median of {repeats}, seconds (minimum to maximum)")
    print(f"revalue, file to file   {statistics.median(ours):8.2f}  ({min(ours):.2f} to {max(ours):.2f})")
    print(f"predict of all boosters {statistics.median(theirs):8.2f}  ({min(theirs):.2f} to {max(theirs):.2f})")
    print(f"ratio {ratio:.2f} (goal: at most 3), peak memory of a revaluation {memory:,.0f} MB (goal: under 2,000)")


if __name__ == "__main__":
    main()
