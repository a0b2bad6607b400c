"""Rules between facts: which can be written, and what a mistake in one is told as."""

import pytest
import yaml
from pydantic import ValidationError

from tests.conftest import REPOSITORY
from valuation.errors import ValuationError
from valuation.jurisdictions.contradiction import Contradiction
from valuation.jurisdictions.reading import read_jurisdiction

FILES = sorted(path for path in (REPOSITORY / "data" / "jurisdictions").glob("*.yaml") if ".params" not in path.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_jurisdiction_says_which_facts_contradict(path):
    assert len(read_jurisdiction(path).contradictions) >= 5


@pytest.mark.parametrize(
    "rule",
    [
        {"fact": "floor"},
        {"fact": "floor", "at_most": "storeys", "between": [0, 3]},
        {"fact": "area", "per": "rooms", "between": [9, 3]},
        {"fact": "area", "between": [3, 9]},
        {"fact": "area", "at_most": "plot", "times": 0},
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(rule):
    with pytest.raises(ValidationError):
        Contradiction.model_validate(rule)


def changed_rule(tmp_path, **change):
    content = yaml.safe_load((REPOSITORY / "data" / "jurisdictions" / "trondheim.yaml").read_text("utf-8"))
    content["contradictions"] = [{"fact": "floor", "at_most": "storeys_in_building"} | change]
    path = tmp_path / "trondheim.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"at_most": "storeys"}, "no characteristic is called 'storeys'"),
        ({"at_most": "tenure"}, "'tenure' is of kind 'category'"),
        ({"where": {"rooms": ["3"]}}, "'rooms' is of kind 'integer'"),
        ({"where": {"tenure": ["owned"]}}, "level 'owned'"),
    ],
)
def test_a_rule_about_what_is_not_there_is_told_with_its_line(tmp_path, change, told):
    with pytest.raises(ValuationError, match=told):
        read_jurisdiction(changed_rule(tmp_path, **change))
