"""The range holds what it promises, in every group, on both sides, and says where it is less sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.errors import BundleRefused, TooFewSales
from valuation.pipeline.params import ConformalizeParams
from valuation.uncertainty.coverage import binomial_band, coverage_band, coverage_by_group
from valuation.uncertainty.intervals import IntervalModel

PARAMS = ConformalizeParams()


@pytest.fixture(scope="module")
def calibration(draw):
    return draw(6000, seed=1)


@pytest.fixture(scope="module")
def model(calibration, jurisdiction):
    return IntervalModel.conformalize(*calibration, jurisdiction, PARAMS)


@pytest.fixture(scope="module")
def tested(draw, model):
    """Later sales with their ranges."""
    sales, features = draw(6000, seed=2)
    return sales.join(model.interval(sales, features, sales)).join(features)


def test_nine_in_ten_later_prices_lie_in_their_range(tested):
    covered = tested["sale_price"].between(tested["lower_value"], tested["upper_value"]).mean()
    low, high = coverage_band(6000, 6000, 0.90, level=0.99)
    assert low <= covered <= high


def test_the_promise_holds_in_every_type_and_for_old_and_new(tested):
    groups = tested["dwelling_type"] + tested["is_old"].map({0.0: " new", 1.0: " old"})
    table = coverage_by_group(
        *(tested[name] for name in ("sale_price", "lower_value", "upper_value")),
        groups,
        appraised_value=tested["appraised_value"],
        coverage=0.9,
    ).query("n_sales >= 300")
    assert len(table) == 4
    assert table["coverage"].between(0.85, 0.95).all()


def test_a_type_too_rare_for_a_group_is_not_covered_less_than_promised(tested):
    cabins = tested[tested["dwelling_type"] == "cabin"]
    covered = cabins["sale_price"].between(cabins["lower_value"], cabins["upper_value"])
    assert covered.mean() >= 0.88


def test_misses_below_and_above_balance(tested):
    below = (tested["sale_price"] < tested["lower_value"]).mean()
    above = (tested["sale_price"] > tested["upper_value"]).mean()
    assert below == pytest.approx(0.05, abs=0.012)
    assert above == pytest.approx(0.05, abs=0.012)


def test_an_old_dwelling_has_a_range_about_twice_as_wide(tested):
    flats = tested[tested["dwelling_type"] == "flat"]
    width = np.log(flats["upper_value"] / flats["lower_value"]).groupby(flats["is_old"]).median()
    assert 1.6 < width[1.0] / width[0.0] < 2.4


def test_a_range_a_tenth_narrower_fails_the_band(tested):
    middle, half = tested["appraised_value"], 0.9
    lower = middle * (tested["lower_value"] / middle) ** half
    upper = middle * (tested["upper_value"] / middle) ** half
    covered = tested["sale_price"].between(lower, upper).mean()
    assert covered < coverage_band(6000, 6000, 0.90)[0]


def test_the_risk_of_a_large_error_is_as_often_right_as_it_says(tested):
    is_large = (tested["appraised_value"] / tested["sale_price"] - 1).abs() > 0.20
    bands = pd.cut(tested["error_risk"], [0, 0.02, 0.3, 1.0])
    table = pd.DataFrame({"said": tested["error_risk"], "is_large": is_large}).groupby(bands, observed=True).mean()
    assert len(table) == 3
    assert (table["said"] - table["is_large"]).abs().max() < 0.03


def test_a_level_error_of_the_folds_widens_the_range_to_its_side(draw, jurisdiction):
    sales, features = draw(3000, seed=3, level=0.05)
    shifted = IntervalModel.conformalize(sales, features, jurisdiction, PARAMS)
    later, known = draw(3000, seed=4, level=0.05)
    ranges = shifted.interval(later, known, later)
    below, above = later["sale_price"] < ranges["lower_value"], later["sale_price"] > ranges["upper_value"]
    assert below.mean() == pytest.approx(0.05, abs=0.015)
    assert above.mean() == pytest.approx(0.05, abs=0.015)


def test_a_dwelling_outside_what_was_seen_has_a_wide_range(draw, model):
    sales, features = draw(2000, seed=30)
    usual = model.interval(sales, features, sales)
    outside = model.interval(sales, features, sales, outside=np.ones(len(sales), dtype=bool))
    width, wider = (np.log(ranges["upper_value"] / ranges["lower_value"]) for ranges in (usual, outside))
    # As wide as all but the widest twentieth; those already wider keep their range.
    assert wider.min() == pytest.approx(width.quantile(0.95), rel=0.1)
    assert (wider >= width - 1e-12).all()
    assert (outside["lower_value"] <= usual["lower_value"] * (1 + 1e-12)).all()
    assert (outside["upper_value"] >= usual["upper_value"] * (1 - 1e-12)).all()
    assert (outside["error_risk"] >= usual["error_risk"] - 1e-12).all()


def test_where_all_ranges_have_one_width_that_of_an_outside_dwelling_is_wider(draw, jurisdiction):
    few = IntervalModel.conformalize(*draw(150, seed=10), jurisdiction, PARAMS)
    sales, features = draw(50, seed=11)
    usual = few.interval(sales, features, sales)
    wider = few.interval(sales, features, sales, outside=np.ones(50, dtype=bool))
    width, of_outside = (np.log(ranges["upper_value"] / ranges["lower_value"]) for ranges in (usual, wider))
    assert of_outside.to_numpy() == pytest.approx(1.25 * width.to_numpy())


def test_a_dwelling_inside_keeps_its_range_beside_one_outside(draw, model):
    sales, features = draw(10, seed=31)
    first = np.arange(10) == 0
    mixed, usual = model.interval(sales, features, sales, outside=first), model.interval(sales, features, sales)
    pd.testing.assert_frame_equal(mixed[~first], usual[~first], check_exact=True)


def test_a_dwelling_without_a_value_has_no_range_and_no_risk(draw, model):
    sales, features = draw(3, seed=5)
    ranges = model.interval(sales.assign(appraised_value=[1e5, np.nan, 1e5]), features, sales)
    assert ranges.isna().sum(axis=1).tolist() == [0, 3, 0]


def test_a_sale_that_could_not_be_valued_calibrates_nothing(calibration, model, jurisdiction):
    sales, features = calibration
    more = pd.concat([sales, sales.head(50).assign(appraised_value=np.nan, sale_id="x")], ignore_index=True)
    same = IntervalModel.conformalize(
        more, pd.concat([features, features.head(50)], ignore_index=True), jurisdiction, PARAMS
    )
    pd.testing.assert_frame_equal(same.table(), model.table(), check_exact=True)


def test_the_order_of_the_calibration_sales_changes_no_byte(calibration, model, jurisdiction, tmp_path):
    order = np.random.default_rng(0).permutation(len(calibration[0]))
    shuffled = IntervalModel.conformalize(*(table.iloc[order] for table in calibration), jurisdiction, PARAMS)
    model.save(tmp_path / "one")
    shuffled.save(tmp_path / "two")
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second


def test_a_loaded_model_gives_the_same_ranges(draw, model, tmp_path):
    model.save(tmp_path)
    sales, features = draw(500, seed=6)
    loaded = IntervalModel.load(tmp_path)
    first, again = (item.interval(sales, features, sales) for item in (model, loaded))
    pd.testing.assert_frame_equal(again, first, check_exact=True)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".txt"]


def test_one_dwelling_alone_and_among_others_has_one_range(draw, model):
    sales, features = draw(200, seed=7)
    together = model.interval(sales, features, sales)
    alone = pd.concat([model.interval(sales[i : i + 1], features[i : i + 1], sales[i : i + 1]) for i in range(20)])
    pd.testing.assert_frame_equal(alone, together.head(20), check_exact=True)


def test_a_type_never_seen_gets_a_range_of_all_sales(draw, model):
    sales, features = draw(10, seed=8)
    castle = sales.assign(dwelling_type="castle")
    assert model.interval(castle, features, castle).notna().all(axis=None)
    assert {model.groups_.names[number].split(",")[0] for number in model.group_of(castle, castle)} == {"all"}


def test_features_in_another_order_are_refused(draw, model):
    sales, features = draw(10, seed=9)
    with pytest.raises(BundleRefused, match="columns are not those"):
        model.interval(sales, features[["luck", "is_old"]], sales)


def test_few_calibration_sales_give_ranges_of_one_width(draw, jurisdiction):
    few = IntervalModel.conformalize(*draw(150, seed=10), jurisdiction, PARAMS)
    sales, features = draw(50, seed=11)
    ranges = few.interval(sales, features, sales)
    relative = ranges["upper_value"] / ranges["lower_value"]
    assert relative.to_numpy() == pytest.approx(relative.iloc[0])


def test_too_few_calibration_sales_are_refused_with_the_number_needed(draw, jurisdiction):
    with pytest.raises(TooFewSales, match="at least 19"):
        IntervalModel.conformalize(*draw(15, seed=12), jurisdiction, PARAMS)


def test_ranges_of_another_format_are_refused(model, tmp_path):
    model.save(tmp_path)
    path = tmp_path / "intervals.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 2', '"format": 99'), encoding="utf-8")
    with pytest.raises(BundleRefused, match="format 99"):
        IntervalModel.load(tmp_path)


def test_bounds_agree_with_crepes_where_the_definition_coincides():
    from crepes import ConformalRegressor

    from valuation.uncertainty.coverage import order_statistics

    # crepes bounds |residual| / sigma with one order statistic per Mondrian bin; at coverage 0.80 of the absolute
    # scores that is our upper bound at coverage 0.60 of the mirrored scores: the same rank.
    rng = np.random.default_rng(13)
    sigma, bins = rng.uniform(0.5, 2.0, 599), rng.integers(0, 2, 599)
    score = np.abs(rng.standard_normal(599))
    theirs = ConformalRegressor().fit(residuals=score * sigma, sigmas=sigma, bins=bins)
    y_hat, one = np.zeros(2), np.array([1.0, 2.0])
    upper = theirs.predict_int(y_hat, sigmas=one, bins=np.array([0, 1]), confidence=0.90)[:, 1]
    ours = []
    for group, scale in enumerate(one):
        own = np.sort(score[bins == group])
        rank = order_statistics(len(own), 0.80)[1]
        ours.append(own[rank - 1] * scale)
    assert upper == pytest.approx(ours)


@pytest.mark.statistical
def test_the_band_passes_true_intervals_and_fails_narrow_ones_in_nine_releases_of_ten():
    rng = np.random.default_rng(14)
    n, m, releases = 5000, 3000, 300
    low, high = coverage_band(n, m, 0.90)
    width = np.quantile(np.abs(rng.standard_normal((releases, n))), 0.90, axis=1)
    error = np.abs(rng.standard_normal((releases, m)))
    honest = (error <= width[:, None]).mean(axis=1)
    narrow = (error <= 0.9 * width[:, None]).mean(axis=1)
    assert np.mean((honest < low) | (honest > high)) <= 0.07
    assert np.mean(narrow < low) >= 0.90


@pytest.mark.statistical
def test_over_many_calibrations_coverage_averages_the_promise(draw, jurisdiction):
    sales, features = draw(20_000, seed=15)
    observed = []
    for seed in range(6):
        model = IntervalModel.conformalize(*draw(1500, seed=100 + seed), jurisdiction, PARAMS)
        ranges = model.interval(sales, features, sales)
        observed.append(sales["sale_price"].between(ranges["lower_value"], ranges["upper_value"]).mean())
    assert np.mean(observed) == pytest.approx(0.90, abs=0.01)


def test_the_binomial_band_of_three_hundred_sales_is_wide():
    assert binomial_band(300, 0.90) == pytest.approx((0.863, 0.933), abs=0.002)
