"""Is what all workers need made by one of them alone, and whole when another sees it?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.made_once import made_once


def test_of_many_who_ask_at_the_same_moment_one_makes_and_all_see_it_whole(tmp_path_factory):
    made = []

    def make(folder):
        made.append(folder)
        (folder / "begun").touch()
        time.sleep(0.2)
        (folder / "ended").touch()

    def ask(_):
        return sorted(path.name for path in made_once(tmp_path_factory, "asked-by-many", make).iterdir())

    with ThreadPoolExecutor(8) as workers:
        assert list(workers.map(ask, range(8))) == [["begun", "ended"]] * 8
    assert len(made) == 1


def test_what_failed_half_way_is_made_anew_from_an_empty_folder(tmp_path_factory):
    def fail(folder):
        (folder / "half").touch()
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        made_once(tmp_path_factory, "failed-once", fail)
    folder = made_once(tmp_path_factory, "failed-once", lambda folder: (folder / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_a_session_that_a_test_begins_makes_its_own(tmp_path_factory, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    inner = pytest.TempPathFactory(tmp_path / "inner", "all", 3, lambda *_: None, _ispytest=True)
    monkeypatch.chdir(tmp_path)
    assert made_once(inner, "made-inside", lambda folder: None).is_relative_to(tmp_path / "inner")
    of_a_worker = pytest.TempPathFactory(tmp_path / "inner" / "popen-gw0", "all", 3, lambda *_: None, _ispytest=True)
    assert made_once(of_a_worker, "made-inside", lambda folder: None).parent == tmp_path / "inner" / "made-once"
