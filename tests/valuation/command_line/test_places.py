"""A place where nothing can be written is refused at once, and no message tells what is written aside."""

from __future__ import annotations

import pytest

from valuation.command_line.main import _failed_writing
from valuation.command_line.places import check_can_write
from valuation.errors import WrongUse


def test_a_free_place_is_taken_and_nothing_is_left_there(tmp_path):
    check_can_write(tmp_path / "new" / "deeper")
    assert list(tmp_path.iterdir()) == []


def test_a_place_below_a_file_is_wrong_use(tmp_path):
    (tmp_path / "file").write_text("mine", "utf-8")
    with pytest.raises(WrongUse, match=r"no folder can be made at .*file is a file"):
        check_can_write(tmp_path / "file" / "new")


def test_a_failed_writing_names_no_path_aside():
    error = FileNotFoundError(2, "No such file or directory", "/proc/.x.123.aside/drift.json")
    assert str(_failed_writing(error)).startswith("/proc: No such file or directory")
