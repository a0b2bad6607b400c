"""Does a table leave the service whole, typed, noted in the record, and without a formula in it? F-20 and siblings."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tables import (
    MEDIA_TYPES,
    Column,
    as_text_cell,
    from_text_cell,
    written_csv,
    written_parquet,
    written_xlsx,
)

PATH = "/api/v1/exports/dwellings"
COLUMNS = (Column("text", "text"), Column("number", "number"), Column("whole", "whole"), Column("truth", "truth"))
HOSTILE = [
    *("=1+2", "+1", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1", "'", "''"),
    *('a";=1+1', "a;=1+1", "a\n=1+1", '"=1"', '=HYPERLINK("http://x")', "Storgata 1", "None", "NA", "0301", ""),
]


def row(text: str | None, number: float | None = -5.0) -> dict:
    return {"text": text, "number": number, "whole": -5, "truth": True}


def csv_of(rows: list[dict]) -> list[list[str]]:
    text = b"".join(written_csv(COLUMNS, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def sheet_of(rows: list[dict]):
    return openpyxl.load_workbook(io.BytesIO(b"".join(written_xlsx(COLUMNS, rows)))).active


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_csv_and_it_comes_back_as_it_was(text):
    [_, told] = csv_of([row(text)])
    assert not told[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert from_text_cell(told[0]) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_xlsx_and_it_comes_back_as_it_was(text):
    cell = sheet_of([row(text)]).cell(2, 1)
    assert cell.data_type != "f"
    # A workbook knows one kind of line end.
    assert (cell.value or "").replace("\r", "\n") == text.replace("\r", "\n")


@given(st.text())
def test_what_is_done_to_a_text_can_be_undone(text):
    assert from_text_cell(as_text_cell(text)) == text


def test_numbers_stay_numbers():
    [_, told] = csv_of([row("x")])
    assert told == ["x", "-5.0", "-5", "true"]
    assert ",-5.0,-5," in b"".join(written_csv(COLUMNS, [row("x")])).decode()
    cells = [sheet_of([row("x")]).cell(2, place) for place in (2, 3)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(-5, "n"), (-5, "n")]


def test_nothing_is_told_from_an_empty_text_in_csv():
    lines = b"".join(written_csv(COLUMNS, [row(None, None), row("")])).decode("utf-8-sig").split("\r\n")
    assert (lines[1], lines[2]) == (',,-5,"true"', '"",-5.0,-5,"true"')


def test_characters_that_no_workbook_holds_do_not_stop_it():
    assert sheet_of([row("a\x00b\x08c")]).cell(2, 1).value == "a\ufffdb\ufffdc"


def test_parquet_has_types_and_nothing_for_what_is_not_known():
    table = pq.read_table(io.BytesIO(b"".join(written_parquet(COLUMNS, [row(None, None), row("=1")]))))
    assert table.to_pylist() == [row(None, None), row("=1")]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "geojson"])
def test_every_dwelling_of_the_roll_is_in_the_file(analyst, small_run, form):
    answer = analyst.get(PATH, params={"format": form})
    assert answer.headers["content-type"] == MEDIA_TYPES[form]
    assert answer.headers["content-disposition"] == f'attachment; filename="dwellings.{form}"'
    read = {
        "csv": lambda body: pd.read_csv(io.BytesIO(body), dtype={"dwelling_id": str}),
        "xlsx": lambda body: pd.read_excel(io.BytesIO(body)),
        "parquet": lambda body: pd.read_parquet(io.BytesIO(body)),
        "geojson": lambda body: pd.DataFrame([one["properties"] for one in json.loads(body)["features"]]),
    }[form]
    found = read(answer.content)
    expected = pd.read_parquet(small_run / "values.parquet")
    assert found["dwelling_id"].tolist() == expected["dwelling_id"].tolist()
    assert found["appraised_value"].fillna(-1).tolist() == expected["appraised_value"].fillna(-1).tolist()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "csv"),
        ("text/csv", "csv"),
        ("application/vnd.apache.parquet", "parquet"),
        ("text/html, application/geo+json;q=0.9", "geojson"),
    ],
)
def test_the_form_is_what_was_asked_for(analyst, accept, form):
    answer = analyst.get(PATH, params={"text": "5001-1/1"}, headers={"Accept": accept})
    assert answer.headers["content-type"] == MEDIA_TYPES[form]


def test_a_form_there_is_none_of_is_refused(analyst):
    answer = analyst.get(PATH, headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (406, "not-acceptable")
    assert analyst.get(PATH, params={"format": "pdf"}).status_code == 422


def test_an_export_is_noted_in_the_record(analyst, app):
    analyst.get(PATH, params={"text": "no such street"})
    event = list(app.state.service.reviews.events(subject_kind="export"))[-1]
    assert (event.actor, event.action, event.subject_id, event.details["format"]) == (
        "U4",
        "export",
        "dwellings",
        "csv",
    )


def test_values_of_the_blind_sample_do_not_leave_in_a_file(asking_as):
    found = pd.read_csv(io.BytesIO(asking_as("kari").get(PATH).content))
    hidden = found[found["is_hidden"]]
    assert len(hidden) > 0
    assert hidden[["appraised_value", "lower_value", "upper_value", "flags"]].isna().all(axis=None)
    cases = pd.read_csv(io.BytesIO(asking_as("kari").get("/api/v1/exports/review-cases").content))
    blind = cases[cases["dwelling_id"].isin(hidden["dwelling_id"])]
    assert len(blind) == len(hidden)
    assert blind["appraised_value"].isna().all()


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_every_case_is_in_the_file(analyst, form):
    answer = analyst.get("/api/v1/exports/review-cases", params={"format": form})
    n_cases = sum(analyst.get("/api/v1/review-cases/facets").json()["states"].values())
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}[form]
    assert len(read(io.BytesIO(answer.content))) == n_cases
