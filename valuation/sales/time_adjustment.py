"""How did prices move, by market area and type of dwelling, up to the valuation date?

`TimeIndex` is a monthly index in three layers: all sales, what a type adds to it, what an area adds to both. Each
layer is a smooth series (`trend.py`) of quality-adjusted prices (`quality.py`); the types share one measure of how much
a type may deviate, the areas another, both estimated from the sales, so that a series with few sales keeps to the one
above it. Beyond the last sale the slope fades; how fast is chosen by forecasting months inside the training period.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from valuation.errors import BundleRefused, TooFewSales
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import AdjustParams
from valuation.sales.quality import log_quality, quality_table
from valuation.sales.trend import (
    Evidence,
    Movement,
    covariance,
    estimate_movement,
    gather,
    log_evidence,
    shares,
    smooth,
)

ALL = "all"
"""Stands for every area or every type in the index table."""

_FORMAT = 1
_MIN_SALES = 50
_MIN_MONTHS = 3
_MONTHS_AFTER_VALUATION = 12
_SEASON_MONTHS = 24
_DAMPINGS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
# Fewer origins than this do not tell a trend from luck: then the last level stays. More are thinned out, for speed.
_MIN_ORIGINS, _MAX_ORIGINS = 6, 12
# What a type or an area may deviate by: which kind of movement it is, the sales decide.
_DEVIATION_DAMPINGS = (0.0, 0.8, 0.95)
_SWEEPS = 3
_FIRST_DAMPING = 0.8
_SMALLEST_WEIGHT = 0.02
# Student weights: a sale far off says little about the month it was sold in (4 degrees of freedom, Lange et al. 1989).
_STUDENT_FREEDOM = 4.0
_MAD_TO_SD = 1.4826


Mixture = tuple[tuple[float, Movement], ...]
"""Movements with their weights, which sum to one."""


@dataclass(frozen=True)
class _Layer:
    """Series of one kind: names, mid-month levels, their covariance, sales per month."""

    names: tuple[str, ...]
    level: np.ndarray
    spread: np.ndarray
    mixture: Mixture

    def change(self, valued_at: np.ndarray) -> np.ndarray:
        """Level less that at the valuation date, with a row of zeros at the end for a name not known."""
        relative = self.level - (self.level @ valued_at)[:, None]
        return np.vstack([relative, np.zeros(self.level.shape[1])])

    def variance(self, valued_at: np.ndarray) -> np.ndarray:
        """Variance of `change`."""
        n_months = self.level.shape[1]
        contrast = np.eye(n_months) - valued_at[None, :]
        variance = np.einsum("mi,aij,mj->am", contrast, self.spread, contrast)
        return np.vstack([np.maximum(variance, 0.0), np.zeros(n_months)])


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
        layers: dict[str, _Layer],
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
        position = _positions(pd.DatetimeIndex([self.valuation_date_]), months[0])
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
        known = _known_sales(sales, until)
        first, last = known["market_date"].min().to_period("M"), known["market_date"].max().to_period("M")
        end = max(pd.Period(jurisdiction.valuation_date, "M"), last) + _MONTHS_AFTER_VALUATION
        months = pd.period_range(first, end, freq="M").to_timestamp()
        n_known = last.ordinal - first.ordinal + 1
        # The last bits of a BLAS product depend on the number of threads, and with them the bytes of a model version.
        with threadpool_limits(limits=1, user_api="blas"):
            estimate = _Estimate(known, jurisdiction, params, months, n_known)
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
        days = _days(dates)
        before, share = shares(_positions(days, self._months[0]), len(self._months))
        rows = {
            "overall": np.zeros(1, dtype=np.int64),
            "type": _rows(dwelling_type, self._layers["type"].names),
            "area": _rows(market_area, self._layers["area"].names),
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
        facts = json.loads((folder / "time_index.json").read_text(encoding="utf-8"))
        if facts.get("format") != _FORMAT:
            raise BundleRefused(
                f"{folder / 'time_index.json'} is of format {facts.get('format')!r}", expected=f"format {_FORMAT}"
            )
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
            layers[layer_name] = _Layer(names, level, spread, mixture)
        counts = pd.read_parquet(folder / "time_index_counts.parquet")
        return cls(layers=layers, months=months, counts=counts, facts=facts)


class _Estimate:
    """The estimation, step by step: quality, then the layers in turn, then again with better weights."""

    def __init__(
        self,
        known: pd.DataFrame,
        jurisdiction: Jurisdiction,
        params: AdjustParams,
        months: pd.DatetimeIndex,
        n_known: int,
    ) -> None:
        dictionary = jurisdiction.characteristics
        self.area_column = str(dictionary.with_role("market_area"))
        self.type_column = str(dictionary.with_role("dwelling_type"))
        self._known = known
        self._params = params
        self._months = months
        self._n_known = n_known
        self._valuation_day = pd.DatetimeIndex([jurisdiction.valuation_date])
        self._log_price = np.log(known["market_price"].to_numpy(dtype=float))
        self._position = _positions(pd.DatetimeIndex(known["market_date"]), months[0])
        self._series = {
            "overall": (np.zeros(len(known), dtype=np.int64), (ALL,)),
            "type": _codes(known[self.type_column]),
            "area": _codes(known[self.area_column]),
        }
        self._quality = quality_table(known, jurisdiction)
        self._fitted = {name: np.zeros(len(known)) for name in self._series}
        self._weight = np.ones(len(known))
        self.noise = float("nan")
        self.weights: dict[float, float] = {_FIRST_DAMPING: 1.0}
        self.forecast_errors: dict[str, float] = {}

    def layers(self) -> dict[str, _Layer]:
        """Estimate all layers on the whole grid of months."""
        residual = self._residual()
        self._sweep(residual, n_sweeps=1)
        # The first quality model took the movement of prices for noise; now it is known and taken out.
        residual = self._residual()
        self.weights = self._weigh_dampings(residual)
        mixtures = self._sweep(residual, n_sweeps=_SWEEPS)
        return {name: self._layer(name, residual, mixture) for name, mixture in mixtures.items()}

    @property
    def damping(self) -> float:
        """Weighted mean of the dampings of the overall layer."""
        return float(sum(damping * weight for damping, weight in self.weights.items()))

    def _residual(self) -> np.ndarray:
        table, coded = self._quality
        index = sum(self._fitted.values())
        return self._log_price - log_quality(table, coded, self._log_price - index)

    def _sweep(self, residual: np.ndarray, *, n_sweeps: int) -> dict[str, Mixture]:
        """Fit each layer to what the others leave, a few times; weights follow the residuals."""
        mixtures: dict[str, Mixture] = {}
        for sweep in range(n_sweeps):
            self._reweigh(residual)
            for name in self._series:
                evidence = self._evidence(name, residual, self._n_known)
                if sweep == 0:
                    mixtures[name] = self._mixture(name, evidence)
                level, _ = self._smoothed(evidence, mixtures[name])
                self._fitted[name] = self._at_sales(level, self._series[name][0])
        return mixtures

    def _smoothed(self, evidence: Evidence, mixture: Mixture) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of a mixture: between the movements as well as within."""
        n_months = evidence.pull.shape[1]
        parts = [
            (weight, *smooth(evidence, covariance(movement, n_months, self._first_season)))
            for weight, movement in mixture
        ]
        mean = sum(weight * level for weight, level, _ in parts)
        spread = sum(
            weight * (within + np.einsum("ai,aj->aij", level - mean, level - mean)) for weight, level, within in parts
        )
        return np.asarray(mean), np.asarray(spread)

    def _mixture(self, name: str, evidence: Evidence) -> Mixture:
        if name == "overall":
            has_season = self._n_known >= _SEASON_MONTHS
            return tuple(
                (
                    weight,
                    self._eased(
                        estimate_movement(evidence, damping, first_season=self._first_season, has_season=has_season)
                    ),
                )
                for damping, weight in self.weights.items()
            )
        if len(self._series[name][1]) == 1:
            # One type or one area moves as the whole does.
            return ((1.0, Movement(0.0, 0.0)),)
        tried = [estimate_movement(evidence, damping) for damping in _DEVIATION_DAMPINGS]
        best = max(tried, key=lambda movement: log_evidence(evidence, covariance(movement, self._n_known)))
        return ((1.0, self._eased(best)),)

    def _eased(self, movement: Movement) -> Movement:
        return replace(movement, slope=movement.slope / float(np.sqrt(self._params.smoothing)))

    def _evidence(self, name: str, residual: np.ndarray, n_months: int) -> Evidence:
        series, names = self._series[name]
        others = sum(fitted for other, fitted in self._fitted.items() if other != name)
        weight = self._weight / self.noise**2
        return gather(self._position, residual - others, weight, series, len(names), n_months)

    def _layer(self, name: str, residual: np.ndarray, mixture: Mixture) -> _Layer:
        evidence = self._evidence(name, residual, self._n_known).padded(len(self._months))
        level, spread = self._smoothed(evidence, mixture)
        return _Layer(self._series[name][1], level, spread, mixture)

    def _reweigh(self, residual: np.ndarray) -> None:
        left = residual - sum(self._fitted.values())
        left = left - np.median(left)
        scale = _MAD_TO_SD * float(np.median(np.abs(left)))
        self._weight = (_STUDENT_FREEDOM + 1) / (_STUDENT_FREEDOM + (left / scale) ** 2)
        # The noise that makes the weighted sums' precision right: the sandwich of an M-estimator.
        bend = self._weight * (_STUDENT_FREEDOM - (left / scale) ** 2) / (_STUDENT_FREEDOM + (left / scale) ** 2)
        self.noise = float(np.sqrt(np.mean((self._weight * left) ** 2) * np.mean(self._weight)) / np.mean(bend))

    def _weigh_dampings(self, residual: np.ndarray) -> dict[float, float]:
        if self._params.forecast_damping is not None:
            return {self._params.forecast_damping: 1.0}
        left = residual - self._fitted["type"] - self._fitted["area"]
        weight = self._weight / self.noise**2
        past = PastSales(self._position, left, weight, self._n_known, self._first_season)
        errors, n_origins = forecast_errors(past, self._horizon)
        self.forecast_errors = {f"{damping:g}": error for damping, error in errors.items()}
        return damping_weights(errors, n_origins)

    @property
    def _horizon(self) -> int:
        """Months a forecast must reach: to the valuation date, as far as a third of the period can show."""
        needed = int(np.ceil(_positions(self._valuation_day, self._months[0])[0])) - (self._n_known - 1)
        return int(np.clip(needed, 1, max(1, self._n_known // 3)))

    def _at_sales(self, level: np.ndarray, series: np.ndarray) -> np.ndarray:
        before, share = shares(self._position, level.shape[1])
        value = (1 - share) * level[series, before] + share * level[series, before + 1]
        return np.where(series >= 0, value, 0.0)

    @property
    def _first_season(self) -> int:
        return int(self._months[0].month) - 1

    def counts(self) -> pd.DataFrame:
        """Sales per area, type and month, totals included."""
        sales = pd.DataFrame(
            {
                "market_area": self._known[self.area_column].astype("string").astype(object),
                "dwelling_type": self._known[self.type_column].astype("string").astype(object),
                "month": pd.DatetimeIndex(self._known["market_date"])
                .to_period("M")
                .to_timestamp()
                .astype("datetime64[us]"),
            }
        )
        # A place of one area may call it "all" itself (a drafted file does): its sales are no second set of totals.
        named = sales[sales["market_area"] != ALL]
        parts = [sales.assign(market_area=ALL, dwelling_type=ALL), sales.assign(market_area=ALL), named]
        keys = ["market_area", "dwelling_type", "month"]
        counted = pd.concat(parts).dropna().groupby(keys, sort=True).size().rename("n_sales").reset_index()
        return counted.astype({"market_area": "string", "dwelling_type": "string"})


@dataclass(frozen=True)
class PastSales:
    """Quality-adjusted log prices with the layers of type and area taken off, one row per sale."""

    position: np.ndarray
    """Months since the first mid-month."""
    log_price: np.ndarray
    weight: np.ndarray
    """Over the noise variance."""
    n_months: int
    first_season: int


def forecast_errors(past: PastSales, horizon: int) -> tuple[dict[float, float], int]:
    """Root mean square error of forecasting the overall level, by damping, on origins inside the period.

    At each origin the series is estimated and smoothed with the sales before it alone; its forecasts of the next
    `horizon` months are held against the mean of each month's sales.

    Returns
    -------
    (dict of float to float, int)
        In log price, and the number of origins. Empty when the period is too short for six of them.
    """
    origins = np.arange(max(_MIN_MONTHS, past.n_months // 3), past.n_months)
    if len(origins) < _MIN_ORIGINS:
        return {}, len(origins)
    if len(origins) > _MAX_ORIGINS:
        origins = origins[np.linspace(0, len(origins) - 1, _MAX_ORIGINS).round().astype(int)]
    errors = {}
    for damping in _DAMPINGS:
        squared = [_squared_errors(past, origin, horizon, damping) for origin in origins.tolist()]
        errors[damping] = float(np.sqrt(np.mean(np.concatenate(squared))))
    return errors, len(origins)


def damping_weights(errors: dict[float, float], n_origins: int) -> dict[float, float]:
    """How far each damping is believed: in proportion to error⁻ⁿ, the likelihood of n normal forecast errors.

    Averaging rather than choosing: where the period cannot tell them apart, a few sales more would turn the choice.

    Parameters
    ----------
    errors : dict of float to float
        Root mean square forecast error by damping; empty for a period too short to forecast in.
    n_origins : int
        Origins the errors were taken at; errors of one origin go together and count once.

    Returns
    -------
    dict of float to float
        Weights above 2 %, which sum to 1. All on 0 (the last level stays) when there are no errors.

    Examples
    --------
    >>> damping_weights({0.0: 0.01, 0.9: 0.02}, 6)
    {0.0: 1.0}
    >>> damping_weights({0.0: 0.01, 0.9: 0.01}, 6)
    {0.0: 0.5, 0.9: 0.5}
    >>> damping_weights({}, 2)
    {0.0: 1.0}
    """
    if not errors:
        return {0.0: 1.0}
    best = min(errors.values())
    likelihood = {damping: (best / error) ** n_origins for damping, error in errors.items()}
    total = sum(likelihood.values())
    kept = {damping: value for damping, value in likelihood.items() if value / total > _SMALLEST_WEIGHT}
    return {damping: value / sum(kept.values()) for damping, value in kept.items()}


def _squared_errors(past: PastSales, origin: int, horizon: int, damping: float) -> np.ndarray:
    # Position 0 is the first mid-month, so a month begins half a month before its mid-month.
    month = np.floor(past.position + 0.5).astype(np.int64)
    seen = month < origin
    one_series = np.zeros(int(seen.sum()), dtype=np.int64)
    evidence = gather(past.position[seen], past.log_price[seen], past.weight[seen], one_series, 1, origin)
    has_season = origin >= _SEASON_MONTHS
    movement = estimate_movement(evidence, damping, first_season=past.first_season, has_season=has_season)
    end = min(origin + horizon, past.n_months)
    level, _ = smooth(evidence.padded(end), covariance(movement, end, past.first_season))
    ahead = (month >= origin) & (month < end)
    before, share = shares(past.position[ahead], end)
    error = past.log_price[ahead] - (1 - share) * level[0, before] - share * level[0, before + 1]
    weight = past.weight[ahead]
    summed = np.bincount(month[ahead] - origin, weight * error, end - origin)
    total = np.bincount(month[ahead] - origin, weight, end - origin)
    return (summed[total > 0] / total[total > 0]) ** 2


def _known_sales(sales: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Valid sales before `until` in an order of their own: by id, else by all that is known."""
    known = sales[pd.to_datetime(sales["market_date"]) < until]
    if "is_valid_sale" in known.columns:
        known = known[known["is_valid_sale"].astype(bool)]
    known = known[known["market_price"] > 0]
    if "sale_id" in known.columns:
        known = known.drop_duplicates("sale_id").sort_values("sale_id")
    else:
        known = known.sort_values(["market_date", "market_price"], kind="stable")
    n_months = pd.DatetimeIndex(known["market_date"]).to_period("M").nunique()
    if len(known) < _MIN_SALES or n_months < _MIN_MONTHS:
        raise TooFewSales(
            f"{len(known)} valid sales in {n_months} months lie before {until.date()}",
            expected=f"at least {_MIN_SALES} sales in {_MIN_MONTHS} months for a time index",
            remedy="give older sales, or move holdout_from in the jurisdiction file",
        )
    return known.reset_index(drop=True)


def _codes(column: pd.Series[Any]) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, levels = pd.factorize(column.astype("string"), sort=True)
    return codes.astype(np.int64), tuple(str(level) for level in levels)


def _rows(names: ArrayLike, known: tuple[str, ...]) -> np.ndarray:
    """Row of each name; an unknown or missing one gets -1, the row of zeros."""
    wanted = pd.Series(np.atleast_1d(np.asarray(names, dtype=object)))
    codes, levels = pd.factorize(wanted)
    found = pd.Index(known, dtype=object).get_indexer(pd.Index([str(level) for level in levels], dtype=object))
    return np.append(found, -1)[codes]


def _days(dates: ArrayLike) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(np.atleast_1d(np.asarray(dates))))


def _positions(days: pd.DatetimeIndex, first_month: pd.Timestamp) -> np.ndarray:
    """Time in months since the first mid-month; noon of each day, so that the middle of a month is its middle."""
    months = (days.year - first_month.year) * _MONTHS_PER_YEAR + days.month - first_month.month
    return np.asarray(months + (days.day - 0.5) / days.days_in_month - 0.5, dtype=float)


def _weights(position: np.ndarray, n_months: int) -> np.ndarray:
    """Shares of one position on the whole grid, shape (n_months,)."""
    before, share = shares(position, n_months)
    weights = np.zeros(n_months)
    weights[before[0]] += 1 - share[0]
    weights[before[0] + 1] += share[0]
    return weights


_MONTHS_PER_YEAR = 12
