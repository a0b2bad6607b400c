"""Is a stage given the jurisdiction that its folder is of? Else one place would be told under the name of another."""

from __future__ import annotations

import json
from pathlib import Path

from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.stage import Stage

TELLING = ("name", "currency", "valuation_date", "holdout_from", "is_synthetic")
"""What a value means hangs on these; labels, languages and the law may be corrected after a model version is made."""


def need_same_place(stage: Stage, folder: Path, jurisdiction: Jurisdiction) -> None:
    """Check that the output folder, and the model version a stage reads in it, are of this jurisdiction.

    Parameters
    ----------
    stage : Stage
    folder : Path
        Output folder; `ingest` may be given any, since it begins anew.
    jurisdiction : Jurisdiction
        As given to the stage.

    Raises
    ------
    InputRefused
        Says of what the folder is and what was given.
    """
    if "bundle" in stage.reads:
        kept = folder / "bundle" / "jurisdiction.json"
        _compare(kept, _told(kept), json.loads(jurisdiction.model_dump_json(by_alias=True)))
    if not stage.reads_raw or stage.reads:
        summary = folder / "ingest" / "summary.json"
        _compare(summary, {"name": _told(summary).get("jurisdiction")}, {"name": jurisdiction.name})


def _told(path: Path) -> dict:
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputRefused(
            f"{path} is cut or damaged", expected="the file as its stage wrote it", remedy="run the pipeline again"
        ) from error
    return told if isinstance(told, dict) else {}


def _compare(path: Path, kept: dict, given: dict) -> None:
    for name in TELLING:
        # What an older version of the program did not keep, cannot be compared.
        if kept.get(name) is not None and kept[name] != given[name]:
            raise InputRefused(
                f"{path} says {name} {kept[name]}, the jurisdiction file given says {given[name]}",
                expected="the jurisdiction file that this run was made with",
                remedy="give that file, or run the whole pipeline for this jurisdiction into a folder of its own",
            )
