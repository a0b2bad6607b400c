"""Sold against unsold: a difference that was put in is found, and one that was not is not."""

import numpy as np
import pytest

from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study.sales_chasing import bunching, closeness_of_seen, value_change_of_sold


def roll(n=4000, extra=0.0, seed=1):
    """Prior and new values; every fifth dwelling was sold, and sold ones rise by `extra` more."""
    random = np.random.default_rng(seed)
    prior, sold = np.exp(random.normal(13, 0.4, n)), np.arange(n) % 5 == 0
    return prior * np.exp(random.normal(0.1, 0.08, n)) * (1 + extra * sold), prior, sold


def test_sold_dwellings_that_rose_by_three_percent_more_are_found():
    found = value_change_of_sold(*roll(extra=0.03))
    assert found.is_shown
    assert found.lower < 3.3 < found.upper
    assert (found.n_first, found.n_second) == (800, 3200)


def test_an_equal_rise_is_not_taken_for_chasing():
    assert not value_change_of_sold(*roll()).is_shown


def test_sold_dwellings_of_another_kind_are_not_taken_for_chasing():
    # Flats rise by a tenth more, and flats are what is sold.
    value, prior, _ = roll()
    is_flat = np.arange(4000) % 2 == 0
    sold = np.random.default_rng(2).random(4000) < np.where(is_flat, 0.4, 0.05)
    value = value * np.where(is_flat, 1.1, 1.0)
    assert value_change_of_sold(value, prior, sold).is_shown
    assert not value_change_of_sold(value, prior, sold, stratum=np.where(is_flat, "flat", "house")).is_shown


def test_few_sold_dwellings_are_no_ground_for_a_judgement():
    with pytest.raises(TooFewSales, match="29 against"):
        value_change_of_sold(np.ones(200), np.ones(200), np.arange(200) < 29)


def test_marks_of_other_dwellings_are_refused():
    with pytest.raises(WrongUse, match="marks of sale"):
        value_change_of_sold(np.ones(80), np.ones(80), np.ones(79, dtype=bool))


def test_dwellings_seen_in_training_that_are_valued_closer_are_found():
    random = np.random.default_rng(3)
    seen = np.arange(900) < 300
    ratio = np.exp(random.normal(0, np.where(seen, 0.05, 0.12)))
    found = closeness_of_seen(ratio, np.ones(900), seen)
    assert found.is_shown
    assert found.upper < 0


def test_marks_of_other_sales_are_refused():
    with pytest.raises(WrongUse, match="marks for"):
        closeness_of_seen(np.ones(80), np.ones(80), np.ones(79, dtype=bool))


def test_ratios_moved_to_their_price_bunch():
    random = np.random.default_rng(4)
    ratio = np.exp(random.normal(0, 0.12, 3000))
    ratio[:200] = 1.0
    assert bunching(ratio, np.ones(3000)).lower > 0.02


def test_ratios_that_lie_close_are_not_taken_for_bunching():
    # Errors of 4 percent, as flats of one block have: most sales lie within 2 percent, and none was chased.
    ratio = np.exp(np.random.default_rng(7).normal(0, 0.04, 9000))
    found = bunching(ratio, np.ones(9000))
    assert found.lower < 0 < found.upper


@pytest.mark.statistical
def test_honest_ratios_are_seldom_said_to_bunch():
    # Half of the times outside a 95 percent interval are on the upper side: 2.5 percent, here at most 6 of 100.
    # Heavy-tailed errors, more peaked than a normal distribution, are the hard case.
    random = np.random.default_rng(6)
    said = [bunching(np.exp(0.1 * random.standard_t(5, 1500)), np.ones(1500)).lower > 0 for _ in range(100)]
    assert sum(said) <= 6


def test_few_sales_are_no_ground_to_speak_of_bunching():
    with pytest.raises(TooFewSales, match="299 sales"):
        bunching(np.ones(299), np.ones(299))
