"""What stands in this raw file, letter for letter?

Every cell is read as text and nothing is guessed: `0301` keeps its zero, a street may be called None and a zone NA.
What a text means is decided later by the data dictionary (`cell_text.py`). A file that is cut, of another encoding, of
another delimiter or not a table is refused here, with the line.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from valuation.errors import RawTableRefused, WrongUse
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_bytes import decoded, unpacked
from valuation.jurisdictions.raw_parquet import read_parquet

MAX_COLUMNS = 2_000
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SUMMARY = r"(?i)^\s*(sum|sums|total|totals|totalt|grand total|i alt|ialt|subtotal|antall|count|gjennomsnitt|average)\b"


@dataclass(frozen=True)
class BadRow:
    """A row of a raw file that is no record."""

    line: int
    rule: str
    text: str
    remedy: str


@dataclass(frozen=True)
class RawText:
    """A raw table as text.

    Attributes
    ----------
    cells : pyarrow.Table of string
        One row is a record of the file; no cell is missing.
    lines : numpy.ndarray of int, shape (n_rows,)
        Line of the file at which each record begins, the header being line 1.
    bad_rows : tuple of BadRow
        Rows left out, and why.
    sha256 : str
        Of the file as it lies on disk.
    """

    name: str
    path: Path
    format: RawTable
    cells: pa.Table
    lines: np.ndarray
    bad_rows: tuple[BadRow, ...]
    sha256: str

    @property
    def n_rows(self) -> int:
        """Records read, bad rows not counted."""
        return int(self.cells.num_rows)

    def require(self, column: str, asked_by: str) -> None:
        """Check that the file has `column`.

        Raises
        ------
        RawTableRefused
            With the nearest name the file does have.
        """
        if column not in self.cells.column_names:
            raise no_such_column(self.path.name, column, self.cells.column_names, asked_by)


def no_such_column(files: str, column: str, names: list[str], asked_by: str) -> RawTableRefused:
    """Return the refusal of a column that no file has, with the nearest name there is."""
    near = get_close_matches(column, names, n=1, cutoff=0.6)
    hint = f"; the nearest is {near[0]!r}" if near else ""
    return RawTableRefused(
        f"{files}: there is no column {column!r} ({asked_by}){hint}",
        expected=f"one of the columns {', '.join(names)}",
        remedy="correct the name in the jurisdiction file, or export the table with this column",
    )


def read_raw_table(name: str, layout: RawTable, folder: Path) -> RawText:
    """Read a raw file as text.

    Parameters
    ----------
    name : str
        What the jurisdiction file calls the table.
    layout : RawTable
        Delimiter, encoding and so on, as the jurisdiction file says.
    folder : Path
        The raw folder.

    Raises
    ------
    WrongUse
        When folder or file is not there.
    RawTableRefused
        When the file cannot be read as the jurisdiction file says.
    """
    path = folder / layout.file
    if not folder.is_dir():
        raise WrongUse(
            f"{folder} is not a folder", expected="the folder with the raw tables", remedy="give it with --raw DIR"
        )
    if not path.is_file():
        there = sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))
        raise WrongUse(
            f"{path} is not there; the folder holds {', '.join(there[:20]) or 'nothing'}",
            expected=f"the raw table `{name}` of the jurisdiction file",
            remedy="put it there, correct `file` in the jurisdiction file, or run `valuation fetch`",
        )
    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if path.suffix == ".parquet":
        cells = read_parquet(path)
        return RawText(name, path, layout, cells, np.arange(2, cells.num_rows + 2), (), digest)
    text = decoded(unpacked(packed, path), layout, path)
    return _parse(text, name, layout, path, digest)


def _parse(text: str, name: str, layout: RawTable, path: Path, digest: str) -> RawText:
    """Split text into records, and refuse what is cut."""
    skipped_lines = 0
    if text[:4].lower() == "sep=":  # Excel's hint for itself
        _, _, text = text.partition("\n")
        skipped_lines = 1
    _check_quotes(text, path, skipped_lines)
    header, header_lines = _header(text, layout, path, skipped_lines)
    ends_whole = text.endswith("\n") or not layout.ends_with_newline
    wrong: list[pa_csv.InvalidRow] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    try:
        cells = pa_csv.read_csv(
            pa.BufferReader(text.encode("utf-8")),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=64 << 20, column_names=header, skip_rows=0, skip_rows_after_names=1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
            ),
            convert_options=pa_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise RawTableRefused(
            f"{path.name}: {error}", expected=f"a table with {len(header)} columns", remedy="export the table again"
        ) from error
    lines, wrong_lines = _record_lines(cells, wrong, header_lines, skipped_lines)
    bad_rows = list(_short_and_long_rows(wrong, wrong_lines))
    _check_is_whole(text, wrong, wrong_lines, ends_whole, path, cells.num_rows, len(header))
    again = _rows_that_repeat_the_header(cells, header)
    summary = _rows_that_sum_up(cells)
    for mask, rule, remedy in (
        (again, "header_again", "the header stands twice: two exports were put together; check that none is doubled"),
        (summary & ~again, "summary_row", "a row of sums is no dwelling: export without it"),
    ):
        bad_rows += [BadRow(int(lines[i]), rule, str(cells.column(0)[int(i)]), remedy) for i in np.flatnonzero(mask)]
    good = ~(again | summary | _rows_without_content(cells))
    cells = cells.filter(pa.array(good)).combine_chunks() if not good.all() else cells.combine_chunks()
    if cells.num_rows == 0:
        raise RawTableRefused(
            f"{path.name}: a header and no row", expected="one row a line", remedy="export the table again"
        )
    return RawText(name, path, layout, cells, lines[good], tuple(sorted(bad_rows, key=lambda row: row.line)), digest)


def _check_quotes(text: str, path: Path, skipped_lines: int) -> None:
    if text.count('"') % 2 == 0:
        return
    line = text.count("\n", 0, text.rfind('"')) + 1 + skipped_lines
    raise RawTableRefused(
        f"{path.name}: a quotation mark is opened and never closed (the last one stands on line {line})",
        expected="quotation marks in pairs",
        remedy="the file is cut or a text holds a single quotation mark: "
        "export it again, doubling quotation marks within texts",
    )


def _header(text: str, layout: RawTable, path: Path, skipped_lines: int) -> tuple[list[str], int]:
    """Return the column names and the number of lines they take."""
    end = text.find("\n")
    while end >= 0 and text.count('"', 0, end) % 2:
        end = text.find("\n", end + 1)
    head = text if end < 0 else text[:end]
    line = 1 + skipped_lines
    if not head.strip():
        raise RawTableRefused(
            f"{path.name}, line {line}: an empty line",
            expected="the names of the columns",
            remedy="remove the empty lines at the top",
        )
    names = [item.strip() for item in _split(head, layout.delimiter)]
    if len(names) == 1:
        seen = max(_DELIMITERS, key=head.count)
        if head.count(seen):
            raise RawTableRefused(
                f"{path.name}, line {line}: one column, {names[0][:60]!r}, with {head.count(seen)} times {seen!r}; "
                f"the jurisdiction file says delimiter {layout.delimiter!r}",
                expected=f"columns separated by {layout.delimiter!r}",
                remedy=f'write `delimiter: "{_shown(seen)}"` for this table',
            )
    doubled = sorted({item for item in names if names.count(item) > 1})
    if doubled:
        raise RawTableRefused(
            f"{path.name}, line {line}: two columns are called {doubled[0]!r}",
            expected="each column name once",
            remedy="rename or remove one of them",
        )
    if len(names) > MAX_COLUMNS:
        raise RawTableRefused(
            f"{path.name}, line {line}: {len(names):,} columns",
            expected=f"at most {MAX_COLUMNS:,}",
            remedy="leave out columns that are not used",
        )
    nameless = [i + 1 for i, item in enumerate(names) if not item]
    names = [item or f"column {i + 1}" for i, item in enumerate(names)]
    if len(nameless) == len(names):
        raise RawTableRefused(
            f"{path.name}, line {line}: no column has a name",
            expected="the names of the columns",
            remedy="export the table with its header",
        )
    return names, 1 + head.count("\n")


def _shown(sign: str) -> str:
    return "\\t" if sign == "\t" else sign


def _split(line: str, delimiter: str) -> list[str]:
    import csv

    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


def _record_lines(
    cells: pa.Table, wrong: list[pa_csv.InvalidRow], header_lines: int, skipped_lines: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the line of each record and of each row left out; a quoted text may run over several lines."""
    n_all = cells.num_rows + len(wrong)
    extra = np.zeros(n_all, dtype=np.int64)
    # pyarrow numbers rows from 1, the header being row 1.
    wrong_at = np.array([row.number - 2 for row in wrong], dtype=np.int64)
    is_wrong = np.zeros(n_all, dtype=bool)
    is_wrong[wrong_at] = True
    for column in cells.columns:
        breaks = pc.count_substring(column, "\n")
        if pc.any(pc.greater(breaks, 0)).as_py():
            extra[~is_wrong] += breaks.to_numpy().astype(np.int64)
    for at, row in zip(wrong_at, wrong, strict=True):
        extra[at] += (row.text or "").strip("\n").count("\n")
    first = 1 + header_lines + skipped_lines
    starts = first + np.concatenate([[0], np.cumsum(1 + extra)[:-1]]) if n_all else np.zeros(0, dtype=np.int64)
    return starts[~is_wrong], starts[is_wrong]


