"""What stands in the folder of a finished run? One way to open it, for cards, notebooks and whoever asks later."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.receipt import read_receipt
from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.report.run_folder import RunFolder

RUN_VARIABLE = "VALUATION_RUN"
"""Environment variable that names the folder of the run to look at."""
BEFORE_VARIABLE = "VALUATION_RUN_BEFORE"
"""Environment variable that names the folder of the run it is compared with."""
DEFAULT_RUNS = ("runs/demo", "runs/demo-103000-25000", "runs/demo-3000-2000")
"""Where `make demo` and `valuation demo` leave their runs, the first that is there is taken."""


class FinishedRun(RunFolder):
    """The folder of a finished run (docs/reference/output-folder.md), read only.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    WrongUse
        When there is no such folder.
    InputRefused
        When it is not that of a finished run.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(folder))
        # At once, not when the first figure is asked for.
        _ = self.receipt

    @classmethod
    def from_environment(cls, variable: str = RUN_VARIABLE) -> FinishedRun:
        """Open the run an environment variable names, or the demo run here or in a folder above.

        Raises
        ------
        InputRefused
            When there is none.
        """
        named = os.environ.get(variable)
        if named:
            return cls(Path(named))
        if variable != RUN_VARIABLE:
            raise InputRefused(
                f"{variable} is not set",
                expected=f"{variable}=FOLDER, the folder of a finished run to compare with",
                remedy="set it to the run of an earlier model version of the same place",
            )
        places = [above / name for above in (Path.cwd(), *Path.cwd().parents) for name in DEFAULT_RUNS]
        found = next((place for place in places if (place / "receipt.json").is_file()), None)
        if found is None:
            raise InputRefused(
                f"no run to look at: {variable} is not set, and there is no demo run here or in a folder above",
                expected=f"{variable}=FOLDER, the folder of a finished run",
                remedy="make demo SERVE=0 DWELLINGS=3000 SALES=2000, or set the variable",
            )
        return cls(found)

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return self.path

    def numbers(self, name: str, columns: tuple[str, ...] | list[str] = ()) -> pd.DataFrame:
        """Return columns of a table for people, in this order; all of them where none is named."""
        table = self.table(name, tuple(columns))
        return table[list(columns)] if columns else table

    @cached_property
    def receipt(self) -> dict[str, Any]:
        """What the archive keeps of the run."""
        return read_receipt(self.path)

    @cached_property
    def bundle(self) -> Bundle:
        """The model version, every byte of it checked."""
        return load_bundle(self.folder / "bundle")

    @cached_property
    def jurisdiction(self) -> Jurisdiction:
        """The place the run was made for."""
        return self.bundle.jurisdiction

    @property
    def in_a_sentence(self) -> str:
        """Which run this is, and whether its dwellings exist: the line every notebook begins with."""
        counts = self.receipt["counts"]
        made_of = "SYNTHETIC data, no real dwelling or sale" if self.receipt["is_synthetic"] else "real sales"
        return (
            f"Run {self.receipt['run_id']} of {self.jurisdiction.title.en}, model version "
            f"{self.receipt['model_version']}: {counts['sales']:,} sales, {counts['dwellings']:,} dwellings, values as "
            f"of {self.receipt['valuation_date']} ({made_of})"
        )
