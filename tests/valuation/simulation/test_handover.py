"""What is handed over: sizes, bytes, shapes of Norwegian registers, and what is asked wrongly."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from valuation.errors import WrongUse
from valuation.simulation import simulate

N_DWELLINGS, N_SALES = 8000, 5000


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    simulate(tmp_path / "a", dwellings=300, sales=200, seed=4)
    simulate(tmp_path / "b", dwellings=300, sales=200, seed=4)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_another_seed_gives_other_sales(tmp_path):
    simulate(tmp_path / "a", dwellings=300, sales=200, seed=4)
    simulate(tmp_path / "b", dwellings=300, sales=200, seed=5)
    assert hashes(tmp_path / "a")["omsetninger.csv"] != hashes(tmp_path / "b")["omsetninger.csv"]


def test_sizes_are_as_asked(units, transfers):
    assert (len(units), len(transfers)) == (N_DWELLINGS, N_SALES)


@pytest.mark.parametrize(("dwellings", "sales"), [(300, 200), (100, 50), (100, 200)])
def test_small_sizes_are_as_asked(tmp_path, dwellings, sales):
    simulate(tmp_path / "raw", dwellings=dwellings, sales=sales)
    lines = [(tmp_path / "raw" / name).read_bytes().count(b"\r\n") - 1 for name in ("boenheter.csv", "omsetninger.csv")]
    assert lines == [dwellings, sales]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"dwellings": 20}, "dwellings is 20"),
        ({"sales": 0}, "sales is 0"),
        ({"dwellings": 100, "sales": 201}, "201 sales of 100 dwellings"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_sizes_that_cannot_be_are_refused_before_anything_is_written(tmp_path, wrong, told):
    with pytest.raises(WrongUse, match=told):
        simulate(tmp_path / "raw", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(WrongUse, match=r"letters\.txt"):
        simulate(tmp_path, dwellings=300, sales=200)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "raw").write_text("")
    with pytest.raises(WrongUse, match="is a file"):
        simulate(tmp_path / "raw", dwellings=300, sales=200)


def test_an_earlier_simulation_is_replaced_whole(tmp_path):
    simulate(tmp_path / "raw", dwellings=300, sales=200, seed=1)
    simulate(tmp_path / "raw", dwellings=300, sales=200, seed=2)
    simulate(tmp_path / "other", dwellings=300, sales=200, seed=2)
    assert hashes(tmp_path / "raw") == hashes(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "raw"]


def test_progress_ends_with_all_done(tmp_path):
    told = []
    simulate(tmp_path / "raw", dwellings=300, sales=200, progress=lambda *step: told.append(step))
    assert told[-1] == ("simulate", 4, 4)


# --- Norwegian shape --------------------------------------------------------------------------------------------------


def test_matrikkel_numbers_have_the_form_of_the_register(units):
    assert units["matrikkelnummer"].str.fullmatch(r"5001-\d{1,5}/\d{1,4}/\d{1,4}/\d{1,3}").all()


def test_unit_numbers_have_the_form_of_the_register(units):
    assert units["bruksenhet"].str.fullmatch(r"[HUKL]\d{4}").all()


def test_no_two_dwellings_share_matrikkel_number_and_unit_number(units):
    assert not units.duplicated(["matrikkelnummer", "bruksenhet"]).any()


def test_the_municipality_number_is_text_of_four_characters(units):
    assert set(units["kommunenr"]) == {"5001"}


def test_some_tables_begin_with_a_byte_order_mark_and_some_are_windows_1252(raw):
    assert (raw / "boenheter.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "kjøpesum".encode("cp1252") in (raw / "omsetninger.csv").read_bytes()


def test_prices_are_grouped_by_no_break_spaces(transfers):
    assert transfers["kjøpesum"].str.fullmatch("\\d{1,3}(\u00a0\\d{3})*").all()


def test_areas_have_a_decimal_comma(units):
    known = units.loc[units["bruksareal"] != "", "bruksareal"]
    assert known.str.fullmatch(r"\d+,\d").all()


def test_a_zone_is_called_na(raw):
    zones = (raw / "grunnkretser.csv").read_bytes().decode("cp1252")
    assert ";NA;Nordre Aunet;" in zones


def test_area_is_recorded_by_the_standard_of_its_time(units):
    by_2023 = units["arealstandard"] == "NS 3940:2023"
    assert set(units["arealstandard"]) == {"P-ROM", "NS 3940:2012", "NS 3940:2023"}
    assert ((units["bra_i"] != "") == by_2023).all()


def test_only_shares_in_companies_carry_joint_debt(units, transfers):
    sold = transfers.merge(units, on=["matrikkelnummer", "bruksenhet"])
    assert set(sold.loc[sold["fellesgjeld"] != "", "eierform"]) <= {"borettslag", "aksje"}


def test_shared_plots_are_not_given_to_single_dwellings(raw):
    plots = pd.read_csv(raw / "eiendommer.csv", sep=";", decimal=",", encoding="cp1252", dtype={"grunnkrets": str})
    assert plots.loc[plots["tomtetype"] == "felles", "eget_tomteareal"].isna().all()
    assert (plots.loc[plots["tomtetype"] != "felles", "antall_boliger"] == 1).all()
