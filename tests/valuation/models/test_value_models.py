"""The three models together: one recipe, one answer, on a small town."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.errors import BundleRefused, InputRefused, TooFewSales
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.rolling_origin import rolling_origin_values
from valuation.models.value_models import ValueModels, evidence_columns
from valuation.pipeline.params import Params, TrainParams
from valuation.sales.time_adjustment import TimeIndex

BOOSTING = {
    "n_trees": 80,
    "n_seeds": 1,
    "learning_rate": 0.15,
    "members": {"squared": 1.0},
    "min_leaf_sales": 5,
    "n_jobs": 1,
}
QUICK = TrainParams(n_folds=2, fold_months=3, boosting=BOOSTING)


def _fitted(sales: pd.DataFrame, town: Jurisdiction) -> ValueModels:
    return ValueModels.fit(sales, TimeIndex.fit(sales, town, Params().adjust), town, QUICK)


@pytest.fixture(scope="module")
def models(small_sales: pd.DataFrame, small_town: Jurisdiction) -> ValueModels:
    return _fitted(small_sales, small_town)


@pytest.fixture(scope="module")
def dwellings(small_sales: pd.DataFrame) -> pd.DataFrame:
    return small_sales.drop_duplicates("dwelling_id").reset_index(drop=True)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_models_survive_the_way_to_disk(models: ValueModels, dwellings: pd.DataFrame, tmp_path: Path) -> None:
    models.save(tmp_path)
    loaded = ValueModels.load(tmp_path)
    pd.testing.assert_frame_equal(
        loaded.value(dwellings, "2026-01-01"), models.value(dwellings, "2026-01-01"), check_exact=True
    )


def test_shuffled_and_doubled_sales_give_the_same_bytes(
    models: ValueModels, small_sales: pd.DataFrame, small_town: Jurisdiction, tmp_path: Path
) -> None:
    shuffled = pd.concat([small_sales, small_sales.head(5)]).sample(frac=1, random_state=3)
    models.save(tmp_path / "a")
    index = models.time_index_
    ValueModels.fit(shuffled, index, small_town, QUICK).save(tmp_path / "b")
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")


def test_values_depend_on_neither_order_chunks_nor_threads(models: ValueModels, dwellings: pd.DataFrame) -> None:
    whole = models.value(dwellings, "2026-01-01", n_threads=2)
    chunks = [models.value(dwellings.iloc[i : i + 97], "2026-01-01", n_threads=1) for i in range(0, len(dwellings), 97)]
    shuffled = models.value(dwellings.sample(frac=1, random_state=1), "2026-01-01").sort_index()
    pd.testing.assert_frame_equal(pd.concat(chunks), whole, check_exact=True)
    pd.testing.assert_frame_equal(shuffled, whole, check_exact=True)


def test_columns_in_another_order_are_refused(models: ValueModels, dwellings: pd.DataFrame) -> None:
    features = models.features_of(dwellings, "2026-01-01")
    with pytest.raises(InputRefused, match="are not the model's"):
        models.value(dwellings, "2026-01-01", features=features[list(reversed(features.columns))])


def test_a_dwelling_without_area_has_no_value(models: ValueModels, dwellings: pd.DataFrame) -> None:
    valued = models.value(dwellings.head(2).assign(area_m2=[np.nan, 80.0]), "2026-01-01")
    assert valued["appraised_value"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("name", "low", "high", "sign"), [("area_m2", 40, 200, 1), ("bathrooms", 1, 3, 1), ("noise_db", 40, 70, -1)]
)
def test_the_directions_of_the_dictionary_hold_in_every_value(
    models: ValueModels, dwellings: pd.DataFrame, name: str, low: float, high: float, sign: int
) -> None:
    values = [models.value(dwellings.assign(**{name: amount}), "2026-01-01") for amount in np.linspace(low, high, 12)]
    for column in ("appraised_value", "tree_value"):
        steps = np.diff([np.log(value[column]) for value in values], axis=0)
        assert (sign * steps >= -1e-12).all()


def test_time_stands_still_in_the_features_after_the_last_sale(models: ValueModels, dwellings: pd.DataFrame) -> None:
    soon, late = (models.features_of(dwellings, day) for day in ("2026-01-01", "2027-01-01"))
    moving = [name for name in soon if not soon[name].equals(late[name])]
    assert moving == ["age_years", "months_since_renovation", "years_since_work"]


def test_too_few_sales_are_refused(small_sales: pd.DataFrame, small_town: Jurisdiction, models: ValueModels) -> None:
    with pytest.raises(TooFewSales, match="50 valid sales"):
        ValueModels.fit(small_sales.head(50), models.time_index_, small_town, QUICK)


def test_files_of_another_format_are_refused(models: ValueModels, tmp_path: Path) -> None:
    models.save(tmp_path)
    text = (tmp_path / "models.json").read_text(encoding="utf-8").replace('"format": 1', '"format": 99')
    (tmp_path / "models.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleRefused, match="99"):
        ValueModels.load(tmp_path)


def test_a_folds_values_know_no_price_of_the_fold(small_sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    params = Params(train=QUICK)
    values, features = rolling_origin_values(small_sales, small_town, params)
    last = values["fold"] == values["fold"].max()
    raised = small_sales.copy()
    in_last = raised["sale_id"].isin(values.loc[last, "sale_id"])
    raised.loc[in_last, ["market_price", "sale_price"]] *= 10
    again, again_features = rolling_origin_values(raised, small_town, params)
    pd.testing.assert_series_equal(again["appraised_value"], values["appraised_value"], check_exact=True)
    pd.testing.assert_frame_equal(again_features, features, check_exact=True)


def test_the_boosted_model_beats_the_table_on_later_sales(small_sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    values, _ = rolling_origin_values(small_sales, small_town, Params(train=QUICK))
    error = {
        name: np.abs(np.log(values[name] / values["sale_price"])).mean()
        for name in ("appraised_value", "baseline_value")
    }
    assert error["appraised_value"] < error["baseline_value"]


def test_evidence_is_what_neighbours_sold_for_and_not_where_the_dwelling_lies(models: ValueModels) -> None:
    names = [models.features_[i].name for i in evidence_columns(models.features_)]
    assert {"area_level", "near_4_level", "near_spread"} <= set(names)
    assert not {"x_m", "y_m", "time_months", "area_m2"} & set(names)
