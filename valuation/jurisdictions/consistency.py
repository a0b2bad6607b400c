"""Do the parts of a jurisdiction file fit together?

What a single key cannot tell: a table that is joined nowhere, a group nobody has named, a unit that cannot become
another, a projection that does not exist. These checks read the plain content of the file, so that they find their
mistakes also where other keys are wrong.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, get_args

from valuation.dwellings.characteristics import NEEDED_ROLES
from valuation.jurisdictions.cell_text import TO_BASE_UNIT
from valuation.jurisdictions.contradiction import mistaken_rules
from valuation.jurisdictions.jurisdiction import LawRule

Place = tuple[str | int, ...]
Finding = tuple[Place, str, str, str]
"""Where, what was found, what was expected, what to do."""

RESERVED = frozenset(
    {
        "sale_id",
        "dwelling_id",
        "sale_date",
        "sale_price",
        "market_price",
        "market_date",
        "joint_debt",
        "relation",
        "is_forced",
        "owned_share",
        "dwellings_in_deed",
        "contract_date",
        "is_off_plan",
        "x_m",
        "y_m",
        "address",
        "prior_value",
        "property_id",
        "is_valid_sale",
        "exclusion_codes",
        "price_codes",
        "verdict",
        "is_holdout",
        "log_index_at_sale",
        "time_adjusted_sale_price",
        "appraised_value",
        "lower_value",
        "upper_value",
        "coverage",
        "baseline_value",
        "tree_value",
        "error_risk",
        "expected_error",
        "expected_tax_error",
        "flags",
        "model_version",
        "run_id",
        "data_hash",
        "fold",
    }
)
"""Columns of the output folder: no characteristic may be called so."""


def inconsistencies(content: dict[str, Any]) -> Iterator[Finding]:
    """Yield what does not fit together in the content of a jurisdiction file.

    Parameters
    ----------
    content : dict
        As YAML gives it; keys may be missing or of a wrong type, which others report.
    """
    yield from _tables(content)
    yield from _characteristics(content)
    yield from _roles(content)
    yield from _coordinates(content)
    yield from _dates(content)
    yield from _roll(content)
    yield from _law(content)
    yield from mistaken_rules(content)


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# Tables -----------------------------------------------------------------------------------------------------------


def _tables(content: dict[str, Any]) -> Iterator[Finding]:
    tables = _dict(content.get("tables"))
    for name, table in tables.items():
        yield from _layout(("tables", name), _dict(table))
    for owner in ("sales", "roll"):
        mapping = _dict(content.get(owner))
        named: list[tuple[Place, Any]] = [((owner, "table"), mapping.get("table"))]
        named += [
            ((owner, "joins", i, "table"), _dict(join).get("table"))
            for i, join in enumerate(_list(mapping.get("joins")))
        ]
        for place, table in named:
            if isinstance(table, str) and table not in tables:
                yield (
                    place,
                    f"no table is called {table!r}",
                    f"one of {', '.join(map(str, tables))}",
                    "name it under `tables`",
                )
        yield from _derivations_of(content, owner, mapping)


def _layout(place: Place, table: dict[str, Any]) -> Iterator[Finding]:
    delimiter, decimal, thousands = (table.get(key) for key in ("delimiter", "decimal", "thousands"))
    if isinstance(delimiter, str) and len(delimiter) != 1:
        yield (*place, "delimiter"), f"delimiter {delimiter!r}", "one sign", 'write "\\t" in double quotes for a tab'
    if decimal is not None and decimal not in (".", ","):
        yield (*place, "decimal"), f"decimal sign {decimal!r}", 'one of ".", ","', ""
    if thousands and thousands not in ("space", ".", ",", "'", "’"):
        yield (*place, "thousands"), f"thousands sign {thousands!r}", "one of space . , '", ""
    if thousands and thousands == (decimal or "."):
        yield (*place, "thousands"), f"thousands and decimal sign are both {thousands!r}", "two signs", ""
    encoding = table.get("encoding")
    if isinstance(encoding, str):
        yield from _encoding((*place, "encoding"), encoding)
    file = table.get("file")
    if isinstance(file, str) and (
        file != file.strip() or not file or re.search(r"(^|[/\\])\.\.([/\\]|$)|^[/\\~]|:", file)
    ):
        yield (*place, "file"), f"file {file!r}", "a file name inside the raw folder", "give the folder with --raw"
    url = _dict(table.get("download")).get("url")
    if isinstance(url, str) and not re.match(r"https?://[^/]", url):
        yield (*place, "download", "url"), f"url {url!r}", "an address that begins with https://", ""


def _encoding(place: Place, encoding: str) -> Iterator[Finding]:
    try:
        name = codecs.lookup(encoding).name
        if name.startswith(("utf-16", "utf-32")):
            yield (
                place,
                f"encoding {encoding!r}",
                "utf-8 or an encoding of one byte a sign",
                "save the table as 'CSV UTF-8'",
            )
            return
        b"a".decode(encoding)  # some codecs, such as rot13, are not of text; of no bytes at all none says so
    except (LookupError, UnicodeError):
        yield place, f"no encoding is called {encoding!r}", "utf-8, cp1252, latin-1 ...", ""


_SALE_DERIVATIONS = (
    "dwelling_id",
    "sale_date",
    "sale_price",
    "sale_id",
    "joint_debt",
    "relation",
    "is_forced",
    "owned_share",
    "dwellings_in_deed",
    "contract_date",
    "is_off_plan",
)


def _derivations_of(content: dict[str, Any], owner: str, mapping: dict[str, Any]) -> Iterator[Finding]:
    reachable = _reachable(mapping)
    keys = _SALE_DERIVATIONS if owner == "sales" else ("dwelling_id", "address", "prior_value", "property_id")
    for key in keys:
        derivation = _dict(mapping.get(key))
        yield from _derivation((owner, key), derivation)
        yield from _table_is_joined((owner, key, "table"), derivation, reachable, owner)
        if derivation.get("areas") is not None:
            yield (owner, key, "areas"), "areas are made here", "a column", "use `areas` for the market area only"
    for name, item in _dict(content.get("characteristics")).items():
        derivation = _dict(_dict(item).get("from"))
        yield from _table_is_joined(("characteristics", name, "from", "table"), derivation, reachable, owner)


def _reachable(mapping: dict[str, Any]) -> set[str]:
    joined = {_dict(join).get("table") for join in _list(mapping.get("joins"))}
    return {name for name in {mapping.get("table"), *joined} if isinstance(name, str)}


def _table_is_joined(place: Place, derivation: dict[str, Any], reachable: set[str], owner: str) -> Iterator[Finding]:
    table = derivation.get("table")
    if isinstance(table, str) and reachable and table not in reachable:
        yield (
            place,
            f"table {table!r} is not joined to the rows of `{owner}`",
            f"one of {', '.join(sorted(reachable))}",
            f"add it under `{owner}.joins`",
        )


def _derivation(place: Place, derivation: dict[str, Any]) -> Iterator[Finding]:
    pattern = derivation.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            yield (*place, "pattern"), f"pattern {pattern!r}: {error}", "a regular expression", ""
    columns, pad = derivation.get("columns"), derivation.get("pad")
    if isinstance(columns, list) and isinstance(pad, list) and pad and len(pad) != len(columns):
        yield (*place, "pad"), f"{len(pad)} widths for {len(columns)} columns", "one width per column, 0 for none", ""
    if derivation.get("map") is not None and derivation.get("pattern") is not None:
        yield (*place, "pattern"), "both `map` and `pattern`", "one of them", "write the texts in the map as they stand"
    unit = derivation.get("unit")
    if isinstance(unit, str) and unit not in TO_BASE_UNIT:
        yield (*place, "unit"), f"unit {unit!r}", f"one of {', '.join(sorted(TO_BASE_UNIT))}", ""


# Characteristics --------------------------------------------------------------------------------------------------


def _characteristics(content: dict[str, Any]) -> Iterator[Finding]:
    groups = _dict(content.get("explanation_groups"))
    for name, item in _dict(content.get("characteristics")).items():
        item, place = _dict(item), ("characteristics", name)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
            yield place, f"name {name!r}", "small letters a to z, digits and _, a letter first", ""
        if name in RESERVED:
            yield (
                place,
                f"{name!r} is a column of the output folder",
                "another name",
                "put the unit or the register in it",
            )
        group = item.get("group")
        if isinstance(group, str) and group not in groups:
            yield (
                (*place, "group"),
                f"group {group!r}",
                f"one of {', '.join(map(str, groups))}",
                "name it under `explanation_groups`",
            )
        derivation = _dict(item.get("from"))
        yield from _derivation((*place, "from"), derivation)
        yield from _units((*place, "unit"), derivation.get("unit"), item.get("unit"))
        yield from _ranges(place, item)
        yield from _mapped_levels(place, item, derivation)


def _units(place: Place, raw: Any, unit: Any) -> Iterator[Finding]:
    if raw not in TO_BASE_UNIT or raw == unit:
        return
    base = TO_BASE_UNIT[raw][0]
    if TO_BASE_UNIT.get(unit, ("",))[0] != base:
        alike = sorted(name for name, (other, _) in TO_BASE_UNIT.items() if other == base)
        yield place, f"{raw!r} cannot become {unit!r}", f"a `unit` of the characteristic among {', '.join(alike)}", ""


def _ranges(place: Place, item: dict[str, Any]) -> Iterator[Finding]:
    plausible, possible = item.get("plausible"), item.get("possible")
    try:
        if plausible and possible and (plausible[0] < possible[0] or plausible[1] > possible[1]):
            yield (
                (*place, "possible"),
                f"possible {possible} is narrower than plausible {plausible}",
                "what is plausible within what is possible",
                "",
            )
    except (TypeError, IndexError, KeyError):
        return  # reported as a wrong type


def _mapped_levels(place: Place, item: dict[str, Any], derivation: dict[str, Any]) -> Iterator[Finding]:
    levels = [str(level) for level in _list(item.get("levels"))]
    if not levels or item.get("kind") != "category":
        return
    for text, value in _dict(derivation.get("map")).items():
        if str(value) not in levels:
            yield (
                (*place, "from", "map", str(text)),
                f"the map gives {value!r}",
                f"one of the levels {', '.join(levels)}",
                "add it to `levels`",
            )


def _roles(content: dict[str, Any]) -> Iterator[Finding]:
    if not _dict(content.get("characteristics")):
        return
    players: dict[str, list[str]] = {}
    for name, item in _dict(content["characteristics"]).items():
        role = _dict(item).get("role")
        if isinstance(role, str):
            players.setdefault(role, []).append(str(name))
    for role, names in players.items():
        for name in names[1:]:
            yield (
                ("characteristics", name, "role"),
                f"role {role!r} is played by {names[0]!r} already",
                "each role once",
                "leave it out here",
            )
    for role in NEEDED_ROLES:
        if role not in players:
            yield (
                ("characteristics",),
                f"none plays the role {role!r}",
                f"one characteristic with `role: {role}`",
                "use `from: {constant: ...}` where all dwellings are alike",
            )


# Place and time ---------------------------------------------------------------------------------------------------


def _coordinates(content: dict[str, Any]) -> Iterator[Finding]:
    where = _dict(content.get("coordinates"))
    if not where:
        for name, item in _dict(content.get("characteristics")).items():
            if _dict(_dict(item).get("from")).get("areas") is not None:
                yield (
                    ("characteristics", name, "from", "areas"),
                    "areas are made from coordinates, and there are none",
                    "`coordinates`",
                    "add them, or read the area from a column",
                )
        return
    for key in ("x", "y"):
        yield from _derivation(("coordinates", key), _dict(where.get(key)))
    yield from _crs(where)
    bounds = where.get("bounds")
    if (
        isinstance(bounds, list)
        and len(bounds) == 4
        and all(isinstance(edge, int | float) for edge in bounds)
        and (bounds[0] >= bounds[2] or bounds[1] >= bounds[3])
    ):
        yield (
            ("coordinates", "bounds"),
            f"bounds {bounds}",
            "x_min, y_min, x_max, y_max, each minimum below its maximum",
            "",
        )


def _crs(where: dict[str, Any]) -> Iterator[Finding]:
    import pyproj

    for key in ("raw_crs", "crs"):
        code = where.get(key)
        if not isinstance(code, str):
            continue
        try:
            crs = pyproj.CRS.from_user_input(code)
        except pyproj.exceptions.CRSError:
            yield ("coordinates", key), f"no reference system is called {code!r}", "a code such as EPSG:25832", ""
            continue
        if key == "crs" and (not crs.is_projected or crs.axis_info[0].unit_name not in ("metre", "meter")):
            unit = crs.axis_info[0].unit_name
            yield (
                ("coordinates", key),
                f"{code} ({crs.name}) is measured in {unit}",
                "a projected system in metres",
                "distances are taken in it; choose the national grid or UTM",
            )


def _dates(content: dict[str, Any]) -> Iterator[Finding]:
    holdout, valued = content.get("holdout_from"), content.get("valuation_date")
    if (
        not (isinstance(holdout, dt.date) and isinstance(valued, dt.date))
        or isinstance(holdout, dt.datetime)
        or isinstance(valued, dt.datetime)
    ):
        return
    for name, item in _dict(content.get("characteristics")).items():
        since = _dict(item).get("known_since")
        if isinstance(since, dt.date) and not isinstance(since, dt.datetime) and since > valued:
            yield (
                ("characteristics", name, "known_since"),
                f"known_since {since} lies after valuation_date {valued}",
                "a day up to the valuation date",
                "leave the characteristic out until it is known",
            )
    if holdout >= valued:
        yield (
            ("holdout_from",),
            f"holdout_from {holdout} lies on or after valuation_date {valued}",
            "an earlier day: the holdout ends at the valuation date",
            "",
        )


def _roll(content: dict[str, Any]) -> Iterator[Finding]:
    roll, sales = _dict(content.get("roll")), _dict(content.get("sales"))
    if roll.get("keep") == "latest_sale" and roll.get("table") != sales.get("table"):
        yield (
            ("roll", "table"),
            f"keep: latest_sale, but the roll is read from {roll.get('table')!r}",
            f"the table of the sales, {sales.get('table')!r}",
            "or remove `keep`",
        )


# Law --------------------------------------------------------------------------------------------------------------


def _law(content: dict[str, Any]) -> Iterator[Finding]:
    law = _dict(content.get("law"))
    sources = _dict(law.get("sources"))
    for rule in get_args(LawRule):
        if rule in law and not str(sources.get(rule) or "").strip():
            yield (
                ("law", rule),
                f"{rule} {law[rule]!r} has no source",
                f"`sources: {{{rule}: ...}}` under `law`",
                "name the act and section, or the decision and its year",
            )
        if rule in sources and rule not in law:
            yield ("law", "sources", rule), f"a source of {rule}, which is not given", f"`{rule}` under `law`", ""
        if isinstance(law.get(rule), bool):
            yield ("law", rule), f"{rule} {law[rule]!r}", "a number", ""
