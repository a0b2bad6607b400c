"""Which raw cell does a mapping mean? The rows of one raw table, with the rows of others that belong to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valuation.errors import RawTableRefused
from valuation.jurisdictions.jurisdiction import Join
from valuation.jurisdictions.raw_table import RawText, no_such_column


class JoinedRows:
    """The records of a raw table, each with its partner in other raw tables.

    Parameters
    ----------
    base : RawText
        One row is a row of the result.
    joins : sequence of Join
        Applied in order; a key may come from an earlier join.
    tables : mapping of str to RawText
        By the names of the jurisdiction file.

    Raises
    ------
    RawTableRefused
        When a key is missing, or stands several times in the joined table with different content.
    """

    def __init__(self, base: RawText, joins: Sequence[Join], tables: Mapping[str, RawText]) -> None:
        self.base = base
        self._tables = {base.name: base}
        self._rows: dict[str, np.ndarray | None] = {base.name: None}
        self.without_partner: dict[str, np.ndarray] = {}
        self.n_without_partner: dict[str, int] = {}
        for join in joins:
            self._join(join, tables[join.table])

    @property
    def n_rows(self) -> int:
        """Rows of the base table."""
        return self.base.n_rows

    @property
    def lines(self) -> np.ndarray:
        """Line of each row in the base file."""
        return self.base.lines

    def table_of(self, column: str, table: str | None, asked_by: str) -> RawText:
        """Return the raw table a column is read from: the named one, else the first that has it."""
        if table is not None:
            if table not in self._tables:
                raise RawTableRefused(
                    f"{asked_by}: table {table!r} is not joined to {self.base.name!r}",
                    expected=f"one of {', '.join(self._tables)}",
                    remedy="add it under `joins` in the jurisdiction file",
                )
            self._tables[table].require(column, asked_by)
            return self._tables[table]
        for raw in self._tables.values():
            if column in raw.cells.column_names:
                return raw
        names = [name for raw in self._tables.values() for name in raw.cells.column_names]
        raise no_such_column(", ".join(raw.path.name for raw in self._tables.values()), column, names, asked_by)

    def column(self, column: str, table: str | None, asked_by: str) -> pa.Array:
        """Return a column as text, null where a row has no partner."""
        raw = self.table_of(column, table, asked_by)
        cells = raw.cells.column(column)
        cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
        rows = self._rows[raw.name]
        return cells if rows is None else cells.take(pa.array(rows, mask=rows < 0))

    def _join(self, join: Join, right: RawText) -> None:
        asked_by = f"joins to {join.table}"
        for column in join.on.values():
            right.require(column, asked_by)
        left_key = _key([self._key_part(column, asked_by) for column in join.on])
        right_key = _key([right.cells.column(column).combine_chunks() for column in join.on.values()])
        index = pd.Index(right_key)
        is_key = index.notna()
        first = ~index.duplicated() & is_key
        if not first[is_key].all():
            self._check_same_content(right, right_key, is_key, join)
        rows_of_first = np.flatnonzero(first)
        at = index[first].get_indexer(pd.Index(left_key))
        rows = np.where(at >= 0, rows_of_first[at], -1) if len(rows_of_first) else np.full(self.n_rows, -1)
        rows[pd.isna(left_key)] = -1
        self._check_any_partner(rows, left_key, right_key, join, right)
        self._tables[join.table] = right
        self._rows[join.table] = rows
        if join.required:
            self.without_partner[join.table] = rows < 0

    def _key_part(self, column: str, asked_by: str) -> pa.Array:
        """Return a column, or columns put together by a text such as `{block} {street}`."""
        names = key_columns(column)
        if names == [column]:
            return self.column(column, None, asked_by)
        between = re.split(r"\{[^{}]+\}", column)
        parts: list[pa.Array | str] = []
        for literal, name in zip(between, names, strict=False):
            parts += [literal, pc.utf8_trim_whitespace(self.column(name, None, asked_by))]
        return pc.binary_join_element_wise(*parts, between[-1], "")

    def _check_any_partner(
        self, rows: np.ndarray, left_key: np.ndarray, right_key: np.ndarray, join: Join, right: RawText
    ) -> None:
        self.n_without_partner[join.table] = int((rows < 0).sum())
        if (rows >= 0).any() or not self.n_rows:
            return
        left, there = (
            next((key.replace(_BETWEEN, " + ") for key in keys if key is not None), "nothing")
            for keys in (left_key, right_key)
        )
        raise RawTableRefused(
            f"{self.base.path.name}: no row has a partner in {right.path.name}: {' + '.join(join.on)} is {left!r} on "
            f"the first row, {' + '.join(join.on.values())} is {there!r}",
            expected="the same identities in both tables",
            remedy="correct `on` in the jurisdiction file; compare leading zeros, blanks and spelling",
        )

    def _check_same_content(self, right: RawText, key: np.ndarray, is_key: np.ndarray, join: Join) -> None:
        # The same record twice is harmless; two records that disagree would make the answer depend on row order.
        content = _key([column.combine_chunks() for column in right.cells.columns])
        frame = pd.DataFrame({"key": key, "content": content})[is_key]
        disagreeing = frame.groupby("key", sort=False)["content"].nunique()
        disagreeing = disagreeing[disagreeing > 1]
        if len(disagreeing):
            lines = right.lines[key == disagreeing.index[0]]
            raise RawTableRefused(
                f"{right.path.name}, lines {', '.join(map(str, lines[:5]))}: {' + '.join(join.on.values())} is "
                f"{disagreeing.index[0].replace(_BETWEEN, ' + ')!r} more than once, with different content "
                f"({len(disagreeing)} such keys)",
                expected="one record per key in a joined table",
                remedy="remove the outdated records",
            )


_BETWEEN = "\x1f"


def key_columns(column: str) -> list[str]:
    """Return the columns a key is made of: itself, or those named in braces.

    Examples
    --------
    >>> key_columns("{block} {street_name}")
    ['block', 'street_name']
    """
    return re.findall(r"\{([^{}]+)\}", column) or [column]


def _key(parts: list[pa.Array]) -> np.ndarray:
    trimmed = [pc.utf8_trim_whitespace(part) for part in parts]
    joined = trimmed[0] if len(trimmed) == 1 else pc.binary_join_element_wise(*trimmed, _BETWEEN)
    # An empty key joins nothing: two rows that both lack a number do not belong together.
    nothing = np.logical_and.reduce(
        [pc.fill_null(pc.equal(part, ""), True).to_numpy(zero_copy_only=False) for part in trimmed]
    )
    key = np.array(joined.to_numpy(zero_copy_only=False), dtype=object)
    key[nothing] = None
    return key
