"""How does a table leave the service? CSV, XLSX, Parquet or GeoJSON, row by row; a text is never run as a formula.

A text that a spreadsheet would take for a formula gets an apostrophe before it in CSV (so does one that begins with an
apostrophe: taken away again, the text is as it was), and is a cell of text in XLSX. Numbers stay numbers: -5 is -5.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from valuation.jurisdictions.coordinates import to_degrees
from valuation.jurisdictions.jurisdiction import Coordinates

Kind = Literal["text", "whole", "number", "truth"]
Row = dict[str, Any]
Format = Literal["csv", "xlsx", "parquet", "geojson"]
MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
_ARROW = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "truth": pa.bool_()}
_AT_ONCE = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTE = "'"
_LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet holds."""


@dataclass(frozen=True)
class Column:
    """A column of an export."""

    name: str
    kind: Kind


def as_text_cell(text: str) -> str:
    r"""Return a text as CSV may hold it: no spreadsheet takes it for a formula.

    Examples
    --------
    >>> as_text_cell("=1+1"), as_text_cell("Storgata 1"), as_text_cell("'s-Gravenhage"), as_text_cell(" -2")
    ("'=1+1", 'Storgata 1', "''s-Gravenhage", "' -2")
    """
    begins = text.lstrip(" \u00a0").startswith(_FORMULA) or text.startswith((_QUOTE, *_FORMULA))
    return _QUOTE + text if begins else text


def from_text_cell(cell: str) -> str:
    """Return the text that `as_text_cell` was given."""
    return cell[1:] if cell.startswith(_QUOTE) else cell


def written_csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield CSV in UTF-8: texts in quotation marks, numbers bare, nothing for what is not known."""
    yield "\ufeff".encode()  # Excel takes UTF-8 without it for the code page of the machine
    yield _lines([[column.name for column in columns]])
    rest = iter(rows)
    while part := list(islice(rest, _AT_ONCE)):
        yield _lines([[_csv_cell(row[column.name]) for column in columns] for row in part])


def _lines(cells: list[list[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def _csv_cell(value: Any) -> Any:
    if value is None:
        return _Nothing()
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text_cell(value) if isinstance(value, str) else value


class _Nothing(float):
    """Written as nothing: the writer puts no quotation marks around a number."""

    def __str__(self) -> str:
        return ""

    __repr__ = __str__


def written_xlsx(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a workbook with one sheet; texts are cells of text."""
    from openpyxl import Workbook  # not above: a worker that writes none need not load it

    book = Workbook(write_only=True)
    sheet = book.create_sheet("values")
    try:
        sheet.append([column.name for column in columns])
        for row in rows:
            sheet.append([_xlsx_cell(sheet, row[column.name]) for column in columns])
        yield from _from_file(book.save)
    except Exception as error:
        # Else the part that is written stays on the disk for as long as the process lives.
        sheet._writer.cleanup()
        raise _of_the_disk(error) or error from None


def _of_the_disk(error: Exception) -> OSError | None:
    """Return what the disk said, where the library that writes XML says it in words of its own, such as IO_ENOSPC."""
    number = getattr(errno, str(error).removeprefix("IO_"), None)
    return OSError(number, os.strerror(number)) if isinstance(number, int) else None


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, value=None)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:_LONGEST_CELL]
    # After the value: openpyxl makes a formula of what begins with an equals sign.
    cell.data_type = "s"
    return cell


def written_parquet(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield Parquet: typed columns, missing as null."""
    schema = pa.schema([(column.name, _ARROW[column.kind]) for column in columns])

    def write(file: IO[bytes]) -> None:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            rest = iter(rows)
            while part := list(islice(rest, 10 * _AT_ONCE)):
                writer.write_table(pa.Table.from_pylist(part, schema=schema))

    return _from_file(write)


def written_geojson(columns: Sequence[Column], rows: Iterable[Row], where: Coordinates) -> Iterator[bytes]:
    """Yield GeoJSON (RFC 7946): points in WGS84, the other columns as properties."""
    yield b'{"type":"FeatureCollection","features":['
    rest, is_first = iter(rows), True
    while part := list(islice(rest, _AT_ONCE)):
        told = ",".join(json.dumps(one, ensure_ascii=False, allow_nan=False) for one in features(columns, part, where))
        yield (told if is_first else f",{told}").encode("utf-8", "replace")
        is_first = False
    yield b"]}"


def features(columns: Sequence[Column], rows: Sequence[Row], where: Coordinates) -> list[Row]:
    """Return rows as features of GeoJSON; one without a place has no geometry."""
    x_m, y_m = (np.array([row[name] for row in rows], dtype=float) for name in ("x_m", "y_m"))
    east, north = to_degrees(x_m, y_m, where)
    names = [column.name for column in columns if column.name not in ("x_m", "y_m", "value_id")]
    return [
        {
            "type": "Feature",
            "id": row["value_id"],
            "geometry": _point(float(x), float(y)),
            "properties": {name: row[name] for name in names},
        }
        for row, x, y in zip(rows, east, north, strict=True)
    ]


def _point(east: float, north: float) -> Row | None:
    if np.isnan(east) or np.isnan(north):
        return None
    # Seven decimals are a centimetre (RFC 7946, 11.2).
    return {"type": "Point", "coordinates": [round(east, 7), round(north, 7)]}


def _from_file(write: Callable[[Any], Any]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        write(file)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece
