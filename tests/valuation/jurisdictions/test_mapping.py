import numpy as np
import pandas as pd
import pytest

from valuation.errors import RawTableRefused, TooManyRejectedRows, WrongUse
from valuation.jurisdictions.mapping import canonical_sales, canonical_tables
from valuation.jurisdictions.raw_table import read_raw_table
from valuation.jurisdictions.reading import read_jurisdiction

# What is right comes out right ------------------------------------------------------------------------------------


def test_a_sale_and_its_dwelling_are_read_as_written(town):
    assert town.ingest().empty
    sale = town.written_sales.set_index("dwelling_id").loc["0301-3/4"]
    assert sale["sale_id"] == "0301-3/4|2024-03-03|3102000|1"
    assert sale["sale_date"] == pd.Timestamp("2024-03-03")
    assert sale["sale_price"] == 3_102_000.0
    assert sale["area_m2"] == 62.5
    assert sale["street"] == "None"
    assert sale["has_garage"]
    assert (sale["x_m"], sale["y_m"]) == (570020.0, 7034020.0)
    dwelling = town.written_roll.loc["0301-2/3"]
    assert dwelling["market_area"] == "NA"
    assert dwelling["address"] == "Gate 1"
    assert dwelling["built_year"] == 1951


def test_columns_have_the_types_of_the_contract(town):
    town.ingest()
    sales = town.written_sales
    assert sales.dtypes.astype(str).to_dict() == {
        "sale_id": "str",
        "dwelling_id": "str",
        "sale_date": "datetime64[us]",
        "sale_price": "float64",
        "x_m": "float64",
        "y_m": "float64",
        "area_m2": "float64",
        "rooms": "float64",
        "built_year": "float64",
        "has_garage": "bool",
        "street": "str",
        "dwelling_type": "str",
        "market_area": "str",
    }
    assert sales["sale_id"].is_monotonic_increasing


def test_the_order_of_rows_and_columns_changes_no_byte(town):
    town.ingest()
    before = {path.name: path.read_bytes() for path in town.out.rglob("*.parquet")}
    for name, rows in (("roll.csv", town.roll), ("sales.csv", town.sales)):
        turned = [dict(reversed(row.items())) for row in reversed(rows)]
        (town.folder / name).write_text(town.text(turned), "utf-8")
    town.ingest()
    assert {path.name: path.read_bytes() for path in town.out.rglob("*.parquet")} == before


def test_a_part_of_a_text_is_read_by_its_pattern_and_several_numbers_are_averaged(town):
    town.file["characteristics"]["rooms"] |= {"kind": "number"}
    town.file["characteristics"]["rooms"]["from"] = {"column": "rooms", "pattern": r"(\d+) TO (\d+)"}
    town.roll = [{**row, "rooms": "07 TO 09"} for row in town.roll]
    town.roll[4]["rooms"] = "7-9"
    assert town.found() == [("does_not_match", "roll", "6", "rooms"), ("does_not_match", "sales", "6", "rooms")]
    assert town.written_roll["rooms"].iloc[0] == 8.0


def test_parts_of_an_identity_are_padded_with_zeros(town):
    derivation = {"columns": ["municipality", "number"], "separator": "-", "pad": [0, 7]}
    town.file["roll"]["dwelling_id"] = derivation
    town.file["sales"]["dwelling_id"] = derivation | {"columns": ["municipality", "number"]}
    town.ingest()
    assert town.written_roll.index[0] == "0301-00001/2"


def test_words_for_not_known_are_missing_only_where_they_are_listed(town):
    town.file["characteristics"]["rooms"]["from"]["missing"] = ["", "NA"]
    town.roll[0]["rooms"] = "NA"
    assert town.found() == []
    assert np.isnan(town.written_roll.loc["0301-1/2", "rooms"])
    assert (town.written_roll["market_area"] == "NA").sum() == 15


def test_a_missing_yes_or_no_is_missing_and_not_no(town):
    town.roll[0]["garage"] = ""
    town.ingest()
    assert town.written_roll["has_garage"].isna().sum() == 1
    assert town.written_roll.loc["0301-2/3", "has_garage"]


# Cells that cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("area", "sixty", "not_a_number"),
        ("area", "60.5", "not_a_number"),
        ("area", "-5", "impossible_value"),
        ("area", "0", "impossible_value"),
        ("area", "1000000000", "impossible_value"),
        ("rooms", "2,5", "not_a_whole_number"),
        ("built", "3000", "impossible_value"),
        ("type", "X", "unknown_level"),
        ("garage", "perhaps", "not_yes_or_no"),
        ("east", "", ""),
        ("north", "here", "not_a_number"),
        ("east", "100", "outside_the_jurisdiction"),
    ],
)
def test_a_cell_that_cannot_be_used_is_set_aside_in_the_roll_and_its_sale_left_out(town, column, text, rule):
    town.roll[4][column] = text
    rules = {(row[0], row[1], row[2]) for row in town.found()}
    assert rules == ({(rule, "roll", "6"), (rule, "sales", "6")} if rule else set())
    assert "0301-5/6" in town.written_roll.index
    assert ("0301-5/6" in set(town.written_sales["dwelling_id"])) == (not rule)


