"""What does the text of a cell mean? Numbers, dates, yes and no, identities, each read strictly or not at all.

Nothing is guessed from the data: decimal sign, thousands sign, unit, date format and the words for 'not known' come
from the jurisdiction file. All functions take a whole column and return values with a mask of the cells they could
not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_SPACES = "[ \\x{00a0}\\x{2009}\\x{202f}]"
TO_BASE_UNIT = {
    "m2": ("m2", 1.0),
    "sqm": ("m2", 1.0),
    "ft2": ("m2", 0.09290304),
    "sqft": ("m2", 0.09290304),
    "acre": ("m2", 4046.8564224),
    "ha": ("m2", 10_000.0),
    "daa": ("m2", 1_000.0),
    "m": ("m", 1.0),
    "ft": ("m", 0.3048),
    "yd": ("m", 0.9144),
    "km": ("m", 1_000.0),
    "cm": ("m", 0.01),
    "year": ("year", 1.0),
    "count": ("count", 1.0),
    "share": ("share", 1.0),
    "pct": ("share", 0.01),
    "money": ("money", 1.0),
    "thousand": ("money", 1_000.0),
    "million": ("money", 1_000_000.0),
}
"""Unit to its base unit and the factor: the international foot and acre."""

_MONTHS = "jan|feb|mar|apr|mai|may|jun|jul|aug|sep|sept|okt|oct|nov|des|dec"
EXCEL_DAMAGE = re.compile(
    rf"^(?:\d{{1,2}}[.\- ]+(?:{_MONTHS})\.?(?:[.\- ]+\d{{2,4}})?"
    rf"|(?:{_MONTHS})\.?[.\- ]+\d{{1,4}}|\d+[.,]\d+[eE][+-]?\d+)$",
    re.IGNORECASE,
)
"""An identity Excel has turned to a date (`10.des` for 10/12) or to a rounded number (`1.50E+10`)."""

TRUE_WORDS = ("1", "true", "yes", "y", "ja", "j")
FALSE_WORDS = ("0", "false", "no", "n", "nei")


@dataclass
class Read:
    """A column that has been read.

    Attributes
    ----------
    values : numpy.ndarray, shape (n_rows,)
        float64 (numbers), datetime64[us] (dates), object of str or None (texts); missing where the cell is missing or
        bad.
    bad : dict of str to numpy.ndarray of bool
        By rule: cells that could not be read.
    remedies : dict of str to str
        By rule: what to do.
    """

    values: np.ndarray
    bad: dict[str, np.ndarray] = field(default_factory=dict)
    remedies: dict[str, str] = field(default_factory=dict)

    def refuse(self, mask: np.ndarray, rule: str, remedy: str) -> None:
        """Note the cells in `mask` as unreadable."""
        if mask.any():
            self.bad[rule] = self.bad.get(rule, np.zeros(len(mask), dtype=bool)) | mask
            self.remedies[rule] = remedy


def read_numbers(text: pa.Array, decimal: str = ".", thousands: str = "") -> Read:
    """Read numbers written with this decimal and thousands sign.

    Parameters
    ----------
    text : pyarrow.Array of string
        Missing cells are null.
    decimal : {".", ","}
    thousands : str
        Sign between groups of three digits, "space" for blank, no-break and narrow no-break space, or none.

    Examples
    --------
    >>> read_numbers(pa.array(["4 850 000,50", None, "1.5"]), ",", "space").values.tolist()
    [4850000.5, nan, nan]
    """
    text = pc.replace_substring(pc.utf8_trim_whitespace(text), pattern="\u2212", replacement="-")
    separator = _SPACES if thousands == "space" else re.escape(thousands)
    whole = rf"(?:[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    point = re.escape(decimal)
    exponent = "" if thousands else "(?:[eE][+-]?[0-9]{1,3})?"
    pattern = rf"^[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+){exponent}$"
    readable = _mask(pc.match_substring_regex(text, pattern))
    kept = pc.if_else(pa.array(readable), text, None)
    if thousands:
        kept = pc.replace_substring_regex(kept, pattern=separator, replacement="")
    if decimal != ".":
        kept = pc.replace_substring(kept, pattern=decimal, replacement=".")
    kept = pc.replace_substring_regex(kept, pattern=r"^\+", replacement="")
    kept = pc.replace_substring_regex(kept, pattern=r"\.$|\.([eE])", replacement=r"\1")
    values = kept.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64, copy=True)
    is_there = _mask(pc.is_valid(text))
    infinite = np.isinf(values)
    values[infinite] = np.nan
    read = Read(values)
    shown = {"space": "a blank", "": "nothing"}.get(thousands, repr(thousands))
    read.refuse(
        (is_there & ~readable) | infinite,
        "not_a_number",
        f"numbers here have decimal sign {decimal!r} and {shown} between thousands: correct the cell, or "
        "`decimal` and `thousands` of the table in the jurisdiction file; list words for 'not known' in `missing`",
    )
    return read


def read_whole_numbers(text: pa.Array, decimal: str = ".", thousands: str = "") -> Read:
    """Read numbers that must be whole; `3.0` is 3."""
    read = read_numbers(text, decimal, thousands)
    broken = ~np.isnan(read.values) & (read.values != np.round(read.values))
    read.values = np.where(broken, np.nan, read.values)
    read.refuse(broken, "not_a_whole_number", "correct the cell, or make the characteristic a `number`")
    return read


def read_dates(text: pa.Array, date_format: str | None = None) -> Read:
    """Read dates: ISO 8601 (`2015-03-01`, also with a time) or the given strptime format.

    Examples
    --------
    >>> read_dates(pa.array(["930104"]), "%y%m%d").values.astype("datetime64[D]").tolist()
    [datetime.date(1993, 1, 4)]
    """
    trimmed = pc.utf8_trim_whitespace(text)
    series = pd.Series(trimmed.to_numpy(zero_copy_only=False), dtype=object)
    is_there = _mask(pc.is_valid(trimmed))
    if date_format is None:
        iso = _mask(pc.match_substring_regex(trimmed, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*Z?)?$"))
        series = series.where(iso).str.slice(0, 10)
        date_format = "%Y-%m-%d"
    try:
        stamps = pd.to_datetime(series, format=date_format, errors="coerce")
        values = stamps.to_numpy().astype("datetime64[D]").astype("datetime64[us]")
    except ValueError:
        values = np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    read = Read(values)
    read.refuse(
        is_there & np.isnat(values),
        "not_a_date",
        f"dates here are written {date_format!r}: correct the cell, or `date_format` in the jurisdiction file",
    )
    return read


def read_yes_or_no(text: pa.Array) -> Read:
    """Read 1/0, true/false, yes/no, ja/nei, in any case; other words need a `map`. Values are 1.0, 0.0 and NaN."""
    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    yes = _mask(pc.is_in(lowered, pa.array(TRUE_WORDS)))
    no = _mask(pc.is_in(lowered, pa.array(FALSE_WORDS)))
    read = Read(np.where(yes, 1.0, np.where(no, 0.0, np.nan)))
    read.refuse(
        _mask(pc.is_valid(lowered)) & ~yes & ~no,
        "not_yes_or_no",
        "write a `map` from the words of the table to true and false",
    )
    return read


def read_texts(text: pa.Array, *, is_identity: bool = False) -> Read:
    """Keep texts as they stand, blanks around them removed; refuse identities that a spreadsheet has damaged."""
    trimmed = pc.utf8_trim_whitespace(text)
    read = Read(np.array(trimmed.to_numpy(zero_copy_only=False), dtype=object))
    if is_identity:
        damaged = _mask(pc.match_substring_regex(trimmed, "(?i)" + EXCEL_DAMAGE.pattern))
        read.values[damaged] = None
        read.refuse(
            damaged,
            "damaged_by_spreadsheet",
            "a spreadsheet has turned the identity to a date or a rounded number: export it again as text",
        )
    return read


def _mask(values: pa.Array) -> np.ndarray:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(bool)
