"""The study by group: what is counted, what is withheld, and that it does not hang on the order of rows."""

import numpy as np
import pandas as pd
import pytest

from valuation.errors import InputRefused
from valuation.ratio_study import standards, strata
from valuation.ratio_study.statistics import mdape
from valuation.ratio_study.study import MODELS, noise_alone, study


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
    found = noise_alone(value, value * np.exp(random.normal(0, 0.13, 3000)))
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
