"""Which columns do the models see, in which order, and whose are they?

`FeatureMaker` turns characteristics into numbers by the data dictionary alone: no column name of any place is written
here. What it knows of prices it learned from past sales only (`location.py`, `hedonic.py`), and never from the
dwelling's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import DataDictionary
from valuation.errors import InputRefused
from valuation.features.age import DAYS_PER_MONTH, age_features, day_numbers
from valuation.features.hedonic import HedonicRegression
from valuation.features.location import PastMeans, PastNeighbours
from valuation.jurisdictions.jurisdiction import Jurisdiction

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOG_PRICE = "log_adjusted_price"
"""Column of `fit`'s sales: natural logarithm of the market price, brought to the valuation date by the index."""
TIME = "time_months"
LOCATION_OWNER = "location"
TIME_OWNER = "time"


@dataclass(frozen=True)
class Feature:
    """A model input.

    Parameters
    ----------
    name : str
    owner : str
        Characteristic it is made from, or `location` or `time`: where its contribution is counted.
    direction : int
        1: the value must not fall when it rises, −1: must not rise, 0: either.
    is_level : bool
        Whether its numbers are codes of levels.
    """

    name: str
    owner: str
    direction: int = 0
    is_level: bool = False


@dataclass(frozen=True)
class NeighbourParams:
    """Settings of the neighbour features."""

    n_neighbours: int = 40
    """Sales looked at around a dwelling."""
    near: tuple[int, ...] = (4, 12, 40)
    metres_per_year: float = 250.0
    """How many metres of distance a year of age counts as when neighbours are chosen."""
    fade_days: float = 500.0
    """After so many days a sale counts 1/e."""
    shrink_near: float = 2.0
    """Weight, in sales, of the market area's mean in the mean of the nearest."""
    shrink_group: float = 3.0
    """Weight, in sales, of what surrounds it in the mean of a building, street or area."""
    similar_years: float = 15.0
    """Difference in years built at which a neighbour counts 1/e as a similar one."""
    has_levels: bool = True
    """Whether the market area itself is a feature beside its mean."""

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> NeighbourParams:
        """Read `train.neighbours` of params.yaml."""
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        return cls(**known)


