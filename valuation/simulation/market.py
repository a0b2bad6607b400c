"""What is each dwelling truly worth, and when? The market of the invented municipality, known to the last figure.

The log value of a dwelling at a date is what its recorded facts are worth, plus what no register knows, plus the price
level of its area and type at that date. A price is that value times noise: two buyers and one evening of bidding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from valuation.simulation.dwellings import BLOCK, HOUSE, TYPES
from valuation.simulation.municipality import CENTRE_X_M, CENTRE_Y_M, DISTRICTS, ZONES, shore_y_m

FIRST_MONTH: Final = np.datetime64("2018-01", "M")
"""Off-plan contracts reach back before the first deed."""
VALUATION_DATE: Final = np.datetime64("2026-01-01", "D")
N_MONTHS: Final = int(VALUATION_DATE.astype("M8[M]") - FIRST_MONTH) + 1

NOISE_SD: Final = (0.075, 0.065, 0.056, 0.050)
"""Standard deviation of log price around log value, by type, for newer ones in town: fewer bid for houses."""
NOISE_DF: Final = 4.0
"""Degrees of freedom of its t distribution: some evenings go very differently."""
REMOTE_URBANITY: Final = 0.25
"""Zones below it are out of town."""
STANDARD_SD: Final = 0.028
CONDITION_PER_YEAR: Final = -0.0065
"""Log value per year since bathroom and kitchen were last done, up to `CONDITION_YEARS`."""
CONDITION_YEARS: Final = 25.0
STRETCH_SD: Final = 0.030
BUILDING_SD: Final = 0.020
STREET_SD: Final = 0.065
VIEW_EFFECT: Final = 0.10

_BASE_PRICE: Final = (7_900_000.0, 6_200_000.0, 6_000_000.0, 4_250_000.0)
_BASE_AREA_M2: Final = (158.0, 108.0, 102.0, 63.0)
_AREA_POWER: Final = (0.48, 0.58, 0.60, 0.70)


@dataclass(frozen=True)
class Market:
    """Everything that makes prices, as arrays over dwellings and months."""

    log_recorded: np.ndarray
    """Log value at the valuation date of the recorded facts, hidden ones at their mean; shape (n_dwellings,)."""
    log_hidden: np.ndarray
    """What view, standard and building add; without the state of bathroom and kitchen; shape (n_dwellings,)."""
    log_level: np.ndarray
    """Log price level against the valuation date; shape (n_zones, n_types, n_months)."""
    condition_mean: np.ndarray
    """Mean log effect of the state of bathroom and kitchen for dwellings of this age; shape (n_dwellings,)."""
    noise_sd: np.ndarray
    """Shape (n_dwellings,)."""


def make_market(rng: np.random.Generator, d: pd.DataFrame) -> Market:
    """Set the values of all dwellings `d`."""
    hidden = _hidden(d)
    view_mean = _mean_by_place(d, VIEW_EFFECT * d["view"].to_numpy())
    log_hidden = hidden + VIEW_EFFECT * d["view"].to_numpy() - view_mean
    condition = condition_effect(2025.99 - d["renovated_before"].to_numpy()) - d["neglect"].to_numpy()
    age_group = np.minimum((2026 - d["built_year"].to_numpy()) // 5, 12)
    return Market(
        log_recorded=_recorded(rng, d) + view_mean,
        log_hidden=log_hidden,
        log_level=_price_levels(rng),
        condition_mean=pd.Series(condition).groupby(age_group).transform("mean").to_numpy(),
        noise_sd=_noise_sd(d),
    )


def condition_effect(years_since: np.ndarray) -> np.ndarray:
    """Log value of a bathroom and kitchen done so many years ago."""
    return CONDITION_PER_YEAR * np.clip(years_since, 0, CONDITION_YEARS)


def level_at(market: Market, d: pd.DataFrame, rows: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """Log price level of the dwellings in `rows` at `dates`, straight between the firsts of the months."""
    days = dates.astype("M8[D]")
    month = days.astype("M8[M]")
    start = month.astype("M8[D]")
    length = ((month + 1).astype("M8[D]") - start).astype(float)
    fraction = (days - start).astype(float) / length
    index = np.clip((month - FIRST_MONTH).astype(int), 0, N_MONTHS - 1)
    after = np.minimum(index + 1, N_MONTHS - 1)
    levels = market.log_level[d["zone"].to_numpy()[rows], d["kind"].to_numpy()[rows]]
    each = np.arange(len(rows))
    return levels[each, index] * (1 - fraction) + levels[each, after] * fraction


def _recorded(rng: np.random.Generator, d: pd.DataFrame) -> np.ndarray:
    kind = d["kind"].to_numpy()
    area = d["area_m2"].to_numpy()
    value = np.log(_BASE_PRICE)[kind] + np.array(_AREA_POWER)[kind] * np.log(area / np.array(_BASE_AREA_M2)[kind])
    value = value + _location(rng, d) + _age(d) + _in_building(d)
    rooms_for_area = 1 + (d["primary_area_m2"].to_numpy() - 22) / 24
    value = value + 0.025 * np.clip(d["n_rooms"].to_numpy() - rooms_for_area, -2, 2)
    value = value + 0.035 * (d["n_bathrooms"].to_numpy() - 1) + 0.03 * d["has_garage"].to_numpy()
    value = value + 0.05 * d["has_rental_unit"].to_numpy() - 0.06 * (d["fnr"].to_numpy() > 0)
    value = value - 0.03 * (d["tenure"] != "selveier").to_numpy() - 0.008 * (d["energy_grade"].to_numpy() - 3)
    plot_share = np.log(d["plot_area_m2"].to_numpy() / d["n_on_plot"].to_numpy() / np.array([880, 520, 260, 75])[kind])
    plot_worth = np.select([kind == HOUSE, kind == BLOCK], [0.085, 0.0], 0.05)
    return value + plot_worth * np.clip(plot_share, -1.2, 1.2)


def _location(rng: np.random.Generator, d: pd.DataFrame) -> np.ndarray:
    x, y, kind = d["x_m"].to_numpy(), d["y_m"].to_numpy(), d["kind"].to_numpy()
    to_centre_km = np.hypot(x - CENTRE_X_M, y - CENTRE_Y_M) / 1000
    to_shore_km = (shore_y_m(x) - y).clip(0) / 1000
    steepness = np.array([0.24, 0.26, 0.26, 0.30])[kind]
    value = -steepness * (np.log1p(to_centre_km / 1.6) - 1) + 0.14 * np.exp(-to_shore_km / 0.35)
    zone_level = np.array([zone.level for zone in ZONES])
    value = value + (zone_level[:, None] + rng.normal(0, 0.05, (len(ZONES), len(TYPES))))[d["zone"], kind]
    value = value + 0.080 * d["reputation"].to_numpy() + 0.070 * d["quarter"].to_numpy()
    return value + STREET_SD * d["street_effect"].to_numpy() + STRETCH_SD * d["stretch"].to_numpy()


def _age(d: pd.DataFrame) -> np.ndarray:
    year, kind = d["built_year"].to_numpy(), d["kind"].to_numpy()
    age = 2026 - year
    slope = np.array([0.0060, 0.0050, 0.0055, 0.0048])[kind]
    value = -slope * np.minimum(age, 55)
    # Old town houses and flats of the time before the war are sought after again; the seventies are not.
    value = value + np.where(year < 1940, np.where(np.isin(kind, (HOUSE, BLOCK)), 0.13, 0.05), 0)
    value = value - 0.05 * ((year >= 1966) & (year < 1981) & (kind == BLOCK))
    return value + 0.06 * np.exp(-np.maximum(age, 0) / 3.0)


def _in_building(d: pd.DataFrame) -> np.ndarray:
    floor, block = d["floor"].to_numpy(), (d["kind"] == BLOCK).to_numpy()
    lift = d["has_lift"].to_numpy()
    on_foot = 0.012 * np.minimum(floor - 1, 2) - 0.03 * np.clip(floor - 3, 0, 4)
    climb = np.where(lift, 0.014 * np.minimum(floor - 1, 8), on_foot)
    value = climb - 0.035 * (floor == 1) - 0.13 * (floor == 0) + 0.035 * (d["is_top_floor"].to_numpy() & lift)
    upper = 0.02 * (d["is_upper_flat"].to_numpy())
    return np.where(block, value, upper)


def _hidden(d: pd.DataFrame) -> np.ndarray:
    return STANDARD_SD * d["standard"].to_numpy() + BUILDING_SD * d["building_effect"].to_numpy()


def _noise_sd(d: pd.DataFrame) -> np.ndarray:
    """Noise of one price: larger where few bid, for old dwellings and out of town."""
    remote = np.array([zone.urbanity for zone in ZONES])[d["zone"]] < REMOTE_URBANITY
    old = d["built_year"].to_numpy() < 1940
    return np.array(NOISE_SD)[d["kind"]] * np.where(remote, 1.3, 1.0) * np.where(old, 1.15, 1.0)


def _mean_by_place(d: pd.DataFrame, effect: np.ndarray) -> np.ndarray:
    """Mean of a hidden effect among dwellings of one height above the fjord and floor, which coordinates do tell."""
    height = np.round(d["elevation_m"].to_numpy() / 12).astype(int)
    group = height * 100 + np.minimum(d["floor"].to_numpy(), 9)
    return pd.Series(effect).groupby(group).transform("mean").to_numpy()


def _price_levels(rng: np.random.Generator) -> np.ndarray:
    """Log level by zone, type and month, 0 in the month of the valuation date."""
    months = np.arange(N_MONTHS)
    year = 2018 + months / 12
    turns = ([2018, 2020.2, 2021.4, 2022.6, 2023.1, 2024.0, 2026.0], [0.0, 0.045, 0.135, 0.205, 0.155, 0.195, 0.315])
    common = np.interp(year, *turns) + 0.014 * np.sin(2 * np.pi * (year - 0.12)) + _wander(rng, (1,), 0.0030, 0.80)[0]
    by_type = _wander(rng, (len(TYPES),), 0.0020, 0.90) + np.outer(rng.normal(0, 0.008, len(TYPES)), year - 2026)
    # Country houses rose most in the years of home offices, town flats in the last two.
    away = np.interp(year, [2020.2, 2022.0, 2024.0, 2026.0], [0.0, 0.05, 0.02, 0.0])
    by_type = by_type + np.outer(np.array([1.0, 0.5, 0.4, -0.7]), away)
    district = np.array([DISTRICTS.index(zone.district) for zone in ZONES])
    by_district = _wander(rng, (len(DISTRICTS),), 0.0020, 0.92)
    by_district = by_district + np.outer(rng.normal(0, 0.007, len(DISTRICTS)), year - 2026)
    by_zone = _wander(rng, (len(ZONES),), 0.0013, 0.92) + np.outer(rng.normal(0, 0.004, len(ZONES)), year - 2026)
    both = _wander(rng, (len(DISTRICTS), len(TYPES)), 0.0013, 0.90)
    level = common + by_type[None] + by_district[district][:, None] + by_zone[:, None] + both[district]
    return level - level[:, :, -1:]


def _wander(rng: np.random.Generator, shape: tuple[int, ...], step_sd: float, persistence: float) -> np.ndarray:
    """Sum of steps that persist: smooth over months, different over years; shape (*shape, n_months)."""
    steps = rng.normal(0, step_sd, (*shape, N_MONTHS))
    speed = np.zeros(shape)
    path = np.zeros((*shape, N_MONTHS))
    for month in range(1, N_MONTHS):
        speed = persistence * speed + steps[..., month] * (1 - persistence**2) ** 0.5
        path[..., month] = path[..., month - 1] * 0.985 + speed
    return path
