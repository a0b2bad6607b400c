"""A report signs only what the stages of the run made, each of what lies there now."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from valuation.appraisal.digest import sha256_of
from valuation.errors import InputRefused
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.made import carry_out, check_made
from valuation.pipeline.report import STAGE, run
from valuation.pipeline.run import STAGE_NAMES, stage_named
from valuation.pipeline.stage import Workplace


@pytest.fixture
def copied(small_run, tmp_path):
    """A copy of the small run, to be spoilt."""
    return shutil.copytree(small_run, tmp_path / "out", ignore=shutil.ignore_patterns("train"))


@pytest.fixture
def work(copied, trondheim, quick_params):
    return Workplace(read_jurisdiction(trondheim), quick_params, copied, copied)


def times(folder, name, factor):
    table = pd.read_parquet(folder / name)
    table.assign(appraised_value=(table["appraised_value"] * factor).round()).to_parquet(folder / name, index=False)


@pytest.mark.parametrize(("name", "stage"), [("values.parquet", "revalue"), ("holdout_values.parquet", "evaluate")])
def test_values_changed_by_hand_are_not_signed(small_run, copied, work, name, stage):
    times(copied, name, 1.02)
    with pytest.raises(InputRefused, match=f"{name} is not the file that stage {stage} wrote") as refused:
        run(work)
    assert refused.value.exit_code == 3
    assert f"valuation {stage}" in refused.value.remedy
    assert (copied / "receipt.json").read_bytes() == (small_run / "receipt.json").read_bytes()


def test_a_changed_roll_is_not_signed(copied, work):
    roll = pd.read_parquet(copied / "roll.parquet")
    roll.iloc[::-1].to_parquet(copied / "roll.parquet", index=False)
    with pytest.raises(InputRefused, match=r"roll\.parquet is not the file that stage ingest wrote"):
        run(work)


def test_a_table_of_another_run_with_its_own_record_is_told_by_what_it_was_made_of(copied, work):
    # The roll and its record come from elsewhere; the values were made of the roll that stood there before.
    (copied / "roll.parquet").write_bytes((copied / "sales.parquet").read_bytes())
    record = json.loads((copied / "made" / "ingest.json").read_text("utf-8"))
    record["wrote"]["roll.parquet"] = sha256_of(copied / "roll.parquet")
    (copied / "made" / "ingest.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(InputRefused, match=r"stage \w+ was run on another roll\.parquet than the one that lies there"):
        run(work)


def test_a_stage_run_again_is_signed_again(copied, work):
    times(copied, "values.parquet", 1.02)
    carry_out(stage_named("revalue"), work)
    carry_out(STAGE, work)
    receipt = json.loads((copied / "receipt.json").read_text("utf-8"))
    assert receipt["outputs_sha256"]["values.parquet"] == sha256_of(copied / "values.parquet")


def test_a_file_without_a_record_is_refused(copied):
    (copied / ".stages.json").unlink()
    (copied / "made" / "revalue.json").unlink()
    with pytest.raises(InputRefused, match=r"comparables\.parquet: no stage has left a record"):
        check_made(copied, STAGE.reads)


def test_a_run_of_before_the_records_is_checked_by_its_ledger(copied, work):
    shutil.rmtree(copied / "made")
    check_made(copied, STAGE.reads)
    times(copied, "values.parquet", 1.02)
    with pytest.raises(InputRefused, match=r"values\.parquet is not the file that stage revalue wrote"):
        run(work)


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_record_that_is_cut_is_refused_and_named(copied, text):
    (copied / "made" / "evaluate.json").write_text(text, "utf-8")
    with pytest.raises(InputRefused, match=r"made/evaluate\.json is cut or damaged"):
        check_made(copied, STAGE.reads)


def test_every_stage_leaves_a_record_of_all_it_wrote(small_run):
    for stage in map(stage_named, STAGE_NAMES):
        wrote = json.loads((small_run / stage.record).read_text("utf-8"))["wrote"]
        assert {sha256_of(small_run / name) == sha for name, sha in wrote.items()} == {True}
