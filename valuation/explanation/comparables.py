"""Which sales are most like this dwelling, as the model sees it?

The model sees a dwelling as what each of its facts adds to the log price. Added up by explanation group, these
contributions are a point in a space of few dimensions, all in one unit: 0.1 is about 10 % of the price. Two dwellings
near one another there are alike in all that the value hangs on, and what separates them is a line of the adjustment
grid each. A kilometre on the map counts as a small difference too, so that of sales about as much alike those nearby
are shown. The nearest sales are found by k-d trees, exactly: first a few nearest ones are asked for, and where the
guards leave too few of them, more, until no sale that was not looked at could be among those chosen.

The guards: the same type of dwelling; within some distance on the map; sold within some years; at most two from one
building; each dwelling once, by its newest sale; never a sale of the dwelling itself.

References
----------
docs/decisions/0024-comparables-are-near-as-the-model-sees-them.md; leaf sharing, with which this was compared:
ccao-data/model-res-avm.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from valuation.dwellings.facts import Facts, codes_among
from valuation.errors import InputRefused
from valuation.explanation.contributions import group_of
from valuation.explanation.guarded_choice import DIGITS, Candidates, Guards, Places, choose
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ComparableParams
from valuation.stored import read_stored

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLUMNS = ("row", "place", "sale", "sale_id", "distance_m", "unlikeness")
"""Of the table that `ComparableSales.nearest` returns."""

_FORMAT = 1
_DAYS_PER_YEAR = 365.25
_DIGITS = 6
"""Of a point: a millionth of the price. Finer differences are those between two ways of adding the same numbers, and
must not decide which of two equal sales is shown."""
_FIRST, _MORE = 12, 96
"""Nearest sales asked for at first, and where those do not suffice; then all within the distance are looked at."""
_SALE_COLUMNS = (
    *("sale_id", "dwelling_id", "market_date", "market_price", "time_adjusted_sale_price", "joint_debt"),
    *("x_m", "y_m"),
)
_FEW_ROWS = 64
_AT_ONCE = 2_000_000
"""Candidates looked at together."""


class Nearest(NamedTuple):
    """The sales beside some dwellings; one row of each column is a sale beside a dwelling."""

    row: Ints
    """Of the dwellings asked for."""
    place: Ints
    """1 is nearest."""
    sale: Ints
    """Row of `ComparableSales.sales`."""
    distance_m: Floats
    """On the map; NaN where there are no coordinates."""
    unlikeness: Floats


class ComparableSales:
    """Sales that may be shown beside a value, with what their facts contribute at the valuation date.

    Made by `fit` or `load`. A sale's number is its row: newest first, so that of two sales equally near the newer one
    is chosen.

    Attributes
    ----------
    sales : DataFrame
        One row is a sale: `sale_id, dwelling_id, market_date, market_price, time_adjusted_sale_price`, `joint_debt`
        where known, `x_m, y_m`, and the characteristics.
    lines : tuple of str
        Names of the log contributions.
    log_amounts : ndarray, shape (n_sales, n_lines)
        Log contributions of the sold dwellings at the valuation date.
    group_of_line : tuple of str
        Explanation group of each line.
    building : ndarray of int, shape (n_sales,)
        Number of the building a sale lies in.
    kind, area : str
        Characteristic that must be the same; `area` only where there are no coordinates, else empty.
    params : ComparableParams
    """

    def __init__(
        self,
        sales: pd.DataFrame,
        lines: tuple[str, ...],
        log_amounts: Floats,
        group_of_line: tuple[str, ...],
        building: Ints,
        kind: str,
        area: str,
        params: ComparableParams,
    ) -> None:
        self.sales, self.lines, self.log_amounts = sales, lines, log_amounts
        self.group_of_line, self.building = group_of_line, building
        self.kind, self.area, self.params = kind, area, params
        on_map = np.zeros((len(sales), 2)) if area else sales[["x_m", "y_m"]].to_numpy(float)
        self._places = self._seen_at(log_amounts, on_map)
        facts = Facts.of(sales)
        self._parts = _parts_of(_keys(facts, kind, area), self._places, is_on_map=not area)
        self._sale_of_dwelling = {name: row for row, name in enumerate(facts.text("dwelling_id").tolist())}

    @classmethod
    def fit(
        cls,
        sales: pd.DataFrame,
        lines: tuple[str, ...],
        log_amounts: Floats,
        jurisdiction: Jurisdiction,
        params: ComparableParams,
    ) -> ComparableSales:
        """Keep the sales that may be shown.

        Parameters
        ----------
        sales : DataFrame
            One row is a valid sale before the holdout, with its characteristics and price at the valuation date.
        lines : tuple of str
            Characteristics, `location`, `time`.
        log_amounts : ndarray, shape (n_sales, n_lines)
            Log contributions of the sold dwellings at the valuation date.
        jurisdiction : Jurisdiction
        params : ComparableParams
        """
        dictionary = jurisdiction.characteristics
        kind, area = (str(dictionary.with_role(role)) for role in ("dwelling_type", "market_area"))
        has_places = jurisdiction.coordinates is not None
        sales = sales.reset_index(drop=True)
        days = (pd.Timestamp(jurisdiction.valuation_date) - sales["market_date"]).dt.days
        needed = [kind, "time_adjusted_sale_price", *(("x_m", "y_m") if has_places else (area,))]
        usable = (days <= round(params.max_age_years * _DAYS_PER_YEAR)) & sales[needed].notna().all(axis=1)
        newest_first = sales[usable].sort_values(["market_date", "sale_id"], ascending=[False, True], kind="stable")
        rows = newest_first.drop_duplicates("dwelling_id").index.to_numpy()
        kept = [name for name in (*_SALE_COLUMNS, *dictionary) if name in sales]
        chosen = sales.loc[rows, kept].reset_index(drop=True)
        return cls(
            sales=chosen,
            lines=tuple(lines),
            log_amounts=np.ascontiguousarray(np.asarray(log_amounts, dtype=float)[rows]),
            group_of_line=tuple(group_of(name, jurisdiction) for name in lines),
            building=building_numbers(chosen, dictionary.with_role("building"), params.same_place_m),
            kind=kind,
            area="" if has_places else area,
            params=params,
        )

    def __len__(self) -> int:
        """Return the number of sales."""
        return len(self.sales)

    @property
    def groups(self) -> tuple[str, ...]:
        """The explanation groups, in the order in which lines belong to them."""
        return tuple(dict.fromkeys(self.group_of_line))

    @cached_property
    def log_sums(self) -> Floats:
        """Log contributions of the sold dwellings by explanation group, shape (n_sales, n_groups)."""
        return self.by_group(self.log_amounts)

    @cached_property
    def cells(self) -> dict[str, NDArray[Any]]:
        """The sales column by column, as they are shown: numbers as float64, all else as objects, None for nothing."""
        return {str(name): _shown(self.sales[name]) for name in self.sales}

    def by_group(self, log_amounts: Floats) -> Floats:
        """Add log contributions up by explanation group, shape (n, n_groups)."""
        groups = self.groups
        sums = np.zeros((len(log_amounts), len(groups)))
        # Column by column: the same additions in the same order, however many rows there are.
        for line, group in enumerate(self.group_of_line):
            sums[:, groups.index(group)] += log_amounts[:, line]
        return sums

    def _seen_at(self, log_amounts: Floats, on_map: Floats) -> Places:
        """Return where dwellings lie: on the map, and as the model sees them."""
        kilometres = on_map / 1000.0 * self.params.log_per_km
        return Places(np.hstack([self.by_group(log_amounts), kilometres]).round(_DIGITS) + 0.0, on_map)

    # -- the nearest sales -----------------------------------------------------------------------------------------

    def nearest(
        self,
        dwellings: pd.DataFrame | Facts,
        log_amounts: Floats,
        *,
        is_asked: NDArray[np.bool_] | None = None,
        n_threads: int | None = None,
    ) -> pd.DataFrame:
        """Return the nearest sales that pass the guards, nearest first.

        The answer to a dwelling hangs on no other row.

        Parameters
        ----------
        dwellings : DataFrame
            `dwelling_id`, the type, and `x_m, y_m` (or the market area where there are no coordinates).
        log_amounts : ndarray, shape (n_dwellings, n_lines)
            Log contributions at the valuation date, lines as here.
        is_asked : ndarray of bool, shape (n_dwellings,), optional
            Dwellings to find sales for: those that have a value.
        n_threads : int, optional
            By default as many as there are cores.

        Returns
        -------
        DataFrame
            One row is a sale beside a dwelling: `row` (of `dwellings`), `place` (1 is nearest), `sale` (row of
            `sales`), `sale_id`, `distance_m` (on the map; NaN where there are no coordinates) and `unlikeness`: the
            root of the summed squares of their differences, by group and on the map, in log price. A dwelling without
            type or place has none.

        Raises
        ------
        InputRefused
            When the contributions are of other lines.
        """
        return self._table(self.found(Facts.of(dwellings), log_amounts, is_asked=is_asked, n_threads=n_threads))

    def found(
        self,
        dwellings: Facts,
        log_amounts: Floats,
        *,
        is_asked: NDArray[np.bool_] | None = None,
        n_threads: int | None = None,
    ) -> Nearest:
        """Return the same as `nearest` as plain columns."""
        if log_amounts.shape != (len(dwellings), len(self.lines)):
            raise InputRefused(
                f"contributions of shape {log_amounts.shape} for {len(dwellings)} dwellings",
                expected=f"a row for each and the lines {', '.join(self.lines)}",
                remedy="make them with the models of the same bundle",
            )
        asked = self._asked(dwellings, log_amounts, is_asked)
        shape = (len(dwellings), self.params.number)
        found = _Found(np.full(shape, -1, dtype=np.int64), np.full(shape, np.nan), np.full(shape, np.nan))
        # Starting threads takes longer than finding sales for a few.
        workers = n_threads or (1 if len(dwellings) < _FEW_ROWS else -1)
        for name in sorted(set(asked.key.tolist()) & set(self._parts)):
            part, rows = self._parts[name], np.flatnonzero(asked.key == name)
            for k in (_FIRST, _MORE):
                rows = self._among_nearest(part, asked, rows, k, found, workers)
            self._among_all(part, asked, rows, found)
        row, place = np.nonzero(found.sale >= 0)
        return Nearest(
            row=row.astype(np.int64),
            place=(place + 1).astype(np.int64),
            sale=found.sale[row, place],
            distance_m=np.full(len(row), np.nan) if self.area else found.metres[row, place],
            unlikeness=found.unlikeness[row, place],
        )

    def _asked(self, dwellings: Facts, log_amounts: Floats, is_asked: NDArray[np.bool_] | None) -> _Asked:
        key = _keys(dwellings, self.kind, self.area)
        on_map = np.zeros((len(dwellings), 2))
        if not self.area:
            on_map = np.column_stack([dwellings.number("x_m"), dwellings.number("y_m")])
            key[~np.isfinite(on_map).all(axis=1)] = ""
        if is_asked is not None:
            key[~np.asarray(is_asked, dtype=bool)] = ""
        own = codes_among(dwellings.text("dwelling_id"), self._sale_of_dwelling, len(dwellings))
        return _Asked(key, self._seen_at(log_amounts, on_map), own)

    def _among_nearest(self, part: _Part, asked: _Asked, rows: Ints, k: int, found: _Found, workers: int) -> Ints:
        """Choose among the `k` nearest of a part; return the rows for which a sale further away might be chosen."""
        if not len(rows):
            return rows
        k = min(k, len(part.sale))
        reach, near = part.tree.query(asked.places.point[rows], k=[*range(1, k + 1)], workers=workers)
        # In the order of their numbers, which decides between sales equally near.
        candidates = Candidates(np.arange(0, len(rows) * k + 1, k), part.sale[np.sort(near, axis=1)].ravel())
        self._choose(candidates, asked, rows, found)
        if k == len(part.sale):
            return rows[:0]
        # A sale just as far away as the last one asked for may have been left out: it must lie clearly beyond.
        return rows[~(found.unlikeness[rows, -1] < reach[:, -1] - 10.0 ** (1 - DIGITS))]

    def _among_all(self, part: _Part, asked: _Asked, rows: Ints, found: _Found) -> None:
        """Choose among all sales of a part within the distance on the map."""
        at_once = max(_AT_ONCE // len(part.sale), 1)
        for first in range(0, len(rows), at_once):
            block = rows[first : first + at_once]
            # A metre further than the guard, which decides in the same way for all.
            lists = (
                [part.every] * len(block)
                if part.on_map is None
                else part.on_map.query_ball_point(
                    asked.places.on_map[block], self.params.max_distance_m + 1.0, return_sorted=True
                )
            )
            within = np.concatenate([np.asarray(item, dtype=np.int64) for item in lists])
            ends = np.cumsum([0, *(len(item) for item in lists)])
            self._choose(Candidates(ends, part.sale[within]), asked, block, found)

    def _choose(self, candidates: Candidates, asked: _Asked, rows: Ints, found: _Found) -> None:
        limit = np.inf if self.area else self.params.max_distance_m
        guards = Guards(limit, self.params.max_per_building, self.params.number)
        dwellings = Places(asked.places.point[rows], asked.places.on_map[rows])
        chosen = choose(candidates, dwellings, asked.own[rows], self._places, self.building, guards)
        found.sale[rows], found.unlikeness[rows], found.metres[rows] = chosen

    def _table(self, found: Nearest) -> pd.DataFrame:
        sale_id = self.sales["sale_id"].array.take(found.sale)
        columns = {"row": found.row, "place": found.place, "sale": found.sale, "sale_id": sale_id}
        return pd.DataFrame(columns | {"distance_m": found.distance_m, "unlikeness": found.unlikeness})

    # -- files -----------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write `sales.parquet`, `log_amounts.parquet` and `comparables.json` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.sales.assign(building_number=self.building).to_parquet(
            folder / "sales.parquet", index=False, compression="zstd"
        )
        amounts = pd.DataFrame(self.log_amounts, columns=list(self.lines))
        amounts.to_parquet(folder / "log_amounts.parquet", index=False, compression="zstd")
        content = {
            "format": _FORMAT,
            "group_of_line": dict(zip(self.lines, self.group_of_line, strict=True)),
            "kind": self.kind,
            "area": self.area,
            "params": self.params.model_dump(mode="json"),
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / "comparables.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ComparableSales:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When the files are of another format.
        """
        remedy = "use the release that wrote it, or run `valuation conformalize` again"
        content = read_stored(folder / "comparables.json", _FORMAT, remedy=remedy)
        sales = pd.read_parquet(folder / "sales.parquet")
        building = sales.pop("building_number").to_numpy(np.int64)
        lines = tuple(content["group_of_line"])
        amounts = pd.read_parquet(folder / "log_amounts.parquet")[list(lines)].to_numpy(float)
        return cls(
            sales=sales,
            lines=lines,
            log_amounts=np.ascontiguousarray(amounts),
            group_of_line=tuple(content["group_of_line"].values()),
            building=building,
            kind=content["kind"],
            area=content["area"],
            params=ComparableParams.model_validate(content["params"]),
        )


