"""Why did a value move: other facts, another model, or another day? Each step valued again, the parts add up exactly.

From A to B in three steps, each through `appraise`, the one way to a value::

    A's model, A's facts, A's day -> A's model, B's facts, A's day      data
                                  -> B's model, B's facts, A's day      model
                                  -> B's model, B's facts, B's day      time

Values are whole units of money, so the parts sum to the change without rounding. The first and the last value must be
the recorded ones; where they are not, or a step gives no value, the row says so and gives no part it cannot know.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import Bundle
from valuation.comparison.roll_change import RollChange
from valuation.comparison.versions import Version
from valuation.errors import InputRefused

N_MOVERS = 50
"""Dwellings listed, by the size of their relative change."""
N_SAMPLE = 1000
"""Dwellings drawn at random on which the same split is shown for the roll as a whole."""
PARTS = ("data", "model", "time")


def largest_movers(changes: pd.DataFrame, n: int = N_MOVERS) -> pd.DataFrame:
    """Return the `n` dwellings whose value moves most, largest first.

    Parameters
    ----------
    changes : DataFrame
        As made by `value_changes`. By the logarithm of the change, so that half and double the value are as far; equal
        moves are ordered by `dwelling_id`. A dwelling that does not move is no mover.
    """
    moved = changes[(changes["state"] == "both") & (changes["change"] != 0)]
    moved = moved[(moved["value_a"] > 0) & (moved["value_b"] > 0)]
    far = np.abs(np.log(moved["value_b"].to_numpy() / moved["value_a"].to_numpy()))
    order = np.lexsort((moved["dwelling_id"].to_numpy(), -far))
    return moved.iloc[order[:n]].reset_index(drop=True)


def random_dwellings(changes: pd.DataFrame, seed: int, n: int = N_SAMPLE) -> pd.DataFrame:
    """Draw dwellings with a value in both versions, in order of their id."""
    both = changes[changes["state"] == "both"].sort_values("dwelling_id", ignore_index=True)
    drawn = np.random.default_rng(seed).permutation(len(both))[:n]
    return both.iloc[np.sort(drawn)].reset_index(drop=True)


def split_changes(before: Version, after: Version, dwellings: pd.DataFrame, rolls: RollChange) -> pd.DataFrame:
    """Split the change of each dwelling into data, model and time.

    Parameters
    ----------
    before, after : Version
    dwellings : DataFrame
        Rows of `value_changes` with a value in both versions.
    rolls : RollChange

    Returns
    -------
    DataFrame
        The same rows with `data, model, time` (money; they sum to `change`), `data_and_model` (where those two cannot
        be told apart; NaN else), `changed_facts`, `flags` (of B) and `remark` (why a part is not given).
    """
    table = dwellings.reset_index(drop=True)
    if table.empty:
        return table.assign(**dict.fromkeys((*PARTS, "data_and_model"), np.nan), changed_facts="", flags="", remark="")
    ours, theirs = (_facts(version.roll, table["dwelling_id"]) for version in (before, after))
    day_a, day_b = (version.bundle.jurisdiction.valuation_date for version in (before, after))
    start, _ = _values(before.bundle, ours, day_a)
    other_facts, refused = _values(before.bundle, theirs, day_a)
    other_model, _ = _values(after.bundle, theirs, day_a)
    end, _ = _values(after.bundle, theirs, day_b)
    parts = _parts(start, other_facts, other_model, end)
    remark = _remarks(table, start, other_facts, other_model, end, refused)
    is_known = (start == table["value_a"].to_numpy()) & (end == table["value_b"].to_numpy())
    columns: dict[str, Any] = {name: np.where(is_known, amount, np.nan) for name, amount in parts.items()}
    flags = after.values.set_index("dwelling_id")["flags"].reindex(table["dwelling_id"])
    return table.assign(
        **columns,
        changed_facts=pd.array(rolls.changed_facts(table["dwelling_id"]), dtype="str"),
        flags=pd.array(flags.to_numpy(), dtype="str"),
        remark=pd.array(remark, dtype="str"),
    )


def _facts(roll: pd.DataFrame, dwelling_id: pd.Series) -> pd.DataFrame:
    return roll.set_index("dwelling_id").loc[dwelling_id].reset_index()


def _values(bundle: Bundle, dwellings: pd.DataFrame, day: date) -> tuple[NDArray[np.float64], str]:
    """Value dwellings; NaN for all, and why, where the model does not take such facts at all."""
    try:
        return appraise(bundle, dwellings, as_of=day, n_threads=1).table["appraised_value"].to_numpy(float), ""
    except InputRefused as refusal:
        return np.full(len(dwellings), np.nan), refusal.found


def _parts(
    start: NDArray[np.float64],
    other_facts: NDArray[np.float64],
    other_model: NDArray[np.float64],
    end: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    # Without A's value of B's facts, data and model are one step; without B's value at A's day, nothing is told apart.
    together = np.where(np.isnan(other_facts), other_model - start, np.nan)
    return {
        "data": other_facts - start,
        "model": other_model - other_facts,
        "time": end - other_model,
        "data_and_model": together,
    }


def _remarks(
    table: pd.DataFrame,
    start: NDArray[np.float64],
    other_facts: NDArray[np.float64],
    other_model: NDArray[np.float64],
    end: NDArray[np.float64],
    refused: str,
) -> list[str]:
    facts = f"A's model refuses the facts of B: {refused}" if refused else "A's model cannot value the facts of B"
    cases = [
        (start != table["value_a"].to_numpy(), "A's model does not give the recorded value again: not split"),
        (end != table["value_b"].to_numpy(), "B's model does not give the recorded value again: not split"),
        (np.isnan(other_model), "B's model gives no value at A's day: not split"),
        (np.isnan(other_facts), f"{facts}; data and model as one"),
    ]
    return np.select([holds for holds, _ in cases], [words for _, words in cases], "").tolist()


def mean_parts(split: pd.DataFrame) -> dict[str, Any]:
    """Say what moved a random sample of the roll: share of money moved by each part, and the median of each.

    Parameters
    ----------
    split : DataFrame
        As made by `split_changes` of a random sample.

    Returns
    -------
    dict
        `n_dwellings` (with every part known), `n_drawn`; by part `total` (money), `total_pct` (of the values before)
        and `mean_absolute_pct` (mean size of the part in percent of the value before).
    """
    known = split[split[list(PARTS)].notna().all(axis=1)] if len(split) else split
    found: dict[str, Any] = {"n_drawn": len(split), "n_dwellings": len(known)}
    base = float(known["value_a"].sum()) if len(known) else 0.0
    for part in (*PARTS, "change"):
        amount = known[part] if len(known) else pd.Series(dtype=float)
        found[part] = {
            "total": float(amount.sum()),
            "total_pct": 100 * float(amount.sum()) / base if base > 0 else None,
            "mean_absolute_pct": float((100 * amount.abs() / known["value_a"]).mean()) if len(known) else None,
        }
    return found
