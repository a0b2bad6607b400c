"""Does `valuation letter` write one letter or all, and say what was wrong in words?"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import asked, asked_in_a_process
from tests.valuation.letters.reading import Letter


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")


def test_one_letter_is_written_and_its_place_printed(small_run, values, tmp_path):
    identity = values.index[values["appraised_value"].notna()][0]
    done = asked_in_a_process(
        "letter", small_run, identity, "--out", tmp_path, "--sent", "2026-03-02", "--language", "nn", "--json"
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert (content["is_valued"], content["is_decided"], content["last_day"]) == (True, False, "2026-04-13")
    text = Letter(Path(content["file"]).read_text("utf-8")).text
    assert text.startswith("Framlegg til verdi av bustaden din")
    assert "Siste dag for å klage: 13. april 2026." in text
    assert "synthetic data" in done.stderr


def test_a_dwelling_without_coordinates_gets_a_letter_that_says_so_in_its_language(small_run, values, tmp_path):
    unplaced = values.index[values["appraised_value"].isna() & values["x_m"].isna()][0]
    done = asked("letter", small_run, unplaced, "--out", tmp_path, "--language", "nn")
    assert done.returncode == 0, done.stderr
    text = Letter(Path(done.stdout.strip()).read_text("utf-8")).text
    assert "Plasseringa er ikkje kjend" in text
    assert "kroner" not in text
    assert "the dwelling has no value" in done.stderr


def test_the_whole_roll_is_written_and_listed(small_run, values, tmp_path):
    out = tmp_path / "nb"
    done = asked("letter", small_run, "--all", "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out / "letters.json")
    manifest = json.loads((out / "letters.json").read_text("utf-8"))
    assert manifest["n_letters"] == len(manifest["letters"]) == len(values)
    assert manifest["n_without_value"] == values["appraised_value"].isna().sum()
    assert len(list(out.rglob("*.html"))) == len(values)
    assert "letters: " in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("5001-9999/1/0/0-H0101", "--language", "nn"), 3, "Bustaden står ikkje på lista"),
        (("5001-9999/1/0/0-H0101", "--language", "nb"), 3, "Boligen står ikke på listen"),
        (("5001-9999/1/0/0-H0101", "--language", "en"), 3, "The home is not on the roll"),
        ((), 2, "neither a dwelling nor --all"),
        (("x", "--all", "--out", "o"), 2, "a dwelling and --all together"),
        (("--all",), 2, "--all without --out"),
        (("x", "--language", "de"), 2, "nb, nn, en"),
        (("x", "--format", "doc"), 2, "html, pdf"),
        (("x", "--sent", "2.3.2026"), 2, "a day such as 2027-03-01"),
        (("x", "--sent", "2025-12-31"), 2, "2026-01-01 or later"),
        (("x", "--decisions", "nowhere.csv"), 2, "nowhere.csv is no file"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words_and_nothing_is_written(words, code, said, small_run, tmp_path):
    before = sorted(small_run.rglob("*"))
    done = asked("letter", small_run, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert sorted(small_run.rglob("*")) == before


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    done = asked("letter", tmp_path, "x")
    assert done.returncode == 2
    assert "holds no bundle" in done.stderr
