"""Observed coverage is counted rightly, and chance is given its due."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from valuation.uncertainty.coverage import binomial_band, coverage_band, coverage_by_group, order_statistics


def test_each_side_leaves_out_one_in_twenty():
    # Of 999 scores the 50th and the 950th: 49 below, 49 above, 901 to 950 of the 1,000 gaps between.
    assert order_statistics(999, 0.90) == (50, 950)


def test_with_nineteen_scores_the_range_goes_from_the_first_to_the_last():
    assert order_statistics(19, 0.90) == (1, 19)


def test_with_eighteen_there_is_no_lower_bound():
    assert order_statistics(18, 0.90) == (0, 19)


def test_coverage_and_its_misses_are_counted_by_group():
    table = coverage_by_group(
        *([10, 20, 30, 40], [5, 25, 5, 5], [15, 35, 15, 45], ["a", "a", "b", "b"]),
        appraised_value=[10, 30, 10, 40],
        coverage=0.9,
    )
    assert table["group"].tolist() == ["a", "b"]
    assert table["coverage"].tolist() == [0.5, 0.5]
    assert table["share_below"].tolist() == [0.5, 0.0]
    assert table["share_above"].tolist() == [0.0, 0.5]
    # 10/10 and 10/30; 10/10 and 40/40.
    assert table["median_relative_width"].tolist() == [pytest.approx(2 / 3), 1.0]


def test_a_sale_without_a_range_counts_as_not_covered():
    table = coverage_by_group([10, 10], [5, np.nan], [15, np.nan], ["a", "a"], appraised_value=[10, 10], coverage=0.9)
    assert table["coverage"].tolist() == [0.5]


def test_the_beta_binomial_band_is_wider_than_the_binomial_one():
    binomial, with_calibration = binomial_band(1000, 0.9), coverage_band(500, 1000, 0.9)
    assert with_calibration[0] < binomial[0] < binomial[1] < with_calibration[1]


def test_with_endless_calibration_the_bands_agree():
    assert coverage_band(10_000_000, 1000, 0.9) == pytest.approx(binomial_band(1000, 0.9), abs=0.002)


@pytest.mark.parametrize(("n", "low", "high"), [(50, 0.826, 0.960), (200, 0.864, 0.933), (1000, 0.884, 0.915)])
def test_true_coverage_varies_as_published_for_split_conformal(n, low, high):
    # Vovk 2012: Beta(k, n + 1 - k) with k = ceil((n + 1) · 0.9); central 90 %.
    k = int(np.ceil((n + 1) * 0.9))
    assert stats.beta(k, n + 1 - k).ppf([0.05, 0.95]) == pytest.approx([low, high], abs=0.006)
