from datetime import date

import numpy as np
import pytest
import yaml

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.draft import draft_jurisdiction
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.raw_check import check_jurisdiction


def drafted(tmp_path, header, rows, *, name="salg i byen.csv", delimiter=";", encoding="utf-8"):
    """Write a table, draft a file for it, and read that."""
    table = tmp_path / name
    lines = [delimiter.join(header), *(delimiter.join(map(str, row)) for row in rows)]
    table.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    text, guesses = draft_jurisdiction(table)
    path = tmp_path / "drafted.yaml"
    path.write_text(text, "utf-8")
    assert len(guesses) == text.count("# guessed: ")
    return read_jurisdiction(path), list(check_jurisdiction(path, tmp_path))


def norwegian(n=300):
    """Sales as a Norwegian office would export them."""
    draw = np.random.default_rng(1)
    header = [
        "Matrikkelnr",
        "Adresse",
        "Salgsdato",
        "Kjøpesum",
        "Bruksareal",
        "Byggeår",
        "Boligtype",
        "Postnr",
        "X_koordinat",
        "Y_koordinat",
        "Eier",
        "Fellesgjeld",
        "Oppusset år",
    ]
    rows = [
        [
            f"{i + 1}/{i % 40}",
            f"Storgata {i}",
            f"{i % 28 + 1:02d}.{i % 12 + 1:02d}.{2021 + i % 4}",
            f"{draw.integers(2, 9)} {draw.integers(100, 999)} 000",
            f"{draw.integers(300, 2000) / 10}".replace(".", ","),
            1900 + i % 120,
            ["Leilighet", "Enebolig"][i % 2],
            ["0301", "7010"][i % 2],
            569000 + 7 * i,
            7033000 + 5 * i,
            f"Person {i}",
            draw.integers(0, 900) * 1000,
            [0, 2010][i % 2],
        ]
        for i in range(n)
    ]
    return header, rows


def test_a_norwegian_table_is_understood(tmp_path):
    place, told = drafted(tmp_path, *norwegian(), encoding="cp1252")
    table = place.tables["sales"]
    assert (table.delimiter, table.decimal, table.thousands, table.encoding) == (";", ",", "space", "cp1252")
    assert place.name == "salg_i_byen"
    assert place.currency == "NOK"
    assert place.sales.dwelling_id.column == "Matrikkelnr"
    assert place.sales.sale_date.date_format == "%d.%m.%Y"
    assert place.sales.sale_price.column == "Kjøpesum"
    assert place.sales.joint_debt.column == "Fellesgjeld"
    assert place.roll.address.column == "Adresse"
    assert place.coordinates.raw_crs == "EPSG:25832"
    roles = {item.role: item.origin.column for item in place.characteristics.values() if item.role}
    assert roles == {
        "living_area": "Bruksareal",
        "built_year": "Byggeår",
        "dwelling_type": "Boligtype",
        "market_area": "Postnr",
        "renovated_year": "Oppusset år",
    }
    assert place.characteristics["oppusset_aar"].origin.zero_means == "missing"
    assert "sales: 300 rows read, 300 usable" in told


def test_nothing_about_people_is_used(tmp_path):
    place, _ = drafted(tmp_path, *norwegian())
    assert [item.column for item in place.left_out] == ["Eier"]
    assert "people" in place.left_out[0].reason


def test_the_newest_sales_are_the_holdout(tmp_path):
    place, _ = drafted(tmp_path, *norwegian())
    assert str(place.valuation_date) == "2025-01-01"
    assert "2024-02-01" < str(place.holdout_from) < "2024-09-01"


def test_an_american_table_in_square_feet_and_degrees_becomes_metric(tmp_path):
    header = [
        "id",
        "date",
        "price",
        "sqft_living",
        "sqft_lot",
        "zipcode",
        "lat",
        "long",
        "waterfront",
        "grade",
        "price_per_sqft",
    ]
    rows = [
        [
            f"{i:09d}",
            f"2014{i % 12 + 1:02d}{i % 28 + 1:02d}T000000",
            200_000 + 1000 * i,
            1000 + 5 * i,
            5000 + i % 7,
            98001 + i % 5,
            f"{47.5 + i / 5000:.4f}",
            f"{-122.2 + i / 5000:.4f}",
            i // 5 % 2,
            i % 13,
            200 + i % 3,
        ]
        for i in range(300)
    ]
    place, told = drafted(tmp_path, header, rows, delimiter=",")
    assert place.coordinates.crs == "EPSG:32610"
    area = place.characteristics["living_m2"]
    assert (area.role, area.unit, area.origin.unit, area.direction) == ("living_area", "m2", "ft2", "raises")
    assert place.characteristics["waterfront"].kind == "boolean"
    assert place.characteristics["grade"].kind == "ordinal"
    assert place.characteristics["dwelling_type"].origin.constant == "dwelling"
    assert [item.column for item in place.left_out] == ["price_per_sqft"]
    assert "sales: 300 rows read, 300 usable" in told


