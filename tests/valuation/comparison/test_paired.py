"""Is a difference between two versions the one that is there, with the interval it deserves?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.comparison.paired import STATISTICS, paired_sales, paired_study

N = 60


def holdout(ratio, price=None, **more):
    """Sales of N dwellings valued at `ratio` times their price, ranges of 20 % to both sides."""
    price = np.linspace(1e6, 4e6, N) if price is None else price
    value = price * ratio
    table = {
        "sale_id": [f"s{place:03d}" for place in range(N)],
        "dwelling_id": [f"d{place:03d}" for place in range(N)],
        "sale_price": price,
        "appraised_value": value,
        "lower_value": value * 0.8,
        "upper_value": value * 1.2,
        "dwelling_type": np.where(np.arange(N) < 12, "house", "flat"),
        "market_area": "all",
        "is_valid_sale": True,
        "is_seen_dwelling": False,
    }
    return pd.DataFrame(table | more)


def overall(first, second, promised=(0.9, 0.9), **more):
    table = paired_study(paired_sales(first, second, promised), n_bootstrap=200, seed=1, **more)
    rows = table[(table["sample"] == "all_sales") & (table["stratum"] == "overall")]
    return rows.set_index("statistic")


def noise(seed, size):
    return np.exp(np.random.default_rng(seed).normal(0, size, N))


def test_a_version_ten_percent_too_high_is_ten_points_further_off():
    found = overall(holdout(1.0), holdout(1.1)).loc["mdape"]
    assert found["estimate_a"] == 0
    assert found["difference"] == pytest.approx(10)
    assert (found["lower"], found["upper"]) == (pytest.approx(10), pytest.approx(10))
    assert found["better"] == "A"


def test_two_like_versions_differ_by_nothing_and_neither_is_better():
    found = overall(holdout(noise(1, 0.1)), holdout(noise(1, 0.1)))
    assert (found[["difference", "lower", "upper"]] == 0).all(axis=None)
    assert (found["better"] == "").all()


def test_pairing_shows_a_difference_that_the_two_intervals_hide():
    ratio = noise(2, 0.15)
    first, second = holdout(ratio), holdout(1 + (ratio - 1) * 0.9)
    found = overall(first, second).loc["mape"]
    assert found["upper_b"] > found["lower_a"]
    assert found["upper"] < 0
    assert found["better"] == "B"


def test_the_ratio_nearer_to_one_is_better_on_whichever_side_it_lies():
    found = overall(holdout(0.97), holdout(1.02)).loc["median_ratio"]
    assert found["difference"] == pytest.approx(0.05)
    assert found["better"] == "B"


def test_the_same_bias_with_another_sign_is_no_better():
    price = np.geomspace(1e6, 8e6, N)
    tilt = np.linspace(-0.1, 0.1, N)
    odd = noise(5, 0.1)
    found = overall(holdout((1 + tilt) * odd, price), holdout((1 - tilt) * odd, price)).loc["prb"]
    assert found["estimate_a"] > 0.04
    assert found["estimate_b"] < -0.04
    assert found["upper"] < 0
    assert found["better"] == ""


def test_a_share_is_judged_against_what_its_own_version_promises():
    # A promises 80 % and holds all, B promises all and holds all.
    found = overall(holdout(1.0), holdout(1.0), promised=(0.8, 1.0)).loc["coverage"]
    assert (found["estimate_a"], found["estimate_b"], found["difference"]) == (1, 1, 0)
    assert found["better"] == "B"


def test_a_sale_without_a_range_is_not_held_and_a_narrower_range_is_not_called_better():
    half = np.arange(N) % 2 == 0
    second = holdout(1.0)
    second.loc[~half, ["lower_value", "upper_value"]] = np.nan
    found = overall(holdout(1.0), second)
    assert found.loc["coverage", "estimate_b"] == 0.5
    assert found.loc["median_relative_width", "difference"] == pytest.approx(0)
    narrow = holdout(1.0, lower_value=0.9e6, upper_value=1e6)
    assert overall(holdout(1.0), narrow).loc["median_relative_width", "better"] == ""


def test_sales_of_one_dwelling_are_drawn_together():
    # Sixty sales of three dwellings say no more than three: the interval must be that wide.
    ratio = np.repeat([0.9, 1.0, 1.3], N // 3)
    alone = overall(holdout(1.0), holdout(ratio)).loc["mape"]
    together = np.repeat(["x", "y", "z"], N // 3)
    clustered = overall(holdout(1.0, dwelling_id=together), holdout(ratio, dwelling_id=together)).loc["mape"]
    assert alone["difference"] == clustered["difference"]
    assert clustered["upper"] - clustered["lower"] > 3 * (alone["upper"] - alone["lower"])


def test_a_group_of_twelve_sales_is_listed_and_not_judged():
    table = paired_study(paired_sales(holdout(1.0), holdout(1.1)), n_bootstrap=50, seed=1)
    houses = table[table["level"] == "house"]
    assert set(houses["statistic"]) == set(STATISTICS)
    assert set(houses["remark"]) == {"n = 12: not given"}
    assert houses[["difference", "lower", "upper", "estimate_a", "estimate_b"]].isna().all(axis=None)


def test_dwellings_of_one_price_have_no_slope_and_keep_their_other_figures():
    found = overall(holdout(1.0, np.full(N, 1e6)), holdout(1.0, np.full(N, 1e6)))
    assert found.loc["prb", "remark"] == "no such figure for these sales: not given"
    assert np.isnan(found.loc["prb", "difference"])
    assert found.loc["cod", "difference"] == 0


def test_sales_that_cannot_be_compared_are_left_out_and_counted():
    first, second = holdout(1.0), holdout(1.1)
    first = first.drop(index=[0, 1])
    second = second.drop(index=[59])
    second.loc[second["sale_id"] == "s002", "sale_price"] += 1
    first.loc[first["sale_id"] == "s003", "appraised_value"] = np.nan
    second.loc[second["sale_id"].isin(["s003", "s004"]), "appraised_value"] = np.nan
    second.loc[second["sale_id"] == "s005", "dwelling_id"] = "another"
    for table in (first, second):
        table.loc[table["sale_id"] == "s006", "sale_price"] = 0.0
        table.loc[table["sale_id"] == "s007", "sale_price"] = np.nan
    sales = paired_sales(first, second)
    assert sales.left_out == {
        "only in the holdout of A": 1,
        "only in the holdout of B": 2,
        "another dwelling under the same sale": 1,
        "no price above zero": 2,
        "another price in A than in B": 1,
        "not valued by A": 1,
        "not valued by B": 1,
    }
    assert len(sales.table) + sum(sales.left_out.values()) == N


def test_holdouts_without_a_common_sale_give_no_figure():
    sales = paired_sales(holdout(1.0), holdout(1.0, sale_id=[f"t{place}" for place in range(N)]))
    table = paired_study(sales, n_bootstrap=50, seed=1)
    assert set(table["remark"]) == {"n = 0: not given"}
    assert table["difference"].isna().all()


def test_the_order_of_the_rows_changes_nothing():
    first, second = holdout(noise(3, 0.1)), holdout(noise(4, 0.1))
    shuffled = second.sample(frac=1, random_state=1)
    tables = [paired_study(paired_sales(first, other), n_bootstrap=50, seed=1) for other in (second, shuffled)]
    pd.testing.assert_frame_equal(*tables)


def test_real_versions_are_compared_as_a_loop_over_resamples_does(compared):
    # Written apart: dwellings drawn by the same generator, sales repeated one by one, numpy's own medians.
    sales = compared.sales.table
    dwellings, names = pd.factorize(sales["dwelling_id"], sort=True)
    random = np.random.default_rng(compared.after.bundle.params.train.seed)
    found = []
    for _ in range(compared.n_bootstrap):
        drawn = random.integers(0, len(names), len(names))
        rows = np.concatenate([np.flatnonzero(dwellings == one) for one in drawn])
        price = sales["sale_price"].to_numpy()[rows]
        errors = [np.abs(sales[f"value_{letter}"].to_numpy()[rows] / price - 1) for letter in "ab"]
        found.append(100 * (np.median(errors[1]) - np.median(errors[0])))
    row = compared.paired[
        (compared.paired["sample"] == "all_sales")
        & (compared.paired["stratum"] == "overall")
        & (compared.paired["statistic"] == "mdape")
    ].iloc[0]
    assert [row["lower"], row["upper"]] == pytest.approx(np.quantile(found, [0.025, 0.975], method="weibull"))
