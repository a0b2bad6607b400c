"""How long does a comparison of two finished runs take, from their folders to the written page?

The whole command in this process, several times, without MLflow; the steps of the last time are printed. Give two
folders of runs: ``python benchmarks/compare.py runs/town-2025 runs/town-2026``. Goal: under 30 seconds for two rolls of
103,000 dwellings.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from valuation.comparison.comparison import compare
from valuation.comparison.files import write_comparison
from valuation.comparison.versions import read_version


def timed(before: Path, after: Path, out: Path) -> dict[str, tuple[float, float]]:
    """Return the seconds of each step, by the clock and of the processor."""
    steps: dict[str, tuple[float, float]] = {}
    start = time.perf_counter(), time.process_time()
    versions = read_version(before), read_version(after)
    read = time.perf_counter(), time.process_time()
    compared = compare(*versions)
    done = time.perf_counter(), time.process_time()
    write_comparison(compared, out)
    written = time.perf_counter(), time.process_time()
    for name, first, last in (("read", start, read), ("compare", read, done), ("write", done, written)):
        steps[name] = last[0] - first[0], last[1] - first[1]
    steps["whole"] = written[0] - start[0], written[1] - start[1]
    return steps


def main() -> None:
    """Print the time of each step and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [timed(arguments.before, arguments.after, Path(folder) / "out") for _ in range(arguments.repeats)]
    print(f"{'step':10}{'clock, s':>12}{'processor, s':>14}   (medians of {arguments.repeats})")
    for name in runs[0]:
        clock, processor = (statistics.median(run[name][kind] for run in runs) for kind in (0, 1))
        print(f"{name:10}{clock:12.2f}{processor:14.2f}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"goal: whole under 30 s by the clock; peak memory {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
