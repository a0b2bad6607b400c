"""Which rows tell of the same sale or the same dwelling again, and which of them counts?

Whatever is decided here hangs on what stands in the rows, never on their order in the file.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.jurisdictions.derivation import derive
from valuation.jurisdictions.joined_rows import JoinedRows
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.rejections import Rejections


def occurrence(stem: pd.Series, rows: JoinedRows) -> pd.Series:
    """Count the earlier rows with the same `stem`, from 0."""
    # Numbered by what stands in the rows, so that the order of the file cannot matter.
    order = pd.DataFrame({"stem": stem, "text": _row_texts(rows)}).sort_values(["stem", "text"], kind="stable")
    return order.groupby("stem", sort=False, dropna=False).cumcount().reindex(stem.index)


def _row_texts(rows: JoinedRows) -> np.ndarray:
    import pyarrow.compute as pc

    cells = [column.combine_chunks() for column in rows.base.cells.columns]
    return pc.binary_join_element_wise(*cells, "\x1f").to_numpy(zero_copy_only=False).astype(object)


def drop_exact_duplicates(rows: JoinedRows, rejections: Rejections) -> int:
    """Leave out, unlisted, the rows that repeat an earlier one letter for letter; return their number."""
    repeated = pd.Series(_row_texts(rows)).duplicated().to_numpy()
    rejections.not_listed |= repeated
    return int(repeated.sum())


def superseded(jurisdiction: Jurisdiction, rows: JoinedRows, table: pd.DataFrame) -> np.ndarray:
    """Find the sales that are not the last of their dwelling."""
    dates = derive(rows, jurisdiction.sales.sale_date, "date", "sale_date").values
    order = pd.DataFrame({"dwelling_id": table["dwelling_id"], "date": dates, "text": _row_texts(rows)})
    # Several sales on the last day: which one is kept must not hang on the order of the file.
    order = order.sort_values(["dwelling_id", "date", "text"], kind="stable", na_position="first")
    return order["dwelling_id"].duplicated(keep="last").reindex(table.index).to_numpy()


def leave_out_conflicts(table: pd.DataFrame, rejections: Rejections) -> int:
    """Leave out dwellings that stand several times: all of them where the facts differ, all but one where they agree.

    Returns
    -------
    int
        Number of rows that say the same as another.
    """
    used = table["dwelling_id"].where(~(rejections.left_out | rejections.not_listed))
    doubled = (used.duplicated(keep=False) & used.notna()).to_numpy()
    if not doubled.any():
        return 0
    part = table[doubled]
    differs = part.drop(columns="dwelling_id").groupby(part["dwelling_id"]).nunique(dropna=False) > 1
    conflicting = table["dwelling_id"].map(differs.any(axis=1)).eq(True).to_numpy() & doubled
    names = differs.apply(lambda row: ", ".join(differs.columns[row]), axis=1)
    shown = table["dwelling_id"].map(names).to_numpy(dtype=object)
    rejections.add(
        conflicting,
        "conflicting_records",
        "dwelling_id",
        shown,
        "the dwelling stands several times with different facts in the columns shown under value; it is not "
        "valued until one record is left",
        leave_out=True,
    )
    repeated = used.duplicated(keep="first").to_numpy() & doubled & ~conflicting
    rejections.not_listed |= repeated
    return int(repeated.sum())
