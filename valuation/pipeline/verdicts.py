"""Which verdicts of people on sales does a run count with? Those in the raw folder, noted with their hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import read_raw_table
from valuation.pipeline.stage import Workplace
from valuation.sales.verdicts import check_verdicts

VERDICTS = "verdicts.csv"
"""In the raw folder: what people have decided about sales. It is read, never written."""


def verdicts_file(raw: Path) -> dict[str, dict[str, Any]]:
    """Return hash, rows and bytes of the verdicts, as `ingest/summary.json` has them of raw tables; empty without any.

    A verdict changes which sales count, and so every value: it belongs to what a model version was made of.
    """
    path = raw / VERDICTS
    if not path.is_file():
        return {}
    content = path.read_bytes()
    rows = max(len(content.splitlines()) - 1, 0)
    return {VERDICTS: {"sha256": hashlib.sha256(content).hexdigest(), "rows": rows, "bytes": len(content)}}


def read_verdicts(work: Workplace) -> pd.DataFrame | None:
    """Read the verdicts of people; None where there are none.

    Raises
    ------
    InputRefused
        When there is something else in their place, when they cannot be read, or when they are not those that `ingest`
        has noted.
    """
    path = work.raw / VERDICTS
    if (path.exists() or path.is_symlink()) and not path.is_file():
        # What people decided must not be passed over without a word.
        raise InputRefused(
            f"{path} is no file", expected="a table of verdicts, or none", remedy="put the table there, or remove it"
        )
    _check_is_noted(work)
    if not path.exists():
        return None
    layout = RawTable(file=VERDICTS, licence="own", published_by="the office", ends_with_newline=False)
    raw = read_raw_table("verdicts", layout, work.raw)
    return check_verdicts(raw.cells.to_pandas(), VERDICTS)


def _check_is_noted(work: Workplace) -> None:
    noted = json.loads((work.out / "ingest" / "summary.json").read_text("utf-8"))["raw_files"].get(VERDICTS)
    found = verdicts_file(work.raw).get(VERDICTS)
    if noted != found:
        what = "added" if noted is None else "removed" if found is None else "changed"
        raise InputRefused(
            f"{work.raw / VERDICTS} was {what} since ingest",
            expected="the verdicts that ingest/summary.json names",
            remedy="run `valuation ingest` again, or the whole run",
        )
