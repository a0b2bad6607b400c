"""Shapley values from tables: LightGBM's own numbers, whatever the rows and the trees hold."""

import lightgbm as lgb
import numpy as np
import pytest

from valuation.explanation.tree_shap import shapley
from valuation.explanation.tree_shap.coding import Coding
from valuation.explanation.tree_shap.planning import MOST_BITS, plan
from valuation.explanation.tree_shap.shapley import TreeShap
from valuation.models.compiled import compiled
from valuation.models.forest import UnknownModel, forest_of

N_FEATURES = 9
CATEGORIES = (2, 5)
EACH_ITS_OWN = np.arange(N_FEATURES)


def a_table(n, seed=3):
    """Numbers, two categories (columns 2 and 5) and a tenth of the cells empty."""
    random = np.random.default_rng(seed)
    table = random.normal(0, 50, (n, N_FEATURES)).round(1)
    table[:, 2], table[:, 5] = random.integers(0, 40, n), random.integers(0, 6, n)
    table[:, 7] = random.integers(-1, 2, n)
    table[random.random(table.shape) < 0.1] = np.nan
    return table


def grown(settings=None, *, n_trees=25, seed=3):
    """A booster on a table with interactions of all kinds."""
    table = a_table(1500, seed)
    known = np.nan_to_num(table)
    target = (
        np.sin(known[:, 0] / 30)
        + np.where(known[:, 2] % 3 == 0, known[:, 1] / 40, -0.5)
        + (known[:, 5] == 4) * known[:, 7]
        + np.isnan(table[:, 3])
        + 0.01 * known[:, 6] * (known[:, 8] > 0)
    )
    standard = {"num_leaves": 31, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1, "seed": seed}
    data = lgb.Dataset(table, target, categorical_feature=list(CATEGORIES), params={"verbosity": -1})
    return lgb.train(standard | {"cat_smooth": 1.0, "min_data_per_group": 5} | (settings or {}), data, n_trees)


def hostile_rows(booster):
    """Empty cells, unseen, negative, fractional and huge levels, infinities, and numbers right on thresholds."""
    random = np.random.default_rng(9)
    rows = a_table(600, seed=10)
    rows[random.random(rows.shape) < 0.3] = np.nan
    odd = np.array(
        [-1.0, -0.5, 0.5, 3.7, 41.0, 254.0, 255.0, 1e6, 3e9, -3e9, np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-40]
    )
    places = random.random(rows.shape) < 0.2
    rows[places] = random.choice(odd, places.sum())
    nodes = booster.trees_to_dataframe().dropna(subset=["threshold"])
    numeric = nodes[nodes["decision_type"] == "<="].sample(400, random_state=1, replace=True)
    features = numeric["split_feature"].str.removeprefix("Column_").astype(int).to_numpy()
    limits = numeric["threshold"].astype(float).to_numpy()
    nudged = np.nextafter(limits, np.inf)
    chosen = random.integers(0, len(rows), len(limits))
    rows[chosen, features] = np.where(np.arange(len(limits)) % 2 == 0, limits, nudged)
    return rows


@pytest.fixture(scope="module")
def booster():
    return grown()


@pytest.fixture(scope="module")
def values(booster):
    return TreeShap([(booster, 1.0)], EACH_ITS_OWN)


def expected(booster, rows):
    return booster.predict(rows, pred_contrib=True, num_threads=1)


def test_values_are_those_of_lightgbm(booster, values):
    rows = a_table(700)
    theirs = expected(booster, rows)
    np.testing.assert_allclose(values.values(rows), theirs[:, :-1], rtol=0, atol=1e-12)
    assert values.base == pytest.approx(theirs[0, -1], abs=1e-12)
    assert values.unknown == ""


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"zero_as_missing": True},
        {"use_missing": False},
        {"max_depth": 3},
        {"monotone_constraints": [1, -1, 0, 0, 0, 0, 1, 0, 0], "bagging_fraction": 0.5, "bagging_freq": 1},
        {"objective": "huber", "alpha": 0.1, "feature_fraction": 0.4},
    ],
    ids=["standard", "zero_as_missing", "nothing_missing", "shallow", "monotone", "huber"],
)
def test_hostile_rows_get_the_values_of_lightgbm(settings):
    booster = grown(settings)
    rows = hostile_rows(booster)
    ours = TreeShap([(booster, 1.0)], EACH_ITS_OWN)
    np.testing.assert_allclose(ours.values(rows), expected(booster, rows)[:, :-1], rtol=0, atol=1e-12)
    assert ours.unknown == ""


def test_features_of_one_line_are_added_up_and_boosters_blended(booster):
    other, rows = grown(seed=4), a_table(300)
    line_of = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    found = TreeShap([(booster, 0.7), (other, 0.3)], line_of).values(rows)
    theirs = 0.7 * expected(booster, rows) + 0.3 * expected(other, rows)
    added = np.stack([theirs[:, :-1][:, line_of == line].sum(axis=1) for line in range(3)], axis=1)
    np.testing.assert_allclose(found, added, rtol=0, atol=1e-12)


def test_the_bits_of_a_row_hang_on_neither_the_other_rows_nor_the_threads(values):
    rows = a_table(500)
    together = values.values(rows, n_threads=3)
    assert (together == values.values(rows, n_threads=1)).all()
    assert (together[::-1] == values.values(rows[::-1])).all()
    assert (together[77] == values.values(rows[77:78])[0]).all()
    assert (together[100:140] == values.values(rows[100:140])).all()


