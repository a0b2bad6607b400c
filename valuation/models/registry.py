"""Which version is live, which one waits, and who decided so? The port of the registry, and the rules of its record.

A registry keeps one record per jurisdiction: entries that are only ever added, each with who, when and why, and chained
by their hashes, so that a changed, cut or missing entry is seen. The two aliases follow from the record alone: the
``candidate`` is the version registered last, the ``champion`` the one that is live. Going back takes the last promotion
away again; it is an entry like any other.

What the chain cannot show by itself: that the *last* entries were taken away, or all of it written anew. For that the
hash of the last entry is printed at each promotion, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from valuation.errors import Locked, RecordRefused, WrongUse

Action = Literal["register", "promote", "promote by hand", "roll back"]
ACTIONS: tuple[Action, ...] = ("register", "promote", "promote by hand", "roll back")
START = "0" * 64
"""What the first entry of a record names as its predecessor."""


@dataclass(frozen=True)
class Entry:
    """One line of the record: a version was registered, became live, or was left again."""

    jurisdiction: str
    action: Action
    model_version: str
    """Of `register`: the version that is there now. Otherwise: the version that is live from here on."""
    replaces: str
    """The version that was live before; empty where none was."""
    run_folder: str
    """Where the copy of the run lies, below the archive of the registry (of `register`, before: where the run lay)."""
    manifest_sha256: str
    """Of its bundle: a changed bundle is not this version."""
    at: str
    """Time, UTC, as ISO 8601 with Z."""
    by: str
    """Who did it."""
    reason: str
    """Why, in a person's words; empty where the gates alone decided."""
    second: str
    """Who agreed; empty where the gates alone decided."""
    gates_sha256: str
    """Of `gates.json` of the run; empty where no gate was asked."""
    number: int = 0
    """1, 2, 3, ... within the jurisdiction; set by the registry."""
    previous_sha256: str = ""
    sha256: str = ""

    def as_json(self) -> str:
        """Return the entry as canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str) -> Entry:
        """Read what `as_json` wrote.

        Raises
        ------
        RecordRefused
            For anything else.
        """
        try:
            content: dict[str, Any] = json.loads(text)
            wrong = set(content) ^ {field.name for field in fields(cls)}
            if wrong or content["action"] not in ACTIONS:
                raise ValueError(f"keys {sorted(wrong)}, action {content.get('action')!r}")
            return cls(**content)
        except (ValueError, TypeError, AttributeError) as error:
            raise _broken(where, f"cannot be read: {error}") from error


class ModelRegistry(Protocol):
    """Keeps the record of each jurisdiction. Its adapters are named for a technology (`valuation/adapters/`)."""

    def jurisdictions(self) -> list[str]:
        """Return the names of all jurisdictions with a record, sorted."""
        ...

    def record(self, jurisdiction: str) -> tuple[Entry, ...]:
        """Return the entries in order, checked to hang together; none for a jurisdiction not known.

        Raises
        ------
        RecordRefused
            When an entry was changed, cut or taken out.
        """
        ...

    def append(self, entry: Entry, *, after: int) -> Entry:
        """Add an entry behind number `after`, whole or not at all, and move the aliases; return it as it is kept.

        Raises
        ------
        Locked
            When somebody else has added one since.
        """
        ...

    def aliases(self, jurisdiction: str) -> dict[str, str]:
        """Return ``candidate`` and ``champion`` as others see them, each with its model version, as far as set."""
        ...

    def archive(self, jurisdiction: str) -> Path:
        """Return the folder in which copies of the runs that went live are kept; it may not be there yet."""
        ...


def other_was_first(jurisdiction: str) -> Locked:
    """Return what an adapter raises from `append` when somebody else has added an entry, or is adding one."""
    return Locked(
        f"somebody else is changing, or has changed, which version of {jurisdiction} is live or waits",
        expected="one decision at a time",
        remedy="look at what was decided, then give the command again",
    )


def folder_of(registry: ModelRegistry, entry: Entry) -> Path:
    """Return where the run of an entry lies."""
    # An absolute path stays what it is.
    return registry.archive(entry.jurisdiction) / entry.run_folder


def chained(entry: Entry, record: Sequence[Entry]) -> Entry:
    """Return the entry with its number and hashes, as the next of `record`."""
    previous = record[-1].sha256 if record else START
    numbered = replace(entry, number=len(record) + 1, previous_sha256=previous, sha256="")
    return replace(numbered, sha256=_hash(numbered))


def check_record(record: Sequence[Entry], jurisdiction: str) -> tuple[Entry, ...]:
    """Return the record, proven whole: numbers without a gap, each entry naming the hash of the one before.

    Raises
    ------
    RecordRefused
        Names the first entry that does not fit.
    """
    previous = START
    for place, entry in enumerate(record, start=1):
        where = f"entry {place} of the record of {jurisdiction}"
        if entry.number != place:
            raise _broken(where, f"bears the number {entry.number}")
        if entry.jurisdiction != jurisdiction:
            raise _broken(where, f"is about {entry.jurisdiction}")
        if entry.previous_sha256 != previous or entry.sha256 != _hash(replace(entry, sha256="")):
            raise _broken(where, "was changed since it was written")
        previous = entry.sha256
    return tuple(record)


def _hash(entry: Entry) -> str:
    return hashlib.sha256(entry.as_json().encode()).hexdigest()


def _broken(where: str, how: str) -> RecordRefused:
    return RecordRefused(
        f"{where} {how}",
        expected="a record to which entries were only ever added",
        remedy="restore the registry from a backup, and find out who changed it: nothing is promoted before",
    )


def aliases_of(record: Sequence[Entry]) -> dict[str, str]:
    """Return which version waits and which is live, as far as there is one."""
    known = {"candidate": candidate(record), "champion": champion(record)}
    return {alias: entry.model_version for alias, entry in known.items() if entry is not None}


def candidate(record: Sequence[Entry]) -> Entry | None:
    """Return the entry of the version registered last."""
    return next((entry for entry in reversed(record) if entry.action == "register"), None)


def champion(record: Sequence[Entry]) -> Entry | None:
    """Return the entry by which the live version became live, or None."""
    live = _live(record)
    return live[-1] if live else None


def before_champion(record: Sequence[Entry]) -> Entry | None:
    """Return the entry of the version that going back leads to, or None."""
    live = _live(record)
    return live[-2] if len(live) > 1 else None


def _live(record: Sequence[Entry]) -> list[Entry]:
    # A promotion lies on top of what was live; going back takes away what lies above the version gone back to.
    live: list[Entry] = []
    for entry in record:
        if entry.action == "roll back":
            while live and live[-1].model_version != entry.model_version:
                live.pop()
            if not live:
                raise _broken(f"entry {entry.number} of the record of {entry.jurisdiction}", "leads back to nothing")
        elif entry.action != "register":
            live.append(entry)
    return live


def was_live(record: Sequence[Entry], model_version: str) -> Entry:
    """Return the entry by which a version that can be gone back to became live.

    Raises
    ------
    WrongUse
        When it never was, is live now, or was left for good by going back behind it.
    """
    live = _live(record)
    found = next((entry for entry in reversed(live[:-1]) if entry.model_version == model_version), None)
    if found is None or live[-1].model_version == model_version:
        earlier = ", ".join(dict.fromkeys(entry.model_version for entry in live[:-1])) or "none"
        raise WrongUse(
            f"{model_version} is no version to go back to",
            expected=f"one that was live before the present one: {earlier}",
            remedy="promote it instead: `valuation promote RUN`",
        )
    return found
