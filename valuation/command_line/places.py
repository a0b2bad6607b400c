"""Can a result be written where somebody says? Asked before minutes of work, and answered without inner names."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from valuation.errors import WrongUse
from valuation.pipeline.output_place import no_folder_at


def check_can_write(out: Path) -> None:
    """Refuse a place for a result at which no folder can be made; leave nothing there.

    Raises
    ------
    WrongUse
        For a place below a file, on a read-only or made-up file system, or without the right to write.
    """
    there = next(place for place in (out, *out.absolute().parents) if os.path.lexists(place))
    if not there.is_dir():
        raise no_folder_at(out)
    try:
        Path(tempfile.mkdtemp(prefix=".asked.", dir=there)).rmdir()
    except OSError as error:
        raise WrongUse(
            f"nothing can be written at {out}: {error.strerror}",
            expected="a place where a folder can be made",
            remedy="choose another --out",
        ) from error


def without_inner_names(path: str) -> str:
    """Return what a person knows of a path: the folder that holds what is written aside.

    Examples
    --------
    >>> without_inner_names("runs/town/.drift.123.aside/drift.json"), without_inner_names("runs/town/a.csv")
    ('runs/town', 'runs/town/a.csv')
    """
    parts = Path(path).parts
    for place, part in enumerate(parts):
        if part.endswith((".aside", ".partial")) or (part.startswith(".") and part.endswith(".old")):
            return str(Path(*parts[:place])) if place else "."
    return path
