"""Has a person looked at this value? Read from the decisions of caseworkers; everything else a machine decided alone.

A decision is about a value: of a dwelling that is valued otherwise since, nobody has looked at the value it has now.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import read_raw_table

LOOKED_AT = "looked_at"
"""Column of `values.parquet`: whether a person has looked at this value."""
COLUMNS = ["dwelling_id", "appraised_value", "decided_at", "decided_by", "outcome"]
"""Columns that a table of decisions has."""
MORE_COLUMNS = ("decided_value", "reason_code")
"""Those it may have, and no others: a name or a remark about a person has no place in it."""
OUTCOMES = ("accepted", "own_value", "facts_corrected", "needs_inspection", "cannot_be_valued")
"""What somebody who looked can decide. Whatever it was, a person has looked at the value."""

# An identity of the office, never a name or an address; eleven digits are a national identity number in Norway.
_IDENTITY = re.compile(r"(?!\d{11}$)[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_REASON = re.compile(r"[a-z-]{0,40}")
_MINUTES_OF_CLOCKS = timedelta(minutes=10)


def read_decisions(path: Path) -> pd.DataFrame:
    """Read the decisions of caseworkers, every row of them or none.

    Parameters
    ----------
    path : Path
        CSV (comma or semicolon, UTF-8) or Parquet with the columns `COLUMNS`. One row is a decision of one person about
        one value; `appraised_value` is that value, empty where the model gave none. A dwelling may stand in several.
        It may have the columns `MORE_COLUMNS` too: for the outcome `own_value` the value set instead and the code of
        the reason, empty for every other.

    Returns
    -------
    pandas.DataFrame
        `dwelling_id, decided_by, outcome, reason_code` as text, `appraised_value, decided_value` as float (NaN for
        none), `decided_at` in UTC.

    Raises
    ------
    WrongUse
        When there is no such file.
    InputRefused
        For a file that is cut or no table, a column too few or too many, an empty cell, or a cell that cannot be meant;
        the message names the line.
    """
    if not path.is_file():
        raise WrongUse(
            f"{path} is no file",
            expected=f"a table with the columns {', '.join(COLUMNS)}",
            remedy="correct --decisions",
        )
    layout = RawTable(
        file=path.name,
        delimiter=_delimiter(path),
        licence="own",
        published_by="the office",
        ends_with_newline=False,
    )
    raw = read_raw_table("decisions", layout, path.parent)
    if raw.bad_rows:
        first = raw.bad_rows[0]
        raise InputRefused(f"{path}, line {first.line}: {first.text[:100]!r} is no decision", remedy=first.remedy)
    cells = raw.cells.to_pandas()
    _check_columns(path, list(cells.columns))
    wanted = cells.reindex(columns=[*COLUMNS, *MORE_COLUMNS], fill_value="")
    return _checked(path, wanted.apply(lambda column: column.str.strip()), raw.lines)


def _delimiter(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.readline(10_000)
    return ";" if head.count(b";") > head.count(b",") else ","


def _check_columns(path: Path, found: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in found]
    others = [name for name in found if name not in (*COLUMNS, *MORE_COLUMNS)]
    if missing or others:
        what = f"there is no column {missing[0]!r}" if missing else f"a column {others[0]!r} too many"
        raise InputRefused(
            f"{path}: {what}",
            expected=f"{', '.join(COLUMNS)}, where wanted {' and '.join(MORE_COLUMNS)}, and nothing else: no names, "
            "no remarks",
            remedy="export the decisions with these columns",
        )


def _checked(path: Path, cells: pd.DataFrame, lines: NDArray[np.int64]) -> pd.DataFrame:
    value = pd.to_numeric(cells["appraised_value"].where(cells["appraised_value"] != ""), errors="coerce")
    at = pd.to_datetime(cells["decided_at"], format="ISO8601", utc=True, errors="coerce")
    is_value = (cells["appraised_value"] == "") | ((value > 0) & np.isfinite(value))
    latest = datetime.now(UTC) + _MINUTES_OF_CLOCKS
    own = pd.to_numeric(cells["decided_value"].where(cells["decided_value"] != ""), errors="coerce")
    is_own = cells["outcome"] == "own_value"
    is_whole = (own > 0) & np.isfinite(own) & (own % 1 == 0)
    for column, is_right, expected in (
        ("dwelling_id", cells["dwelling_id"] != "", "the dwelling, as on the roll"),
        ("appraised_value", is_value, "the value that was looked at, a number above zero; empty where there was none"),
        ("decided_at", at.notna(), "a time such as 2026-01-31T09:30:00Z"),
        ("decided_at", at.isna() | (at <= latest), "a time that has been"),
        (
            "decided_by",
            cells["decided_by"].map(lambda text: _IDENTITY.fullmatch(text) is not None),
            "the identity of a caseworker in the office, such as cw-07: letters, digits, dots and dashes; no name, no "
            "address, no national identity number",
        ),
        ("outcome", cells["outcome"].isin(OUTCOMES), f"one of {', '.join(OUTCOMES)}"),
        (
            "decided_value",
            (cells["decided_value"] == "") | (is_own & is_whole),
            "for the outcome own_value the value set instead, a whole number above zero; else empty",
        ),
        (
            "reason_code",
            cells["reason_code"].map(lambda text: _REASON.fullmatch(text) is not None),
            "the code of a reason, such as condition-poor, or nothing",
        ),
    ):
        if not is_right.all():
            place = int(np.flatnonzero(~is_right)[0])
            # Who decided may be a name: it is not repeated where others read it.
            shown = "" if column == "decided_by" else f" {cells[column].iloc[place][:60]!r}"
            raise InputRefused(
                f"{path}, line {lines[place]}: {column}{shown} cannot be meant",
                expected=expected,
                remedy="correct the line; no decision was read",
            )
    return cells.assign(appraised_value=value.astype("float64"), decided_at=at, decided_value=own.astype("float64"))


def looked_at(values: pd.DataFrame, decisions: pd.DataFrame | None) -> NDArray[np.bool_]:
    """Return whether a person has looked at each value.

    Parameters
    ----------
    values : DataFrame
        `dwelling_id, appraised_value`; one row is a dwelling, NaN where it has no value.
    decisions : DataFrame or None
        As `read_decisions` gives them; None where nobody has decided anything.

    Returns
    -------
    ndarray of bool, shape (n_dwellings,)
        True where somebody decided about this dwelling while it had the value it has now.

    Examples
    --------
    >>> values = pd.DataFrame({"dwelling_id": ["a", "b", "c"], "appraised_value": [100.0, 200.0, np.nan]})
    >>> seen = pd.DataFrame({"dwelling_id": ["a", "b", "c"], "appraised_value": [100.0, 190.0, np.nan]})
    >>> looked_at(values, seen).tolist()
    [True, False, True]
    """
    if decisions is None or decisions.empty:
        return np.zeros(len(values), dtype=bool)
    return _keys(values).isin(_keys(decisions))


def decisions_in_words(values: pd.DataFrame, decisions: pd.DataFrame) -> str:
    """Say how many decisions are about values of this roll, and why the others are not."""
    is_known = decisions["dwelling_id"].isin(values["dwelling_id"]).to_numpy(dtype=bool)
    is_about = _keys(decisions).isin(_keys(values))
    return (
        f"{len(decisions):,} decisions: {int(is_about.sum()):,} about a value of this roll, "
        f"{int((is_known & ~is_about).sum()):,} about a value that has changed since, "
        f"{int((~is_known).sum()):,} about dwellings that are not on the roll"
    )


def _keys(table: pd.DataFrame) -> pd.MultiIndex:
    # NaN is a key like any other here: no value then, no value now.
    value = table["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
    known = np.where(np.isnan(value), -1.0, value)
    return pd.MultiIndex.from_arrays([table["dwelling_id"].astype("str").to_numpy(dtype=object), known])
