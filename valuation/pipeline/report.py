"""Stage `report`: what do people read, and what does the archive keep?

`report/index.html` is one page that opens without a server and asks the network for nothing; every picture stands
beside a table with the same figures. `receipt.json` says what was made of what, by hash.
"""

from __future__ import annotations

import json

from valuation.pipeline.receipt import receipt
from valuation.pipeline.report_page import report_page
from valuation.pipeline.stage import Stage, Workplace


def run(work: Workplace) -> None:
    """Write `report/index.html` and `receipt.json` from what the earlier stages left."""
    work.write_json(receipt(work), "receipt.json")
    work.write_text(report_page(work), "report/index.html")
    metrics = json.loads((work.out / "evaluation" / "metrics.json").read_text("utf-8"))
    reached = sum(item["is_reached"] for item in metrics["goals"])
    work.say(f"{reached} of {len(metrics['goals'])} goals reached; the report says which")


STAGE = Stage(
    name="report",
    question="What do people read, and what does the archive keep?",
    reads=(
        "adjust/time_index.svg",
        "bundle",
        "evaluation",
        "explain",
        "holdout_values.parquet",
        "ingest/summary.json",
        "roll.parquet",
        "sales.parquet",
        "screen/summary.csv",
        "time_index.parquet",
        "values.parquet",
    ),
    writes=("report", "receipt.json"),
    run=run,
    params=("evaluate", "report"),
)
