"""Stage `report`: what do people read, and what does the archive keep?

`report/index.html` is one page that opens without a server and asks the network for nothing; every picture stands
beside a table with the same figures. `report/report.json` has what its page for the council says, for machines.
`receipt.json` says what was made of what, by hash.
"""

from __future__ import annotations

import json
from pathlib import Path

from valuation.pipeline.earlier_run import earlier_run
from valuation.pipeline.made import check_made
from valuation.pipeline.receipt import receipt
from valuation.pipeline.stage import Stage, Workplace
from valuation.report.material import Material
from valuation.report.page import pages
from valuation.report.run_folder import RunFolder


def run(work: Workplace, since: Path | None = None) -> None:
    """Write `report/` and `receipt.json` from what the earlier stages left.

    Parameters
    ----------
    work : Workplace
        With every other stage done.
    since : Path, optional
        Output folder of the version before, to be shown beside this one.

    Raises
    ------
    WrongUse
        When `since` is no folder, or the run itself.
    InputRefused
        When a table is not the one its stage wrote, or `since` is no whole, finished run of the same place.
    """
    check_made(work.out, STAGE.reads)
    earlier = None if since is None else earlier_run(since, work.out, work.jurisdiction)
    work.write_json(receipt(work), "receipt.json")
    material = Material(RunFolder(work.out), work.jurisdiction, work.params.evaluate.n_bootstrap, earlier)
    written, summary = pages(material)
    with work.written_aside("report") as folder:
        folder.mkdir()
        for name, html in written.items():
            (folder / name).write_text(html, "utf-8")
        text = json.dumps(summary, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "report.json").write_text(text + "\n", "utf-8")
    metrics = json.loads((work.out / "evaluation" / "metrics.json").read_text("utf-8"))
    reached = sum(item["is_reached"] for item in metrics["goals"])
    work.say(f"{reached} of {len(metrics['goals'])} goals reached; the report says which")


STAGE = Stage(
    name="report",
    question="What do people read, and what does the archive keep?",
    reads=(
        "bundle",
        "comparables.parquet",
        "evaluation",
        "explain",
        "flags.parquet",
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
