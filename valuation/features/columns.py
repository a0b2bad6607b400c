"""Which columns do the models see, in which order, and whose are they?

`FeatureMaker` turns characteristics into numbers by the data dictionary alone: no column name of any place is written
here. What it knows of prices it learned from past sales only (`evidence.py`), and never from the dwelling's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from valuation.dwellings.characteristics import DataDictionary
from valuation.dwellings.facts import Facts, codes_among, texts_of
from valuation.errors import InputRefused
from valuation.features.age import DAYS_PER_MONTH, age_features, day_numbers
from valuation.features.evidence import Asked, NeighbourParams, PlaceEvidence, Pool
from valuation.features.hedonic import HedonicRegression
from valuation.features.landmarks import landmark_distances, landmarks_of
from valuation.features.surroundings import Surroundings
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


class FeatureMaker:
    """Characteristics in, features out: the same for a sale in training, a dwelling of the roll and a what-if.

    Attributes
    ----------
    features_ : tuple of Feature
        In the canonical order of the columns.
    levels_ : dict of str to tuple of str
        Levels of each category, in the order of their codes; any other level is coded as missing.
    landmarks_ : array of float, shape (n_landmarks, 2)
        Fixed points of the map, in metres, the distance to which is a feature.
    surroundings_ : Surroundings
        Facts of the dwellings that were sold, of the nearest of which means are features.
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
        made = maker._all_columns(Facts.of(few), few["market_date"])
        maker.features_ = tuple(maker._described(name) for name in made)
        return maker

    def _level_names(self) -> list[str]:
        names = [name for name in self.dictionary.categories() if self.dictionary[name].is_feature]
        roles = [self.dictionary.with_role(role) for role in ("market_area", "dwelling_type")]
        return list(dict.fromkeys([*names, *(role for role in roles if role)]))

    def _learn_pool(self, sales: pd.DataFrame, days: Floats) -> None:
        self._find_places()
        facts = Facts.of(sales)
        plain = pd.DataFrame(self._plain(facts, days))
        area = self.dictionary.with_role("market_area") or ""
        is_location = {name for name in plain if name == area or name in _PLACE_COLUMNS}
        kept = plain.drop(columns=[name for name in plain if name in (*_PLACE_COLUMNS, TIME)])
        self.dwelling_ids_, dwelling = np.unique(facts.text("dwelling_id"), return_inverse=True)
        log_price = sales[LOG_PRICE].to_numpy(np.float64)
        regression = HedonicRegression().fit(kept, log_price, dwelling.astype(np.int64), set(self.levels_), is_location)
        self.regression_ = regression
        self.pool_ = Pool(
            day=days,
            dwelling=dwelling.astype(np.int64),
            x=facts.number("x_m"),
            y=facts.number("y_m"),
            location_part=regression.location_parts_,
            own_design=regression.own_design_,
            change=regression.change_without_own_,
            year=self._year(facts),
            codes=self._place_codes(facts, learn=True),
        )
        self.landmarks_ = landmarks_of(self.pool_.x, self.pool_.y, self.params.landmarks, self.params.landmark_sales)
        self.surroundings_ = Surroundings(self._what_stands(facts, dwelling), self.params.surroundings)
        self._prepare()

    def _what_stands(self, facts: Facts, dwelling: Ints) -> pd.DataFrame:
        """Numbers known of each dwelling at its newest sale, one row a dwelling; no columns where nothing asks."""
        asked = self.params.surroundings if self.has_place_ else ()
        numbers = [name for name in self.dictionary.features() if not self.dictionary[name].is_categorical]
        newest = np.zeros(len(self.dwelling_ids_), dtype=np.int64)
        newest[dwelling] = np.arange(len(dwelling))  # sales are in the order of their days: the last one stays
        return pd.DataFrame({name: facts.number(name)[newest] for name in ("x_m", "y_m", *numbers) if asked})

    def _prepare(self) -> None:
        self._find_places()
        self._place_of_dwelling = _places(self.dwelling_ids_)
        self._evidence = PlaceEvidence(self.pool_, self.params, len(self.dwelling_ids_))
        self.pool_ = self._evidence.pool

    # -- plain features ------------------------------------------------------------------------------------------

    def _find_places(self) -> None:
        """Note where each level stands among those of its category: it is asked of every dwelling."""
        self._place_of_level = {name: _places(levels) for name, levels in self.levels_.items()}
        self._place_of_group = {role: _places(levels) for role, levels in getattr(self, "groups_", {}).items()}

    def _plain(self, dwellings: Facts, days: Floats) -> dict[str, Floats]:
        columns: dict[str, Floats] = {}
        for name in self.dictionary.features():
            item = self.dictionary[name]
            if item.role in ("built_year", "renovated_year", "building", "street"):
                continue
            columns[name] = self.level_codes(dwellings, name) if item.is_categorical else dwellings.number(name)
        columns |= age_features(dwellings, self.dictionary, days)
        columns |= self._ratios(columns)
        if self.has_place_:
            x, y = dwellings.number("x_m"), dwellings.number("y_m")
            columns |= {"x_m": x, "y_m": y, "x_plus_y_m": (x + y) / np.sqrt(2), "x_minus_y_m": (x - y) / np.sqrt(2)}
        # Trees know no day after the last sale: the index carries the level on from there.
        columns[TIME] = (np.minimum(days, self.last_day_) - self.first_day_) / DAYS_PER_MONTH
        return columns

    def _ratios(self, columns: dict[str, Floats]) -> dict[str, Floats]:
        """Shares of areas, only where no promise of direction would break on them."""
        area, plot = self.dictionary.with_role("living_area"), self.dictionary.with_role("plot_area")
        if area is None or plot is None or plot not in columns or self.dictionary[plot].direction != "either":
            return {}
        size, ground = columns[area], columns[plot]
        return {"living_area_per_plot": np.divide(size, ground, out=np.full_like(size, np.nan), where=ground > 0)}

    def level_codes(self, dwellings: pd.DataFrame | Facts, name: str) -> Floats:
        """Codes of a category, shape (n_dwellings,); NaN where missing or never seen in training."""
        codes = self._level_numbers(Facts.of(dwellings), name)
        return np.where(codes < 0, np.nan, codes.astype(np.float64))

    def _level_numbers(self, dwellings: Facts, name: str) -> Ints:
        return codes_among(dwellings.text(name), self._place_of_level[name], len(dwellings))

    def _place_codes(self, dwellings: Facts, *, learn: bool = False) -> dict[str, Ints]:
        """Whom a dwelling is compared with: numbers of its area, type, building and street, and of its kind."""
        n = len(dwellings)
        nowhere = np.full(n, -1)
        named = {role: self.dictionary.with_role(role) for role in ("market_area", "dwelling_type")}
        codes = {
            role: nowhere if name is None else self._level_numbers(dwellings, name) for role, name in named.items()
        }
        columns = {role: self.dictionary.with_role(role) for role in ("building", "street")}
        texts = {role: None if name is None else dwellings.text(name) for role, name in columns.items()}
        if self.params.alike:
            texts["kind"] = self._kinds(dwellings)
        if learn:
            self.groups_ = {role: () if text is None else _levels_of(pd.Series(text)) for role, text in texts.items()}
            self._find_places()
        return codes | {
            role: nowhere if text is None else codes_among(text, self._place_of_group[role], n)
            for role, text in texts.items()
        }

    def _kinds(self, dwellings: Facts) -> NDArray[np.object_]:
        """Codes of type and categories in one text; a category of place or of a promised direction is none of it."""
        codes = [
            self._level_numbers(dwellings, name).tolist()
            for name in self.levels_
            if self.dictionary[name].role not in ("market_area", "building", "street")
            and self.dictionary[name].direction == "either"
        ]
        kinds = np.full(len(dwellings), "", dtype=object)
        if codes:
            kinds[:] = ["".join(f"/{code}" for code in row) for row in zip(*codes, strict=True)]
        return kinds

    def _year(self, dwellings: Facts) -> Floats:
        return dwellings.number(self.dictionary.with_role("built_year") or "")

    # -- the table -----------------------------------------------------------------------------------------------

    def _all_columns(self, dwellings: Facts, as_of: object) -> dict[str, Floats]:
        days = day_numbers(as_of, len(dwellings))
        columns = self._plain(dwellings, days)
        area = self.dictionary.with_role("market_area")
        if area is not None and not self.params.has_levels:
            columns.pop(area, None)
        x, y = dwellings.number("x_m"), dwellings.number("y_m")
        asked = Asked(
            dwelling=codes_among(dwellings.text("dwelling_id"), self._place_of_dwelling, len(dwellings)),
            days=np.minimum(days, self.last_day_),
            x=x,
            y=y,
            year=self._year(dwellings),
            codes=self._place_codes(dwellings),
        )
        evidence = self._evidence.columns(asked, has_place=self.has_place_)
        around = self.surroundings_.columns(x, y, asked.dwelling)
        return columns | evidence | landmark_distances(self.landmarks_, x, y) | around

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
        return pd.DataFrame(self.matrix(Facts.of(dwellings), as_of), index=dwellings.index, columns=list(self.names_))

    @property
    def names_(self) -> tuple[str, ...]:
        """Names of `features_`."""
        return tuple(item.name for item in self.features_)

    def matrix(self, dwellings: Facts, as_of: object) -> Floats:
        """Make the features as `transform` does, without a table, shape (n_dwellings, n_features).

        Raises
        ------
        InputRefused
            When a column is missing.
        """
        needed = ["dwelling_id", *self.dictionary.features(), *(("x_m", "y_m") if self.has_place_ else ())]
        absent = [name for name in needed if name not in dwellings]
        if absent:
            raise InputRefused(
                f"the table of dwellings has no column {absent[0]!r}",
                expected=", ".join(needed),
                remedy="make it with the ingest stage of this jurisdiction",
            )
        columns = self._all_columns(dwellings, as_of)
        # Rounded so that the last bits of a sum, which may depend on the machine, never decide a split.
        return np.asarray(np.round(np.column_stack([columns[name] for name in self.names_]), 6) + 0.0)

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
            "landmarks": self.landmarks_.tolist(),
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
        if self.params.surroundings:
            self.surroundings_.facts_.to_parquet(folder / "surroundings.parquet", index=False, compression="zstd")

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
        maker.landmarks_ = np.array(content.get("landmarks", []), dtype=np.float64).reshape(-1, 2)
        maker.levels_ = {name: tuple(levels) for name, levels in content["levels"].items()}
        maker.groups_ = {name: tuple(levels) for name, levels in content["groups"].items()}
        maker.features_ = tuple(Feature(**item) for item in content["features"])
        maker.regression_ = HedonicRegression.from_json(content["regression"])
        table = pq.read_table(folder / "past_sales.parquet")
        maker.dwelling_ids_, dwelling = np.unique(texts_of(table["dwelling_id"].to_pylist()), return_inverse=True)
        maker.pool_ = Pool.from_table(table, dwelling.astype(np.int64))
        asked = maker.params.surroundings
        stands = pd.read_parquet(folder / "surroundings.parquet") if asked else pd.DataFrame()
        maker.surroundings_ = Surroundings(stands, asked)
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
    landmarks_: Floats
    surroundings_: Surroundings


_PLACE_COLUMNS = ("x_m", "y_m", "x_plus_y_m", "x_minus_y_m")
_SIGN = {"raises": 1, "lowers": -1, "either": 0}


def _places(levels: Any) -> dict[str, int]:
    return {str(level): place for place, level in enumerate(levels)}


def _levels_of(column: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(str(level) for level in column.dropna().unique()))
