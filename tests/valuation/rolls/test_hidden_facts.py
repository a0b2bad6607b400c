"""Are the facts of a hidden dwelling known again, and those of others let through?"""

from __future__ import annotations

import pytest

from tests.conftest import TRONDHEIM
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.rolls.hidden_facts import HiddenFacts, is_as_released

CHARACTERISTICS = read_jurisdiction(TRONDHEIM).characteristics
HIDDEN = {
    "dwelling_id": "hidden",
    **dict.fromkeys(CHARACTERISTICS),
    **dict.fromkeys(CHARACTERISTICS.categories(), "one"),
    "x_m": 569_000.0,
    "y_m": 7_034_000.0,
    "living_area_m2": 80.0,
    "built_year": 1970,
}
FIRST, SECOND, *_ = [name for name in CHARACTERISTICS.features() if name in CHARACTERISTICS.categories()]


def known(**other) -> bool:
    return HiddenFacts([HIDDEN], CHARACTERISTICS).are_those_of(HIDDEN | {"dwelling_id": "made-up"} | other)


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"living_area_m2": 87.9},
        {"living_area_m2": None},
        {"x_m": 569_070.0, "y_m": 7_034_070.0},
        {FIRST: "two", SECOND: "two", "built_year": 2020},
        {"x_m": None, "y_m": None},
        {"x_m": None, FIRST: "two"},
    ],
)
def test_facts_that_are_nearly_those_of_a_hidden_dwelling_are_known_again(other):
    assert known(**other)


@pytest.mark.parametrize(
    "other",
    [
        {"living_area_m2": 88.1},
        {"living_area_m2": 72.0},
        {"x_m": 569_101.0},
        {"x_m": None, FIRST: "two", SECOND: "two"},
        {"x_m": None, FIRST: "two", "living_area_m2": 160.0},
    ],
)
def test_another_place_or_size_is_another_dwelling(other):
    assert not known(**other)


def test_where_no_dwelling_has_a_place_all_facts_but_one_are_compared():
    without = HIDDEN | {"x_m": None, "y_m": None}
    facts = HiddenFacts([without], CHARACTERISTICS)
    assert facts.are_those_of(without | {FIRST: "two"})
    assert not facts.are_those_of(without | {FIRST: "two", SECOND: "two"})


def test_nothing_is_hidden_where_there_is_no_such_dwelling():
    assert not HiddenFacts([], CHARACTERISTICS).are_those_of(HIDDEN)


def test_a_dwelling_is_as_it_was_released_to_the_letter():
    assert is_as_released(HIDDEN | {"prior_value": 1}, HIDDEN, CHARACTERISTICS)
    assert not is_as_released(HIDDEN | {"living_area_m2": 80.1}, HIDDEN, CHARACTERISTICS)
    assert not is_as_released(HIDDEN | {"x_m": 569_000.1}, HIDDEN, CHARACTERISTICS)
