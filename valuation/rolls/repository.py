"""Where are released rolls kept? The port; its adapters are named for a technology (`valuation/adapters/`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from valuation.review.audit import NewEvent
from valuation.review.case import ReviewCase
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue


@dataclass(frozen=True)
class ValueQuery:
    """Which released values: every filter narrows."""

    roll_id: str
    text: str | None = None
    """Address, matrikkel number, unit (`H0101`) or dwelling id, as typed (`valuation/rolls/search.py`)."""
    market_areas: tuple[str, ...] = ()
    dwelling_types: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    bounds: tuple[float, float, float, float] | None = None
    """x and y from, x and y to, in metres of the jurisdiction's projection."""
    districts: frozenset[str] | None = None
    """The actor's part of the municipality: a limit set by the server in every query."""


@dataclass(frozen=True)
class ValuePage:
    """A part of the answer, by dwelling id."""

    values: tuple[ReleasedValue, ...]
    next_cursor: str | None


class RollRepository(Protocol):
    """Keeps released rolls."""

    def release(
        self, roll: ReleasedRoll, values: Iterable[ReleasedValue], cases: Iterable[ReviewCase], event: NewEvent
    ) -> ReleasedRoll:
        """Store a roll with all its values, the cases that they open and the audit event; it is in force from here on.

        The event carries, beside its own details, the hash of all values as they are stored (`released_roll.ROWS`).
        All values are taken before the first case. One transaction: afterwards all of it is there, or nothing. The same
        roll with the same hashes again changes nothing and returns what is there.

        Raises
        ------
        InputRefused
            For a roll of this id with other values.
        """
        ...

    def rolls(self) -> list[ReleasedRoll]:
        """Return all rolls, the newest first."""
        ...

    def roll(self, roll_id: str | None = None) -> ReleasedRoll:
        """Return a roll; by default the one in force.

        Raises
        ------
        RollNotFound
        """
        ...

    def value(self, value_id: str) -> ReleasedValue:
        """Return a released value by its identity.

        Raises
        ------
        ValueNotFound
        """
        ...

    def value_of(self, roll_id: str, dwelling_id: str) -> ReleasedValue:
        """Return the released value of a dwelling.

        Raises
        ------
        ValueNotFound
        """
        ...

    def values_by_id(self, value_ids: Iterable[str]) -> Mapping[str, ReleasedValue]:
        """Return released values by their identities, a page of them in one question; what is not there is left out."""
        ...

    def values(self, query: ValueQuery, *, limit: int = 50, cursor: str | None = None) -> ValuePage:
        """Return released values of a query."""
        ...

    def all_values(self, query: ValueQuery) -> Iterator[ReleasedValue]:
        """Return all of them, one after the other, for exports: memory does not grow with their number."""
        ...
