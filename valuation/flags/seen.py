"""What has the model seen? Ranges, levels and places of the sales it learned from: outside them it guesses.

Stored in the bundle as JSON and Parquet, so that a flag can be raised again ten years later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from valuation.flags.combinations import SeenCombinations
from valuation.flags.flag import LOCATION, numbers, texts
from valuation.flags.seen_places import SeenPlaces, distance_limit
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.uncertainty.coverage import relative_width

JUDGED_ROLES = ("dwelling_type", "market_area")
"""Roles that count for a value even where the models do not take them as a feature."""


@dataclass(frozen=True)
class SeenDomain:
    """What the sales of the training period cover."""

    ranges: dict[str, tuple[float, float]]
    """Least and greatest value of each characteristic that is a number."""
    levels: dict[str, tuple[str, ...]]
    """Levels of each category."""
    known_shares: dict[str, float]
    """Share of sales on which each characteristic (and the location) is recorded: of all sales, those before a fact was
    known included. What is recorded only since a dwelling was last sold is not missing on one that was not sold."""
    sales: pd.DataFrame
    """One row is a sale: `sale_id, dwelling_type, market_area, x_m, y_m, living_area`."""
    typical_widths: dict[str, float] = field(default_factory=dict)
    """Median of interval width over value, by type; empty where no intervals were given."""
    prior_log_change: float | None = None
    """Median log of price at the valuation date over prior value; None where there are no prior values."""
    weights: dict[str, float] = field(default_factory=dict)
    """How much values hang on each characteristic: the share by which a value moves when the fact is not known, at the
    95th percentile of the sales. One that is not listed is taken to weigh."""
    distance_limit: float | None = None
    """Usual distances that a dwelling may lie away from the nearest sale; None where it was not learned."""
    combinations: SeenCombinations = field(default_factory=SeenCombinations.of_nothing)
    """What the sales had together, of the characteristics that values hang on."""

    @classmethod
    def fit(
        cls,
        sales: pd.DataFrame,
        jurisdiction: Jurisdiction,
        *,
        typical_widths: dict[str, float] | None = None,
        prior_log_change: float | None = None,
        weights: dict[str, float] | None = None,
        least_weight: float = 0.0,
        unlike_share: float = 0.005,
        lonely_share: float = 0.0075,
    ) -> SeenDomain:
        """Learn the domain from the valid sales before the holdout.

        Parameters
        ----------
        sales : DataFrame
            One row is a sale, characteristics in canonical columns.
        jurisdiction : Jurisdiction
        typical_widths : dict of float, optional
            See `typical_widths_of`; without it no interval is called wide *for its type*.
        prior_log_change : float, optional
            See `prior_log_change_of`; without it no change from the prior value is judged.
        weights : dict of float, optional
            See `weights`; without it every characteristic weighs.
        least_weight : float
            Weight below which a characteristic is left out of the combinations.
        unlike_share : float
            Share of the sales that are called unlike the others by two facts together, when each is judged as if it had
            not sold.
        lonely_share : float
            Share of the sales that are called far from the others when each is judged as if it had not sold.
        """
        dictionary = jurisdiction.characteristics
        ranges: dict[str, tuple[float, float]] = {}
        levels: dict[str, tuple[str, ...]] = {}
        shares: dict[str, float] = {}
        for name, item in dictionary.items():
            if item.is_categorical:
                known = texts(sales, name).dropna()
                levels[name] = tuple(sorted(set(known)))
                shares[name] = len(known) / max(len(sales), 1)
            else:
                figures = numbers(sales, name)
                finite = figures[np.isfinite(figures)]
                shares[name] = finite.size / max(len(sales), 1)
                if finite.size:
                    ranges[name] = (float(finite.min()), float(finite.max()))
        table = pd.DataFrame(
            {
                "sale_id": texts(sales, "sale_id"),
                "dwelling_type": texts(sales, str(dictionary.with_role("dwelling_type"))),
                "market_area": texts(sales, str(dictionary.with_role("market_area"))),
                "x_m": numbers(sales, "x_m"),
                "y_m": numbers(sales, "y_m"),
                "living_area": numbers(sales, str(dictionary.with_role("living_area"))),
            }
        )
        shares[LOCATION] = float(np.isfinite(table["x_m"] + table["y_m"]).mean()) if len(table) else 0.0
        table = table.sort_values(list(table.columns), ignore_index=True)
        placed = table[["x_m", "y_m"]].dropna().to_numpy()
        weighed = dict(weights or {})
        judged = [
            name
            for name, item in dictionary.items()
            if (item.is_feature or item.role in JUDGED_ROLES) and weighed.get(name, least_weight) >= least_weight
        ]
        return cls(
            ranges,
            levels,
            shares,
            table,
            dict(typical_widths or {}),
            prior_log_change,
            weighed,
            distance_limit(placed, lonely_share),
            SeenCombinations.fit(sales, jurisdiction, judged, unlike_share),
        )

    @cached_property
    def places(self) -> SeenPlaces:
        """Where the sales were."""
        return SeenPlaces(self.sales)

    @cached_property
    def area_counts(self) -> dict[tuple[str, str], int]:
        """Sales by market area and type."""
        counts = self.sales.groupby(["market_area", "dwelling_type"]).size().reset_index(name="n")
        keys = zip(counts["market_area"].astype(str), counts["dwelling_type"].astype(str), strict=True)
        return dict(zip(keys, counts["n"].tolist(), strict=True))

    @cached_property
    def level_sets(self) -> dict[str, frozenset[str]]:
        """Levels of each category, to be asked for one by one."""
        return {name: frozenset(known) for name, known in self.levels.items()}

    def weighs(self, name: str, least_weight: float) -> bool:
        """Return whether values hang on a characteristic by as much as `least_weight`."""
        return self.weights.get(name, least_weight) >= least_weight

    def sale_id(self, row: int) -> str:
        """Return the identity of the sale in a row of `sales`; empty where the bundle knows none."""
        return self._sale_ids[row] if row >= 0 and self._sale_ids else ""

    @cached_property
    def _sale_ids(self) -> list[str]:
        """Identities of the sales, to be asked for one by one."""
        return [str(name) for name in self.sales["sale_id"]] if "sale_id" in self.sales else []

    def save(self, folder: Path) -> None:
        """Write the domain into `folder` as JSON and Parquet, the same bytes for the same domain."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "ranges": self.ranges,
            "levels": self.levels,
            "known_shares": self.known_shares,
            "typical_widths": self.typical_widths,
            "prior_log_change": self.prior_log_change,
            "weights": self.weights,
            "distance_limit": self.distance_limit,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "seen.json").write_text(text + "\n", encoding="utf-8")
        self.sales.to_parquet(folder / "seen_sales.parquet", index=False, compression="zstd")
        self.combinations.save(folder)

    @classmethod
    def load(cls, folder: Path) -> SeenDomain:
        """Read what `save` wrote."""
        content = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
        return cls(
            ranges={name: (float(low), float(high)) for name, (low, high) in content["ranges"].items()},
            levels={name: tuple(known) for name, known in content["levels"].items()},
            known_shares=content["known_shares"],
            sales=pd.read_parquet(folder / "seen_sales.parquet"),
            typical_widths=content["typical_widths"],
            prior_log_change=content["prior_log_change"],
            # A bundle of before these were learned: nothing is judged by them.
            weights=content.get("weights", {}),
            # One that knew another measure of distance has none of this.
            distance_limit=content.get("distance_limit"),
            combinations=SeenCombinations.load(folder),
        )