def test_tables_that_are_not_kept_give_the_same_bits(booster, values, monkeypatch):
    rows = a_table(400)
    monkeypatch.setattr(shapley, "KEPT_TABLE_BYTES", 0)
    monkeypatch.setattr(shapley, "TABLE_BYTES_AT_ONCE", 1 << 16)
    again = TreeShap([(booster, 1.0)], EACH_ITS_OWN)
    again.warm()
    assert (again.values(rows) == values.values(rows)).all()


def test_a_few_rows_go_lightgbms_way_when_tables_are_not_kept(booster, monkeypatch):
    monkeypatch.setattr(shapley, "KEPT_TABLE_BYTES", 0)
    rows = a_table(3)
    found = TreeShap([(booster, 1.0)], EACH_ITS_OWN).values(rows)
    assert (found == expected(booster, rows)[:, :-1]).all()


def test_no_rows_have_no_values(values):
    assert values.values(np.empty((0, N_FEATURES))).shape == (0, N_FEATURES)


@pytest.mark.parametrize("bits", [1, 4, 8, 11])
def test_groups_hold_every_leaf_once_and_as_few_bits_as_asked(booster, bits):
    forest = forest_of([(booster, 1.0)])
    groups = plan(forest, EACH_ITS_OWN.astype(np.int32), bits)
    n_splits = np.diff(groups.bit_start) - groups.n_path
    assert (n_splits + 1).sum() == len(forest.leaf_value)
    assert np.diff(groups.bit_start)[n_splits > 0].max(initial=0) <= bits
    assert np.diff(groups.bit_start).max() <= MOST_BITS


def test_more_thresholds_than_a_byte_tells_apart_have_several_planes():
    booster = grown({"max_bin": 2000, "min_data_in_bin": 1, "num_leaves": 63}, n_trees=30)
    coding = Coding.of(forest_of([(booster, 1.0)]))
    assert max(np.bincount([plane.feature for plane in coding.planes])) > 1
    rows = hostile_rows(booster)
    found = TreeShap([(booster, 1.0)], EACH_ITS_OWN).values(rows)
    np.testing.assert_allclose(found, expected(booster, rows)[:, :-1], rtol=0, atol=1e-12)


def test_trees_that_ask_nothing_add_to_the_base_alone():
    table = a_table(300)
    target = np.where(np.nan_to_num(table[:, 0]) > 0, 1.0, 0.0)
    # One split says all there is to say: the trees after it stop at their root.
    data = lgb.Dataset(table[:, :1], target, params={"verbosity": -1})
    booster = lgb.train({"min_data_in_leaf": 100, "learning_rate": 1.0, "verbosity": -1, "num_threads": 1}, data, 3)
    ours = TreeShap([(booster, 1.0)], np.zeros(1))
    theirs = expected(booster, table[:, :1])
    np.testing.assert_allclose(ours.values(table[:, :1]), theirs[:, :1], rtol=0, atol=1e-12)
    assert ours.base == pytest.approx(theirs[0, -1])


def test_a_model_with_something_unknown_goes_lightgbms_way():
    table = a_table(400)
    data = lgb.Dataset(table, np.nan_to_num(table[:, 0]), params={"verbosity": -1})
    averaged = {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1, "verbosity": -1, "num_threads": 1}
    booster = lgb.train(averaged, data, 5)
    ours = TreeShap([(booster, 1.0)], EACH_ITS_OWN)
    assert "averaged" in ours.unknown
    theirs = expected(booster, table)
    np.testing.assert_allclose(ours.values(table), theirs[:, :-1], rtol=0, atol=1e-12)
    assert ours.base == pytest.approx(theirs[0, -1])


def test_leaves_that_are_linear_are_not_understood():
    table = np.nan_to_num(a_table(400))
    data = lgb.Dataset(table, table[:, 0] ** 2, params={"verbosity": -1, "linear_tree": True})
    booster = lgb.train({"linear_tree": True, "verbosity": -1, "num_threads": 1}, data, 2)
    with pytest.raises(UnknownModel, match="linear"):
        forest_of([(booster, 1.0)])


def test_a_leaf_that_hangs_on_too_many_features_sends_its_model_lightgbms_way():
    random = np.random.default_rng(1)
    table = random.random((3000, 30))
    # A staircase: each step asks for another feature.
    target = np.minimum.accumulate(table > 0.15, axis=1) @ (1.4 ** np.arange(30))
    data = lgb.Dataset(table, target, params={"verbosity": -1})
    booster = lgb.train({"num_leaves": 40, "min_data_in_leaf": 2, "verbosity": -1, "num_threads": 1}, data, 2)
    ours = TreeShap([(booster, 1.0)], np.arange(30))
    assert "hangs on" in ours.unknown
    np.testing.assert_allclose(ours.values(table[:50]), expected(booster, table[:50])[:, :-1], rtol=0, atol=1e-12)


def test_boosters_of_different_features_are_not_taken_for_one_blend(booster):
    table = a_table(200)[:, :2]
    other = lgb.train({"verbosity": -1}, lgb.Dataset(table, np.nan_to_num(table[:, 0])), 2)
    with pytest.raises(UnknownModel, match="different features"):
        forest_of([(booster, 0.5), (other, 0.5)])


def test_a_kernel_whose_machine_code_cannot_be_kept_is_compiled_all_the_same():
    # What has no file has no place beside it: as where no folder can be written.
    made: dict = {}
    exec("def doubled(x):\n    return 2 * x", made)
    assert compiled(made["doubled"])(21) == 42