@dataclass(frozen=True)
class _Part:
    """Sales among which those for a dwelling are chosen: of its type, and its area where there are no coordinates."""

    sale: Ints
    """Their numbers, rising."""
    tree: cKDTree
    """Of their points."""
    on_map: cKDTree | None
    """Of their places; None where there are none."""

    @property
    def every(self) -> Ints:
        return np.arange(len(self.sale))


@dataclass(frozen=True)
class _Asked:
    """Dwellings for which sales are looked for."""

    key: NDArray[np.object_]
    """Of the part, empty where none is asked for."""
    places: Places
    own: Ints
    """Number of the dwelling's own sale, −1 where it has none."""


@dataclass(frozen=True)
class _Found:
    """What was chosen so far, shape (n_dwellings, number) each."""

    sale: Ints
    unlikeness: Floats
    metres: Floats


def _keys(table: Facts, kind: str, area: str) -> NDArray[np.object_]:
    """Text that must be the same for a dwelling and a sale; empty where a part of it is not known."""
    texts = [table.text(name).tolist() for name in (kind, *([area] if area else []))]
    keys = np.full(len(table), "", dtype=object)
    # An empty text is none of those a register writes; the separator is none either.
    keys[:] = ["" if None in row else "\x1f".join(["", *row]) for row in zip(*texts, strict=True)]
    return keys


