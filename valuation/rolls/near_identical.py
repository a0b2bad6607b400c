"""Which dwellings are near-identical to one? The same kind in the same area and street, of about its size and age.

Twenty row houses of one builder are worth about the same. Whoever settles one of them should see the others, and
whoever answers a complaint what its neighbours are set to: equal treatment. Size and age are held to what the flag of
jumps at a border takes for near-identical (`flags/border_jump.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from valuation.dwellings.characteristics import DataDictionary
from valuation.flags.border_jump import LIKE_AREA, LIKE_YEARS
from valuation.rolls.released_roll import ReleasedValue
from valuation.rolls.repository import RollRepository, ValueQuery

WITHIN_M = 500.0
"""Metres looked at around a dwelling, where it has a place. Own goal."""
SHOWN_FACTS = ("living_area", "built_year", "floor", "plot_area")
"""Roles of the facts by which people tell such dwellings apart."""
_SAME_ROLES = ("street", "tenure")


@dataclass(frozen=True)
class _Kind:
    """What is compared of a dwelling."""

    area: str | None
    type: str | None
    same: tuple[Any, ...]
    size: float | None
    year: float | None

    @classmethod
    def of(cls, value: ReleasedValue, characteristics: DataDictionary) -> _Kind:
        """Read it from a released value."""

        def recorded(role: str) -> Any:
            name = characteristics.with_role(role)
            return None if name is None else value.record.get(name)

        same = tuple(recorded(role) for role in _SAME_ROLES)
        return cls(value.market_area, value.dwelling_type, same, recorded("living_area"), recorded("built_year"))

    def is_near(self, other: _Kind) -> bool:
        """Return whether two dwellings are near-identical; what is not recorded of one is like nothing."""
        if None in (self.area, self.type, self.size, self.year, other.size, other.year):
            return False
        sizes = sorted((float(self.size or 0), float(other.size or 0)))
        is_same = (self.area, self.type, self.same) == (other.area, other.type, other.same)
        is_of_age = abs(float(self.year or 0) - float(other.year or 0)) <= LIKE_YEARS
        return is_same and sizes[0] > 0 and sizes[1] <= sizes[0] * LIKE_AREA and is_of_age


def near_identical(
    one: ReleasedValue, others: Iterable[ReleasedValue], characteristics: DataDictionary
) -> Iterator[ReleasedValue]:
    """Yield those of some released values whose dwellings are near-identical to one, that one not among them.

    Parameters
    ----------
    one : ReleasedValue
    others : iterable of ReleasedValue
    characteristics : DataDictionary
        Of the jurisdiction: which column is the living area, the year built, the street.
    """
    kind = _Kind.of(one, characteristics)
    for other in others:
        if other.value_id != one.value_id and kind.is_near(_Kind.of(other, characteristics)):
            yield other


def around(one: ReleasedValue, districts: frozenset[str] | None = None) -> ValueQuery:
    """Return the question for released values of the same kind in the same area around a dwelling."""
    return ValueQuery(
        one.roll_id,
        market_areas=(one.market_area or "",),
        dwelling_types=(one.dwelling_type or "",),
        bounds=bounds_around(one),
        districts=districts,
    )


def bounds_around(one: ReleasedValue) -> tuple[float, float, float, float] | None:
    """Return the square around a dwelling in which its like is looked for; None where it has no place."""
    if one.x_m is None or one.y_m is None:
        return None
    return one.x_m - WITHIN_M, one.y_m - WITHIN_M, one.x_m + WITHIN_M, one.y_m + WITHIN_M


def neighbours_alike(
    rolls: RollRepository, one: ReleasedValue, characteristics: DataDictionary, districts: frozenset[str] | None
) -> list[ReleasedValue]:
    """Return the near-identical dwellings around one on its roll, by address."""
    found = near_identical(one, rolls.all_values(around(one, districts)), characteristics)
    return sorted(found, key=lambda value: (value.address or "", value.dwelling_id))
