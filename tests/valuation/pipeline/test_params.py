"""Settings are read whole: a misspelt one is named before any work is done."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from valuation.errors import WrongUse
from valuation.features.evidence import NeighbourParams
from valuation.models.boosting import BoostedTrees
from valuation.pipeline.params import GOAL_STATISTICS, Params, read_params
from valuation.pipeline.params_of_models import BOOSTING_SETTINGS, NEIGHBOUR_SETTINGS
from valuation.pipeline.provenance import params_hash
from valuation.ratio_study.confidence import STATISTICS

SET_BY_THE_PROGRAM = {"self", "directions", "levels", "evidence", "random_state"}


@pytest.mark.parametrize(("section", "word"), [("boosting", "n_tree"), ("neighbours", "n_neighbors")])
def test_a_misspelt_setting_of_the_models_is_named_before_any_work(tmp_path, section, word):
    path = tmp_path / "params.yaml"
    path.write_text(f"train: {{{section}: {{{word}: 9}}}}\n", "utf-8")
    with pytest.raises(WrongUse, match=f"no setting is called '{word}'"):
        read_params(path)


def test_the_settings_that_may_be_set_are_those_the_models_take():
    taken = set(inspect.signature(BoostedTrees.__init__).parameters) - SET_BY_THE_PROGRAM
    assert taken | {"fade_years"} == BOOSTING_SETTINGS
    assert {item.name for item in fields(NeighbourParams)} == NEIGHBOUR_SETTINGS


def test_a_misspelt_goal_is_named_with_those_there_are(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("evaluate: {goals: {mdapee: 8.0}}\n", "utf-8")
    with pytest.raises(WrongUse, match=r"no statistic is called 'mdapee'; there are cod, cov, .*mdape"):
        read_params(path)


def test_a_goal_can_be_set_for_every_statistic_that_is_computed():
    assert frozenset(STATISTICS) == GOAL_STATISTICS
    assert Params.model_validate({"evaluate": {"goals": {"mape_of_baseline": 0.55}}}).evaluate.goals


@pytest.mark.parametrize(
    "change",
    [
        {"revalue": {"chunk_rows": 7}},
        {"train": {"boosting": {"n_jobs": 1}}},
        {"report": {"explained_dwellings": 3}},
        {"simulate": {"dwellings": 10}},
    ],
)
def test_a_setting_that_changes_no_number_changes_no_hash(change):
    assert params_hash(Params.model_validate(change)) == params_hash(Params())


@pytest.mark.parametrize(
    "change", [{"train": {"seed": 1}}, {"train": {"boosting": {"n_trees": 9}}}, {"flags": {"min_near_sales": 9}}]
)
def test_a_setting_that_changes_a_number_changes_the_hash(change):
    assert params_hash(Params.model_validate(change)) != params_hash(Params())


@pytest.mark.parametrize(("wrong", "right"), [("params.yaml", "town.params.yaml"), ("town.params.yaml", "params.yaml")])
def test_a_wrong_setting_is_said_of_the_file_it_stands_in(tmp_path, wrong, right):
    (tmp_path / wrong).write_text("train: {n_folds: 1}\n", "utf-8")
    (tmp_path / right).write_text("train: {n_folds: 3}\n", "utf-8")
    with pytest.raises(WrongUse) as refused:
        read_params(tmp_path / "params.yaml", tmp_path / "town.params.yaml")
    assert str(refused.value).startswith(f"{tmp_path / wrong}: train.n_folds")


def test_what_the_jurisdiction_sets_wins(tmp_path):
    (tmp_path / "params.yaml").write_text("train: {n_folds: 3, seed: 7}\n", "utf-8")
    (tmp_path / "town.params.yaml").write_text("train: {n_folds: 5}\n", "utf-8")
    params = read_params(tmp_path / "params.yaml", tmp_path / "town.params.yaml")
    assert (params.train.n_folds, params.train.seed) == (5, 7)


@pytest.mark.parametrize("places", ["area", ["town"], [["area"]], 3])
def test_places_of_the_alike_that_nobody_knows_are_refused(places):
    with pytest.raises(ValueError, match="alike is to be a list of some of area, building, street"):
        Params.model_validate({"train": {"neighbours": {"alike": places}}})
