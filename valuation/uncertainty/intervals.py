"""How sure are we of a value? A range that holds the price of nine sales in ten, and the chance of any price.

Split conformal prediction, normalised and group-wise (Mondrian): the log errors of sales that their models had not
seen, each over the size of error expected for such a dwelling (`scale.py`), are ordered within its group (`groups.py`);
the range reaches from the 5 % to the 95 % order statistic, so that misses below and above balance. The errors are those
of rolling origins: each sale was valued by models, features and index of earlier sales only, so the drift of prices
between origin and sale is part of what the range covers (docs/decisions/0004-calibration-on-rolling-origins.md). What
was compared before it became so: docs/decisions/0019-groups-know-the-market-area.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.dwellings.facts import Facts
from valuation.errors import TooFewSales
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.models.side_by_side import side_by_side
from valuation.models.stored_booster import read_booster
from valuation.pipeline.params import ConformalizeParams
from valuation.stored import read_stored
from valuation.uncertainty.coverage import LARGE_ERROR as LARGE_ERROR
from valuation.uncertainty.coverage import order_statistics
from valuation.uncertainty.groups import ValueGroups
from valuation.uncertainty.scale import ErrorScale, Evidence, evidence_of, scale_evidence
from valuation.uncertainty.scores import ScoreDistribution

_FORMAT = 2
_PARTS = 10
_OUTSIDE_QUANTILE, _OUTSIDE_TIMES_MEDIAN = 0.95, 1.25
"""An outside dwelling's range is at least as wide as those of all but the widest twentieth of calibration sales, and a
quarter wider than the middle one: where sales are too few to learn a scale, all have one width."""

# Starting threads takes longer than so few rows.
_FEW_ROWS = 64


@dataclass(frozen=True)
class Calibration:
    """What the calibration sales of one group say."""

    group: str
    n_sales: int
    scores: ScoreDistribution


class IntervalModel:
    """Ranges and chances for values, set on sales that the models had not seen.

    Attributes
    ----------
    coverage_ : float
        Share of sales the range promises to hold.
    groups_ : ValueGroups
    calibrations_ : tuple of Calibration
        One per group, in the order of the groups.
    scale_ : ErrorScale
    outside_reach_ : float
        Log of upper over lower end that the range of a dwelling unlike the sales has at least.
    """

    def __init__(
        self,
        *,
        coverage: float,
        groups: ValueGroups,
        calibrations: tuple[Calibration, ...],
        scale: ErrorScale,
        outside_reach: float,
        type_column: str,
        area_column: str | None,
    ) -> None:
        self.coverage_ = coverage
        self.groups_ = groups
        self.calibrations_ = calibrations
        self.scale_ = scale
        self.outside_reach_ = outside_reach
        self.type_column_ = type_column
        self.area_column_ = area_column

    @classmethod
    def conformalize(
        cls,
        rolling: pd.DataFrame,
        features: pd.DataFrame,
        jurisdiction: Jurisdiction,
        params: ConformalizeParams,
    ) -> IntervalModel:
        """Set the ranges on sales valued by models of earlier sales only.

        Parameters
        ----------
        rolling : DataFrame
            One row a sale: `fold, sale_id, sale_price, appraised_value, baseline_value, tree_value` and the
            characteristics that are the dwelling type and the market area.
        features : DataFrame
            The features each was valued with, in the same order.
        jurisdiction : Jurisdiction
        params : ConformalizeParams

        Raises
        ------
        TooFewSales
            When there are too few sales for a bound on either side.
        """
        dictionary = jurisdiction.characteristics
        type_column, area_column = str(dictionary.with_role("dwelling_type")), dictionary.with_role("market_area")
        rolling, features = _usable(rolling, features)
        _check_enough(len(rolling), params.coverage)
        log_error = np.log(rolling["sale_price"].to_numpy(float) / rolling["appraised_value"].to_numpy(float))
        of_dwelling = (rolling[type_column], rolling["appraised_value"], _areas(rolling, area_column))
        groups = ValueGroups.fit(*of_dwelling, params.min_group_sales)
        evidence = evidence_of(rolling, features, groups.codes(rolling[type_column]))
        scale = _unseen_scale(evidence, log_error)
        score = log_error / scale
        calibrations = tuple(
            Calibration(name, len(rows), ScoreDistribution.of(score[rows], params.coverage))
            for name, rows in zip(groups.names, groups.members(*of_dwelling), strict=True)
        )
        left_over = score[groups.is_left_over(rolling[type_column])]
        calibrations = _protect_left_over(calibrations, left_over, groups, params.coverage)
        reach = scale * _reach(calibrations)[groups.assign(*of_dwelling)]
        return cls(
            coverage=params.coverage,
            groups=groups,
            calibrations=calibrations,
            scale=ErrorScale.fit(evidence, log_error),
            outside_reach=float(max(np.quantile(reach, _OUTSIDE_QUANTILE), _OUTSIDE_TIMES_MEDIAN * np.median(reach))),
            type_column=type_column,
            area_column=area_column,
        )

    def interval(
        self,
        values: pd.DataFrame,
        features: pd.DataFrame,
        dwellings: pd.DataFrame,
        *,
        outside: NDArray[np.bool_] | None = None,
        n_threads: int | None = None,
    ) -> pd.DataFrame:
        """Range and risk of each value.

        Parameters
        ----------
        values : DataFrame, shape (n_dwellings, ...)
            `appraised_value, baseline_value, tree_value`; NaN where a dwelling cannot be valued.
        features : DataFrame
            The features it was valued with, in the same order.
        dwellings : DataFrame
            With dwelling type and market area.
        outside : array of bool, shape (n_dwellings,), optional
            Which dwellings lie outside what the models have seen. No sale tells how wrong a value can be there: their
            ranges are made at least as wide as those of all but the widest twentieth of the calibration sales, and a
            quarter wider than the middle one.
        n_threads : int, optional
            Changes no number; by default one for a few rows, else all.

        Returns
        -------
        DataFrame, shape (n_dwellings, 3)
            `lower_value, upper_value` in money, not rounded; `error_risk`: chance that the value is more than 20 % off
            the price. NaN without a value. Index as that of `values`.
        """
        money = {
            name: values[name].to_numpy(dtype=float, na_value=np.nan)
            for name in ("appraised_value", "baseline_value", "tree_value")
        }
        names = tuple(str(name) for name in features.columns)
        found = self.ranges(
            money, features.to_numpy(dtype=float), names, Facts.of(dwellings), outside=outside, n_threads=n_threads
        )
        return pd.DataFrame(found, index=values.index)

    def ranges(
        self,
        values: Mapping[str, NDArray[np.float64]],
        features: NDArray[np.float64],
        names: tuple[str, ...],
        dwellings: Facts,
        *,
        outside: NDArray[np.bool_] | None = None,
        n_threads: int | None = None,
    ) -> dict[str, NDArray[np.float64]]:
        """Return the same as `interval` from plain columns, features named by `names`."""
        value = values["appraised_value"]
        threads = n_threads if n_threads is not None else int(len(value) < _FEW_ROWS)
        kind = dwellings.text(self.type_column_)
        evidence = scale_evidence(values, features, names, self.groups_.codes(kind))
        scale = self.scale_.predict(evidence, n_threads=threads)
        group = self.groups_.assign(kind, value, dwellings.text(self.area_column_ or ""))
        if outside is not None:
            scale = np.where(outside, np.maximum(scale, self.outside_reach_ / _reach(self.calibrations_)[group]), scale)
        ends = self._ends()
        return {
            "lower_value": value * np.exp(scale * ends[group, 0]),
            "upper_value": value * np.exp(scale * ends[group, 1]),
            "error_risk": np.where(np.isnan(value), np.nan, self._risk(group, scale)),
        }

    def group_of(self, values: pd.DataFrame, dwellings: pd.DataFrame) -> NDArray[np.int64]:
        """Number of the group each dwelling is judged in, shape (n_dwellings,)."""
        value = values["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
        return self.groups_.assign(dwellings[self.type_column_], value, _areas(dwellings, self.area_column_))

    def range_groups(self, values: pd.DataFrame, dwellings: pd.DataFrame) -> pd.DataFrame:
        """Return the name of that group and the number of its calibration sales: `range_group, range_sales`."""
        group = self.group_of(values, dwellings)
        names = np.array([item.group for item in self.calibrations_], dtype=object)
        sizes = np.array([item.n_sales for item in self.calibrations_])
        return pd.DataFrame({"range_group": names[group], "range_sales": sizes[group]}, index=values.index)

    def chance_below(self, values: pd.DataFrame, dwellings: pd.DataFrame, amounts: ArrayLike) -> NDArray[np.float64]:
        """Chance that the price of each dwelling lies under each amount.

        It follows from the range alone, so a stored value tells it too, without its features.

        Parameters
        ----------
        values : DataFrame, shape (n_dwellings, ...)
            `appraised_value, lower_value, upper_value`, as `interval` gave them or rounded.
        dwellings : DataFrame
            With dwelling type and market area.
        amounts : array-like of float, shape (n_amounts,) or (n_dwellings, n_amounts)
            In money. No price is zero or less: the chance of one is 0.

        Returns
        -------
        ndarray of float, shape (n_dwellings, n_amounts)
            Never less for a higher amount; at the ends of a 90 % range 5 and 95 %; NaN without a value.
        """
        lower, upper = (values[name].to_numpy(float, na_value=np.nan) for name in ("lower_value", "upper_value"))
        asked = np.broadcast_to(np.asarray(amounts, dtype=float), (len(values), np.shape(amounts)[-1]))
        group = self.group_of(values, dwellings)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Where both ends are rounded to one amount, the range is that amount and a little to either side.
            log_reach = np.log(np.maximum(upper, np.nextafter(lower, np.inf)) / lower)[:, None]
            place = np.log(np.maximum(asked, 0) / lower[:, None]) / log_reach
        chance = np.full(asked.shape, np.nan)
        for number, item in enumerate(self.calibrations_):
            rows = (group == number) & np.isfinite(lower)
            ends = item.scores
            chance[rows] = ends.share_below(ends.lower + place[rows] * (ends.upper - ends.lower))
        return chance

    def table(self) -> pd.DataFrame:
        """One row per group: `group, n_sales, lower_score, upper_score`."""
        names = [item.group for item in self.calibrations_]
        sizes, ends = [item.n_sales for item in self.calibrations_], self._ends()
        return pd.DataFrame({"group": names, "n_sales": sizes, "lower_score": ends[:, 0], "upper_score": ends[:, 1]})

    def _ends(self) -> NDArray[np.float64]:
        return np.array([(item.scores.lower, item.scores.upper) for item in self.calibrations_])

    def _risk(self, group: np.ndarray, scale: np.ndarray) -> np.ndarray:
        # value / price = exp(-score · scale): too high beyond 1.2, too low beyond 0.8.
        too_high, too_low = -np.log1p(LARGE_ERROR), -np.log1p(-LARGE_ERROR)
        risk = np.empty(len(group))
        for number in sorted(set(group.tolist())):
            rows, scores = group == number, self.calibrations_[number].scores
            below = scores.share_below(too_high / scale[rows])
            risk[rows] = below + 1 - scores.share_below(too_low / scale[rows])
        return risk

    def save(self, folder: Path) -> None:
        """Write `intervals.json` and, where the scale was learned, `error_scale.txt` into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "format": _FORMAT,
            "coverage": self.coverage_,
            "type_column": self.type_column_,
            "area_column": self.area_column_,
            "outside_reach": self.outside_reach_,
            "groups": self.groups_.to_json(),
            "calibrations": [
                {"group": item.group, "n_sales": item.n_sales, "scores": item.scores.to_json()}
                for item in self.calibrations_
            ],
            "scale_columns": list(self.scale_.columns_),
            "scale_unit": self.scale_.unit_,
            "has_scale": self.scale_.booster_ is not None,
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "intervals.json").write_text(text + "\n", encoding="utf-8")
        if self.scale_.booster_ is not None:
            (folder / "error_scale.txt").write_text(self.scale_.booster_.model_to_string(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntervalModel:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When the files are of another format.
        """
        remedy = "use the release that wrote it, or conformalize again"
        content = read_stored(folder / "intervals.json", _FORMAT, remedy=remedy)
        booster = None
        if content["has_scale"]:
            booster = read_booster(folder / "error_scale.txt")
        return cls(
            coverage=content["coverage"],
            groups=ValueGroups.from_json(content["groups"]),
            calibrations=tuple(
                Calibration(item["group"], item["n_sales"], ScoreDistribution.from_json(item["scores"]))
                for item in content["calibrations"]
            ),
            scale=ErrorScale(booster, tuple(content["scale_columns"]), float(content["scale_unit"])),
            outside_reach=float(content["outside_reach"]),
            type_column=content["type_column"],
            area_column=content["area_column"],
        )


def _areas(dwellings: pd.DataFrame, area_column: str | None) -> pd.Series:
    return pd.Series(None, index=dwellings.index, dtype=object) if area_column is None else dwellings[area_column]


def _reach(calibrations: tuple[Calibration, ...]) -> NDArray[np.float64]:
    """Log width of the range of each group for a dwelling of scale 1; never zero."""
    reach = np.array([item.scores.upper - item.scores.lower for item in calibrations])
    return np.maximum(reach, np.finfo(float).eps)


def _usable(rolling: pd.DataFrame, features: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales that have a value, in the order of their id, with their features."""
    has_value = (rolling["appraised_value"] > 0).to_numpy(dtype=bool, na_value=False)
    rows = np.flatnonzero(has_value)
    order = rows[np.argsort(rolling["sale_id"].astype(str).to_numpy()[rows], kind="stable")]
    return rolling.iloc[order].reset_index(drop=True), features.iloc[order].reset_index(drop=True)


def _check_enough(n_sales: int, coverage: float) -> None:
    lower, _ = order_statistics(n_sales, coverage)
    if lower < 1:
        # The lower bound stands at rank 1 or above.
        needed = int(np.ceil(round(2 / (1 - coverage), 9))) - 1
        raise TooFewSales(
            f"{n_sales} sales were valued by models of earlier sales",
            expected=f"at least {needed} for intervals that hold {coverage:.0%} of prices",
            remedy="give older sales, or make the folds longer (train.fold_months)",
        )


def _unseen_scale(evidence: Evidence, log_error: np.ndarray) -> np.ndarray:
    """Scale of each sale by a model that has not seen its error, shape (n_sales,).

    Each model learns from nine tenths, so that it is nearly as good as the one in use, which learns from all: with
    parts of a fold each, scales were noisier than in use and ranges 1 to 2 points too wide.
    """
    part = np.arange(len(evidence)) % _PARTS
    scale = np.empty(len(evidence))

    def of_part(held_out: int) -> np.ndarray:
        known = part != held_out
        return ErrorScale.fit(evidence.rows(known), log_error[known]).predict(evidence.rows(~known), n_threads=1)

    for held_out, found in enumerate(side_by_side(of_part, range(_PARTS))):
        scale[part == held_out] = found
    return scale


def _protect_left_over(
    calibrations: tuple[Calibration, ...], score: np.ndarray, groups: ValueGroups, coverage: float
) -> tuple[Calibration, ...]:
    """Give the types judged with all sales the scores of their own where these reach further.

    Odd dwellings are few, and pay when they are judged like the rest: their own sales are too few for a narrow range of
    their own (it would hang on chance), but enough to forbid one that is too narrow.
    """
    lowest, _ = order_statistics(len(score), coverage)
    if lowest < 1:
        return calibrations
    start = len(groups.names) - len(groups.classes[groups.fallback].groups)
    own = ScoreDistribution.of(score, coverage)
    reach = _reach(calibrations)
    return calibrations[:start] + tuple(
        replace(item, group=f"{item.group} (own sales reach further)", n_sales=len(score), scores=own)
        if own.upper - own.lower > reach[number]
        else item
        for number, item in enumerate(calibrations[start:], start)
    )
