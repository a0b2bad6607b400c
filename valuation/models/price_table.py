"""What does the stored table of standard prices say? All that is kept of it, and all that is asked.

Apart from `valuation.models.baseline`, which learns it: whoever only asks needs nothing of scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass
class PriceTable:
    """Standard prices per m² of cells, from the finest to the coarsest.

    Attributes
    ----------
    area : int
        Column of the living area in m².
    groups : tuple of int
        Columns of the codes of market area, type and age band.
    min_sales : int
        Sales a cell stands on at least.
    tables_ : list of dict
        One per step of the fallback: codes of the cell to (price per m², number of sales).
    median_price_ : float
        Of a dwelling without a living area.
    n_features : int
        Columns of a row.
    """

    area: int
    groups: tuple[int, ...]
    min_sales: int
    tables_: list[dict[tuple[float, ...], tuple[float, int]]]
    median_price_: float
    n_features: int

    @cached_property
    def steps_(self) -> list[tuple[int, ...]]:
        """Columns that make up a cell, step by step."""
        return fallbacks(self.groups)

    def prices(self, X: Floats) -> Floats:
        """Price at the valuation date, shape (n_dwellings,), of rows of shape (n_dwellings, n_features)."""
        size = X[:, self.area]
        per_m2 = np.full(len(X), np.nan)
        for step, table in zip(self.steps_, self.tables_, strict=True):
            open_rows = np.flatnonzero(np.isnan(per_m2))
            if not len(open_rows):
                break
            per_m2[open_rows] = _looked_up(table, X[open_rows][:, list(step)])
        has_value = (size > 0) & ~np.isnan(per_m2)
        return np.where(has_value, per_m2 * np.where(has_value, size, 1.0), self.median_price_)

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as JSON."""
        tables = [[[*map(float, cell), *found] for cell, found in table.items()] for table in self.tables_]
        return {
            "area": self.area,
            "groups": list(self.groups),
            "min_sales": self.min_sales,
            "tables": tables,
            "median_price": self.median_price_,
            "n_features": self.n_features,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> PriceTable:
        """Read what `to_json` wrote."""
        return cls(
            area=content["area"],
            groups=tuple(content["groups"]),
            min_sales=content["min_sales"],
            tables_=[{tuple(row[:-2]): (row[-2], int(row[-1])) for row in table} for table in content["tables"]],
            median_price_=content["median_price"],
            n_features=content["n_features"],
        )


def fallbacks(groups: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the columns of a cell, step by step: all, ever fewer, the second alone, none."""
    nested = [groups[:n] for n in range(len(groups), 0, -1)]
    return [*nested, *([(groups[1],)] if len(groups) > 1 else []), ()]


def _looked_up(table: dict[tuple[float, ...], tuple[float, int]], codes: Floats) -> Floats:
    nothing = (np.nan, 0)
    return np.array([table.get(tuple(row), nothing)[0] for row in codes.tolist()], dtype=np.float64)
