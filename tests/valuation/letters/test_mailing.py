"""Is a mailing whole after any interruption, listed with its hashes, and never mixed with another?"""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from valuation.errors import WrongUse
from valuation.letters.mailing import JOURNAL, MANIFEST, Mailing, Way, file_name
from valuation.letters.records import Asked, ValuedRoll

NB = Way("nb", "html", str.encode)


class Part(ValuedRoll):
    """A roll of a few dwellings."""

    few: tuple[str, ...] = ()

    @property
    def dwelling_ids(self) -> list[str]:
        """Return the few, sorted."""
        return sorted(self.few)


@pytest.fixture(scope="module")
def part(letter_run, small_bundle, kinds):
    found = Part(small_bundle, letter_run, Asked())
    found.few = tuple(kinds.values())
    return found


class Counting:
    """Prints letters and counts them; stops the work before the one it is told to."""

    def __init__(self, stop_before: int = 10**9) -> None:
        self.n, self._stop = 0, stop_before

    def __call__(self, html: str) -> bytes:
        """Return the letter."""
        if self.n == self._stop:
            raise KeyboardInterrupt
        self.n += 1
        return html.encode()


def listed(folder):
    """Return the letters of a manifest."""
    return json.loads((folder / MANIFEST).read_text("utf-8"))["letters"]


def files(folder):
    """Return every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_dwelling_has_its_letter_and_its_line_in_the_manifest(part, tmp_path):
    told = []
    manifest = Mailing(part, NB, tmp_path / "m").write(lambda *done: told.append(done))
    n = len(set(part.few))
    assert (manifest["n_letters"], manifest["n_without_value"]) == (n, 3)
    assert [entry["dwelling_id"] for entry in listed(tmp_path / "m")] == sorted(set(part.few))
    hashes = [sha256((tmp_path / "m" / entry["file"]).read_bytes()).hexdigest() for entry in listed(tmp_path / "m")]
    assert hashes == [entry["sha256"] for entry in listed(tmp_path / "m")]
    assert told[-1] == ("letters", n, n)
    assert not (tmp_path / "m" / JOURNAL).exists()


def test_a_mailing_that_was_stopped_goes_on_and_ends_like_one_that_was_not(part, tmp_path):
    Mailing(part, NB, tmp_path / "whole").write()
    with pytest.raises(KeyboardInterrupt):
        Mailing(part, Way("nb", "html", Counting(stop_before=4)), tmp_path / "cut").write()
    assert not (tmp_path / "cut" / MANIFEST).exists()
    again = Counting()
    Mailing(part, Way("nb", "html", again), tmp_path / "cut").write()
    assert again.n == len(set(part.few)) - 4
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_letters_that_are_printed_several_at_a_time_make_the_same_mailing(part, tmp_path):
    def press(pages):
        return iter([page.encode() for page in pages])

    Mailing(part, NB, tmp_path / "one").write()
    Mailing(part, Way("nb", "html", str.encode, press=press), tmp_path / "many").write()
    assert files(tmp_path / "many") == files(tmp_path / "one")


def test_a_journal_whose_last_line_was_cut_loses_that_letter_alone(part, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        Mailing(part, Way("nb", "html", Counting(stop_before=4)), tmp_path / "m").write()
    journal = tmp_path / "m" / JOURNAL
    journal.write_text(journal.read_text("utf-8")[:-30], "utf-8")
    again = Counting()
    Mailing(part, Way("nb", "html", again), tmp_path / "m").write()
    assert again.n == len(set(part.few)) - 3


def test_a_mailing_that_is_done_is_confirmed_without_writing(part, tmp_path):
    Mailing(part, NB, tmp_path / "m").write()
    before = files(tmp_path / "m")
    again = Counting()
    Mailing(part, Way("nb", "html", again), tmp_path / "m").write()
    assert again.n == 0
    assert files(tmp_path / "m") == before


def test_a_letter_that_was_changed_or_lost_is_written_again(part, tmp_path):
    Mailing(part, NB, tmp_path / "m").write()
    before = files(tmp_path / "m")
    first, second = (tmp_path / "m" / entry["file"] for entry in listed(tmp_path / "m")[:2])
    first.write_bytes(b"other")
    second.unlink()
    again = Counting()
    Mailing(part, Way("nb", "html", again), tmp_path / "m").write()
    assert again.n == 2
    assert files(tmp_path / "m") == before


@pytest.mark.parametrize(
    ("way", "said"), [(Way("nn", "html", str.encode), "language"), (Way("nb", "pdf", str.encode), "format")]
)
def test_a_folder_of_another_language_or_form_is_refused_and_nothing_is_lost(way, said, part, tmp_path):
    Mailing(part, NB, tmp_path / "m").write()
    before = files(tmp_path / "m")
    with pytest.raises(WrongUse, match=f"letters of another {said}"):
        Mailing(part, way, tmp_path / "m")
    assert files(tmp_path / "m") == before


def test_a_folder_of_somebody_else_is_refused(part, tmp_path):
    (tmp_path / "own.txt").write_text("mine", "utf-8")
    with pytest.raises(WrongUse, match="was not written by"):
        Mailing(part, NB, tmp_path)
    assert files(tmp_path) == {"own.txt": b"mine"}


def test_names_of_files_are_safe_and_of_their_own():
    names = ["../../etc/passwd", "5001-1/2", "5001-1_2", "5001-1/2/H0101", "5001-1/2/h0101", "Å" * 300, ""]
    made = [file_name(name, NB) for name in names]
    assert len({name.lower() for name in made}) == len(names)
    assert [name for name in made if "/" in name or name.startswith(".") or len(name.encode()) > 200] == []
