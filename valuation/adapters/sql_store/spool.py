"""How are many rows made ready while nobody waits? In a file without a name, that is gone with the process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

import sqlalchemy as sa

_AT_ONCE = 2_000


class Spool:
    """Rows of tables, in order, a few thousand in memory at a time.

    A roll takes many seconds to prepare, and a writer keeps all others waiting: it begins when its rows are ready.
    """

    def __enter__(self) -> Spool:
        self._file = TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows of a table, all with the same columns."""
        for part in parts(rows):
            names = list(part[0])
            content = [[row[name] for name in names] for row in part]
            self._file.write(json.dumps([table.name, names, content], separators=(",", ":")) + "\n")

    def write_to(self, connection: sa.Connection, tables: sa.MetaData) -> None:
        """Insert all rows, in the order they were added."""
        self._file.seek(0)
        for line in self._file:
            name, columns, content = json.loads(line)
            connection.execute(
                sa.insert(tables.tables[name]), [dict(zip(columns, row, strict=True)) for row in content]
            )


def parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of a few thousand items, as long as there are some."""
    left = iter(items)
    while part := list(islice(left, _AT_ONCE)):
        yield part
