"""What is left of a price when size, quality and age are paid for? The part that neighbours can share.

A ridge regression of log price on the characteristics and the market areas. What remains after the characteristics
(market areas put back) is the **location part** of a sale: neighbours' location parts, not their raw prices, become
features, so a row of large houses does not make its street look dear.

A dwelling's own price must not come back to it through the regression either. Ridge regression lets a dwelling be left
out exactly: with A = XᵀX + λI, leaving out the sales D changes the coefficients by A⁻¹ X_Dᵀ (I − H_DD)⁻¹ r_D, so the
location part of a neighbour j, as it would be had dwelling D never been sold, is q_j + x_j · change_D.

References
----------
Cook and Weisberg, Residuals and Influence in Regression (1982), deletion of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

_MIN_LEVEL_SALES = 20
"""Sales a level needs for a coefficient of its own; rarer levels share the intercept."""
_KNOTS = (0.25, 0.5, 0.75)
_PENALTY = 2.0
"""Ridge penalty in units of one sale's information about a standardised column."""


@dataclass(frozen=True)
class Term:
    """How one feature column enters the regression."""

    column: str
    kind: str
    """`number` (standardised, with hinges) or `level` (one column per level code)."""
    is_log: bool = False
    mean: float = 0.0
    scale: float = 1.0
    knots: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    is_location: bool = False

    def columns_of(self, values: Floats) -> list[Floats]:
        """Return the design columns made from one feature column."""
        if self.kind == "level":
            return [(values == level).astype(np.float64) for level in self.levels]
        known = np.log1p(np.maximum(values, 0.0)) if self.is_log else values
        z = np.clip((known - self.mean) / self.scale, -4.0, 4.0)
        is_missing = np.isnan(z)
        z = np.where(is_missing, 0.0, z)
        return [
            z,
            *(np.where(is_missing, 0.0, np.maximum(z - knot, 0.0)) for knot in self.knots),
            is_missing.astype(np.float64),
        ]


def make_term(name: str, values: Floats, *, is_level: bool, is_location: bool) -> Term | None:
    """Learn how a column enters; None when it says nothing."""
    known = values[~np.isnan(values)]
    if is_level:
        codes, counts = np.unique(known, return_counts=True)
        levels = tuple(float(code) for code in codes[counts >= _MIN_LEVEL_SALES])
        return Term(name, "level", levels=levels, is_location=is_location) if len(levels) > 1 else None
    if len(np.unique(known)) < 2:
        return None
    is_log = bool(known.min() >= 0 and known.max() > 50)
    known = np.log1p(known) if is_log else known
    mean, scale = float(known.mean()), float(known.std())
    z = (known - mean) / scale
    knots = tuple(sorted({round(float(knot), 6) for knot in np.quantile(z, _KNOTS)}))
    knots = tuple(knot for knot in knots if z.min() < knot < z.max()) if len(np.unique(known)) > 2 else ()
    return Term(name, "number", is_log, mean, scale, knots)


class HedonicRegression:
    """Ridge regression of log price on plain features, with exact leave-one-dwelling-out.

    Attributes
    ----------
    terms_ : list of Term
    coefficients_ : array of float, shape (n_columns,)
        The intercept first.
    location_parts_ : array of float, shape (n_sales,)
        Log price less what the characteristics explain.
    change_without_own_ : array of float, shape (n_sales, n_own_columns)
        By how much leaving out the sale's dwelling moves the coefficients of the characteristics, sign turned.
    """

    def __init__(self, terms: list[Term] | None = None, coefficients: Floats | None = None) -> None:
        self.terms_ = terms or []
        self.coefficients_ = coefficients if coefficients is not None else np.zeros(1)

    def design(self, plain: pd.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
        """Design matrix, shape (n_rows, n_columns), and which columns speak of location."""
        columns = [np.ones(len(plain))]
        is_location = [False]
        for term in self.terms_:
            made = term.columns_of(plain[term.column].to_numpy(np.float64))
            columns += made
            is_location += [term.is_location] * len(made)
        return np.column_stack(columns), np.array(is_location)

    def fit(
        self, plain: pd.DataFrame, log_price: Floats, dwelling: NDArray[np.int64], levels: set[str], location: set[str]
    ) -> HedonicRegression:
        """Estimate the coefficients and what leaving each dwelling out would do to them.

        Parameters
        ----------
        plain : DataFrame of float, shape (n_sales, n_features)
        log_price : array of float, shape (n_sales,)
        dwelling : array of int, shape (n_sales,)
            Equal numbers are sales of one dwelling.
        levels, location : set of str
            Columns that hold level codes; columns that speak of location.
        """
        terms = (
            make_term(name, plain[name].to_numpy(np.float64), is_level=name in levels, is_location=name in location)
            for name in plain.columns
        )
        self.terms_ = [term for term in terms if term is not None]
        design, is_location = self.design(plain)
        penalty = np.full(design.shape[1], _PENALTY)
        penalty[0] = 1e-6
        # The last bits of a BLAS product depend on the number of threads, and with them the bytes of a model version.
        with threadpool_limits(limits=1, user_api="blas"):
            gram = np.einsum("ij,ik->jk", design, design) + np.diag(penalty)
            inverse = np.linalg.inv(gram)
            self.coefficients_ = inverse @ np.einsum("ij,i->j", design, log_price)
            residuals = log_price - design @ self.coefficients_
            own = ~is_location
            self.own_design_ = design[:, own]
            self.location_parts_ = log_price - self.own_design_ @ self.coefficients_[own]
            self.change_without_own_ = _change_without_own(design, inverse, residuals, dwelling)[:, own]
        return self

    def to_json(self) -> dict[str, Any]:
        """Terms and coefficients, for the record."""
        return {
            "terms": [term.__dict__ for term in self.terms_],
            "coefficients": [float(value) for value in self.coefficients_],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> HedonicRegression:
        """Read what `to_json` wrote."""
        terms = [
            Term(**{**item, "knots": tuple(item["knots"]), "levels": tuple(item["levels"])})
            for item in content["terms"]
        ]
        return cls(terms, np.array(content["coefficients"]))


def _change_without_own(design: Floats, inverse: Floats, residuals: Floats, dwelling: NDArray[np.int64]) -> Floats:
    """A⁻¹ X_Dᵀ (I − H_DD)⁻¹ r_D for the dwelling D of each sale."""
    influence = design @ inverse
    leverage = np.einsum("ij,ij->i", influence, design)
    pull = residuals / (1.0 - leverage)
    order = np.argsort(dwelling, kind="stable")
    _, starts, counts = np.unique(dwelling[order], return_index=True, return_counts=True)
    change = influence * pull[:, None]
    for start, count in zip(starts[counts > 1], counts[counts > 1], strict=True):
        rows = order[start : start + count]
        hat = influence[rows] @ design[rows].T
        pull_own = np.linalg.solve(np.eye(count) - hat, residuals[rows])
        change[rows] = influence[rows].T @ pull_own
    return change
