"""Are the sales shown beside a value the nearest ones as the model sees them, and does each pass the guards?"""

import json

import numpy as np
import pandas as pd
import pytest

from tests.factories import COORDINATES, a_characteristic, a_jurisdiction
from valuation.errors import BundleRefused, InputRefused
from valuation.explanation.comparables import ComparableSales, building_numbers
from valuation.pipeline.params import ComparableParams

LINES = ("living_area_m2", "rooms", "location")
FLAT_EARTH = ComparableParams(log_per_km=0.0)
"""Settings under which the map does not count as a difference."""


def jurisdiction(**more):
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic("number", "living_area", group="size"),
            "rooms": a_characteristic("integer", group="size"),
            "dwelling_type": a_characteristic("category", "dwelling_type", group="type"),
            "market_area": a_characteristic("category", "market_area", group="location"),
            "building": a_characteristic("category", "building", group="location"),
        },
        **({"coordinates": COORDINATES} | more),
    )


def some_sales(n, **columns):
    """Sales `s0`, `s1` ... of houses in buildings of their own, the first the newest, 10 m apart."""
    plain = {
        "sale_id": [f"s{place}" for place in range(n)],
        "dwelling_id": [f"d{place}" for place in range(n)],
        "market_date": pd.Timestamp("2024-09-01") - pd.to_timedelta(np.arange(n), unit="D"),
        "market_price": 1_000_000.0,
        "time_adjusted_sale_price": 1_100_000.0,
        "living_area_m2": 100.0,
        "rooms": 3.0,
        "dwelling_type": "house",
        "market_area": "centre",
        "building": [f"b{place}" for place in range(n)],
        "x_m": 10.0 * np.arange(n),
        "y_m": 0.0,
    }
    return pd.DataFrame(plain | columns)


def a_dwelling(**facts):
    plain = {"dwelling_id": "new", "dwelling_type": "house", "market_area": "centre", "x_m": 0.0, "y_m": 0.0}
    return pd.DataFrame([plain | facts])


def beside(sales, amounts, dwelling=None, own=(0.0, 0.0, 0.0), params=FLAT_EARTH, place=None):
    """The sales found beside one dwelling."""
    kept = ComparableSales.fit(sales, LINES, np.array(amounts, dtype=float), place or jurisdiction(), params)
    return kept.nearest(a_dwelling() if dwelling is None else dwelling, np.array([own], dtype=float), n_threads=1)


def apart(*sizes):
    """Contributions of sales that differ from the dwelling by so much in size."""
    return [[size, 0.0, 0.0] for size in sizes]


# -- near as the model sees it ---------------------------------------------------------------------------------------


def test_the_nearest_come_first_with_their_distances():
    found = beside(some_sales(3), [[0.3, 0.0, 0.4], [0.0, 0.0, 0.1], [-0.2, 0.0, 0.0]])
    assert found["sale_id"].tolist() == ["s1", "s2", "s0"]
    assert found["place"].tolist() == [1, 2, 3]
    assert found["unlikeness"].tolist() == pytest.approx([0.1, 0.2, 0.5])
    assert found["distance_m"].tolist() == [10.0, 20.0, 0.0]


def test_within_a_group_what_one_fact_adds_may_make_up_for_what_another_takes():
    found = beside(some_sales(2), [[0.3, -0.3, 0.0], [0.1, 0.0, 0.0]])
    assert found["unlikeness"].tolist() == pytest.approx([0.0, 0.1])
    assert found["sale_id"].tolist() == ["s0", "s1"]


def test_of_sales_about_as_much_alike_those_nearby_come_first():
    sales = some_sales(2, x_m=[2000.0, 100.0])
    params = ComparableParams(log_per_km=0.03)
    assert beside(sales, apart(0.0, 0.01), params=params)["sale_id"].tolist() == ["s1", "s0"]
    assert beside(sales, apart(0.0, 0.01))["sale_id"].tolist() == ["s0", "s1"]


def test_of_two_equally_near_the_newer_one_comes_first():
    found = beside(some_sales(3), apart(0.1, -0.1, 0.1))
    assert found["sale_id"].tolist() == ["s0", "s1", "s2"]


def test_differences_that_only_adding_otherwise_makes_decide_nothing():
    found = beside(some_sales(2), apart(0.1 + 1e-13, 0.1))
    assert found["sale_id"].tolist() == ["s0", "s1"]


# -- guards ----------------------------------------------------------------------------------------------------------


def test_no_more_than_the_number_asked_for():
    assert len(beside(some_sales(9), apart(*np.arange(9) / 100))) == 5


def test_another_type_is_never_shown():
    sales = some_sales(3, dwelling_type=["flat", "house", "flat"])
    assert beside(sales, apart(0.0, 0.5, 0.0))["sale_id"].tolist() == ["s1"]


def test_the_limit_of_distance_is_within_it():
    sales = some_sales(3, x_m=[3000.0, 3000.1, 2999.0])
    assert beside(sales, apart(0.0, 0.0, 0.0))["sale_id"].tolist() == ["s0", "s2"]