def _short_and_long_rows(wrong: list[pa_csv.InvalidRow], lines: np.ndarray) -> Iterator[BadRow]:
    for row, line in zip(wrong, lines, strict=True):
        text = row.text.strip() if row.text else ""
        if not text:
            continue  # an empty line is no row
        yield BadRow(
            int(line),
            "wrong_number_of_cells",
            text[:200],
            f"{row.actual_columns} cells where the header has {row.expected_columns}: "
            "put texts with the delimiter in quotation marks, or remove the row",
        )


def _check_is_whole(
    text: str,
    wrong: list[pa_csv.InvalidRow],
    wrong_lines: np.ndarray,
    ends_whole: bool,
    path: Path,
    n_rows: int,
    n_columns: int,
) -> None:
    if text.endswith("\n"):
        return
    last_number = n_rows + len(wrong) + 1
    if wrong and wrong[-1].number == last_number:
        raise RawTableRefused(
            f"{path.name}, line {wrong_lines[-1]}: the file ends within a row, after "
            f"{wrong[-1].actual_columns} of {n_columns} cells",
            expected="a whole file",
            remedy="it was cut on the way: fetch or export it again",
        )
    if not ends_whole:
        raise RawTableRefused(
            f"{path.name}: the last line does not end, so nobody can see whether the file is whole",
            expected="a line end after the last row",
            remedy="export it again; if the program that writes it never ends the last line, say "
            "`ends_with_newline: false` for this table",
        )


def _rows_that_repeat_the_header(cells: pa.Table, header: list[str]) -> np.ndarray:
    again = np.ones(cells.num_rows, dtype=bool)
    for name in header:
        again &= pc.equal(pc.utf8_trim_whitespace(cells.column(name)), name).to_numpy()
        if not again.any():
            break
    return again


def _rows_without_content(cells: pa.Table) -> np.ndarray:
    """Find rows such as `;;;;`, which spreadsheets leave below a table."""
    empty = np.ones(cells.num_rows, dtype=bool)
    for column in cells.columns:
        empty &= pc.equal(pc.utf8_trim_whitespace(column), "").to_numpy()
        if not empty.any():
            break
    return empty


def _rows_that_sum_up(cells: pa.Table) -> np.ndarray:
    """Find rows such as `Sum;;;123`: a word for a sum among the first cells and most others empty."""
    summary = np.zeros(cells.num_rows, dtype=bool)
    for column in cells.columns[:3]:
        summary |= pc.match_substring_regex(column, _SUMMARY).to_numpy()
    if not summary.any():
        return summary
    filled = np.zeros(cells.num_rows, dtype=np.int64)
    for column in cells.columns:
        filled += pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy()
    return summary & (filled <= max(1, cells.num_columns // 2))
