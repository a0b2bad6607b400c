"""Which raw cells and rows could not be used, and what to do about each?

One table for all failures of an ingest (`ingest/rejected_rows.csv`), whatever found them: the reader, the parser, the
schema or a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

COLUMNS = ["table", "line", "dwelling_id", "rule", "column", "value", "remedy", "effect"]
QUARANTINED = "row left out"
SET_ASIDE = "cell set aside"


@dataclass
class Rejections:
    """Findings on the rows made from one raw table.

    Parameters
    ----------
    table : str
        The raw table the rows come from.
    lines : numpy.ndarray of int, shape (n_rows,)
        Line of each row in the raw file.
    dwelling_id : numpy.ndarray of object, shape (n_rows,)
        Identity as far as it is known.
    """

    table: str
    lines: np.ndarray
    dwelling_id: np.ndarray
    left_out: np.ndarray = field(init=False)
    set_aside: np.ndarray = field(init=False)
    not_listed: np.ndarray = field(init=False)
    """Rows left out that are nobody's fault: exact duplicates and superseded records are counted, not listed."""
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left_out = np.zeros(len(self.lines), dtype=bool)
        self.set_aside = np.zeros(len(self.lines), dtype=bool)
        self.not_listed = np.zeros(len(self.lines), dtype=bool)

    def add(
        self, mask: np.ndarray, rule: str, column: str, values: np.ndarray, remedy: str, *, leave_out: bool
    ) -> None:
        """Note the rows in `mask` and what stands in them."""
        at = np.flatnonzero(mask)
        if not len(at):
            return
        (self.left_out if leave_out else self.set_aside)[at] = True
        self._parts.append(
            pd.DataFrame(
                {
                    "table": self.table,
                    "line": self.lines[at],
                    "dwelling_id": self.dwelling_id[at],
                    "rule": rule,
                    "column": column,
                    "value": [_short(value) for value in np.asarray(values, dtype=object)[at]],
                    "remedy": remedy,
                    "effect": QUARANTINED if leave_out else SET_ASIDE,
                }
            )
        )

    def table_of_findings(self) -> pd.DataFrame:
        """Return one row per finding, by line."""
        if not self._parts:
            return pd.DataFrame(columns=COLUMNS)
        found = pd.concat(self._parts, ignore_index=True)[COLUMNS]
        return found.sort_values(["line", "rule", "column"], ignore_index=True, kind="stable")


def _short(value: object) -> str:
    text = "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