def test_old_sales_are_not_shown():
    days = pd.to_datetime(["2022-01-01", "2021-12-31", "2024-01-01"])
    found = beside(some_sales(3, market_date=days), apart(0.0, 0.0, 0.0))
    assert found["sale_id"].tolist() == ["s2", "s0"]


def test_at_most_two_of_a_building():
    found = beside(some_sales(4, building=["b", "b", "b", "c"]), apart(0.0, 0.01, 0.02, 0.3))
    assert found["sale_id"].tolist() == ["s0", "s1", "s3"]


def test_without_identities_those_at_one_place_are_one_building():
    sales = some_sales(4, building=pd.array([None] * 4, dtype="str"), x_m=[0.0, 4.0, 8.0, 20.0])
    assert beside(sales, apart(0.0, 0.01, 0.02, 0.3))["sale_id"].tolist() == ["s0", "s1", "s3"]


def test_a_dwelling_without_a_building_is_none_of_those_that_have_one():
    sales = some_sales(4, building=pd.array(["b", None, None, "c"], dtype="str"), x_m=[0.0, 0.0, 100.0, 0.0])
    numbers = building_numbers(sales, "building", 5.0)
    assert numbers.tolist() == [0, 2, 3, 1]


def test_sales_without_place_or_building_are_buildings_of_their_own():
    sales = some_sales(3).drop(columns=["x_m", "y_m"])
    assert len(set(building_numbers(sales, None, 5.0))) == 3


def test_a_dwelling_sold_twice_is_shown_once_by_its_newest_sale():
    sales = some_sales(3, dwelling_id=["a", "a", "b"])
    assert beside(sales, apart(0.2, 0.0, 0.3))["sale_id"].tolist() == ["s0", "s2"]


def test_the_own_sale_is_never_shown():
    found = beside(some_sales(3), apart(0.0, 0.1, 0.2), a_dwelling(dwelling_id="d0"))
    assert found["sale_id"].tolist() == ["s1", "s2"]


@pytest.mark.parametrize(
    "fact", [{"dwelling_type": None}, {"x_m": np.nan}, {"y_m": np.nan}, {"dwelling_type": "slott"}]
)
def test_a_dwelling_without_type_or_place_or_of_an_unknown_type_has_no_comparables(fact):
    assert beside(some_sales(3), apart(0.0, 0.1, 0.2), a_dwelling(**fact)).empty


def test_a_sale_without_place_type_or_price_is_never_shown():
    sales = some_sales(
        4,
        x_m=[np.nan, 0.0, 0.0, 0.0],
        dwelling_type=["house", None, "house", "house"],
        time_adjusted_sale_price=[1.0, 1.0, np.nan, 1.0],
    )
    assert beside(sales, apart(0.0, 0.0, 0.0, 0.0))["sale_id"].tolist() == ["s3"]


def test_where_there_are_no_coordinates_the_market_area_must_be_the_same():
    sales = some_sales(3, market_area=["centre", "hills", "centre"]).drop(columns=["x_m", "y_m"])
    found = beside(
        sales, apart(0.0, 0.0, 0.1), a_dwelling().drop(columns=["x_m", "y_m"]), place=jurisdiction(coordinates=None)
    )
    assert found["sale_id"].tolist() == ["s0", "s2"]
    assert found["distance_m"].isna().all()


def test_no_sales_at_all_are_no_comparables():
    assert beside(some_sales(0), np.empty((0, 3))).empty
    kept = ComparableSales.fit(some_sales(3), LINES, np.zeros((3, 3)), jurisdiction(), FLAT_EARTH)
    assert kept.nearest(a_dwelling().head(0), np.empty((0, 3))).empty


def test_a_dwelling_not_asked_for_has_none():
    kept = ComparableSales.fit(some_sales(3), LINES, np.zeros((3, 3)), jurisdiction(), FLAT_EARTH)
    found = kept.nearest(pd.concat([a_dwelling()] * 2), np.zeros((2, 3)), is_asked=np.array([False, True]))
    assert set(found["row"]) == {1}


def test_contributions_of_other_lines_are_refused():
    kept = ComparableSales.fit(some_sales(3), LINES, np.zeros((3, 3)), jurisdiction(), FLAT_EARTH)
    with pytest.raises(InputRefused, match="shape \\(1, 2\\)"):
        kept.nearest(a_dwelling(), np.zeros((1, 2)))


# -- exactly the nearest ---------------------------------------------------------------------------------------------


