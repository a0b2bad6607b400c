"""Is a file of a finished run the one its receipt names? Asked by whoever shows a figure of a run made earlier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from valuation.appraisal.digest import sha256_of
from valuation.errors import InputRefused, WrongUse

RECEIPT = "receipt.json"
_NEEDED = ("run_id", "jurisdiction", "currency", "model_version", "manifest_sha256", "outputs_sha256", "value_total")
_REMEDY = "give the folder of a finished run (`valuation run`)"


def read_receipt(folder: Path) -> dict[str, Any]:
    """Return what the archive keeps of the run in `folder`.

    Raises
    ------
    WrongUse
        When there is no such folder.
    InputRefused
        When the run is not finished, or the receipt is not one.
    """
    path = folder / RECEIPT
    if not folder.is_dir():
        raise WrongUse(f"{folder} is not a folder", expected="the output folder of a run", remedy=_REMEDY)
    if not path.is_file():
        # A run that was stopped leaves `OUT.partial`; the receipt is written last.
        raise InputRefused(
            f"{folder} holds no {RECEIPT}: the run is not finished, or this is no run",
            expected="a finished run",
            remedy="give the command of the run again, it goes on where it stopped; or give another folder",
        )
    try:
        receipt = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputRefused(f"{path} cannot be read: {error}", expected="JSON", remedy=_REMEDY) from error
    missing = [name for name in _NEEDED if not isinstance(receipt, dict) or name not in receipt]
    if missing or not isinstance(receipt["outputs_sha256"], dict):
        what = ", ".join(missing) or "the hash of each output"
        raise InputRefused(f"{path} does not say {what}", expected="a receipt of a run", remedy=_REMEDY)
    return receipt


def check_signed(folder: Path, name: str, receipt: dict[str, Any]) -> Path:
    """Return the place of a file of the run, proven to be the one its receipt names.

    Raises
    ------
    InputRefused
        When it is not there, not named, or other bytes than those that were signed.
    """
    path, promised = folder / name, receipt["outputs_sha256"].get(name)
    if promised is None or not path.is_file():
        where = f"{RECEIPT} does not name it" if path.is_file() else "it is not there"
        raise InputRefused(f"{path}: {where}", expected="every table of a finished run", remedy=_REMEDY)
    if sha256_of(path) != promised:
        raise InputRefused(
            f"{path} is not the file its receipt names: it was changed, cut or made again since",
            expected=f"SHA-256 {promised}",
            remedy="restore the file, or run the pipeline again; to sign a changed table anew makes it no value",
        )
    return path
