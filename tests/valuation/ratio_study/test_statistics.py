"""The statistics against hand calculation, a second implementation, and markets whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress, norm, t

from tests.valuation.ratio_study.second_implementation import second
from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study import confidence, statistics
from valuation.ratio_study.confidence import STATISTICS, Resamples, statistic


def market(n=400, noise=0.2, seed=3):
    random = np.random.default_rng(seed)
    price = np.round(np.exp(random.normal(13, 0.4, n)), -3)
    return price * np.exp(random.normal(0.02, noise, n)), price


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("n", [20, 50, 51, 120, 501])
def test_a_second_implementation_agrees(name, n):
    value, price = market(n=n)
    assert statistic(name)(value, price) == pytest.approx(second(name, value, price), rel=1e-9)


def test_the_interval_of_the_slope_is_that_of_ordinary_least_squares():
    value, price = market(n=60)
    middle = np.median(value / price)
    theirs = linregress(np.log2(0.5 * price + 0.5 * value / middle), value / price / middle - 1)
    found = statistics.price_related_bias(value, price)
    half = t.ppf(0.975, 58) * theirs.stderr
    assert (found.slope, found.intercept) == pytest.approx((theirs.slope, theirs.intercept))
    assert (found.lower, found.upper) == pytest.approx((theirs.slope - half, theirs.slope + half))


def test_a_market_of_known_truth_has_the_known_statistics():
    # Prices lognormal with spread 0.4; values fall behind them by the power 0.95; ratios scatter by 0.1 besides.
    random, n, spread, power, noise = np.random.default_rng(21), 400_000, 0.4, 0.95, 0.1
    price = np.exp(random.normal(0, spread, n))
    value = price**power
    gini = {own: 2 * norm.cdf(own * spread / np.sqrt(2)) - 1 for own in (1.0, power)}
    assert statistics.mki(value, price) == pytest.approx(gini[power] / gini[1.0], abs=0.001)
    assert statistics.ki(value, price) == pytest.approx(gini[power] - gini[1.0], abs=0.0005)
    assert statistics.prd(value, price) == pytest.approx(np.exp((1 - power) * spread**2), abs=0.001)
    scattered = price * np.exp(random.normal(0, noise, n))
    expected = 100 * np.exp(noise**2 / 2) * (2 * norm.cdf(noise) - 1)
    assert statistics.cod(scattered, price) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("name", STATISTICS)
def test_labels_of_series_are_never_aligned(name):
    value, price = market(n=40)
    labelled = pd.Series(value, index=range(40)), pd.Series(price, index=range(39, -1, -1))
    assert statistic(name)(*labelled) == statistic(name)(value, price)


@pytest.mark.parametrize("name", STATISTICS)
def test_the_order_of_sales_does_not_matter(name):
    value, price = market(n=60)
    assert statistic(name)(value[::-1], price[::-1]) == pytest.approx(statistic(name)(value, price), rel=1e-12)


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_a_price_that_is_no_amount_is_refused(name, wrong):
    value, price = market(n=60)
    price[7] = wrong
    with pytest.raises(WrongUse, match="first at 7"):
        statistic(name)(value, price)


def test_a_value_that_is_missing_is_refused():
    with pytest.raises(WrongUse, match="appraised_value"):
        statistics.median_ratio([1.0, np.nan], [1.0, 1.0])


@pytest.mark.parametrize("name", STATISTICS)
def test_values_of_other_sales_are_refused(name):
    with pytest.raises(WrongUse, match="shape"):
        statistic(name)([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("name", "n"), [("cod", 1), ("prd", 1), ("prb", 2), ("mki", 1), ("vei", 19), ("median_ratio", 0)]
)
def test_too_few_sales_are_refused(name, n):
    with pytest.raises(TooFewSales):
        statistic(name)(np.ones(n), np.ones(n))


def test_a_slope_over_equal_dwellings_is_refused():
    with pytest.raises(WrongUse, match="worth the same"):
        statistics.prb([5.0, 5.0, 5.0], [5.0, 5.0, 5.0])


def test_a_gini_of_equal_prices_is_refused():
    with pytest.raises(WrongUse, match="equal"):
        statistics.mki([4.0, 5.0], [5.0, 5.0])


def test_a_name_that_is_no_statistic_is_refused():
    with pytest.raises(WrongUse, match="checked"):
        statistic("checked")


def test_values_equal_to_prices_show_no_fault():
    _, price = market()
    found = {name: statistic(name)(price, price) for name in ("cod", "prd", "prb", "ki", "mki", "vei", "mape")}
    expected = {"cod": 0.0, "prd": 1.0, "prb": 0.0, "ki": 0.0, "mki": 1.0, "vei": 0.0, "mape": 0.0}
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_known_slope_comes_back():
    # Each doubling of the price lowers the ratio by 4 percent; the proxy is price and value, hence nearly that.
    price = 2.0 ** np.linspace(17, 21, 401)
    value = price * (1 - 0.04 * (np.log2(price) - 19))
    assert statistics.prb(value, price) == pytest.approx(-0.0408, abs=0.001)


def test_noise_in_prices_alone_looks_regressive():
    # Known truth: values are perfect; 3,000 sales, price spread 35 percent, noise 13 percent in prices.
    random = np.random.default_rng(11)
    value = np.exp(random.normal(13, 0.35, 3000))
    price = value * np.exp(random.normal(0, 0.13, 3000))
    assert statistics.cod(value, price) == pytest.approx(10.5, abs=0.5)
    assert statistics.prd(value, price) == pytest.approx(1.017, abs=0.006)
    assert statistics.prb(value, price) == pytest.approx(-0.047, abs=0.015)
    assert statistics.vei(value, price) == pytest.approx(-8.2, abs=3.0)


@pytest.mark.parametrize("name", STATISTICS)
def test_one_copy_of_each_sale_gives_the_statistic_itself(name):
    value, price = market(n=150)
    once = Resamples(np.ones((1, 150), dtype=np.int16))
    assert confidence.resampled(value, price, once, (name,))[name][0] == pytest.approx(
        statistic(name)(value, price), rel=1e-9
    )


@pytest.mark.parametrize("name", STATISTICS)
def test_copies_of_a_sale_count_as_so_many_sales(name):
    value, price = market(n=150)
    copies = np.random.default_rng(1).integers(0, 4, 150).astype(np.int16)
    expected = statistic(name)(np.repeat(value, copies), np.repeat(price, copies))
    assert confidence.resampled(value, price, Resamples(copies[None, :]), (name,))[name][0] == pytest.approx(
        expected, rel=1e-9
    )


def test_sales_of_one_dwelling_are_drawn_together():
    drawn = Resamples.draw(["a", "b", "a", "c"], 50, seed=1).multiplicity
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_the_draw_is_the_same_for_the_same_seed():
    first, second = (Resamples.draw(["a", "b", "c"], 20, seed=4).multiplicity for _ in range(2))
    assert (first == second).all()


def test_resamples_of_other_sales_are_refused():
    with pytest.raises(WrongUse, match="resamples of 2"):
        confidence.resampled([1.0], [1.0], Resamples(np.ones((1, 2), dtype=np.int16)))


def test_a_statistic_that_most_resamples_lack_has_no_interval():
    assert np.isnan(confidence.interval(np.array([1.0, np.nan, np.nan]))).all()
