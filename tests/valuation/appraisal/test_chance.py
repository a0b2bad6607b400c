"""The chance of a price is asked of a model version, for dwellings or for values that are stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.chance import chance_below, stored_chance_below
from valuation.errors import InputRefused


@pytest.fixture(scope="module")
def dwellings(small_run):
    return pd.read_parquet(small_run / "roll.parquet").head(50)


@pytest.fixture(scope="module")
def valued(small_bundle, dwellings):
    return appraise(small_bundle, dwellings).table


def test_the_range_of_every_valued_dwelling_goes_from_five_to_ninety_five_percent(small_bundle, dwellings, valued):
    is_valued = valued["appraised_value"].notna().to_numpy()
    ends = valued.loc[is_valued, ["lower_value", "upper_value"]].to_numpy()
    chance = chance_below(small_bundle, dwellings[is_valued], ends)
    assert is_valued.sum() > 40
    assert chance == pytest.approx(np.tile([0.05, 0.95], (len(ends), 1)))


def test_the_chance_never_falls_with_the_amount(small_bundle, dwellings):
    chance = chance_below(small_bundle, dwellings, np.geomspace(1e4, 1e9, 100))
    rise = np.diff(chance, axis=1)
    assert np.all(rise[~np.isnan(rise)] >= 0)


def test_a_stored_value_says_the_same_as_one_asked_anew(small_bundle, small_run, dwellings):
    values = pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id").loc[dwellings["dwelling_id"]]
    stored = stored_chance_below(small_bundle, values, dwellings, [1e6, 3e6, 9e6])
    np.testing.assert_array_equal(stored, chance_below(small_bundle, dwellings, [1e6, 3e6, 9e6]))


def test_one_amount_is_a_list_of_one(small_bundle, dwellings):
    assert chance_below(small_bundle, dwellings, 3e6).shape == (50, 1)


def test_no_dwelling_has_no_chance(small_bundle, dwellings):
    assert chance_below(small_bundle, dwellings.head(0), [1e6, 2e6]).shape == (0, 2)


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ([np.nan], "missing or infinite"),
        ([np.inf], "missing or infinite"),
        (["much"], "cannot be read as numbers"),
        (np.ones((3, 2)), r"shape \(3, 2\) for 50 dwellings"),
        (np.ones((50, 2, 2)), "shape"),
    ],
)
def test_amounts_that_are_none_are_refused(small_bundle, dwellings, amounts, said):
    with pytest.raises(InputRefused, match=said):
        chance_below(small_bundle, dwellings, amounts)
