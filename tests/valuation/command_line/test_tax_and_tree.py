"""Do the commands on tax and on the decision tree answer, and say what is wrong with their exit codes?"""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from tests.commands import asked, asked_in_a_process


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet")


def test_the_tax_of_the_roll_is_written_by_dwelling_and_by_property(small_run, values, tmp_path):
    done = asked_in_a_process("tax", small_run, "--out", tmp_path / "tax", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    dwellings, properties = (
        pd.read_parquet(tmp_path / "tax" / f"{name}.parquet") for name in ("dwellings", "properties")
    )
    assert told["dwellings"] == len(values) == len(dwellings) == properties["n_dwellings"].sum()
    assert told["tax_of_properties"] == properties["tax"].sum()
    assert (
        told["dwellings_without_value"] == properties["n_without_value"].sum() == values["appraised_value"].isna().sum()
    )
    alone = properties[(properties["n_dwellings"] == 1) & properties["tax"].notna()]
    owner = values["property_id"].set_axis(values["dwelling_id"])
    by_property = dwellings.set_axis(owner[dwellings["dwelling_id"]].to_numpy())
    assert by_property.loc[alone["property_id"], "tax"].tolist() == alone["tax"].tolist()
    # In the first language of the place, as no other was asked for.
    assert "syntetiske data" in done.stderr


def test_a_folder_of_something_else_is_not_replaced_by_taxes(small_run, tmp_path):
    (tmp_path / "letter.txt").write_text("kept", "utf-8")
    done = asked("tax", small_run, "--out", tmp_path)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_way_through_the_tree_is_told_and_drawn(small_run, values, tmp_path):
    valued = values[values["appraised_value"].notna()].iloc[7]
    picture = tmp_path / "new" / "own.svg"
    done = asked_in_a_process("tree", small_run, valued["dwelling_id"], "--language", "nb", "--picture", picture)
    assert done.returncode == 0, done.stderr
    amount = f"{valued['tree_value']:,.0f}".replace(",", "\u00a0")
    assert f"settes til {amount}\u00a0kroner" in done.stdout
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def test_a_dwelling_without_a_value_gets_its_reason_from_the_tree_too(small_run, values):
    without = values.loc[values["appraised_value"].isna(), "dwelling_id"].iloc[0]
    done = asked("tree", small_run, without, "--language", "nn")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("Kan ikkje verdsetjast av modellen: ")


@pytest.mark.parametrize("words", [("tax", "nowhere"), ("tree", "nowhere", "5001-1/1/0/0-H0101")])
def test_a_folder_that_is_no_run_is_wrong_use(words):
    done = asked(*words)
    assert done.returncode == 2
    assert "the output folder of a finished run" in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("values.parquet", ("tax",)),
        ("roll.parquet", ("tree", "5001-1/1/0/0-H0101")),
        ("roll.parquet", ("grid", "5001-1/1/0/0-H0101")),
        ("roll.parquet", ("what-if", "5001-1/1/0/0-H0101")),
    ],
)
def test_a_table_that_was_cut_since_it_was_signed_is_refused(name, words, small_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(small_run, run)
    (run / name).write_bytes((run / name).read_bytes()[:1000])
    done = asked(words[0], run, *words[1:])
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not the file its receipt names" in done.stderr
    assert not (run / "tax").exists()


def test_nobody_is_billed_by_a_value_that_was_changed_since(small_run, values, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(small_run, run)
    values.assign(appraised_value=values["appraised_value"] * 2).to_parquet(run / "values.parquet", index=False)
    done = asked("tax", run)
    assert (done.returncode, (run / "tax").exists()) == (3, False)


def test_rules_of_law_that_were_changed_since_make_no_bill(small_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(small_run, run)
    (run / "bundle" / "jurisdiction.json").write_text("{}", "utf-8")
    done = asked("tax", run)
    assert (done.returncode, (run / "tax").exists()) == (3, False)
    assert "jurisdiction.json: changed since it was written" in done.stderr


def test_a_table_is_not_replaced_by_a_picture(small_run, values, tmp_path):
    table = tmp_path / "values.parquet"
    table.write_text("kept", "utf-8")
    done = asked("tree", small_run, values["dwelling_id"].iloc[0], "--picture", table)
    assert (done.returncode, table.read_text("utf-8")) == (2, "kept")
    assert "exists and is no picture" in done.stderr
