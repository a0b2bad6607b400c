"""May a run stand beside this one as the version before? Only another, whole, finished run of the same place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuation.appraisal.receipt import check_signed, read_receipt
from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.report.ratio_figures import FILE
from valuation.report.run_folder import NotGiven, RunFolder

SHOWN = ("values.parquet", "holdout_values.parquet", "evaluation/metrics.json")
"""Files of the earlier run whose figures are shown; its receipt holds the hash of each."""


def earlier_run(since: Path, out: Path, jurisdiction: Jurisdiction) -> RunFolder:
    """Return the earlier run, proven to be one that can stand beside the run in `out`.

    Parameters
    ----------
    since : Path
        Output folder of the earlier run.
    out : Path
        Output folder of the run reported on.
    jurisdiction : Jurisdiction
        Of the run reported on.

    Raises
    ------
    WrongUse
        When `since` is no folder, or the run itself.
    InputRefused
        For a folder that is no finished run, a run of another place, or a table that is not the one its receipt names.
    """
    if since.resolve() == out.resolve():
        raise WrongUse(
            f"{since} is the run itself: nothing changed since it",
            expected="the output folder of an earlier run",
            remedy="leave --since away, or give the earlier run",
        )
    receipt, earlier = read_receipt(since), RunFolder(since)
    _check_place(since, receipt, jurisdiction)
    for name in (*SHOWN, *([FILE] if FILE in receipt["outputs_sha256"] else [])):
        check_signed(since, name, receipt)
    _check_study(earlier)
    return earlier


def _check_place(since: Path, receipt: dict[str, Any], jurisdiction: Jurisdiction) -> None:
    ours = {
        "jurisdiction": jurisdiction.name,
        "currency": jurisdiction.currency,
        "is_synthetic": jurisdiction.is_synthetic,
    }
    for name, own in ours.items():
        if receipt.get(name) != own:
            raise InputRefused(
                f"{since} is a run with {name} {receipt.get(name)}, this one has {own}",
                expected="an earlier run of the same place",
                remedy="leave --since away, or give an earlier run of this jurisdiction",
            )


def _check_study(earlier: RunFolder) -> None:
    """Refuse a ratio study that cannot be read; one that an old run does not have is told on the page."""
    try:
        earlier.table(FILE)
    except NotGiven as refusal:
        if refusal.is_damaged:
            raise InputRefused(
                f"{earlier.path}: {refusal.found}",
                expected="the file as `evaluate` wrote it",
                remedy="run `evaluate` on the earlier run again, or leave --since away",
            ) from refusal
