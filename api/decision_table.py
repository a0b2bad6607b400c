"""Which decisions stand in a table that somebody filled in? The columns of the export of cases, read back row by row.

Nothing is believed of a file: what is no table, too large or cut off is refused as a whole, and a cell that holds a
formula refuses its row, since nobody can see here what it would come to. What a row would do is the review's to say.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from typing import Any

from api.tables import from_text_cell
from valuation.review.case import ReviewCase
from valuation.review.reason_codes import OUTCOME_WORDS, REASONS

NEEDED = ("case_id", "version", "decided_outcome", "decided_reason_code", "decided_text")
"""Columns without which a table says nothing; the others of the export may be left out."""
READ = (*NEEDED, "dwelling_id", "decided_value", "decided_evidence")
MOST_ROWS = 30_000
"""Rows that are read at all: an export of a whole queue, most of it not filled in. So many fill the largest file that
is taken (4 MB), and are read in some six seconds of the processor."""
MOST_BYTES_WITHIN = 60_000_000
"""Of a workbook as it is when unpacked: one that says it is larger is not opened."""
SEPARATOR = "|"
_TEXT = 10_000
"""Characters of a cell that are kept: more than a reason may have, so that it is refused with its own sentence."""


class TableRefused(Exception):
    """A file that is no table of decisions; `code` says what stands in the way."""

    def __init__(self, code: str, **told: Any) -> None:
        self.code, self.told = code, told
        super().__init__(code)


@dataclass(frozen=True)
class DecisionRow:
    """A row in which something was filled in, as text."""

    line: int
    """As a spreadsheet counts it."""
    case_id: str
    dwelling_id: str
    version: str
    outcome: str
    value: str
    reason_code: str
    text: str
    evidence: str
    formulas: tuple[str, ...] = ()
    """Columns whose cell holds a formula."""

    def says_what_stands(self, case: ReviewCase) -> bool:
        """Return whether it is what was decided already: the row of an export nobody touched."""
        made = case.decision
        if made is None:
            return False
        said = (self.outcome, self.reason_code, self.text)
        return said == (made.outcome, made.reason_code, made.text)


def read_decisions(content: bytes) -> tuple[DecisionRow, ...]:
    """Read a table; rows without an outcome are left out.

    Parameters
    ----------
    content : bytes
        Of an XLSX workbook, or of CSV in UTF-8 or as Excel writes it on Windows.

    Raises
    ------
    TableRefused
        `file-empty, file-not-read, file-too-large, file-too-long, file-lacks-columns`.
    """
    if not content.strip():
        raise TableRefused("file-empty")
    rows = _workbook(content) if content[:2] == b"PK" else _csv(content)
    try:
        head = next(rows)
    except StopIteration:
        raise TableRefused("file-empty") from None
    names = [str(cell.content).strip().casefold() for cell in head]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise TableRefused("file-lacks-columns", columns=", ".join(missing))
    found = list(islice(rows, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise TableRefused("file-too-long", most=MOST_ROWS)
    read = (_row(line, dict(zip(names, cells, strict=False))) for line, cells in enumerate(found, start=2))
    return tuple(row for row in read if row.outcome or row.formulas)


def kept(rows: Iterable[DecisionRow]) -> str:
    """Return rows as a form carries them from the report to the confirmation."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False)


def from_kept(text: str) -> tuple[DecisionRow, ...]:
    """Return the rows of a form.

    Raises
    ------
    TableRefused
        `file-not-read` for what this service did not write there.
    """
    try:
        given = json.loads(text)
        rows = tuple(DecisionRow(**one | {"formulas": tuple(one["formulas"])}) for one in given)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise TableRefused("file-not-read") from None
    if not isinstance(given, list):
        raise TableRefused("file-not-read")
    parts = [part for row in rows for part in asdict(row).values()]
    if len(rows) > MOST_ROWS or not all(isinstance(part, str | int | tuple) for part in parts):
        raise TableRefused("file-not-read")
    return rows


@dataclass(frozen=True)
class _Cell:
    content: Any
    is_formula: bool = False


def _workbook(content: bytes) -> Iterator[list[_Cell]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES_WITHIN:
                raise TableRefused("file-too-large")
        from openpyxl import load_workbook  # not above: few workers ever read a workbook

        sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        rows = [
            # A formula is text with an equals sign before it unless asked for what it came to; it is not believed.
            [_Cell(cell.value, cell.data_type == "f") for cell in row]
            for row in islice(sheet.iter_rows(), MOST_ROWS + 2)
        ]
    except TableRefused:
        raise
    except Exception:
        raise TableRefused("file-not-read") from None
    return iter(rows)


def _csv(content: bytes) -> Iterator[list[_Cell]]:
    if b"\0" in content:
        raise TableRefused("file-not-read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.split("\n", 1)[0]
    comma = max((",", ";", "\t"), key=first.count)
    try:
        rows = [
            [_Cell(from_text_cell(cell), cell.lstrip(" ").startswith(("=", "+", "@"))) for cell in row]
            for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=comma), MOST_ROWS + 2)
        ]
    except csv.Error:
        raise TableRefused("file-not-read") from None
    return iter(rows)


def _row(line: int, cells: Mapping[str, _Cell]) -> DecisionRow:
    said = {name: _text(cells[name].content) if name in cells else "" for name in READ}
    formulas = tuple(name for name in READ if name in cells and cells[name].is_formula)
    return DecisionRow(
        line=line,
        case_id=said["case_id"],
        dwelling_id=said["dwelling_id"],
        version=said["version"],
        outcome=_code(said["decided_outcome"], _outcomes()),
        value=said["decided_value"],
        reason_code=_code(said["decided_reason_code"], _reasons()),
        text=said["decided_text"],
        evidence=said["decided_evidence"],
        formulas=formulas,
    )


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, float) and content.is_integer():
        # Spreadsheets keep whole numbers as 3.0.
        return str(int(content))
    return str(content).strip()[:_TEXT]


def _code(said: str, words: Mapping[str, str]) -> str:
    """Return the code for what was written, be it the code or what people call it in a language."""
    return words.get(said.casefold(), said)


@cache
def _outcomes() -> dict[str, str]:
    return _by_words((code, words.model_dump().values()) for code, words in OUTCOME_WORDS.items())


@cache
def _reasons() -> dict[str, str]:
    return _by_words((code, reason.words.model_dump().values()) for code, reason in REASONS.items())


def _by_words(known: Iterable[tuple[str, Iterable[Any]]]) -> dict[str, str]:
    return {str(words).casefold(): code for code, several in known for words in several if words}


def evidence_of(row: DecisionRow) -> tuple[str, ...]:
    """Return what the reason of a row rests on."""
    return tuple(part.strip() for part in row.evidence.split(SEPARATOR) if part.strip())


def joined(evidence: Sequence[str]) -> str:
    """Return what a reason rests on as one cell."""
    return SEPARATOR.join(evidence)
