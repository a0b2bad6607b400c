"""Is a table of decisions read as it was meant, and a file that is none refused with what is wrong with it?"""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from api.decision_table import (
    MOST_BYTES_WITHIN,
    MOST_ROWS,
    NEEDED,
    TableRefused,
    evidence_of,
    from_kept,
    kept,
    read_decisions,
)

HEAD = (*NEEDED, "decided_value", "decided_evidence")
ROW = ("case-1", 3, "own_value", "condition-poor", "Taket lekker: 300 000", 3_900_000, "sale:1|document:a")


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.save(held)
    return held.getvalue()


def as_csv(*rows: tuple[object, ...], comma: str = ",", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(comma.join(f'"{cell}"' for cell in row) for row in rows).encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        workbook(HEAD, ROW),
        as_csv(HEAD, ROW),
        as_csv(HEAD, ROW, comma=";", encoding="cp1252"),
        as_csv(HEAD, ROW, comma="\t", encoding="utf-8-sig"),
        workbook([name.upper() for name in HEAD], (*ROW[:1], 3.0, "Egen verdi", "Dårligere standard", *ROW[4:])),
    ],
    ids=["workbook", "csv", "csv of Windows", "tabs", "words for codes"],
)
def test_a_row_is_read_as_it_was_filled_in(content):
    (row,) = read_decisions(content)
    assert (row.line, row.case_id, row.version, row.outcome, row.value) == (2, "case-1", "3", "own_value", "3900000")
    assert (row.text, evidence_of(row), row.formulas) == (ROW[4], ("sale:1", "document:a"), ())


def test_rows_without_an_outcome_are_left_out_and_the_others_keep_their_numbers():
    empty = ("case-0", 1, None, None, None, None, None)
    found = read_decisions(workbook(HEAD, empty, ROW, empty, (*ROW[:2], "accepted", *ROW[3:])))
    assert [(row.line, row.outcome) for row in found] == [(3, "own_value"), (5, "accepted")]


@pytest.mark.parametrize("make", [workbook, as_csv])
def test_a_formula_is_named_with_its_column_and_never_worked_out(make):
    (row,) = read_decisions(make(HEAD, (*ROW[:4], '=HYPERLINK(""x"")' if make is as_csv else "=1+1", *ROW[5:])))
    assert row.formulas == ("decided_text",)


def test_what_the_export_kept_from_being_a_formula_is_the_text_it_was():
    (row,) = read_decisions(as_csv(HEAD, (*ROW[:4], "'=1+1 sto det", *ROW[5:])))
    assert (row.text, row.formulas) == ("=1+1 sto det", ())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"  \r\n ", "file-empty"),
        (workbook(), "file-empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file-not-read"),
        (b"PK\x03\x04 and no more", "file-not-read"),
        (workbook(HEAD, ROW)[:2000], "file-not-read"),
        (b"a,b\r\n1,2\r\n", "file-lacks-columns"),
        (b"%PDF-1.7 \xe2\xe3", "file-lacks-columns"),
        (as_csv(HEAD, *[ROW] * (MOST_ROWS + 1)), "file-too-long"),
    ],
)
def test_a_file_that_is_no_table_of_decisions_is_refused_with_what_is_wrong(content, code):
    with pytest.raises(TableRefused) as refused:
        read_decisions(content)
    assert refused.value.code == code


def test_a_workbook_that_would_fill_the_memory_is_not_opened():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (MOST_BYTES_WITHIN + 1))
    with pytest.raises(TableRefused) as refused:
        read_decisions(held.getvalue())
    assert refused.value.code == "file-too-large"


def test_rows_come_back_from_a_form_as_they_were_given_and_nothing_else_does():
    rows = read_decisions(workbook(HEAD, ROW))
    assert from_kept(kept(rows)) == rows
    for text in ("", "{}", "[1]", '[{"line": 1}]', "[[]]", "null"):
        with pytest.raises(TableRefused):
            from_kept(text)