def test_a_dwelling_without_a_required_fact_stays_in_the_roll_and_its_sale_is_left_out(town):
    town.roll[4]["area"] = ""
    assert town.found() == [("missing_fact", "sales", "6", "area_m2")]
    assert np.isnan(town.written_roll.loc["0301-5/6", "area_m2"])


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("price", "0", "amount_not_above_zero"),
        ("price", "-100", "amount_not_above_zero"),
        ("price", "", "missing_fact"),
        ("price", "gave", "not_a_number"),
        ("sold", "", "missing_fact"),
        ("sold", "2024-05-01", "not_a_date"),
        ("sold", "31.02.2024", "not_a_date"),
        ("sold", "01.05.2034", "sold_after_the_valuation_date"),
        ("sold", "01.05.1024", "sold_long_ago"),
        ("number", "9/999", "no_partner"),
        ("number", "10.des", "no_partner"),
        ("number", "", "no_partner"),
    ],
)
def test_a_sale_that_cannot_be_used_is_listed_with_its_line(town, column, text, rule):
    town.sales[4][column] = text
    assert (rule, "sales", "6") in {row[:3] for row in town.found()}
    assert len(town.written_sales) == 29


@pytest.mark.parametrize("number", ["10.des", "1.50E+10"])
def test_an_identity_damaged_by_a_spreadsheet_is_refused_with_the_line(town, number):
    town.file["sales"]["joins"] = []
    town.file["sales"]["dwelling_id"] = {"column": "number"}
    town.file["characteristics"]["area_m2"]["from"] = {"constant": "60"}
    town.roll[4]["number"] = number
    assert ("damaged_by_spreadsheet", "roll", "6", "municipality+number") in _roll_only(town)


def _roll_only(town):
    for item in town.file["characteristics"].values():
        item["from"].pop("table", None)
    town.file["sales"] = {
        "table": "roll",
        "dwelling_id": town.file["roll"]["dwelling_id"],
        "sale_date": {"constant": "2024-01-01"},
        "sale_price": {"constant": "1000000"},
    }
    return town.found()


def test_findings_say_value_and_remedy(town):
    town.roll[4]["area"] = "60.5"
    finding = town.ingest().iloc[0]
    assert finding["value"] == "60.5"
    assert finding["dwelling_id"] == "0301-5/6"
    assert "decimal sign ','" in finding["remedy"]
    assert finding["effect"] == "cell set aside"


def test_the_line_is_that_of_the_raw_file_also_after_a_quoted_line_break(town):
    town.roll[1]["comment"] = '"one\ntwo"'
    town.roll[4]["area"] = "x"
    assert ("not_a_number", "roll", "7", "area") in town.found()


# Whole files that are wrong ---------------------------------------------------------------------------------------


def test_a_missing_column_is_refused_with_the_nearest_name(town):
    town.file["characteristics"]["area_m2"]["from"]["column"] = "areal"
    assert "no column 'areal' (area_m2); the nearest is 'area'" in town.refusal()


def test_coordinates_of_a_whole_file_the_wrong_way_round_are_refused(town):
    town.file["coordinates"] |= {"x": {"column": "north"}, "y": {"column": "east"}}
    text = town.refusal()
    assert "30 of 30 coordinates are swapped" in text
    assert "exchange the columns" in text


def test_a_single_swapped_row_is_listed_and_loses_its_place(town):
    town.roll[4] |= {"east": "7034040", "north": "570040"}
    assert town.found() == [
        ("swapped_coordinates", "roll", "6", "east+north"),
        ("swapped_coordinates", "sales", "6", "east+north"),
    ]
    assert np.isnan(town.written_roll.loc["0301-5/6", "x_m"])


def test_degrees_where_metres_are_expected_are_refused(town):
    town.roll = [{**row, "east": "10,4", "north": "63,4"} for row in town.roll]
    assert "look like degrees" in town.refusal()


def test_degrees_become_metres(town):
    town.file["coordinates"]["raw_crs"] = "EPSG:4326"
    town.roll = [{**row, "east": "10,4", "north": "63,42"} for row in town.roll]
    town.ingest()
    # Trondheim in UTM 32: 10.4 E, 63.42 N lies 1.4 degrees east of the central meridian, 70 km.
    assert town.written_roll["x_m"].iloc[0] == pytest.approx(570_000, abs=1_000)
    assert town.written_roll["y_m"].iloc[0] == pytest.approx(7_033_000, abs=1_500)


def test_a_roll_without_a_single_known_zone_is_refused(town):
    del town.file["sales"]["joins"]
    town.sales = [
        {**sale, **{k: v for k, v in home.items() if k != "zone"}, "zone": f"0{i % 2}"}
        for i, (sale, home) in enumerate(zip(town.sales, town.roll, strict=True))
    ]
    town.file["sales"]["dwelling_id"].pop("table")
    text = town.refusal()
    assert "no market area of the roll is known from a sale: the roll has 'B', 'NA'; the sales have '00', '01'" in text


