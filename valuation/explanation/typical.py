"""With what is a dwelling compared when its value is explained? With the typical dwelling of the same kind.

The typical dwelling of a kind is what the dwellings of that type which were sold have in common: the mean of what each
fact of theirs contributes to the log value at the valuation date. It has a value, their geometric mean as the model
sees it, and a dwelling's contributions are the differences to it, fact by fact. A type of which few were sold is
compared with all dwellings sold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.dwellings.facts import codes_among, texts_of
from valuation.explanation.log_amounts import LogAmounts
from valuation.stored import read_stored

Floats = NDArray[np.float64]

ALL_KINDS = "all"
"""The kind of a dwelling whose type was sold too seldom, or is not known."""
MIN_DWELLINGS = 30
"""Sold dwellings that make a type a kind of its own: the error of a mean is then under a fifth of the spread."""
_FORMAT = 1


@dataclass(frozen=True)
class TypicalDwellings:
    """The typical dwelling of each kind, and of all."""

    kinds: tuple[str, ...]
    """Types with enough dwellings, sorted, then `ALL_KINDS`."""
    n_dwellings: tuple[int, ...]
    lines: tuple[str, ...]
    log_value: Floats
    """What the typical dwelling of each kind is worth at the valuation date, natural logarithm, shape (n_kinds,)."""
    log_amounts: Floats
    """What each line contributes to it, shape (n_kinds, n_lines)."""

    @classmethod
    def of_sold(cls, apart: LogAmounts, sold: pd.DataFrame, type_column: str) -> TypicalDwellings:
        """Look at the dwellings sold, each once as it was at its latest sale.

        Parameters
        ----------
        apart : LogAmounts
            What makes up their log values at the valuation date.
        sold : DataFrame, shape (n_sales, ...)
            The same in the same order: `sale_id, dwelling_id, market_date` and the type of dwelling.
        type_column : str
            Where the type stands.
        """
        table = sold.reset_index(drop=True)
        latest = table.sort_values(["market_date", "sale_id"], kind="stable").drop_duplicates(
            "dwelling_id", keep="last"
        )
        # One order, whatever that of the sales: the last bits of a mean hang on it.
        rows = latest.sort_values("dwelling_id", kind="stable").index.to_numpy()
        amounts, types = apart.amounts[rows], table.loc[rows, type_column].astype(object)
        counts = types.value_counts()
        kinds = [*sorted(str(kind) for kind in counts.index[counts >= MIN_DWELLINGS]), ALL_KINDS]
        members = [np.asarray(types == kind, dtype=bool) for kind in kinds[:-1]] + [np.ones(len(rows), dtype=bool)]
        means = np.stack([amounts[among].mean(axis=0) for among in members])
        return cls(
            kinds=tuple(kinds),
            n_dwellings=tuple(int(among.sum()) for among in members),
            lines=apart.names,
            log_value=apart.base + means.sum(axis=1),
            log_amounts=means,
        )

    def kind_of(self, dwelling_type: ArrayLike) -> NDArray[np.int64]:
        """Return the place in `kinds` of the kind that each dwelling is compared with."""
        types = texts_of(dwelling_type)
        places = codes_among(types, {kind: place for place, kind in enumerate(self.kinds[:-1])}, len(types))
        return np.where(places < 0, len(self.kinds) - 1, places).astype(np.int64)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        content = {
            "format": _FORMAT,
            "kinds": list(self.kinds),
            "n_dwellings": list(self.n_dwellings),
            "lines": list(self.lines),
            "log_value": self.log_value.tolist(),
            "log_amounts": self.log_amounts.tolist(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> TypicalDwellings:
        """Read what `save` wrote.

        Raises
        ------
        BundleRefused
            When it is not there, as in a bundle of an earlier release, or of another format.
        """
        remedy = "make the bundle again: `valuation conformalize` on the run's folder"
        content = read_stored(path, _FORMAT, expected="the typical dwelling of each kind", remedy=remedy)
        return cls(
            kinds=tuple(content["kinds"]),
            n_dwellings=tuple(content["n_dwellings"]),
            lines=tuple(content["lines"]),
            log_value=np.array(content["log_value"], dtype=np.float64),
            log_amounts=np.array(content["log_amounts"], dtype=np.float64),
        )
