"""The figures of the holdout on a small made table: what counts, what is named, what is withheld."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.factories import a_characteristic, a_jurisdiction
from valuation.flags.price import COLUMNS, price_of_flagging
from valuation.pipeline.evaluate import in_a_sentence, write_evaluation
from valuation.pipeline.holdout_figures import (
    coverage_table,
    flag_table,
    goals,
    review_yield,
    without_training_sales,
    worst_misses,
    yield_goals,
)
from valuation.pipeline.left_out_areas import dealt_areas
from valuation.pipeline.params import Params
from valuation.ratio_study.strata import value_third

PARAMS = Params.model_validate({"evaluate": {"n_bootstrap": 50, "goals": {"mdape": 50.0, "cod": 0.1}}})


@pytest.fixture(scope="module")
def jurisdiction():
    return a_jurisdiction(
        {
            "area": a_characteristic("number", "living_area"),
            "type": a_characteristic("category", "dwelling_type"),
            "zone": a_characteristic("category", "market_area"),
        },
    )


@pytest.fixture(scope="module")
def values():
    """400 holdout sales: 90 percent within the range, one without a value, ten screened out, some large errors."""
    random = np.random.default_rng(4)
    n = 400
    price = np.round(np.exp(random.normal(14, 0.4, n)), -3)
    error = random.normal(0, 0.1, n)
    value = np.round(price * np.exp(error))
    table = pd.DataFrame(
        {
            "sale_id": [f"s{place:04d}" for place in range(n)],
            "dwelling_id": [f"d{place:04d}" for place in range(n)],
            "sale_date": pd.Timestamp("2024-10-02") + pd.to_timedelta(np.arange(n) % 80, unit="D"),
            "sale_price": price,
            "appraised_value": value,
            "lower_value": value * np.exp(-0.1645),
            "upper_value": value * np.exp(0.1645),
            "baseline_value": np.round(price * np.exp(random.normal(0, 0.2, n))),
            "tree_value": np.round(price * np.exp(random.normal(0, 0.15, n))),
            "error_risk": np.abs(error),
            "flags": pd.array(np.where(np.abs(error) > 0.25, "interval-too-wide|models-disagree", ""), dtype="str"),
            "dwelling_type": pd.array(["house"] * 350 + ["flat"] * 50, dtype="string"),
            "market_area": pd.array(["a", "b"] * 200, dtype="string"),
            "price_decile": pd.array([f"{place % 10 + 1:02d}" for place in range(n)], dtype="string"),
            "is_seen_dwelling": np.arange(n) < 100,
            "is_valid_sale": np.arange(n) >= 10,
        }
    )
    for name in ("appraised_value", "lower_value", "upper_value", "baseline_value", "tree_value", "error_risk"):
        table.loc[5, name] = np.nan
    table.loc[5, "flags"] = "cannot-be-valued"
    return table


@pytest.fixture(scope="module")
def written(values, jurisdiction, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    return write_evaluation(folder, values, values.assign(group=0), jurisdiction, PARAMS), folder


def test_every_sale_of_the_holdout_counts_also_one_without_value(written):
    metrics, _ = written
    assert (metrics["overall"]["n_sales"], metrics["overall"]["n_valued"]) == (400, 399)
    assert metrics["holdout"]["n_not_valued"] == 1


def test_the_sales_screened_out_are_left_out_only_where_it_is_named(written):
    metrics, _ = written
    assert metrics["holdout"]["n_screened_out"] == 10
    assert metrics["valid_sales"]["n_sales"] == 390


def test_dwellings_never_sold_in_training_are_studied_apart(written):
    assert written[0]["unseen_dwellings"]["n_sales"] == 300


def test_a_sale_that_could_not_be_valued_is_listed(written):
    listed = pd.read_csv(written[1] / "not_valued.csv")
    assert listed["sale_id"].tolist() == ["s0005"]
    assert listed["flags"].tolist() == ["cannot-be-valued"]


def test_the_metrics_are_json_without_nan(written):
    metrics, folder = written
    assert json.loads((folder / "metrics.json").read_text("utf-8")) == metrics


def test_the_same_values_give_the_same_bytes_in_any_order_of_rows(values, jurisdiction, written, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    write_evaluation(other, values.sample(frac=1, random_state=3), values.assign(group=0), jurisdiction, PARAMS)
    names = [path.name for path in other.iterdir()]
    assert "by_dwelling_type.csv" in names
    assert [name for name in names if (other / name).read_bytes() != (written[1] / name).read_bytes()] == []


def test_the_study_stands_in_one_table_of_samples_models_and_groups(written):
    table = pd.read_parquet(written[1] / "ratio_study.parquet")
    assert list(dict.fromkeys(table["sample"])) == ["all_sales", "valid_sales", "unseen_dwellings", "left_out_areas"]
    assert not table.duplicated(["sample", "model", "stratum", "level", "statistic"]).any()
    overall = table[(table["stratum"] == "overall") & (table["sample"] == "all_sales") & (table["model"] == "boosted")]
    found = overall.set_index("statistic")["estimate"]
    assert found["mdape"] == written[0]["overall"]["boosted"]["mdape"]
    assert table.loc[table["estimate"].isna(), "remark"].str.contains("not given").all()


def test_the_prior_value_stands_beside_as_a_rival(values, jurisdiction, tmp_path):
    # It values every dwelling a fifth below its price.
    rival = values.assign(prior_value=0.8 * values["sale_price"])
    metrics = write_evaluation(tmp_path, rival, None, jurisdiction, PARAMS)
    assert metrics["overall"]["prior"]["mdape"] == pytest.approx(20.0)
    table = pd.read_parquet(tmp_path / "ratio_study.parquet")
    assert set(table["model"]) == {"boosted", "tree", "baseline", "prior"}


def test_the_values_behind_the_left_out_areas_are_kept_with_their_groups(written, values):
    kept = pd.read_parquet(written[1] / "left_out_area_values.parquet")
    assert len(kept) == 400
    assert kept["dwelling_type"].tolist() == values["dwelling_type"].tolist()


def test_sales_of_areas_that_taught_nothing_are_counted_beside_the_left_out_areas(values):
    # Both areas lie in the sample but for three sales of area a.
    left_out = values.drop(index=[0, 2, 4])
    found = without_training_sales(values, left_out)
    assert found == {"n_areas_without_training_sales": 1, "n_sales_not_valued_there": 3}


def test_an_own_goal_is_held_against_its_figure(written):
    found = {(item["name"], item["source"][:3]): item["is_reached"] for item in written[0]["goals"]}
    assert found["mdape", "thi"]
    assert not found["cod", "thi"]


def test_where_screening_doubts_sales_the_goals_of_valid_sales_stand_beside(written):
    counted = {item["name"]: item["n_sales"] for item in written[0]["goals"]}
    assert (counted["cod"], counted["cod, valid sales"]) == (399, 390)


def test_groups_of_too_few_sales_are_not_held_against_a_coverage(written):
    names = [item["name"] for item in written[0]["goals"]]
    assert "coverage, house" in names
    assert "coverage, flat" not in names


def test_the_outcome_is_told_in_a_line(written):
    said = in_a_sentence(written[0])
    assert said.startswith("median error on 400 holdout sales: boosted ")
    assert "(90% promised)" in said


def test_a_sale_without_a_range_is_not_covered(values):
    table = coverage_table(values, 0.9).set_index(["grouping", "group"])
    inside = values["sale_price"].between(values["lower_value"], values["upper_value"])
    assert table.loc[("overall", "all"), "coverage"] == pytest.approx(inside.sum() / 400)
    assert table.loc[("value_third", "not valued"), "coverage"] == 0.0


def test_thirds_are_cut_by_the_value():
    third = value_third(pd.Series([300.0, 100.0, np.nan, 200.0]))
    assert third.tolist() == ["upper third", "lower third", "not valued", "middle third"]


def test_the_yield_of_a_flag_is_its_share_of_the_large_errors():
    table = pd.DataFrame(
        {
            "appraised_value": [100.0, 130.0, 70.0, 100.0],
            "sale_price": [100.0] * 4,
            "flags": ["", "models-disagree", "", "models-disagree"],
        }
    )
    found = flag_table(table).set_index("code").loc["models-disagree"]
    assert (found["n_sales"], found["share"], found["error_share"], found["yield"]) == (2, 0.5, 0.5, 0.5)


def test_looking_at_the_riskiest_tenth_finds_the_errors_that_lie_there():
    table = pd.DataFrame(
        {
            "sale_id": [f"s{place:03d}" for place in range(200)],
            "dwelling_id": [f"d{place:03d}" for place in range(200)],
            "appraised_value": [150.0] * 40 + [100.0] * 160,
            "lower_value": 90.0,
            "upper_value": 110.0,
            "sale_price": [100.0] * 200,
            "error_risk": [0.9] * 20 + [0.1] * 180,
            "flags": "",
        }
    )
    found = review_yield(price_of_flagging(table, n_resamples=50, seed=1, budgets_pct=(10,)))
    assert (found["share_reviewed"], found["yield"], found["times_chance"]) == (0.1, 0.5, 5.0)
    assert found["yield_lower"] < 0.5 < found["yield_upper"]
    # 20 sales of a stated 90 % are 18 of the 36 errors foretold.
    assert found["yield_promised"] == pytest.approx(0.5)


def test_a_place_may_set_how_many_of_the_large_errors_the_riskiest_tenth_must_hold():
    found = {"yield": 0.27, "n_sales": 4752}
    goal = yield_goals(found, 0.28)[0]
    assert (goal["name"], goal["lower"], goal["upper"], goal["is_reached"]) == ("large_errors_found", 0.28, None, False)
    assert yield_goals(found, 0.25)[0]["is_reached"]
    assert yield_goals(found, None) == []
    # Too few large errors to say: not reached, and said so.
    assert not yield_goals({"yield": np.nan, "n_sales": 90}, 0.25)[0]["is_reached"]


def test_the_price_of_flagging_is_written_and_too_few_errors_give_no_yield(written):
    metrics, folder = written
    price = pd.read_parquet(folder / "price_of_flagging.parquet")
    assert list(price.columns) == list(COLUMNS)
    assert set(price["budget_pct"]) == set(range(1, 31))
    assert set(price["sample"]) == {"valid_sales", "all_sales"}
    assert metrics["review_yield"]["n_errors"] == price.loc[price["sample"] == "valid_sales", "n_errors"].iloc[0] < 20
    assert metrics["review_yield"]["yield"] is None
    assert price.loc[price["share"].isna(), "remark"].str.contains("not given").all()


def test_the_worst_misses_come_first_and_unvalued_sales_are_none_of_them(values):
    found = worst_misses(values, 5)
    assert "s0005" not in set(found["sale_id"])
    assert np.abs(np.log(found["ratio"])).is_monotonic_decreasing


def test_areas_are_dealt_into_groups_of_like_size():
    areas = pd.Series(["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 2)
    assert dealt_areas(areas, 2) == {"a": 0, "b": 1, "c": 1, "d": 0}
    assert dealt_areas(areas.iloc[::-1], 2) == dealt_areas(areas, 2)


def test_there_are_no_more_groups_than_areas():
    assert dealt_areas(pd.Series(["a", "b"]), 5) == {"a": 0, "b": 1}


def test_a_goal_without_a_figure_is_not_reached(written):
    missing = {**written[0], "overall": {**written[0]["overall"], "boosted": {}}}
    assert [item["is_reached"] for item in goals(missing, {"mdape": 8.0})[:2]] == [False, False]
