"""What is a stage? A module of this package that reads some files of the output folder and writes others.

Each stage module ends with ``STAGE = Stage(...)`` and a function ``run(work)``. `Workplace` is all a stage sees of the
world: the jurisdiction, the settings, the raw folder and the output folder. Every file is written aside and renamed, so
a file that exists is whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import Params
from valuation.progress import Progress

RECORDS = "made"
"""Folder of the output folder with a record per stage."""
Say = Callable[[str], None]
"""Tells the person what is going on (stderr)."""


@dataclass(frozen=True)
class Workplace:
    """All that a stage sees of the world."""

    jurisdiction: Jurisdiction
    params: Params
    raw: Path
    """Folder with the raw tables."""
    out: Path
    """Output folder (docs/reference/output-folder.md)."""
    say: Say = field(default=lambda _: None)
    progress: Progress = field(default_factory=Progress)

    def read_table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a Parquet file of the output folder.

        Raises
        ------
        InputRefused
            When an earlier stage has not written it.
        """
        path = self.out / name
        if not path.exists():
            raise InputRefused(
                f"{path} is not there",
                expected="the stage that writes it to have run",
                remedy="valuation run, or the stages in their order",
            )
        return pd.read_parquet(path, columns=columns)

    def write_table(self, table: pd.DataFrame, name: str) -> None:
        """Write a table as Parquet, whole or not at all."""
        with self.written_aside(name) as path:
            table.to_parquet(path, index=False, compression="zstd")

    def write_csv(self, table: pd.DataFrame, name: str) -> None:
        """Write a table as CSV for people, whole or not at all."""
        with self.written_aside(name) as path:
            table.to_csv(path, index=False, lineterminator="\n")

    def write_json(self, content: Any, name: str) -> None:
        """Write sorted, indented JSON, never NaN, whole or not at all."""
        with self.written_aside(name) as path:
            text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
            path.write_text(text + "\n", encoding="utf-8")

    def write_text(self, text: str, name: str) -> None:
        """Write text, whole or not at all."""
        with self.written_aside(name) as path:
            path.write_text(text, encoding="utf-8")

    @contextmanager
    def written_aside(self, name: str) -> Iterator[Path]:
        """Yield a path to write to (a file or, when a folder is made there, a folder); rename it on success."""
        final = self.out / name
        final.parent.mkdir(parents=True, exist_ok=True)
        aside = final.with_name(f".{final.name}.{os.getpid()}.aside")
        try:
            yield aside
            _replace(aside, final)
        except OSError as error:
            # A library says that the disk is full, not which file it was writing.
            error.filename = error.filename or str(final)
            raise
        finally:
            if aside.is_dir():
                shutil.rmtree(aside)
            else:
                aside.unlink(missing_ok=True)


def _replace(aside: Path, final: Path) -> None:
    if aside.is_dir() and final.exists() and not final.is_dir():
        raise WrongUse(f"{final} is a file", expected="a folder there, or nothing", remedy="move the file away")
    # os.replace cannot put a folder over a filled one: move the old one away first.
    if aside.is_dir() and final.is_dir():
        old = final.with_name(f".{final.name}.{os.getpid()}.old")
        os.replace(final, old)
        os.replace(aside, final)
        shutil.rmtree(old)
        return
    os.replace(aside, final)


@dataclass(frozen=True)
class Stage:
    """A step from sales to values."""

    name: str
    question: str
    """What it answers, in a sentence; shown by `--help`, DVC and the log."""
    reads: tuple[str, ...]
    """Files or folders of the output folder it needs."""
    writes: tuple[str, ...]
    run: Callable[[Workplace], None]
    params: tuple[str, ...] = ()
    """Sections of params.yaml that change what it writes."""
    reads_raw: bool = False

    @property
    def record(self) -> str:
        """File of the output folder that says what it read and wrote, by hash (`valuation.pipeline.made`)."""
        return f"{RECORDS}/{self.name}.json"
