"""What have people decided about single sales? A verdict by a person wins over all rules and is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.errors import InputRefused

VERDICT = "verdict"
VERDICT_COLUMNS = ["sale_id", "is_valid", "reason", "who", "date"]


def check_verdicts(verdicts: pd.DataFrame, file: str) -> pd.DataFrame:
    """Check what people have decided about sales.

    Parameters
    ----------
    verdicts : pandas.DataFrame of str
        Columns `sale_id, is_valid, reason, who, date`; `is_valid` is yes/no, true/false, ja/nei or 1/0.

    Returns
    -------
    pandas.DataFrame
        With `is_valid` as bool; of several verdicts on a sale the newest, the lower in the file on one day.

    Raises
    ------
    InputRefused
        For a missing column, an empty cell, a date that is none or a word that is neither yes nor no.
    """
    from valuation.jurisdictions.cell_text import FALSE_WORDS, TRUE_WORDS

    missing = [name for name in VERDICT_COLUMNS if name not in verdicts]
    if missing:
        raise InputRefused(
            f"{file}: there is no column {missing[0]!r}",
            expected=", ".join(VERDICT_COLUMNS),
            remedy="add it: a verdict needs a sale, a yes or no, a reason, a person and a day",
        )
    checked = verdicts[VERDICT_COLUMNS].apply(lambda column: column.str.strip())
    words = checked["is_valid"].str.lower()
    days = pd.to_datetime(checked["date"], format="%Y-%m-%d", errors="coerce")
    for wrong, what, expected in (
        ((checked == "").any(axis=1), "an empty cell", "every cell filled: verdicts are kept for years"),
        (~words.isin([*TRUE_WORDS, *FALSE_WORDS]), "is_valid is neither yes nor no", "yes or no"),
        (days.isna(), "date is no date", "a date such as 2026-01-31"),
    ):
        if wrong.any():
            line = int(np.flatnonzero(wrong)[0]) + 2
            raise InputRefused(
                f"{file}, line {line}: {what}: {checked.iloc[line - 2].to_dict()}",
                expected=expected,
                remedy="correct the line",
            )
    checked = checked.assign(is_valid=words.isin(TRUE_WORDS))
    newest = checked.assign(day=days).sort_values("day", kind="stable").drop_duplicates("sale_id", keep="last")
    return newest.drop(columns="day").sort_values("sale_id", ignore_index=True)


def verdicts_on(table: pd.DataFrame, verdicts: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Return `valid`, `invalid` or nothing per sale, and the verdict in words."""
    by_hand, words = np.full(len(table), "", dtype=object), np.full(len(table), None, dtype=object)
    if verdicts is None or verdicts.empty:
        return by_hand, words
    at = pd.Index(table["sale_id"]).get_indexer(pd.Index(verdicts["sale_id"]))
    known = at >= 0
    kept = verdicts[known]
    by_hand[at[known]] = np.where(kept["is_valid"], "valid", "invalid")
    words[at[known]] = (kept["who"] + ", " + kept["date"] + ": " + kept["reason"]).to_numpy(dtype=object)
    return by_hand, words


def unknown_verdicts(table: pd.DataFrame, verdicts: pd.DataFrame) -> list[str]:
    """Return the sale_ids of verdicts on sales that are not there."""
    return sorted(set(verdicts["sale_id"]) - set(table["sale_id"]))