def crowded_town(n_sales, n_dwellings):
    """A town with what makes a search hard: ties, blocks with dozens of sales, sellers on the roll, lonely types."""
    random = np.random.default_rng(2)
    n = n_sales + n_dwellings
    block = random.integers(0, n_sales // 25, n)
    everything = some_sales(
        n,
        dwelling_type=random.choice(["flat", "house", "castle"], n, p=[0.7, 0.285, 0.015]),
        building=[f"b{number}" for number in block],
        market_date=pd.Timestamp("2024-09-30") - pd.to_timedelta(random.integers(0, 1500, n), unit="D"),
        dwelling_id=[f"d{number}" for number in random.integers(0, n_sales, n)],
        x_m=block % 37 * 400.0,
        y_m=block // 37 * 3000.0,
    )
    # Two digits only: many are equally near.
    amounts = np.column_stack([random.normal(0, 0.2, n).round(2), np.zeros(n), (block % 7) / 20])
    return everything[:n_sales], amounts[:n_sales], everything[n_sales:].reset_index(drop=True), amounts[n_sales:]


def scanned(kept, dwelling, point, points):
    """The same by looking at every sale."""
    sales, guards = kept.sales, kept.params
    metres = np.sqrt((sales["x_m"] - dwelling["x_m"]) ** 2 + (sales["y_m"] - dwelling["y_m"]) ** 2)
    distance = np.sqrt(((points - point) ** 2).sum(axis=1))
    allowed = (
        (sales[kept.kind] == dwelling[kept.kind])
        & (metres <= guards.max_distance_m)
        & (sales["dwelling_id"] != dwelling["dwelling_id"])
    )
    table = pd.DataFrame({"distance": distance.round(9), "building": kept.building})[allowed.to_numpy()]
    ordered = table.sort_values("distance", kind="stable")
    of_building = ordered.groupby("building").cumcount()
    return ordered.index[of_building < guards.max_per_building][: guards.number].tolist()


def test_the_sales_found_are_those_a_look_at_every_sale_finds():
    sales, sold_amounts, dwellings, amounts = crowded_town(3000, 250)
    params = ComparableParams(max_distance_m=2500.0)
    kept = ComparableSales.fit(sales, LINES, sold_amounts, jurisdiction(), params)
    found = kept.nearest(dwellings, amounts, n_threads=1)
    by_row = found.groupby("row")["sale"].agg(list)

    def seen(table, amount):
        on_map = table[["x_m", "y_m"]].to_numpy() / 1000 * params.log_per_km
        return np.round(np.column_stack([amount[:, 0] + amount[:, 1], amount[:, 2], on_map]), 6)

    points = seen(kept.sales, kept.log_amounts)
    asked = seen(dwellings, amounts)
    expected = [scanned(kept, dwellings.iloc[row], asked[row], points) for row in range(len(dwellings))]
    assert [by_row.get(row, []) for row in range(len(dwellings))] == expected
    # The hard cases are among them: fewer sales than are wanted, and none.
    assert {0, 1, 2, 5} <= {len(sales) for sales in expected}


def test_the_answer_to_a_dwelling_hangs_on_no_other_row():
    sales, sold_amounts, dwellings, amounts = crowded_town(2000, 300)
    kept = ComparableSales.fit(sales, LINES, sold_amounts, jurisdiction(), ComparableParams())
    whole = kept.nearest(dwellings, amounts, n_threads=2)
    order = np.random.default_rng(1).permutation(300)
    mixed = kept.nearest(dwellings.iloc[order].reset_index(drop=True), amounts[order], n_threads=1)
    mixed = mixed.assign(row=order[mixed["row"]]).sort_values(["row", "place"], ignore_index=True)
    pd.testing.assert_frame_equal(whole, mixed)
    alone = [kept.nearest(dwellings.iloc[[row]], amounts[[row]]).assign(row=row) for row in range(0, 300, 10)]
    picked = whole[whole["row"] % 10 == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(picked, pd.concat(alone, ignore_index=True))


# -- files -----------------------------------------------------------------------------------------------------------


def test_what_is_loaded_answers_as_what_was_saved(tmp_path):
    sales, sold_amounts, dwellings, amounts = crowded_town(500, 50)
    kept = ComparableSales.fit(sales, LINES, sold_amounts, jurisdiction(), ComparableParams())
    kept.save(tmp_path)
    loaded = ComparableSales.load(tmp_path)
    pd.testing.assert_frame_equal(kept.nearest(dwellings, amounts), loaded.nearest(dwellings, amounts))
    assert loaded.groups == ("size", "location")


def test_the_order_of_the_sales_changes_no_byte(tmp_path):
    sales, amounts, _, _ = crowded_town(500, 1)
    order = np.random.default_rng(2).permutation(500)
    ComparableSales.fit(sales, LINES, amounts, jurisdiction(), FLAT_EARTH).save(tmp_path / "a")
    ComparableSales.fit(sales.iloc[order], LINES, amounts[order], jurisdiction(), FLAT_EARTH).save(tmp_path / "b")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["comparables.json", "log_amounts.parquet", "sales.parquet"]
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_files_of_another_format_are_refused(tmp_path):
    ComparableSales.fit(some_sales(2), LINES, np.zeros((2, 3)), jurisdiction(), FLAT_EARTH).save(tmp_path)
    path = tmp_path / "comparables.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": 99}), "utf-8")
    with pytest.raises(BundleRefused, match="format 99"):
        ComparableSales.load(tmp_path)