def test_a_table_without_areas_has_them_made_from_coordinates(tmp_path):
    header, rows = norwegian()
    place, _ = drafted(tmp_path, [*header[:7], *header[8:]], [[*row[:7], *row[8:]] for row in rows])
    assert place.characteristics["market_area"].origin.areas.min_sales == 50


def test_a_table_without_identity_uses_all_facts_and_keeps_like_rows(tmp_path):
    header, rows = (
        ["sold", "price", "floor_area", "town", "storey_range"],
        [
            [
                f"2015-{i % 12 + 1:02d}",
                300_000 + i % 9 * 1000,
                60 + i % 5,
                "AB"[i % 2],
                ["01 TO 03", "04 TO 06"][i // 7 % 2],
            ]
            for i in range(300)
        ],
    )
    place, told = drafted(tmp_path, header, rows, delimiter=",")
    assert place.sales.dwelling_id.columns == ("floor_area", "town", "storey_range")
    assert place.sales.exact_duplicates == "keep"
    assert place.coordinates is None
    assert place.characteristics["storey_range"].origin.pattern is not None
    assert "sales: 300 rows read, 300 usable" in told


def test_words_for_not_known_are_found_among_numbers_only(tmp_path):
    header, rows = norwegian()
    rows = [
        [*row[:4], "NA" if i == 5 else row[4], *row[5:7], ["NA", "7010", "7011"][i % 3], *row[8:]]
        for i, row in enumerate(rows)
    ]
    place, _ = drafted(tmp_path, header, rows)
    assert place.characteristics["bruksareal_m2"].origin.missing == ("", "NA")
    assert place.characteristics["postnr"].origin.missing == ("",)


def test_what_stands_in_a_name_cannot_break_the_file(tmp_path):
    header, rows = norwegian()
    header[0] = 'Id "x": {y} # z'
    text, _ = draft_jurisdiction(_written(tmp_path, header, rows))
    assert yaml.safe_load(text)["languages"] == ["en"]


def _written(tmp_path, header, rows):
    path = tmp_path / "t.csv"
    quoted = ['"' + name.replace('"', '""') + '"' for name in header]
    path.write_text("\n".join([";".join(quoted), *(";".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(("without", "what"), [(2, "date"), (3, "price"), (4, "living area")])
def test_a_table_without_price_date_or_area_is_refused(tmp_path, without, what):
    header, rows = norwegian()
    header[without] = "something"
    with pytest.raises(InputRefused, match=f"no column looks like the {what}"):
        draft_jurisdiction(_written(tmp_path, header, rows))


def test_a_table_of_a_few_rows_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="10 rows"):
        draft_jurisdiction(_written(tmp_path, *norwegian(10)))


def test_a_table_that_is_not_there_is_wrong_use(tmp_path):
    with pytest.raises(WrongUse, match="is not there"):
        draft_jurisdiction(tmp_path / "no.csv")


def test_sales_dated_in_the_future_are_told_of_and_set_no_date_of_the_file(tmp_path):
    header, rows = norwegian()
    for row in rows[::3]:
        row[2] = "01.02.2031"
    table = tmp_path / "sales.csv"
    table.write_text("\n".join(";".join(map(str, row)) for row in [header, *rows]) + "\n", "utf-8")
    text, guesses = draft_jurisdiction(table, date(2026, 1, 1))
    drafted = yaml.safe_load(text)
    assert drafted["valuation_date"] == date(2025, 1, 1)
    assert drafted["holdout_from"] < date(2025, 1, 1)
    assert any("100 of 300 sales are dated after today" in guess for guess in guesses)
    with pytest.raises(InputRefused, match="every date in 'Salgsdato' lies after today"):
        draft_jurisdiction(table, date(2020, 1, 1))


@pytest.mark.parametrize("name", ["build_year", "year_built", "building_year", "year_of_construction"])
def test_a_year_is_plausible_from_some_decades_before_the_oldest_to_some_years_after_the_last_sale(tmp_path, name):
    header, rows = norwegian()
    header[5] = name
    place, _ = drafted(tmp_path, header, rows)
    (year,) = [item for item in place.characteristics.values() if item.role == "built_year"]
    assert year.origin.column == name
    assert year.plausible == (1850, 2027)
