"""A stored booster answers as LightGBM does, bit for bit, whatever the rows and the trees hold."""

import lightgbm as lgb
import numpy as np
import pytest

from valuation.errors import BundleRefused
from valuation.models.stored_booster import FEW_ROWS, ROWS_AT_ONCE, StoredBooster, read_booster

N_FEATURES = 7
CATEGORIES = [2, 5]
ODD = [-1.0, -0.5, 0.5, 3.7, 41.0, 254.0, 1e6, 3e9, -3e9, np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-40, 2e-35]


def a_table(n, seed):
    random = np.random.default_rng(seed)
    table = random.normal(0, 50, (n, N_FEATURES)).round(1)
    table[:, 2], table[:, 5] = random.integers(0, 70, n), random.integers(0, 6, n)
    table[:, 6] = random.integers(-1, 2, n)
    table[random.random(table.shape) < 0.15] = np.nan
    return table


def grown(settings):
    table = a_table(1500, 3)
    known = np.nan_to_num(table)
    target = np.exp(np.sin(known[:, 0] / 30) + (known[:, 2] % 3 == 0) * known[:, 1] / 90 + np.isnan(table[:, 3]))
    standard = {"num_leaves": 31, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1, "cat_smooth": 1.0}
    data = lgb.Dataset(table, target, categorical_feature=CATEGORIES, params={"verbosity": -1})
    return lgb.train(standard | {"min_data_per_group": 5} | settings, data, 25)


def stored(booster, folder):
    path = folder / "booster.txt"
    path.write_text(booster.model_to_string(), encoding="utf-8")
    return read_booster(path)


def hostile_rows(booster, n):
    """Empty cells, odd levels and numbers, and numbers right on the thresholds and one bit above."""
    random = np.random.default_rng(9)
    rows = a_table(n, 10)
    places = random.random(rows.shape) < 0.25
    rows[places] = random.choice(ODD, places.sum())
    nodes = booster.trees_to_dataframe().dropna(subset=["threshold"])
    asked = nodes[nodes["decision_type"] == "<="].sample(n, random_state=1, replace=True)
    feature = asked["split_feature"].str.removeprefix("Column_").astype(int).to_numpy()
    limit = asked["threshold"].astype(float).to_numpy()
    rows[np.arange(n), feature] = np.where(np.arange(n) % 2 == 0, limit, np.nextafter(limit, np.inf))
    return rows


SETTINGS = {
    "standard": {},
    "zero is missing": {"zero_as_missing": True},
    "nothing is missing": {"use_missing": False},
    "sixty-four leaves": {"num_leaves": 64},
    "huber": {"objective": "huber", "alpha": 0.3},
    "fair": {"objective": "fair"},
    "gamma": {"objective": "gamma"},
    "roots": {"objective": "regression", "reg_sqrt": True},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("how", [{}, {"raw_score": True}, {"pred_contrib": True}], ids=["answer", "raw", "shares"])
def test_every_bit_is_lightgbms(settings, how, tmp_path):
    booster = grown(settings)
    rows = hostile_rows(booster, 2 * ROWS_AT_ONCE + 7)
    expected = booster.predict(rows, num_threads=1, **how)
    found = stored(booster, tmp_path)
    assert isinstance(found, StoredBooster)
    np.testing.assert_array_equal(found.predict(rows, **how), expected)
    few = rows[: FEW_ROWS - 1]
    np.testing.assert_array_equal(found.predict(few, **how), expected[: FEW_ROWS - 1])
    np.testing.assert_array_equal(found.predict(rows[:1], **how), expected[:1])


def test_a_tree_that_asks_nothing_answers_the_same(tmp_path):
    rows = a_table(40, 1)
    booster = lgb.train({"verbosity": -1, "num_threads": 1}, lgb.Dataset(rows, np.full(40, 3.0)), 2)
    np.testing.assert_array_equal(stored(booster, tmp_path).predict(rows), booster.predict(rows, num_threads=1))


@pytest.mark.parametrize("settings", [{"num_leaves": 65}, {"linear_tree": True}], ids=["65 leaves", "linear leaves"])
def test_what_is_not_known_here_is_left_to_lightgbm(settings, tmp_path):
    booster = grown(settings | {"min_data_in_leaf": 2})
    found = stored(booster, tmp_path)
    assert isinstance(found, lgb.Booster)
    rows = a_table(50, 2)
    np.testing.assert_array_equal(found.predict(rows, num_threads=1), booster.predict(rows, num_threads=1))


def test_rows_of_another_shape_are_refused(tmp_path):
    with pytest.raises(ValueError, match="for 7 features"):
        stored(grown({}), tmp_path).predict(np.zeros((3, N_FEATURES + 1)))


def test_the_text_is_the_one_it_was_read_from_or_none(tmp_path):
    booster = grown({})
    found = stored(booster, tmp_path)
    assert found.model_to_string() == booster.model_to_string()
    assert (found.num_trees(), found.num_feature()) == (25, N_FEATURES)
    (tmp_path / "booster.txt").write_text("tree", encoding="utf-8")
    with pytest.raises(BundleRefused, match="changed since"):
        found.model_to_string()
