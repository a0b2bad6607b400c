"""What do the registers say about the municipality? The raw tables as offices hand them over, faults included.

Each table is text as a Norwegian register gives it: semicolon, decimal comma, days as 31.12.2025. Some are UTF-8 with a
byte order mark, some Windows-1252. What is missing is not missing at random: old houses are described worst.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from valuation.simulation.dwellings import BLOCK, HOUSE, ROW, TWO_FAMILY
from valuation.simulation.market import VALUATION_DATE
from valuation.simulation.municipality import MUNICIPALITY_CODE, ZONES

ENCODINGS: Final = {
    "boenheter.csv": "utf-8-sig",
    "bygninger.csv": "utf-8",
    "eiendommer.csv": "cp1252",
    "grunnkretser.csv": "cp1252",
    "omsetninger.csv": "cp1252",
    "forrige_takst.csv": "utf-8-sig",
    "sjablong.csv": "cp1252",
}
"""The raw tables and how their text is encoded."""

TRANSFER_NAMES: Final = (
    "Fritt salg",
    "Gave",
    "Arveoppgjør",
    "Skjøte mellom nærstående",
    "Opphør av samboerskap",
    "Tvangssalg",
    "Annet",
)
"""In the order of `sales.KINDS`."""

NO_BREAK_SPACE: Final = "\u00a0"
AREA_ERROR_SHARE: Final = 0.004
BUILT_YEAR_ERROR_SHARE: Final = 0.010
SWAPPED_COORDINATES_SHARE: Final = 0.0004
NO_AREA_SHARE: Final = 0.0015
UNKNOWN_TYPE_SHARE: Final = 0.0008
UNNUMBERED_SHARE: Final = 0.0010
"""Bruksenheter of type U: a pointer, not a dwelling."""
LOST_SALE_SHARE: Final = 0.0015
"""Sales whose matrikkel number is no longer in the register."""
DOUBLE_ROW_SHARE: Final = 0.0010


def matrikkel_numbers(d: pd.DataFrame) -> np.ndarray:
    """Matrikkel numbers as text, such as `5001-123/45/0/2`; shape (n_dwellings,)."""
    parts = zip(d["gnr"], d["bnr"], d["fnr"], d["snr"], strict=True)
    return np.array([f"{MUNICIPALITY_CODE}-{g}/{b}/{f}/{s}" for g, b, f, s in parts], dtype=object)


def unit_numbers(d: pd.DataFrame) -> np.ndarray:
    """Bruksenhet numbers as text, such as `H0201`; shape (n_dwellings,)."""
    parts = zip(d["unit_letter"], d["unit_floor"], d["unit_on_floor"], strict=True)
    return np.array([f"{letter}{floor:02d}{unit:02d}" for letter, floor, unit in parts], dtype=object)


def dwelling_register(rng: np.random.Generator, d: pd.DataFrame, last_sold: np.ndarray) -> pd.DataFrame:
    """Table `boenheter`: one row is a bruksenhet.

    Parameters
    ----------
    last_sold : array of datetime64[D], shape (n_dwellings,)
        Day of the last deed, NaT for none in the window: what was sold lately was measured and described lately.
    """
    n, kind = len(d), d["kind"].to_numpy()
    recently = ~np.isnat(last_sold)
    old = (2026 - d["built_year"].to_numpy()) / 100
    address = d["house_number"].to_numpy()
    area, standard, inner = _recorded_area(rng, d, last_sold)
    return pd.DataFrame({
        "kommunenr": MUNICIPALITY_CODE,
        "matrikkelnummer": d["matrikkelnummer"],
        "bruksenhet": d["bruksenhet"],
        "bruksenhetstype": np.where(_never_sold(rng, recently, UNNUMBERED_SHARE), "U", "B"),
        "bygningsnr": _building_numbers(d),
        "eiendom": _property_ids(d),
        "gatenavn": d["street_name"],
        "husnr": address,
        "bygningstype": np.where(_never_sold(rng, recently, UNKNOWN_TYPE_SHARE), "999", building_types(d)),
        "byggeår": _recorded_year(rng, d, old),
        "bruksareal": area,
        "arealstandard": standard,
        "bra_i": inner,
        "primærrom": _present(rng, d["primary_area_m2"], np.where(standard == "NS 3940:2023", 0.05, 0.55)),
        "antall_rom": _present(rng, d["n_rooms"], 0.96 - 0.15 * old + 0.03 * recently),
        "antall_bad": _present(rng, d["n_bathrooms"], 0.85 - 0.35 * old + 0.15 * recently),
        "etasje": _present(rng, d["floor"].where(kind == BLOCK), 0.98),
        "garasje": np.where(rng.random(n) < 0.94, np.where(d["has_garage"], "J", "N"), ""),
        "utleiedel": np.where(rng.random(n) < 0.9, np.where(d["has_rental_unit"], "J", "N"), "N"),
        "energimerke": _energy_label(rng, d, recently),
        "eierform": d["tenure"],
        "borettslag": np.where(d["tenure"] == "borettslag", [f"BL{b:05d}" for b in d["building"]], ""),
    })  # fmt: skip


def building_types(d: pd.DataFrame) -> np.ndarray:
    """Codes of the matrikkel's building types, text; shape (n_dwellings,)."""
    kind, storeys = d["kind"].to_numpy(), d["n_storeys"].to_numpy()
    joined, farm = d["building"].to_numpy() % 4 == 0, d["building"].to_numpy() % 9 == 0
    upper = d["building"].map(d.groupby("building")["is_upper_flat"].any()).to_numpy()
    country = np.array([zone.urbanity for zone in ZONES])[d["zone"]] < 0.12
    house = np.where(d["has_rental_unit"], "112", np.where(country & farm, "113", "111"))
    block = np.select([storeys <= 2, storeys <= 4], ["141", "142"], "143")
    block = np.where(joined, np.select([storeys <= 2, storeys <= 4], ["144", "145"], "146"), block)
    row = np.array(["131", "131", "133", "135", "136"])[d["building"].to_numpy() % 5]
    two_family = np.where(upper, "122", "121")
    return np.select([kind == HOUSE, kind == TWO_FAMILY, kind == ROW], [house, two_family, row], block)


