"""Which released values does somebody mean who typed something? In SQL, every part of it a bound value.

Each part is looked up in an index that holds all it asks for: the table itself, with a record in every row, is read
only for what was found.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from valuation.adapters.sql_store.tables import ROLLS, VALUES
from valuation.rolls.search import Search


def meant_by(search: Search, roll_id: str | None) -> sa.CompoundSelect[tuple[str, str]]:
    """Return the question for `roll_id, dwelling_id` of the released values that somebody searches for.

    Parameters
    ----------
    search : Search
    roll_id : str or None
        Of one roll, or of all of them.
    """
    is_named = (VALUES.c.dwelling_id, VALUES.c.property_id, VALUES.c.value_id)
    ways = [_of_roll(roll_id).where(name == search.identity) for name in is_named]
    if search.has_parts:
        ways.append(_with_all_parts(search, roll_id))
    return sa.union(*ways)


def _of_roll(roll_id: str | None) -> sa.Select[tuple[str, str]]:
    asked = sa.select(VALUES.c.roll_id, VALUES.c.dwelling_id)
    if roll_id is not None:
        return asked.where(VALUES.c.roll_id == roll_id)
    # Each of all rolls named: the indexes begin with the roll and would else be read from end to end.
    return asked.where(VALUES.c.roll_id.in_(sa.select(ROLLS.c.roll_id)))


def _with_all_parts(search: Search, roll_id: str | None) -> sa.Select[tuple[str, str]]:
    key = VALUES.c.address_key
    words = [key.contains(f" {word}", autoescape=True) for word in search.words]
    words += [key.contains(f" {number} ", autoescape=True) for number in search.numbers]
    # The kinds of parts lie in different indexes: one answer is looked for within the other.
    wished = [sa.and_(*words)] if words else []
    wished += [_is_of_property(number) for number in search.properties]
    wished += [VALUES.c.unit_key == unit for unit in search.units]
    found = _of_roll(roll_id).where(wished[0])
    for more in wished[1:]:
        found = found.where(_place().in_(_of_roll(roll_id).where(more)))
    return found


def _place() -> sa.ColumnElement[Any]:
    return sa.tuple_(VALUES.c.roll_id, VALUES.c.dwelling_id)


def _is_of_property(number: str) -> sa.ColumnElement[bool]:
    # From the left, up to a `/`: 123/4 is not the beginning of 123/45.
    name = VALUES.c.property_id
    whole = sa.or_(name == number, sa.and_(name >= f"{number}/", name < f"{number}0"))
    if "-" in number:
        return whole
    any_municipality = (name.endswith(f"-{number}", autoescape=True), name.contains(f"-{number}/", autoescape=True))
    return sa.or_(whole, *any_municipality)
