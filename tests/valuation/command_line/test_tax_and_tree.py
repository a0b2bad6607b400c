"""Do the commands on tax and on the decision tree answer, and say what is wrong with their exit codes?"""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest


def asked(*words):
    return subprocess.run(
        [sys.executable, "-m", "valuation", *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet")


def test_the_tax_of_the_roll_is_written_by_dwelling_and_by_property(small_run, values, tmp_path):
    done = asked("tax", small_run, "--out", tmp_path / "tax", "--json")
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
    assert "synthetic data" in done.stderr


def test_a_folder_of_something_else_is_not_replaced_by_taxes(small_run, tmp_path):
    (tmp_path / "letter.txt").write_text("kept", "utf-8")
    done = asked("tax", small_run, "--out", tmp_path)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_way_through_the_tree_is_told_and_drawn(small_run, values, tmp_path):
    valued = values[values["appraised_value"].notna()].iloc[7]
    picture = tmp_path / "new" / "own.svg"
    done = asked("tree", small_run, valued["dwelling_id"], "--language", "nb", "--picture", picture)
    assert done.returncode == 0, done.stderr
    amount = f"{valued['tree_value']:,.0f}".replace(",", "\u00a0")
    assert f"gir den {amount}\u00a0kroner" in done.stdout
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
