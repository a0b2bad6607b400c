"""Which released values does somebody mean who typed something? In SQL, every part of it a bound value."""

from __future__ import annotations

import sqlalchemy as sa

from valuation.adapters.sql_store.tables import VALUES
from valuation.rolls.search import Search


def meant_by(search: Search) -> sa.ColumnElement[bool]:
    """Return whether a released value is what somebody searches for."""
    identity = sa.or_(
        VALUES.c.dwelling_id == search.identity,
        VALUES.c.property_id == search.identity,
        VALUES.c.value_id == search.identity,
    )
    if not search.has_parts:
        return identity
    return sa.or_(
        identity,
        sa.and_(
            *(_is_of_property(number) for number in search.properties),
            *(VALUES.c.unit_key == unit for unit in search.units),
            *(VALUES.c.address_key.contains(f" {word}", autoescape=True) for word in search.words),
            *(VALUES.c.address_key.contains(f" {number} ", autoescape=True) for number in search.numbers),
        ),
    )


def _is_of_property(number: str) -> sa.ColumnElement[bool]:
    # From the left, up to a `/`: 123/4 is not the beginning of 123/45.
    name = VALUES.c.property_id
    whole = sa.or_(name == number, sa.and_(name >= f"{number}/", name < f"{number}0"))
    if "-" in number:
        return whole
    any_municipality = (name.endswith(f"-{number}", autoescape=True), name.contains(f"-{number}/", autoescape=True))
    return sa.or_(whole, *any_municipality)
