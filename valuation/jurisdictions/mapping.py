"""How do the raw tables of a jurisdiction become a table of sales and a roll of dwellings?

The columns that come out are those of docs/reference/output-folder.md. Nothing is dropped silently: what could not be
read stands in `Rejections` with table, line, column, value, rule and remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from valuation.dwellings.characteristics import Characteristic, Derivation
from valuation.dwellings.schema import characteristics_schema, failures, roll_schema, sales_schema
from valuation.errors import InputRefused
from valuation.jurisdictions.coordinates import Division, area_names, divide, to_metres
from valuation.jurisdictions.derivation import ValueKind, column_name, damaged_parts, derive, raw_text
from valuation.jurisdictions.joined_rows import JoinedRows, key_columns
from valuation.jurisdictions.jurisdiction import Jurisdiction, SalesMapping
from valuation.jurisdictions.raw_table import RawText
from valuation.jurisdictions.rejections import Rejections
from valuation.jurisdictions.repeated_records import (
    drop_exact_duplicates,
    leave_out_conflicts,
    occurrence,
    superseded,
)
from valuation.jurisdictions.units import check_units

_SALE_FACTS: dict[str, ValueKind] = {
    "joint_debt": "number",
    "relation": "category",
    "is_forced": "boolean",
    "owned_share": "number",
    "dwellings_in_deed": "number",
    "contract_date": "date",
    "is_off_plan": "boolean",
}
_IDENTITY_ROLES = ("building", "street", "market_area")


@dataclass
class Canonical:
    """A canonical table with what was found on the way.

    Attributes
    ----------
    table : pandas.DataFrame
        RangeIndex; sorted by its id.
    rejections : Rejections
    n_raw : int
        Rows of the raw table, bad rows included.
    n_exact_duplicates : int
        Rows that repeat another row letter for letter.
    n_superseded : int
        Rows of the sales table that tell of an earlier sale of a dwelling of the roll.
    n_without_partner : dict of str to int
        By joined table: rows that have no record there.
    """

    table: pd.DataFrame
    rejections: Rejections
    n_raw: int
    n_exact_duplicates: int = 0
    n_superseded: int = 0
    n_without_partner: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> pd.DataFrame:
        """The rows that are neither left out nor counted elsewhere."""
        return self.table[~(self.rejections.left_out | self.rejections.not_listed)]


def canonical_tables(
    jurisdiction: Jurisdiction, tables: Mapping[str, RawText]
) -> tuple[Canonical, Canonical, Division | None]:
    """Make the sales and the roll.

    Parameters
    ----------
    jurisdiction : Jurisdiction
    tables : mapping of str to RawText
        By the names of the jurisdiction file.

    Returns
    -------
    sales, roll : Canonical
    division : Division or None
        The market areas, where they are made from coordinates.

    Raises
    ------
    InputRefused
        When a whole file is not what it should be: a missing column, a wrong unit, swapped coordinates, no sale left,
        no market area of the roll known from the sales.
    """
    sales = _sales(jurisdiction, tables)
    division = _division(jurisdiction, sales)
    roll = _roll(jurisdiction, tables)
    _fill_made_areas(jurisdiction, division, sales, roll)
    # Units first: a whole column in feet must be called that, not a thousand impossible values.
    for canonical, mapping in ((sales, jurisdiction.sales), (roll, jurisdiction.roll)):
        check_units(jurisdiction, canonical.kept, tables[mapping.table].path.name)
    _check_schema(jurisdiction, sales, is_sale=True)
    _check_schema(jurisdiction, roll, is_sale=False)
    sales = _without_left_out(sales, "sale_id")
    roll = _without_left_out(roll, "dwelling_id")
    _check_areas_meet(jurisdiction, sales, roll)
    return sales, roll, division


def canonical_sales(
    jurisdiction: Jurisdiction, tables: Mapping[str, RawText], division: Division | None = None
) -> Canonical:
    """Make the sales alone, for a table of sales newer than those a model has learned from.

    Parameters
    ----------
    jurisdiction : Jurisdiction
    tables : mapping of str to RawText
        By the names of the jurisdiction file: that of the sales and those joined to it.
    division : Division, optional
        The market areas as they were drawn for the run (`made_market_areas` of `ingest/summary.json`), where they are
        made from coordinates: drawn anew they would be others.

    Raises
    ------
    InputRefused
        As `canonical_tables`, but for the roll.
    """
    sales = _sales(jurisdiction, tables)
    _fill_made_areas(jurisdiction, division, sales)
    check_units(jurisdiction, sales.kept, tables[jurisdiction.sales.table].path.name)
    _check_schema(jurisdiction, sales, is_sale=True)
    return _without_left_out(sales, "sale_id")


class _Columns:
    """Collects canonical columns and what could not be read in them."""

    def __init__(self, rows: JoinedRows, rejections: Rejections) -> None:
        self.rows = rows
        self.rejections = rejections
        self.values: dict[str, np.ndarray] = {}

    def add(self, name: str, derivation: Derivation, kind: ValueKind, unit: str | None, *, leave_out: bool) -> None:
        """Read a column; a cell that cannot be read leaves its row out or is set aside."""
        read = derive(self.rows, derivation, kind, name, unit)
        if read.bad:
            raw = raw_text(self.rows, derivation, name).to_numpy(zero_copy_only=False)
            for rule, mask in read.bad.items():
                self.rejections.add(mask, rule, column_name(derivation), raw, read.remedies[rule], leave_out=leave_out)
        self.values[name] = read.values


def _start(rows: JoinedRows, dwelling_id: Derivation) -> _Columns:
    identity = derive(rows, dwelling_id, "identity", "dwelling_id")
    raw = raw_text(rows, dwelling_id, "dwelling_id").to_numpy(zero_copy_only=False).astype(object)
    rejections = Rejections(rows.base.name, rows.lines, raw)
    damaged = damaged_parts(rows, dwelling_id, "dwelling_id")
    for rule, mask in identity.bad.items():
        rejections.add(mask, rule, column_name(dwelling_id), raw, identity.remedies[rule], leave_out=True)
    rejections.add(
        damaged,
        "damaged_by_spreadsheet",
        column_name(dwelling_id),
        raw,
        "a spreadsheet has turned part of the identity to a date: export it again as text",
        leave_out=True,
    )
    missing = pd.isna(identity.values) & ~rejections.left_out
    rejections.add(
        missing, "missing_identity", column_name(dwelling_id), raw, "give every row its identity", leave_out=True
    )
    for table, without in rows.without_partner.items():
        rejections.add(without, "no_partner", table, raw, f"its key is not in table {table!r}", leave_out=True)
    columns = _Columns(rows, rejections)
    columns.values["dwelling_id"] = identity.values
    return columns


def _sales(jurisdiction: Jurisdiction, tables: Mapping[str, RawText]) -> Canonical:
    mapping = jurisdiction.sales
    # One row is a recorded sale.
    rows = JoinedRows(tables[mapping.table], mapping.joins, tables)
    columns = _start(rows, mapping.dwelling_id)
    columns.add("sale_date", mapping.sale_date, "date", None, leave_out=True)
    columns.add("sale_price", mapping.sale_price, "number", "money", leave_out=True)
    for name, kind in _SALE_FACTS.items():
        derivation = getattr(mapping, name)
        if derivation is not None:
            columns.add(name, derivation, kind, "share" if name == "owned_share" else None, leave_out=True)
    _add_places(jurisdiction, columns, leave_out=True)
    _add_characteristics(jurisdiction, columns, leave_out=True)
    n_duplicates = drop_exact_duplicates(rows, columns.rejections) if mapping.exact_duplicates == "drop" else 0
    table = _frame(jurisdiction, columns.values)
    table.insert(0, "sale_id", _sale_ids(rows, mapping, columns, table))
    return Canonical(
        table,
        columns.rejections,
        rows.n_rows + len(rows.base.bad_rows),
        n_duplicates,
        n_without_partner=rows.n_without_partner,
    )


def _roll(jurisdiction: Jurisdiction, tables: Mapping[str, RawText]) -> Canonical:
    mapping = jurisdiction.roll
    # One row is a dwelling, or, with `latest_sale`, a sale of one.
    rows = JoinedRows(tables[mapping.table], mapping.joins, tables)
    columns = _start(rows, mapping.dwelling_id)
    if mapping.address is not None:
        columns.add("address", mapping.address, "text", None, leave_out=False)
    if mapping.prior_value is not None:
        columns.add("prior_value", mapping.prior_value, "number", "money", leave_out=False)
    if mapping.property_id is not None:
        columns.add("property_id", mapping.property_id, "identity", None, leave_out=False)
    _add_places(jurisdiction, columns, leave_out=False)
    _add_characteristics(jurisdiction, columns, leave_out=False)
    rejections = columns.rejections
    n_raw = rows.n_rows + len(rows.base.bad_rows)
    table = _frame(jurisdiction, columns.values)
    if mapping.keep == "latest_sale":
        earlier = superseded(jurisdiction, rows, table)
        rejections.not_listed |= earlier
        return Canonical(
            table, rejections, n_raw, n_superseded=int(earlier.sum()), n_without_partner=rows.n_without_partner
        )
    n_duplicates = drop_exact_duplicates(rows, rejections) + leave_out_conflicts(table, rejections)
    return Canonical(table, rejections, n_raw, n_duplicates, n_without_partner=rows.n_without_partner)


def _add_places(jurisdiction: Jurisdiction, columns: _Columns, *, leave_out: bool) -> None:
    where = jurisdiction.coordinates
    if where is None:
        columns.values["x_m"] = columns.values["y_m"] = np.full(columns.rows.n_rows, np.nan)
        return
    columns.add("_x", where.x, "number", None, leave_out=leave_out)
    columns.add("_y", where.y, "number", None, leave_out=leave_out)
    x, y = columns.values.pop("_x"), columns.values.pop("_y")
    places = to_metres(x, y, where, columns.rows.base.path.name)
    columns.values["x_m"], columns.values["y_m"] = places.x_m, places.y_m
    shown = np.full(len(x), None, dtype=object)
    wrong = places.is_swapped | places.is_outside
    shown[wrong] = [f"{a:g} {b:g}" for a, b in zip(x[wrong], y[wrong], strict=True)]
    name = f"{column_name(where.x)}+{column_name(where.y)}"
    columns.rejections.add(
        places.is_swapped,
        "swapped_coordinates",
        name,
        shown,
        "x and y the other way round lie inside: exchange them in the register",
        leave_out=leave_out,
    )
    columns.rejections.add(
        places.is_outside,
        "outside_the_jurisdiction",
        name,
        shown,
        "correct the coordinates, or `coordinates.bounds`",
        leave_out=leave_out,
    )


def _add_characteristics(jurisdiction: Jurisdiction, columns: _Columns, *, leave_out: bool) -> None:
    for name, item in jurisdiction.characteristics.items():
        if item.origin.areas is not None:
            columns.values[name] = np.full(columns.rows.n_rows, None, dtype=object)
            continue
        kind: ValueKind = "identity" if item.role in _IDENTITY_ROLES else item.kind
        columns.add(name, item.origin, kind, item.unit, leave_out=leave_out)


def _frame(jurisdiction: Jurisdiction, values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    table = pd.DataFrame(index=pd.RangeIndex(len(values["dwelling_id"])))
    for name, column in values.items():
        item = jurisdiction.characteristics.get(name)
        table[name] = _typed(column, name, item)
    return table


def _typed(column: np.ndarray, name: str, item: Characteristic | None) -> pd.Series:
    if column.dtype == object:
        return pd.Series(column, dtype="str")
    is_yes_or_no = item.kind == "boolean" if item is not None else _SALE_FACTS.get(name) == "boolean"
    if not is_yes_or_no:
        return pd.Series(column)
    if np.isnan(column).any():
        return pd.Series(pd.array(np.nan_to_num(column).astype(bool), dtype="boolean")).mask(np.isnan(column))
    return pd.Series(column.astype(bool))


def _sale_ids(rows: JoinedRows, mapping: SalesMapping, columns: _Columns, table: pd.DataFrame) -> pd.Series:
    rejections = columns.rejections
    if mapping.sale_id is not None:
        columns.add("sale_id", mapping.sale_id, "identity", None, leave_out=True)
        ids = pd.Series(columns.values["sale_id"], dtype="str")
        name = column_name(mapping.sale_id)
        rejections.add(
            ids.isna().to_numpy() & ~rejections.left_out,
            "missing_identity",
            name,
            ids.to_numpy(),
            "give every sale its identity",
            leave_out=True,
        )
        used = ids.where(~(rejections.left_out | rejections.not_listed))
        doubled = (used.duplicated(keep=False) & used.notna()).to_numpy()
        rejections.add(
            doubled,
            "conflicting_records",
            name,
            ids.to_numpy(),
            "two sales have one identity and differ: keep the right one",
            leave_out=True,
        )
        return ids
    days = table["sale_date"].dt.strftime("%Y-%m-%d")
    stem = table["dwelling_id"] + "|" + days + "|" + table["sale_price"].map("{:.0f}".format)
    return stem + "|" + (occurrence(stem, rows) + 1).astype(str)


def _division(jurisdiction: Jurisdiction, sales: Canonical) -> Division | None:
    made = [item.origin.areas for item in jurisdiction.characteristics.values() if item.origin.areas is not None]
    if not made:
        return None
    table = sales.table
    # Borders are drawn with what was known before the holdout.
    used = table["x_m"].notna() & table["y_m"].notna() & (table["sale_date"] < pd.Timestamp(jurisdiction.holdout_from))
    used &= ~(sales.rejections.left_out | sales.rejections.not_listed)
    return divide(table.loc[used, "x_m"].to_numpy(), table.loc[used, "y_m"].to_numpy(), made[0])


def _fill_made_areas(jurisdiction: Jurisdiction, division: Division | None, *tables: Canonical) -> None:
    if division is None:
        return
    for name, item in jurisdiction.characteristics.items():
        if item.origin.areas is None:
            continue
        for canonical in tables:
            x_m, y_m = canonical.table["x_m"].to_numpy(), canonical.table["y_m"].to_numpy()
            canonical.table[name] = pd.Series(area_names(division, x_m, y_m), dtype="str")


def _check_schema(jurisdiction: Jurisdiction, canonical: Canonical, *, is_sale: bool) -> None:
    table, rejections = canonical.table, canonical.rejections
    done = rejections.left_out | rejections.not_listed
    found = failures(table, characteristics_schema(jurisdiction.characteristics))
    found += failures(table, sales_schema(jurisdiction.valuation_date) if is_sale else roll_schema())
    for failure in found:
        mask = np.zeros(len(table), dtype=bool)
        mask[failure.rows] = True
        values = table[failure.column].to_numpy(dtype=object)
        rejections.add(mask & ~done, failure.rule, failure.column, values, failure.remedy, leave_out=is_sale)
        if not is_sale:
            table[failure.column] = table[failure.column].mask(mask)
    if is_sale:
        for name, item in jurisdiction.characteristics.items():
            if item.required:
                missing = table[name].isna().to_numpy() & ~rejections.left_out & ~rejections.not_listed
                rejections.add(
                    missing,
                    "missing_fact",
                    name,
                    table[name].to_numpy(dtype=object),
                    "the characteristic is required: complete the register",
                    leave_out=True,
                )


def _without_left_out(canonical: Canonical, key: str) -> Canonical:
    canonical.table = canonical.kept.sort_values(key, ignore_index=True, kind="stable")
    return canonical


def _check_areas_meet(jurisdiction: Jurisdiction, sales: Canonical, roll: Canonical) -> None:
    for canonical, what in ((sales, "sale"), (roll, "dwelling of the roll")):
        if canonical.table.empty:
            findings = canonical.rejections.table_of_findings()
            worst = findings.value_counts(["rule", "column"]).head(3).rename("n").reset_index()
            rules = ", ".join(f"{row.n:,} × {row.rule} in {row.column!r}" for row in worst.itertuples())
            raise InputRefused(
                f"{canonical.rejections.table}: no {what} is left after ingest: {rules or 'no row was read'}",
                expected=f"at least one {what}",
                remedy="correct the jurisdiction file or the table as the findings say",
                table=findings,
            )
    name = jurisdiction.characteristics.with_role("market_area")
    if name is None:
        return
    sold, valued = (set(table[name].dropna().unique()) for table in (sales.table, roll.table))
    if sold & valued:
        return
    raise InputRefused(
        f"{roll.rejections.table}: no market area of the roll is known from a sale: the roll has {_some(valued)}; the "
        f"sales have {_some(sold)}",
        expected=f"the same levels of {name} in both",
        remedy="correct `from` of the market area; compare leading zeros and spelling in the two tables",
    )


def _some(levels: set[str]) -> str:
    return ", ".join(repr(level) for level in sorted(levels)[:5]) or "none"


def unused_columns(jurisdiction: Jurisdiction, tables: Mapping[str, RawText]) -> list[tuple[str, str]]:
    """Return table and name of the raw columns that the jurisdiction file neither uses nor leaves out with a reason."""
    used = {left_out.column for left_out in jurisdiction.left_out}
    for mapping in (jurisdiction.sales, jurisdiction.roll):
        for join in mapping.joins:
            used |= {*join.on.values(), *(part for column in join.on for part in key_columns(column))}
        for name in type(mapping).model_fields:
            used |= _columns_of(getattr(mapping, name))
    if jurisdiction.coordinates is not None:
        used |= _columns_of(jurisdiction.coordinates.x) | _columns_of(jurisdiction.coordinates.y)
    for item in jurisdiction.characteristics.values():
        used |= _columns_of(item.origin)
    return [(name, column) for name, raw in tables.items() for column in raw.cells.column_names if column not in used]


def _columns_of(derivation: object) -> set[str]:
    if not isinstance(derivation, Derivation):
        return set()
    return {*derivation.columns, *([derivation.column] if derivation.column else [])}
