"""Are all letters of a roll written, each of them whole? The mailing: a folder of letters and a list of what is in it.

Each letter is written aside and renamed, then entered in a journal. A later call with the same run, language, form and
day keeps every letter whose content has not changed and whose file is the one that was entered, and writes the rest;
the manifest comes last. So a mailing that was stopped goes on, and one that is done is confirmed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from valuation.appraisal.digest import sha256_of
from valuation.errors import WrongUse
from valuation.letters.letter import letter_hash, letter_html
from valuation.letters.record import LetterRecord
from valuation.letters.records import ValuedRoll

MANIFEST = "letters.json"
JOURNAL = ".letters.journal"
PLAN = ".letters.plan"
CHUNK = 500
"""Dwellings whose records are gathered at once: many enough that one pass is cheap, few enough to hold."""
FORMATS = ("html", "pdf")
_LONGEST = 60

Printer = Callable[[str], bytes]
"""Makes a file of a letter's HTML."""
Press = Callable[[Iterable[str]], Iterator[bytes]]
"""Makes the files of many letters, in their order."""


@dataclass(frozen=True)
class Entry:
    """A letter that is written."""

    dwelling_id: str
    file: str
    """Below the folder of the mailing."""
    sha256: str
    letter_hash: str
    """Of what it was made of, and by what."""
    is_valued: bool


@dataclass(frozen=True)
class Way:
    """In which language and form letters are written."""

    language: str
    format: str
    print: Printer
    """Makes the file of a letter's HTML."""
    made_by: str = ""
    """What made the files where that changes their bytes: the typesetter with its version."""
    press: Press | None = None
    """Makes many files, several at a time; without it they are made one after the other."""

    def written(self, record: LetterRecord) -> bytes:
        """Return the file of a letter."""
        return self.print(letter_html(record, self.language))

    def all_written(self, records: list[LetterRecord]) -> Iterator[bytes]:
        """Return the files of many letters, in their order."""
        pages = (letter_html(record, self.language) for record in records)
        return map(self.print, pages) if self.press is None else self.press(pages)

    def hash_of(self, record: LetterRecord) -> str:
        """Return the hash of what a letter is made of, and by what."""
        told = f"{letter_hash(record, self.language)} {self.format} {self.made_by}"
        return hashlib.sha256(told.encode()).hexdigest()


def file_name(dwelling_id: str, way: Way) -> str:
    """Return the name of a letter's file: what can be read of the identity, and a part of its hash.

    Two identities never share a name, also where a file system takes capitals and small letters for the same.

    Examples
    --------
    >>> file_name("5001-1/2/0/0-H0101", Way("nb", "html", str.encode))
    '5001-1_2_0_0-H0101.4bcbe37c.nb.html'
    """
    readable = re.sub(r"[^A-Za-z0-9-]+", "_", dwelling_id)[:_LONGEST] or "_"
    return f"{readable}.{hashlib.sha256(dwelling_id.encode()).hexdigest()[:8]}.{way.language}.{way.format}"


def write_letter(record: LetterRecord, way: Way, folder: Path) -> Path:
    """Write one letter into a folder, whole or not at all; return its place."""
    path = folder / file_name(record.dwelling_id, way)
    _put(way.written(record), path)
    return path


