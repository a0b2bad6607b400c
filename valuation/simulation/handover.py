"""How is a synthetic municipality made? `simulate` writes its raw tables, and the truth beside them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from valuation.errors import WrongUse
from valuation.simulation import registers
from valuation.simulation.dwellings import TYPES, make_dwellings
from valuation.simulation.market import (
    FIRST_MONTH,
    N_MONTHS,
    NOISE_SD,
    VALUATION_DATE,
    Market,
    level_at,
    make_market,
)
from valuation.simulation.municipality import ZONES, Municipality, make_municipality
from valuation.simulation.sales import KINDS, Renovations, make_sales

FEWEST_DWELLINGS: Final = 100
FEWEST_SALES: Final = 50

Progress = Callable[[str, int, int], None]


def simulate(
    out: Path,
    *,
    dwellings: int = 103_000,
    sales: int = 25_000,
    seed: int = 5001,
    progress: Progress | None = None,
) -> None:
    """Write the raw tables of an invented municipality into `out`, and its truth into `out/truth`.

    Parameters
    ----------
    out : Path
        Folder to make. One that is there is replaced when it holds nothing but an earlier simulation.
    dwellings, sales : int
        Rows of the dwelling register, and of the sales register with everything in it that is no free sale.
    seed : int
        Same seed and sizes, same bytes.
    progress : callable, optional
        Told `(what, done, total)`.

    Raises
    ------
    WrongUse
        For sizes that cannot be, or a folder in use.
    """
    _check(out, dwellings, sales, seed)
    tell = progress or (lambda _what, _done, _total: None)
    # One stream of random numbers for each part, so that a change in one leaves the others as they were.
    streams = [np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(6)]
    municipality = make_municipality(streams[0], dwellings)
    homes = make_dwellings(streams[1], municipality, dwellings)
    homes["matrikkelnummer"] = registers.matrikkel_numbers(homes)
    homes["bruksenhet"] = registers.unit_numbers(homes)
    tell("simulate", 1, 4)
    market = make_market(streams[2], homes)
    transfers, renovations = make_sales(streams[3], homes, market, sales)
    tell("simulate", 2, 4)
    tables = _raw_tables(streams[4], municipality, homes, market, transfers)
    doubled = registers.doubled_rows(streams[5], sales)
    tables["omsetninger.csv"] = tables["omsetninger.csv"].iloc[doubled]
    truth = _truth(homes, market, transfers.iloc[doubled], renovations, tables["omsetninger.csv"])
    tell("simulate", 3, 4)
    _write(out, tables, truth, {"dwellings": dwellings, "sales": sales, "seed": seed})
    tell("simulate", 4, 4)


def _check(out: Path, dwellings: int, sales: int, seed: int) -> None:
    for name, value, least in (("dwellings", dwellings, FEWEST_DWELLINGS), ("sales", sales, FEWEST_SALES)):
        if value < least:
            raise WrongUse(f"{name} is {value}", expected=f"at least {least}", remedy="ask for a larger municipality")
    if sales > 2 * dwellings:
        raise WrongUse(
            f"{sales} sales of {dwellings} dwellings in five years",
            expected="at most two sales a dwelling",
            remedy="ask for more dwellings or fewer sales",
        )
    if seed < 0:
        raise WrongUse(f"seed is {seed}", expected="a whole number of at least 0", remedy="choose another seed")
    if out.exists():
        _check_may_be_replaced(out)


def _check_may_be_replaced(out: Path) -> None:
    if not out.is_dir():
        raise WrongUse(f"{out} is a file", expected="a folder to write into", remedy="name a folder")
    foreign = sorted(path.name for path in out.iterdir() if path.name not in {*registers.ENCODINGS, "truth"})
    if foreign:
        raise WrongUse(
            f"{out} holds {foreign[0]!r}, which no simulation wrote",
            expected="a new folder, an empty one, or one with an earlier simulation",
            remedy="name another folder",
        )


def _raw_tables(
    rng: np.random.Generator, municipality: Municipality, homes: pd.DataFrame, market: Market, transfers: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    last_sold = registers.last_sale_dates(transfers, len(homes))
    units = registers.dwelling_register(rng, homes, last_sold)
    everyone = np.arange(len(homes))
    then = np.full(len(homes), np.datetime64("2021-01-01"))
    log_value_then = market.log_recorded + market.condition_mean + level_at(market, homes, everyone, then)
    rates = registers.standard_rates(homes, log_value_then)
    return {
        "boenheter.csv": units,
        "bygninger.csv": registers.building_register(rng, homes),
        "eiendommer.csv": registers.property_register(rng, homes),
        "grunnkretser.csv": registers.tract_register(municipality.tracts),
        "omsetninger.csv": registers.sales_register(rng, transfers, homes),
        "forrige_takst.csv": registers.prior_values(rates, homes, units),
        "sjablong.csv": registers.rates_table(rates),
    }


def _truth(
    homes: pd.DataFrame, market: Market, transfers: pd.DataFrame, renovations: Renovations, register: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Make the tables of what is known here only: values of dwellings, of sales, and the price level."""
    everyone = np.arange(len(homes))
    condition = renovations.log_effect(everyone, np.full(len(homes), 2026.0))
    homes_truth = pd.DataFrame({
        "dwelling_id": homes["matrikkelnummer"] + "-" + homes["bruksenhet"],
        "true_value": np.exp(market.log_recorded + market.log_hidden + condition),
        "recorded_value": np.exp(market.log_recorded + market.condition_mean),
        "noise_sd": market.noise_sd,
        "market_area": np.array([zone.code for zone in ZONES], dtype=object)[homes["zone"]],
        "dwelling_type": np.array(TYPES, dtype=object)[homes["kind"]],
        "true_area_m2": homes["area_m2"],
        "true_built_year": homes["built_year"],
    })  # fmt: skip
    rows = transfers["dwelling"].to_numpy()
    sales_truth = pd.DataFrame({
        "sale_id": register["dokumentnr"] + "-" + register["matrikkelnummer"] + "-" + register["bruksenhet"],
        "dwelling_id": homes_truth["dwelling_id"].to_numpy()[rows],
        "market_date": transfers["contract_date"],
        "true_value": np.exp(transfers["log_value"]),
        "recorded_value": np.exp(transfers["log_value_recorded"]),
        "market_price": transfers["market_price"],
        "kind": np.array(KINDS, dtype=object)[transfers["kind"]],
        "is_hidden_family": transfers["is_hidden_family"],
        "is_free_sale": (transfers["kind"] == 0) & (transfers["owned_share"] == 1) & (transfers["n_in_deed"] == 1),
    })  # fmt: skip
    sales_truth = sales_truth.drop_duplicates("sale_id")
    return {"dwellings.parquet": homes_truth, "sales.parquet": sales_truth, "price_level.parquet": _level_table(market)}


