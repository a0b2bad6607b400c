"""The study by group: what is counted, what is withheld, and that it does not hang on the order of rows."""

import numpy as np
import pandas as pd
import pytest

from valuation.errors import InputRefused, WrongUse
from valuation.ratio_study import confidence, standards, strata
from valuation.ratio_study.noise import EQUITY, noise_ranges
from valuation.ratio_study.statistics import mdape
from valuation.ratio_study.study import COLUMNS, IN_STUDY, MODELS, study


def sales(n=120):
    random = np.random.default_rng(2)
    price = np.round(np.exp(random.normal(13, 0.4, n)), -3)
    return pd.DataFrame(
        {
            "sale_id": [f"s{place:04d}" for place in range(n)],
            "dwelling_id": [f"d{place % 100:04d}" for place in range(n)],
            "sale_price": price,
            "appraised_value": price * np.exp(random.normal(0, 0.08, n)),
            "tree_value": price * np.exp(random.normal(0, 0.12, n)),
            "baseline_value": price * np.exp(random.normal(0, 0.2, n)),
            "dwelling_type": pd.array(["house"] * (n - 10) + ["flat"] * 10, dtype="string"),
        }
    )


def figure(found, model, stratum, level, name):
    rows = found.table.set_index(["model", "stratum", "level", "statistic"])
    return rows.loc[(model, stratum, level, name)]


def test_every_model_is_studied_on_the_same_sales():
    found = study(sales(), n_bootstrap=50)
    assert {figure(found, model, "overall", "all", "cod")["n_valued"] for model in MODELS} == {120}


def test_the_estimate_lies_within_its_interval():
    found = study(sales(), n_bootstrap=200).overall("boosted")["mdape"]
    assert found["lower"] < found["estimate"] < found["upper"]


def test_a_group_of_few_sales_shows_its_n_and_no_figure():
    found = figure(study(sales(), strata=("dwelling_type",), n_bootstrap=50), "boosted", "dwelling_type", "flat", "cod")
    assert found["n_sales"] == 10
    assert np.isnan(found["estimate"])


def test_every_group_has_every_statistic_and_a_remark_where_one_is_missing():
    table = study(sales(), strata=("dwelling_type",), n_bootstrap=50).table
    assert tuple(table.columns) == COLUMNS
    assert (table.groupby(["model", "stratum", "level"]).size() == len(IN_STUDY)).all()
    assert ((table["remark"] == "") == table["estimate"].notna()).all()
    assert set(table.loc[table["level"] == "flat", "remark"]) == {"n = 10: not given"}


def test_beside_every_equity_figure_stands_what_noise_alone_gives():
    table = study(sales(), n_bootstrap=50).table
    beside = table[table["noise"].notna()]
    assert set(beside["statistic"]) == set(EQUITY)
    assert (beside["noise_lower"] < beside["noise"]).all()
    assert (beside["noise"] < beside["noise_upper"]).all()


def test_how_many_groups_are_studied_side_by_side_reaches_no_figure():
    one, other = (study(sales(), strata=("dwelling_type",), n_bootstrap=50, n_jobs=jobs).table for jobs in (1, 3))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_equal_dwellings_have_a_level_and_no_slope():
    equal = sales(40).assign(sale_price=100.0, appraised_value=90.0)
    found = study(equal, models={"boosted": "appraised_value"}, n_bootstrap=50).table.set_index("statistic")
    assert found.loc["median_ratio", "estimate"] == 0.9
    assert found.loc["prb", "remark"] == "n = 40: not given (all dwellings are worth the same)"
    assert found.loc[["prb", "mki", "vei"], "estimate"].isna().all()


@pytest.mark.parametrize("wrong", [0.0, -5.0, np.nan, np.inf])
def test_a_price_that_is_no_amount_is_refused_and_never_skipped(wrong):
    table = sales()
    table.loc[7, "sale_price"] = wrong
    with pytest.raises(WrongUse, match="1 of 120"):
        study(table, n_bootstrap=5)


