"""A table of new sales comes in by the same way as those a version learned from, or is refused."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from valuation.command_line.main import app
from valuation.comparison.versions import read_version
from valuation.drift.new_sales import read_new_sales
from valuation.errors import DriftFound, InputRefused, TooFewSales, TooManyRejectedRows, WrongUse

CP1252 = "cp1252"


@pytest.fixture(scope="module")
def version(small_run):
    return read_version(small_run)


@pytest.fixture(scope="module")
def lines(small_raw) -> list[bytes]:
    """The raw sales, a line each; the first names the columns."""
    return (small_raw / "omsetninger.csv").read_bytes().splitlines(keepends=True)


def table(tmp_path: Path, lines: list[bytes]) -> Path:
    path = tmp_path / "new.csv"
    path.write_bytes(b"".join(lines))
    return path


def in_year(lines: list[bytes], year: bytes) -> list[bytes]:
    return [line for line in lines[1:] if line.split(b";")[1].endswith(year)]


def test_new_sales_get_the_values_that_the_holdout_got(version, small_raw, lines, tmp_path):
    new = read_new_sales(table(tmp_path, [lines[0], *in_year(lines, b"2025")]), version, small_raw)
    ours = new.table.set_index("sale_id")["appraised_value"]
    theirs = version.holdout.set_index("sale_id")["appraised_value"]
    common = ours.index.intersection(theirs.index)
    assert len(common) > 50
    assert (ours[common] == theirs[common]).all()
    assert new.n_read == len(new.table) + len(new.left_out)
    assert any("may have learned from it" in reason for reason in new.left_out["reason"])
    assert new.table["dwelling_id"].is_unique


def test_sales_the_version_may_have_learned_from_are_not_new(version, small_raw, lines, tmp_path):
    with pytest.raises(TooFewSales, match="none of"):
        read_new_sales(table(tmp_path, [lines[0], *in_year(lines, b"2022")]), version, small_raw)


def test_registers_that_facts_are_joined_from_are_asked_for(version, lines, tmp_path):
    with pytest.raises(InputRefused, match=r"is not there: facts of the sales are joined from it"):
        read_new_sales(table(tmp_path, lines), version)


@pytest.mark.parametrize("name", ["boenheter.csv", "eiendommer.csv"])
def test_another_table_is_refused(version, small_raw, name):
    with pytest.raises(InputRefused):
        read_new_sales(small_raw / name, version, small_raw)


def test_a_table_without_a_row_or_cut_in_the_middle_is_refused(version, small_raw, lines, tmp_path):
    with pytest.raises(InputRefused):
        read_new_sales(table(tmp_path, [lines[0]]), version, small_raw)
    with pytest.raises(InputRefused):
        read_new_sales(table(tmp_path, [lines[0], *lines[1:40], lines[40][:25]]), version, small_raw)


def test_a_table_of_which_hardly_a_row_can_be_read_is_refused_with_the_rows(version, small_raw, lines, tmp_path):
    broken = [b"x" + line.replace(b".20", b".x0", 1) for line in in_year(lines, b"2025")]
    with pytest.raises(TooManyRejectedRows) as refusal:
        read_new_sales(table(tmp_path, [lines[0], *broken]), version, small_raw)
    assert len(refusal.value.table) >= len(broken)


def test_a_sale_after_the_day_of_the_check_is_told_so_and_not_by_the_valuation_date(
    version, small_raw, lines, tmp_path
):
    newest = in_year(lines, b"2025")
    later = newest[0].replace(b".2025", b".2027")
    asked = read_new_sales(
        table(tmp_path, [lines[0], later, *newest[1:]]), version, small_raw, today=date(2025, 12, 31)
    )
    (row,) = asked.rejected[asked.rejected["rule"].str.startswith("sold_after")].to_dict("records")
    last = max(date(2025, 12, 31), version.bundle.jurisdiction.valuation_date)
    assert row["rule"] == "sold_after_the_last_day"
    assert f"no sale lies after {last}" in row["remedy"]
    assert "valuation_date" not in row["remedy"]


def test_a_missing_table_or_folder_is_wrong_use(version, small_raw, lines, tmp_path):
    with pytest.raises(WrongUse, match="is not a file"):
        read_new_sales(tmp_path / "nowhere.csv", version, small_raw)
    with pytest.raises(WrongUse, match="is not a folder"):
        read_new_sales(table(tmp_path, lines), version, tmp_path / "nowhere")


def test_rows_that_could_not_be_read_are_told_in_the_terminal(small_run, small_raw, lines, tmp_path):
    newest = in_year(lines, b"2025")
    broken = newest[0].replace(b".2025", b".x025")
    new = table(tmp_path, [lines[0], broken, *newest[1:]])
    asked = call(new, "--run", small_run, "--raw", small_raw, "--out", tmp_path / "out")
    assert "could not be read: 1 x" in asked.stderr
    assert "rejected_rows.csv" in asked.stderr


def call(*words: object):
    return CliRunner().invoke(app, ["drift", *map(str, words)])


def test_the_command_writes_its_page_and_ends_with_4_on_an_alarm(small_run, small_raw, lines, tmp_path):
    newest = in_year(lines, b"2025")
    calm = table(tmp_path, [lines[0], *newest])
    asked = call(calm, "--run", small_run, "--raw", small_raw, "--out", tmp_path / "calm", "--json")
    assert asked.exception is None
    assert json.loads(asked.stdout)["alarms"] == []
    assert "No alarm" in (tmp_path / "calm" / "index.en.html").read_text("utf-8")
    # Prices of a market that has risen by two thirds: values have come to lie far too low.
    dearer = tmp_path / "dearer.csv"
    dearer.write_bytes(b"".join([lines[0], *map(_dearer, newest)]))
    alarmed = call(dearer, "--run", small_run, "--raw", small_raw, "--out", tmp_path / "alarm")
    assert isinstance(alarmed.exception, DriftFound)
    assert alarmed.exception.exit_code == 4
    assert "all areas: level -" in str(alarmed.exception)
    found = json.loads((tmp_path / "alarm" / "drift.json").read_text("utf-8"))
    assert found["areas"][0]["state"] == "alarm"


def test_a_handful_of_sales_cannot_tell_and_nothing_says_that_it_fits(small_run, small_raw, lines, tmp_path):
    few = in_year(lines, b"2025")[-4:]
    asked = call(table(tmp_path, [lines[0], *few]), "--run", small_run, "--raw", small_raw, "--out", tmp_path / "few")
    assert asked.exception is None
    assert json.loads((tmp_path / "few" / "drift.json").read_text("utf-8"))["verdict"] == "cannot be monitored"
    html = (tmp_path / "few" / "index.en.html").read_text("utf-8")
    assert "Cannot be monitored" in html
    assert "fit the values as the holdout did" not in html
    assert "cannot be monitored: too few sales" in asked.stderr


def _dearer(line: bytes) -> bytes:
    cells = line.decode(CP1252).split(";")
    paid = "".join(sign for sign in cells[9] if sign.isdigit())
    cells[9] = str(int(paid) * 5 // 3) if paid else cells[9]
    return ";".join(cells).encode(CP1252)


def test_somebody_elses_folder_is_not_replaced(small_run, small_raw, lines, tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "notes.txt").write_text("mine", "utf-8")
    new = table(tmp_path, [lines[0], *in_year(lines, b"2025")])
    asked = call(new, "--run", small_run, "--raw", small_raw, "--out", place)
    assert isinstance(asked.exception, WrongUse)
    assert (place / "notes.txt").read_text("utf-8") == "mine"


def test_a_run_that_was_changed_is_no_yardstick(small_run, small_raw, lines, tmp_path):
    run = shutil.copytree(small_run, tmp_path / "run")
    (run / "holdout_values.parquet").write_bytes((run / "roll.parquet").read_bytes())
    asked = call(table(tmp_path, lines), "--run", run, "--raw", small_raw)
    assert isinstance(asked.exception, InputRefused)
