"""Which values lie furthest from their price? The list with the facts, and the sales that have no value at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from valuation.flags.catalogue import NONE
from valuation.languages.spoken import say
from valuation.report.blocks import Details, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.material import Material
from valuation.report.words import group

N_WORST = 25
N_LISTED = 30
"""Dwellings or sales without a value that are listed; the files hold all."""
_FACTS = ("dwelling_type", "market_area", "size_band", "age_band", "tenure")


def worst(sales: pd.DataFrame, n: int = N_WORST) -> pd.DataFrame:
    """Return the valued sales whose value lies furthest from the price, by log ratio, with `ratio`."""
    valued = sales[sales["appraised_value"].notna()]
    ratio = valued["appraised_value"] / valued["sale_price"]
    table = valued.assign(ratio=ratio, distance=np.abs(np.log(ratio)))
    return table.sort_values(["distance", "sale_id"], ascending=[False, True]).head(n).reset_index(drop=True)


def section(material: Material) -> Section:
    """Return the worst misses with the facts of each."""
    found = worst(material.folder.holdout)
    facts = [name for name in _FACTS if name in found]
    rows = [_row(item, facts) for item in found.to_dict("records")]
    heads = [
        say("Dwelling"),
        say("Sold"),
        say("Price, {currency}", currency=material.jurisdiction.currency),
        say("Value"),
        say("Probable range"),
        say("Ratio"),
        say("Valid sale?"),
        say("Facts"),
        say("Flags"),
    ]
    parts: list[Any] = [
        Text(
            say(
                "Holdout sales whose value lies furthest from the price: the place to look for wrong facts, sales "
                "that were not free, and what no register shows. Nothing is left out, and nothing was changed for "
                "them."
            )
        ),
        Table(
            say("Worst misses"), material.caption(say("The {n} worst of all sales", n=len(rows))), heads, rows, (7, 8)
        ),
    ]
    return Section("worst", say("The worst misses"), say("Worst misses"), parts)


def _row(item: dict[Any, Any], facts: list[str]) -> dict[str, Any]:
    marks = {"kind": "sale", "sale": str(item["sale_id"])}

    def figure(name: str, digits: int = 0) -> Figure:
        return Figure(item[name], digits, 1, {**marks, "part": name})

    said = ", ".join(group(name, str(item[name])) for name in facts)
    return row(
        item["dwelling_id"],
        f"{item['sale_date']:%Y-%m-%d}",
        figure("sale_price"),
        figure("appraised_value"),
        say("{} to {}", figure("lower_value"), figure("upper_value")),
        figure("ratio", 2),
        say("yes") if item["is_valid_sale"] else Cell(say("doubted"), css="no"),
        said,
        str(item["flags"]).replace("|", ", "),
    )


def not_valued(material: Material) -> Section:
    """Return the dwellings and the sales that could not be valued."""
    values, sales = material.folder.values, material.folder.holdout
    missing = values[values["appraised_value"].isna()]
    unvalued = sales[sales["appraised_value"].isna()]
    parts: list[Any] = [
        Text(
            say(
                "{} of {} dwellings of the roll have no value, and {} of {} sales of the holdout. A dwelling that "
                "cannot be valued has no number: a plausible one would be taken for a value. Each goes to a person.",
                count(len(missing), kind="roll", of="dwellings_not_valued"),
                count(len(values), kind="roll", of="dwellings"),
                count(len(unvalued), kind="holdout", of="sales_not_valued"),
                count(len(sales), kind="holdout", of="sales"),
            )
        )
    ]
    if len(missing):
        parts.append(_reasons(material, missing))
    parts += _listed(
        material,
        missing,
        say("The first {n} dwellings of the roll", n=min(len(missing), N_LISTED)),
        say("The first {n} dwellings of the roll without a value", n=min(len(missing), N_LISTED)),
    )
    parts += _listed(
        material,
        unvalued,
        say("The first {n} sales of the holdout", n=min(len(unvalued), N_LISTED)),
        say("The first {n} sales of the holdout without a value", n=min(len(unvalued), N_LISTED)),
    )
    return Section("not-valued", say("What could not be valued"), say("Not valued"), parts)


def _listed(material: Material, table: pd.DataFrame, title: str, caption: str) -> list[Any]:
    if table.empty:
        return []
    rows = [
        row(item["dwelling_id"], str(item["flags"]).replace("|", ", "))
        for item in table.head(N_LISTED)[["dwelling_id", "flags"]].to_dict("records")
    ]
    heads = [say("Dwelling"), say("Flags")]
    return [Details(title, [Table(caption, material.caption(caption), heads, rows, (1,))])]


def _reasons(material: Material, missing: pd.DataFrame) -> Table:
    counts = missing["flags"].astype("str").value_counts().sort_index()
    rows = [
        row(
            str(flags).replace("|", ", ") or say("no flag"),
            count(int(n), kind="roll", of="dwellings_not_valued", flags=str(flags) or NONE),
        )
        for flags, n in counts.sort_values(ascending=False, kind="stable").head(N_LISTED).items()
    ]
    return Table(
        say("Why not valued"),
        material.caption(say("Dwellings without a value, by their flags")),
        [say("Flags"), say("dwellings")],
        rows,
    )
