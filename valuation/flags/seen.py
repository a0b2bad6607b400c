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
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from valuation.flags.flag import LOCATION, numbers, texts
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.uncertainty.coverage import relative_width


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
    """One row is a sale: `dwelling_type, market_area, x_m, y_m`."""
    typical_widths: dict[str, float] = field(default_factory=dict)
    """Median of interval width over value, by type; empty where no intervals were given."""
    prior_log_change: float | None = None
    """Median log of price at the valuation date over prior value; None where there are no prior values."""

    @classmethod
    def fit(
        cls,
        sales: pd.DataFrame,
        jurisdiction: Jurisdiction,
        *,
        typical_widths: dict[str, float] | None = None,
        prior_log_change: float | None = None,
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
                "dwelling_type": texts(sales, str(dictionary.with_role("dwelling_type"))),
                "market_area": texts(sales, str(dictionary.with_role("market_area"))),
                "x_m": numbers(sales, "x_m"),
                "y_m": numbers(sales, "y_m"),
            }
        )
        shares[LOCATION] = float(np.isfinite(table["x_m"] + table["y_m"]).mean()) if len(table) else 0.0
        table = table.sort_values(list(table.columns), ignore_index=True)
        return cls(ranges, levels, shares, table, dict(typical_widths or {}), prior_log_change)

    @cached_property
    def trees(self) -> dict[str, cKDTree]:
        """Places of the sales of each type; the type "" stands for all."""
        placed = self.sales[np.isfinite(self.sales["x_m"] + self.sales["y_m"])]
        trees = {"": cKDTree(placed[["x_m", "y_m"]].to_numpy())} if len(placed) else {}
        for level, part in placed.groupby("dwelling_type"):
            trees[str(level)] = cKDTree(part[["x_m", "y_m"]].to_numpy())
        return trees

    @cached_property
    def area_counts(self) -> pd.Series:
        """Sales by market area and type."""
        return self.sales.groupby(["market_area", "dwelling_type"]).size()

    def near_sales(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64], types: pd.Series, radius_m: float, at_most: int
    ) -> NDArray[np.float64]:
        """Count the sales of the same type within `radius_m`, up to `at_most`; NaN without coordinates or type."""
        count = np.full(len(x_m), np.nan)
        placed = np.isfinite(x_m) & np.isfinite(y_m) & types.notna().to_numpy()
        kinds, names = pd.factorize(types)
        for place, name in enumerate(names):
            chosen = np.flatnonzero(placed & (kinds == place))
            if not chosen.size:
                continue
            tree = self.trees.get(name)
            if tree is None:
                count[chosen] = 0.0
                continue
            # Ranks 1 to at_most: nothing has to be counted beyond what the rule asks.
            ranks = list(range(1, at_most + 1))
            at = np.column_stack([x_m[chosen], y_m[chosen]])
            distance, _ = tree.query(at, k=ranks, distance_upper_bound=np.nextafter(radius_m, np.inf))
            count[chosen] = np.isfinite(distance).sum(axis=1)
        return count

    def nearest_sale_m(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance to the nearest sale of any type in metres; NaN without coordinates."""
        distance = np.full(len(x_m), np.nan)
        placed = np.isfinite(x_m) & np.isfinite(y_m)
        if "" in self.trees and placed.any():
            distance[placed] = self.trees[""].query(np.column_stack([x_m[placed], y_m[placed]]), k=1)[0]
        return distance

    def save(self, folder: Path) -> None:
        """Write `seen.json` and `seen_sales.parquet` into `folder`, the same bytes for the same domain."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "ranges": self.ranges,
            "levels": self.levels,
            "known_shares": self.known_shares,
            "typical_widths": self.typical_widths,
            "prior_log_change": self.prior_log_change,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "seen.json").write_text(text + "\n", encoding="utf-8")
        self.sales.to_parquet(folder / "seen_sales.parquet", index=False, compression="zstd")

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
