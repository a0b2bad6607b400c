"""Neighbours and group means, against the slow way."""

from __future__ import annotations

import numpy as np

from valuation.features.hedonic import HedonicRegression
from valuation.features.location import PastMeans, PastNeighbours


def test_nearest_past_sales_are_those_of_a_full_search() -> None:
    rng = np.random.default_rng(3)
    n = 700
    x, y = rng.uniform(0, 1000, n), rng.uniform(0, 1000, n)
    day = np.sort(rng.integers(0, 300, n)).astype(float)
    found, distance = PastNeighbours(x, y, day, np.arange(n), 365.25).nearest(x, y, day, np.arange(n), 5)
    gap = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2 + (day[:, None] - day) ** 2)
    gap[day[None, :] >= day[:, None]] = np.inf
    expected = np.sort(gap, axis=1)[:, :5]
    np.testing.assert_allclose(distance, expected)
    assert (day[found[found >= 0]] < np.repeat(day, 5).reshape(n, 5)[found >= 0]).all()


def test_own_sales_are_no_neighbours() -> None:
    pool = PastNeighbours(np.zeros(3), np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([7, 7, 8]), 0.0)
    found, _ = pool.nearest(np.zeros(1), np.zeros(1), np.array([9.0]), np.array([7]), 2)
    assert found.tolist() == [[2, -1]]


def test_a_dwelling_without_coordinates_has_no_neighbours() -> None:
    pool = PastNeighbours(np.zeros(2), np.zeros(2), np.array([1.0, 2.0]), np.array([1, 2]), 0.0)
    found, _ = pool.nearest(np.array([np.nan]), np.zeros(1), np.array([9.0]), np.array([-1]), 2)
    assert found.tolist() == [[-1, -1]]


def test_past_sums_fade_and_know_only_earlier_days() -> None:
    means = PastMeans(np.array([0, 0, 1]), np.array([0.0, 10.0, 5.0]), np.array([[1.0], [2.0], [4.0]]), 10.0, 1)
    sums = means.before(np.array([0, 0, 1, 1, -1]), np.array([10.0, 20.0, 5.0, 15.0, 20.0]))
    expected = [np.exp(-1.0), np.exp(-2.0) + 2 * np.exp(-1.0), 0.0, 4 * np.exp(-1.0), 0.0]
    np.testing.assert_allclose(sums[:, 0], expected, atol=1e-12)


def test_leaving_a_dwelling_out_is_what_fitting_without_it_gives() -> None:
    import pandas as pd

    rng = np.random.default_rng(5)
    plain = pd.DataFrame({"size": rng.uniform(40, 200, 80), "zone": rng.integers(0, 3, 80).astype(float)})
    log_price = np.log(plain["size"].to_numpy()) + rng.normal(0, 0.1, 80)
    dwelling = np.arange(80)
    dwelling[[10, 20]] = 10
    whole = HedonicRegression().fit(plain, log_price, dwelling, {"zone"}, {"zone"})
    changed = log_price.copy()
    changed[[10, 20]] += [2.0, -3.0]
    other = HedonicRegression().fit(plain, changed, dwelling, {"zone"}, {"zone"})
    left_out = [
        fitted.location_parts_[3] + fitted.own_design_[3] @ fitted.change_without_own_[10] for fitted in (whole, other)
    ]
    assert abs(left_out[0] - left_out[1]) < 1e-10
    assert abs(whole.location_parts_[3] - other.location_parts_[3]) > 1e-4


def test_sums_that_are_not_kept_are_the_same_bits_as_those_that_are():
    random = np.random.default_rng(5)
    group, day = random.integers(-1, 5, 500), np.sort(random.integers(0, 900, 500)).astype(float)
    amounts = random.normal(size=(500, 7))
    kept, marked = (PastMeans(group, day, amounts, 300.0, n_whole) for n_whole in (7, 2))
    asked, days = random.integers(-1, 6, 200), random.uniform(-5, 950, 200)
    whole = kept.before(asked, days)
    np.testing.assert_array_equal(marked.before(asked, days), whole[:, :2])
    np.testing.assert_array_equal(marked.rest_before(asked, days), whole[:, 2:])
