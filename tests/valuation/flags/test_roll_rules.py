"""Rules that judge a dwelling among the others of the roll, and the draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.valuation.flags.outcomes import NOT_APPLICABLE, PARAMS, PASSED, RAISED, outcome
from valuation.flags.catalogue import ROLL_RULES, rule
from valuation.flags.drawn_at_random import draw
from valuation.flags.flag import Source
from valuation.flags.roll_evidence import RollEvidence


def by_log(amount):
    """Values in one another's place differ by so much, in log."""
    return lambda pairs: np.full(len(pairs), amount)


def never(pairs):
    raise AssertionError("nobody had to be valued in another place")


def a_roll(n, **columns):
    plain = {
        "dwelling_id": [f"d{place:04d}" for place in range(n)],
        "living_area_m2": 100.0,
        "built_year": 1990.0,
        "rooms": 3.0,
        "dwelling_type": "house",
        "market_area": "east",
        "x_m": 1000.0 * np.arange(n),
        "y_m": 0.0,
    }
    texts = dict.fromkeys(("dwelling_id", "dwelling_type", "market_area"), "str")
    return pd.DataFrame(plain | columns, index=range(n)).astype(texts)


@pytest.fixture
def roll_of(jurisdiction):
    def make(dwellings, value=1_000_000.0, jumps=never, opens_case=False):
        n = len(dwellings)
        values = np.broadcast_to(np.asarray(value, dtype=float), n)
        return RollEvidence(dwellings, values, np.broadcast_to(np.asarray(opens_case), n), jurisdiction, jumps)

    return make


# Two houses, 100 m apart, a border between them.
ACROSS = {"market_area": ["east", "west"], "x_m": [0.0, 100.0]}


@pytest.mark.parametrize("place", [0, 1])
def test_a_jump_between_near_identical_neighbours_is_flagged_on_both_sides(roll_of, place):
    roll = roll_of(a_roll(2, **ACROSS), [1_000_000, 1_200_000], by_log(np.log(1.2)))
    assert outcome("border-jump", roll, place) == RAISED
    found = rule("border-jump").find(roll, PARAMS)
    assert found.number == pytest.approx([0.2, 1 / 1.2 - 1])
    assert found.evidence(0) == (Source("dwelling", "d0001"), Source("characteristic", "market_area"))


def test_neighbours_of_like_value_do_not_jump(roll_of):
    assert outcome("border-jump", roll_of(a_roll(2, **ACROSS), [1_000_000, 1_149_000])) == PASSED


def test_neighbours_whose_own_facts_make_the_difference_do_not_jump(roll_of):
    roll = roll_of(a_roll(2, **ACROSS), [1_000_000, 1_300_000], by_log(0.05))
    assert outcome("border-jump", roll) == PASSED


@pytest.mark.parametrize(
    "facts",
    [
        {"market_area": "east"},
        {"x_m": [0.0, 151.0]},
        {"x_m": [0.0, np.nan]},
        {"dwelling_type": ["house", "flat"]},
        {"living_area_m2": [100.0, 111.0]},
        {"built_year": [1990.0, 2001.0]},
    ],
)
def test_without_a_near_identical_neighbour_across_a_border_nothing_is_compared(roll_of, facts):
    assert outcome("border-jump", roll_of(a_roll(2, **ACROSS | facts), [1e6, 2e6])) == NOT_APPLICABLE


def test_a_neighbour_without_value_is_no_neighbour(roll_of):
    assert outcome("border-jump", roll_of(a_roll(2, **ACROSS), [1e6, np.nan])) == NOT_APPLICABLE


def test_the_nearest_of_several_neighbours_across_counts(roll_of):
    three = a_roll(3, market_area=["east", "west", "west"], x_m=[0.0, 50.0, 100.0])
    assert outcome("border-jump", roll_of(three, [1e6, 1e6, 2e6], by_log(0.7)), 0) == PASSED


AREAS = 50.0 + np.arange(100)


def test_a_value_that_ten_unlike_dwellings_have_is_flagged(roll_of):
    values = np.where(np.arange(100) < 10, 1e6, 2e6 + np.arange(100))
    roll = roll_of(a_roll(100, living_area_m2=AREAS), values)
    assert outcome("shared-value", roll, 9) == RAISED
    found = rule("shared-value").find(roll, PARAMS)
    assert (found.number[9], found.limit[9]) == (10.0, 9.0)
    assert found.evidence(9)[0] == Source("dwelling", "d0000")
    assert outcome("shared-value", roll, 10) == PASSED