def building_register(rng: np.random.Generator, d: pd.DataFrame) -> pd.DataFrame:
    """Table `bygninger`: one row is a building, with its point on the map."""
    first = d.drop_duplicates("building")
    x, y = np.round(first["x_m"].to_numpy(), 1), np.round(first["y_m"].to_numpy(), 1)
    # Typed by hand, one house at a time; the points of large buildings come from a survey.
    swapped = (rng.random(len(first)) < SWAPPED_COORDINATES_SHARE) & (first["n_units"] <= 4).to_numpy()
    missing = rng.random(len(first)) < 0.0015
    lift = np.where(first["kind"] == BLOCK, np.where(first["has_lift"], "J", "N"), "")
    return pd.DataFrame({
        "bygningsnr": _building_numbers(first),
        "øst": np.where(missing, np.nan, np.where(swapped, y, x)),
        "nord": np.where(missing, np.nan, np.where(swapped, x, y)),
        "antall_etasjer": _present(rng, first["n_storeys"], 0.97),
        "heis": np.where(rng.random(len(first)) < 0.96, lift, ""),
    })  # fmt: skip


def property_register(rng: np.random.Generator, d: pd.DataFrame) -> pd.DataFrame:
    """Table `eiendommer`: one row is a property (gnr/bnr/fnr) with its plot."""
    first = d.drop_duplicates("property")
    kind_of_plot = np.select([first["is_shared_plot"], first["fnr"] > 0], ["felles", "feste"], "egen")
    plot = _present(rng, first["plot_area_m2"], 0.985)
    own = plot.where(kind_of_plot != "felles")
    return pd.DataFrame({
        "eiendom": _property_ids(first), "grunnkrets": first["tract"], "tomtetype": kind_of_plot,
        "tomteareal": plot, "eget_tomteareal": own, "antall_boliger": first["n_on_plot"],
    })  # fmt: skip


def tract_register(tracts: pd.DataFrame) -> pd.DataFrame:
    """Table `grunnkretser`: one row is a statistical tract, with the zone it lies in."""
    zones = [ZONES[index] for index in tracts["zone"]]
    return pd.DataFrame({
        "grunnkrets": tracts["tract"], "takstsone": [zone.code for zone in zones],
        "sonenavn": [zone.name for zone in zones], "bydel": [zone.district for zone in zones],
    })  # fmt: skip


