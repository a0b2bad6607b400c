"""How did prices move, by market area and type of dwelling, up to the valuation date?

`TimeIndex` is a monthly index in three layers: all sales, what a type adds to it, what an area adds to both. Each
layer is a smooth series (`trend.py`) of quality-adjusted prices (`quality.py`); the types share one measure of how much
a type may deviate, the areas another, both estimated from the sales, so that a series with few sales keeps to the one
above it. Beyond the last sale the slope fades; how fast is chosen by forecasting months inside the training period.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from valuation.dwellings.facts import codes_among, texts_of
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import AdjustParams
from valuation.sales.index_estimate import IndexEstimate, known_sales
from valuation.sales.index_layer import ALL, Layer, positions
from valuation.sales.trend import Movement, shares
from valuation.stored import read_stored

__all__ = ["ALL", "TimeIndex"]

_FORMAT = 1
_MONTHS_AFTER_VALUATION = 12


class TimeIndex:
    """Log price level by market area, dwelling type and day, relative to the valuation date.

    Made by `fit` or `load`. Attributes end in an underscore as learned.

    Attributes
    ----------
    valuation_date_ : date
        The level is 0 here.
    known_until_ : date
        Only sales before this day were used.
    damping_ : float
        Share of the overall slope carried to the next month; where several were averaged, their weighted mean.
    last_month_ : Timestamp
        Month of the last sale used; later months are forecast.
    """

    def __init__(
        self,
        *,
        layers: dict[str, Layer],
        months: pd.DatetimeIndex,
        counts: pd.DataFrame,
        facts: dict[str, Any],
    ) -> None:
        self._layers = layers
        self._months = months
        self._counts = counts
        self._facts = facts
        self.valuation_date_ = date.fromisoformat(facts["valuation_date"])
        self.known_until_ = date.fromisoformat(facts["known_until"])
        self.damping_ = float(facts["damping"])
        self.last_month_ = pd.Timestamp(facts["last_month"])
        position = positions(pd.DatetimeIndex([self.valuation_date_]), months[0])
        self._valued_at = _weights(position, len(months))
        self._change = {name: layer.change(self._valued_at) for name, layer in layers.items()}

    @classmethod
    def fit(
        cls,
        sales: pd.DataFrame,
        jurisdiction: Jurisdiction,
        params: AdjustParams,
        *,
        known_until: date | pd.Timestamp | None = None,
    ) -> TimeIndex:
        """Estimate the index from the valid sales before `known_until`.

        Parameters
        ----------
        sales : DataFrame
            One row per sale: `market_price`, `market_date`, the characteristics, `x_m`, `y_m` where known, and where
            they are there `sale_id` (for the order) and `is_valid_sale`.
        jurisdiction : Jurisdiction
            Says which characteristics are area and type, and the valuation date.
        params : AdjustParams
            Smoothing and, when not to be chosen from the sales, the damping.
        known_until : date, optional
            Sales from this day on are not used; by default the first day of the holdout.

        Raises
        ------
        TooFewSales
            For fewer than 50 sales or fewer than 3 months.
        """
        until = pd.Timestamp(known_until if known_until is not None else jurisdiction.holdout_from)
        known = known_sales(sales, until)
        first, last = known["market_date"].min().to_period("M"), known["market_date"].max().to_period("M")
        end = max(pd.Period(jurisdiction.valuation_date, "M"), last) + _MONTHS_AFTER_VALUATION
        months = pd.period_range(first, end, freq="M").to_timestamp()
        n_known = last.ordinal - first.ordinal + 1
        # The last bits of a BLAS product depend on the number of threads, and with them the bytes of a model version.
        with threadpool_limits(limits=1, user_api="blas"):
            estimate = IndexEstimate(known, jurisdiction, params, months, n_known)
            layers = estimate.layers()
        facts = {
            "format": _FORMAT,
            "valuation_date": jurisdiction.valuation_date.isoformat(),
            "known_until": until.date().isoformat(),
            "last_month": str(months[n_known - 1].date()),
            "n_sales": len(known),
            "damping": estimate.damping,
            "noise": estimate.noise,
            "area_column": estimate.area_column,
            "type_column": estimate.type_column,
            "forecast_error_by_damping": estimate.forecast_errors,
            "weight_by_damping": {f"{damping:g}": weight for damping, weight in estimate.weights.items()},
        }
        return cls(layers=layers, months=months, counts=estimate.counts(), facts=facts)

    def log_index(self, market_area: ArrayLike, dwelling_type: ArrayLike, dates: ArrayLike) -> np.ndarray:
        """Log level at a date relative to the valuation date.

        Parameters
        ----------
        market_area, dwelling_type : array-like of str, shape (n,) or one text
            A name without sales, or none, falls back to the layers above.
        dates : array-like of datetime64, shape (n,), or one date
            Between mid-months by straight line; before the first and beyond the last month of the table its edge.

        Returns
        -------
        ndarray of float, shape (n,)
            0 at the valuation date. Price at the valuation date = price · exp(−log_index).
        """
        before, share = shares(positions(_days(dates), self._months[0]), len(self._months))
        rows = {
            "overall": np.zeros(1, dtype=np.int64),
            "type": _rows(dwelling_type, self._layers["type"].row_of),
            "area": _rows(market_area, self._layers["area"].row_of),
        }
        return sum(
            (1 - share) * self._change[name][row, before] + share * self._change[name][row, before + 1]
            for name, row in rows.items()
        )

    def table(self) -> pd.DataFrame:
        """One row per market area, type and month, as `time_index.parquet` says.

        "all" stands for every area or type: the rows (all, all) are the index of all sales, (all, type) what an
        unknown area of the type is given. `standard_error` is that of the step between the month and the valuation
        date, which is what a price is adjusted by; sampling error of the layers is taken as independent.
        """
        variance = {name: layer.variance(self._valued_at) for name, layer in self._layers.items()}
        pairs = self._pairs()
        rows = {
            "type": pd.Index(self._layers["type"].names).get_indexer(pd.Index(pairs["dwelling_type"])),
            "area": pd.Index(self._layers["area"].names).get_indexer(pd.Index(pairs["market_area"])),
        }
        level = self._change["overall"][0] + sum(self._change[name][row] for name, row in rows.items())
        error = np.sqrt(variance["overall"][0] + sum(variance[name][row] for name, row in rows.items()))
        n_months = len(self._months)
        table = pairs.loc[pairs.index.repeat(n_months)].reset_index(drop=True)
        table["month"] = np.tile(self._months.to_numpy(dtype="datetime64[us]"), len(pairs))
        table["log_index"] = level.ravel()
        table["standard_error"] = error.ravel()
        table = table.merge(self._counts, how="left", on=["market_area", "dwelling_type", "month"])
        table["n_sales"] = table["n_sales"].fillna(0).astype("int64")
        return table

    def _pairs(self) -> pd.DataFrame:
        """All-all, all-type, then each area with each type it has sales of."""
        seen = self._counts[["market_area", "dwelling_type"]].drop_duplicates()
        is_total = (seen["market_area"] == ALL).astype(int) + (seen["dwelling_type"] == ALL).astype(int)
        order = seen.assign(is_total=-is_total).sort_values(["is_total", "market_area", "dwelling_type"])
        return order[["market_area", "dwelling_type"]].reset_index(drop=True)

    def is_forecast(self, dates: ArrayLike) -> np.ndarray:
        """Whether a date lies in a month after that of the last sale used."""
        days = _days(dates)
        return np.asarray(days >= self.last_month_ + pd.DateOffset(months=1))

    def save(self, folder: Path) -> None:
        """Write `time_index.json`, `time_index_levels.parquet` and `time_index_counts.parquet` into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        facts = dict(self._facts)
        facts["layers"] = {
            name: [{"weight": weight, **vars(movement)} for weight, movement in layer.mixture]
            for name, layer in self._layers.items()
        }
        text = json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "time_index.json").write_text(text + "\n", encoding="utf-8")
        self._levels().to_parquet(folder / "time_index_levels.parquet", index=False, compression="zstd")
        self._counts.to_parquet(folder / "time_index_counts.parquet", index=False, compression="zstd")

    def _levels(self) -> pd.DataFrame:
        """One row per layer, series and month: level and the row of its covariance."""
        parts = []
        for layer_name, layer in self._layers.items():
            for name, level, spread in zip(layer.names, layer.level, layer.spread, strict=True):
                parts.append(
                    pd.DataFrame(
                        {
                            "layer": layer_name,
                            "name": name,
                            "month": self._months,
                            "level": level,
                            "spread": list(spread),
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True)

    @classmethod
    def load(cls, folder: Path) -> TimeIndex:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When the files are of another format.
        """
        remedy = "use the release that wrote it, or run `valuation adjust` again"
        facts = read_stored(folder / "time_index.json", _FORMAT, remedy=remedy)
        mixtures = facts.pop("layers")
        levels = pd.read_parquet(folder / "time_index_levels.parquet")
        months = pd.DatetimeIndex(levels["month"].unique())
        layers = {}
        for layer_name, parts in mixtures.items():
            rows = levels[levels["layer"] == layer_name]
            names = tuple(rows["name"].unique())
            level = rows["level"].to_numpy().reshape(len(names), len(months))
            spread = np.array(rows["spread"].tolist()).reshape(len(names), len(months), len(months))
            mixture = tuple((part.pop("weight"), Movement(**part)) for part in parts)
            layers[layer_name] = Layer(names, level, spread, mixture)
        counts = pd.read_parquet(folder / "time_index_counts.parquet")
        return cls(layers=layers, months=months, counts=counts, facts=facts)


def _rows(names: ArrayLike, row_of: dict[str, int]) -> np.ndarray:
    """Row of each name; an unknown or missing one gets -1, the row of zeros."""
    texts = texts_of(names)
    return codes_among(texts, row_of, len(texts))


def _days(dates: ArrayLike) -> np.ndarray:
    given = np.atleast_1d(np.asarray(dates))
    if given.dtype.kind != "M":
        given = np.asarray(pd.to_datetime(given), dtype="datetime64[us]")
    return given.astype("datetime64[D]")


def _weights(position: np.ndarray, n_months: int) -> np.ndarray:
    """Shares of one position on the whole grid, shape (n_months,)."""
    before, share = shares(position, n_months)
    weights = np.zeros(n_months)
    weights[before[0]] += 1 - share[0]
    weights[before[0] + 1] += share[0]
    return weights