def _shown(column: pd.Series) -> NDArray[Any]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fM":
        return np.asarray(column.to_numpy())
    made = np.empty(len(column), dtype=object)
    made[:] = [None if pd.isna(cell) else _one(cell) for cell in column]
    return made


def _one(cell: Any) -> Any:
    # Of equal texts one is kept: there are few, and many sales.
    return sys.intern(cell) if isinstance(cell, str) else cell.item() if isinstance(cell, np.generic) else cell


def _parts_of(keys: NDArray[np.object_], places: Places, *, is_on_map: bool) -> dict[str, _Part]:
    parts = {}
    for key in sorted(set(keys)):
        rows = np.flatnonzero(keys == key)
        on_map = cKDTree(places.on_map[rows]) if is_on_map else None
        parts[key] = _Part(rows.astype(np.int64), cKDTree(places.point[rows]), on_map)
    return parts


def building_numbers(sales: pd.DataFrame, building: str | None, same_place_m: float) -> Ints:
    """Number the buildings that sales lie in.

    Parameters
    ----------
    sales : DataFrame
        One row is a sale of a dwelling of its own.
    building : str or None
        The characteristic that is the identity of the building. Where it is missing, or there is none, sales within
        `same_place_m` of one another, or of others that are, count as one building; a sale without a place as a
        building of its own.
    same_place_m : float

    Returns
    -------
    ndarray of int, shape (n_sales,)
        The same number for the same building.
    """
    named = np.zeros(len(sales), dtype=bool)
    numbers = np.zeros(len(sales), dtype=np.int64)
    if building is not None:
        codes = pd.factorize(sales[building], sort=True)[0]
        named = codes >= 0
        numbers[named] = codes[named]
    rest = np.flatnonzero(~named)
    first_free = int(numbers.max(initial=-1)) + 1
    together = np.empty((0, 2), dtype=np.int64)
    if {"x_m", "y_m"} <= set(sales.columns):
        placed = rest[sales.loc[rest, ["x_m", "y_m"]].notna().all(axis=1).to_numpy(dtype=bool)]
        tree = cKDTree(sales.loc[placed, ["x_m", "y_m"]].to_numpy(float).reshape(-1, 2))
        together = np.searchsorted(rest, placed)[tree.query_pairs(same_place_m, output_type="ndarray")]
    from scipy.sparse import coo_array  # not above: what serves values finds no buildings
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(together)), (together[:, 0], together[:, 1])), shape=(len(rest), len(rest)))
    numbers[rest] = first_free + connected_components(links, directed=False)[1]
    return numbers
