"""The chance that a price lies under an amount agrees with the range, rises with the amount, and comes true."""

from __future__ import annotations

import numpy as np
import pytest

from valuation.pipeline.params import ConformalizeParams
from valuation.uncertainty.intervals import IntervalModel


@pytest.fixture(scope="module")
def model(draw, jurisdiction):
    return IntervalModel.conformalize(*draw(6000, seed=1), jurisdiction, ConformalizeParams())


@pytest.fixture(scope="module")
def valued(draw, model):
    sales, features = draw(3000, seed=2)
    return sales.join(model.interval(sales, features, sales))


def test_the_ends_of_the_range_are_its_five_and_ninety_five_percent(model, valued):
    chance = model.chance_below(valued, valued, valued[["lower_value", "upper_value"]].to_numpy())
    assert chance[:, 0] == pytest.approx(0.05)
    assert chance[:, 1] == pytest.approx(0.95)


def test_values_rounded_to_whole_units_say_so_too(model, valued):
    rounded = valued.assign(
        **{name: valued[name].round() for name in ("appraised_value", "lower_value", "upper_value")}
    )
    ends = rounded[["lower_value", "upper_value"]].to_numpy()
    assert model.chance_below(rounded, rounded, ends) == pytest.approx(np.tile([0.05, 0.95], (3000, 1)))


def test_a_higher_amount_is_never_less_likely_to_be_above_the_price(model, valued):
    amounts = np.geomspace(1e3, 1e8, 400)
    chance = model.chance_below(valued[:200], valued[:200], amounts)
    assert chance.shape == (200, 400)
    assert np.all(np.diff(chance, axis=1) >= 0)
    assert chance[:, [0, -1]] == pytest.approx(np.tile([0.0, 1.0], (200, 1)), abs=1e-3)


def test_no_price_is_zero_or_less(model, valued):
    assert model.chance_below(valued[:3], valued[:3], [-5.0, 0.0]).tolist() == [[0.0, 0.0]] * 3


def test_a_quarter_of_prices_lies_under_the_amount_said_to_have_that_chance(model, valued):
    said = model.chance_below(valued, valued, valued[["sale_price"]].to_numpy())[:, 0]
    # The chance of each price found is even from 0 to 1: as many in every tenth.
    assert np.histogram(said, bins=10, range=(0, 1))[0] / len(said) == pytest.approx(0.1, abs=0.02)


def test_a_range_rounded_to_one_amount_parts_below_from_above(model, valued):
    one = valued[:1].assign(appraised_value=1.0, lower_value=1.0, upper_value=1.0)
    assert model.chance_below(one, one, [0.5, 2.0]) == pytest.approx(np.array([[0.0, 1.0]]))


def test_a_dwelling_without_a_value_has_no_chance(model, valued):
    none = valued[:1].assign(appraised_value=np.nan, lower_value=np.nan, upper_value=np.nan)
    assert np.isnan(model.chance_below(none, none, [1e5, 1e6])).all()
