"""Flags that need the whole roll are found when it is joined, and only then."""

import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.roll_flags import raise_roll_flags
from valuation.flags.catalogue import ROLL_RULES, opens_case
from valuation.flags.drawn_at_random import CODE

OF_ROLL = {rule.code for rule in ROLL_RULES}


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet")


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet").sort_values("dwelling_id", ignore_index=True)


def codes_of(flags):
    return [set(text.split("|")) for text in flags]


def test_appraise_alone_raises_no_flag_of_the_roll(small_bundle, roll, values):
    drawn = values["flags"].str.contains(CODE).to_numpy()
    alone = appraise(small_bundle, roll[drawn]).table["flags"]
    assert len(alone) > 5
    assert not OF_ROLL & set().union(*codes_of(alone))


def test_the_other_flags_are_those_of_the_dwelling_alone(small_bundle, roll, values):
    alone = appraise(small_bundle, roll.iloc[:50]).table["flags"]
    in_the_roll = values["flags"].iloc[:50]
    assert [codes - OF_ROLL - {""} for codes in codes_of(in_the_roll)] == [codes - {""} for codes in codes_of(alone)]


def test_only_values_that_nothing_speaks_against_are_drawn(values):
    drawn = values["flags"].str.contains(CODE)
    doubted = opens_case(values["flags"], ("review", "stop"))
    assert not (drawn & doubted).any()
    share = drawn.sum() / (~doubted).sum()
    assert share == pytest.approx(0.015, abs=1 / (~doubted).sum())


def test_the_flags_of_the_roll_do_not_hang_on_the_order_of_its_rows(small_bundle, roll):
    part = roll.iloc[:300]
    valued = appraise(small_bundle, part).table
    flags, _ = raise_roll_flags(small_bundle, part, valued)
    turned, _ = raise_roll_flags(small_bundle, part.iloc[::-1], valued.iloc[::-1])
    assert turned.iloc[::-1].tolist() == flags.tolist()