class Mailing:
    """The letters of a whole roll in one folder.

    Parameters
    ----------
    roll : ValuedRoll
    way : Way
    folder : Path
        New, or of an earlier call for the same run, language, form and day.

    Raises
    ------
    WrongUse
        For a folder that holds something else.
    """

    def __init__(self, roll: ValuedRoll, way: Way, folder: Path) -> None:
        self.roll, self.way, self.folder = roll, way, folder
        self._check_folder()
        self._done = {entry.dwelling_id: entry for entry in self._journal()}

    def write(self, progress: Callable[[str, int, int], None] = lambda *_: None) -> dict[str, Any]:
        """Write every letter that is not there yet, then the manifest.

        Parameters
        ----------
        progress : callable
            Told ``("letters", done, total)``.

        Returns
        -------
        dict
            The manifest.
        """
        _put(_json(self._plan()), self.folder / PLAN)
        identities = self.roll.dwelling_ids
        entries: list[Entry] = []
        with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
            for start in range(0, len(identities), CHUNK):
                for entry in self._entered(self.roll.records(identities[start : start + CHUNK]), journal):
                    entries.append(entry)
                    progress("letters", len(entries), len(identities))
        manifest = self._plan() | {
            "made_by": self.way.made_by,
            "n_letters": len(entries),
            "n_without_value": sum(not entry.is_valued for entry in entries),
            "letters": [asdict(entry) for entry in entries],
        }
        _put(_json(manifest), self.folder / MANIFEST)
        (self.folder / JOURNAL).unlink()
        return manifest

    def _entered(self, records: Iterable[LetterRecord], journal: Any) -> Iterator[Entry]:
        """Entries of letters in their order; those that are not there yet are written, several at a time."""
        plan = [(record, self.way.hash_of(record)) for record in records]
        kept = [self._kept(record, made_of) for record, made_of in plan]
        files = self.way.all_written([record for (record, _), entry in zip(plan, kept, strict=True) if entry is None])
        for (record, made_of), entry in zip(plan, kept, strict=True):
            yield entry or self._enter(record, next(files), made_of, journal)

    def _kept(self, record: LetterRecord, made_of: str) -> Entry | None:
        known = self._done.get(record.dwelling_id)
        return known if known is not None and known.letter_hash == made_of and self._is_there(known) else None

    def _enter(self, record: LetterRecord, content: bytes, made_of: str, journal: Any) -> Entry:
        name = file_name(record.dwelling_id, self.way)
        # A folder of a hundred thousand files is a nuisance everywhere: some hundreds in each of 256.
        file = f"{hashlib.sha256(record.dwelling_id.encode()).hexdigest()[:2]}/{name}"
        _put(content, self.folder / file)
        digest = hashlib.sha256(content).hexdigest()
        entry = Entry(record.dwelling_id, file, digest, made_of, record.valued is not None)
        # Entered once it stands in its place: what is in the journal is written.
        journal.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        journal.flush()
        return entry

    def _is_there(self, entry: Entry) -> bool:
        path = self.folder / entry.file
        return path.is_file() and sha256_of(path) == entry.sha256

    def _plan(self) -> dict[str, Any]:
        receipt, asked = self.roll.receipt, self.roll.asked
        return {
            "run_id": receipt["run_id"],
            "model_version": receipt["model_version"],
            "values_sha256": receipt["outputs_sha256"]["values.parquet"],
            "language": self.way.language,
            "format": self.way.format,
            "sent": None if asked.sent is None else asked.sent.isoformat(),
            "with_wrong_facts": asked.with_wrong_facts,
        }

    def _check_folder(self) -> None:
        plan = self.folder / PLAN
        if not self.folder.exists() or not any(self.folder.iterdir()):
            return
        if not plan.is_file():
            raise WrongUse(
                f"{self.folder} exists and was not written by `valuation letter --all`",
                expected="a new folder, or one of an earlier call, which goes on",
                remedy="choose another --out",
            )
        found = _read(plan)
        asked = self._plan()
        if found != asked:
            differs = next((name for name in asked if found.get(name) != asked[name]), "something")
            raise WrongUse(
                f"{self.folder} holds letters of another {differs.replace('_', ' ')}: {found.get(differs)}, "
                f"not {asked.get(differs)}",
                expected="the run, language, form and day it was begun with; letters that may be sent are not replaced",
                remedy="choose another --out",
            )

    def _journal(self) -> Iterator[Entry]:
        """Letters that an earlier call entered: those of its manifest, then those it was stopped after."""
        manifest, journal = self.folder / MANIFEST, self.folder / JOURNAL
        if manifest.is_file():
            yield from (Entry(**entry) for entry in _read(manifest).get("letters", []))
        if journal.is_file():
            for line in journal.read_text("utf-8").splitlines():
                # A line that was cut when the power went is no entry: its letter is written again.
                try:
                    yield Entry(**json.loads(line))
                except (ValueError, TypeError):
                    continue


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WrongUse(f"{path} cannot be read", expected="what an earlier call wrote", remedy="choose another --out")
    return found


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _put(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    except OSError as error:
        # A full disk names no file.
        error.filename = error.filename or str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)
