"""Where do the settings of `--tune` come from, where do they go? From `sales.parquet` to a file by the jurisdiction."""

from __future__ import annotations

from pathlib import Path

from valuation.models.tuning import TRIALS, search, write_overrides
from valuation.pipeline.stage import Workplace
from valuation.sales.holdout import counts_in_a_test


def tune(work: Workplace, written: Path, *, n_trials: int = TRIALS) -> Path:
    """Search on the valid sales of `sales.parquet` and write what was found.

    Parameters
    ----------
    work : Workplace
        After the stage `adjust`.
    written : Path
        `<jurisdiction>.params.yaml`.
    n_trials : int

    Returns
    -------
    Path
        `written`.
    """
    sales = work.read_table("sales.parquet")
    known = sales[counts_in_a_test(sales) & ~sales["is_holdout"].to_numpy(dtype=bool)]
    found = search(known, work.jurisdiction, work.params, n_trials=n_trials, progress=work.progress)
    write_overrides(written, found, work.jurisdiction)
    return written