def test_a_sale_that_stands_twice_is_refused():
    with pytest.raises(InputRefused, match="s0003 stands more than once"):
        study(pd.concat([sales(), sales().iloc[[3]]]), n_bootstrap=5)


def test_no_sales_give_no_figures():
    table = study(sales().iloc[:0], n_bootstrap=5).table
    assert set(table["remark"]) == {"n = 0: not given"}


def test_the_range_of_noise_is_where_perfect_values_lie():
    # Eighty markets of perfect values, each judged by the range made from its own errors.
    random = np.random.default_rng(8)
    inside = 0
    for market in range(80):
        value = np.exp(random.normal(13, 0.4, 500))
        price = value * np.exp(random.normal(0, 0.15, 500))
        found = noise_ranges(value, price, names=("prb",), seed=market)["prb"]
        inside += found.lower <= confidence.statistic("prb")(value, price) <= found.upper
    # 95 percent of 80 is 76, give or take two standard deviations of 1.9.
    assert 72 <= inside <= 80


def test_noise_has_nothing_to_say_of_a_level():
    with pytest.raises(WrongUse, match="median_ratio"):
        noise_ranges([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], names=("median_ratio",))


def test_a_sale_that_could_not_be_valued_is_counted():
    table = sales()
    table.loc[3, "appraised_value"] = np.nan
    found = figure(study(table, n_bootstrap=50), "boosted", "overall", "all", "mdape")
    assert (found["n_sales"], found["n_valued"]) == (120, 119)
    known = table.dropna()
    assert found["estimate"] == mdape(known["appraised_value"], known["sale_price"])


def test_the_order_of_rows_does_not_reach_any_figure():
    one = study(sales(), strata=("dwelling_type",), n_bootstrap=50).table
    other = study(sales().sample(frac=1, random_state=1), strata=("dwelling_type",), n_bootstrap=50).table
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_missing_column_is_named():
    with pytest.raises(InputRefused, match="tree_value"):
        study(sales().drop(columns="tree_value"))


def test_the_table_for_people_has_a_row_for_each_group_and_model():
    wide = study(sales(), strata=("dwelling_type",), n_bootstrap=50).by("dwelling_type")
    assert wide[["level", "model"]].to_numpy().tolist() == [
        [level, model] for level in ("flat", "house") for model in ("baseline", "boosted", "tree")
    ]
    assert {"mdape", "mdape_lower", "mdape_upper"} <= set(wide.columns)


def test_noise_of_13_percent_shows_its_own_bias():
    random = np.random.default_rng(11)
    value = np.exp(random.normal(13, 0.35, 3000))
    ranges = noise_ranges(value, value * np.exp(random.normal(0, 0.13, 3000)))
    found = {name: noise.mean for name, noise in ranges.items()}
    assert found["prd"] == pytest.approx(1.017, abs=0.004)
    assert found["prb"] == pytest.approx(-0.047, abs=0.006)
    assert found["vei"] == pytest.approx(-8.2, abs=1.5)


def test_a_decile_by_proxy_does_not_punish_a_price_that_was_high_by_chance():
    value = np.linspace(100, 200, 100)
    price = value.copy()
    price[0] = 400.0
    assert strata.price_decile(value, price)[0] != "01"
    assert strata.price_decile(value, price)[99] == "10"


def test_a_sale_without_value_is_in_no_decile():
    assert strata.price_decile([np.nan, 1.0], [1.0, 1.0])[0] == "unknown"


@pytest.mark.parametrize("name", list(standards.STANDARDS))
def test_every_limit_names_its_source(name):
    assert "IAAO" in standards.STANDARDS[name].source


def test_a_one_sided_limit_reads_as_such():
    assert str(standards.Limit(None, 8.0, "goal")) == "at most 8"
    assert str(standards.Limit(0.9, None, "goal")) == "at least 0.9"
