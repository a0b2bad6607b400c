"""What is each column that is left: kind, unit, role, range, group and name of a characteristic?"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from valuation.jurisdictions.cell_text import TO_BASE_UNIT
from valuation.jurisdictions.consistency import RESERVED
from valuation.jurisdictions.draft.column_guesses import Guess, number_range, zero_is_missing
from valuation.jurisdictions.draft.contradictions import put_contradictions
from valuation.jurisdictions.draft.lines import Draft, missing, said
from valuation.jurisdictions.draft.places import Places
from valuation.jurisdictions.draft.sales_table import SalesTable

_GROUPS = {
    "size": "Size",
    "plot": "Plot",
    "building": "Building",
    "age": "Age",
    "location": "Location",
    "other": "Other",
}

_OLDER_YEARS = 50
"""By so much may a dwelling that is not sold yet be older than nearly all that were."""
_PLANNED_YEARS = 3
"""After the last sale: homes are sold before they are built."""


def put_characteristics(draft: Draft, table: SalesTable, where: Places | None, left_out: dict[str, str]) -> None:
    """Write the explanation groups and a characteristic for each column that is neither left out nor used elsewhere."""
    draft.put("explanation_groups:")
    draft.lines += [f"  {name}: {{en: {label}}}" for name, label in _GROUPS.items()]
    draft.put("")
    draft.put("characteristics:")
    unused = {"price", "date", "dwelling_id", "sale_id", "x", "y", "longitude", "latitude", "address", "joint_debt"}
    taken: set[str] = set()
    # The characteristics that are numbers: column, and what its raw numbers are multiplied by.
    facts: dict[str, tuple[Guess, float]] = {}
    feet = _is_in_feet(table)
    for name, guess in table.guesses.items():
        if name not in left_out and guess.role not in unused:
            facts |= _characteristic(draft, table, guess, taken, feet)
    if table.with_role("dwelling_type") is None:
        _constant(draft, "dwelling_type", "dwelling", "Type of dwelling", "building")
    if table.with_role("market_area") is None:
        _areas(draft, table, where)
    draft.put("")
    living_area = next((name for name, (guess, _) in facts.items() if guess.role == "living_area"), "")
    put_contradictions(draft, facts, living_area)


def _constant(draft: Draft, role: str, level: str, label: str, group: str) -> None:
    draft.put(f"  {role}:", "no column says it, so all dwellings count as one kind")
    draft.lines += [
        "    kind: category",
        f"    from: {{constant: {said(level)}}}",
        f"    role: {role}",
        "    is_feature: false",
        f"    group: {group}",
        f"    labels: {{en: {label}}}",
        "    source: drafted",
    ]


def _areas(draft: Draft, table: SalesTable, where: Places | None) -> None:
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


def _is_in_feet(table: SalesTable) -> bool:
    area = table.with_role("living_area")
    assert area is not None
    says_metres = re.search(r"m2|sqm|kvm", area.name.lower())
    return not says_metres and (
        bool(re.search(r"sq_?ft|ft2|feet", area.name.lower())) or float(np.nanmedian(area.numbers)) > 450
    )


def _characteristic(
    draft: Draft, table: SalesTable, guess: Guess, taken: set[str], feet: bool
) -> dict[str, tuple[Guess, float]]:
    if guess.role == "building":
        _building(draft, table, guess, taken)
        return {}
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
    origin = f"column: {said(guess.name)}" + (f", unit: {raw_unit}" if raw_unit else "")
    origin += missing(guess) if kind != "category" else ""
    origin += f", pattern: {said(between)}" if between else ""
    if kind in ("number", "integer", "ordinal") and zero_is_missing(guess):
        draft.put(
            f"    from: {{{origin}, zero_means: missing}}", "nought cannot be measured here: it means 'not known'"
        )
    else:
        draft.put(f"    from: {{{origin}}}", why if why and not role else "")
    draft.put(f"    kind: {kind}")
    _details(draft, table, guess, kind, role, unit, raw_unit)
    draft.put(f"    group: {_group(guess, role)}")
    draft.put(f"    labels: {{en: {said(_label(guess.name))}}}")
    draft.put(f"    source: {said(f'{table.raw.path.name}, column {guess.name}')}")
    is_plain_number = kind in ("number", "integer") and not between and len(guess.numbers) > 0
    factor = 1.0 if raw_unit is None else TO_BASE_UNIT[raw_unit][1] / TO_BASE_UNIT[unit or raw_unit][1]
    return {name: (guess, factor)} if is_plain_number else {}


def _details(
    draft: Draft, table: SalesTable, guess: Guess, kind: str, role: str, unit: str | None, raw_unit: str | None
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
        why = "wider than nearly all values of this table"
        if unit == "year":
            why = f"from {_OLDER_YEARS} years before nearly all of this table to {_PLANNED_YEARS} after the last sale"
        draft.put(f"    plausible: [{low:g}, {high:g}]", why)


def _building(draft: Draft, table: SalesTable, guess: Guess, taken: set[str]) -> None:
    """Name the building: its number, with the street where the table has one."""
    street = table.with_role("street")
    columns = [guess.name] if street is None else [guess.name, street.name]
    taken.add("building")
    draft.put("  building:", f"{' and '.join(columns)} together name it; dwellings of one building are alike")
    draft.lines += [
        "    kind: category",
        f'    from: {{columns: {said(columns)}, separator: " "}}',
        "    role: building",
        "    is_feature: false",
        "    group: location",
        "    labels: {en: Building}",
        f"    source: {said(f'{table.raw.path.name}, column ' + ' and '.join(columns))}",
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


def _plausible(table: SalesTable, guess: Guess, raw_unit: str | None, unit: str | None) -> tuple[float, float]:
    factor = 1.0 if raw_unit is None else TO_BASE_UNIT[raw_unit][1] / TO_BASE_UNIT[unit or raw_unit][1]
    known = guess.numbers[~np.isnan(guess.numbers)] * factor
    if zero_is_missing(guess):
        known = known[known != 0]
    low, high = np.quantile(known, [0.0005, 0.9995])
    if unit == "year":
        last = pd.Timestamp(np.nanmax(table.days)).year
        return float(np.floor((low - _OLDER_YEARS) / 10) * 10), float(last + _PLANNED_YEARS)
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
