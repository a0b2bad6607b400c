"""From what an office can settle to a limit of the stated chance, on twelve dwellings counted on the fingers."""

import numpy as np
import pandas as pd
import pytest

from valuation.errors import TooFewSales, WrongUse
from valuation.flags.budget import (
    flags_on_roll,
    flags_together,
    is_case,
    n_doubted_otherwise,
    n_of_staff,
    setting_by_budget,
    setting_by_risk,
    yield_of,
)

# Two without a value, then ten with chances 0.90, 0.80, ... 0.10 and once more 0.10.
CHANCE = [np.nan, np.nan, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]
FLAGS = (
    ["cannot-be-valued"] * 2 + ["models-disagree", "few-near-sales|models-disagree"] + [""] * 6 + ["few-near-sales", ""]
)


@pytest.fixture
def roll():
    return pd.DataFrame(
        {
            "appraised_value": [np.nan, np.nan, *[100.0] * 10],
            "error_risk": CHANCE,
            "flags": pd.array(FLAGS, dtype="str"),
        }
    )


@pytest.fixture
def sales():
    """Forty sales of dwellings with a chance of 0.9 or 0.1; of the doubtful half 18 are wrong, of the others 2."""
    wrong = np.array([True] * 18 + [False] * 2 + [True] * 2 + [False] * 18)
    return pd.DataFrame(
        {
            "dwelling_id": [f"d{place}" for place in range(40)],
            "sale_price": 100.0,
            "appraised_value": np.where(wrong, 150.0, 100.0),
            "error_risk": [0.9] * 20 + [0.1] * 20,
            "flags": "",
        }
    )


def test_people_times_weeks_times_cases_is_the_number_of_cases():
    assert n_of_staff(2, 6, 60) == 720
    assert n_of_staff(1.5, 3, 10) == 45
    # In binary 3 x 0.1 x 10 is a hair above 3, and 0.7 x 10 x 10 a hair under 70.
    assert (n_of_staff(3, 0.1, 10), n_of_staff(0.7, 10, 10)) == (3, 70)


@pytest.mark.parametrize("staff", [(0, 6, 60), (2, -1, 60), (2, 6, float("nan")), (float("inf"), 6, 60)])
def test_nobody_and_less_than_nobody_are_refused(staff):
    with pytest.raises(WrongUse, match="a number above 0"):
        n_of_staff(*staff)


def test_more_cases_than_there_are_numbers_are_refused():
    with pytest.raises(WrongUse, match="is no number"):
        n_of_staff(1e300, 1e300, 1)


def test_less_than_a_case_is_refused():
    with pytest.raises(WrongUse, match="no whole case"):
        n_of_staff(0.1, 1, 5)


def test_what_has_no_value_comes_first_and_the_limit_lets_the_rest_of_the_budget_through(roll):
    setting = setting_by_budget(roll, 5)
    assert (setting.n_first, setting.n_over, setting.n_cases, setting.n_not_settled) == (2, 3, 5, 0)
    assert setting.limit == 0.6
    assert np.flatnonzero(is_case(roll, setting.limit)).tolist() == [0, 1, 2, 3, 4]


def test_dwellings_with_the_same_chance_are_taken_together_or_not_at_all(roll):
    # Eleven would part the two of 0.1.
    setting = setting_by_budget(roll, 11)
    assert (setting.limit, setting.n_cases) == (0.1, 10)


def test_a_limit_is_rounded_so_that_no_more_cases_arise_than_asked_for(roll):
    setting = setting_by_budget(roll.assign(error_risk=np.array(CHANCE) + 0.00001), 5)
    assert (setting.limit, setting.n_cases) == (0.6001, 5)


def test_where_those_that_come_first_are_too_many_no_chance_makes_a_case(roll):
    setting = setting_by_budget(roll, 1)
    assert (setting.limit, setting.n_over, setting.n_cases, setting.n_not_settled) == (1.0, 0, 2, 1)


def test_who_can_look_at_all_looks_at_all(roll):
    setting = setting_by_budget(roll, 12)
    assert setting.n_cases == 12
    assert 0 < setting.limit < 0.001


@pytest.mark.parametrize("n_cases", [0, -3, 13])
def test_no_case_and_more_cases_than_dwellings_are_refused(roll, n_cases):
    with pytest.raises(WrongUse, match="a roll of 12 dwellings"):
        setting_by_budget(roll, n_cases)


def test_by_risk_every_dwelling_over_the_limit_is_a_case(roll):
    setting = setting_by_risk(roll, 0.3)
    # Strictly over: the one with a chance of 0.3 is none.
    assert (setting.n_first, setting.n_over, setting.n_asked) == (2, 6, None)


@pytest.mark.parametrize("limit", [0, 1, -0.1, 30, float("nan")])
def test_a_chance_that_is_none_is_refused(roll, limit):
    with pytest.raises(WrongUse, match="a share between 0 and 1"):
        setting_by_risk(roll, limit)


def test_what_a_limit_finds_is_counted_on_the_sales_beside_what_was_foretold(roll, sales):
    found = yield_of(roll, sales, 0.5, n_resamples=200, seed=1)
    assert (found.n_sales, found.n_errors, found.n_looked_at, found.n_caught) == (40, 20, 20, 18)
    assert found.share == 0.9
    assert found.lower < 0.9 < found.upper <= 1
    # On the roll 0.9, 0.8, 0.7 and 0.6 lie over it, of 4.6 in all.
    assert (found.n_promised, found.share_promised) == pytest.approx((3.0, 3.0 / 4.6))


def test_of_too_few_errors_no_share_is_given(roll, sales):
    found = yield_of(roll, sales.tail(39), 0.5, n_resamples=50, seed=1)
    assert np.isnan([found.share, found.lower, found.upper]).all()
    assert found.remark == "n = 19 large errors: not given"
    assert found.n_caught == 17


def test_without_a_sale_the_yield_is_refused(roll, sales):
    with pytest.raises(TooFewSales, match="no valid sale"):
        yield_of(roll, sales.head(0), 0.5, n_resamples=50, seed=1)


def test_flags_are_counted_on_dwellings_alone_and_among_the_cases(roll):
    found = flags_on_roll(roll, 0.5).set_index("code")
    assert found.index.tolist() == ["cannot-be-valued", "few-near-sales", "models-disagree"]
    assert found["n_dwellings"].tolist() == [2, 2, 2]
    assert found["n_alone"].tolist() == [2, 1, 1]
    assert found["n_cases"].tolist() == [2, 1, 2]


def test_flags_of_one_dwelling_are_told_as_a_pair(roll):
    assert flags_together(roll["flags"]).to_dict("records") == [
        {"code": "few-near-sales", "other": "models-disagree", "n_dwellings": 1}
    ]


def test_what_other_rules_doubt_leaves_out_the_flag_of_the_limit_itself(roll):
    assert n_doubted_otherwise(roll, 0.5) == (5, 1)
    doubted = roll.assign(flags=roll["flags"].where(roll["flags"] != "", "error-likely"))
    assert n_doubted_otherwise(doubted, 0.5) == (5, 1)
