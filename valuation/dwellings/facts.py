"""What is recorded of some dwellings, as plain columns? A table costs a hundred times as much where one row is asked.

`Facts` are the columns of a table as arrays of two kinds, numbers and texts, each made when first asked for and then
kept. Whatever reads characteristics reads them here, so that one dwelling in a request and a whole roll go one way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
"""Texts and None."""


class Facts:
    """Columns of some dwellings, or sales; one row of each is a dwelling.

    Parameters
    ----------
    n : int
        Dwellings.
    numbers : dict of str to array of float, shape (n,)
        NaN where not known.
    texts : dict of str to array of object, shape (n,)
        None where not known.
    table : DataFrame, optional
        Where columns are taken from that are in neither.
    names : sequence of str, optional
        Order of the columns in `frame`.
    """

    def __init__(
        self,
        n: int,
        numbers: dict[str, Floats],
        texts: dict[str, Texts],
        table: pd.DataFrame | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self._n = n
        self._order = tuple(names)
        self._numbers, self._texts, self._table = numbers, texts, table
        self._known: dict[str, NDArray[np.bool_]] = {}

    @classmethod
    def of(cls, table: pd.DataFrame | Facts) -> Facts:
        """Return the columns of a table; of what is `Facts` already, itself."""
        return table if isinstance(table, Facts) else cls(len(table), {}, {}, table)

    def __len__(self) -> int:
        """Return the number of dwellings."""
        return self._n

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a column."""
        return name in self._numbers or name in self._texts or (self._table is not None and name in self._table)

    @property
    def names(self) -> list[str]:
        """Columns that were given, in their order."""
        return list(self._order) or [*self._texts, *self._numbers]

    def number(self, name: str) -> Floats:
        """Return a column as numbers; NaN where not known or no number, everywhere where there is no such column."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = self._read_numbers(name)
        return found

    def _read_numbers(self, name: str) -> Floats:
        if self._table is None or name not in self._table:
            return np.full(self._n, np.nan)
        column = pd.to_numeric(self._table[name], errors="coerce")
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))

    def text(self, name: str) -> Texts:
        """Return a column as texts; None where not known, everywhere where there is no such column."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = self._read_texts(name)
        return found

    def _read_texts(self, name: str) -> Texts:
        if self._table is None or name not in self._table:
            return np.full(self._n, None)
        return texts_of(self._table[name])

    def is_known(self, name: str, *, is_text: bool) -> NDArray[np.bool_]:
        """Return where a column of texts, or of numbers, is known."""
        found = self._known.get(name)
        if found is None:
            found = is_text_there(self.text(name)) if is_text else ~np.isnan(self.number(name))
            self._known[name] = found
        return found

    def records(self, names: Sequence[str]) -> list[dict[str, str | float | None]]:
        """Return the facts of each dwelling by name: texts, numbers, None where not known."""
        columns = [
            self._texts[name].tolist()
            if name in self._texts
            else [None if number != number else number for number in self.number(name).tolist()]
            for name in names
        ]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)] or [{}] * len(self)

    def frame(self) -> pd.DataFrame:
        """Return the columns that were given as a table, texts as `str`."""
        return pd.DataFrame(
            {
                name: pd.Series(self._texts[name], dtype="str") if name in self._texts else self._numbers[name]
                for name in self.names
            }
        )


def texts_of(column: ArrayLike) -> Texts:
    """Return texts as an array of `str` and None for what is missing; what is no text is written as one.

    Examples
    --------
    >>> texts_of(["flat", None, float("nan")]).tolist()
    ['flat', None, None]
    """
    if isinstance(column, pd.Series):
        column = column.to_numpy(dtype=object)
    given = np.atleast_1d(np.asarray(column, dtype=object))
    made = np.empty(len(given), dtype=object)
    made[:] = [cell if isinstance(cell, str) else None if pd.isna(cell) else str(cell) for cell in given.tolist()]
    return made


def is_text_there(texts: Texts) -> NDArray[np.bool_]:
    """Return where there is a text."""
    return np.fromiter((text is not None for text in texts), dtype=np.bool_, count=len(texts))


def codes_among(texts: Iterable[Any], places: Mapping[Any, int], n: int) -> NDArray[np.int64]:
    """Return the place of each of `n` texts, −1 where it is missing or has none.

    Examples
    --------
    >>> codes_among(["b", None, "z"], {"a": 0, "b": 1}, 3).tolist()
    [1, -1, -1]
    """
    find = places.get
    return np.fromiter((find(text, -1) for text in texts), dtype=np.int64, count=n)


def is_among(texts: Texts, levels: frozenset[str] | set[str]) -> NDArray[np.bool_]:
    """Return which texts are among some levels; what is missing is not."""
    return np.fromiter((text in levels for text in texts), dtype=np.bool_, count=len(texts))
