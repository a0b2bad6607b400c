"""What do past sales say of how hard a value is? The dwelling's own last sale, and how far the nearest like sale lies.

Evidence for the error of a value, never for the value itself. Of a sale it uses nothing of that day or later, and the
dwelling's own sales only as its own: a sale cannot be its own neighbour.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from valuation.dwellings.characteristics import DataDictionary
from valuation.dwellings.facts import Facts, codes_among, texts_of
from valuation.errors import InputRefused
from valuation.features.age import day_numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = (
    "own_log_gap",
    "own_log_distance",
    "own_sale_days",
    "like_1_distance",
    "like_5_distance",
    "like_15_distance",
)
"""Own last sale over the value, both at the level of the valuation date, as a log, and its size; days since that sale;
distance to the first, fifth and fifteenth nearest like sale. NaN where there is none."""
_NEAREST = (1, 5, 15)
_OWN_SALES = 4
"""So many sales of the dwelling itself may stand among the nearest without costing a neighbour."""
_PLACE_M = 1500.0
_LOG_AREA = 0.2
_YEARS = 20.0
_LOG_PRICE = 0.2
"""What counts as one step of unlikeness: metres apart, log living area, years built, log price from log value."""
_FILE = "past_sales.parquet"
_WHERE = ("x", "y", "log_area", "year")
_DAYS = 1e6
"""More than lie between any two days: the number of a dwelling and a day make one number."""


class PastSales:
    """The valid sales before the holdout, oldest first.

    Parameters
    ----------
    table : DataFrame
        One row a sale: `dwelling_id`, `day` (since 1970-01-01), `log_price` (at the valuation date), and where it
        lies among dwellings: `x, y` (metres), `log_area`, `year` (built). NaN where not known.
    dictionary : DataDictionary
        Names the characteristics that a dwelling is compared by.
    """

    def __init__(self, table: pd.DataFrame, dictionary: DataDictionary) -> None:
        self.table = table
        self._dictionary = dictionary
        self._day = table["day"].to_numpy(np.float64)
        owner = texts_of(table["dwelling_id"])
        self._place_of_dwelling = {name: place for place, name in enumerate(dict.fromkeys(owner.tolist()))}
        self._dwelling = codes_among(owner, self._place_of_dwelling, len(owner))
        # Sales by dwelling, then day: one search finds the last before.
        key = self._dwelling * _DAYS + self._day
        self._order = np.argsort(key, kind="stable")
        self._key = key[self._order]
        self._log_price = table["log_price"].to_numpy(np.float64)
        self._has_place = bool(table["x"].notna().any())
        self._has_year = bool(table["year"].notna().any())
        points = self._points({name: table[name].to_numpy(np.float64) for name in _WHERE}, self._log_price)
        # Sales whose place, size or year is not known are nobody's neighbours.
        self._position = np.flatnonzero(np.isfinite(points).all(axis=1))
        self._known = points[self._position]
        self._trees: dict[int, cKDTree] = {}

    @classmethod
    def fit(cls, sales: pd.DataFrame, dictionary: DataDictionary) -> PastSales:
        """Keep what is needed of valid sales.

        Parameters
        ----------
        sales : DataFrame
            `sale_id, dwelling_id, market_date, time_adjusted_sale_price`, the characteristics and, where known,
            `x_m, y_m`.
        dictionary : DataDictionary
        """
        sales = sales.sort_values(["market_date", "sale_id"], kind="stable").reset_index(drop=True)
        table = pd.DataFrame(
            {
                "dwelling_id": sales["dwelling_id"].astype("str"),
                "day": day_numbers(sales["market_date"], len(sales)),
                "log_price": np.round(np.log(sales["time_adjusted_sale_price"].to_numpy(np.float64)), 9),
            }
        )
        return cls(table.assign(**_whereabouts(Facts.of(sales), dictionary)), dictionary)

    def evidence(self, dwellings: pd.DataFrame | Facts, log_value: Floats, days: Floats) -> dict[str, Floats]:
        """Tell what past sales say of values.

        Parameters
        ----------
        dwellings : DataFrame or Facts
            `dwelling_id`, the characteristics, `x_m, y_m` where the jurisdiction has coordinates.
        log_value : array of float, shape (n_dwellings,)
            At the level of the valuation date; NaN without a value.
        days : array of float, shape (n_dwellings,)
            Day of each value, since 1970-01-01: only sales before it count, and of others' only those of months that
            ended before it.

        Returns
        -------
        dict of str to array of float, shape (n_dwellings,)
            `COLUMNS`.
        """
        facts = Facts.of(dwellings)
        dwelling = codes_among(facts.text("dwelling_id"), self._place_of_dwelling, len(facts))
        last = self._last_own_sale(dwelling, days)
        has_own = last >= 0
        gap = (
            np.where(has_own, self._log_price[last] - log_value, np.nan)
            if len(self._day)
            else np.full_like(days, np.nan)
        )
        since = np.where(has_own, days - self._day[last], np.nan) if len(self._day) else np.full_like(days, np.nan)
        points = self._points(_whereabouts(facts, self._dictionary), log_value)
        distances = self._like_distances(points, dwelling, days)
        found = (gap, np.abs(gap), since, *distances.T)
        # Rounded so that the last bits, which may depend on the machine, never decide a split.
        return {name: np.round(column, 6) + 0.0 for name, column in zip(COLUMNS, found, strict=True)}

    def _points(self, whereabouts: dict[str, Floats], log_price: Floats) -> Floats:
        columns = [whereabouts["log_area"] / _LOG_AREA, log_price / _LOG_PRICE]
        # A year that is not known is no usual year: what is usual would hang on sales yet to come.
        if self._has_year:
            columns.append(whereabouts["year"] / _YEARS)
        if self._has_place:
            columns += [whereabouts[axis] / _PLACE_M for axis in ("x", "y")]
        return np.column_stack(columns)

    def _last_own_sale(self, dwelling: Ints, days: Floats) -> Ints:
        """Row of the last own sale strictly before the day, −1 where there is none."""
        asked = dwelling * _DAYS + np.clip(days, 0, _DAYS - 1)
        place = np.searchsorted(self._key, asked, side="left") - 1
        row = self._order[np.maximum(place, 0)] if len(self._order) else np.full(len(days), -1)
        is_own = (place >= 0) & (dwelling >= 0)
        is_own[is_own] = self._dwelling[row[is_own]] == dwelling[is_own]
        return np.where(is_own, row, -1)

    def _like_distances(self, points: Floats, dwelling: Ints, days: Floats) -> Floats:
        found = np.full((len(points), len(_NEAREST)), np.nan)
        first_of_month = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.float64)
        until = np.searchsorted(self._day[self._position], first_of_month, side="left")
        can_ask = np.isfinite(points).all(axis=1) & (until > 0)
        for n_past in np.unique(until[can_ask]):
            rows = np.flatnonzero(can_ask & (until == n_past))
            found[rows] = self._nearest(points[rows], dwelling[rows], int(n_past))
        return found

    def _nearest(self, points: Floats, dwelling: Ints, n_past: int) -> Floats:
        tree = self._trees.get(n_past)
        if tree is None:
            tree = cKDTree(self._known[:n_past])
            # Of the whole pool it is asked again and again, of each month before once.
            if n_past == len(self._known):
                self._trees[n_past] = tree
        k = min(max(_NEAREST) + _OWN_SALES, n_past)
        distance, place = tree.query(points, k=np.arange(1, k + 1))
        is_own = self._dwelling[self._position[place]] == dwelling[:, None]
        distance = np.sort(np.where(is_own, np.inf, distance), axis=1)
        wanted = [distance[:, n - 1] if n <= k else np.full(len(points), np.inf) for n in _NEAREST]
        found = np.column_stack(wanted)
        return np.where(np.isfinite(found), found, np.nan)

    def save(self, folder: Path) -> None:
        """Write the sales into the folder."""
        self.table.to_parquet(folder / _FILE, index=False, compression="zstd")

    @classmethod
    def load(cls, folder: Path, dictionary: DataDictionary) -> PastSales:
        """Read what `save` wrote."""
        return cls(pd.read_parquet(folder / _FILE), dictionary)


def _whereabouts(dwellings: Facts, dictionary: DataDictionary) -> dict[str, Floats]:
    """Where dwellings lie among dwellings: `x, y, log_area, year`, NaN where not known."""
    area = dictionary.with_role("living_area")
    if area is None:
        raise InputRefused("the data dictionary names no living area", expected="a characteristic of that role")
    size = dwellings.number(area)
    return {
        "x": dwellings.number("x_m"),
        "y": dwellings.number("y_m"),
        "log_area": np.asarray(np.round(np.log(np.where(size > 0, size, np.nan)), 9), dtype=np.float64),
        "year": dwellings.number(dictionary.with_role("built_year") or ""),
    }
