"""What stands in the folder of a finished run? One way to open it, for cards, notebooks and whoever asks later."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from pyarrow.lib import ArrowInvalid

from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import Jurisdiction

RUN_VARIABLE = "VALUATION_RUN"
"""Environment variable that names the folder of the run to look at."""
BEFORE_VARIABLE = "VALUATION_RUN_BEFORE"
"""Environment variable that names the folder of the run it is compared with."""
DEFAULT_RUNS = ("runs/demo", "runs/demo-103000-25000", "runs/demo-3000-2000")
"""Where `make demo` and `valuation demo` leave their runs, the first that is there is taken."""


class FinishedRun:
    """The folder of a finished run (docs/reference/output-folder.md), read only.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputRefused
        When the folder is not that of a finished run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / "receipt.json").is_file() or not (self.folder / "bundle" / "manifest.json").is_file():
            raise InputRefused(
                f"{self.folder} is not the folder of a finished run",
                expected="a folder with receipt.json and bundle/, as `valuation run` leaves it",
                remedy="give the folder that was given as --out, or finish the run first",
            )

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

    def has(self, name: str) -> bool:
        """Return whether the run holds this file."""
        return (self.folder / name).is_file()

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a Parquet or CSV file of the run; text in CSV files stays text.

        Raises
        ------
        InputRefused
            When it is not there or cannot be read.
        """
        path = self._there(name)
        try:
            if path.suffix == ".csv":
                return pd.read_csv(path, dtype=str, keep_default_na=False, usecols=columns)
            return pd.read_parquet(path, columns=columns)
        except (OSError, ValueError, ArrowInvalid) as error:
            raise self._unreadable(path, error) from error

    def numbers(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a table with its numbers as numbers, for people: identities and names of groups stay text.

        Parameters
        ----------
        name : str
        columns : list of str, optional
        """
        table = self.table(name, columns)
        for column in table.columns:
            if column.endswith("_id") or column in ("level", "group", "code"):
                continue
            numbers = pd.to_numeric(table[column], errors="coerce")
            if (numbers.notna() | table[column].isin(["", "nan"])).all():
                table[column] = numbers
        return table if columns is None else table[columns]

    def columns(self, name: str) -> list[str]:
        """Return the columns of a Parquet file."""
        path = self._there(name)
        try:
            return list(pq.read_schema(path).names)
        except (OSError, ArrowInvalid) as error:
            raise self._unreadable(path, error) from error

    def json(self, name: str) -> Any:
        """Read a JSON file of the run.

        Raises
        ------
        InputRefused
            When it is not there or cannot be read.
        """
        path = self._there(name)
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise self._unreadable(path, error) from error

    def text(self, name: str) -> str:
        """Read a text file of the run."""
        path = self._there(name)
        try:
            return path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise self._unreadable(path, error) from error

    @cached_property
    def receipt(self) -> dict[str, Any]:
        """What the archive keeps of the run."""
        found: dict[str, Any] = self.json("receipt.json")
        return found

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

    def _there(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise InputRefused(
                f"{path} is not there",
                expected="a file that every finished run holds (docs/reference/output-folder.md)",
                remedy="run the stage that writes it, with this version of the program",
            )
        return path

    def _unreadable(self, path: Path, error: Exception) -> InputRefused:
        return InputRefused(
            f"{path} cannot be read: {error}",
            expected="a whole file, as the run wrote it",
            remedy="run the pipeline again; what is unchanged is kept",
        )
