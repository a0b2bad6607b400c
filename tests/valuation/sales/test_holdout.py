"""Folds are tested on sales later than all they were trained on, and the holdout is in none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.errors import TooFewSales
from valuation.sales.holdout import is_holdout, rolling_origin_folds

FIVE_YEARS = pd.date_range("2018-01-01", "2023-06-30", freq="D")
HOLDOUT_FROM = "2023-01-01"


@pytest.fixture
def folds():
    return rolling_origin_folds(FIVE_YEARS, 4, 3, HOLDOUT_FROM)


def test_the_first_day_of_the_holdout_belongs_to_it():
    assert is_holdout(["2022-12-31", "2023-01-01"], HOLDOUT_FROM).tolist() == [False, True]


def test_every_test_sale_is_later_than_every_training_sale(folds):
    assert all(FIVE_YEARS[train].max() < FIVE_YEARS[test].min() for train, test in folds)


def test_no_holdout_sale_is_in_a_fold(folds):
    touched = np.any([train | test for train, test in folds], axis=0)
    assert FIVE_YEARS[touched].max() == pd.Timestamp("2022-12-31")


def test_the_test_windows_follow_one_another_up_to_the_holdout(folds):
    windows = [(FIVE_YEARS[test].min(), FIVE_YEARS[test].max()) for _, test in folds]
    assert [str(start.date()) for start, _ in windows] == ["2022-01-01", "2022-04-01", "2022-07-01", "2022-10-01"]
    assert windows[-1][1] == pd.Timestamp("2022-12-31")


def test_in_ten_months_only_the_folds_that_fit_are_made():
    days = pd.date_range("2014-05-02", "2015-02-28")
    folds = rolling_origin_folds(days, 4, 3, "2015-03-01")
    assert [str(days[test].min().date()) for _, test in folds] == ["2014-09-01", "2014-12-01"]


def test_in_two_months_two_shorter_folds_are_made():
    days = pd.date_range("2022-11-01", "2022-12-31")
    folds = rolling_origin_folds(days, 4, 3, HOLDOUT_FROM)
    assert len(folds) == 2
    assert all(train.any() and test.any() for train, test in folds)


def test_the_order_of_the_dates_changes_no_membership(folds):
    order = np.random.default_rng(1).permutation(len(FIVE_YEARS))
    shuffled = rolling_origin_folds(FIVE_YEARS[order], 4, 3, HOLDOUT_FROM)
    assert all(
        (a[order] == b).all()
        for pair, other in zip(folds, shuffled, strict=True)
        for a, b in zip(pair, other, strict=True)
    )


def test_sales_of_one_day_cannot_be_split():
    with pytest.raises(TooFewSales, match="1 dates"):
        rolling_origin_folds(["2022-05-01", "2022-05-01"], 4, 3, HOLDOUT_FROM)
