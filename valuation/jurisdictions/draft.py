"""Which jurisdiction file would fit a table somebody has?

A proposal to be read and corrected: every guess stands as a comment beside what was guessed, with its reason. The file
loads and runs as it is, so that an analyst sees first values the same day.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.cell_text import TO_BASE_UNIT, read_dates
from valuation.jurisdictions.column_guesses import (
    Guess,
    guess_columns,
    guess_number_style,
    number_range,
    said_again,
    zero_is_missing,
)
from valuation.jurisdictions.consistency import RESERVED
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import RawText, read_raw_table

HOLDOUT_SHARE = 0.15
"""Newest sales kept for the test."""
_MIN_SALES = 50
_GROUPS = {
    "size": "Size",
    "plot": "Plot",
    "building": "Building",
    "age": "Age",
    "location": "Location",
    "other": "Other",
}


@dataclass
class _Draft:
    """The lines of the file, and the guesses said to the person."""

    lines: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)

    def put(self, line: str, why: str = "") -> None:
        """Add a line; a guess stands above it as a comment."""
        if why:
            indent = line[: len(line) - len(line.lstrip())]
            self.lines.append(f"{indent}# guessed: {why}")
            self.guesses.append(f"{line.strip()[:100]}  ({why})")
        self.lines.append(line)


@dataclass
class _Table:
    """The table somebody has, as read and guessed."""

    raw: RawText
    columns: dict[str, pd.Series]
    guesses: dict[str, Guess]
    days: np.ndarray
    price: Guess
    date: Guess
    why_layout: dict[str, str]

    def with_role(self, role: str) -> Guess | None:
        """Return the column that plays a role."""
        return next((guess for guess in self.guesses.values() if guess.role == role), None)


def draft_jurisdiction(path: Path | str) -> tuple[str, list[str]]:
    """Propose a jurisdiction file for a table of sales.

    Parameters
    ----------
    path : Path
        A CSV file with one sale a line: at least price, date and living area.

    Returns
    -------
    text : str
        The jurisdiction file (YAML); what was guessed stands in comments.
    guesses : list of str
        The same guesses, for the command line.

    Raises
    ------
    WrongUse
        When there is no such file.
    InputRefused
        When no column looks like a price, a date or a living area, or the file is no table.
    """
    path = Path(path)
    if not path.is_file():
        raise WrongUse(f"{path} is not there", expected="a table of sales (CSV)", remedy="correct the path")
    table = _read(path)
    draft = _Draft()
    _head(draft, table)
    _layout(draft, table)
    where = _places(table)
    left_out = dict(_left_out(table, where))
    _mappings(draft, table, where)
    _coordinates(draft, where)
    _characteristics(draft, table, where, left_out)
    if left_out:
        draft.put("left_out:")
        for name, reason in left_out.items():
            draft.put(f"  - {{column: {_said(name)}, reason: {_said(reason)}}}")
    return "\n".join(draft.lines) + "\n", draft.guesses


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# Reading ---------------------------------------------------------------------------------------------------------


def _read(path: Path) -> _Table:
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
    price, date = (_needed(guesses, role, path) for role in ("price", "date"))
    _needed(guesses, "living_area", path)
    days = read_dates(raw.cells.column(date.name), date.date_format).values
    return _Table(raw, columns, guesses, days, price, date, why)


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


# Writing ---------------------------------------------------------------------------------------------------------


def _head(draft: _Draft, table: _Table) -> None:
    stem = re.sub(r"[^a-z0-9]+", "_", table.raw.path.stem.lower()).strip("_")
    name = stem if stem[:1].isalpha() else f"j_{stem}"
    title = name.replace("_", " ").capitalize()
    draft.lines += [
        f"# Drafted from {table.raw.path.name}: {table.raw.n_rows:,} rows.",
        "# Read it line by line: what was guessed says so.",
        "schema_version: 1",
        f"name: {name}",
        f"title: {{en: {_said(title)}}}",
    ]
    draft.put(f"currency: {_currency(table)}", "from the language and units of the column names; correct it")
    draft.put("languages: [en]")
    last = pd.Timestamp(table.days[~np.isnat(table.days)].max())
    valued = (last + pd.offsets.MonthBegin(1)).date()
    draft.put(f"valuation_date: {valued}", f"the month after the last sale ({last.date()})")
    holdout, share = _holdout(table.days)
    draft.put(f"holdout_from: {holdout.date()}", f"the newest {share:.0%} of the sales are kept for the test")
    draft.put("")


def _holdout(days: np.ndarray) -> tuple[pd.Timestamp, float]:
    known = pd.Series(days[~np.isnat(days)])
    cut = known.sort_values().iloc[int((1 - HOLDOUT_SHARE) * (len(known) - 1))]
    starts = [cut.to_period("M").start_time, cut.to_period("M").start_time + pd.offsets.MonthBegin(1), cut]
    usable = [start for start in starts if known.min() < start <= known.max()]
    best = min(usable or [known.max()], key=lambda start: abs((known >= start).mean() - HOLDOUT_SHARE))
    return pd.Timestamp(best).normalize(), float((known >= best).mean())


def _currency(table: _Table) -> str:
    names = " ".join(table.columns).lower()
    if re.search(r"pris|kjøpesum|kjopesum|byggeår|areal|dato", names):
        return "NOK"
    return "USD" if re.search(r"sqft|lotsize|zip|tla", names) else "XXX"


def _layout(draft: _Draft, table: _Table) -> None:
    layout, why = table.raw.format, table.why_layout
    draft.put("tables:")
    draft.put("  sales:")
    draft.put(f"    file: {_said(layout.file)}")
    draft.put(f"    delimiter: {_said(layout.delimiter)}", why["delimiter"])
    draft.put(f"    decimal: {_said(layout.decimal)}", why["decimal"])
    if layout.thousands:
        draft.put(f"    thousands: {_said(layout.thousands)}")
    draft.put(f"    encoding: {layout.encoding}", why.get("encoding", ""))
    if not layout.ends_with_newline:
        draft.put("    ends_with_newline: false", why["ends"])
    draft.put("    licence: unknown", "write under which terms the table may be used")
    draft.put("    published_by: unknown")
    draft.put("")


@dataclass(frozen=True)
class _Places:
    x: Guess
    y: Guess
    raw_crs: str
    crs: str
    bounds: tuple[int, int, int, int]
    why: str
    x_m: np.ndarray
    y_m: np.ndarray


def _places(table: _Table) -> _Places | None:
    """Guess the columns of the coordinates, their system and a metric one."""
    for x_role, y_role in (("x", "y"), ("longitude", "latitude")):
        x, y = table.with_role(x_role), table.with_role(y_role)
        if x is None or y is None or not len(x.numbers) or not len(y.numbers):
            continue
        found = _crs(x, y)
        if found is None:
            continue
        raw_crs, crs, why = found
        transform = pyproj.Transformer.from_crs(raw_crs, crs, always_xy=True)
        x_m, y_m = (np.where(np.isfinite(axis), axis, np.nan) for axis in transform.transform(x.numbers, y.numbers))
        return _Places(x, y, raw_crs, crs, _bounds(x_m, y_m), why, x_m, y_m)
    return None


def _crs(x: Guess, y: Guess) -> tuple[str, str, str] | None:
    code = re.search(r"epsg_?(\d{4,6})", x.name.lower())
    if code:
        return f"EPSG:{code[1]}", f"EPSG:{code[1]}", f"the name {x.name!r} says so"
    x_known, y_known = (axis.numbers[~np.isnan(axis.numbers) & (axis.numbers != 0)] for axis in (x, y))
    x_mid, y_mid = float(np.median(x_known)), float(np.median(y_known))
    if abs(x_mid) <= 180 and abs(y_mid) <= 90 and np.abs(y_known).max() <= 180:
        zone = int((x_mid + 180) // 6) + 1
        return "EPSG:4326", f"EPSG:{(32600 if y_mid >= 0 else 32700) + zone}", f"degrees; metres in UTM zone {zone}"
    if 6_400_000 < y_mid < 7_950_000 and 200_000 < x_mid < 1_200_000:
        crs = "EPSG:25832" if x_mid < 750_000 and y_mid < 7_200_000 else "EPSG:25833"
        return crs, crs, "numbers as of UTM in Norway, zone 32 in the south, else 33: check it"
    return None


def _bounds(x_m: np.ndarray, y_m: np.ndarray) -> tuple[int, int, int, int]:
    edges = []
    for axis in (x_m, y_m):
        low, mid, high = np.nanquantile(axis, [0.01, 0.5, 0.99])
        reach = 1.5 * max(high - mid, mid - low, 1_000.0)
        # Rows far from all others are slips of the pen, not dwellings.
        edges.append((max(low - reach, np.nanmin(axis) - 1_000), min(high + reach, np.nanmax(axis) + 1_000)))
    (x_low, x_high), (y_low, y_high) = edges
    return (
        int(np.floor(x_low / 1000) * 1000),
        int(np.floor(y_low / 1000) * 1000),
        int(np.ceil(x_high / 1000) * 1000),
        int(np.ceil(y_high / 1000) * 1000),
    )


def _mappings(draft: _Draft, table: _Table, where: _Places | None) -> None:
    identity, why = _identity(table, where)
    draft.put("sales:")
    draft.put("  table: sales")
    draft.put(f"  dwelling_id: {identity}", why)
    date_format = f", date_format: {_said(table.date.date_format)}" if table.date.date_format else ""
    draft.put(
        f"  sale_date: {{column: {_said(table.date.name)}{date_format}}}",
        f"its name and values; the dates run from {pd.Timestamp(np.nanmin(table.days)).date()} to "
        f"{pd.Timestamp(np.nanmax(table.days)).date()}",
    )
    draft.put(
        f"  sale_price: {{column: {_said(table.price.name)}{_missing(table.price)}}}",
        f"its name; the median is {np.nanmedian(table.price.numbers):,.0f}",
    )
    debt = table.with_role("joint_debt")
    if debt is not None:
        draft.put(f"  joint_debt: {{column: {_said(debt.name)}{_missing(debt)}}}", "its name; it is added to the price")
    if "constant" not in identity and not _is_row_identity(table, identity):
        draft.put("  exact_duplicates: keep", "no column tells dwellings apart, so like rows may be two sales")
    draft.put("")
    draft.put("roll:")
    draft.put("  table: sales")
    draft.put("  keep: latest_sale", "the only table there is: the roll is every dwelling sold, as at its last sale")
    draft.put(f"  dwelling_id: {identity}")
    address = table.with_role("address")
    if address is not None:
        draft.put(f"  address: {{column: {_said(address.name)}}}")
    prior = table.with_role("prior_value")
    if prior is not None and len(prior.numbers):
        draft.put(f"  prior_value: {{column: {_said(prior.name)}{_missing(prior)}}}", "its name: a value set before")
    draft.put("")


def _missing(guess: Guess) -> str:
    return f", missing: {_said(list(guess.missing))}" if guess.missing != ("",) else ""


def _is_row_identity(table: _Table, identity: str) -> bool:
    found = table.with_role("dwelling_id")
    return (found is not None and _said(found.name) in identity) or "x_" in identity or not table.raw.n_rows


def _identity(table: _Table, where: _Places | None) -> tuple[str, str]:
    found = table.with_role("dwelling_id")
    if found is not None:
        return f"{{column: {_said(found.name)}}}", f"its name; {found.n_levels:,} different in {len(found.text):,} rows"
    if where is not None:
        pairs = (where.x.text + "/" + where.y.text).nunique()
        if pairs > 0.9 * table.raw.n_rows:
            pair = _said([where.x.name, where.y.name])
            return f'{{columns: {pair}, separator: "/"}}', (
                f"no column identifies a dwelling; {pairs:,} of {table.raw.n_rows:,} rows lie at a place of their own"
            )
    not_facts = ("price", "date", "prior_value", "person")
    columns = [
        name for name, guess in table.guesses.items() if guess.role not in not_facts and not _changes_with_time(guess)
    ]
    n = len(pd.DataFrame({name: table.columns[name] for name in columns}).drop_duplicates())
    return f'{{columns: {_said(columns)}, separator: "/"}}', (
        f"no column identifies a dwelling: all facts together do, {n:,} different in {table.raw.n_rows:,} rows; like "
        "dwellings share it"
    )


def _changes_with_time(guess: Guess) -> bool:
    return bool(re.search(r"remaining|^age$|_age$|alder|year_?sold|^syear$|^s(19|20)\d\d$", guess.name.lower()))


def _coordinates(draft: _Draft, where: _Places | None) -> None:
    if where is None:
        draft.put(
            "# No coordinates were recognised: neighbours cannot be looked at. Add `coordinates:` if there are any."
        )
        draft.put("")
        return
    draft.put("coordinates:")
    draft.put(f"  x: {{column: {_said(where.x.name)}{_missing(where.x)}}}")
    draft.put(f"  y: {{column: {_said(where.y.name)}{_missing(where.y)}}}")
    draft.put(f"  raw_crs: {where.raw_crs}", where.why)
    draft.put(f"  crs: {where.crs}")
    draft.put(f"  bounds: {list(where.bounds)}", "the sales lie inside; correct it to the borders of the municipality")
    draft.put("")


def _left_out(table: _Table, where: _Places | None) -> list[tuple[str, str]]:
    """Return the columns that must not or need not be used, each with its reason."""
    again = dict(said_again(table.guesses, table.price, table.days))
    found = []
    for name, guess in table.guesses.items():
        if guess.role == "person":
            found.append((name, "it may tell of people; nothing about people is needed for a value"))
        elif guess.role == "prior_value":
            found.append((name, "a value set before: a rival to compare with, never a feature"))
        elif (
            where is not None and guess.role in ("x", "y", "longitude", "latitude") and guess not in (where.x, where.y)
        ):
            found.append((name, "the coordinates said again"))
        elif guess.role in (
            "price",
            "date",
            "dwelling_id",
            "sale_id",
            "x",
            "y",
            "longitude",
            "latitude",
            "address",
            "joint_debt",
        ):
            continue
        elif name in again:
            found.append((name, again[name]))
        elif guess.kind == "text" and guess.role not in ("street", "building", "market_area", "floor"):
            found.append((name, f"free text or an identity: {guess.n_levels:,} different texts"))
        elif guess.n_levels <= 1:
            found.append((name, "the same in every row"))
        elif _changes_with_time(guess):
            found.append((name, "by its name it changes with the date of the sale; not known for unsold dwellings"))
    return found


# Characteristics -------------------------------------------------------------------------------------------------


def _characteristics(draft: _Draft, table: _Table, where: _Places | None, left_out: dict[str, str]) -> None:
    draft.put("explanation_groups:")
    draft.lines += [f"  {name}: {{en: {label}}}" for name, label in _GROUPS.items()]
    draft.put("")
    draft.put("characteristics:")
    unused = {"price", "date", "dwelling_id", "sale_id", "x", "y", "longitude", "latitude", "address", "joint_debt"}
    taken: set[str] = set()
    feet = _is_in_feet(table)
    for name, guess in table.guesses.items():
        if name not in left_out and guess.role not in unused:
            _characteristic(draft, table, guess, taken, feet)
    if table.with_role("dwelling_type") is None:
        _constant(draft, "dwelling_type", "dwelling", "Type of dwelling", "building")
    if table.with_role("market_area") is None:
        _areas(draft, table, where)
    draft.put("")


def _constant(draft: _Draft, role: str, level: str, label: str, group: str) -> None:
    draft.put(f"  {role}:", "no column says it, so all dwellings count as one kind")
    draft.lines += [
        "    kind: category",
        f"    from: {{constant: {_said(level)}}}",
        f"    role: {role}",
        "    is_feature: false",
        f"    group: {group}",
        f"    labels: {{en: {label}}}",
        "    source: drafted",
    ]


def _areas(draft: _Draft, table: _Table, where: _Places | None) -> None:
    if where is None:
        _constant(draft, "market_area", "all", "Market area", "location")
        return
    n = max(50, min(400, table.raw.n_rows // 30))
    draft.put("  market_area:", "no column names an area: the map is halved as long as each part keeps enough sales")
    draft.lines += [
        "    kind: category",
        f"    from: {{areas: {{min_sales: {n}, grid_m: 100}}}}",
        "    role: market_area",
        "    group: location",
        "    labels: {en: Part of the map}",
        "    source: made from the coordinates",
    ]


def _is_in_feet(table: _Table) -> bool:
    area = table.with_role("living_area")
    assert area is not None
    says_metres = re.search(r"m2|sqm|kvm", area.name.lower())
    return not says_metres and (
        bool(re.search(r"sq_?ft|ft2|feet", area.name.lower())) or float(np.nanmedian(area.numbers)) > 450
    )


def _characteristic(draft: _Draft, table: _Table, guess: Guess, taken: set[str], feet: bool) -> None:
    if guess.role == "building":
        _building(draft, table, guess, taken)
        return
    unit, raw_unit, why = _unit(guess, feet)
    name = _free_name(guess, unit, taken)
    taken.add(name)
    role = (
        guess.role
        if guess.role
        in (
            "living_area",
            "plot_area",
            "built_year",
            "renovated_year",
            "floor",
            "street",
            "dwelling_type",
            "market_area",
            "tenure",
        )
        else ""
    )
    kind = "category" if role in ("market_area", "dwelling_type", "street", "tenure") else guess.kind
    kind = "number" if raw_unit and kind == "integer" else kind
    between = number_range(guess) if role == "floor" and kind in ("category", "text") else None
    if between:
        kind, why = "number", "a range of storeys: its middle"
    elif role == "floor" and kind in ("category", "text"):
        kind, role = "category", ""
    reason = f"its name and {guess.n_levels:,} different values" + (f"; {why}" if why else "")
    draft.put(f"  {name}:", reason if role else "")
    origin = f"column: {_said(guess.name)}" + (f", unit: {raw_unit}" if raw_unit else "")
    origin += _missing(guess) if kind != "category" else ""
    origin += f", pattern: {_said(between)}" if between else ""
    if kind in ("number", "integer", "ordinal") and zero_is_missing(guess):
        draft.put(
            f"    from: {{{origin}, zero_means: missing}}", "nought cannot be measured here: it means 'not known'"
        )
    else:
        draft.put(f"    from: {{{origin}}}", why if why and not role else "")
    draft.put(f"    kind: {kind}")
    _details(draft, table, guess, kind, role, unit, raw_unit)
    draft.put(f"    group: {_group(guess, role)}")
    draft.put(f"    labels: {{en: {_said(_label(guess.name))}}}")
    draft.put(f"    source: {_said(f'{table.raw.path.name}, column {guess.name}')}")


def _details(
    draft: _Draft, table: _Table, guess: Guess, kind: str, role: str, unit: str | None, raw_unit: str | None
) -> None:
    if unit:
        draft.put(f"    unit: {unit}")
    if role:
        draft.put(f"    role: {role}")
    if role == "living_area":
        draft.put("    required: true")
        draft.put("    direction: raises")
    if role == "street":
        draft.put("    is_feature: false")
    if kind in ("number", "integer", "ordinal") and len(guess.numbers):
        low, high = _plausible(table, guess, raw_unit, unit)
        draft.put(f"    plausible: [{low:g}, {high:g}]", "wider than nearly all values of this table")


def _building(draft: _Draft, table: _Table, guess: Guess, taken: set[str]) -> None:
    """Name the building: its number, with the street where the table has one."""
    street = table.with_role("street")
    columns = [guess.name] if street is None else [guess.name, street.name]
    taken.add("building")
    draft.put("  building:", f"{' and '.join(columns)} together name it; dwellings of one building are alike")
    draft.lines += [
        "    kind: category",
        f'    from: {{columns: {_said(columns)}, separator: " "}}',
        "    role: building",
        "    is_feature: false",
        "    group: location",
        "    labels: {en: Building}",
        f"    source: {_said(f'{table.raw.path.name}, column ' + ' and '.join(columns))}",
    ]


def _free_name(guess: Guess, unit: str | None, taken: set[str]) -> str:
    letters = guess.name.lower()
    for letter, plain in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("ä", "ae"), ("ö", "oe")):
        letters = letters.replace(letter, plain)
    stem = re.sub(r"[^a-z0-9]+", "_", letters).strip("_") or "characteristic"
    stem = stem if stem[0].isalpha() else f"c_{stem}"
    if unit == "m2" and not stem.endswith("_m2"):
        stem = re.sub(r"_?(sq_?ft|sqm|ft2|m2|kvm)_?", "_", stem).strip("_") + "_m2"
    name, number = stem, 2
    while name in RESERVED or name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name


def _unit(guess: Guess, feet: bool) -> tuple[str | None, str | None, str]:
    """Return the unit, the raw unit where it differs, and why."""
    name = guess.name.lower()
    if guess.kind not in ("number", "integer"):
        return None, None, ""
    if guess.role in ("built_year", "renovated_year"):
        return "year", None, ""
    if guess.role in ("living_area", "plot_area") or re.search(r"sq_?ft|sqm|_m2$|ft2|kvm|areal?$|lotsize", name):
        if re.search(r"sq_?ft|ft2", name) or (feet and not re.search(r"sqm|m2|kvm", name)):
            said = (
                "the name says square feet"
                if re.search(r"sq_?ft|ft2", name)
                else (f"a median of {np.nanmedian(guess.numbers):,.0f} must be square feet")
            )
            return "m2", "ft2", said
        return "m2", None, "values as of square metres" if guess.role == "living_area" else ""
    if feet and re.search(r"frontage|depth|width|length", name):
        return "m", "ft", "areas are in square feet, so lengths are in feet"
    return None, None, ""


def _plausible(table: _Table, guess: Guess, raw_unit: str | None, unit: str | None) -> tuple[float, float]:
    factor = 1.0 if raw_unit is None else TO_BASE_UNIT[raw_unit][1] / TO_BASE_UNIT[unit or raw_unit][1]
    known = guess.numbers[~np.isnan(guess.numbers)] * factor
    if zero_is_missing(guess):
        known = known[known != 0]
    low, high = np.quantile(known, [0.0005, 0.9995])
    if unit == "year":
        last = pd.Timestamp(np.nanmax(table.days)).year
        return float(np.floor(low / 10) * 10), float(max(last, np.ceil(high)))
    if guess.kind == "ordinal":
        return float(known.min()), float(known.max())
    if guess.kind == "integer" and raw_unit is None and high - low < 40:
        return float(np.floor(low)), float(np.ceil(high))
    wider_low, wider_high = low - 0.3 * abs(low), high + 0.3 * abs(high)
    return _rounded(wider_low, np.floor), _rounded(wider_high, np.ceil)


def _rounded(value: float, direction: Any) -> float:
    if value == 0 or not np.isfinite(value):
        return 0.0
    step = 10.0 ** (np.floor(np.log10(abs(value))) - 1)
    return float(direction(value / step) * step)


def _group(guess: Guess, role: str) -> str:
    name = guess.name.lower()
    by_role = {
        "living_area": "size",
        "plot_area": "plot",
        "built_year": "age",
        "renovated_year": "age",
        "market_area": "location",
        "street": "location",
        "dwelling_type": "building",
        "floor": "building",
    }
    if role in by_role:
        return by_role[role]
    for group, pattern in (
        ("plot", r"lot|plot|tomt|frontage|depth|land"),
        ("size", r"room|rom|bed|bath|bad|sqft|area|areal"),
        ("age", r"year|yr|år$|age"),
        ("location", r"view|water|utsikt|town|dist|near|lat|long"),
        ("building", r"floor|etasj|grade|condition|wall|garage|heat|stor|model|roof|cond|qual|tilstand"),
    ):
        if re.search(pattern, name):
            return group
    return "other"


def _label(name: str) -> str:
    return re.sub(r"[_\s]+", " ", name).strip().capitalize()
