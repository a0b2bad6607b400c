"""Do plain columns say the same as the table they are taken from, whatever kinds its columns are of?"""

import numpy as np
import pandas as pd
import pytest

from valuation.dwellings.facts import Facts, codes_among, is_among, texts_of


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "dwelling_id": pd.array(["a", "b", "c"], dtype="str"),
            "kind": pd.array(["flat", None, "house"], dtype="str"),
            "rooms": pd.array([3, None, 2], dtype="Int64"),
            "has_lift": pd.array([True, False, None], dtype="boolean"),
            "area": [50.0, np.nan, 100.0],
        }
    )


def test_numbers_are_floats_and_nan_where_not_known(table):
    facts = Facts.of(table)
    np.testing.assert_array_equal(facts.number("area"), [50.0, np.nan, 100.0])
    np.testing.assert_array_equal(facts.number("rooms"), [3.0, np.nan, 2.0])
    np.testing.assert_array_equal(facts.number("has_lift"), [1.0, 0.0, np.nan])


def test_texts_are_texts_and_none_where_not_known(table):
    assert Facts.of(table).text("kind").tolist() == ["flat", None, "house"]
    assert Facts.of(table.astype({"kind": "category"})).text("kind").tolist() == ["flat", None, "house"]


def test_of_a_column_that_is_not_there_nothing_is_known(table):
    facts = Facts.of(table)
    assert "street" not in facts
    assert np.isnan(facts.number("floor")).all()
    assert facts.text("street").tolist() == [None] * 3
    assert not facts.is_known("street", is_text=True).any()


def test_what_is_known_is_told_of_numbers_and_texts_alike(table):
    facts = Facts.of(table)
    assert facts.is_known("area", is_text=False).tolist() == [True, False, True]
    assert facts.is_known("kind", is_text=True).tolist() == [True, False, True]


def test_a_text_among_numbers_is_no_number(table):
    assert np.isnan(Facts.of(table.assign(area=["large", "50", None])).number("area")).tolist() == [True, False, True]


def test_facts_of_facts_are_themselves(table):
    facts = Facts.of(table)
    assert Facts.of(facts) is facts


def test_the_table_of_given_columns_keeps_their_order():
    numbers, texts = {"area": np.array([50.0])}, {"kind": texts_of(["flat"]), "dwelling_id": texts_of(["a"])}
    frame = Facts(1, numbers, texts, names=("dwelling_id", "area", "kind")).frame()
    expected = pd.DataFrame({"dwelling_id": pd.array(["a"], dtype="str"), "area": [50.0], "kind": ["flat"]})
    pd.testing.assert_frame_equal(frame, expected.astype({"kind": "str"}))


def test_a_record_has_none_for_what_is_not_known(table):
    facts = Facts.of(table)
    facts.text("kind")
    assert facts.records(["kind", "area"]) == [
        {"kind": "flat", "area": 50.0},
        {"kind": None, "area": None},
        {"kind": "house", "area": 100.0},
    ]
    assert facts.records([]) == [{}, {}, {}]


def test_a_text_is_found_among_levels_and_what_is_missing_is_not():
    texts = texts_of(["b", None, "z"])
    assert codes_among(texts, {"a": 0, "b": 1}, 3).tolist() == [1, -1, -1]
    assert is_among(texts, {"a", "b"}).tolist() == [True, False, False]
