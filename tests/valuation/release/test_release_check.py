"""A roll that fails a gate is not releasable, and every released value says whether a person has looked at it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tests import commands
from tests.valuation.release.conftest import LENIENT
from valuation.adapters.file_registry import FileRegistry
from valuation.appraisal.looked_at import COLUMNS
from valuation.command_line.main import app
from valuation.errors import BundleRefused, GateNotPassed, InputRefused, WrongUse
from valuation.flags.catalogue import RULES
from valuation.release import looked_at
from valuation.release.gate import Evidence
from valuation.release.looked_at import in_words, who_looked
from valuation.release.page import page
from valuation.release.promotion import promote
from valuation.release.verdict import judge

REVIEW = next(rule.code for rule in RULES if rule.severity == "review")
DRAWN = next(rule.code for rule in RULES if rule.severity == "draw")
STOP = next(rule.code for rule in RULES if rule.severity == "stop")
ROLL = pd.DataFrame(
    {
        "dwelling_id": ["a", "b", "c", "d", "e"],
        "appraised_value": [1.0, 2.0, 3.0, 4.0, float("nan")],
        "flags": [REVIEW, REVIEW, DRAWN, "", STOP],
        "looked_at": [True, False, True, False, False],
    }
)
"""Two flagged values, one of them looked at; one drawn and looked at; one unflagged; one that cannot be valued."""
REQUIRED = LENIENT.model_copy(update={"is_review_required": True})


def asked(version, params, **columns):
    evidence = Evidence(replace(version, values=ROLL.assign(**columns)))
    return {check.measure: check for check in looked_at.GATE.judge(evidence, params)}


SILENT, UNSEEN = "value that does not say whether a person has looked", "flagged value nobody has looked at"


def test_flagged_values_nobody_has_looked_at_are_counted_and_named_and_never_called_passed(small_version):
    found = asked(small_version, LENIENT)[UNSEEN]
    assert (found.status, found.found, found.n, found.examples) == ("not judged", 2.0, 4, ("b", "e"))


def test_they_stand_in_the_way_where_the_setting_says_so(small_version):
    found = asked(small_version, REQUIRED)[UNSEEN]
    assert (found.status, found.found, found.examples) == ("refused", 2.0, ("b", "e"))


def test_a_roll_of_which_every_flagged_value_was_looked_at_passes(small_version):
    checks = asked(small_version, REQUIRED, looked_at=[True, True, True, False, True])
    assert {check.status for check in checks.values()} == {"passed"}


def test_a_roll_without_a_flag_has_nothing_to_be_looked_at(small_version):
    assert asked(small_version, REQUIRED, flags="")[UNSEEN].status == "not judged"


def test_values_that_do_not_say_who_looked_are_refused(small_version):
    assert asked(small_version, LENIENT)[SILENT].status == "passed"
    holes = asked(small_version, LENIENT, looked_at=[True, None, False, False, False])[SILENT]
    assert (holes.status, holes.found, holes.examples) == ("refused", 1.0, ("b",))
    silent = Evidence(replace(small_version, values=ROLL.drop(columns="looked_at")))
    assert looked_at.GATE.judge(silent, LENIENT)[0].found == 5


def test_who_looked_counts_each_dwelling_once():
    counts = {one.kind: (one.dwellings, one.looked_at) for one in who_looked(ROLL)}
    assert counts == {"stopped": (1, 0), "flagged": (2, 1), "drawn": (1, 1), "unflagged": (1, 0), "all": (5, 2)}
    assert in_words(who_looked(ROLL)) == (
        "A person has looked at 2 of 5 values, 1 of 2 flagged for one, 1 of 1 drawn at random, 0 of 1 without a value. "
        "The other 3 a machine valued alone."
    )


def test_a_flag_that_stops_comes_before_all_others():
    both = ROLL.assign(flags=f"{STOP}|{REVIEW}")
    assert {one.kind: one.dwellings for one in who_looked(both)}["stopped"] == 5


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path):
    def write(params) -> Path:
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({"gates": params.model_dump(mode="json")}), "utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def live(small_run, tmp_path_factory) -> FileRegistry:
    """A registry in which the small run is live."""
    registry = FileRegistry(tmp_path_factory.mktemp("live") / "registry")
    promote(judge(small_run, registry, LENIENT), registry, by="Per")
    return registry


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def decisions_about(values: pd.DataFrame, path: Path) -> Path:
    table = values[["dwelling_id", "appraised_value"]].assign(
        decided_at="2026-01-31T09:30:00Z", decided_by="cw-07", outcome="accepted"
    )
    table[COLUMNS].to_csv(path, index=False, float_format="%.0f")
    return path


def test_a_model_made_worse_on_purpose_is_not_releasable_and_every_failing_measure_is_told(
    narrow_run, live, settings, tmp_path
):
    run = shutil.copytree(narrow_run, tmp_path / "run")
    before = live.record("trondheim")
    answer = call("check", run, "--registry", live.folder, "--params", settings(LENIENT))
    assert isinstance(answer.exception, GateNotPassed)
    assert answer.exception.exit_code == 4
    assert answer.stdout.strip() == "not releasable"
    told = json.loads((run / "release" / "gates.json").read_text("utf-8"))
    failing = {check["measure"] for gate in told["gates"] for check in gate["checks"] if check["status"] == "refused"}
    assert "coverage, valid sales (90% promised)" in failing
    assert [measure for measure in failing if measure not in str(answer.exception)] == []
    assert "Not releasable: 2 of 18 gates" in (run / "release" / "index.en.html").read_text("utf-8")
    assert live.record("trondheim") == before


def test_a_good_roll_is_releasable_and_says_that_nobody_looked(run_copy, settings, tmp_path):
    answer = call("check", run_copy, "--registry", tmp_path / "registry", "--params", settings(LENIENT), "--json")
    assert answer.exception is None
    told = json.loads(answer.stdout)
    assert told["releasable"] is True
    whole = told["looked_at"][-1]
    assert (whole["kind"], whole["looked_at"], whole["dwellings"]) == ("all", 0, 1500)
    assert "1,500 a machine valued alone" in (run_copy / "release" / "index.en.html").read_text("utf-8")
    assert not (tmp_path / "registry").exists()


def test_the_same_roll_is_not_releasable_where_flags_must_be_looked_at_until_they_are(
    run_copy, settings, tmp_path, trondheim, quick_params_file
):
    asking = ("check", run_copy, "--registry", tmp_path / "registry", "--params", settings(REQUIRED))
    refused = call(*asking)
    assert UNSEEN in str(refused.exception)
    values = pd.read_parquet(run_copy / "values.parquet")
    flagged = decisions_about(values[values["flags"] != ""], tmp_path / "decisions.csv")
    foretold = call(*asking, "--decisions", flagged, "--json")
    assert foretold.exception is None
    assert json.loads(foretold.stdout)["decisions"]["file"] == "decisions.csv"
    assert "do not tell of it until" in (run_copy / "release" / "index.en.html").read_text("utf-8")
    # Foretold is not done: the values themselves must say it.
    assert isinstance(call(*asking).exception, GateNotPassed)
    place = ("--jurisdiction", trondheim, "--out", run_copy, "--params", quick_params_file)
    assert commands.asked("revalue", *place, "--decisions", flagged).returncode == 0
    assert commands.asked("report", *place).returncode == 0
    assert call(*asking).exception is None
    again = pd.read_parquet(run_copy / "values.parquet")
    assert again.drop(columns="looked_at").equals(values.drop(columns="looked_at"))
    assert again["looked_at"].tolist() == (values["flags"] != "").tolist()
    receipt = json.loads((run_copy / "receipt.json").read_text("utf-8"))
    assert receipt["counts"]["dwellings_looked_at"] == int((values["flags"] != "").sum())


def test_nothing_is_promoted_on_decisions_the_values_do_not_tell_of(small_run, tmp_path):
    values = pd.read_parquet(small_run / "values.parquet")
    registry = FileRegistry(tmp_path / "registry")
    verdict = judge(small_run, registry, LENIENT, decisions=decisions_about(values, tmp_path / "decisions.csv"))
    with pytest.raises(WrongUse, match="of which the values themselves do not tell"):
        promote(verdict, registry, by="Per")
    assert "1,500 of 1,500 values" in page(verdict)


def test_a_dry_check_writes_nothing(run_copy, settings, tmp_path):
    answer = call("check", run_copy, "--registry", tmp_path / "registry", "--params", settings(LENIENT), "--dry-run")
    assert answer.exception is None
    assert not (run_copy / "release").exists()


def test_what_cannot_be_checked_is_refused(run_copy, settings, tmp_path):
    asking = ("--registry", tmp_path / "registry", "--params", settings(LENIENT))
    assert isinstance(call("check", tmp_path / "nowhere", *asking).exception, WrongUse)
    assert isinstance(call("check", run_copy, *asking, "--decisions", tmp_path).exception, WrongUse)
    bad = tmp_path / "bad.csv"
    bad.write_text("dwelling_id,name\n1,Kari\n", "utf-8")
    assert isinstance(call("check", run_copy, *asking, "--decisions", bad).exception, InputRefused)
    (run_copy / "bundle" / "params.json").write_text("{}", "utf-8")
    assert isinstance(call("check", run_copy, *asking).exception, BundleRefused)


def test_a_file_in_the_place_of_the_page_is_left_alone(run_copy, settings, tmp_path):
    (run_copy / "release").write_text("mine", "utf-8")
    answer = call("check", run_copy, "--registry", tmp_path / "registry", "--params", settings(LENIENT))
    assert isinstance(answer.exception, WrongUse)
    assert (run_copy / "release").read_text("utf-8") == "mine"


def test_a_check_that_is_stopped_says_so_and_writes_nothing(run_copy, settings, tmp_path):
    words = ["check", run_copy, "--registry", tmp_path / "registry", "--params", settings(LENIENT)]
    program = [sys.executable, "-u", "-m", "valuation", *map(str, words)]
    # A shell that runs the tests in the background makes its children deaf to an interruption.
    heard = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as checking:
        # The first words of the gates: by now it is at work.
        first = checking.stderr.readline()
        checking.send_signal(signal.SIGINT)
        rest = checking.stderr.read()
    assert "gates" in first
    assert (checking.returncode, rest.splitlines()[-2:]) == (
        5,
        ["stopped", "What to do: give the same command to go on"],
    )
    assert not (run_copy / "release").exists()
    assert list(run_copy.glob(".release*")) == []


# --- the version that is live ---------------------------------------------------------------------------------------


def test_a_champion_that_is_not_there_is_refused_also_when_this_version_is_live(live, small_run, tmp_path):
    with pytest.raises(WrongUse, match="nosuch is not a folder"):
        judge(small_run, live, LENIENT, rival=tmp_path / "nosuch")


def test_another_version_is_no_champion_also_when_this_version_is_live(live, small_run, narrow_run):
    with pytest.raises(WrongUse, match="is a run of version"):
        judge(small_run, live, LENIENT, rival=narrow_run)


def test_the_live_version_is_compared_with_nothing_when_it_is_named_itself(live, small_run):
    assert judge(small_run, live, LENIENT, rival=small_run).champion is None
