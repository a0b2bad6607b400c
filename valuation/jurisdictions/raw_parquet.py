"""What does this Parquet file hold, as the text a CSV file would have?

A few kilobytes of Parquet can stand for more than any memory, and can say something else of themselves: what a file
declares is looked at before it is read, and what comes out is counted while it is.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from valuation.errors import RawTableRefused
from valuation.jurisdictions.raw_bytes import EXPANSION_FREE_BYTES, MAX_EXPANSION, MAX_TEXT_BYTES

MAX_ROWS = 20_000_000
_BATCH_ROWS = 65_536


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file as text.

    Raises
    ------
    RawTableRefused
        When it is no whole Parquet file, holds more or less than it declares, or more than a register can.
    """
    try:
        with pq.ParquetFile(path) as file:
            texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
        # Texts that repeat stay numbers until it is known how long they become.
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            _check_what_it_declares(file, path)
            table = _read_within_limits(file, path)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise RawTableRefused(
            f"{path.name}: not a whole Parquet file: {error}", expected="Parquet", remedy="fetch or export it again"
        ) from error
    columns = [pc.fill_null(_as_text(column), "") for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_binary(kind)


def _check_what_it_declares(file: pq.ParquetFile, path: Path) -> None:
    told, size = file.metadata, path.stat().st_size
    cells = told.num_rows * told.num_columns
    if told.num_rows > MAX_ROWS or cells > MAX_EXPANSION * max(size, EXPANSION_FREE_BYTES // 8):
        raise _too_much(path, f"{size:,} bytes declare {told.num_rows:,} × {told.num_columns} cells")


def _read_within_limits(file: pq.ParquetFile, path: Path) -> pa.Table:
    declared, batches, n_rows, n_bytes = file.metadata.num_rows, [], 0, 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        batches.append(batch)
        n_rows += batch.num_rows
        n_bytes += sum(_expanded_bytes(column) for column in batch.columns)
        if n_bytes > MAX_TEXT_BYTES:
            raise _too_much(path, f"{path.stat().st_size:,} bytes expand to more than {MAX_TEXT_BYTES:,}")
    if n_rows != declared:
        raise RawTableRefused(
            f"{path.name}: declares {declared:,} rows and holds {n_rows:,}",
            expected="a whole Parquet file",
            remedy="fetch or export it again",
        )
    return pa.Table.from_batches(batches, schema=file.schema_arrow if not batches else None)


def _expanded_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary.cast(pa.binary()))
    return int(pc.sum(pc.cast(lengths.take(column.indices), pa.int64())).as_py() or 0)


def _too_much(path: Path, found: str) -> RawTableRefused:
    return RawTableRefused(
        f"{path.name}: {found}",
        expected="a table of dwellings or sales",
        remedy="look at what the file holds",
    )


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.date32(), safe=False)
    return column.cast(pa.string())