def typical_widths_of(values: pd.DataFrame, types: pd.Series) -> dict[str, float]:
    """Return the median of interval width over value by type, on sales the intervals were set on.

    Parameters
    ----------
    values : DataFrame
        `appraised_value, lower_value, upper_value`.
    types : Series of text
        Type of the same dwellings, by position.
    """
    width = relative_width(*(numbers(values, name) for name in ("lower_value", "upper_value", "appraised_value")))
    table = pd.DataFrame({"type": types.astype("str").to_numpy(), "width": width}).dropna()
    return {str(level): float(part) for level, part in table.groupby("type")["width"].median().items()}


def prior_log_change_of(sales: pd.DataFrame, roll: pd.DataFrame) -> float | None:
    """Return the median log of price at the valuation date over prior value, for dwellings sold in the training period.

    Parameters
    ----------
    sales : DataFrame
        `dwelling_id, time_adjusted_sale_price` of valid sales before the holdout.
    roll : DataFrame
        `dwelling_id, prior_value`; None is returned where it has no prior values.
    """
    if "prior_value" not in roll:
        return None
    joined = sales[["dwelling_id", "time_adjusted_sale_price"]].merge(roll[["dwelling_id", "prior_value"]])
    prior = numbers(joined, "prior_value")
    price = numbers(joined, "time_adjusted_sale_price")
    usable = (prior > 0) & (price > 0)
    return float(np.median(np.log(price[usable] / prior[usable]))) if usable.any() else None
