"""Are the near-identical dwellings those that people would call so?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import a_characteristic, a_jurisdiction
from tests.factories_of_rolls import ROLL, a_value
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.rolls.near_identical import near_identical, neighbours_alike
from valuation.rolls.released_roll import release_event

DICTIONARY = a_jurisdiction(
    {
        "area_m2": a_characteristic("number", "living_area", plausible=[15, 500], required=True),
        "built": a_characteristic("integer", "built_year", plausible=[1600, 2030]),
        "kind": a_characteristic("category", "dwelling_type", levels=["row", "flat"]),
        "part": a_characteristic("category", "market_area"),
        "road": a_characteristic("category", "street"),
    }
).characteristics


def house(number: int, area: float | None = 100.0, built: int | None = 1980, road: str = "Lia", **more):
    plain = a_value(ROLL, f"1-1/{number}", "H0101", f"{road} {number:02d}", "TB", "row", 10.0, 10.0, 4_000_000, ())
    return replace(plain, **{"record": {"area_m2": area, "built": built, "road": road}} | more)


FIRST = house(1)


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        (house(2), True),
        (house(2, area=110.0), True),
        (house(2, area=91.0), True),
        (house(2, area=111.0), False),
        (house(2, area=90.0), False),
        (house(2, built=1990), True),
        (house(2, built=1969), False),
        (house(2, road="Stien"), False),
        (house(2, area=None), False),
        (house(2, built=None), False),
        (house(2, dwelling_type="flat"), False),
        (house(2, market_area="ÅS"), False),
        (house(2, market_area=None), False),
        (FIRST, False),
    ],
)
def test_alike_are_dwellings_of_one_kind_and_street_of_about_one_size_and_age(other, is_alike):
    assert list(near_identical(FIRST, [other], DICTIONARY)) == ([other] if is_alike else [])


def test_of_a_dwelling_whose_size_nobody_knows_nothing_is_alike():
    assert list(near_identical(house(1, area=None), [house(2, area=None), house(3)], DICTIONARY)) == []


def test_neighbours_on_the_roll_are_those_around_by_address_and_within_the_district(sqlite_database):
    rolls = SqlRolls(sqlite_database)
    values = [FIRST, house(3), house(2), house(4, x_m=5_000.0), house(5, area=200.0)]
    rolls.release(ROLL, iter(values), iter(()), release_event(ROLL))
    found = neighbours_alike(rolls, FIRST, DICTIONARY, None)
    assert [value.address for value in found] == ["Lia 02", "Lia 03"]
    assert neighbours_alike(rolls, FIRST, DICTIONARY, frozenset({"ÅS"})) == []