def _level_table(market: Market) -> pd.DataFrame:
    """One row is a zone, type and month: the log price level on the first of the month against the valuation date."""
    months = (FIRST_MONTH + np.arange(N_MONTHS)).astype("M8[D]").astype("M8[us]")
    n_zones, n_types = len(ZONES), len(TYPES)
    return pd.DataFrame({
        "market_area": np.repeat([zone.code for zone in ZONES], n_types * N_MONTHS),
        "dwelling_type": np.tile(np.repeat(TYPES, N_MONTHS), n_zones),
        "month": np.tile(months, n_zones * n_types),
        "log_index": market.log_level.ravel(),
    })  # fmt: skip


def _write(
    out: Path, tables: dict[str, pd.DataFrame], truth: dict[str, pd.DataFrame], settings: dict[str, int]
) -> None:
    """Write everything aside, then rename: a folder that is there is whole."""
    aside, old = (out.with_name(f".{out.name}.{os.getpid()}.{word}") for word in ("aside", "old"))
    try:
        (aside / "truth").mkdir(parents=True)
        for name, table in tables.items():
            registers.write_raw(table, aside / name)
        for name, table in truth.items():
            table.to_parquet(aside / "truth" / name, index=False, compression="zstd")
        facts = {**settings, "noise_sd": dict(zip(TYPES, NOISE_SD, strict=True)), "valuation_date": str(VALUATION_DATE)}
        text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
        (aside / "truth" / "settings.json").write_text(text, encoding="utf-8")
        if out.exists():
            out.rename(old)
        aside.rename(out)
    finally:
        for left in (aside, old):
            if left.exists():
                shutil.rmtree(left)
