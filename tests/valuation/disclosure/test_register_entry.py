"""Does the register entry follow the standard it names, with nothing guessed?"""

from __future__ import annotations

import json

import pytest

from tests.valuation.disclosure.second_reader import is_same, looked_up
from valuation.disclosure.register_entry import REQUIRED, TO_BE_FILLED_IN, checked
from valuation.errors import InputRefused


@pytest.fixture(scope="module")
def written(card):
    """The entry as it stands in the file."""
    return json.loads((card / "register_entry.json").read_text("utf-8"))


def test_the_entry_names_the_standard_and_its_version(written):
    assert written["standard"]["version"] == written["entry"]["standard_version"] == "1.0"
    assert "Publicatiestandaard" in written["standard"]["name"]


def test_every_required_field_is_filled_in_or_listed(written):
    assert [name for name in REQUIRED if not written["entry"][name] and name not in written["to_be_filled_in"]] == []


def test_what_only_the_organisation_knows_is_not_guessed(written):
    guessed = [name for name in TO_BE_FILLED_IN if name != "proportionality" and written["entry"][name]]
    assert guessed == []


def test_the_figures_in_its_texts_are_those_of_the_run(written, small_run):
    found = written["figures"]
    texts = " ".join(str(text) for text in written["entry"].values())
    assert [item for item in found if not is_same(looked_up(small_run, item["source"]), str(item["value"]))] == []
    assert [item for item in found if item["shown"] not in texts] == []
    assert len(found) > 10


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("description_short", "x" * 351, "at most 350"),
        ("status", "In use", "In ontwikkeling"),
        ("begin_date", "2026", "pattern"),
        ("lang", "no", "nld"),
        ("owner", "somebody", "not permitted"),
    ],
)
def test_a_field_that_breaks_the_standard_is_refused_by_name(field, value, said, written):
    with pytest.raises(InputRefused, match=said) as refused:
        checked(written | {"entry": written["entry"] | {field: value}})
    assert field in str(refused.value)


def test_a_required_field_that_is_neither_filled_in_nor_listed_is_refused(written):
    gaps = {name: why for name, why in written["to_be_filled_in"].items() if name != "contact_email"}
    with pytest.raises(InputRefused, match="contact_email"):
        checked(written | {"to_be_filled_in": gaps})