def test_tables_that_share_no_key_are_refused(town):
    town.sales = [{**sale, "number": f"0{sale['number']}"} for sale in town.sales]
    assert "no row has a partner in roll.csv: number is '01/2'" in town.refusal()


@pytest.mark.parametrize("name", ["sales.csv", "roll.csv"])
@pytest.mark.parametrize(("content", "what"), [("", "empty"), ("number;sold\n", "no row")])
def test_an_empty_table_is_refused(town, name, content, what):
    (town.folder / name).write_text(content)
    text = town.refusal(RawTableRefused)
    assert name in text
    assert what in text


def test_a_table_cut_in_half_is_refused(town):
    text = town.text(town.roll)
    (town.folder / "roll.csv").write_text(text[: len(text) // 2], "utf-8")
    assert "roll.csv" in town.refusal(RawTableRefused)


def test_a_table_that_is_not_there_is_wrong_use(town):
    town.file["tables"]["roll"]["file"] = "rolls.csv"
    assert "valuation fetch" in town.refusal(WrongUse)


def test_no_price_at_all_is_refused(town):
    town.sales = [{**sale, "price": "0"} for sale in town.sales]
    assert "no sale is left after ingest: 30 × amount_not_above_zero in 'sale_price'" in town.refusal()


# How much may be wrong --------------------------------------------------------------------------------------------


def test_more_rows_left_out_than_the_set_share_stop_the_run_and_are_all_carried(town):
    town.params = {"max_rejected_share": 0.1}
    for sale in town.sales[:4]:
        sale["price"] = "0"
    with pytest.raises(TooManyRejectedRows, match=r"4 of 30 rows cannot be used for the sales") as refused:
        town.ingest()
    assert refused.value.table["line"].tolist() == [2, 3, 4, 5]
    assert refused.value.exit_code == 3
    assert not town.out.exists()


def test_as_many_as_the_set_share_do_not_stop_it(town):
    town.params = {"max_rejected_share": 0.1}
    for sale in town.sales[:3]:
        sale["price"] = "0"
    assert len(town.ingest()) == 3


def test_a_column_of_the_roll_that_cannot_be_read_stops_the_run(town):
    town.params = {"max_set_aside_share": 0.1, "max_rejected_share": 1}
    town.roll = [{**row, "rooms": "three"} if i % 2 else row for i, row in enumerate(town.roll)]
    with pytest.raises(TooManyRejectedRows, match="15 of 30 cells of one column"):
        town.ingest()


def test_rows_of_another_length_count_as_left_out(town):
    town.params = {"max_rejected_share": 0.01}
    (town.folder / "roll.csv").write_text(town.text(town.roll) + "a;b\n", "utf-8")
    with pytest.raises(TooManyRejectedRows, match="wrong_number_of_cells"):
        town.ingest()


# Twice ------------------------------------------------------------------------------------------------------------


# Areas made from coordinates --------------------------------------------------------------------------------------


def test_areas_made_from_coordinates_keep_enough_sales_and_hold_every_dwelling(town):
    town.file["characteristics"]["market_area"]["from"] = {"areas": {"min_sales": 5, "grid_m": 10}}
    town.roll.append({**town.roll[0], "number": "99/1", "east": "579000", "north": "7039000"})
    town.roll.append({**town.roll[0], "number": "99/2", "east": "", "north": ""})
    town.ingest()
    before = town.written_sales[town.written_sales["sale_date"] < "2024-07-01"]
    assert before["market_area"].value_counts().min() >= 5
    assert before["market_area"].nunique() == 2
    assert town.written_roll.loc["0301-99/1", "market_area"] == "area 2"
    assert pd.isna(town.written_roll.loc["0301-99/2", "market_area"])


def test_sales_of_the_holdout_move_no_border(town):
    town.file["characteristics"]["market_area"]["from"] = {"areas": {"min_sales": 5, "grid_m": 10}}
    town.ingest()
    first = town.written_roll["market_area"]
    late = {f"{i + 1}/{i + 2}" for i in range(30) if i % 12 >= 6}
    (town.folder / "sales.csv").write_text(town.text([s for s in town.sales if s["number"] not in late]), "utf-8")
    town.ingest()
    pd.testing.assert_series_equal(town.written_roll["market_area"], first)


def test_sales_alone_are_what_they_are_with_their_roll_in_the_areas_that_were_drawn(town):
    areas = {"min_sales": 5, "grid_m": 10}
    town.file["characteristics"]["market_area"]["from"] = {"areas": areas}
    place = read_jurisdiction(town.path)
    tables = {name: read_raw_table(name, layout, town.folder) for name, layout in place.tables.items()}
    both, _, division = canonical_tables(place, tables)
    alone = canonical_sales(place, tables, division)
    pd.testing.assert_frame_equal(alone.table, both.table)
    assert alone.table["market_area"].nunique() > 1
