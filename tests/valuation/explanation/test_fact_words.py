"""Is a recorded fact told in the reader's words: by the label of its level, and by the register's text without one?"""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from valuation.dwellings.characteristics import Characteristic
from valuation.explanation.fact_words import fact, level

COMMON = {"from": {"column": "c"}, "labels": {"en": "C"}, "group": "g", "source": "s"}
TYPE = Characteristic(
    kind="category",
    levels=("rekkehus", "hytte"),
    level_labels={"rekkehus": {"en": "terraced house", "nb": "rekkehus", "nn": "rekkjehus"}},
    **COMMON,
)
CONDITION = Characteristic(kind="ordinal", level_labels={"3": {"en": "average", "nb": "middels"}}, **COMMON)


@pytest.mark.parametrize(
    ("value", "item", "language", "said"),
    [
        ("rekkehus", TYPE, "nn", "rekkjehus"),
        ("rekkehus", TYPE, "en", "terraced house"),
        ("hytte", TYPE, "nn", "hytte"),
        (None, TYPE, "nn", "ikkje registrert"),
        (3.0, CONDITION, "nb", "3 (middels)"),
        (np.int64(3), CONDITION, "nn", "3 (average)"),
        (4.0, CONDITION, "nb", "4"),
        (2.5, CONDITION, "nb", "2,5"),
        (pd.NA, CONDITION, "nb", "ikke registrert"),
    ],
)
def test_a_level_is_told_by_its_label_and_by_the_register_without_one(value, item, language, said):
    assert fact(value, item, language) == said


def test_a_level_nobody_named_keeps_its_text():
    assert level("hytte", TYPE, "nb") == "hytte"


def test_a_source_is_said_in_the_language_of_the_reader_and_as_it_stands_where_the_file_does_not_say():
    item = Characteristic(kind="integer", **COMMON | {"source": "Registry", "source_labels": {"nb": "Registeret"}})
    assert [item.source_in(language) for language in ("nb", "nn", "en")] == ["Registeret", "Registry", "Registry"]


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("category", {"levels": ["a", "b"], "level_labels": {"c": {"en": "C"}}}, "'c' is no level; expected a, b"),
        ("ordinal", {"level_labels": {"three": {"en": "C"}}}, "'three' is no level; expected whole numbers in quotes"),
        ("number", {"level_labels": {"1": {"en": "C"}}}, "belong to a category, an ordinal or an integer"),
    ],
)
def test_a_label_of_what_is_no_level_is_refused(kind, more, said):
    with pytest.raises(ValidationError, match=said):
        Characteristic(kind=kind, **more, **COMMON)
