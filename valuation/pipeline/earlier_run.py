"""May a run stand beside this one as the version before? Only another, whole, finished run of the same place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuation.appraisal.digest import sha256_of
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
    if not since.is_dir():
        raise WrongUse(
            f"{since} is not a folder", expected="the output folder of an earlier run", remedy="leave --since away"
        )
    if since.resolve() == out.resolve():
        raise WrongUse(
            f"{since} is the run itself: nothing changed since it",
            expected="the output folder of an earlier run",
            remedy="leave --since away, or give the earlier run",
        )
    earlier = RunFolder(since)
    try:
        receipt = earlier.json("receipt.json")
    except NotGiven as refusal:
        raise InputRefused(
            f"{since}: {refusal.found}",
            expected="the output folder of a finished run",
            remedy="leave --since away, or give another run",
        ) from refusal
    _check_place(since, receipt, jurisdiction)
    for name in SHOWN:
        _check_hash(since, name, receipt)
    if FILE in receipt.get("outputs_sha256", {}):
        _check_hash(since, FILE, receipt)
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


def _check_hash(since: Path, name: str, receipt: dict[str, Any]) -> None:
    promised = receipt.get("outputs_sha256", {}).get(name)
    if promised is None or not (since / name).is_file() or sha256_of(since / name) != promised:
        raise InputRefused(
            f"{since / name} is not the file that the receipt of that run names: it was changed, cut or made again",
            expected=f"SHA-256 {promised}" if promised else "a receipt that names it",
            remedy="restore the file, run the earlier version again, or leave --since away",
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
