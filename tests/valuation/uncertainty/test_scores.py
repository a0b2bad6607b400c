"""The chance of a price rises with it, from nothing to certainty, and agrees with the range."""

from __future__ import annotations

import numpy as np
import pytest

from valuation.errors import TooFewSales
from valuation.uncertainty.scores import ScoreDistribution


@pytest.fixture(scope="module")
def scores():
    return np.random.default_rng(1).standard_t(4, 5000) * 0.1 - 0.02


@pytest.fixture(scope="module")
def spread(scores):
    return ScoreDistribution.of(scores, 0.90)


def test_the_ends_of_the_range_leave_out_exactly_a_twentieth_each(spread):
    assert spread.share_below([spread.lower, spread.upper]) == pytest.approx([0.05, 0.95], abs=1e-15)


def test_every_gap_between_ordered_scores_has_the_same_chance():
    # Of 19 scores the range reaches from the first to the last: 1/20 below, then 1/20 per gap.
    spread = ScoreDistribution.of(np.arange(19.0), 0.90)
    assert spread.share_below(np.arange(19.0)) == pytest.approx(np.arange(1, 20) / 20)
    assert spread.share_below(0.5) == pytest.approx(1.5 / 20)


def test_the_chance_rises_with_the_score_and_never_stands_still_beyond_the_last(spread):
    asked = np.linspace(-3, 3, 4001)
    chance = spread.share_below(asked)
    assert np.all(np.diff(chance) >= 0)
    assert np.all(np.diff(spread.share_below(np.linspace(min(spread.scores) - 1, min(spread.scores), 50))) > 0)
    assert spread.share_below([-50.0, 50.0]) == pytest.approx([0.0, 1.0], abs=1e-9)


def test_a_thinned_sample_says_what_the_whole_one_says(scores, spread):
    assert len(spread.scores) < 250
    asked = np.quantile(scores, [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
    assert spread.share_below(asked) == pytest.approx([0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99], abs=0.003)


def test_equal_scores_share_the_middle_of_their_chances():
    spread = ScoreDistribution.of([0.0] * 10 + [1.0] * 19 + [2.0] * 10, 0.50)
    assert spread.share_below(1.0) == pytest.approx(0.5)


def test_scores_that_are_all_equal_part_below_from_above():
    spread = ScoreDistribution.of(np.zeros(99), 0.90)
    assert spread.share_below([-0.1, 0.0, 0.1]) == pytest.approx([0.0, 0.5, 1.0])


def test_the_same_scores_in_another_order_are_the_same_spread(scores, spread):
    assert ScoreDistribution.of(scores[::-1], 0.90) == spread


def test_too_few_scores_for_a_bound_are_refused():
    with pytest.raises(TooFewSales, match="has 18 calibration sales"):
        ScoreDistribution.of(np.arange(18.0), 0.90)


def test_a_spread_read_back_is_the_same(spread):
    assert ScoreDistribution.from_json(spread.to_json()) == spread
