"""Contributions in money: they end at the value, do not hang on their order, and agree with shap."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.factories import COORDINATES, a_characteristic, a_jurisdiction
from valuation.errors import BundleRefused, InputRefused
from valuation.explanation.contributions import (
    by_group,
    contributions,
    group_of,
    money_per_log,
)
from valuation.explanation.log_amounts import lines_of, log_amounts, warm
from valuation.explanation.typical import ALL_KINDS, TypicalDwellings
from valuation.models.value_models import ValueModels
from valuation.pipeline.params import AdjustParams, TrainParams
from valuation.sales.time_adjustment import TimeIndex

QUICK = TrainParams.model_validate({"boosting": {"n_trees": 40, "num_leaves": 7, "n_seeds": 2}})


@pytest.fixture(scope="module")
def jurisdiction():
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic(
                "number", "living_area", group="size", required=True, direction="raises"
            ),
            "bathrooms": a_characteristic("number", group="size"),
            "built_year": a_characteristic("integer", "built_year", group="age"),
            "dwelling_type": a_characteristic("category", "dwelling_type", group="size"),
            "market_area": a_characteristic("category", "market_area", group="location"),
        },
        coordinates=COORDINATES,
    )


@pytest.fixture(scope="module")
def sales():
    random = np.random.default_rng(8)
    n = 500
    area, built = random.uniform(30, 200, n), random.integers(1900, 2024, n).astype(float)
    place = random.integers(0, 3, n)
    price = np.exp(11 + 0.8 * np.log(area) + 0.002 * (built - 1900) + 0.1 * place + random.normal(0, 0.1, n))
    return pd.DataFrame(
        {
            "sale_id": [f"s{item:04d}" for item in range(n)],
            "dwelling_id": [f"d{item:04d}" for item in range(n)],
            "market_date": pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 600, n), unit="D"),
            "market_price": price.round(),
            "living_area_m2": area,
            "bathrooms": random.integers(1, 4, n).astype(float),
            "built_year": built,
            "dwelling_type": pd.array(random.choice(["house", "flat"], n), dtype="str"),
            "market_area": pd.array(np.array(["a", "b", "c"])[place], dtype="str"),
            "x_m": 1000.0 * place + random.uniform(0, 900, n),
            "y_m": random.uniform(0, 900, n),
        }
    )


@pytest.fixture(scope="module")
def models(sales, jurisdiction):
    index = TimeIndex.fit(sales, jurisdiction, AdjustParams.model_validate({}))
    return ValueModels.fit(sales, index, jurisdiction, QUICK)


@pytest.fixture(scope="module")
def answered(models, sales, jurisdiction):
    dwellings = sales.head(60).reset_index(drop=True)
    features = models.features_of(dwellings, jurisdiction.holdout_from)
    return features, models.value(dwellings, jurisdiction.holdout_from, features=features)


def test_reference_lines_and_rounding_end_at_the_stored_value(models, answered):
    features, values = answered
    stored = values["appraised_value"].round().to_numpy()
    found = contributions(models, features, values["log_index"], stored)
    ends = found.reference + found.amounts.sum(axis=1) + found.rounding
    np.testing.assert_allclose(ends, stored, rtol=0, atol=1e-6)
    assert np.abs(found.rounding).max() <= 0.5 + 1e-6


def test_in_whole_units_the_lines_end_at_the_value_to_the_krone(models, answered):
    features, values = answered
    stored = values["appraised_value"].round().to_numpy()
    lines = contributions(models, features, values["log_index"], stored).in_whole_units()
    assert (lines.sum(axis=1).to_numpy() == stored.astype(np.int64)).all()


def test_groups_end_at_the_same_value(models, answered, jurisdiction):
    features, values = answered
    stored = values["appraised_value"].round().to_numpy()
    lines = contributions(models, features, values["log_index"], stored).in_whole_units()
    groups = by_group(lines, jurisdiction)
    assert (groups.sum(axis=1).to_numpy() == stored.astype(np.int64)).all()
    assert list(groups.columns) == ["reference", "size", "age", "location", "time", "rounding"]


def test_a_dwelling_is_explained_alone_as_among_others(models, answered):
    features, values = answered
    stored = values["appraised_value"].round().to_numpy()
    together = contributions(models, features, values["log_index"], stored).amounts[7]
    alone = contributions(models, features.iloc[[7]], values["log_index"].iloc[[7]], stored[[7]]).amounts[0]
    assert (together == alone).all()


def test_log_amounts_are_those_of_shap(models, answered):
    shap = pytest.importorskip("shap")
    features, _ = answered
    matrix = features.to_numpy(float)
    explainers = [(shap.TreeExplainer(booster), weight) for booster, weight in models.lightgbm_boosters]
    by_feature = sum(weight * explainer.shap_values(matrix) for explainer, weight in explainers)
    names, line_of = lines_of(models)
    expected = np.stack([by_feature[:, np.array(line_of) == line].sum(axis=1) for line in range(len(names))], axis=1)
    found = log_amounts(models, features)
    np.testing.assert_allclose(found.amounts, expected, rtol=0, atol=1e-12)
    base = sum(weight * float(item.expected_value) for item, weight in explainers)
    assert found.base == pytest.approx(base, abs=1e-12)


def test_the_log_lines_sum_to_the_log_value(models, answered):
    features, values = answered
    found = log_amounts(models, features, n_threads=2)
    np.testing.assert_allclose(found.base + found.amounts.sum(axis=1), values["log_value"], rtol=0, atol=1e-12)


def test_warm_tables_change_no_number(models, answered):
    features, _ = answered
    before = log_amounts(models, features).amounts
    warm(models)
    assert (log_amounts(models, features).amounts == before).all()


def typical_of(models, sales, jurisdiction):
    apart = log_amounts(models, models.features_of(sales, jurisdiction.holdout_from))
    return TypicalDwellings.of_sold(apart, sales, "dwelling_type")


@pytest.fixture(scope="module")
def typical(models, sales, jurisdiction):
    return typical_of(models, sales, jurisdiction)


def test_compared_with_the_typical_dwelling_the_lines_end_at_the_same_value(models, answered, typical, sales):
    features, values = answered
    stored = values["appraised_value"].round().to_numpy()
    types = sales["dwelling_type"].head(60)
    found = contributions(models, features, values["log_index"], stored, typical=typical, dwelling_type=types)
    lines = found.in_whole_units()
    assert (lines.sum(axis=1).to_numpy() == stored.astype(np.int64)).all()
    assert list(found.kinds) == list(types)
    assert np.abs(found.rounding).max() <= 0.5 + 1e-6


def test_typical_dwellings_of_a_kind_differ_from_it_by_nothing_on_average(models, sales, jurisdiction, typical):
    flats = sales[sales["dwelling_type"] == "flat"].sort_values("dwelling_id")
    features = models.features_of(flats, jurisdiction.holdout_from)
    values = models.value(flats, jurisdiction.holdout_from, features=features)
    found = contributions(
        models,
        features,
        np.zeros(len(flats)),
        np.exp(values["log_value"]).round(),
        typical=typical,
        dwelling_type=flats["dwelling_type"],
    )
    np.testing.assert_allclose(found.log_amounts.mean(axis=0), 0, atol=1e-12)
    assert found.reference[0] == pytest.approx(np.exp(values["log_value"].mean()))


def test_a_type_sold_seldom_is_compared_with_all(models, sales, jurisdiction):
    few = sales.head(100).assign(dwelling_type=["castle"] * 29 + ["flat"] * 71)
    typical = typical_of(models, few, jurisdiction)
    assert typical.kinds == ("flat", ALL_KINDS)
    assert typical.n_dwellings == (71, 100)
    asked = pd.Series(["castle", "flat", None], dtype="str")
    assert [typical.kinds[place] for place in typical.kind_of(asked)] == [ALL_KINDS, "flat", ALL_KINDS]


def test_a_dwelling_sold_twice_counts_once_as_it_was_last(models, sales, jurisdiction):
    again = sales.head(1).assign(sale_id="s9999", market_date=pd.Timestamp("2024-12-31"), living_area_m2=55.0)
    once = pd.concat([sales.iloc[1:50], again], ignore_index=True)
    twice = pd.concat([sales.head(50), again], ignore_index=True)
    found = [typical_of(models, table, jurisdiction) for table in (once, twice)]
    assert found[0].n_dwellings == found[1].n_dwellings
    assert (found[0].log_amounts == found[1].log_amounts).all()


def test_typical_dwellings_are_read_as_they_were_written(typical, tmp_path):
    typical.save(tmp_path / "typical.json")
    read = TypicalDwellings.load(tmp_path / "typical.json")
    assert (read.kinds, read.n_dwellings, read.lines) == (typical.kinds, typical.n_dwellings, typical.lines)
    assert (read.log_value == typical.log_value).all()
    assert (read.log_amounts == typical.log_amounts).all()


@pytest.mark.parametrize(("written", "said"), [(None, "not there"), ('{"format": 9}', "format 9")])
def test_typical_dwellings_of_another_release_are_refused(written, said, tmp_path):
    path = tmp_path / "typical.json"
    path.write_text(written or "", "utf-8")
    path = path if written else tmp_path / "absent.json"
    with pytest.raises(BundleRefused, match=said):
        TypicalDwellings.load(path)


def test_typical_dwellings_of_another_model_are_refused(models, answered, typical, sales):
    features, values = answered
    other = replace(typical, lines=("something",))
    with pytest.raises(InputRefused, match="other lines"):
        contributions(
            models,
            features,
            values["log_index"],
            values["appraised_value"].round(),
            typical=other,
            dwelling_type=sales["dwelling_type"].head(60),
        )


def test_every_feature_belongs_to_a_line(models, answered):
    features, values = answered
    found = contributions(models, features, values["log_index"], values["appraised_value"].round())
    assert set(found.names) <= {
        "living_area_m2",
        "bathrooms",
        "built_year",
        "dwelling_type",
        "market_area",
        "location",
        "time",
        "time_index",
    }
    assert found.names[-1] == "time_index"


def test_a_value_that_does_not_follow_from_the_features_is_refused(models, answered):
    features, values = answered
    with pytest.raises(InputRefused, match="away from the stored value"):
        contributions(models, features, values["log_index"], values["appraised_value"].round() + 2)


def test_a_dwelling_without_value_is_refused(models, answered):
    features, values = answered
    with pytest.raises(InputRefused, match="no value"):
        contributions(models, features, values["log_index"], values["appraised_value"] * np.nan)


def test_no_dwelling_has_no_lines(models, answered):
    features, values = answered
    found = contributions(models, features.iloc[:0], values["log_index"].iloc[:0], values["appraised_value"].iloc[:0])
    assert len(found.in_whole_units()) == 0


def test_the_money_of_a_log_is_the_logarithmic_mean():
    # (200 - 100) / ln 2, and the reference itself where nothing is added.
    assert money_per_log([100.0, 100.0], [np.log(2), 0.0]) == pytest.approx([100 / np.log(2), 100.0])


def test_lines_without_a_characteristic_have_a_group_of_their_own(jurisdiction):
    assert [group_of(line, jurisdiction) for line in ("bathrooms", "location", "time", "time_index", "rounding")] == [
        "size",
        "location",
        "time",
        "time",
        "rounding",
    ]
