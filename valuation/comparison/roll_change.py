"""Did the roll change between the versions? Which dwellings came and went, and which facts are not the same.

A value that moved because a fact was corrected says nothing about the models. So nothing is compared in silence: what
changed in the roll is counted, named and kept in a table, one row per dwelling and characteristic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuation.comparison.versions import Version

COORDINATES = ("x_m", "y_m")


@dataclass(frozen=True)
class RollChange:
    """What is not the same in the two rolls."""

    table: pd.DataFrame
    """`dwelling_id, change` (new | gone | fact), `characteristic, before, after` (text; missing for new and gone)."""
    common: pd.Index
    """Dwellings of both rolls."""
    compared: tuple[str, ...]
    """Characteristics that both rolls have, coordinates included."""

    def ids(self, change: str) -> list[str]:
        """Return the dwellings with a `change`, each once, in order."""
        return sorted(self.table.loc[self.table["change"] == change, "dwelling_id"].unique())

    def by_characteristic(self) -> pd.DataFrame:
        """Return `characteristic, n_dwellings`, most often changed first."""
        facts = self.table[self.table["change"] == "fact"]
        counts = facts.groupby("characteristic").size().rename("n_dwellings").reset_index()
        return counts.sort_values(["n_dwellings", "characteristic"], ascending=[False, True], ignore_index=True)

    def changed_facts(self, dwelling_id: pd.Series) -> list[str]:
        """Return in words which facts of each dwelling changed; empty where none did."""
        facts = self.table[(self.table["change"] == "fact") & self.table["dwelling_id"].isin(dwelling_id)]
        words = facts["characteristic"] + " " + facts["before"] + " → " + facts["after"]
        joined = words.groupby(facts["dwelling_id"]).agg("; ".join).to_dict()
        return [str(joined.get(one, "")) for one in dwelling_id]


def roll_change(before: Version, after: Version) -> RollChange:
    """Compare the rolls of two versions, fact by fact.

    Parameters
    ----------
    before, after : Version
        Characteristics of the data dictionary and coordinates are compared; the address and the prior value are no
        facts about a dwelling and are not.

    Returns
    -------
    RollChange
        The same whatever the order of the rows.
    """
    ours, theirs = before.roll.set_index("dwelling_id"), after.roll.set_index("dwelling_id")
    common = ours.index.intersection(theirs.index).sort_values()
    names = [*COORDINATES, *before.bundle.jurisdiction.characteristics]
    compared = tuple(name for name in names if name in ours and name in theirs)
    parts = [_named(theirs.index.difference(ours.index), "new"), _named(ours.index.difference(theirs.index), "gone")]
    parts += [_changed(name, ours.loc[common, name], theirs.loc[common, name]) for name in compared]
    table = pd.concat(parts, ignore_index=True)
    order = ["dwelling_id", "change", "characteristic"]
    return RollChange(table.sort_values(order, ignore_index=True), common, compared)


def _named(ids: pd.Index, change: str) -> pd.DataFrame:
    return _rows(ids, change, None, [None] * len(ids), [None] * len(ids))


def _rows(ids: pd.Index, change: str, characteristic: str | None, before: list[Any], after: list[Any]) -> pd.DataFrame:
    table = pd.DataFrame({"dwelling_id": pd.array(ids.to_numpy(), dtype="str")})
    table["change"] = pd.array([change] * len(ids), dtype="str")
    table["characteristic"] = pd.array([characteristic] * len(ids), dtype="str")
    table["before"], table["after"] = pd.array(before, dtype="str"), pd.array(after, dtype="str")
    return table


def _changed(name: str, before: pd.Series, after: pd.Series) -> pd.DataFrame:
    ours, theirs = _comparable(before), _comparable(after)
    is_changed = ~((ours == theirs) | (pd.isna(ours) & pd.isna(theirs)))
    ids = before.index[is_changed]
    return _rows(ids, "fact", name, _words(ours[is_changed]), _words(theirs[is_changed]))


def _comparable(column: pd.Series) -> np.ndarray:
    """Return numbers as floats, so that 1 and 1.0 and yes are the same; text as it is."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return column.astype(object).to_numpy()


def _words(cells: np.ndarray) -> list[Any]:
    return [_word(cell) for cell in cells]


def _word(cell: Any) -> str:
    if pd.isna(cell):
        return "not known"
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)
