"""Where does each figure of a card come from? Every number is taken from a file of the run and keeps its address.

An address is a file of the run folder and a place in it:

- ``receipt.json#/counts/dwellings`` is a value in a JSON file (RFC 6901, JSON Pointer);
- ``evaluation/coverage.csv?grouping=overall&group=all#coverage`` is the cell of the one row that the conditions choose;
- ``values.parquet?flags~models-disagree#count()`` counts rows; ``~`` asks whether a list joined by ``|`` holds a code,
  ``=NaN`` for what is missing;
- ``roll.parquet#missing_share(bathrooms)`` is the share of rows, chosen by the same conditions, without an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from string import Formatter
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from valuation.disclosure.finished_run import FinishedRun
from valuation.errors import InputRefused

Scalar = str | int | float | bool


@dataclass(frozen=True)
class Figure:
    """A number or name of the run: as stored, as read by people, and where it was taken from."""

    value: Scalar
    shown: str
    source: str


Piece = str | Figure
Text = tuple[Piece, ...]
"""Running text with the figures in it."""
NOT_GIVEN = "not given"


def text(template: str, **pieces: Piece | Text) -> Text:
    """Put figures into a sentence.

    Examples
    --------
    >>> text("{n} sales", n=Figure(3, "3", "receipt.json#/counts/sales"))
    (Figure(value=3, shown='3', source='receipt.json#/counts/sales'), ' sales')
    """
    found: list[Piece] = []
    for words, name, _, _ in Formatter().parse(template):
        if words:
            found.append(words)
        if name:
            piece = pieces[name]
            found += [piece] if isinstance(piece, str | Figure) else piece
    return tuple(found)


def plain(words: Text) -> str:
    """Return the text as it is read."""
    return "".join(piece if isinstance(piece, str) else piece.shown for piece in words)


def shown(value: Scalar, digits: int = 0, factor: float = 1.0) -> str:
    """Return a number as it is read in English.

    Examples
    --------
    >>> shown(12345.6), shown(-0.0456, 3), shown(0.5, 1, 100), shown("a")
    ('12,346', '−0.046', '50.0', 'a')
    """
    if isinstance(value, str):
        return value
    found = f"{factor * value:,.{digits}f}"
    return found.lstrip("-") if not found.strip("-0.,") else found.replace("-", "−")


class Evidence:
    """Takes figures from the files of a run; each knows where it was found."""

    def __init__(self, run: FinishedRun) -> None:
        self.run = run
        self._tables = cache(run.cells)
        self._json = cache(run.json)

    def json(self, name: str, *path: str, digits: int = 0, factor: float = 1.0) -> Figure:
        """Return a value of a JSON file.

        Raises
        ------
        InputRefused
            When the file holds no such value.
        """
        found: Any = self._json(name)
        pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
        try:
            for step in path:
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError) as error:
            raise InputRefused(
                f"{self.run.folder / name} holds nothing at {pointer}",
                expected="what this version of the program writes there",
                remedy="run the pipeline again with this version",
            ) from error
        return Figure(found, shown(found, digits, factor), f"{name}#{pointer}")

    def cell(
        self, name: str, column: str, where: Mapping[str, Scalar], digits: int = 0, factor: float = 1.0
    ) -> Figure | None:
        """Return the cell of the one row chosen by `where`; None where there is no such row or nothing in it."""
        found = self._cell(name, column, where)
        found = found.item() if isinstance(found, np.generic) else found
        if found is None or found is pd.NA or found == "" or (isinstance(found, float) and not np.isfinite(found)):
            return None
        if name.endswith(".csv"):
            found = _number_or_text(found)
        return Figure(found, shown(found, digits, factor), f"{name}{_conditions(where)}#{quote(column)}")

    def _cell(self, name: str, column: str, where: Mapping[str, Scalar]) -> Any:
        table = self._indexed(name, tuple(where))
        key = tuple(str(value) for value in where.values())
        place = table.get(key)
        return None if place is None else self._tables(name)[column].iloc[place]

    @cached_property
    def _indexes(self) -> dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], int]]:
        return {}

    def _indexed(self, name: str, columns: tuple[str, ...]) -> dict[tuple[str, ...], int]:
        index = self._indexes.get((name, columns))
        if index is None:
            keys = zip(*(self._tables(name)[column].astype(str) for column in columns), strict=True)
            index = self._indexes[name, columns] = {key: place for place, key in enumerate(keys)}
        return index

    def rows(self, name: str, **where: Scalar) -> pd.DataFrame:
        """Return the rows of a table that the conditions choose."""
        table = self._tables(name)
        return table[chosen(table, where)]

    def count(self, name: str, **where: Scalar) -> Figure:
        """Return how many rows the conditions choose."""
        n = int(chosen(self._tables(name), where).sum())
        return Figure(n, shown(n), f"{name}{_conditions(where)}#count()")

    def count_of_code(self, name: str, column: str, code: str) -> Figure:
        """Return how many rows hold `code` in a list of codes joined by a bar."""
        codes = "|" + self._tables(name)[column].astype(str) + "|"
        n = int(codes.str.contains(f"|{code}|", regex=False).sum())
        return Figure(n, shown(n), f"{name}?{quote(column)}~{quote(code)}#count()")

    def missing_share(self, name: str, column: str, digits: int = 1, **where: Scalar) -> Figure:
        """Return the share of rows without an entry, shown in percent."""
        table = self._tables(name)
        rows = table.loc[chosen(table, where), column]
        share = float(rows.isna().mean()) if len(rows) else 0.0
        return Figure(share, shown(share, digits, 100), f"{name}{_conditions(where)}#missing_share({quote(column)})")


def chosen(table: pd.DataFrame, where: Mapping[str, Scalar]) -> pd.Series:
    """Return which rows fulfil all conditions; `"NaN"` stands for what is missing."""
    found = pd.Series(True, index=table.index)
    for column, wanted in where.items():
        found &= table[column].isna() if wanted == "NaN" else table[column] == wanted
    return found


def _conditions(where: Mapping[str, Scalar]) -> str:
    if not where:
        return ""
    return "?" + "&".join(f"{quote(column)}={quote(_written(value), safe='')}" for column, value in where.items())


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number_or_text(cell: str) -> Scalar:
    try:
        return float(cell)
    except ValueError:
        return cell
