"""How sure are we of a value? A range that holds the price of nine sales in ten, and the risk of a large error.

Split conformal prediction, normalised and group-wise (Mondrian): the log errors of sales that their models had not
seen, each over the size of error expected for such a dwelling (`scale.py`), are ordered within its group (`groups.py`);
the range reaches from the 5 % to the 95 % order statistic, so that misses below and above balance. The errors are those
of rolling origins: each sale was valued by models, features and index of earlier sales only, so the drift of prices
between origin and sale is part of what the range covers (docs/decisions/0004-calibration-on-rolling-origins.md).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from valuation.errors import BundleRefused, TooFewSales
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ConformalizeParams
from valuation.uncertainty.coverage import order_statistics
from valuation.uncertainty.groups import ValueGroups
from valuation.uncertainty.scale import ErrorScale, Evidence, evidence_of

_FORMAT = 1
_PARTS = 10
LARGE_ERROR = 0.20
"""Share of the price beyond which an error is called large: Norwegian practice quotes values within 20 percent."""
# Scores kept per group for the risk of a large error: a thousandth of probability is finer than any sample tells.
_KEPT_SCORES = 1000

# Starting threads takes longer than so few rows.
_FEW_ROWS = 64


@dataclass(frozen=True)
class Calibration:
    """What the calibration sales of one group say."""

    group: str
    n_sales: int
    lower_score: float
    upper_score: float
    scores: tuple[float, ...]
    """Ordered scores, thinned."""


class IntervalModel:
    """Ranges and risks for values, set on sales that the models had not seen.

    Attributes
    ----------
    coverage_ : float
        Share of sales the range promises to hold.
    groups_ : ValueGroups
    calibrations_ : tuple of Calibration
        One per group, in the order of the groups.
    scale_ : ErrorScale
    """

    def __init__(
        self,
        *,
        coverage: float,
        groups: ValueGroups,
        calibrations: tuple[Calibration, ...],
        scale: ErrorScale,
        type_column: str,
    ) -> None:
        self.coverage_ = coverage
        self.groups_ = groups
        self.calibrations_ = calibrations
        self.scale_ = scale
        self.type_column_ = type_column

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
            characteristic that is the dwelling type.
        features : DataFrame
            The features each was valued with, in the same order.
        jurisdiction : Jurisdiction
        params : ConformalizeParams

        Raises
        ------
        TooFewSales
            When there are too few sales for a bound on either side.
        """
        type_column = str(jurisdiction.characteristics.with_role("dwelling_type"))
        rolling, features = _usable(rolling, features)
        _check_enough(len(rolling), params.coverage)
        log_error = np.log(rolling["sale_price"].to_numpy(float) / rolling["appraised_value"].to_numpy(float))
        types, value = rolling[type_column], rolling["appraised_value"]
        groups = ValueGroups.fit(types, value, params.min_group_sales)
        evidence = evidence_of(rolling, features, groups.codes(types))
        score = log_error / _unseen_scale(evidence, log_error)
        calibrations = tuple(
            _calibration(name, score[rows], params.coverage)
            for name, rows in zip(groups.names, groups.members(types, value), strict=True)
        )
        left_over = score[groups.is_left_over(types)]
        calibrations = _protect_left_over(calibrations, left_over, groups, params.coverage)
        return cls(
            coverage=params.coverage,
            groups=groups,
            calibrations=calibrations,
            scale=ErrorScale.fit(evidence, log_error),
            type_column=type_column,
        )

    def interval(
        self, values: pd.DataFrame, features: pd.DataFrame, dwellings: pd.DataFrame, *, n_threads: int | None = None
    ) -> pd.DataFrame:
        """Range and risk of each value.

        Parameters
        ----------
        values : DataFrame, shape (n_dwellings, ...)
            `appraised_value, baseline_value, tree_value`; NaN where a dwelling cannot be valued.
        features : DataFrame
            The features it was valued with, in the same order.
        dwellings : DataFrame
            With the dwelling type.
        n_threads : int, optional
            Changes no number; by default one for a few rows, else all.

        Returns
        -------
        DataFrame, shape (n_dwellings, 3)
            `lower_value, upper_value` in money, not rounded; `error_risk`: chance that the value is more than 20 % off
            the price. NaN without a value. Index as that of `values`.
        """
        value = values["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
        threads = n_threads if n_threads is not None else int(len(values) < _FEW_ROWS)
        evidence = evidence_of(values, features, self.groups_.codes(dwellings[self.type_column_]))
        scale = self.scale_.predict(evidence, n_threads=threads)
        group = self.group_of(values, dwellings)
        bounds = np.array([(item.lower_score, item.upper_score) for item in self.calibrations_])
        return pd.DataFrame(
            {
                "lower_value": value * np.exp(scale * bounds[group, 0]),
                "upper_value": value * np.exp(scale * bounds[group, 1]),
                "error_risk": np.where(np.isnan(value), np.nan, self._risk(group, scale)),
            },
            index=values.index,
        )

    def group_of(self, values: pd.DataFrame, dwellings: pd.DataFrame) -> np.ndarray:
        """Number of the group each dwelling is judged in, shape (n_dwellings,)."""
        value = values["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
        return self.groups_.assign(dwellings[self.type_column_], value)

    def table(self) -> pd.DataFrame:
        """One row per group: `group, n_sales, lower_score, upper_score`."""
        columns = ["group", "n_sales", "lower_score", "upper_score"]
        return pd.DataFrame([asdict(item) for item in self.calibrations_])[columns]

    def _risk(self, group: np.ndarray, scale: np.ndarray) -> np.ndarray:
        # value / price = exp(-score · scale): too high beyond 1.2, too low beyond 0.8.
        too_high, too_low = -np.log1p(LARGE_ERROR), -np.log1p(-LARGE_ERROR)
        risk = np.empty(len(group))
        for number, item in enumerate(self.calibrations_):
            rows = group == number
            ordered = np.array(item.scores)
            below = _share_below(ordered, too_high / scale[rows])
            above = 1 - _share_below(ordered, too_low / scale[rows])
            risk[rows] = below + above
        return risk

    def save(self, folder: Path) -> None:
        """Write `intervals.json` and, where the scale was learned, `error_scale.txt` into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "format": _FORMAT,
            "coverage": self.coverage_,
            "type_column": self.type_column_,
            "groups": self.groups_.to_json(),
            "calibrations": [asdict(item) for item in self.calibrations_],
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
        content: dict[str, Any] = json.loads((folder / "intervals.json").read_text(encoding="utf-8"))
        if content.get("format") != _FORMAT:
            raise BundleRefused(
                f"{folder / 'intervals.json'} is of format {content.get('format')!r}",
                expected=f"format {_FORMAT}",
                remedy="use the release that wrote it, or conformalize again",
            )
        booster = None
        if content["has_scale"]:
            booster = lgb.Booster(model_str=(folder / "error_scale.txt").read_text(encoding="utf-8"))
        return cls(
            coverage=content["coverage"],
            groups=ValueGroups.from_json(content["groups"]),
            calibrations=tuple(
                Calibration(**{**item, "scores": tuple(item["scores"])}) for item in content["calibrations"]
            ),
            scale=ErrorScale(booster, tuple(content["scale_columns"]), float(content["scale_unit"])),
            type_column=content["type_column"],
        )


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
    for held_out in range(_PARTS):
        known = part != held_out
        scale[~known] = ErrorScale.fit(evidence.rows(known), log_error[known]).predict(evidence.rows(~known))
    return scale


def _calibration(group: str, score: np.ndarray, coverage: float) -> Calibration:
    ordered = np.sort(score)
    lower, upper = order_statistics(len(ordered), coverage)
    if lower < 1:
        raise TooFewSales(
            f"group {group!r} has {len(ordered)} calibration sales",
            expected="more for a bound at this coverage",
            remedy="raise conformalize.min_group_sales",
        )
    kept = ordered
    if len(ordered) > _KEPT_SCORES:
        kept = np.quantile(ordered, (np.arange(_KEPT_SCORES) + 0.5) / _KEPT_SCORES)
    return Calibration(
        group, len(ordered), float(ordered[lower - 1]), float(ordered[upper - 1]), tuple(float(item) for item in kept)
    )


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
    own = _calibration("own", score, coverage)
    reach = own.upper_score - own.lower_score
    return calibrations[:start] + tuple(
        replace(own, group=f"{item.group} (own sales reach further)")
        if reach > item.upper_score - item.lower_score
        else item
        for item in calibrations[start:]
    )


def _share_below(ordered: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Share of new scores expected below each score: rank over n + 1, by straight line between ranks."""
    ranks = (np.arange(len(ordered)) + 1) / (len(ordered) + 1)
    return np.interp(score, ordered, ranks, left=0.5 / (len(ordered) + 1), right=1 - 0.5 / (len(ordered) + 1))
