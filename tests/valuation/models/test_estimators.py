"""The estimators are scikit-learn's kind, and none is left out of its checks."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import warnings
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator

import valuation.models
from valuation.models.baseline import StandardPrice
from valuation.models.boosting import LOSSES, BoostedTrees
from valuation.models.grown_tree import GrownTree, path_of, rules_of
from valuation.models.price_table import PriceTable
from valuation.models.tree import ReadableTree

CHECKED: list[BaseEstimator] = [
    StandardPrice(),
    ReadableTree(),
    BoostedTrees(n_trees=30, n_seeds=1, n_jobs=1, min_leaf_sales=2, learning_rate=0.3, row_fraction=1.0),
]

EXPECTED_TO_FAIL = {
    "BoostedTrees": {
        "check_sample_weight_equivalence_on_dense_data": "LightGBM bins by rows: a weight of two is no second row"
    }
}


@pytest.mark.parametrize("estimator", CHECKED, ids=lambda item: type(item).__name__)
def test_scikit_learns_checks_pass(estimator: BaseEstimator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks try what warns on purpose, and say which of them do not apply
        check_estimator(estimator, expected_failed_checks=EXPECTED_TO_FAIL.get(type(estimator).__name__, {}))


def test_every_estimator_of_the_package_is_checked() -> None:
    names = [info.name for info in pkgutil.iter_modules(valuation.models.__path__, "valuation.models.")]
    modules = [importlib.import_module(name) for name in names]
    found = {
        item
        for module in modules
        for _, item in inspect.getmembers(module, inspect.isclass)
        if issubclass(item, BaseEstimator) and item.__module__.startswith("valuation.")
    }
    assert found == {type(item) for item in CHECKED}


def _sold() -> tuple[Any, Any]:
    rng = np.random.default_rng(11)
    X = np.column_stack([rng.uniform(40, 200, 400), rng.uniform(0, 60, 400), rng.integers(0, 3, 400)])
    return X, np.exp(10 + 0.9 * np.log(X[:, 0]) - 0.004 * X[:, 1] + rng.normal(0, 0.2, 400))


def test_standard_price_is_the_median_per_m2_of_the_cell() -> None:
    X = np.array([[100.0, 1, 1, 1], [50.0, 1, 1, 1], [100.0, 1, 1, 1], [100.0, 2, 1, 1]])
    y = np.array([1000.0, 600.0, 1400.0, 9000.0])
    model = StandardPrice(0, (1, 2, 3), min_sales=3).fit(X, y)
    assert model.predict(np.array([[10.0, 1, 1, 1]])).tolist() == [120.0]


def test_a_thin_cell_falls_back_to_its_area_then_to_its_type() -> None:
    X = np.array([[1.0, 1, 1, 1], [1.0, 1, 1, 2], [1.0, 2, 5, 1], [1.0, 3, 5, 1]])
    y = np.array([10.0, 30.0, 50.0, 70.0])
    model = StandardPrice(0, (1, 2, 3), min_sales=2).fit(X, y)
    asked = np.array([[2.0, 1, 9, 1], [2.0, 8, 5, 1], [2.0, 8, 8, 8], [np.nan, 1, 1, 1]])
    assert model.predict(asked).tolist() == [40.0, 120.0, 80.0, 40.0]


def test_standard_prices_survive_json() -> None:
    X, y = _sold()
    model = StandardPrice(0, (2,)).fit(X, y)
    stored = json.loads(json.dumps(model.table_.to_json()))
    np.testing.assert_array_equal(PriceTable.from_json(stored).prices(X), model.predict(X))
    assert PriceTable.from_json(stored).to_json() == model.table_.to_json()


def test_a_leaf_without_directions_is_the_median_of_its_sales() -> None:
    X, y = _sold()
    tree = ReadableTree(max_leaves=4).fit(X, y)
    leaf = tree.grown_.apply(X)
    first = leaf == leaf[0]
    assert tree.predict(X[:1])[0] == pytest.approx(np.median(y[first]), rel=0.02)


def test_the_tree_keeps_within_what_a_person_can_read() -> None:
    X, y = _sold()
    tree = ReadableTree(max_leaves=6, max_depth=3, min_leaf_sales=5).fit(X, y)
    assert len(rules_of(tree.grown_, ["area", "age", "zone"])) <= 6
    assert len(path_of(tree.grown_, X[0], ["area", "age", "zone"])) <= 3


def test_the_tree_survives_json() -> None:
    X, y = _sold()
    tree = ReadableTree(directions=(1, 0, 0)).fit(X, y)
    stored = json.loads(json.dumps(tree.grown_.to_json()))
    np.testing.assert_array_equal(GrownTree.from_json(stored).predict_log(X), tree.predict_log(X))
    assert json.dumps(GrownTree.from_json(stored).to_json()) == json.dumps(tree.grown_.to_json())


@pytest.mark.parametrize(
    "estimator",
    [
        ReadableTree(directions=(1, -1, 0)),
        BoostedTrees(
            members=tuple((loss, 1.0) for loss in LOSSES),
            n_trees=40,
            n_seeds=1,
            n_jobs=1,
            blind_weight=0.5,
            evidence=(2,),
            directions=(1, -1, 0),
        ),
    ],
    ids=["tree", "boosted"],
)
def test_more_area_never_lowers_and_more_age_never_raises(estimator: Any) -> None:
    X, y = _sold()
    estimator.fit(X, y)
    for column, sign in ((0, 1), (1, -1)):
        steps = np.linspace(X[:, column].min(), X[:, column].max(), 60)
        values = []
        for step in steps:
            moved = X.copy()
            moved[:, column] = step
            values.append(estimator.predict_log(moved))
        assert (sign * np.diff(values, axis=0) >= -1e-12).all()


def test_threads_change_no_byte_of_a_booster() -> None:
    X, y = _sold()
    members = tuple((loss, 1.0) for loss in LOSSES)
    texts = [
        [
            booster.model_to_string().split("parameters:")[0]
            for booster in BoostedTrees(members, n_trees=30, n_seeds=1, n_jobs=n).fit(X, y).boosters_
        ]
        for n in (1, 2)
    ]
    assert texts[0] == texts[1]


def test_a_loss_of_several_stages_grows_all_trees_and_survives_its_text() -> None:
    X, y = _sold()
    booster = BoostedTrees(members=(("narrowing", 1.0),), n_trees=20, n_seeds=1, n_jobs=1).fit(X, y).boosters_[0]
    assert booster.num_trees() == 20
    np.testing.assert_array_equal(lgb.Booster(model_str=booster.model_to_string()).predict(X), booster.predict(X))


def test_a_narrowing_corner_ends_nearer_to_the_median_than_a_fixed_one() -> None:
    # Nothing to learn but a middle: the median is 100, and a tenth of the prices at 300 draws a mean away from it.
    X = np.random.default_rng(5).random((1000, 1))
    y = np.where(np.arange(1000) % 10, 100.0, 300.0)
    found = [
        BoostedTrees(((loss, 1.0),), n_trees=120, n_seeds=1, n_jobs=1, min_leaf_sales=100, robust_width=0.2)
        .fit(X, y)
        .predict(X)
        .mean()
        for loss in ("narrowing", "huber", "squared")
    ]
    assert 100 < found[0] < found[1] < found[2]
    assert found[0] < 102


def test_a_loss_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no loss is called 'l1'; there are squared, huber"):
        BoostedTrees(members=(("l1", 1.0),)).fit(*_sold())


def test_blind_boosters_never_ask_for_the_evidence_and_the_others_do() -> None:
    X, y = _sold()
    model = BoostedTrees((("squared", 1.0),), n_trees=30, n_seeds=1, n_jobs=1, blind_weight=0.25, evidence=(0,)).fit(
        X, y
    )
    seeing, blind = model.boosters_
    assert model.weights_.tolist() == [0.75, 0.25]
    assert seeing.feature_importance()[0] > 0
    assert blind.feature_importance()[0] == 0


@pytest.mark.parametrize("weight", [-0.1, 1.0])
def test_a_weight_that_leaves_no_seeing_booster_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="blind_weight is"):
        BoostedTrees(blind_weight=weight).fit(*_sold())
