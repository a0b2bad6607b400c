"""A draft proposes which facts cannot be true together, where the table itself agrees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.jurisdictions.draft import draft_jurisdiction
from valuation.jurisdictions.reading import read_jurisdiction


@pytest.fixture
def rules_of(tmp_path):
    """Return the rules drafted for 400 sales with these columns."""

    def draft(**columns):
        draw = np.random.default_rng(2)
        n = 400
        plain = {
            "parcel": [f"p{place}" for place in range(n)],
            "sale_date": pd.date_range("2020-01-01", periods=n, freq="3D").strftime("%Y-%m-%d"),
            "sale_price": draw.integers(100_000, 900_000, n),
            "sqft_living": draw.integers(800, 3000, n),
        }
        table = tmp_path / "sales.csv"
        pd.DataFrame(plain | columns).to_csv(table, index=False)
        path = tmp_path / "drafted.yaml"
        path.write_text(draft_jurisdiction(table)[0], "utf-8")
        return [rule.in_words() for rule in read_jurisdiction(path).contradictions]

    return draft


ROOMS = np.arange(400) % 5 + 4


def test_bathrooms_and_rooms_are_known_by_their_names(rules_of):
    rules = rules_of(rooms=ROOMS, bathrooms=np.arange(400) % 3 + 1)
    assert "`bathrooms` at most `rooms`" in rules


def test_a_rule_that_many_rows_break_is_not_proposed(rules_of):
    rules = rules_of(rooms=ROOMS, bathrooms=np.arange(400) % 7 + 1)
    assert not any("at most" in rule for rule in rules)


def test_area_per_room_stands_in_square_metres_a_little_wider_than_the_table(rules_of):
    # 800 to 3,000 square feet are 74 to 279 m2, on 4 to 8 rooms: about 9 to 70 m2 a room.
    (rule,) = rules_of(rooms=ROOMS)
    assert rule.startswith(("`living_m2` per `rooms` between 6", "`living_m2` per `rooms` between 7"))


def test_a_table_without_such_columns_has_no_rule(rules_of):
    assert rules_of() == []
