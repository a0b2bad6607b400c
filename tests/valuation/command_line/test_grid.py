"""Does `valuation grid` show sales that add up, in the reader's language, and say why where there is no number?"""

import json

import pandas as pd
import pytest

from tests.commands import asked, asked_in_a_process


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet")


def test_the_answer_as_json_adds_up_from_each_price_to_the_stored_value(small_run, values):
    shown = pd.read_parquet(small_run / "comparables.parquet")
    identity = shown["dwelling_id"].iloc[0]
    done = asked_in_a_process("grid", small_run, identity, "--json", "--language", "nn")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    stored = values.loc[values["dwelling_id"] == identity, "appraised_value"].item()
    parts = [
        (sale["sale_price"] + sale["index"] + sum(sale["differences"].values()) + sale["rounding"], sale["unexplained"])
        for sale in content["sales"]
    ]
    assert [says + rest for says, rest in parts] == [stored] * len(parts)
    assert [sale["sale_id"] for sale in content["sales"]] == shown.loc[
        shown["dwelling_id"] == identity, "sale_id"
    ].tolist()
    assert content["groups"]["size"] == "storleik"
    assert content["is_synthetic"] is True


def test_the_text_names_every_sale(small_run):
    shown = pd.read_parquet(small_run / "comparables.parquet")
    identity = shown["dwelling_id"].iloc[-1]
    done = asked("grid", small_run, identity)
    assert done.returncode == 0, done.stderr
    assert all(sale in done.stdout for sale in shown.loc[shown["dwelling_id"] == identity, "sale_id"])
    assert "Verdien av denne boligen" in done.stdout
    assert "synthetic data" in done.stderr


def test_a_dwelling_without_a_value_gets_the_reason_and_no_number(small_run, values):
    unplaced = values[values["appraised_value"].isna() & values["x_m"].isna()]["dwelling_id"].iloc[0]
    done = asked("grid", small_run, unplaced, "--language", "nn")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Plasseringa er ikkje kjend" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nobody-1"], 3, "Vi finner ingen bolig med nummeret nobody-1"),
        (["nobody-1", "--language", "sv"], 2, "nb, nn, en"),
    ],
)
def test_what_cannot_be_answered_is_said_with_its_exit_code(words, code, said, small_run):
    done = asked("grid", small_run, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_folder_that_is_no_run_is_wrong_use(tmp_path):
    done = asked("grid", tmp_path, "5001-1/1/0/0-H0101")
    assert done.returncode == 2
    assert "holds no bundle" in done.stderr
