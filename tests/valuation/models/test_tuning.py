"""The search: seeded, on folds only, and written for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest

from valuation.errors import WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models import tuning
from valuation.models.tuning import search, tuning_folds, write_overrides
from valuation.pipeline.params import Params, TrainParams, read_params

QUICK = Params(train=TrainParams(n_folds=2, fold_months=3))


def test_the_folds_end_before_the_holdout(small_sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    earlier_town = small_town.model_copy(update={"holdout_from": pd.Timestamp("2025-04-01").date()})
    folds = tuning_folds(small_sales, earlier_town, QUICK)
    n_before = int((small_sales["market_date"] < "2025-04-01").sum())
    assert len(folds[-1].earlier) + len(folds[-1].later) == n_before


@pytest.fixture
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_WHOLE", {"n_trees": (4, 20, 2)})


STOOD = {"n_trees": 10, "members": {"huber": 1.0}, "n_seeds": 3, "n_jobs": 1}


def _searched(sales: pd.DataFrame, town: Jurisdiction) -> dict[str, Any]:
    params = Params(train=TrainParams(n_folds=2, fold_months=3, boosting=STOOD))
    return search(sales, town, params, n_trials=4)


@pytest.mark.usefixtures("few_trees")
def test_the_same_seed_finds_the_same_settings_and_they_can_be_read(
    small_sales: pd.DataFrame, small_town: Jurisdiction, tmp_path: Path
) -> None:
    found = [_searched(small_sales, small_town) for _ in range(2)]
    assert found[0] == found[1]
    write_overrides(tmp_path / "town.params.yaml", found[0], small_town)
    read = read_params(tmp_path / "town.params.yaml")
    assert read.train.boosting == found[0]["boosting"]


@pytest.mark.usefixtures("few_trees")
def test_what_is_found_is_no_worse_than_what_stood_and_keeps_its_seeds(
    small_sales: pd.DataFrame, small_town: Jurisdiction
) -> None:
    found = _searched(small_sales, small_town)
    assert found["error"] <= found["first_error"]
    assert found["boosting"]["n_seeds"] == 3


def test_the_settings_that_stand_can_be_said_in_the_words_of_the_search() -> None:
    folder = Path(__file__).parents[3] / "data" / "jurisdictions"
    stood = [tuning._as_trial(read_params(path).train.boosting) for path in sorted(folder.glob("*.params.yaml"))]
    inside = [low <= item[name] <= high for item in stood for name, (low, high, _) in tuning._WHOLE.items()]
    inside += [low <= item[name] <= high for item in stood for name, (low, high, _) in tuning._REAL.items()]
    assert all(inside)


def test_a_search_keeps_the_other_settings_and_their_reasons(small_town: Jurisdiction, tmp_path: Path) -> None:
    path = tmp_path / "town.params.yaml"
    path.write_text("# Odd prices are real here.\nscreen: {outlier_mads: 50.0}\nevaluate: {goals: {cod: 9.0}}\n")
    found = {"boosting": {"n_trees": 7}, "error": 0.1, "first_error": 0.2, "n_sales": 9, "n_folds": 2, "n_trials": 3}
    for _ in range(2):
        write_overrides(path, found, small_town)
    text, read = path.read_text(encoding="utf-8"), read_params(path)
    assert text.count("# Odd prices are real here.") == text.count("Found by") == 1
    assert "the best of 3 trials on 9 sales of\n# 2 rolling-origin folds" in text
    assert (read.screen.outlier_mads, read.evaluate.goals, read.train.boosting["n_trees"]) == (50.0, {"cod": 9.0}, 7)


def test_more_folds_than_months_are_refused(small_sales: pd.DataFrame, small_town: Jurisdiction) -> None:
    with pytest.raises(WrongUse, match=r"train\.n_folds is 1000, and \d+ months of sales lie before"):
        tuning_folds(small_sales, small_town, Params(train=TrainParams(n_folds=1000)))


@pytest.mark.parametrize("n_seeds", [0, -1, 1.5, True])
def test_seeds_that_count_nothing_are_refused(n_seeds: object) -> None:
    with pytest.raises(ValueError, match="n_seeds is to be a whole number of at least 1"):
        TrainParams.model_validate({"boosting": {"n_seeds": n_seeds}})


@pytest.mark.parametrize("weight", [-0.1, 1.0, "half", True])
def test_a_blend_without_seeing_boosters_is_refused_before_any_work(weight: object) -> None:
    with pytest.raises(ValueError, match="blind_weight is to be a share of at least 0 and below 1"):
        TrainParams.model_validate({"boosting": {"blind_weight": weight}})


def test_of_trials_as_good_as_the_best_the_cheapest_is_taken() -> None:
    members = {"huber": 1.0}
    tried = [(0.1000, 900), (0.10005, 300), (0.1010, 100)]
    trials = [
        optuna.trial.create_trial(
            value=error, user_attrs={"settings": {"n_trees": n, "num_leaves": 31, "members": members}}
        )
        for error, n in tried
    ]
    assert tuning._cheapest_of_the_best(trials).value == 0.10005
