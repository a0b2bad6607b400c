"""How is the time index estimated from the sales: quality, then the layers in turn, then again with better weights?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from valuation.errors import TooFewSales
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import AdjustParams
from valuation.sales.forecast_damping import (
    MIN_MONTHS,
    SEASON_MONTHS,
    PastSales,
    damping_weights,
    forecast_errors,
)
from valuation.sales.index_layer import ALL, Layer, Mixture, positions
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

_MIN_SALES = 50
# What a type or an area may deviate by: which kind of movement it is, the sales decide.
_DEVIATION_DAMPINGS = (0.0, 0.8, 0.95)
_SWEEPS = 3
_FIRST_DAMPING = 0.8
# Student weights: a sale far off says little about the month it was sold in (4 degrees of freedom, Lange et al. 1989).
_STUDENT_FREEDOM = 4.0
_MAD_TO_SD = 1.4826


class IndexEstimate:
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
        self._position = positions(pd.DatetimeIndex(known["market_date"]), months[0])
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

    def layers(self) -> dict[str, Layer]:
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
            has_season = self._n_known >= SEASON_MONTHS
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

    def _layer(self, name: str, residual: np.ndarray, mixture: Mixture) -> Layer:
        evidence = self._evidence(name, residual, self._n_known).padded(len(self._months))
        level, spread = self._smoothed(evidence, mixture)
        return Layer(self._series[name][1], level, spread, mixture)

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
        needed = int(np.ceil(positions(self._valuation_day, self._months[0])[0])) - (self._n_known - 1)
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


def known_sales(sales: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
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
    if len(known) < _MIN_SALES or n_months < MIN_MONTHS:
        raise TooFewSales(
            f"{len(known)} valid sales in {n_months} months lie before {until.date()}",
            expected=f"at least {_MIN_SALES} sales in {MIN_MONTHS} months for a time index",
            remedy="give older sales, or move holdout_from in the jurisdiction file",
        )
    return known.reset_index(drop=True)


def _codes(column: pd.Series[Any]) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, levels = pd.factorize(column.astype("string"), sort=True)
    return codes.astype(np.int64), tuple(str(level) for level in levels)
