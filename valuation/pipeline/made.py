"""Which stage made a file, and of what? Each stage leaves the hashes of what it read and wrote; `report` holds them up.

A receipt says that values, holdout and roll belong together. So `report` signs no table that is not the one its stage
wrote, and none that was made of other tables than those that lie there now. This finds a changed file, a stage that was
forgotten and a file put in from another run; it is no seal against somebody who writes the hashes anew as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from valuation.appraisal.digest import sha256_of
from valuation.errors import InputRefused
from valuation.pipeline.stage import RECORDS, Stage, Workplace

LEDGER = ".stages.json"
"""Kept by `valuation run`; tells what stages wrote where a run is older than their own records."""


def carry_out(stage: Stage, work: Workplace, run: Callable[[Workplace], None] | None = None) -> dict[str, str]:
    """Run a stage, then write into its record what it read and wrote.

    Parameters
    ----------
    stage : Stage
    work : Workplace
    run : callable, optional
        In place of the stage's own `run`, where a command gives it more to do.

    Returns
    -------
    dict of str to str
        SHA-256 of what it wrote, its record among it: as `hashes` gives it.
    """
    (run or stage.run)(work)
    wrote = hashes(work.out, stage.writes)
    work.write_json({"read": hashes(work.out, stage.reads), "wrote": wrote}, stage.record)
    return wrote | hashes(work.out, (stage.record,))


def hashes(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the SHA-256 of files, and of every file in folders, by their name in `folder`."""
    found: dict[str, str] = {}
    for name in names:
        path = folder / name
        inside = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        found.update({item.relative_to(folder).as_posix(): sha256_of(item) for item in inside if item.is_file()})
    return found


def check_made(folder: Path, names: tuple[str, ...]) -> None:
    """Check that files are those their stages wrote, and that these were made of what lies there now.

    Parameters
    ----------
    folder : Path
        Output folder.
    names : tuple of str
        Files and folders in it.

    Raises
    ------
    InputRefused
        Names the first file that was changed, or that a stage read otherwise than it is now.
    """
    records = _records(folder)
    now = hashes(folder, names)
    wrote = {file: (stage, sha) for stage, record in records.items() for file, sha in record["wrote"].items()}
    for file, sha in now.items():
        if file in wrote:
            _compare(folder, file, sha, *wrote[file])
        elif file in names:
            raise InputRefused(
                f"{folder / file}: no stage has left a record of writing it",
                expected=f"its SHA-256 in {RECORDS}/",
                remedy="run the stage that writes it again, or the whole run",
            )
    for stage in sorted({wrote[file][0] for file in now if file in wrote}):
        for file, sha in records[stage]["read"].items():
            if now.get(file, sha) != sha:
                raise InputRefused(
                    f"{folder}: stage {stage} was run on another {file} than the one that lies there now",
                    expected=f"{file} with SHA-256 {sha}",
                    remedy=f"run `valuation {stage}` again, or the whole run",
                )


def _compare(folder: Path, file: str, sha: str, stage: str, promised: str) -> None:
    if sha != promised:
        raise InputRefused(
            f"{folder / file} is not the file that stage {stage} wrote: it was changed, or put there since",
            expected=f"SHA-256 {promised}",
            remedy=f"run `valuation {stage}` again, or restore the file",
        )


def _records(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Return what each stage read and wrote; of a stage without a record what the ledger of the run tells."""
    ledger = _read(folder / LEDGER) if (folder / LEDGER).exists() else {}
    found = {stage: {"read": {}, "wrote": dict(told.get("wrote", {}))} for stage, told in ledger.items()}
    for path in sorted((folder / RECORDS).glob("*.json")):
        told = _read(path)
        found[path.stem] = {"read": dict(told.get("read", {})), "wrote": dict(told.get("wrote", {}))}
    return found


def _read(path: Path) -> dict:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise InputRefused(
            f"{path} is cut or damaged", expected="what the stages read and wrote", remedy="run the pipeline again"
        ) from error
