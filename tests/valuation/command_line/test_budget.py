"""`valuation budget` answers with two lines of settings, or a sentence and an exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from valuation.appraisal.digest import sha256_of
from valuation.command_line.budget import budget
from valuation.errors import InputRefused, WrongUse


def signed(folder):
    """Write the receipt of a run as it lies there."""
    hashes = {name: sha256_of(folder / name) for name in ("values.parquet", "holdout_values.parquet")}
    keys = ("run_id", "jurisdiction", "currency", "model_version", "manifest_sha256", "value_total")
    (folder / "receipt.json").write_text(json.dumps({"outputs_sha256": hashes, **dict.fromkeys(keys, "")}), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    """200 dwellings and 100 sales: the half with a chance of 0.6 is wrong in 24 of 50 sales, the other in 4."""
    wrong = np.array([True] * 24 + [False] * 26 + [True] * 4 + [False] * 46)
    sales = pd.DataFrame(
        {
            "sale_id": [f"s{place:03d}" for place in range(100)],
            "dwelling_id": [f"d{place:03d}" for place in range(100)],
            "sale_price": 100.0,
            "appraised_value": np.where(wrong, 150.0, 100.0),
            "error_risk": [0.6] * 50 + [0.05] * 50,
            "flags": "",
            "is_valid_sale": True,
        }
    )
    roll = pd.DataFrame(
        {
            "dwelling_id": [f"d{place:03d}" for place in range(200)],
            "appraised_value": 100.0,
            "error_risk": np.linspace(0.001, 0.8, 200),
            "flags": pd.array(["models-disagree"] * 30 + [""] * 170, dtype="str"),
        }
    )
    roll.loc[0, ["appraised_value", "error_risk"]] = np.nan
    sales.to_parquet(tmp_path / "holdout_values.parquet")
    roll.to_parquet(tmp_path / "values.parquet")
    (tmp_path / "bundle").mkdir()
    settings = {"evaluate": {"n_bootstrap": 100}, "train": {"seed": 1}}
    (tmp_path / "bundle" / "params.json").write_text(json.dumps(settings), "utf-8")
    (tmp_path / "bundle" / "manifest.json").write_text(json.dumps({"is_synthetic": True}), "utf-8")
    return signed(tmp_path)


def test_from_a_terminal_the_settings_are_on_stdout_and_the_talk_is_not(folder):
    words = ["budget", str(folder), "--caseworkers", "2", "--weeks", "2", "--cases-per-week", "10"]
    answer = subprocess.run([sys.executable, "-m", "valuation", *words], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    # 40 cases: the one without a value and the 39 highest chances; the 40th highest is the limit, rounded up.
    assert yaml.safe_load(answer.stdout) == {"flags": {"error_likely": 0.6435}}
    assert "40 cases" in answer.stderr
    assert "Synthetic data." in answer.stderr
    assert "1 whatever their chance" in answer.stderr


def test_what_is_proposed_can_be_set(folder, capsys, tmp_path):
    from valuation.pipeline.params import read_params

    budget(folder, cases=40)
    (tmp_path / "params.yaml").write_text(capsys.readouterr().out, "utf-8")
    assert read_params(tmp_path / "params.yaml").flags.error_likely == 0.6435


def test_by_risk_the_number_of_cases_and_what_they_find_follow(folder, capsys):
    budget(folder, risk=0.5, as_json=True)
    found = json.loads(capsys.readouterr().out)
    roll = pd.read_parquet(folder / "values.parquet")
    assert found["n_cases"] == 1 + (roll["error_risk"] > 0.5).sum()
    assert (found["expected"]["n_caught"], found["expected"]["n_errors"]) == (24, 28)
    assert found["expected"]["lower"] < 24 / 28 < found["expected"]["upper"]
    # The flag lies on the thirty least doubtful, of which the one without a value is a case.
    assert (found["n_doubted_by_other_rules"], found["n_of_them_no_case"]) == (30, 29)


def test_of_100_errors_so_many_are_told_beside_lots(folder, capsys):
    budget(folder, risk=0.5)
    told = capsys.readouterr().err
    assert "Of 100 values that are more than 20 % off, 86 are expected" in told
    assert "as many drawn by lot would find 50" in told
    assert "they make" in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no budget and no risk"),
        ({"cases": 10, "risk": 0.3}, "more than one way"),
        ({"caseworkers": 2.0, "weeks": 6.0}, "--cases-per-week is not given"),
        ({"caseworkers": 0.0, "weeks": 6.0, "cases_per_week": 60.0}, "0 caseworkers"),
        ({"caseworkers": -2.0, "weeks": 6.0, "cases_per_week": 60.0}, "-2 caseworkers"),
        ({"cases": 201}, "201 cases for a roll of 200 dwellings"),
        ({"cases": 0}, "0 cases for a roll"),
        ({"risk": 30.0}, "a chance of 30"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder, given, said):
    with pytest.raises(WrongUse, match=said):
        budget(folder, **given)


def test_a_folder_that_is_none_is_wrong_use(tmp_path):
    with pytest.raises(WrongUse, match="is not a folder"):
        budget(tmp_path / "nowhere", risk=0.3)


def test_a_run_that_is_not_finished_is_refused(folder):
    (folder / "receipt.json").unlink()
    with pytest.raises(InputRefused, match=r"holds no receipt.json: the run is not finished"):
        budget(folder, risk=0.3)


@pytest.mark.parametrize("name", ["values.parquet", "holdout_values.parquet", "bundle/params.json"])
def test_a_run_without_its_files_is_refused_by_name(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputRefused, match=f"{name}:? (it )?is not there"):
        budget(folder, risk=0.3)


@pytest.mark.parametrize("name", ["values.parquet", "holdout_values.parquet"])
def test_a_cut_table_and_one_of_an_older_program_are_refused(folder, name):
    table = pd.read_parquet(folder / name)
    table.drop(columns="error_risk").to_parquet(folder / name)
    with pytest.raises(InputRefused, match="not the file its receipt names"):
        budget(folder, risk=0.3)
    with pytest.raises(InputRefused, match="has no column 'error_risk'"):
        budget(signed(folder), risk=0.3)
    (folder / name).write_bytes(b"PAR1half")
    with pytest.raises(InputRefused, match="is cut or damaged"):
        budget(signed(folder), risk=0.3)


@pytest.mark.parametrize("chance", [1.5, -0.1, "high"])
def test_a_chance_that_is_none_is_refused(folder, chance):
    table = pd.read_parquet(folder / "values.parquet")
    table["error_risk"] = chance
    table.to_parquet(folder / "values.parquet")
    with pytest.raises(InputRefused, match="chances from 0 to 1"):
        budget(signed(folder), risk=0.3)


def test_settings_that_say_nothing_are_refused(folder):
    (folder / "bundle" / "params.json").write_text("{}", "utf-8")
    with pytest.raises(InputRefused, match="does not say how the run was made"):
        budget(folder, risk=0.3)


def test_an_empty_roll_is_refused(folder):
    pd.read_parquet(folder / "values.parquet").head(0).to_parquet(folder / "values.parquet")
    with pytest.raises(InputRefused, match=r"values.parquet holds no row"):
        budget(signed(folder), risk=0.3)


def test_a_whole_run_is_answered(small_run, capsys):
    budget(small_run, cases=150, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["n_dwellings"] == 1500
    assert found["n_first"] <= found["n_cases"] <= 150


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Det blir 40 saker (20,0\u00a0% av takstlisten):"),
        ("nn", "Det blir 40 saker (20,0\u00a0% av takstlista):"),
        ("en", "40 cases (20.0% of the roll) come up:"),
    ],
)
def test_it_speaks_the_language_asked_for(folder, capsys, language, said):
    budget(folder, cases=40, language=language)
    answer = capsys.readouterr()
    assert said in answer.err
    assert yaml.safe_load(answer.out) == {"flags": {"error_likely": 0.6435}}


def test_a_language_without_words_is_refused(folder):
    with pytest.raises(WrongUse, match="--language 'sv'"):
        budget(folder, cases=40, language="sv")


@pytest.fixture
def tied(folder):
    """The 60 dwellings with the highest chances share one of them, but for ten that lie above."""
    roll = pd.read_parquet(folder / "values.parquet").sort_values("error_risk", ignore_index=True)
    roll.loc[roll.index[139:199], "error_risk"] = [0.7] * 50 + [0.75] * 10
    roll.to_parquet(folder / "values.parquet")
    return signed(folder)


def test_time_that_tied_chances_leave_is_told_with_what_the_next_limit_makes(tied, capsys):
    budget(tied, cases=40)
    # Eleven come up: the one without a value and ten above the tie; letting the tie in makes 61.
    told = capsys.readouterr().err
    assert "11 cases" in told
    assert "That leaves time for 29 more" in told
    assert "the next 50 dwellings have the same one, and the next lower limit, 69.99%, makes 61 cases" in told


def test_nothing_is_told_of_ties_where_the_cases_are_as_many_as_asked_for(folder, capsys):
    budget(folder, cases=40)
    assert "leaves time" not in capsys.readouterr().err


def test_the_next_limit_is_there_for_machines(tied, capsys):
    budget(tied, cases=40, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["params"]["flags"]["error_likely"], found["next_limit"], found["n_next"]) == (0.7, 0.6999, 61)
