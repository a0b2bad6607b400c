"""How does the text of raw columns become the values of one canonical column?"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from valuation.dwellings.characteristics import Derivation
from valuation.errors import JurisdictionRefused
from valuation.jurisdictions.cell_text import (
    TO_BASE_UNIT,
    Read,
    read_dates,
    read_numbers,
    read_texts,
    read_whole_numbers,
    read_yes_or_no,
)
from valuation.jurisdictions.joined_rows import JoinedRows
from valuation.jurisdictions.jurisdiction import RawTable

ValueKind = Literal["number", "integer", "ordinal", "category", "boolean", "date", "identity", "text"]


def column_name(derivation: Derivation) -> str:
    """Return the raw column, or columns, as findings and messages name them."""
    return derivation.column or "+".join(derivation.columns) or "constant"


def derive(rows: JoinedRows, derivation: Derivation, kind: ValueKind, name: str, unit: str | None = None) -> Read:
    """Read one canonical column.

    Parameters
    ----------
    rows : JoinedRows
    derivation : Derivation
        Anything but `areas`, which needs the coordinates first.
    kind : str
        What the column holds.
    name : str
        Of the canonical column, for messages.
    unit : str, optional
        Unit of the canonical column.

    Returns
    -------
    Read
        Its `raw` texts can be had from `raw_text`.
    """
    if derivation.constant is not None:
        return _constant(derivation.constant, kind, rows.n_rows)
    text = raw_text(rows, derivation, name)
    mapped = _mapped(text, derivation, kind)
    if mapped is not None:
        return _in_unit(mapped, derivation, unit, name) if kind in ("number", "integer", "ordinal") else mapped
    if derivation.pattern is None:
        return _read(text, kind, derivation, _layout(rows, derivation, name), unit, name)
    return _matched(text, kind, derivation, _layout(rows, derivation, name), unit, name)


def raw_text(rows: JoinedRows, derivation: Derivation, name: str) -> pa.Array:
    """Return the text a value is made of, null where it says 'not known'."""
    if derivation.constant is not None:
        return pa.array([derivation.constant] * rows.n_rows)
    if derivation.column is not None:
        return _known(rows.column(derivation.column, derivation.table, name), derivation)
    parts = [_known(rows.column(column, derivation.table, name), derivation) for column in derivation.columns]
    nothing = np.logical_and.reduce([pc.is_null(part).to_numpy(zero_copy_only=False) for part in parts])
    widths = derivation.pad or (0,) * len(parts)
    if len(widths) != len(parts):
        raise JurisdictionRefused(
            f"{name}: {len(widths)} widths in `pad` for {len(parts)} columns",
            expected="one width per column, 0 for none",
        )
    padded = [_padded(part, width) for part, width in zip(parts, widths, strict=True)]
    joined = pc.binary_join_element_wise(*padded, derivation.separator)
    return pc.if_else(pa.array(nothing), pa.scalar(None, pa.string()), joined)


def damaged_parts(rows: JoinedRows, derivation: Derivation, name: str) -> np.ndarray:
    """Find the rows in which a spreadsheet has damaged one of the parts of an identity."""
    damaged = np.zeros(rows.n_rows, dtype=bool)
    for column in derivation.columns:
        text = _known(rows.column(column, derivation.table, name), derivation)
        for mask in read_texts(text, is_identity=True).bad.values():
            damaged |= mask
    return damaged


def _known(text: pa.Array, derivation: Derivation) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(
        pc.is_in(trimmed, pa.array(derivation.missing, pa.string())), pa.scalar(None, pa.string()), trimmed
    )


def _padded(part: pa.Array, width: int) -> pa.Array:
    filled = pc.fill_null(part, "")
    return pc.utf8_lpad(filled, width, padding="0") if width else filled


def _layout(rows: JoinedRows, derivation: Derivation, name: str) -> RawTable:
    column = derivation.column or derivation.columns[0]
    return rows.table_of(column, derivation.table, name).format


def _constant(constant: str, kind: ValueKind, n_rows: int) -> Read:
    read = _by_kind(pa.array([constant]), kind, ".", "", None)
    return Read(np.repeat(read.values, n_rows))


def _mapped(text: pa.Array, derivation: Derivation, kind: ValueKind) -> Read | None:
    if derivation.map is None:
        return None
    codes = pc.index_in(text, pa.array(list(derivation.map), pa.string()))
    at = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    is_there = pc.is_valid(text).to_numpy(zero_copy_only=False)
    unknown = is_there & (at < 0)
    values = [*derivation.map.values(), None]  # -1 takes the last
    if derivation.map_others is not None:
        values.append(derivation.map_others)
        at = np.where(unknown, len(values) - 1, np.where(at < 0, len(values) - 2, at))
    if kind in ("category", "identity", "text"):
        table = np.array([None if v is None else _level(v) for v in values], dtype=object)
    else:
        table = np.array([np.nan if v is None else float(v) for v in values])
    read = Read(table[at])
    if derivation.map_others is None:
        read.refuse(
            unknown,
            "unknown_level",
            f"the `map` knows {', '.join(map(repr, list(derivation.map)[:12]))}: "
            "add the text to it, or set `map_others`",
        )
    return read


def _level(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _matched(
    text: pa.Array, kind: ValueKind, derivation: Derivation, layout: RawTable, unit: str | None, name: str
) -> Read:
    """Read what the groups of the pattern match; numbers of several groups are averaged, texts joined."""
    compiled = re.compile(derivation.pattern or "")
    n_groups = max(1, compiled.groups)
    dictionary = text.dictionary_encode()
    texts = dictionary.dictionary.to_pylist()
    found = [compiled.fullmatch(item) for item in texts]
    codes = pc.fill_null(dictionary.indices, -1).to_numpy(zero_copy_only=False)
    no_match = np.array([match is None for match in found] + [False])[codes]
    groups = [
        [None if match is None else match[min(i + 1, compiled.groups)] for match in found] for i in range(n_groups)
    ]
    if kind in ("category", "identity", "text"):
        joined = [
            None if match is None else derivation.separator.join(match.groups() or (match[0],)) for match in found
        ]
        read = Read(np.array([*joined, None], dtype=object)[codes])
    else:
        reads = [_read(pa.array(group, pa.string()), kind, derivation, layout, unit, name) for group in groups]
        values = reads[0].values if n_groups == 1 else np.mean([part.values for part in reads], axis=0)
        missing = np.array([np.datetime64("NaT")]) if kind == "date" else np.array([np.nan])
        read = Read(np.concatenate([values, missing])[codes])
        for part in reads:
            for rule, mask in part.bad.items():
                read.refuse(np.append(mask, False)[codes], rule, part.remedies[rule])
    read.refuse(
        no_match,
        "does_not_match",
        f"expected text like the pattern {derivation.pattern!r}: correct the cell or "
        "the pattern in the jurisdiction file",
    )
    return read


def _read(
    text: pa.Array, kind: ValueKind, derivation: Derivation, layout: RawTable, unit: str | None, name: str
) -> Read:
    read = _by_kind(text, kind, layout.decimal, layout.thousands, derivation.date_format)
    if kind in ("number", "integer", "ordinal"):
        if derivation.zero_means == "missing":
            read.values = np.where(read.values == 0, np.nan, read.values)
        read = _in_unit(read, derivation, unit, name)
    return read


def _by_kind(text: pa.Array, kind: ValueKind, decimal: str, thousands: str, date_format: str | None) -> Read:
    if kind in ("number", "ordinal"):
        return read_numbers(text, decimal, thousands)
    if kind == "integer":
        return read_whole_numbers(text, decimal, thousands)
    if kind == "boolean":
        return read_yes_or_no(text)
    if kind == "date":
        return read_dates(text, date_format)
    return read_texts(text, is_identity=kind == "identity")


def _in_unit(read: Read, derivation: Derivation, unit: str | None, name: str) -> Read:
    if derivation.unit is None or derivation.unit == unit:
        return read
    raw_base, raw_factor = TO_BASE_UNIT.get(derivation.unit, (None, 1.0))
    base, factor = TO_BASE_UNIT.get(unit or "money", (None, 1.0))
    if raw_base is None or raw_base != base:
        raise JurisdictionRefused(
            f"{name}: the raw unit {derivation.unit!r} cannot become {unit!r}",
            expected=f"units of one kind, of {', '.join(sorted(TO_BASE_UNIT))}",
            remedy="correct `unit` in the jurisdiction file",
        )
    read.values = read.values * (raw_factor / factor)
    return read