def sales_register(rng: np.random.Generator, sales: pd.DataFrame, d: pd.DataFrame) -> pd.DataFrame:
    """Table `omsetninger`: one row is a dwelling in a registered deed."""
    rows, n = sales["dwelling"].to_numpy(), len(sales)
    number = d["matrikkelnummer"].to_numpy()[rows]
    lost = rng.random(n) < LOST_SALE_SHARE
    lost &= np.cumsum(lost) <= n // 200  # a small set with two of them would rightly be refused
    number = np.where(lost, [f"{MUNICIPALITY_CODE}-9{row % 999:03d}/{row % 97 + 1}/0/0" for row in rows], number)
    year = sales["sale_date"].dt.year.to_numpy()
    has_debt = sales["joint_debt"].to_numpy() > 0
    debt_known = rng.random(n) < 0.985
    contract_known = sales["is_off_plan"].to_numpy() | (rng.random(n) < 0.82)
    share = {1.0: "1/1", 0.5: "1/2", 0.25: "1/4"}
    return pd.DataFrame({
        "dokumentnr": [f"{y}-{deed + 100_000}-1" for y, deed in zip(year, sales["deed"], strict=True)],
        "tinglyst": sales["sale_date"].dt.strftime("%d.%m.%Y"),
        "kontraktsdato": sales["contract_date"].dt.strftime("%d.%m.%Y").where(contract_known, ""),
        "matrikkelnummer": number,
        "bruksenhet": d["bruksenhet"].to_numpy()[rows],
        "omsetningstype": np.array(TRANSFER_NAMES, dtype=object)[sales["kind"]],
        "ideell_andel": [share.get(part, "1/3") for part in sales["owned_share"]],
        "antall_boenheter": sales["n_in_deed"],
        "under_oppføring": np.where(sales["is_off_plan"], "J", "N"),
        "kjøpesum": [grouped_digits(price) for price in sales["sale_price"]],
        "fellesgjeld": [grouped_digits(debt) if known else "" for debt, known in
                        zip(sales["joint_debt"], has_debt & debt_known, strict=True)],
    })  # fmt: skip


def doubled_rows(rng: np.random.Generator, n: int) -> np.ndarray:
    """Row numbers 0 to n - 1 in which a few rows come twice, in the place of the row after them."""
    rows = np.arange(n)
    again = rng.random(n) < DOUBLE_ROW_SHARE
    again[0] = False
    rows[again] -= 1
    return rows


def standard_rates(d: pd.DataFrame, log_value_then: np.ndarray) -> pd.DataFrame:
    """Table `sjablong`: the rate per m² by zone and group of the valuation that is being replaced."""
    per_m2 = pd.DataFrame({"zone": d["zone"], "kind": d["kind"], "rate": np.exp(log_value_then) / d["area_m2"]})
    rates = per_m2.groupby(["zone", "kind"])["rate"].median().reset_index()
    rates["rate"] = (rates["rate"] / 500).round() * 500
    return rates


def rates_table(rates: pd.DataFrame) -> pd.DataFrame:
    """Return `rates` as the office prints them."""
    groups = np.array(["Enebolig", "Tomannsbolig", "Rekkehus og småhus", "Leilighet"], dtype=object)
    return pd.DataFrame({
        "takstsone": [ZONES[zone].code for zone in rates["zone"]], "boliggruppe": groups[rates["kind"]],
        "kr_per_m2": [grouped_digits(rate) for rate in rates["rate"]],
    })  # fmt: skip


