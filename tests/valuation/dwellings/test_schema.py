from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from valuation.dwellings.characteristics import Characteristic, DataDictionary, Derivation
from valuation.dwellings.schema import characteristics_schema, failures, sales_schema


def item(kind="number", **more):
    return Characteristic.model_validate(
        {"kind": kind, "from": {"column": "x"}, "labels": {"en": "X"}, "group": "g", "source": "s", **more}
    )


def found(item, values):
    table = pd.DataFrame({"x": pd.Series(values)})
    return [(failure.rule, failure.rows.tolist()) for failure in failures(table, characteristics_schema({"x": item}))]


def test_bounds_belong_to_the_possible_range():
    assert found(item(possible=[1, 5]), [0.9, 1.0, 5.0, 5.1, np.nan]) == [("impossible_value", [0, 3])]


def test_what_is_only_implausible_is_kept_for_a_flag():
    assert found(item(plausible=[1, 5]), [0.0, 100.0]) == []


def test_a_level_that_is_not_listed_fails_and_a_missing_one_does_not():
    assert found(item("category", levels=["a"]), pd.array(["a", "b", None], dtype="str")) == [("unknown_level", [1])]


def test_any_level_will_do_where_none_is_listed():
    assert found(item("category"), pd.array(["a", "b"], dtype="str")) == []


def test_a_column_of_a_wrong_type_is_a_fault_of_the_program():
    with pytest.raises(TypeError, match="does not fit its schema"):
        found(item(), ["a", "b"])


def test_all_failures_are_found_at_once():
    table = pd.DataFrame({"x": [0.0, 9.0], "y": [0.0, 2.0]})
    schema = characteristics_schema(DataDictionary({"x": item(possible=[1, 5]), "y": item(possible=[1, 5])}))
    assert [(failure.column, failure.rows.tolist()) for failure in failures(table, schema)] == [
        ("x", [0, 1]),
        ("y", [0]),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "category", "direction": "raises"},
        {"kind": "boolean", "direction": "lowers"},
        {"levels": ["a"]},
        {"plausible": [2, 1]},
        {"possible": [2, 1]},
    ],
)
def test_a_contradicting_characteristic_is_refused(wrong):
    with pytest.raises(ValidationError):
        item(**wrong)


@pytest.mark.parametrize("origin", [{}, {"column": "a", "constant": "b"}, {"columns": ["a"], "column": "a"}])
def test_a_value_has_one_origin(origin):
    with pytest.raises(ValidationError, match="exactly one"):
        Derivation.model_validate(origin)


def test_a_role_is_found_by_its_name():
    dictionary = DataDictionary({"x": item(role="living_area"), "y": item("category", is_feature=False)})
    assert dictionary.with_role("living_area") == "x"
    assert dictionary.with_role("floor") is None
    assert dictionary.features() == ["x"]
    assert dictionary.categories() == ["y"]


def test_a_contract_of_another_century_fails_and_a_missing_one_does_not():
    days = pd.Series(pd.to_datetime(["1015-03-01", None, "2015-03-01"])).astype("datetime64[us]")
    sale = {"dwelling_id": "d", "sale_date": pd.Timestamp("2015-06-01"), "sale_price": 1.0}
    table = pd.DataFrame({"contract_date": days}).assign(**sale).astype({"sale_date": "datetime64[us]"})
    failing = failures(table, sales_schema(date(2016, 1, 1)))
    assert [(failure.column, failure.rule, failure.rows.tolist()) for failure in failing] == [
        ("contract_date", "sold_long_ago", [0])
    ]
