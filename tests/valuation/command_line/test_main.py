"""The command line answers with sentences and exit codes, and writes nothing it did not promise."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import asked, asked_in_a_process
from valuation.command_line.main import STAGE_QUESTIONS, _finish
from valuation.errors import InputRefused, WrongUse
from valuation.pipeline.params import read_params
from valuation.pipeline.run import STAGE_NAMES, need_inputs, stage_named


def test_each_stage_is_a_command_with_its_own_question():
    asked = {name: stage_named(name).question for name in STAGE_NAMES if name != "train"}
    assert asked == STAGE_QUESTIONS


def test_help_lists_what_it_can_do():
    answer = asked_in_a_process("--help")
    assert answer.returncode == 0
    assert all(name in answer.stdout for name in ("run", "simulate", "fetch", "jurisdiction", "mlflow", *STAGE_NAMES))


def test_an_unknown_command_is_wrong_use():
    assert asked_in_a_process("appraze").returncode == 2


def test_a_missing_option_is_wrong_use_and_named(trondheim):
    answer = asked("run", trondheim)
    assert answer.returncode == 2
    assert "--raw" in answer.stderr


def test_a_jurisdiction_file_that_is_not_there_is_wrong_use(tmp_path):
    answer = asked("run", tmp_path / "nowhere.yaml", "--raw", tmp_path, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "nowhere.yaml" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_raw_folder_that_is_not_there_is_wrong_use(trondheim, tmp_path):
    answer = asked("run", trondheim, "--raw", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "nowhere is not a folder" in answer.stderr


def test_an_empty_raw_folder_is_wrong_use_and_leaves_no_output(trondheim, tmp_path):
    (tmp_path / "raw").mkdir()
    answer = asked("run", trondheim, "--raw", tmp_path / "raw", "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert "What to do:" in answer.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


@pytest.mark.parametrize("text", ["train:\n  n_fold: 3\n", "train: [1]\n", "- 1\n", "train:\n  n_folds: many\n"])
def test_wrong_settings_are_wrong_use(trondheim, small_raw, tmp_path, text):
    (tmp_path / "params.yaml").write_text(text, "utf-8")
    answer = asked(
        *("run", trondheim, "--raw", small_raw, "--out", tmp_path / "out", "--params", tmp_path / "params.yaml")
    )
    assert answer.returncode == 2
    assert "params.yaml" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_a_dry_run_reads_everything_and_writes_nothing(trondheim, small_raw, tmp_path):
    answer = asked("run", trondheim, "--raw", small_raw, "--out", tmp_path / "out", "--dry-run")
    assert answer.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_stage_before_its_time_names_the_file_it_misses(trondheim, tmp_path):
    answer = asked_in_a_process("adjust", "--jurisdiction", trondheim, "--out", tmp_path)
    assert answer.returncode == 3
    assert "screen/sales.parquet is not there" in answer.stderr


def test_a_changed_bundle_values_nothing(trondheim, small_run, tmp_path):
    shutil.copytree(small_run, tmp_path / "out")
    with (tmp_path / "out" / "bundle" / "params.json").open("a") as stream:
        stream.write(" ")
    answer = asked_in_a_process("revalue", "--jurisdiction", trondheim, "--out", tmp_path / "out")
    assert answer.returncode == 3
    assert "params.json: changed since it was written" in answer.stderr


def test_a_run_prints_its_result_on_stdout_and_talks_on_stderr(trondheim, small_raw, quick_params_file, tmp_path):
    answer = asked_in_a_process(
        *("run", trondheim, "--raw", small_raw, "--out", tmp_path / "out", "--params", quick_params_file),
        *("--json", "--no-track"),
    )
    assert answer.returncode == 0
    outcome = json.loads(answer.stdout)
    assert outcome["dwellings"]["valued"] > 1000
    n_all, n_valid = (outcome["figures"][sample]["n_sales"] for sample in ("all_sales", "valid_sales"))
    assert outcome["headline"] == "all_sales"
    assert n_all == outcome["holdout"]["n_sales"] == n_valid + outcome["holdout"]["n_screened_out"]
    assert outcome["coverage"]["all_sales"]["n_sales"] == n_all
    assert "1/9 ingest" in answer.stderr


@pytest.mark.parametrize("command", ["run", "ingest"])
@pytest.mark.parametrize("out", ["file/out", "file/x/out", "gone/out", "/proc/out"])
def test_a_place_where_no_folder_can_be_made_is_wrong_use_at_once(trondheim, small_raw, tmp_path, command, out):
    (tmp_path / "file").write_text("not a folder", "utf-8")
    (tmp_path / "gone").symlink_to("/nowhere/disk")
    place = ["--jurisdiction", trondheim] if command == "ingest" else [trondheim]
    answer = asked_in_a_process(command, *place, "--raw", small_raw, "--out", tmp_path / out)
    assert answer.returncode == 2
    assert "no folder can be made at" in answer.stderr
    assert {"f": "file is a file", "g": "is a link to /nowhere/disk, which is not there", "/": "/proc takes no"}[
        out[0]
    ] in answer.stderr
    assert "What to do: choose another --out" in answer.stderr
    assert (tmp_path / "file").read_text("utf-8") == "not a folder"


# Root may write everywhere; without this capability it is held to the rights of a folder as anybody is.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
AS_ANYBODY = AS_ANYBODY if os.geteuid() == 0 else []


@pytest.mark.skipif(bool(AS_ANYBODY) and shutil.which("setpriv") is None, reason="root, and no setpriv to be less")
@pytest.mark.parametrize(("raw_mode", "out_mode", "named"), [(0o755, 0o555, "place: "), (0o000, 0o755, "raw")])
def test_a_place_without_rights_is_named_and_nothing_is_left(trondheim, small_raw, tmp_path, raw_mode, out_mode, named):
    shutil.copytree(small_raw, tmp_path / "raw")
    (tmp_path / "place").mkdir()
    (tmp_path / "raw" / "omsetninger.csv").chmod(raw_mode)
    (tmp_path / "place").chmod(out_mode)
    command = [sys.executable, "-m", "valuation", "run", str(trondheim), "--raw", str(tmp_path / "raw")]
    answer = subprocess.run(
        [*AS_ANYBODY, *command, "--out", str(tmp_path / "place" / "out")], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "Permission denied" in answer.stderr
    assert named in answer.stderr
    assert "Traceback" not in answer.stderr
    assert list((tmp_path / "place").iterdir()) == []


def with_early_sales(small_raw, tmp_path):
    """Return a folder with raw tables in which a third of the sales lie a hundred years too early."""
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    table = raw / "omsetninger.csv"
    head, *rows = table.read_text("cp1252").splitlines()
    early = [row.replace(".20", ".19") for row in rows[::3]]
    table.write_text("\n".join([head, *early, *rows[1::3], *rows[2::3]]) + "\n", "cp1252")
    return raw


@pytest.mark.parametrize("words", [["jurisdiction", "check"], ["run", "--dry-run", "--out", "out"]])
def test_tables_that_a_run_refuses_are_not_called_good(trondheim, small_raw, tmp_path, words):
    answer = asked(*words, trondheim, "--raw", with_early_sales(small_raw, tmp_path))
    assert answer.returncode == 3
    assert "good" not in answer.stdout
    assert "`ingest.max_rejected_share`" in answer.stderr


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_the_rows_of_a_refused_table_stand_where_it_is_said(trondheim, small_raw, tmp_path, command):
    raw = with_early_sales(small_raw, tmp_path)
    file = [trondheim] if command == "run" else ["--jurisdiction", trondheim]
    answer = asked(command, *file, "--raw", raw, "--out", tmp_path / "out")
    rejected = tmp_path / "out.refused" / "rejected_rows.csv"
    assert answer.returncode == 3
    assert str(rejected) in answer.stderr
    assert len(rejected.read_text("utf-8").splitlines()) > 100
    assert not (tmp_path / "out").exists()


def test_a_finished_run_is_handed_on_with_its_model_card(small_run, tmp_path, capsys):
    run = Path(shutil.copytree(small_run, tmp_path / "run"))
    shutil.rmtree(run / "card", ignore_errors=True)
    _finish(run, track=False, as_json=False)
    assert {"model_card.html", "register_entry.json", "dpia.md", "how-this-works.nn.html"} <= {
        path.name for path in (run / "card").iterdir()
    }
    assert f"Model card: {run / 'card' / 'model_card.html'}" in capsys.readouterr().err


def test_simulate_refuses_a_town_without_dwellings(tmp_path):
    assert asked("simulate", "--out", tmp_path / "raw", "--dwellings", 0).returncode == 2


@pytest.mark.parametrize("out", ["nosuchdir/town.yaml", "file/town.yaml"])
def test_a_draft_into_no_folder_is_wrong_use(tmp_path, out):
    (tmp_path / "file").write_text("not a folder", "utf-8")
    answer = asked("jurisdiction", "draft", tmp_path / "sales.csv", "--out", tmp_path / out)
    assert answer.returncode == 2
    assert f"{(tmp_path / out).parent} is not a folder" in answer.stderr
    assert "What to do: make the folder, or choose another --out" in answer.stderr


def test_draft_does_not_overwrite(tmp_path, small_raw):
    mine = tmp_path / "mine.yaml"
    mine.write_text("years of work", "utf-8")
    (tmp_path / "sales.csv").write_text("id,price\n1,2\n", "utf-8")
    answer = asked("jurisdiction", "draft", tmp_path / "sales.csv", "--out", mine)
    assert answer.returncode in (2, 3)
    assert mine.read_text("utf-8") == "years of work"


@pytest.mark.parametrize(
    "text",
    [
        b"# \xe5\ntrain: {n_folds: 2}\n",
        b"train: {n_folds: 2}\ntrain: {n_folds: 3}\n",
        b"train:\n  boosting:\n    a: &a [x, x]\n    b: [*a, *a]\n",
        b"train: {seed: 2025-13-45}\n",
        b"[" * 20_000,
        b"train: {seed: -1}\n",
        b"train: {boosting: {n_trees: 0}}\n",
        b"train: {boosting: {n_trees: many}}\n",
        b"train: {boosting: {learning_rate: .nan}}\n",
        b"evaluate: {goals: {mdape: .nan}}\n",
        b"adjust: {smoothing: .inf}\n",
    ],
)
def test_settings_that_nobody_can_mean_are_refused_with_their_file(tmp_path, text):
    (tmp_path / "params.yaml").write_bytes(text)
    with pytest.raises(WrongUse, match=r"params\.yaml"):
        read_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", STAGE_NAMES[1:])
def test_a_stage_before_its_time_leaves_no_folder(trondheim, tmp_path, name):
    answer = asked(name, "--jurisdiction", trondheim, "--raw", tmp_path, "--out", tmp_path / "out")
    assert answer.returncode == 3
    assert "is not there" in answer.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("stage", "name"),
    [("adjust", "screen/sales.parquet"), ("revalue", "roll.parquet"), ("report", "evaluation/metrics.json")],
)
def test_a_file_cut_in_half_between_stages_is_refused_and_named(small_run, tmp_path, stage, name):
    shutil.copytree(small_run, tmp_path / "out")
    path = tmp_path / "out" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputRefused, match="cut or damaged"):
        need_inputs(stage_named(stage), tmp_path / "out")
