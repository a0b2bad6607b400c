"""The process that answers one long question: `python -m valuation.adapters.analysis_process FOLDER`.

The answer comes from the same functions as the commands `compare`, `check` and `drift`, and is put in place when it is
whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from valuation.adapters.analysis_jobs import RESULT, TABLES
from valuation.adapters.side_process import JOB, PROGRESS, as_told, main, read_json, worked, write_end, write_json
from valuation.comparison.accuracy_equity import JudgedVersion
from valuation.comparison.comparison import compare
from valuation.comparison.files import write_comparison
from valuation.comparison.page import comparison_parts
from valuation.comparison.versions import Version, check_comparable, read_version
from valuation.drift.files import write as write_drift
from valuation.drift.new_sales import read_new_sales
from valuation.drift.watch import watch
from valuation.errors import InputRefused, ValuationError
from valuation.pipeline.params import DriftParams, GateParams
from valuation.release.analysis import SAID
from valuation.release.page import pages as gates_pages
from valuation.release.same_values import recorded_sales
from valuation.release.verdict import judge_against

Asked = dict[str, Any]


class _Told:
    """Writes down how far the work has come."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __call__(self, _: str, done: int, total: int) -> None:
        write_json(self.place / PROGRESS, {"done": done, "total": total})


def work(place: Path) -> int:
    """Answer the question of a folder; return the exit code.

    Parameters
    ----------
    place : Path
        As `AnalysisJobs.ask` made it.
    """
    return worked(place, _ended)


def _ended(place: Path) -> int:
    asked = read_json(place / JOB)
    aside = place / f"{RESULT}.partial"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        ANSWERS[asked["kind"]](place, asked, aside)
        shutil.rmtree(place / RESULT, ignore_errors=True)
        os.replace(aside, place / RESULT)
    except (ValuationError, OSError, MemoryError) as error:
        print(error, file=sys.stderr)
        # What is half done helps nobody, and takes the room of what will be asked next.
        shutil.rmtree(aside, ignore_errors=True)
        told = as_told(error)
        write_end(place, {"state": "failed", "failure": _for_a_person(told, place, asked)})
        return getattr(told, "exit_code", 1)
    write_end(place, {"state": "finished"})
    return 0


def _for_a_person(error: BaseException, place: Path, asked: Asked) -> str:
    """Return what stood against it, without the places of this machine in it."""
    if not isinstance(error, ValuationError):
        return type(error).__name__
    return error.told_outside(str(place / TABLES), str(place), asked["run"], asked["rival"])


def _compare(place: Path, asked: Asked, out: Path) -> None:
    told = _Told(place)
    told("compare", 0, 4)
    before, after = read_version(Path(asked["rival"])), read_version(Path(asked["run"]))
    check_comparable(before, after)
    told("compare", 1, 4)
    others = [
        JudgedVersion.of_metrics(
            one["run_id"], one["model_version"], _metrics(Path(one["run"])), is_champion=one["is_live"]
        )
        for one in asked["settings"]["others"]
    ]
    compared = compare(before, after, others)
    told("compare", 3, 4)
    write_comparison(compared, out)
    write_json(out / SAID, comparison_parts(compared))
    told("compare", 4, 4)


def _metrics(run: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run / "evaluation" / "metrics.json").read_text("utf-8"))
    return content


def _gates(place: Path, asked: Asked, out: Path) -> None:
    rival = read_version(Path(asked["rival"])) if asked["rival"] else None
    verdict = judge_against(
        read_version(Path(asked["run"])), rival, GateParams(**asked["settings"]["gates"]), told=_Told(place)
    )
    out.mkdir()
    (out / "gates.json").write_text(verdict.as_text(), "utf-8")
    for name, html in gates_pages(verdict).items():
        (out / name).write_text(html, "utf-8")


def _drift(place: Path, asked: Asked, out: Path) -> None:
    told = _Told(place)
    told("drift", 0, 3)
    limits, version = DriftParams(**asked["settings"]["drift"]), read_version(Path(asked["run"]))
    tables = asked["settings"].get("raw") or ""
    try:
        new = read_new_sales(place / TABLES / asked["table"], version, Path(tables) if tables else None)
    except InputRefused as refusal:
        if refusal.table is not None and len(refusal.table):
            refusal.table.to_csv(place / "rejected_rows.csv", index=False, lineterminator="\n")
        raise
    told("drift", 1, 3)
    report = watch(version, new, _sold(version), limits)
    told("drift", 2, 3)
    out.mkdir()
    write_drift(out, report, new, version, limits)


def _sold(version: Version) -> Any:
    sales = recorded_sales(version)
    return sales[sales["is_valid_sale"] & sales["is_holdout"]]


ANSWERS: dict[str, Callable[[Path, Asked, Path], None]] = {"compare": _compare, "gates": _gates, "drift": _drift}

if __name__ == "__main__":
    main(work)
