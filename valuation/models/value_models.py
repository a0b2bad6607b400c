"""What would a dwelling have sold for on a day? The baseline, the decision tree and the boosted model, always together.

A value is `exp(f(x) + log index)`: the models learn prices brought to the valuation date by the time index, and the
index carries each answer to the day it is asked for. Time is also a feature, so that the trees may correct the index
where an area or a kind of dwelling moved otherwise; beyond the last sale it stands still.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.age_bands import age_band_number
from valuation.dwellings.facts import Facts
from valuation.errors import InputRefused, TooFewSales
from valuation.features.age import age_features, day_numbers
from valuation.features.columns import LOCATION_OWNER, LOG_PRICE, Feature, FeatureMaker
from valuation.features.landmarks import is_landmark
from valuation.features.surroundings import is_surrounding
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.asking import blended
from valuation.models.grown_tree import GrownTree
from valuation.models.price_table import PriceTable
from valuation.models.stored_booster import Booster, as_lightgbm, read_booster
from valuation.pipeline.params import TrainParams
from valuation.progress import Progress
from valuation.sales.time_adjustment import TimeIndex
from valuation.stored import read_stored

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = NDArray[np.float64]

_FORMAT = 1
_MIN_SALES = 100
_DAYS_PER_YEAR = 365.25


class ValueModels:
    """The three models, the features they stand on and the index that carries them to a day.

    Attributes
    ----------
    maker_ : FeatureMaker
    time_index_ : TimeIndex
    baseline_ : PriceTable
    tree_ : GrownTree
    boosters_ : list of Booster
    weights_ : array of float, shape (n_boosters,)
        Sum 1: the boosted log value is the weighted sum of what the boosters say.
    last_day_ : float
        Day after the last sale known, in days since 1970-01-01.
    """

    maker_: FeatureMaker
    time_index_: TimeIndex
    baseline_: PriceTable
    tree_: GrownTree
    boosters_: list[Booster]
    weights_: Floats

    @classmethod
    def fit(
        cls,
        sales: pd.DataFrame,
        time_index: TimeIndex,
        jurisdiction: Jurisdiction,
        params: TrainParams,
        *,
        progress: Progress | None = None,
        light: bool = False,
    ) -> ValueModels:
        """Fit all three on valid sales.

        Parameters
        ----------
        sales : DataFrame
            One row a valid sale: `sale_id, dwelling_id, market_price, market_date`, the characteristics, `x_m, y_m`.
        time_index : TimeIndex
            Made from no later sales than these.
        jurisdiction : Jurisdiction
        params : TrainParams
        progress : Progress, optional
        light : bool
            One seed of each booster: for folds, where the error is asked for and not the value.

        Raises
        ------
        TooFewSales
            For fewer than 100 sales.
        """
        if len(sales) < _MIN_SALES:
            raise TooFewSales(
                f"{len(sales)} valid sales to learn from",
                expected=f"at least {_MIN_SALES}",
                remedy="bring more sales, or look in screen/summary.csv for why they were excluded",
            )
        told = progress or Progress()
        # Row order and repeated rows change LightGBM's numbers: one canonical order, each sale once.
        sales = sales.sort_values("sale_id", kind="stable").drop_duplicates("sale_id").reset_index(drop=True)
        models = cls()
        models._learn_names(jurisdiction)
        models.time_index_ = time_index
        sales[LOG_PRICE] = np.log(sales["market_price"].to_numpy(np.float64)) - models.log_index(
            sales, sales["market_date"]
        )
        models.maker_ = FeatureMaker.fit(sales, jurisdiction, params.neighbours)
        features = models.maker_.training_features(sales)
        price = np.exp(sales[LOG_PRICE].to_numpy(np.float64))
        days = day_numbers(sales["market_date"], len(sales))
        models._fit_table(sales, price)
        models._fit_tree(features, price, days, params)
        models._fit_boosted(features, price, days, params, told, light=light)
        return models

    def _learn_names(self, jurisdiction: Jurisdiction) -> None:
        dictionary = jurisdiction.characteristics
        self.roles_ = {
            role: str(dictionary.with_role(role)) for role in ("living_area", "dwelling_type", "market_area")
        }
        self.required_ = [name for name, item in dictionary.items() if item.required]

    def _fit_table(self, sales: pd.DataFrame, price: Floats) -> None:
        from valuation.models.baseline import StandardPrice  # not above: what serves values fits no model

        columns = self._standard_columns(sales, sales["market_date"])
        self.baseline_ = StandardPrice(0, (1, 2, 3)).fit(columns, price).table_

    def _fit_tree(self, features: pd.DataFrame, price: Floats, days: Floats, params: TrainParams) -> None:
        from valuation.models.readable_size import choose_size  # as above

        readable = [item for item in self.maker_.features_ if _is_readable(item)]
        self.tree_columns_ = [item.name for item in readable]
        tree, self.tree_sizes_ = choose_size(
            features[self.tree_columns_].to_numpy(np.float64),
            price,
            days,
            directions=tuple(item.direction for item in readable),
            max_leaves=params.tree_max_leaves,
            max_depth=params.tree_max_depth,
        )
        self.tree_ = tree.grown_

    def _fit_boosted(
        self, features: pd.DataFrame, price: Floats, days: Floats, params: TrainParams, told: Progress, *, light: bool
    ) -> None:
        from valuation.models.boosting import BoostedTrees  # as above

        settings = dict(params.boosting)
        fade_years = settings.pop("fade_years", None)
        settings["members"] = tuple(
            (str(loss), float(weight))
            for loss, weight in settings.pop("members", {"huber": 1.0, "squared": 1.0}).items()
        )
        if light:
            settings["n_seeds"] = 1
        weight = None if fade_years is None else np.exp((days - days.max()) / (_DAYS_PER_YEAR * fade_years))
        described = self.maker_.features_
        model = BoostedTrees(
            directions=tuple(item.direction for item in described),
            levels=tuple(i for i, item in enumerate(described) if item.is_level),
            evidence=evidence_columns(described),
            random_state=params.seed,
            **settings,
        )
        model.fit(
            features.to_numpy(np.float64),
            price,
            weight,
            feature_names=list(features.columns),
            told=lambda done, total: told("boosters", done, total),
        )
        self.boosters_, self.weights_ = list(model.boosters_), model.weights_

    # -- values --------------------------------------------------------------------------------------------------

    @property
    def features_(self) -> tuple[Feature, ...]:
        """The features in the order of the columns, each with the characteristic it belongs to."""
        return self.maker_.features_

    @property
    def boosters(self) -> list[tuple[Booster, float]]:
        """Each booster with its weight in the log value."""
        return list(zip(self.boosters_, self.weights_.tolist(), strict=True))

    @property
    def lightgbm_boosters(self) -> list[tuple[lgb.Booster, float]]:
        """The same as LightGBM's own, for whoever holds ours against them."""
        return [(as_lightgbm(booster), weight) for booster, weight in self.boosters]

    def features_of(self, dwellings: pd.DataFrame, as_of: object) -> pd.DataFrame:
        """Make the features of dwellings as known on a day (one date, or one per row), canonical column order."""
        return self.maker_.transform(dwellings, as_of)

    def value(
        self,
        dwellings: pd.DataFrame,
        as_of: object,
        *,
        n_threads: int | None = None,
        features: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Value dwellings as of a day.

        Parameters
        ----------
        dwellings : DataFrame
            As for `features_of`.
        as_of : date, or array-like of dates, shape (n_dwellings,)
        n_threads : int, optional
            Changes no number.
        features : DataFrame, optional
            What `features_of` made of the same dwellings.

        Returns
        -------
        DataFrame, shape (n_dwellings, 6)
            `appraised_value, baseline_value, tree_value`: money on the day, not rounded, NaN where a required
            characteristic is missing; `log_value` (boosted, at the valuation date), `log_index`, `is_valued`.

        Raises
        ------
        InputRefused
            When the features are not the columns the models were fitted on, in their order.
        """
        if features is None:
            features = self.features_of(dwellings, as_of)
        expected = [item.name for item in self.features_]
        if list(features.columns) != expected:
            raise InputRefused(
                f"features {list(features.columns)[:3]} ... are not the model's",
                expected=", ".join(expected),
                remedy="make them with features_of of these models",
            )
        said = self.values_of(Facts.of(dwellings), as_of, features.to_numpy(np.float64), n_threads=n_threads)
        return pd.DataFrame(said, index=dwellings.index)

    def values_of(
        self, dwellings: Facts, as_of: object, matrix: Floats, *, n_threads: int | None = None
    ) -> dict[str, Any]:
        """Value dwellings as `value` does, without tables.

        Parameters
        ----------
        dwellings : Facts
        as_of : date, or array-like of dates, shape (n_dwellings,)
        matrix : array of float, shape (n_dwellings, n_features)
            What `maker_.matrix` made of the same dwellings.
        n_threads : int, optional
            Changes no number.

        Returns
        -------
        dict of str to array, shape (n_dwellings,)
            As the columns of `value`.
        """
        log_index = self.log_index(dwellings, as_of)
        log_value = blended(self.boosters_, self.weights_, matrix, n_threads)
        asked = [self.maker_.names_.index(name) for name in self.tree_columns_]
        log_tree = self.tree_.value_[self.tree_.apply(matrix[:, asked])]
        standard = self.baseline_.prices(self._standard_columns(dwellings, as_of))
        is_valued = self._can_be_valued(dwellings)
        money = {
            "appraised_value": np.exp(log_value + log_index),
            "baseline_value": standard * np.exp(log_index),
            "tree_value": np.exp(log_tree + log_index),
        }
        columns = {name: np.where(is_valued, amount, np.nan) for name, amount in money.items()}
        return columns | {"log_value": log_value, "log_index": log_index, "is_valued": is_valued}

    def _can_be_valued(self, dwellings: Facts) -> NDArray[np.bool_]:
        is_known = dwellings.number(self.roles_["living_area"]) > 0
        for name in self.required_:
            is_known &= dwellings.is_known(name, is_text=self.maker_.dictionary[name].is_categorical)
        return is_known

    def log_index(self, dwellings: pd.DataFrame | Facts, as_of: object) -> Floats:
        """Logarithm of the index on a day against the valuation date, shape (n_dwellings,)."""
        facts = Facts.of(dwellings)
        dates = day_numbers(as_of, len(facts)).astype("datetime64[D]")
        area, kind = (facts.text(self.roles_[role]) for role in ("market_area", "dwelling_type"))
        return np.asarray(self.time_index_.log_index(area, kind, dates), dtype=np.float64)

    def _standard_columns(self, dwellings: pd.DataFrame | Facts, as_of: object) -> Floats:
        """Living area, codes of market area, type and age band: what the table of standard prices is entered with."""
        facts = Facts.of(dwellings)
        days = day_numbers(as_of, len(facts))
        age = age_features(facts, self.maker_.dictionary, days).get("age_years", np.zeros(len(facts)))
        area, kind = (self.maker_.level_codes(facts, self.roles_[role]) for role in ("market_area", "dwelling_type"))
        return np.column_stack([facts.number(self.roles_["living_area"]), area, kind, age_band_number(age)])

    # -- files ---------------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the models as LightGBM text, JSON and Parquet into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.maker_.save(folder / "features")
        self.time_index_.save(folder / "time_index")
        for name, booster in zip(self._booster_files(), self.boosters_, strict=True):
            (folder / name).write_text(booster.model_to_string(), encoding="utf-8")
        content = {
            "format": _FORMAT,
            "roles": self.roles_,
            "required": self.required_,
            "tree_columns": self.tree_columns_,
            "weights": self.weights_.tolist(),
            "boosters": self._booster_files(),
            "baseline": self.baseline_.to_json(),
            "tree": self.tree_.to_json(),
            "tree_sizes": self.tree_sizes_,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "models.json").write_text(text + "\n", encoding="utf-8")

    def _booster_files(self) -> list[str]:
        return [f"booster_{i:02d}.txt" for i in range(len(self.boosters_))]

    @classmethod
    def load(cls, folder: Path) -> ValueModels:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When the files are of another format.
        """
        remedy = "use the release that wrote it, or train again"
        content = read_stored(folder / "models.json", _FORMAT, remedy=remedy)
        models = cls()
        models.maker_ = FeatureMaker.load(folder / "features")
        models.time_index_ = TimeIndex.load(folder / "time_index")
        models.boosters_ = [read_booster(folder / name) for name in content["boosters"]]
        models.weights_ = np.array(content["weights"])
        models.roles_, models.required_ = content["roles"], content["required"]
        models.tree_columns_, models.tree_sizes_ = content["tree_columns"], content["tree_sizes"]
        models.baseline_ = PriceTable.from_json(content["baseline"])
        models.tree_ = GrownTree.from_json(content["tree"])
        return models


def evidence_columns(features: tuple[Feature, ...]) -> tuple[int, ...]:
    """Columns made of what neighbours sold for, not of where the dwelling lies."""
    return tuple(i for i, item in enumerate(features) if item.owner == LOCATION_OWNER and not _is_of_the_map(item.name))


def _is_of_the_map(name: str) -> bool:
    return name in _MAP or is_landmark(name) or is_surrounding(name)


_MAP = ("x_m", "y_m", "x_plus_y_m", "x_minus_y_m")
"""Features of the location that say where a dwelling lies."""


def _is_readable(item: Feature) -> bool:
    """Whether the tree may ask for it: facts in words, and of places only the level of the market area.

    Codes of levels have no order that a threshold could cut; ratios and counts of evidence say nothing to a reader.
    """
    if item.is_level:
        return False
    return item.name in (item.owner, *_READABLE) and item.owner != "time"


_READABLE = ("age_years", "years_since_work", "area_level", "street_level", "building_level")
