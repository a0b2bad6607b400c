"""Which dwellings stand in the invented municipality? Buildings, units in them, properties under them.

What is made here is the truth, recorded or not; `registers.py` decides what the registers say about it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from valuation.simulation.municipality import ZONES, Municipality, on_land, street_names

TYPES: Final = ("enebolig", "tomannsbolig", "rekkehus", "blokk")
HOUSE, TWO_FAMILY, ROW, BLOCK = range(4)
FIRST_NEW_YEAR: Final = 2021
"""Dwellings from this year on are new-builds within the five years of sales."""
NEGLECTED_SHARE: Final = 0.06
"""Share of the dwellings over thirty years old that need everything done; log value 0.18 less on average."""

_MEAN_UNITS: Final = (1.0, 2.0, 6.0, 22.0)
_UNIT_SHARE_TOWN: Final = (0.02, 0.03, 0.05, 0.90)
_UNIT_SHARE_COUNTRY: Final = (0.62, 0.15, 0.21, 0.02)
_TYPICAL_AREA_M2: Final = (158.0, 108.0, 102.0, 63.0)
_AREA_LOG_SD: Final = (0.32, 0.24, 0.22, 0.36)


def make_dwellings(rng: np.random.Generator, municipality: Municipality, n_dwellings: int) -> pd.DataFrame:
    """Build the municipality.

    Parameters
    ----------
    rng : numpy.random.Generator
    municipality : Municipality
    n_dwellings : int

    Returns
    -------
    DataFrame
        One row is a dwelling, in the order of the matrikkel, with its true facts.
    """
    buildings = _buildings(rng, municipality, n_dwellings)
    dwellings = buildings.loc[np.repeat(buildings.index, buildings["n_units"])].reset_index(drop=True)
    dwellings["unit"] = dwellings.groupby("building", sort=False).cumcount()
    _add_position_in_building(rng, dwellings)
    _add_size(rng, dwellings)
    _add_equipment(rng, dwellings)
    _add_property(rng, dwellings)
    _add_hidden_facts(rng, municipality, dwellings)
    return dwellings


def _buildings(rng: np.random.Generator, municipality: Municipality, n_dwellings: int) -> pd.DataFrame:
    tracts = municipality.tracts
    urbanity = np.array([zone.urbanity for zone in ZONES])
    weight = tracts["weight"].to_numpy()
    # Shares are of dwellings; a building of many units is drawn that much less often.
    share = np.outer(1 - urbanity, _UNIT_SHARE_COUNTRY) + np.outer(urbanity, _UNIT_SHARE_TOWN)
    chance = (share / np.array(_MEAN_UNITS))[tracts["zone"]] * weight[:, None]
    chance = chance.ravel() / chance.sum()
    drawn = rng.choice(len(chance), n_dwellings, p=chance)
    tract, kind = np.divmod(drawn, len(TYPES))
    n_units = _units(rng, kind)
    built_year = _built_year(rng, tracts["era"].to_numpy()[tract], kind)
    table = pd.DataFrame({"tract_row": tract, "kind": kind, "n_units": n_units, "built_year": built_year})
    n_needed = int(np.searchsorted(np.cumsum(n_units), n_dwellings)) + 1
    table = table.iloc[:n_needed].copy()
    table.loc[table.index[-1], "n_units"] -= int(table["n_units"].sum()) - n_dwellings
    table = table.sort_values(["tract_row", "built_year"], kind="stable", ignore_index=True)
    table["building"] = np.arange(len(table))
    table["zone"] = tracts["zone"].to_numpy()[table["tract_row"]]
    table["tract"] = tracts["tract"].to_numpy()[table["tract_row"]]
    _add_streets(rng, municipality, table)
    _add_storeys(rng, table)
    table["tenure"] = _tenure(rng, table["kind"].to_numpy())
    return table


def _units(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    row = 3 + rng.poisson(3, len(kind))
    block = np.clip(np.round(rng.lognormal(2.8, 0.75, len(kind))), 4, 120).astype(int)
    return np.select([kind == HOUSE, kind == TWO_FAMILY, kind == ROW], [1, 2, row], block)


def _built_year(rng: np.random.Generator, era: np.ndarray, kind: np.ndarray) -> np.ndarray:
    own_time = era + np.round(rng.normal(0, 9, len(era)))
    infill = rng.integers(1950, 2026, len(era))
    year = np.where(rng.random(len(era)) < 0.22, infill, own_time)
    # Row houses and blocks of flats came after the war except in the old town.
    year = np.where((kind == ROW) & (year < 1950), 1950 + (year.astype(int) * 7) % 35, year)
    return np.clip(year, 1780, 2025).astype(int)


def _add_streets(rng: np.random.Generator, municipality: Municipality, table: pd.DataFrame) -> None:
    """Lay the buildings of a tract along its streets; number them."""
    in_tract = table.groupby("tract_row")["building"].transform("size").to_numpy()
    n_streets = np.maximum(1, np.round(in_tract / 21)).astype(int)
    within = np.floor(rng.random(len(table)) * n_streets).astype(int)
    codes, _ = pd.factorize(table["tract_row"].to_numpy() * 10_000 + within)
    table["street"] = codes
    count = int(codes.max()) + 1
    tract_of = np.zeros(count, int)
    tract_of[codes] = table["tract_row"]
    tracts = municipality.tracts
    angle, off_x, off_y = rng.uniform(0, np.pi, count), rng.normal(0, 1, count), rng.normal(0, 1, count)
    spread = tracts["spread_m"].to_numpy()[tract_of]
    street_x = tracts["x_m"].to_numpy()[tract_of] + off_x * spread
    street_y = tracts["y_m"].to_numpy()[tract_of] + off_y * spread
    rank = table.groupby("street").cumcount().to_numpy()
    length = table.groupby("street")["building"].transform("size").to_numpy()
    along = (rank - length / 2) * 11 + rng.normal(0, 2, len(table))
    across = np.where(rank % 2 == 0, 13, -13) + rng.normal(0, 3, len(table))
    table["x_m"] = street_x[codes] + np.cos(angle[codes]) * along - np.sin(angle[codes]) * across
    y = street_y[codes] + np.sin(angle[codes]) * along + np.cos(angle[codes]) * across
    table["y_m"] = on_land(table["x_m"].to_numpy(), y)
    table["street_name"] = street_names(rng, count)[codes]
    table["house_number"] = rank + 1
    table["elevation_m"] = municipality.elevation_m(table["x_m"].to_numpy(), table["y_m"].to_numpy())


def _add_storeys(rng: np.random.Generator, table: pd.DataFrame) -> None:
    kind, units = table["kind"].to_numpy(), table["n_units"].to_numpy()
    per_floor = rng.integers(3, 8, len(table)) + units // 30
    block = np.clip(-(-units // per_floor), 2, 14)
    table["n_storeys"] = np.where(kind == BLOCK, block, rng.integers(1, 3, len(table)))
    year = table["built_year"].to_numpy()
    lift_chance = np.where(year > 2008, 0.9, np.where(year > 1965, 0.55, 0.15))
    tall = (kind == BLOCK) & (table["n_storeys"].to_numpy() >= 4)
    table["has_lift"] = (tall | ((kind == BLOCK) & (year > 2008))) & (rng.random(len(table)) < lift_chance)
    table["has_basement_flat"] = (kind == BLOCK) & (rng.random(len(table)) < 0.12)
    table["has_attic_flat"] = (kind == BLOCK) & (year < 1945) & (rng.random(len(table)) < 0.45)


def _tenure(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    draw = rng.random(len(kind))
    co_operative = np.select([kind == BLOCK, kind == ROW, kind == TWO_FAMILY], [0.44, 0.36, 0.10], 0.0)
    share_company = np.where(kind == BLOCK, 0.03, 0.0)
    return np.select([draw < co_operative, draw < co_operative + share_company], ["borettslag", "aksje"], "selveier")


def _add_position_in_building(rng: np.random.Generator, d: pd.DataFrame) -> None:
    kind, unit = d["kind"].to_numpy(), d["unit"].to_numpy()
    per_floor = -(-d["n_units"].to_numpy() // d["n_storeys"].to_numpy())
    storey = np.where(kind == BLOCK, unit // per_floor, 0)
    d["is_upper_flat"] = (kind == TWO_FAMILY) & (unit == 1) & (d["building"].to_numpy() % 5 < 2)
    storey = np.where(d["is_upper_flat"], 1, storey)
    below = d["has_basement_flat"].to_numpy() & (storey == 0)
    top = storey == d["n_storeys"].to_numpy() - 1
    attic = d["has_attic_flat"].to_numpy() & top & ~below
    d["floor"] = np.where(d["has_basement_flat"], storey, storey + 1)
    d["is_top_floor"] = top & (kind == BLOCK)
    letter = np.select([below, attic], ["U", "L"], "H")
    number = np.where(below | attic, 1, np.maximum(d["floor"], 1))
    on_floor = np.where(kind == BLOCK, unit % per_floor, 0) + 1
    # A row house has its own door and plot or section; without either the doors are numbered through.
    side_by_side = (kind == ROW) | ((kind == TWO_FAMILY) & ~d["building"].map(_with_upper(d)).to_numpy())
    d["unit_on_floor"] = np.where(side_by_side, unit + 1, on_floor)
    d["unit_letter"], d["unit_floor"] = letter, number
    d["layout"] = d["building"] * 8 + np.where(kind == BLOCK, unit % per_floor % 4, rng.integers(0, 2, len(d)))


def _add_size(rng: np.random.Generator, d: pd.DataFrame) -> None:
    kind, year = d["kind"].to_numpy(), d["built_year"].to_numpy()
    mean = np.log(np.array(_TYPICAL_AREA_M2))[kind] + np.where((kind == HOUSE) & (year > 1990), 0.10, 0)
    mean = mean - np.where((kind == BLOCK) & (year > 2015), 0.06, 0)
    codes, _ = pd.factorize(d["layout"])
    # Units of one layout share their plan; houses are each their own.
    layout_part = rng.normal(0, 1, int(codes.max()) + 1)[codes] * np.array(_AREA_LOG_SD)[kind]
    area = np.exp(mean + layout_part + rng.normal(0, 0.012, len(d)))
    d["area_m2"] = np.round(np.clip(area, 17, 480) * 2) / 2
    d["outer_store_m2"] = np.where(kind == BLOCK, rng.integers(2, 7, len(d)), rng.integers(0, 13, len(d))).astype(float)
    d["glazed_balcony_m2"] = np.where((kind == BLOCK) & (rng.random(len(d)) < 0.2), rng.integers(5, 12, len(d)), 0.0)
    secondary = np.where(kind == BLOCK, rng.uniform(0.0, 0.07, len(d)), rng.uniform(0.04, 0.22, len(d)))
    d["primary_area_m2"] = np.round(d["area_m2"] * (1 - secondary))
    rooms = 1 + (d["primary_area_m2"].to_numpy() - 22) / 24 + rng.normal(0, 0.45, len(d))
    d["n_rooms"] = np.clip(np.round(rooms), 1, 12).astype(int)
    second = rng.random(len(d)) < (d["area_m2"] - 75) / 150
    d["n_bathrooms"] = 1 + second + (rng.random(len(d)) < (d["area_m2"] - 190) / 300)


def _add_equipment(rng: np.random.Generator, d: pd.DataFrame) -> None:
    year = d["built_year"].to_numpy()
    worse = np.select([year >= 2011, year >= 1998, year >= 1988, year >= 1970], [0.8, 2.0, 2.8, 3.7], 4.7)
    d["energy_grade"] = np.clip(np.round(worse + rng.normal(0, 0.9, len(d))), 0, 6).astype(int)
    garage_chance = np.array([0.62, 0.45, 0.35, 0.22])[d["kind"]]
    d["has_garage"] = rng.random(len(d)) < garage_chance
    d["has_rental_unit"] = (d["kind"] == HOUSE) & (rng.random(len(d)) < 0.18)


def _add_property(rng: np.random.Generator, d: pd.DataFrame) -> None:
    """Give each dwelling its place in the matrikkel: gnr/bnr/fnr/snr and the plot under it."""
    kind, selveier = d["kind"].to_numpy(), (d["tenure"] == "selveier").to_numpy()
    splits = (d["building"].to_numpy() * 13 % 20) < 12
    own = (kind == HOUSE) | ((kind != BLOCK) & selveier & splits & ~d["building"].map(_with_upper(d)).to_numpy())
    key = np.where(own, d.index.to_numpy() + 10_000_000, d["building"].to_numpy())
    codes, _ = pd.factorize(key)
    d["property"] = codes
    tract = d["tract_row"].to_numpy()
    first = np.full(int(codes.max()) + 1, 0)
    first[codes] = tract
    running = pd.Series(first).groupby(first).cumcount().to_numpy()
    d["gnr"] = (1 + tract + 600 * (running[codes] // 9990)).astype(int)
    d["bnr"] = (1 + running[codes] % 9990).astype(int)
    d["is_shared_plot"] = ~own
    d["snr"] = np.where(~own & selveier, d.groupby("property").cumcount() + 1, 0)
    leasehold = (rng.random(len(first)) < 0.035)[codes] & own
    d["fnr"] = np.where(leasehold, 1 + d["bnr"] % 7, 0)
    zone_urbanity = np.array([zone.urbanity for zone in ZONES])[d["zone"]]
    draw = np.exp(rng.normal(0, 0.42, len(first)))[codes]
    per_house = np.array([880.0, 520.0, 260.0, 75.0])[kind] * (1.25 - 0.6 * zone_urbanity)
    n_on_plot = d.groupby("property")["unit"].transform("size").to_numpy()
    d["n_on_plot"] = n_on_plot
    d["plot_area_m2"] = np.round(draw * per_house * n_on_plot)


def _with_upper(d: pd.DataFrame) -> pd.Series:
    return d.groupby("building")["is_upper_flat"].any()


def _add_hidden_facts(rng: np.random.Generator, municipality: Municipality, d: pd.DataFrame) -> None:
    """Add what makes a price and stands in no register: view, standard, state of bathroom and kitchen."""
    x, y = d["x_m"].to_numpy(), d["y_m"].to_numpy()
    openness = (d["elevation_m"].to_numpy() - 60) / 45 + 0.25 * (d["floor"].to_numpy() - 2)
    d["view"] = 1 / (1 + np.exp(-(1.3 * openness - 0.8 + rng.normal(0, 1.1, len(d)))))
    d["standard"] = rng.normal(0, 1, len(d))
    d["street_effect"] = rng.normal(0, 1, int(d["street"].max()) + 1)[d["street"]]
    d["building_effect"] = rng.normal(0, 1, int(d["building"].max()) + 1)[d["building"]]
    for name in ("reputation", "quarter", "stretch"):
        d[name] = municipality.surfaces[name].at(x, y)
    age = 2021.0 - d["built_year"].to_numpy()
    # Some owners leave everything as it was for forty years; the next one begins with a skip.
    neglected = (age > 30) & (rng.random(len(d)) < NEGLECTED_SHARE)
    d["neglect"] = np.where(neglected, rng.gamma(2.0, 0.09, len(d)), 0.0)
    d["renovated_before"] = 2021.0 - np.minimum(rng.exponential(14, len(d)), np.maximum(age, 0))
    d["renovated_before"] = np.where(age < 0, d["built_year"], d["renovated_before"])
