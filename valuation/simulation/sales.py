"""Which dwellings changed hands in five years, how, and at what price? Free sales and all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from valuation.simulation.dwellings import BLOCK, FIRST_NEW_YEAR, ROW
from valuation.simulation.market import (
    CONDITION_YEARS,
    NOISE_DF,
    VALUATION_DATE,
    Market,
    condition_effect,
    level_at,
)

FIRST_SALE_DATE: Final = np.datetime64("2021-01-01", "D")
_N_DAYS: Final = int((VALUATION_DATE - FIRST_SALE_DATE).astype(int))

KINDS: Final = ("free", "gift", "inheritance", "family", "separation", "forced", "other")
"""Kinds of transfer in the register."""
KIND_SHARES: Final = (0.865, 0.030, 0.040, 0.030, 0.018, 0.009, 0.008)
PART_SHARE: Final = 0.020
"""Share of transfers in which a part of the dwelling changes hands."""
BUNDLE_SHARE: Final = 0.012
"""Share of transfers that are in a deed with others."""
HIDDEN_FAMILY_SHARE: Final = 0.010
"""Share of the free sales that were within a family after all; nothing in the register tells."""
NEW_BUILD_SHARE: Final = 0.055
"""The most of the sales that are first sales of new-builds."""
FLIP_SHARE: Final = 0.012
"""Share of the sales that are bought run down, done up and sold on within the year."""
_MONTH_INTENSITY: Final = (0.75, 0.9, 1.05, 1.05, 1.15, 1.35, 0.95, 1.1, 1.15, 1.05, 1.0, 0.75)


@dataclass(frozen=True)
class Renovations:
    """When bathroom and kitchen were done, before the window and in it; years as decimal numbers, NaN for never."""

    before: np.ndarray
    during: np.ndarray
    neglect: np.ndarray
    """Log value that is missing until the first renovation in the window."""

    def years_since(self, rows: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Years from the last renovation of the dwellings in `rows` to the decimal `year`."""
        during = self.during[rows]
        last = np.where(during <= year, during, self.before[rows])
        return np.maximum(year - last, 0.0)

    def log_effect(self, rows: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Log value of the state of the dwellings in `rows` at the decimal `year`; none of it is recorded."""
        done = self.during[rows] <= year
        return condition_effect(self.years_since(rows, year)) - np.where(done, 0.0, self.neglect[rows])


def make_sales(
    rng: np.random.Generator, d: pd.DataFrame, market: Market, n_sales: int
) -> tuple[pd.DataFrame, Renovations]:
    """Let the market run for five years.

    Returns
    -------
    sales : DataFrame
        One row is a transfer, in order of registration: `dwelling` (row of `d`), `sale_date` (deed), `contract_date`,
        `kind`, `owned_share`, `deed`, `n_in_deed`, `is_off_plan`, `joint_debt`, `sale_price`, and the truth.
    renovations : Renovations
    """
    sales = _who_and_when(rng, d, n_sales)
    renovations = _renovations(rng, d, sales)
    sales["kind"] = rng.choice(len(KINDS), len(sales), p=np.array(KIND_SHARES))
    is_planned = sales["is_off_plan"] | sales["is_flip"]
    sales.loc[is_planned, "kind"] = 0
    _add_value(sales, d, market, renovations)
    _add_price(rng, sales, market)
    _add_deeds(rng, sales)
    _add_joint_debt(rng, sales, d)
    return sales, renovations


def _who_and_when(rng: np.random.Generator, d: pd.DataFrame, n_sales: int) -> pd.DataFrame:
    new = _new_build_sales(rng, d, int(n_sales * NEW_BUILD_SHARE))
    n_flips = int(n_sales * FLIP_SHARE)
    used = _turnover(rng, d, n_sales - len(new) - n_flips)
    flips = _resold(rng, used, n_flips)
    sales = pd.concat([new, used, flips], ignore_index=True)
    order = np.lexsort((sales["dwelling"], sales["sale_date"]))
    return sales.iloc[order].reset_index(drop=True)


def _new_build_sales(rng: np.random.Generator, d: pd.DataFrame, most: int) -> pd.DataFrame:
    built = d["built_year"].to_numpy()
    rows = np.flatnonzero(built >= FIRST_NEW_YEAR)
    rows = np.sort(rng.permutation(rows)[:most])
    deed = (built[rows] - 1970).astype("M8[Y]").astype("M8[D]") + rng.integers(20, 360, len(rows))
    off_plan = rng.random(len(rows)) < 0.8
    lead = np.where(off_plan, rng.integers(180, 820, len(rows)), rng.integers(20, 80, len(rows)))
    return _table(rows, deed, deed - lead, off_plan, np.zeros(len(rows), bool))


def _turnover(rng: np.random.Generator, d: pd.DataFrame, n: int) -> pd.DataFrame:
    """Draw who sells: flats oftener than houses, some dwellings again and again."""
    built = d["built_year"].to_numpy()
    often = np.array([0.6, 0.85, 0.95, 1.5])[d["kind"]] * rng.gamma(2.2, 1 / 2.2, len(d))
    often = np.where(built >= FIRST_NEW_YEAR - 1, 0.35 * often, often)
    often = often / often.sum()
    rows, dates = np.empty(0, int), np.empty(0, "M8[D]")
    for _ in range(12):
        missing = n - len(rows)
        if missing <= 0:
            break
        rows = np.concatenate([rows, rng.choice(len(d), missing, p=often)])
        dates = np.concatenate([dates, _days(rng, missing)])
        keep = _far_apart(rows, dates) & (dates > _completed(built[rows]))
        rows, dates = rows[keep], dates[keep]
    extra = n - len(rows)
    if extra > 0:  # hardly more dwellings than sales: then some do change hands twice in a season
        old = np.flatnonzero(built < FIRST_NEW_YEAR)
        rows = np.concatenate([rows, rng.choice(old if len(old) else np.arange(len(d)), extra)])
        dates = np.concatenate([dates, _days(rng, extra)])
    contract = dates - rng.integers(20, 90, n)
    return _table(rows, dates, contract, np.zeros(n, bool), np.zeros(n, bool))


def _completed(built_year: np.ndarray) -> np.ndarray:
    year_end = (built_year - 1970 + 1).astype("M8[Y]").astype("M8[D]")
    return np.where(built_year >= FIRST_NEW_YEAR, year_end + 120, FIRST_SALE_DATE - 1)


def _days(rng: np.random.Generator, n: int) -> np.ndarray:
    days = FIRST_SALE_DATE + np.arange(_N_DAYS)
    month = days.astype("M8[M]").astype(int) % 12
    year = days.astype("M8[Y]").astype(int) + 1970
    # 2021 was busy, 2023 slow.
    by_year = np.interp(year, [2021, 2022, 2023, 2024, 2025], [1.15, 1.0, 0.85, 0.95, 1.05])
    busy = np.array(_MONTH_INTENSITY)[month] * by_year
    weekday = (days.astype(int) + 3) % 7
    busy = np.where(weekday >= 5, 0, busy)
    return days[rng.choice(_N_DAYS, n, p=busy / busy.sum())]


def _far_apart(rows: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """Whether each sale comes at least four months after the one before of its dwelling."""
    order = np.lexsort((dates, rows))
    same = np.diff(rows[order], prepend=-1) == 0
    gap = np.diff(dates[order].astype(int), prepend=0)
    keep = np.empty(len(rows), bool)
    keep[order] = ~(same & (gap < 120))
    return keep


def _resold(rng: np.random.Generator, used: pd.DataFrame, n: int) -> pd.DataFrame:
    """Sell `n` of the sold dwellings on within the year; marks what was bought and what is sold as a flip."""
    last = ~used.sort_values(["dwelling", "sale_date"], kind="stable").duplicated("dwelling", keep="last").sort_index()
    early = used["sale_date"].to_numpy() < VALUATION_DATE - np.timedelta64(360, "D")
    bought = np.sort(rng.permutation(np.flatnonzero(last & early))[:n])
    used.loc[bought, "is_flip"] = True
    again = used["sale_date"].to_numpy()[bought] + rng.integers(130, 350, len(bought))
    resale = _table(
        used["dwelling"].to_numpy()[bought],
        again,
        again - rng.integers(20, 90, len(bought)),
        np.zeros(len(bought), bool),
        np.ones(len(bought), bool),
    )
    short = n - len(resale)
    if short > 0:
        more = used.iloc[np.arange(short) % max(len(used), 1)]
        late = np.minimum(more["sale_date"].to_numpy() + 200, VALUATION_DATE - 1)
        filler = _table(more["dwelling"].to_numpy(), late, late - 30, np.zeros(short, bool), np.zeros(short, bool))
        resale = pd.concat([resale, filler], ignore_index=True)
    return resale


def _table(
    rows: np.ndarray, deed: np.ndarray, contract: np.ndarray, off_plan: np.ndarray, flip: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({
        "dwelling": rows, "sale_date": deed.astype("M8[D]"), "contract_date": contract.astype("M8[D]"),
        "is_off_plan": off_plan, "is_flip": flip,
    })  # fmt: skip


def _renovations(rng: np.random.Generator, d: pd.DataFrame, sales: pd.DataFrame) -> Renovations:
    """Decide who does up bathroom and kitchen in the window: 4 in 100 a year, 1 in 8 new owners, every flipper."""
    before = d["renovated_before"].to_numpy().copy()
    during = np.where(rng.random(len(d)) < 0.16, rng.uniform(2021, 2026, len(d)), np.nan)
    rows = sales["dwelling"].to_numpy()
    deed = _decimal_year(sales["sale_date"].to_numpy())
    new_owner = (rng.random(len(sales)) < 0.12) & (~sales["is_off_plan"].to_numpy())
    during[rows[new_owner]] = deed[new_owner] + rng.uniform(0.05, 0.8, int(new_owner.sum()))
    flips = sales[sales["is_flip"]]
    bought = flips.groupby("dwelling")["sale_date"].min()
    during[bought.index] = _decimal_year(bought.to_numpy()) + 0.25
    # They buy what nobody else wants.
    age = 2021 - d["built_year"].to_numpy()[bought.index]
    worn = 2021 - np.clip(rng.uniform(15, CONDITION_YEARS + 5, len(bought)), 0, np.maximum(age, 0))
    before[bought.index] = np.minimum(before[bought.index], worn)
    during = np.where(d["built_year"] >= FIRST_NEW_YEAR, np.nan, during)
    return Renovations(before, during, d["neglect"].to_numpy())


def _decimal_year(dates: np.ndarray) -> np.ndarray:
    return 1970 + dates.astype("M8[D]").astype(float) / 365.2425


def _add_value(sales: pd.DataFrame, d: pd.DataFrame, market: Market, renovations: Renovations) -> None:
    """Add the log value of each sold dwelling at the day of its contract, with and without what is not recorded."""
    rows, day = sales["dwelling"].to_numpy(), sales["contract_date"].to_numpy().astype("M8[D]")
    level = level_at(market, d, rows, day)
    condition = renovations.log_effect(rows, _decimal_year(day))
    # A new-build sold from drawings is as good as on its first day.
    condition = np.where(sales["is_off_plan"], 0.0, condition)
    sales["log_value"] = market.log_recorded[rows] + market.log_hidden[rows] + condition + level
    sales["log_value_recorded"] = market.log_recorded[rows] + market.condition_mean[rows] + level


def _add_price(rng: np.random.Generator, sales: pd.DataFrame, market: Market) -> None:
    n, rows = len(sales), sales["dwelling"].to_numpy()
    noise = rng.standard_t(NOISE_DF, n) * np.sqrt((NOISE_DF - 2) / NOISE_DF) * market.noise_sd[rows]
    # Developers have a price list; the bidding is small.
    noise = np.where(sales["is_off_plan"], 0.5 * noise, noise)
    kind = sales["kind"].to_numpy()
    sales["is_hidden_family"] = (kind == 0) & (rng.random(n) < HIDDEN_FAMILY_SHARE) & ~sales["is_off_plan"]
    low = np.select(
        [kind == 1, kind == 2, kind == 3, kind == 4, kind == 5, kind == 6],
        [rng.uniform(0.3, 0.9, n), rng.uniform(0.6, 1.02, n), rng.uniform(0.6, 1.0, n), rng.uniform(0.7, 1.02, n),
         rng.uniform(0.65, 0.97, n), rng.uniform(0.3, 1.2, n)],
        1.0,
    )  # fmt: skip
    low = np.where(sales["is_hidden_family"], rng.uniform(0.5, 0.88, n), low)
    sales["noise"] = noise
    market_price = np.exp(sales["log_value"].to_numpy() + noise) * low
    step = np.where(market_price > 6e6, 50_000, np.where(market_price > 1e6, 10_000, 1_000))
    sales["market_price"] = np.maximum(np.round(market_price / step) * step, 10_000)
    free_gift = (kind == 1) & (rng.random(n) < 0.15)
    # Rows without a price are put aside; in a small set a few too many would stop the run.
    sales["is_zero_price"] = free_gift & (np.cumsum(free_gift) <= n // 100)


def _add_deeds(rng: np.random.Generator, sales: pd.DataFrame) -> None:
    """Part shares, and deeds over several dwellings that carry one price for all."""
    n = len(sales)
    plain = ~(sales["is_off_plan"] | sales["is_flip"]).to_numpy()
    part = plain & (rng.random(n) < PART_SHARE)
    share = rng.choice([0.5, 0.5, 0.25, 1 / 3], n)
    sales["owned_share"] = np.where(part, share, 1.0)
    follows = plain & ~part & (rng.random(n) < BUNDLE_SHARE / 2)
    follows[0] = False
    first = np.flatnonzero(follows) - 1
    ok = plain[first] & ~part[first] & ~follows[first]
    first = first[ok]
    second = first + 1
    deed = np.arange(n)
    deed[second] = deed[first]
    sales["deed"] = deed
    sales["n_in_deed"] = np.where(np.isin(deed, deed[first]), 2, 1)
    price = sales["market_price"].to_numpy() * sales["owned_share"].to_numpy()
    both = price[first] + price[second]
    price[first], price[second] = both, both
    dates = sales["sale_date"].to_numpy().copy()
    dates[second] = dates[first]
    sales["sale_date"] = dates
    contract = sales["contract_date"].to_numpy().copy()
    contract[second] = np.minimum(contract[second], dates[second])
    sales["contract_date"] = contract
    sales["market_price"] = price


def _add_joint_debt(rng: np.random.Generator, sales: pd.DataFrame, d: pd.DataFrame) -> None:
    """Split the price of a co-operative share into what is paid and what is taken over with it."""
    rows = sales["dwelling"].to_numpy()
    tenure, built = d["tenure"].to_numpy()[rows], d["built_year"].to_numpy()[rows]
    kind = d["kind"].to_numpy()[rows]
    share = rng.beta(1.3, 7, int(d["building"].max()) + 1)[d["building"].to_numpy()[rows]]
    share = np.where(built >= 2005, 0.25 + share, share)
    owes = (tenure != "selveier") & np.isin(kind, (BLOCK, ROW, 1)) & (share > 0.02)
    years = (sales["sale_date"].to_numpy() - FIRST_SALE_DATE).astype("m8[D]").astype(float) / 365
    debt = np.where(owes, share * np.exp(sales["log_value_recorded"].to_numpy()) * (1 - 0.02 * years), 0.0)
    debt = np.round(np.clip(debt, 0, 0.75 * sales["market_price"].to_numpy()))
    sales["joint_debt"] = np.where(owes, debt, 0.0)
    sales["sale_price"] = np.where(sales["is_zero_price"], 0.0, sales["market_price"] - sales["joint_debt"])