class FeatureMaker:
    """Characteristics in, features out: the same for a sale in training, a dwelling of the roll and a what-if.

    Attributes
    ----------
    features_ : tuple of Feature
        In the canonical order of the columns.
    levels_ : dict of str to tuple of str
        Levels of each category, in the order of their codes; any other level is coded as missing.
    """

    @classmethod
    def fit(
        cls, sales: pd.DataFrame, jurisdiction: Jurisdiction, settings: dict[str, Any] | None = None
    ) -> FeatureMaker:
        """Learn levels, the hedonic regression and the pool of past sales.

        Parameters
        ----------
        sales : DataFrame
            One row a valid sale, with `sale_id, dwelling_id, market_date, log_adjusted_price`, the characteristics and,
            where known, `x_m, y_m`.
        jurisdiction : Jurisdiction
        settings : dict, optional
            `train.neighbours` of params.yaml.
        """
        maker = cls()
        maker.dictionary = jurisdiction.characteristics
        maker.params = NeighbourParams.from_settings(settings or {})
        sales = sales.sort_values(["market_date", "sale_id"], kind="stable").reset_index(drop=True)
        days = day_numbers(sales["market_date"], len(sales))
        maker.first_day_, maker.last_day_ = float(days.min()), float(days.max()) + 1.0
        maker.has_place_ = {"x_m", "y_m"} <= set(sales.columns) and bool(sales["x_m"].notna().any())
        maker.levels_ = {name: _levels_of(sales[name]) for name in maker._level_names()}
        maker._learn_pool(sales, days)
        maker.features_ = ()
        few = sales.head(5)
        made = maker._all_columns(few, few["market_date"])
        maker.features_ = tuple(maker._described(name) for name in made)
        return maker

    def _level_names(self) -> list[str]:
        names = [name for name in self.dictionary.categories() if self.dictionary[name].is_feature]
        roles = [self.dictionary.with_role(role) for role in ("market_area", "dwelling_type")]
        return list(dict.fromkeys([*names, *(role for role in roles if role)]))

    def _learn_pool(self, sales: pd.DataFrame, days: Floats) -> None:
        plain = self._plain(sales, days)
        area = self.dictionary.with_role("market_area") or ""
        is_location = {name for name in plain if name == area or name in _PLACE_COLUMNS}
        kept = plain.drop(columns=[name for name in plain if name in (*_PLACE_COLUMNS, TIME)])
        self.dwelling_ids_, dwelling = np.unique(
            sales["dwelling_id"].astype(str).to_numpy(dtype=object), return_inverse=True
        )
        log_price = sales[LOG_PRICE].to_numpy(np.float64)
        regression = HedonicRegression().fit(kept, log_price, dwelling.astype(np.int64), set(self.levels_), is_location)
        self.regression_ = regression
        self.pool_ = Pool(
            day=days,
            dwelling=dwelling.astype(np.int64),
            x=_numbers(sales, "x_m"),
            y=_numbers(sales, "y_m"),
            location_part=regression.location_parts_,
            own_design=regression.own_design_,
            change=regression.change_without_own_,
            year=self._year(sales),
            codes={role: self._codes(sales, role) for role in ("market_area", "dwelling_type")}
            | {role: self._group(sales, role, learn=True) for role in ("building", "street")},
        )
        self._prepare()

    def _prepare(self) -> None:
        pool, params = self.pool_, self.params
        self._neighbours = PastNeighbours(pool.x, pool.y, pool.day, pool.dwelling, params.metres_per_year)
        amounts = np.column_stack([np.ones(len(pool.day)), pool.location_part, pool.own_design])
        self._pool_codes = {name: pool.codes[role] for name, role in _GROUPS.items()}
        self._means = {
            name: PastMeans(codes, pool.day, amounts, params.fade_days)
            for name, codes in self._pool_codes.items()
            if (codes >= 0).any()
        }
        # Any one sale of a dwelling carries the change that leaving the whole dwelling out makes.
        self._sale_of_dwelling = np.full(len(self.dwelling_ids_), -1)
        self._sale_of_dwelling[pool.dwelling] = np.arange(len(pool.day))
        self._n_own = np.bincount(pool.dwelling, minlength=len(self.dwelling_ids_))

    # -- plain features ------------------------------------------------------------------------------------------

    def _plain(self, dwellings: pd.DataFrame, days: Floats) -> pd.DataFrame:
        columns: dict[str, Floats] = {}
        for name in self.dictionary.features():
            item = self.dictionary[name]
            if item.role in ("built_year", "renovated_year", "building", "street"):
                continue
            if item.is_categorical:
                columns[name] = self.level_codes(dwellings, name)
            else:
                columns[name] = _numbers(dwellings, name)
        columns |= age_features(dwellings, self.dictionary, days)
        columns |= self._ratios(columns)
        if self.has_place_:
            x, y = _numbers(dwellings, "x_m"), _numbers(dwellings, "y_m")
            columns |= {"x_m": x, "y_m": y, "x_plus_y_m": (x + y) / np.sqrt(2), "x_minus_y_m": (x - y) / np.sqrt(2)}
        # Trees know no day after the last sale: the index carries the level on from there.
        columns[TIME] = (np.minimum(days, self.last_day_) - self.first_day_) / DAYS_PER_MONTH
        return pd.DataFrame(columns)

    def _ratios(self, columns: dict[str, Floats]) -> dict[str, Floats]:
        """Shares of areas, only where no promise of direction would break on them."""
        area, plot = self.dictionary.with_role("living_area"), self.dictionary.with_role("plot_area")
        if area is None or plot is None or plot not in columns or self.dictionary[plot].direction != "either":
            return {}
        size, ground = columns[area], columns[plot]
        return {"living_area_per_plot": np.divide(size, ground, out=np.full_like(size, np.nan), where=ground > 0)}

    def level_codes(self, dwellings: pd.DataFrame, name: str) -> Floats:
        """Codes of a category, shape (n_dwellings,); NaN where missing or never seen in training."""
        codes = _codes_among(dwellings[name], self.levels_[name])
        return np.where(codes < 0, np.nan, codes.astype(np.float64))

    def _codes(self, dwellings: pd.DataFrame, role: str) -> Ints:
        name = self.dictionary.with_role(role)
        if name is None:
            return np.full(len(dwellings), -1)
        return np.nan_to_num(self.level_codes(dwellings, name), nan=-1).astype(np.int64)

    def _group(self, dwellings: pd.DataFrame, role: str, *, learn: bool = False) -> Ints:
        name = self.dictionary.with_role(role)
        if name is None:
            self.groups_ = {**getattr(self, "groups_", {}), role: ()} if learn else self.groups_
            return np.full(len(dwellings), -1)
        if learn:
            self.groups_ = {**getattr(self, "groups_", {}), role: _levels_of(dwellings[name])}
        return _codes_among(dwellings[name], self.groups_[role])

    def _year(self, dwellings: pd.DataFrame) -> Floats:
        name = self.dictionary.with_role("built_year")
        return _numbers(dwellings, name) if name else np.full(len(dwellings), np.nan)

    # -- what the neighbourhood sold for -------------------------------------------------------------------------

    def _location(self, dwellings: pd.DataFrame, days: Floats) -> dict[str, Floats]:
        dwelling = _codes_among(dwellings["dwelling_id"].astype(str), self.dwelling_ids_)
        days = np.minimum(days, self.last_day_)
        codes = {role: self._codes(dwellings, role) for role in ("market_area", "dwelling_type")}
        codes |= {role: self._group(dwellings, role) for role in ("street", "building")}
        row = _Asked(dwelling, days, self._change_for(dwelling), codes)
        area_mean, area_weight = self._group_mean("area", row, 0.0)
        columns = {"area_level": area_mean, "area_sales": area_weight}
        around = area_mean
        if self.has_place_:
            near, around = self._near(dwellings, row, area_mean)
            columns |= near
        for name in ("street", "building"):
            if name in self._means:
                around, weight = self._group_mean(name, row, around)
                columns |= {f"{name}_level": around, f"{name}_sales": weight}
        return columns

    def _change_for(self, dwelling: Ints) -> Floats:
        change = np.zeros((len(dwelling), self.pool_.change.shape[1]))
        sold = dwelling >= 0
        change[sold] = self.pool_.change[self._sale_of_dwelling[dwelling[sold]]]
        return change

    def _group_mean(self, name: str, row: _Asked, around: Floats | float) -> tuple[Floats, Floats]:
        """Shrunken mean location part of a group's past sales without the dwelling's own, and their weight."""
        codes = row.codes[_GROUPS[name]]
        sums = self._means[name].before(codes, row.days)
        self._subtract_own(sums, name, codes, row)
        weight = np.maximum(sums[:, 0], 0.0)
        total = sums[:, 1] + np.einsum("ij,ij->i", sums[:, 2:], row.change)
        shrink = self.params.shrink_group
        return (total + shrink * around) / (weight + shrink), weight

    def _subtract_own(self, sums: Floats, name: str, codes: Ints, row: _Asked) -> None:
        pool = self.pool_
        pool_codes = self._pool_codes[name]
        sold = np.flatnonzero(row.dwelling >= 0)
        asked = pd.DataFrame({"row": sold, "dwelling": row.dwelling[sold]})
        own = asked.merge(pd.DataFrame({"sale": np.arange(len(pool.day)), "dwelling": pool.dwelling}), on="dwelling")
        rows, sales = own["row"].to_numpy(), own["sale"].to_numpy()
        is_counted = (pool.day[sales] < row.days[rows]) & (pool_codes[sales] == codes[rows]) & (codes[rows] >= 0)
        rows, sales = rows[is_counted], sales[is_counted]
        weight = self._means[name].weight(pool.day[sales], row.days[rows])
        amounts = np.column_stack([np.ones(len(sales)), pool.location_part[sales], pool.own_design[sales]])
        np.subtract.at(sums, rows, amounts * weight[:, None])

    def _near(self, dwellings: pd.DataFrame, row: _Asked, area_mean: Floats) -> tuple[dict[str, Floats], Floats]:
        pool, params = self.pool_, self.params
        found, distance = self._neighbours.nearest(
            _numbers(dwellings, "x_m"), _numbers(dwellings, "y_m"), row.days, row.dwelling, params.n_neighbours
        )
        is_there = found >= 0
        part = np.where(is_there, pool.location_part[found] + self._correction(found, row.change), 0.0)
        fading = np.where(is_there, np.exp((pool.day[found] - row.days[:, None]) / params.fade_days), 0.0)
        columns: dict[str, Floats] = {}
        around = area_mean
        for n in sorted(params.near, reverse=True):
            reach = np.maximum(np.where(np.isfinite(distance[:, n - 1]), distance[:, n - 1], 1e4), 1.0)[:, None]
            weight = fading[:, :n] * np.exp(-((np.where(is_there[:, :n], distance[:, :n], 0.0) / reach) ** 2))
            around = _shrunk(weight, part[:, :n], around, params.shrink_near)
            columns[f"near_{n}_level"] = around
            columns[f"near_{n}_reach_m"] = np.where(np.isfinite(distance[:, n - 1]), distance[:, n - 1], np.nan)
        widest = columns[f"near_{max(params.near)}_level"]
        same = fading * (pool.codes["dwelling_type"][found] == row.codes["dwelling_type"][:, None])
        columns["near_same_type_level"] = _shrunk(same, part, widest, params.shrink_near)
        gap = np.nan_to_num((pool.year[found] - self._year(dwellings)[:, None]) / params.similar_years, nan=1.0)
        similar = fading * np.exp(-np.abs(gap))
        columns["near_same_age_level"] = _shrunk(similar, part, widest, params.shrink_near)
        spread = (fading * (part - widest[:, None]) ** 2).sum(axis=1) / np.maximum(fading.sum(axis=1), 1e-9)
        columns["near_spread"] = np.sqrt(spread)
        return columns, around

    def _correction(self, found: Ints, change: Floats) -> Floats:
        """What leaving the asking dwelling out of the regression adds to its neighbours' location parts."""
        correction = np.zeros(found.shape)
        moved = np.flatnonzero(np.abs(change).max(axis=1, initial=0.0) > 0)
        for start in range(0, len(moved), 2000):
            rows = moved[start : start + 2000]
            correction[rows] = np.einsum("ikp,ip->ik", self.pool_.own_design[found[rows]], change[rows])
        return correction

    # -- the table -----------------------------------------------------------------------------------------------

    def _all_columns(self, dwellings: pd.DataFrame, as_of: object) -> dict[str, Floats]:
        days = day_numbers(as_of, len(dwellings))
        plain = self._plain(dwellings, days)
        columns: dict[str, Floats] = {str(name): plain[name].to_numpy(np.float64) for name in plain}
        area = self.dictionary.with_role("market_area")
        if area is not None and not self.params.has_levels:
            columns.pop(area, None)
        return columns | self._location(dwellings, days)

    def transform(self, dwellings: pd.DataFrame, as_of: object) -> pd.DataFrame:
        """Make the features of dwellings as known on a day.

        Parameters
        ----------
        dwellings : DataFrame
            `dwelling_id`, the characteristics, and `x_m, y_m` where the jurisdiction has coordinates; in any order.
        as_of : date, or array-like of dates, shape (n_dwellings,)

        Returns
        -------
        DataFrame of float64, shape (n_dwellings, n_features)
            Columns as in `features_`; levels as codes, NaN where missing or never seen.

        Raises
        ------
        InputRefused
            When a column is missing.
        """
        needed = ["dwelling_id", *self.dictionary.features(), *(("x_m", "y_m") if self.has_place_ else ())]
        absent = [name for name in needed if name not in dwellings.columns]
        if absent:
            raise InputRefused(
                f"the table of dwellings has no column {absent[0]!r}",
                expected=", ".join(needed),
                remedy="make it with the ingest stage of this jurisdiction",
            )
        columns = self._all_columns(dwellings, as_of)
        # Rounded so that the last bits of a sum, which may depend on the machine, never decide a split.
        table = {item.name: np.round(columns[item.name], 6) + 0.0 for item in self.features_}
        return pd.DataFrame(table, index=dwellings.index)

    def training_features(self, sales: pd.DataFrame) -> pd.DataFrame:
        """Features of sales as known the day before each was made, their dwellings' own sales left out."""
        return self.transform(sales, sales["market_date"])

    def _described(self, name: str) -> Feature:
        if name in self.dictionary:
            item = self.dictionary[name]
            return Feature(name, name, _SIGN[item.direction], item.is_categorical)
        direction = {
            role: _SIGN[self.dictionary[owner].direction]
            for role in ("living_area", "built_year", "renovated_year")
            if (owner := self.dictionary.with_role(role))
        }
        built, renovated = (self.dictionary.with_role(role) or "" for role in ("built_year", "renovated_year"))
        made = {
            "age_years": Feature(name, built, -direction.get("built_year", 0)),
            "months_since_renovation": Feature(name, renovated, -direction.get("renovated_year", 0)),
            "years_since_work": Feature(
                name, built, -max(direction.get("built_year", 0), direction.get("renovated_year", 0))
            ),
            "living_area_per_plot": Feature(
                name, self.dictionary.with_role("living_area") or "", direction.get("living_area", 0)
            ),
            TIME: Feature(TIME, TIME_OWNER),
        }
        return made.get(name, Feature(name, LOCATION_OWNER))

    # -- files ---------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write `features.json` and the pool of past sales."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "params": asdict(self.params),
            "first_day": self.first_day_,
            "last_day": self.last_day_,
            "has_place": self.has_place_,
            "levels": self.levels_,
            "groups": self.groups_,
            "features": [asdict(item) for item in self.features_],
            "regression": self.regression_.to_json(),
            "dictionary": {name: item.model_dump(mode="json", by_alias=True) for name, item in self.dictionary.items()},
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / "features.json").write_text(text + "\n", encoding="utf-8")
        table = self.pool_.to_table()
        table.insert(0, "dwelling_id", self.dwelling_ids_[self.pool_.dwelling].astype(str))
        table.to_parquet(folder / "past_sales.parquet", index=False, compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> FeatureMaker:
        """Read what `save` wrote."""
        from valuation.dwellings.characteristics import Characteristic

        content = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        maker = cls()
        maker.dictionary = DataDictionary(
            {name: Characteristic.model_validate(item) for name, item in content["dictionary"].items()}
        )
        maker.params = NeighbourParams.from_settings(content["params"])
        maker.first_day_, maker.last_day_ = content["first_day"], content["last_day"]
        maker.has_place_ = content["has_place"]
        maker.levels_ = {name: tuple(levels) for name, levels in content["levels"].items()}
        maker.groups_ = {name: tuple(levels) for name, levels in content["groups"].items()}
        maker.features_ = tuple(Feature(**item) for item in content["features"])
        maker.regression_ = HedonicRegression.from_json(content["regression"])
        table = pd.read_parquet(folder / "past_sales.parquet")
        ids = table.pop("dwelling_id").to_numpy(dtype=object)
        maker.dwelling_ids_, dwelling = np.unique(ids, return_inverse=True)
        maker.pool_ = Pool.from_table(table, dwelling.astype(np.int64))
        maker._prepare()
        return maker

    dictionary: DataDictionary
    params: NeighbourParams
    features_: tuple[Feature, ...]
    levels_: dict[str, tuple[str, ...]]
    groups_: dict[str, tuple[str, ...]]
    first_day_: float
    last_day_: float
    has_place_: bool


@dataclass(frozen=True)
class _Asked:
    """Who asks, and when: one row a dwelling to be described."""

    dwelling: Ints
    days: Floats
    change: Floats
    codes: dict[str, Ints]


@dataclass(frozen=True)
class Pool:
    """The past sales, columns by name; one row a sale, oldest first."""

    day: Floats
    dwelling: Ints
    x: Floats
    y: Floats
    location_part: Floats
    own_design: Floats
    change: Floats
    year: Floats
    codes: dict[str, Ints]
    """By role: market_area, dwelling_type, building, street; −1 where missing."""

    def to_table(self) -> pd.DataFrame:
        """One row a sale; matrices become numbered columns."""
        simple = {name: getattr(self, name) for name in _POOL_COLUMNS}
        simple |= {f"code_{role}": codes for role, codes in self.codes.items()}
        matrices = {
            f"{name}_{i}": getattr(self, name)[:, i]
            for name in ("own_design", "change")
            for i in range(self.own_design.shape[1])
        }
        return pd.DataFrame(simple | matrices)

    @classmethod
    def from_table(cls, table: pd.DataFrame, dwelling: Ints) -> Pool:
        """Read what `to_table` made."""
        simple = {name: table[name].to_numpy() for name in _POOL_COLUMNS}
        matrices = {
            name: np.ascontiguousarray(table.filter(regex=f"^{name}_[0-9]+$").to_numpy(np.float64))
            for name in ("own_design", "change")
        }
        codes = {
            str(name).removeprefix("code_"): table[name].to_numpy() for name in table if str(name).startswith("code_")
        }
        return cls(dwelling=dwelling, codes=codes, **simple, **matrices)


_POOL_COLUMNS = ("day", "x", "y", "location_part", "year")
_GROUPS = {"area": "market_area", "street": "street", "building": "building"}
"""Groups whose past sales are averaged, by the role that names them."""
_PLACE_COLUMNS = ("x_m", "y_m", "x_plus_y_m", "x_minus_y_m")
_SIGN = {"raises": 1, "lowers": -1, "either": 0}


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _codes_among(column: pd.Series, levels: Any) -> Ints:
    """Position of each text among `levels`; −1 where missing or not among them."""
    return np.asarray(pd.Index(levels, dtype=object).get_indexer(pd.Index(column.astype(object))), dtype=np.int64)


def _levels_of(column: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(str(level) for level in column.dropna().unique()))


def _shrunk(weight: Floats, part: Floats, around: Floats, shrink: float) -> Floats:
    """Weighted mean over neighbours, with `shrink` sales' worth of what surrounds them."""
    return np.asarray(((weight * part).sum(axis=1) + shrink * around) / (weight.sum(axis=1) + shrink))
