"""Fakes, not mocks: the ports of the domain in memory, held to the same contract as the adapters."""

from __future__ import annotations

from pathlib import Path

from valuation.models.registry import Entry, aliases_of, chained, check_record, other_was_first


class MemoryRegistry:
    """A registry that is forgotten with the process."""

    def __init__(self, folder: Path = Path("nowhere")) -> None:
        self.folder = folder
        self.kept: dict[str, list[Entry]] = {}

    def __str__(self) -> str:
        return "memory"

    def jurisdictions(self) -> list[str]:
        return sorted(self.kept)

    def record(self, jurisdiction: str) -> tuple[Entry, ...]:
        return check_record(self.kept.get(jurisdiction, []), jurisdiction)

    def append(self, entry: Entry, *, after: int) -> Entry:
        record = self.record(entry.jurisdiction)
        if len(record) != after:
            raise other_was_first(entry.jurisdiction)
        kept = chained(entry, record)
        self.kept.setdefault(entry.jurisdiction, []).append(kept)
        return kept

    def aliases(self, jurisdiction: str) -> dict[str, str]:
        return aliases_of(self.record(jurisdiction))

    def archive(self, jurisdiction: str) -> Path:
        return self.folder / jurisdiction
