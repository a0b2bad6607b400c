"""A letter says how far from the value the price may lie, and a class keeps what it says."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from valuation.pipeline.params import ConformalizeParams
from valuation.uncertainty.accuracy_class import accuracy_class, far_end, limit_of
from valuation.uncertainty.intervals import IntervalModel

LIMITS = ConformalizeParams().class_limits


def test_the_farther_end_decides():
    assert accuracy_class([95, 88], [112, 105], [100, 100], LIMITS).tolist() == ["B", "B"]
    assert far_end([95, 88], [112, 105], [100, 100]).tolist() == pytest.approx([0.12, 0.12])


def test_the_limit_itself_is_of_the_better_class():
    assert accuracy_class([90], [110], [100], LIMITS).tolist() == ["A"]


def test_all_six_letters_are_given_in_order():
    upper = [105, 114, 119, 129, 144, 200]
    assert "".join(accuracy_class([95] * 6, upper, [100] * 6, LIMITS)) == "ABCDEF"


def test_a_dwelling_without_a_value_has_no_class():
    assert accuracy_class([np.nan], [np.nan], [np.nan], LIMITS).tolist() == [""]


def test_a_wider_range_never_has_a_better_letter():
    upper = np.linspace(100, 400, 500)
    letters = accuracy_class(np.full(500, 100.0), upper, np.full(500, 100.0), LIMITS)
    assert list(letters) == sorted(letters)


def test_nine_prices_in_ten_lie_within_the_limit_of_their_class(draw, jurisdiction):
    model = IntervalModel.conformalize(*draw(6000, seed=1), jurisdiction, ConformalizeParams())
    sales, features = draw(6000, seed=2)
    ranges = model.interval(sales, features, sales)
    letters = accuracy_class(ranges["lower_value"], ranges["upper_value"], sales["appraised_value"], LIMITS)
    off = (sales["sale_price"] / sales["appraised_value"] - 1).abs()
    limit = np.array([limit_of(letter, LIMITS) for letter in letters])
    within = (off <= limit).groupby(letters).agg(["size", "mean"])
    assert within.loc[within["size"] >= 300, "mean"].min() >= 0.88
    assert (within["size"] >= 300).sum() >= 3


@pytest.mark.parametrize("limits", [(0.1, 0.1, 0.2, 0.3, 0.4), (0.0, 0.1, 0.2, 0.3, 0.4), (0.5, 0.4, 0.3, 0.2, 0.1)])
def test_limits_that_do_not_rise_are_refused(limits):
    with pytest.raises(ValidationError, match="do not rise from above zero"):
        ConformalizeParams(class_limits=limits)


def test_a_limit_too_few_is_refused():
    with pytest.raises(ValidationError, match="class_limits"):
        ConformalizeParams(class_limits=(0.1, 0.2, 0.3, 0.4))
