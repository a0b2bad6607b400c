"""What does a run folder hold? Its files, or a sentence on why one cannot be read; never a number in its place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from valuation.errors import InputRefused


class NotGiven(InputRefused):
    """A file of the run that is needed is not there, or not whole.

    Attributes
    ----------
    name : str
        The file, as it is called in the run folder.
    is_damaged : bool
        It is there, but cannot be read.
    """

    def __init__(self, name: str, found: str, *, is_damaged: bool, remedy: str) -> None:
        self.name, self.is_damaged = name, is_damaged
        super().__init__(found, remedy=remedy)


@dataclass(frozen=True)
class RunFolder:
    """The output folder of a run (docs/reference/output-folder.md), read as far as it goes."""

    path: Path
    _read: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
        """Return a Parquet or CSV file of the folder; do not change it.

        Parameters
        ----------
        name : str
        columns : tuple of str
            Columns it must have.

        Raises
        ------
        NotGiven
            When it is not there, cut, or without one of the columns.
        """
        if name not in self._read:
            self._read[name] = self._table(name)
        table = self._read[name]
        missing = [column for column in columns if column not in table]
        if missing:
            raise NotGiven(
                name,
                f"{name} has no column {missing[0]!r}",
                is_damaged=True,
                remedy="run the stage that writes it again, with this version of the program",
            )
        return table

    def _table(self, name: str) -> pd.DataFrame:
        path = self._existing(name)
        try:
            if path.suffix == ".parquet":
                # Not pd.read_parquet: it takes a folder of parts for a table, and a cut file is told apart worse.
                return pq.ParquetFile(path).read().to_pandas()
            ids = dict.fromkeys(("code", "level", "group", "dwelling_id", "sale_id", "flags"), "str")
            return pd.read_csv(path, dtype=ids, keep_default_na=False, na_values=[""])
        except (ValueError, OSError) as error:
            raise self._damaged(name) from error

    def cells(self, name: str) -> pd.DataFrame:
        """Return a table with the cells of a CSV file as text, letter for letter; a Parquet file as `table` does.

        Raises
        ------
        NotGiven
            When it is not there, or cut.
        """
        if not name.endswith(".csv"):
            return self.table(name)
        try:
            return pd.read_csv(self._existing(name), dtype=str, keep_default_na=False)
        except (ValueError, OSError) as error:
            raise self._damaged(name) from error

    def columns(self, name: str) -> list[str]:
        """Return the columns of a Parquet file.

        Raises
        ------
        NotGiven
            When it is not there, or cut.
        """
        try:
            return list(pq.read_schema(self._existing(name)).names)
        except (ValueError, OSError) as error:
            raise self._damaged(name) from error

    def json(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the folder.

        Raises
        ------
        NotGiven
            When it is not there, or cut.
        """
        path = self._existing(name)
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise self._damaged(name) from error
        return found

    def text(self, name: str) -> str:
        """Return a text file of the folder.

        Raises
        ------
        NotGiven
            When it is not there, or not text.
        """
        try:
            return self._existing(name).read_text("utf-8")
        except ValueError as error:
            raise self._damaged(name) from error

    def has(self, name: str) -> bool:
        """Return whether the folder has the file."""
        return (self.path / name).is_file()

    def _existing(self, name: str) -> Path:
        if not self.has(name):
            raise NotGiven(
                name,
                f"{name} is not there",
                is_damaged=False,
                remedy="run the stage that writes it, then `report` again",
            )
        return self.path / name

    def _damaged(self, name: str) -> NotGiven:
        # What a library says of the bytes helps nobody who reads a report; it stays the cause of the error.
        return NotGiven(
            name,
            f"{name} is cut or damaged",
            is_damaged=True,
            remedy="run the stage that writes it again, then `report` again",
        )

    @cached_property
    def holdout(self) -> pd.DataFrame:
        """Holdout sales: a row is a sale with its values at its own date."""
        needed = ("sale_id", "dwelling_id", "sale_date", "sale_price", "appraised_value", "lower_value", "upper_value")
        return self.table("holdout_values.parquet", (*needed, "flags", "is_valid_sale"))

    @cached_property
    def values(self) -> pd.DataFrame:
        """The valued roll: a row is a dwelling."""
        return self.table("values.parquet", ("dwelling_id", "appraised_value", "lower_value", "upper_value", "flags"))

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Figures that DVC and MLflow track."""
        return self.json("evaluation/metrics.json")

    @cached_property
    def promised(self) -> float:
        """Share of prices the range is to hold."""
        coverage = self.table("values.parquet", ("coverage",))["coverage"].dropna()
        if coverage.empty:
            raise NotGiven(
                "values.parquet", "no dwelling has a range", is_damaged=False, remedy="look at why none was valued"
            )
        return float(coverage.iloc[0])
