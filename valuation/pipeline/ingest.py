"""Stage `ingest`: which sales and dwellings do the raw tables hold, and which rows cannot be used?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.errors import TooManyRejectedRows
from valuation.jurisdictions.coordinates import Division
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.mapping import Canonical, canonical_tables
from valuation.jurisdictions.raw_table import RawText, read_raw_table
from valuation.jurisdictions.rejections import COLUMNS, QUARANTINED
from valuation.pipeline.params import IngestParams
from valuation.pipeline.stage import Say, Stage, Workplace
from valuation.pipeline.verdicts import verdicts_file
from valuation.sales.known_facts import without_later_facts
from valuation.sales.market_price import market_date


def run(work: Workplace) -> None:
    """Read the raw tables and write the sales, the roll and the rows that could not be used.

    Raises
    ------
    InputRefused
        When a file is not what the jurisdiction file says; see `valuation.jurisdictions`.
    TooManyRejectedRows
        When more rows are left out than `ingest.max_rejected_share`, or more cells of a column set aside than
        `ingest.max_set_aside_share`; the error carries the findings.
    """
    jurisdiction = work.jurisdiction
    read = read_tables(jurisdiction, work.raw, work.say)
    check_share(read, work.params.ingest)
    sales, roll, findings = read.sales, read.roll, read.findings
    known, taken_back = without_later_facts(sales.table, jurisdiction.characteristics, market_date(sales.table))
    for name, told in taken_back.items():
        work.say(
            f"{name} is known since {told['known_since']}: missing for {told['rows_before']:,} sales before, of "
            f"{told['values_taken_back']:,} of which the register tells it today"
        )
    work.write_csv(findings, "ingest/rejected_rows.csv")
    work.write_table(known, "ingest/sales.parquet")
    work.write_table(roll.table, "roll.parquet")
    summary = _summary(read) | {"facts_known_later": taken_back}
    summary["jurisdiction"] = jurisdiction.name
    summary["raw_files"] |= verdicts_file(work.raw)
    work.write_json(summary, "ingest/summary.json")
    work.say(
        f"{len(sales.table):,} sales, {len(roll.table):,} dwellings; {len(findings):,} findings in "
        "ingest/rejected_rows.csv"
    )


@dataclass(frozen=True)
class ReadTables:
    """The raw tables as read, what they became, and what of them could not be used."""

    tables: dict[str, RawText]
    sales: Canonical
    roll: Canonical
    division: Division | None
    findings: pd.DataFrame


def read_tables(jurisdiction: Jurisdiction, raw: Path, say: Say = lambda _: None) -> ReadTables:
    """Read the raw tables and map them; hold them to no limit yet.

    Raises
    ------
    InputRefused
        When a file is not what the jurisdiction file says.
    """
    tables = {name: read_raw_table(name, layout, raw) for name, layout in jurisdiction.tables.items()}
    for table in tables.values():
        say(f"{table.path.name}: {table.n_rows:,} rows, {table.cells.num_columns} columns")
    sales, roll, division = canonical_tables(jurisdiction, tables)
    return ReadTables(tables, sales, roll, division, _findings(tables, sales, roll))


def check_share(read: ReadTables, params: IngestParams) -> None:
    """Stop when so much was left out or set aside that the file, not a row, must be wrong.

    Raises
    ------
    TooManyRejectedRows
    """
    findings = read.findings
    for name, canonical in (("sales", read.sales), ("roll", read.roll)):
        raw = read.tables[canonical.rejections.table]
        left_out = int(canonical.rejections.left_out.sum()) + len(raw.bad_rows)
        set_aside = findings[(findings["effect"] != QUARANTINED) & (findings["table"] == raw.name)]
        most = int(set_aside.groupby("column").size().max()) if len(set_aside) and name == "roll" else 0
        for count, share, what, setting in (
            (left_out, params.max_rejected_share, "rows cannot be used", "max_rejected_share"),
            (most, params.max_set_aside_share, "cells of one column cannot be used", "max_set_aside_share"),
        ):
            if count > share * canonical.n_raw:
                raise TooManyRejectedRows(
                    f"{raw.path.name}: {count:,} of {canonical.n_raw:,} {what} for the {name}:\n{_worst(findings)}",
                    expected=f"at most {share:.1%} (`ingest.{setting}` in params.yaml)",
                    remedy="correct the jurisdiction file or the raw table as each rule says",
                    table=findings,
                )


def _worst(findings: pd.DataFrame, n: int = 5) -> str:
    """Return the most frequent rules, each with its first row."""
    keys = ["rule", "column"]
    counted = findings.assign(count=findings.groupby(keys, dropna=False)["line"].transform("size"))
    first = counted.drop_duplicates(keys).sort_values("count", ascending=False, kind="stable").head(n)
    return "\n".join(
        f"  {row.count_:,} × {row.rule} in {row.column!r}, first on line {row.line}: {row.value!r}; {row.remedy}"
        for row in first.rename(columns={"count": "count_"}).itertuples()
    )


def _findings(tables: dict[str, RawText], sales: Canonical, roll: Canonical) -> pd.DataFrame:
    unread = pd.DataFrame(
        [
            {
                "table": raw.name,
                "line": bad.line,
                "dwelling_id": None,
                "rule": bad.rule,
                "column": None,
                "value": bad.text,
                "remedy": bad.remedy,
                "effect": QUARANTINED,
            }
            for raw in tables.values()
            for bad in raw.bad_rows
        ],
        columns=COLUMNS,
    )
    parts = [
        part
        for part in (unread, sales.rejections.table_of_findings(), roll.rejections.table_of_findings())
        if len(part)
    ]
    if not parts:
        return unread
    found = pd.concat(parts, ignore_index=True)
    # Sales and roll may come from one table: a finding on a row is listed once, with the graver effect.
    found = found.sort_values(
        ["table", "line", "rule", "column", "effect"], ascending=[True] * 4 + [False], kind="stable"
    )
    return found.drop_duplicates(["table", "line", "rule", "column"], ignore_index=True)


def _summary(read: ReadTables) -> dict[str, Any]:
    def counts(canonical: Canonical) -> dict[str, Any]:
        return {
            "rows_in_raw_table": canonical.n_raw,
            "rows_written": len(canonical.table),
            "rows_left_out": int(canonical.rejections.left_out.sum()),
            "rows_with_cells_set_aside": int(canonical.rejections.set_aside.sum()),
            "exact_duplicates_dropped": canonical.n_exact_duplicates,
            "earlier_sales_of_a_dwelling": canonical.n_superseded,
            "rows_without_partner": canonical.n_without_partner,
        }

    return {
        "raw_files": {
            raw.path.name: {"sha256": raw.sha256, "rows": raw.n_rows, "bytes": raw.path.stat().st_size}
            for raw in read.tables.values()
        },
        "sales": counts(read.sales),
        "roll": counts(read.roll),
        "findings": {str(rule): int(n) for rule, n in read.findings.groupby("rule").size().items()},
        "made_market_areas": None if read.division is None else read.division.as_dict(),
    }


STAGE = Stage(
    name="ingest",
    question="Which sales and dwellings do the raw tables hold, and which rows cannot be used?",
    reads=(),
    writes=("ingest", "roll.parquet"),
    run=run,
    params=("ingest",),
    reads_raw=True,
)
