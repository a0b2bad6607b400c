"""How far off is a value likely to be? The chance of a large error and the expected distance to the price: the queue.

Two small boosted models of what is known when the value is given (features, value, past sales: `past_sales.py`): one
says how likely the value lies more than 20 percent from the price, one how far from it on average. Which dwellings are
hard to value they learn from errors of two kinds, those of rolling origins and those of values out of parts
(`models/cross_fitted.py`); how often and how much, from rolling origins alone, as those are what use is like: what they
say is set right on sales they had not seen, so that of the dwellings said to be off with a chance of 30 percent, 30 in
100 are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import DataDictionary
from valuation.dwellings.facts import Facts
from valuation.models.asking import asked
from valuation.models.cross_fitted import part_of
from valuation.models.side_by_side import side_by_side
from valuation.models.stored_booster import Booster, read_booster
from valuation.stored import read_stored
from valuation.uncertainty.intervals import LARGE_ERROR
from valuation.uncertainty.past_sales import PastSales
from valuation.uncertainty.scale import Evidence

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = NDArray[np.float64]

_FORMAT = 1
MIN_SALES = 1000
"""Sales below which nothing is learned: the stated chance is then that of the intervals."""
MIN_LARGE_ERRORS = 50
_PARTS = 5
_SEEDS = 2
_ATOMS = 99
_MOST_DISTANT = 5.0
_NEAREST = 1e-4
"""A gamma distribution has no zero; an error this small (0.01 %) is none."""
_COMMON: dict[str, Any] = {
    "num_leaves": 7,
    "learning_rate": 0.045,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    # One thread to fit: the models are small, and threads that wait for a busy machine cost more than they bring.
    "num_threads": 1,
    "verbosity": -1,
}
_OBJECTIVES = {"large": "binary", "distance": "gamma"}
_ROUNDS = 200


@dataclass(frozen=True)
class Foretold:
    """What is foretold of each dwelling, shape (n_dwellings,) each."""

    error_risk: Floats
    """Chance that the value is more than 20 percent off the price."""
    relative_distance: Floats
    """Expected distance of value and price, as a share of the value."""


@dataclass(frozen=True)
class Judged:
    """Sales with the value somebody would have given them, one row each, sorted by sale."""

    evidence: Evidence
    appraised_value: Floats
    sale_price: Floats
    """Of the same day, both above zero."""
    dwelling_id: pd.Series

    def __len__(self) -> int:
        return len(self.evidence)

    @property
    def is_large(self) -> Floats:
        """1 where the value is more than 20 percent off the price, else 0."""
        return (np.abs(self.appraised_value / self.sale_price - 1) > LARGE_ERROR).astype(float)

    @property
    def signed_distance(self) -> Floats:
        """Price less value over value; a few prices many times the value are cut down, lest a mean be theirs alone."""
        return np.asarray(np.minimum(self.sale_price / self.appraised_value - 1, _MOST_DISTANT))

    @property
    def labels(self) -> dict[str, Floats]:
        """What each booster learns."""
        log_error = np.abs(np.log(self.sale_price / self.appraised_value))
        return {"large": self.is_large, "distance": np.maximum(log_error, _NEAREST)}


def error_evidence(
    values: pd.DataFrame, features: pd.DataFrame, dwellings: pd.DataFrame, days: Floats, past: PastSales
) -> Evidence:
    """Gather what an error is foretold from: features, value, and what past sales say of it.

    Parameters
    ----------
    values : DataFrame, shape (n_dwellings, ...)
        `appraised_value`, and `log_index`: of its day against the valuation date.
    features : DataFrame, shape (n_dwellings, n_features)
        As the value models saw them.
    dwellings : DataFrame
        With identity and characteristics.
    days : array of float, shape (n_dwellings,)
        Day of each value, since 1970-01-01.
    past : PastSales
    """
    plain = {name: values[name].to_numpy(dtype=float, na_value=np.nan) for name in ("appraised_value", "log_index")}
    names = tuple(str(name) for name in features.columns)
    return evidence_from(plain, features.to_numpy(dtype=float), names, Facts.of(dwellings), days, past)


def evidence_from(
    values: Mapping[str, Floats],
    features: Floats,
    names: tuple[str, ...],
    dwellings: Facts,
    days: Floats,
    past: PastSales,
) -> Evidence:
    """Gather the same as `error_evidence` from plain columns, features named by `names`."""
    log_value = np.round(np.log(values["appraised_value"]) - values["log_index"], 6)
    known = {"log_value": log_value, **past.evidence(dwellings, log_value, days)}
    return Evidence((*(f"evidence_{name}" for name in known), *names), np.column_stack([*known.values(), features]))


class PredictedError:
    """Chance and size of an error, learned from sales that the value models had not seen.

    Attributes
    ----------
    boosters_ : dict of str to list of lightgbm.Booster
        `large` and `distance`, some seeds of each; empty where sales were too few.
    columns_ : tuple of str
        Columns of the evidence, in order.
    link_ : tuple of float
        Constant, weight of the log odds of `large`, weight of the log of `distance`: the log odds of the stated chance.
    distance_factor_ : float
        What brings the mean expected distance to the mean distance found.
    shape_ : array of float, shape (n_atoms,)
        Signed distance of the price from the value in units of the expected one: equally likely values, whose mean
        size is 1.
    n_sales_ : int
        Sales of rolling origins it learned from, or would have.
    past_ : PastSales
    """

    def __init__(
        self,
        boosters: dict[str, list[Booster]],
        columns: tuple[str, ...],
        link: tuple[float, ...],
        distance_factor: float,
        shape: Floats,
        n_sales: int,
        past: PastSales,
    ) -> None:
        self.boosters_ = boosters
        self.columns_ = columns
        self.link_ = link
        self.distance_factor_ = distance_factor
        self.shape_ = shape
        self.n_sales_ = n_sales
        self.past_ = past

    @property
    def is_learned(self) -> bool:
        """Whether sales were enough to learn from; otherwise the intervals say the chance."""
        return bool(self.boosters_)

    @classmethod
    def fit(cls, ahead: Judged, within: Judged, past: PastSales) -> PredictedError:
        """Learn from sales whose values came from models that had not seen them.

        Parameters
        ----------
        ahead : Judged
            Sales of rolling origins, valued by models of earlier sales alone.
        within : Judged
            Sales valued out of parts; the same columns of evidence.
        past : PastSales
            What the evidence was gathered from; kept for use.
        """
        n_large = int(ahead.is_large.sum())
        if len(ahead) < MIN_SALES or min(n_large, len(ahead) - n_large) < MIN_LARGE_ERRORS:
            distance = float(np.abs(ahead.signed_distance).mean()) if len(ahead) else 0.0
            shape = _shape(ahead.signed_distance / max(distance, _NEAREST))
            return cls({}, ahead.evidence.columns, (), distance, shape, len(ahead), past)
        unseen = _cross_fitted(ahead, within)
        factor = float(np.abs(ahead.signed_distance).mean() / unseen["distance"].mean())
        matrix = np.vstack([ahead.evidence.matrix, within.evidence.matrix])
        return cls(
            {
                name: _boosters(matrix, np.concatenate([ahead.labels[name], within.labels[name]]), name, _SEEDS)
                for name in _OBJECTIVES
            },
            ahead.evidence.columns,
            _logistic(_link_columns(unseen), ahead.is_large),
            factor,
            _shape(ahead.signed_distance / (factor * unseen["distance"])),
            len(ahead),
            past,
        )

    def predict(self, evidence: Evidence, fallback_risk: Floats, *, n_threads: int = 0) -> Foretold:
        """Foretell the errors of values.

        Parameters
        ----------
        evidence : Evidence
        fallback_risk : array of float, shape (n_dwellings,)
            Chance that the intervals state; the answer where nothing was learned.
        n_threads : int
            Changes no number.

        Raises
        ------
        BundleRefused
            When the columns are not those it learned from.
        """
        evidence.check_columns(self.columns_, "the predicted error", "was learned from")
        if not self.is_learned:
            return Foretold(fallback_risk, np.full(len(evidence), self.distance_factor_))
        said = {name: _said(found, evidence.matrix, name, n_threads) for name, found in self.boosters_.items()}
        log_odds = np.full(len(evidence), self.link_[0])
        # Column by column: a product of matrices may round otherwise with other rows beside it.
        for weight, column in zip(self.link_[1:], _link_columns(said).T, strict=True):
            log_odds += weight * column
        return Foretold(1 / (1 + np.exp(-log_odds)), self.distance_factor_ * said["distance"])

    def save(self, folder: Path) -> None:
        """Write `predicted_error.json`, `past_sales.parquet` and the boosters as LightGBM text into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "format": _FORMAT,
            "columns": list(self.columns_),
            "link": list(self.link_),
            "distance_factor": self.distance_factor_,
            "shape": self.shape_.tolist(),
            "n_sales": self.n_sales_,
            "boosters": {name: len(found) for name, found in self.boosters_.items()},
        }
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / "predicted_error.json").write_text(text + "\n", encoding="utf-8")
        for name, found in self.boosters_.items():
            for number, booster in enumerate(found):
                (folder / _file(name, number)).write_text(booster.model_to_string(), encoding="utf-8")
        self.past_.save(folder)

    @classmethod
    def load(cls, folder: Path, dictionary: DataDictionary) -> PredictedError:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When there is none, or the files are of another format.
        """
        remedy = "use the release that wrote the bundle, or conformalize again"
        content = read_stored(folder / "predicted_error.json", _FORMAT, remedy=remedy)
        return cls(
            boosters={
                name: [read_booster(folder / _file(name, number)) for number in range(count)]
                for name, count in content["boosters"].items()
            },
            columns=tuple(content["columns"]),
            link=tuple(content["link"]),
            distance_factor=float(content["distance_factor"]),
            shape=np.array(content["shape"]),
            n_sales=int(content["n_sales"]),
            past=PastSales.load(folder, dictionary),
        )


def _file(name: str, number: int) -> str:
    return f"{name}_error_{number:02d}.txt"


def _boosters(matrix: Floats, label: Floats, name: str, n_seeds: int) -> list[Booster]:
    import lightgbm as lgb  # not above: what serves values grows no tree

    def grow(seed: int) -> lgb.Booster:
        settings = {**_COMMON, "objective": _OBJECTIVES[name], "seed": seed}
        return lgb.train(settings, lgb.Dataset(matrix, label=label), num_boost_round=_ROUNDS)

    return list(side_by_side(grow, range(1, n_seeds + 1)))


def _said(boosters: list[Booster], matrix: Floats, name: str, n_threads: int = 1) -> Floats:
    """What the seeds say together: the mean of their raw scores, taken back to a chance or a distance."""
    raw = np.zeros(len(matrix))
    for said in asked(boosters, matrix, n_threads=n_threads, raw_score=True):
        raw += said / len(boosters)
    return 1 / (1 + np.exp(-raw)) if name == "large" else np.exp(raw)


def _cross_fitted(ahead: Judged, within: Judged) -> dict[str, Floats]:
    """What models say of the sales of rolling origins that have seen no sale of the dwelling, shape (n_sales,) each."""
    part, part_within = part_of(ahead.dwelling_id, _PARTS), part_of(within.dwelling_id, _PARTS)
    said = {name: np.empty(len(ahead)) for name in _OBJECTIVES}
    labels = {name: (ahead.labels[name], within.labels[name]) for name in _OBJECTIVES}

    def said_of(held_out: int) -> dict[str, Floats]:
        asked, known, known_within = part == held_out, part != held_out, part_within != held_out
        matrix = np.vstack([ahead.evidence.matrix[known], within.evidence.matrix[known_within]])
        return {
            name: _said(
                _boosters(matrix, np.concatenate([first[known], second[known_within]]), name, 1),
                ahead.evidence.matrix[asked],
                name,
            )
            for name, (first, second) in labels.items()
        }

    parts = np.unique(part).tolist()
    for held_out, found in zip(parts, side_by_side(said_of, parts), strict=True):
        for name in _OBJECTIVES:
            said[name][part == held_out] = found[name]
    return said


def _link_columns(said: dict[str, Floats]) -> Floats:
    chance = said["large"]
    return np.column_stack([np.log(chance) - np.log1p(-chance), np.log(said["distance"])])


def _logistic(columns: Floats, is_large: Floats) -> tuple[float, ...]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3, tol=1e-8, max_iter=1000).fit(columns, is_large)
    # Rounded, so that the last bits of a sum, which may depend on the machine, are not in the bundle.
    return tuple(round(float(item), 9) for item in (fitted.intercept_[0], *fitted.coef_[0]))


def _shape(standardised: Floats) -> Floats:
    if not len(standardised):
        return np.zeros(1)
    atoms = np.quantile(standardised, (np.arange(_ATOMS) + 0.5) / _ATOMS)
    return np.asarray(atoms / max(float(np.abs(atoms).mean()), _NEAREST))
