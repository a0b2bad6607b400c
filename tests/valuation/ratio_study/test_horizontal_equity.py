"""The spread of near-identical dwellings, on groups small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest

from valuation.errors import TooFewSales, WrongUse
from valuation.ratio_study.horizontal_equity import NO_TWIN, chd, chd_of_noise, twin_groups
from valuation.ratio_study.whole_sample import WHOLE_SAMPLE, whole_sample_rows

TWINS = np.repeat(np.arange(10), 3)


def test_the_spread_is_the_mean_distance_from_the_median_of_the_twins():
    # In each group 90, 100, 110: distances of 10, 0 and 10 percent of 100.
    assert chd(np.tile([90.0, 100.0, 110.0], 10), TWINS).chd == pytest.approx(20 / 3)


def test_groups_at_other_levels_do_not_spread():
    assert chd(np.repeat(np.arange(1.0, 11.0), 3), TWINS).chd == 0.0


def test_a_dwelling_without_twins_does_not_count():
    values = np.append(np.tile([90.0, 100.0, 110.0], 10), [5000.0, 1.0])
    found = chd(values, np.append(TWINS, [NO_TWIN, NO_TWIN]))
    assert (found.n_dwellings, found.n_groups, found.chd) == (30, 10, pytest.approx(20 / 3))


def test_the_order_of_dwellings_does_not_matter():
    values = np.random.default_rng(1).uniform(50, 150, 30)
    order = np.random.default_rng(2).permutation(30)
    one, other = chd(values, TWINS), chd(values[order], TWINS[order])
    assert (one.chd, one.lower, one.upper) == pytest.approx((other.chd, other.lower, other.upper))


def test_too_few_groups_of_twins_are_refused():
    with pytest.raises(TooFewSales, match="9 groups"):
        chd(np.ones(27), np.repeat(np.arange(9), 3))


def test_groups_of_other_dwellings_are_refused():
    with pytest.raises(WrongUse, match="groups for"):
        chd(np.ones(30), np.zeros(29))


def test_the_noise_of_twins_is_their_spread_when_errors_are_dealt_at_random():
    # Errors of 10 percent dealt to 400 groups of three: the mean distance from the median of three normal draws is
    # 2/3 of the distance of their extremes over two, 0.564 standard deviations.
    random = np.random.default_rng(3)
    twins, error = np.repeat(np.arange(400), 3), np.exp(random.normal(0, 0.1, 1200))
    found = chd_of_noise(error, np.ones(1200), twins)
    assert found.mean == pytest.approx(5.64, abs=0.25)
    assert found.lower <= chd(error, twins).chd <= found.upper


def test_twins_are_alike_in_all_that_is_asked(small_town):
    names = {
        role: small_town.characteristics.with_role(role) for role in ("dwelling_type", "living_area", "built_year")
    }
    alike = pd.DataFrame({names["dwelling_type"]: ["house"] * 4, names["living_area"]: [100.0, 100.5, 100.0, np.nan]})
    alike[names["built_year"]] = [2000.0, 2001.0, 1950.0, 2000.0]
    group = twin_groups(alike, small_town)
    assert group[0] == group[1] != group[2]
    assert group[3] == NO_TWIN


def sales(n=400):
    random = np.random.default_rng(5)
    ids = [f"s{place:03d}" for place in range(n)]
    table = pd.DataFrame({"sale_id": ids, "dwelling_id": ids, "sale_price": np.exp(random.normal(13, 0.3, n))})
    table["appraised_value"] = table["sale_price"] * np.exp(random.normal(0, 0.1, n))
    return table.assign(is_seen_dwelling=np.arange(n) < 50)


def test_what_is_asked_of_the_whole_stands_in_rows_of_the_study():
    table = sales()
    found = whole_sample_rows(table, {"boosted": "appraised_value"}, twins=np.arange(400) // 4, n_bootstrap=50)
    assert tuple(found["statistic"]) == WHOLE_SAMPLE
    assert (found["remark"] == "").all()
    assert (found["lower"] < found["estimate"]).all()


def test_without_twins_their_spread_is_not_given_and_it_says_so():
    found = whole_sample_rows(sales(), {"boosted": "appraised_value"}, n_bootstrap=50).set_index("statistic")
    assert found.loc["chd", "remark"] == "not given: 0 groups of 3 or more near-identical dwellings"
    assert np.isnan(found.loc["chd", "estimate"])
