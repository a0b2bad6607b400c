"""What does a check of new sales leave behind? The figures, the tables and the page, in one folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.comparison.versions import Version
from valuation.drift.new_sales import NewSales
from valuation.drift.page import delay_in_words, pages
from valuation.drift.verdicts import BLIND, WHOLE
from valuation.drift.watch import DriftReport
from valuation.pipeline.params import DriftParams

_FORMULA = tuple("=+-@\t\r")


def as_dict(report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> dict[str, Any]:
    """Return what `drift.json` holds: no NaN, and nothing in place of a number that is not there but null."""
    areas = report.areas
    return {
        "version": version.described(),
        "sold_from": report.sold_from,
        "sold_to": report.sold_to,
        "n_read": new.n_read,
        "n_new": len(new.table),
        "n_left_out": len(new.left_out),
        "n_rejected": len(new.rejected),
        "n_in_own_holdout": report.n_known,
        "n_tests": report.n_tests,
        "verdict": report.verdict,
        "alarms": report.alarms,
        "delay": delay_in_words(report, params),
        "cannot_be_monitored": areas.loc[(areas["state"] == BLIND) & (areas["area"] != WHOLE), "area"].tolist(),
        "limits": params.model_dump(mode="json"),
        "areas": _records(areas),
        "characteristics": _records(report.characteristics),
        "unseen": _records(report.unseen),
    }


def write(folder: Path, report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> None:
    """Write all into `folder`, which exists and is empty."""
    content = as_dict(report, new, version, params)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / "drift.json").write_text(text + "\n", "utf-8")
    tables = {
        "areas": report.areas,
        "characteristics": report.characteristics,
        "unseen": report.unseen,
        "left_out": new.left_out,
        "rejected_rows": new.rejected,
    }
    for name, table in tables.items():
        _safe(table).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    for name, html in pages(report, new, version, params).items():
        (folder / name).write_text(html, "utf-8")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return value.item() if hasattr(value, "item") else value

    return [{str(name): plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    # Texts come from registers: a spreadsheet must not take one for a formula.
    kept = table.copy()
    for column in kept.columns:
        if pd.api.types.is_string_dtype(kept[column].dtype) or kept[column].dtype == object:
            kept[column] = [_safe_cell(cell) for cell in kept[column]]
    return kept


def _safe_cell(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell
