"""What nobody could know on the day of a sale is not known of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from valuation.dwellings.characteristics import Characteristic, DataDictionary
from valuation.sales.known_facts import without_later_facts

DAYS = pd.to_datetime(["2023-12-31", "2024-01-01", "2025-06-30"])


def characteristic(kind, known_since="2024-01-01", **more):
    return Characteristic.model_validate(
        {"kind": kind, "from": {"column": "c"}, "labels": {"en": "c"}, "group": "all", "source": "made"}
        | {"known_since": known_since, **more}
    )


def dictionary(kind, **more):
    return DataDictionary({"fact": characteristic(kind, **more)})


@pytest.mark.parametrize(
    ("kind", "values"),
    [("number", [1.0, 2.0, 3.0]), ("category", ["a", "b", "c"]), ("boolean", [True, False, True])],
)
def test_a_fact_counts_as_missing_before_the_day_it_is_known_from(kind, values):
    kept, _ = without_later_facts(pd.DataFrame({"fact": values}), dictionary(kind), DAYS)
    assert kept["fact"].isna().tolist() == [True, False, False]
    assert kept["fact"].tolist()[1:] == values[1:]


def test_it_is_told_how_many_values_were_taken_back():
    sales = pd.DataFrame({"fact": [1.0, np.nan, 3.0]})
    _, told = without_later_facts(sales, dictionary("number", known_since="2025-01-01"), DAYS)
    assert told == {"fact": {"known_since": "2025-01-01", "rows_before": 2, "values_taken_back": 1}}


def test_the_table_given_is_not_changed():
    sales = pd.DataFrame({"fact": [1.0, 2.0, 3.0]})
    without_later_facts(sales, dictionary("number"), DAYS)
    assert sales["fact"].tolist() == [1.0, 2.0, 3.0]


def test_one_day_for_all_rows_is_enough():
    dwellings = pd.DataFrame({"fact": [1.0, 2.0]})
    earlier, _ = without_later_facts(dwellings, dictionary("number"), dt.date(2023, 1, 1))
    later, _ = without_later_facts(dwellings, dictionary("number"), dt.date(2024, 1, 1))
    assert (earlier["fact"].isna().all(), later["fact"].tolist()) == (True, [1.0, 2.0])


def test_what_was_always_known_is_left_as_it_is():
    sales = pd.DataFrame({"fact": [1.0, 2.0, 3.0]})
    kept, told = without_later_facts(sales, dictionary("number", known_since=None), DAYS)
    assert kept["fact"].tolist() == [1.0, 2.0, 3.0]
    assert told == {}


@pytest.mark.parametrize("more", [{"required": True}, {"role": "living_area"}])
def test_what_every_sale_needs_cannot_be_known_only_since_some_day(more):
    with pytest.raises(ValueError, match="every sale needs this characteristic"):
        characteristic("number", **more)
