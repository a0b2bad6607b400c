"""Is a file of another format, a cut one or a missing one refused with its name and what to do?"""

import pytest

from valuation.errors import BundleRefused
from valuation.stored import read_stored


def test_a_file_of_the_known_format_is_read(tmp_path):
    (tmp_path / "kept.json").write_text('{"format": 2, "level": 0.5}', "utf-8")
    assert read_stored(tmp_path / "kept.json", 2, remedy="train again") == {"format": 2, "level": 0.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 1}', "is of format 1"),
        ('{"level": 0.5}', "is of format None"),
        ("[1, 2]", "is of format 'list'"),
        ('{"format": 2, "level', "cannot be read"),
    ],
)
def test_anything_else_is_refused_with_the_file_and_the_remedy(tmp_path, text, said):
    (tmp_path / "kept.json").write_text(text, "utf-8")
    with pytest.raises(BundleRefused, match=said) as refused:
        read_stored(tmp_path / "kept.json", 2, remedy="train again")
    assert "kept.json" in str(refused.value)
    assert "train again" in str(refused.value)


def test_a_missing_file_is_refused_with_what_was_expected(tmp_path):
    with pytest.raises(BundleRefused, match="is not there") as refused:
        read_stored(tmp_path / "kept.json", 2, expected="the typical dwellings", remedy="train again")
    assert "the typical dwellings" in str(refused.value)
