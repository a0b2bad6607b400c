"""Settings are read whole: a misspelt one is named before any work is done."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from valuation.errors import WrongUse
from valuation.features.columns import NeighbourParams
from valuation.models.boosting import BoostedTrees
from valuation.pipeline.params import BOOSTING_SETTINGS, NEIGHBOUR_SETTINGS, read_params

SET_BY_THE_PROGRAM = {"self", "directions", "levels", "random_state"}


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