def prior_values(rates: pd.DataFrame, d: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Table `forrige_takst`: one row is a dwelling that stood at the last valuation."""
    rate = d[["zone", "kind"]].merge(rates, on=["zone", "kind"], how="left")["rate"].to_numpy()
    value = np.round(rate * register["bruksareal"].to_numpy() / 1000) * 1000
    stood = (d["built_year"].to_numpy() < 2021) & np.isfinite(value) & (register["bruksenhetstype"] != "U").to_numpy()
    return pd.DataFrame({
        "matrikkelnummer": d["matrikkelnummer"].to_numpy()[stood], "bruksenhet": d["bruksenhet"].to_numpy()[stood],
        "takst_2021": [grouped_digits(amount) for amount in value[stood]],
    })  # fmt: skip


def grouped_digits(amount: float) -> str:
    """Write an amount in kroner with no-break spaces between groups of three.

    Examples
    --------
    >>> grouped_digits(3450000.0).split("\u00a0")
    ['3', '450', '000']
    """
    return f"{amount:,.0f}".replace(",", NO_BREAK_SPACE)


def write_raw(table: pd.DataFrame, path: Path) -> None:
    """Write a table as its register would: semicolon, decimal comma, its own encoding, lines ended as in Windows."""
    table.to_csv(path, sep=";", decimal=",", index=False, encoding=ENCODINGS[path.name], lineterminator="\r\n")


def _recorded_area(
    rng: np.random.Generator, d: pd.DataFrame, last_sold: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area as recorded, the standard it was measured by, and BRA-i where that is known."""
    n = len(d)
    by_2023 = (last_sold >= np.datetime64("2024-01-01")) | (d["built_year"].to_numpy() >= 2024)
    by_primary = ~by_2023 & np.isnat(last_sold) & (rng.random(n) < 0.13)
    area = d["area_m2"].to_numpy()
    whole = area + d["outer_store_m2"].to_numpy() + d["glazed_balcony_m2"].to_numpy()
    recorded = np.select([by_2023, by_primary], [whole, d["primary_area_m2"].to_numpy()], np.round(area))
    standard = np.select([by_2023, by_primary], ["NS 3940:2023", "P-ROM"], "NS 3940:2012")
    slip, draw = rng.random(n) < AREA_ERROR_SHARE, rng.random(n)
    slips = [recorded * 10, recorded + 100, recorded * 0.5]
    wrong = np.select([draw < 0.15, draw < 0.45, draw < 0.7], slips, recorded + 30)
    recorded = np.where(slip, np.round(wrong), recorded)
    recorded = np.where(_never_sold(rng, ~np.isnat(last_sold), NO_AREA_SHARE), np.nan, recorded)
    return recorded, standard, np.where(by_2023, area, np.nan)


def _recorded_year(rng: np.random.Generator, d: pd.DataFrame, old: np.ndarray) -> pd.Series:
    n, year = len(d), d["built_year"].to_numpy()
    slip, draw = rng.random(n) < BUILT_YEAR_ERROR_SHARE, rng.random(n)
    slips = [np.full(n, 1900), year - 10 * rng.integers(1, 6, n)]
    wrong = np.select([draw < 0.4, draw < 0.7], slips, year + 10 * rng.integers(1, 4, n))
    recorded = pd.Series(np.where(slip, np.clip(wrong, 1700, 2025), year), index=d.index)
    return _present(rng, recorded, 0.995 - 0.03 * old)


def _energy_label(rng: np.random.Generator, d: pd.DataFrame, recently: np.ndarray) -> np.ndarray:
    label = np.array(list("ABCDEFG"))[d["energy_grade"]]
    has = 0.22 + 0.38 * recently + 0.25 * (d["built_year"].to_numpy() >= 2010)
    return np.where(rng.random(len(d)) < has, label, "")


def _present(rng: np.random.Generator, values: pd.Series, chance: np.ndarray | float) -> pd.Series:
    """Whole numbers, missing except with `chance`."""
    return values.where(rng.random(len(values)) < chance).astype("Int64")


def _never_sold(rng: np.random.Generator, recently: np.ndarray, share: float) -> np.ndarray:
    """A random share of the dwellings that no sale has drawn attention to."""
    return (rng.random(len(recently)) < share) & ~recently


def _building_numbers(d: pd.DataFrame) -> np.ndarray:
    return 182_000_000 + d["building"].to_numpy() * 7


def _property_ids(d: pd.DataFrame) -> list[str]:
    return [f"{MUNICIPALITY_CODE}-{g}/{b}/{f}" for g, b, f in zip(d["gnr"], d["bnr"], d["fnr"], strict=True)]


def last_sale_dates(sales: pd.DataFrame, n_dwellings: int) -> np.ndarray:
    """Day of the last deed of each dwelling, NaT for none; shape (n_dwellings,)."""
    last = np.full(n_dwellings, np.datetime64("NaT"), dtype="M8[D]")
    by_dwelling = sales.groupby("dwelling")["sale_date"].max()
    last[by_dwelling.index] = by_dwelling.to_numpy().astype("M8[D]")
    return np.where(last < VALUATION_DATE, last, np.datetime64("NaT"))
