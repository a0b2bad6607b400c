"""Boosters are asked in threads of ours, and the number of threads changes no bit."""

import lightgbm as lgb
import numpy as np
import pytest

from valuation.models.asking import ROWS_OF_A_THREAD, asked


@pytest.fixture(scope="module")
def grown():
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(5 * ROWS_OF_A_THREAD + 3, 4))
    settings = {"objective": "regression", "num_threads": 1, "verbosity": -1, "min_data_in_leaf": 5}
    label = rows[:, 0] + rng.normal(size=len(rows))
    return [lgb.train(settings | {"seed": seed}, lgb.Dataset(rows, label), 5) for seed in (1, 2)], rows


@pytest.mark.parametrize("n_threads", [0, None, 2, 3, 50])
@pytest.mark.parametrize("how", [{}, {"raw_score": True}, {"pred_contrib": True}])
def test_the_number_of_threads_changes_no_bit(grown, n_threads, how):
    boosters, rows = grown
    alone = [booster.predict(rows, num_threads=1, **how) for booster in boosters]
    for said, expected in zip(asked(boosters, rows, n_threads=n_threads, **how), alone, strict=True):
        np.testing.assert_array_equal(said, expected)


def test_a_single_row_is_answered_as_one_of_many(grown):
    boosters, rows = grown
    np.testing.assert_array_equal(asked(boosters, rows[4:5])[0], asked(boosters, rows, n_threads=3)[0][4:5])
