"""What is the table somebody has? Its layout, its columns and what they are likely to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from valuation.errors import InputRefused
from valuation.jurisdictions.cell_text import read_dates
from valuation.jurisdictions.draft.column_guesses import Guess, guess_columns, guess_number_style
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import RawText, read_raw_table

_MIN_SALES = 50


@dataclass
class SalesTable:
    """The table somebody has, as read and guessed."""

    raw: RawText
    columns: dict[str, pd.Series]
    guesses: dict[str, Guess]
    days: np.ndarray
    price: Guess
    sold: Guess
    why_layout: dict[str, str]
    n_future: int = 0
    """Sales dated later than today; their days count as unknown here."""

    def with_role(self, role: str) -> Guess | None:
        """Return the column that plays a role."""
        return next((guess for guess in self.guesses.values() if guess.role == role), None)


def read_sales_table(path: Path, today: date | None = None) -> SalesTable:
    """Read the table, guess its layout and what its columns are.

    Parameters
    ----------
    path : Path
    today : datetime.date, optional
        No sale can be later; by default any date is believed.

    Raises
    ------
    InputRefused
        When it has few rows, or no column looks like a price, a date or a living area.
    """
    layout, why = _guess_layout(path)
    raw = read_raw_table("sales", layout, path.parent)
    columns = {
        name: pd.Series(raw.cells.column(name).to_pylist(), dtype=object).str.strip() for name in raw.cells.column_names
    }
    if raw.n_rows < _MIN_SALES:
        raise InputRefused(
            f"{path.name}: {raw.n_rows} rows",
            expected=f"at least {_MIN_SALES} sales",
            remedy="a model cannot be learned from so few sales",
        )
    decimal, thousands, why["decimal"] = guess_number_style(columns)
    raw = RawText(
        raw.name,
        raw.path,
        layout.model_copy(update={"decimal": decimal, "thousands": thousands}),
        raw.cells,
        raw.lines,
        raw.bad_rows,
        raw.sha256,
    )
    guesses = guess_columns(columns, decimal, thousands)
    price, sold = (_needed(guesses, role, path) for role in ("price", "date"))
    _needed(guesses, "living_area", path)
    days = read_dates(raw.cells.column(sold.name), sold.date_format).values
    is_future = np.zeros(len(days), bool) if today is None else days > np.datetime64(today)
    if is_future.any() and np.isnat(days[~is_future]).all():
        raise InputRefused(
            f"{path.name}: every date in {sold.name!r} lies after today, {today}",
            expected="sales that have taken place",
            remedy="correct the dates, or the clock of this machine",
        )
    known = np.where(is_future, np.datetime64("NaT"), days)
    return SalesTable(raw, columns, guesses, known, price, sold, why, int(is_future.sum()))


def _needed(guesses: dict[str, Guess], role: str, path: Path) -> Guess:
    found = next((guess for guess in guesses.values() if guess.role == role), None)
    if found is None:
        names = {
            "price": "price or kjøpesum",
            "date": "date or salgsdato",
            "living_area": "living_area_m2 or bruksareal",
        }
        raise InputRefused(
            f"{path.name}: no column looks like the {role.replace('_', ' ')}: {', '.join(guesses)}",
            expected=f"a column named like {names[role]}, with values that fit",
            remedy="rename the column, or write the jurisdiction file by hand from a shipped one",
        )
    return found


def _guess_layout(path: Path) -> tuple[RawTable, dict[str, str]]:
    data = path.read_bytes()
    why: dict[str, str] = {}
    encoding = "utf-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        encoding = "cp1252"
        why["encoding"] = "the bytes are not UTF-8; Windows-1252 is what spreadsheets write in Western Europe"
    head = data[:200_000].decode(encoding, errors="replace").splitlines()[:50]
    delimiter = max(",;\t|", key=lambda sign: _steadiness(head, sign))
    why["delimiter"] = f"it splits the first {len(head)} lines most evenly"
    ends = data.endswith((b"\n", b"\r"))
    if not ends:
        why["ends"] = "the last line does not end; make sure that the file is whole"
    return RawTable(
        file=path.name,
        delimiter=delimiter,
        encoding=encoding,
        ends_with_newline=ends,
        licence="unknown",
        published_by="unknown",
    ), why


def _steadiness(lines: list[str], sign: str) -> float:
    counts = [line.count(sign) for line in lines if line]
    if not counts or counts[0] == 0:
        return 0.0
    return counts[0] * float(np.mean([count == counts[0] for count in counts]))