def test_a_value_that_nine_unlike_dwellings_have_may_be_chance(roll_of):
    values = np.where(np.arange(100) < 9, 1e6, 2e6 + np.arange(100))
    assert outcome("shared-value", roll_of(a_roll(100, living_area_m2=AREAS), values)) == PASSED


def test_dwellings_alike_in_every_fact_share_their_value_rightly(roll_of):
    assert outcome("shared-value", roll_of(a_roll(100, x_m=0.0))) == PASSED


def test_a_dwelling_without_value_shares_none(roll_of):
    assert outcome("shared-value", roll_of(a_roll(2), [np.nan, 1e6])) == NOT_APPLICABLE


@pytest.fixture
def thousand(roll_of):
    """A roll of 1,000 in four areas, the last hundred with another flag."""
    areas = np.array(["east", "west", "north", "south"])[np.arange(1000) % 4]
    return roll_of(a_roll(1000, market_area=areas), opens_case=np.arange(1000) >= 900)


def drawn_from(roll, params=PARAMS):
    found = rule("drawn-at-random").find(roll, params)
    return set(roll.dwellings.loc[found.is_raised, "dwelling_id"])


def test_one_in_sixty_seven_of_the_unflagged_is_drawn(thousand):
    found = rule("drawn-at-random").find(thousand, PARAMS)
    # 1.5 percent of 900 is 13.5.
    assert len(drawn_from(thousand)) in (13, 14)
    assert set(found.limit[found.is_raised]) == {900.0}
    assert set(found.number[found.is_raised]) == {float(len(drawn_from(thousand)))}
    drawn, left = np.flatnonzero(found.is_raised)[0], np.flatnonzero(~found.is_raised)[0]
    assert outcome("drawn-at-random", thousand, drawn) == RAISED
    assert outcome("drawn-at-random", thousand, left) == PASSED


def test_a_dwelling_with_another_flag_or_no_value_is_not_drawn(thousand, roll_of):
    assert outcome("drawn-at-random", thousand, 950) == NOT_APPLICABLE
    assert outcome("drawn-at-random", roll_of(a_roll(1), np.nan)) == NOT_APPLICABLE


def test_the_draw_is_the_same_in_any_order_of_rows_and_columns(thousand):
    order = np.random.default_rng(1).permutation(1000)
    table = thousand.dwellings.iloc[order, ::-1].reset_index(drop=True)
    turned = replace(thousand, dwellings=table, opens_case=thousand.opens_case[order])
    assert drawn_from(turned) == drawn_from(thousand)


def test_another_seed_or_another_roll_draws_others(thousand):
    other_seed = PARAMS.model_copy(update={"draw_seed": 7})
    assert drawn_from(thousand, other_seed) != drawn_from(thousand)
    corrected = thousand.dwellings.copy()
    corrected.loc[0, "living_area_m2"] = 101.0
    assert drawn_from(replace(thousand, dwellings=corrected)) != drawn_from(thousand)


def test_nothing_is_drawn_where_the_share_is_nought(thousand):
    assert drawn_from(thousand, PARAMS.model_copy(update={"drawn_share": 0.0})) == set()


def test_every_stratum_gives_its_share(thousand):
    tenth = PARAMS.model_copy(update={"drawn_share": 0.1})
    areas = thousand.dwellings.set_index("dwelling_id")["market_area"]
    # 225 unflagged dwellings in each of the four: 22 or 23 of each.
    assert set(areas.loc[list(drawn_from(thousand, tenth))].value_counts()) <= {22, 23}


@pytest.mark.statistical
def test_a_dwelling_of_a_small_stratum_is_drawn_as_often_as_any_other():
    ids = np.array([f"d{place}" for place in range(53)], dtype=object)
    strata = pd.DataFrame({"area": ["small"] * 3 + ["large"] * 50})
    times = np.zeros(53)
    for key in range(2000):
        times[draw(ids, strata, 0.1, str(key))] += 1
    # Each 200 times of 2,000, give or take four standard errors of 13.4; the three of the small one too.
    assert np.abs(times - 200).max() < 54
    assert abs(times[:3].mean() - 200) < 31


@pytest.mark.parametrize("item", ROLL_RULES, ids=lambda item: item.code)
def test_every_rule_of_the_roll_answers_for_no_dwelling_at_all(item, roll_of):
    assert item.find(roll_of(a_roll(0)), PARAMS).is_raised.tolist() == []
