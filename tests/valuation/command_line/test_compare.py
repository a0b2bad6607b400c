"""`valuation compare` answers with a folder or a sentence, and leaves nothing half-written."""

from __future__ import annotations

import fcntl
import json
import os
import shutil

import pytest

from tests.commands import asked, asked_in_a_process
from valuation.command_line import compare as command
from valuation.errors import Locked, WrongUse


@pytest.fixture(scope="module")
def pair(small_run, tmp_path_factory):
    """Two folders of one version: the cheapest finished runs there are."""
    folder = tmp_path_factory.mktemp("pair")
    unneeded = shutil.ignore_patterns("train", "adjust", "screen", "ingest", "explain", "report")
    return [shutil.copytree(small_run, folder / name, ignore=unneeded) for name in ("a", "b")]


def test_from_a_terminal_the_result_is_on_stdout_and_the_talk_is_not(pair, tmp_path):
    answer = asked_in_a_process("compare", *pair, "--out", tmp_path / "out", "--no-track", "--json")
    assert answer.returncode == 0, answer.stderr
    content = json.loads(answer.stdout)
    assert content["out"] == str(tmp_path / "out")
    assert content["versions"]["a"]["folder"] == "a"
    assert "A and B are one model version" in answer.stderr
    assert "Next: open" in answer.stderr
    assert (tmp_path / "out" / "index.html").exists()


def test_a_folder_that_is_no_run_ends_with_three(pair, tmp_path):
    answer = asked("compare", pair[0], tmp_path, "--no-track")
    assert answer.returncode == 3
    assert "holds no receipt.json" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_by_default_it_is_written_into_the_second_run_over_what_a_killed_process_left(pair, capsys):
    left = pair[1] / "comparison.partial" / "comparison"
    left.mkdir(parents=True)
    (left / "comparison.json").write_text("{", "utf-8")
    (pair[1] / ".comparison.999999.old").mkdir()
    command.compare(str(pair[0]), pair[1], track=False)
    assert capsys.readouterr().out.splitlines() == [str(pair[1] / "comparison")]
    assert [item.name for item in pair[1].iterdir() if "comparison" in item.name] == ["comparison"]
    assert json.loads((pair[1] / "comparison" / "comparison.json").read_text("utf-8"))["format"] == 1


def test_the_same_folder_twice_is_refused_and_nothing_written(pair, tmp_path):
    with pytest.raises(WrongUse, match="given as both versions"):
        command.compare(str(pair[0]), pair[0], out=tmp_path / "out", track=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_not_written_over(pair, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(WrongUse, match="holds no comparison"):
        command.compare(str(pair[0]), pair[1], out=tmp_path, track=False)
    assert [item.name for item in tmp_path.iterdir()] == ["notes.txt"]


def test_of_two_at_once_one_is_told_to_wait(pair, tmp_path):
    partial = tmp_path / "out.partial"
    partial.mkdir()
    handle = os.open(partial, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(Locked):
        command.compare(str(pair[0]), pair[1], out=tmp_path / "out", track=False)
    os.close(handle)
    assert not (tmp_path / "out").exists()


def test_the_live_version_is_asked_of_the_registry(pair, tmp_path, monkeypatch):
    monkeypatch.setenv("VALUATION_REGISTRY", str(tmp_path / "registry"))
    with pytest.raises(WrongUse, match="no version of trondheim is the champion"):
        command.compare("champion", pair[1], out=tmp_path / "out", track=False)
