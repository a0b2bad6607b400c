"""How is the record of versions kept without any service? As a folder of small JSON files, one per entry.

``FOLDER/<jurisdiction>/000001.json``: an entry is written aside, brought to the disk and then linked to its number. A
link is made whole or not at all, and not over a file that is there: of two who add an entry at once, one is told that
the other was first. ``aliases.json`` beside them is for people; the record alone decides.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from uuid import uuid4

from valuation.errors import RecordRefused, WrongUse
from valuation.models.registry import Entry, aliases_of, chained, check_record, other_was_first

_ENTRY = re.compile(r"\d{6}\.json")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ALIASES = "aliases.json"


class FileRegistry:
    """A registry in a folder.

    Parameters
    ----------
    folder : Path
        Made with the first entry.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return f"the folder {self.folder}"

    def jurisdictions(self) -> list[str]:
        """Return the names of all jurisdictions with a record, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(place.name for place in self.folder.iterdir() if place.is_dir() and _entries(place))

    def record(self, jurisdiction: str) -> tuple[Entry, ...]:
        """Return the entries in order, checked to hang together."""
        return check_record([_read(path) for path in _entries(self._place(jurisdiction))], jurisdiction)

    def append(self, entry: Entry, *, after: int) -> Entry:
        """Add an entry behind number `after`, whole or not at all."""
        place = self._place(entry.jurisdiction)
        record = self.record(entry.jurisdiction)
        if len(record) != after:
            raise other_was_first(entry.jurisdiction)
        kept = chained(entry, record)
        place.mkdir(parents=True, exist_ok=True)
        aside = place / f".{kept.number:06d}.{uuid4().hex}.aside"
        try:
            _write(aside, kept.as_json() + "\n")
            os.link(aside, place / f"{kept.number:06d}.json")
        except FileExistsError as taken:
            raise other_was_first(entry.jurisdiction) from taken
        finally:
            aside.unlink(missing_ok=True)
        _bring_to_disk(place)
        self._tell_aliases(entry.jurisdiction)
        return kept

    def aliases(self, jurisdiction: str) -> dict[str, str]:
        """Return ``candidate`` and ``champion``, each with its model version."""
        return aliases_of(self.record(jurisdiction))

    def archive(self, jurisdiction: str) -> Path:
        """Return the folder of the runs that went live, beside the entries."""
        return self._place(jurisdiction) / "runs"

    def _place(self, jurisdiction: str) -> Path:
        if not _NAME.fullmatch(jurisdiction):
            raise WrongUse(f"{jurisdiction!r} is no name of a jurisdiction", expected="its `name`, such as king_county")
        return self.folder / jurisdiction

    def _tell_aliases(self, jurisdiction: str) -> None:
        place = self._place(jurisdiction)
        aside = place / f".{_ALIASES}.{uuid4().hex}.aside"
        _write(aside, json.dumps(self.aliases(jurisdiction), indent=1, sort_keys=True) + "\n")
        os.replace(aside, place / _ALIASES)


def _entries(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if _ENTRY.fullmatch(path.name))


def _read(path: Path) -> Entry:
    try:
        return Entry.from_json(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise RecordRefused(
            f"{path} is no text: {error}", expected="an entry as it was written", remedy="restore it from a backup"
        ) from error


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _bring_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
