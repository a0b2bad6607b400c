"""Which values lie furthest from their price? The list with the facts, and the sales that have no value at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.ratio_study.strata import level_words
from valuation.report.blocks import Details, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.material import Material

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
        "Dwelling",
        "Sold",
        f"Price, {material.jurisdiction.currency}",
        "Value",
        "Probable range",
        "Ratio",
        "Valid sale?",
        "Facts",
        "Flags",
    ]
    parts: list[Any] = [
        Text(
            "Holdout sales whose value lies furthest from the price: the place to look for wrong facts, sales that "
            "were not free, and what no register shows. Nothing is left out, and nothing was changed for them."
        ),
        Table("Worst misses", material.caption(f"The {len(rows)} worst of all sales"), heads, rows, (7, 8)),
    ]
    return Section("worst", "The worst misses", "Worst misses", parts)


def _row(item: dict[Any, Any], facts: list[str]) -> dict[str, Any]:
    marks = {"kind": "sale", "sale": str(item["sale_id"])}

    def figure(name: str, digits: int = 0) -> Figure:
        return Figure(item[name], digits, 1, {**marks, "part": name})

    said = ", ".join(level_words(name, str(item[name])) for name in facts)
    return row(
        item["dwelling_id"],
        f"{item['sale_date']:%Y-%m-%d}",
        figure("sale_price"),
        figure("appraised_value"),
        Markup("{} to {}").format(figure("lower_value"), figure("upper_value")),
        figure("ratio", 2),
        "yes" if item["is_valid_sale"] else Cell("doubted", css="no"),
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
            Markup(
                "{} of {} dwellings of the roll have no value, and {} of {} sales of the holdout. A dwelling that "
                "cannot be valued has no number: a plausible one would be taken for a value. Each goes to a person."
            ).format(
                count(len(missing), kind="roll", of="dwellings_not_valued"),
                count(len(values), kind="roll", of="dwellings"),
                count(len(unvalued), kind="holdout", of="sales_not_valued"),
                count(len(sales), kind="holdout", of="sales"),
            )
        )
    ]
    if len(missing):
        parts.append(_reasons(material, missing))
    for table, name in ((missing, "dwellings of the roll"), (unvalued, "sales of the holdout")):
        if len(table):
            listed = table.head(N_LISTED)[["dwelling_id", "flags"]].to_dict("records")
            rows = [row(item["dwelling_id"], str(item["flags"]).replace("|", ", ")) for item in listed]
            caption = material.caption(f"The first {len(rows)} {name} without a value")
            listed_table = Table(f"Not valued: {name}", caption, ["Dwelling", "Flags"], rows, (1,))
            parts.append(Details(f"The first {len(rows)} {name}", [listed_table]))
    return Section("not-valued", "What could not be valued", "Not valued", parts)


def _reasons(material: Material, missing: pd.DataFrame) -> Table:
    counts = missing["flags"].astype("str").replace("", "no flag").value_counts().sort_index()
    rows = [
        row(str(flags).replace("|", ", "), count(int(n), kind="roll", of="dwellings_not_valued", flags=str(flags)))
        for flags, n in counts.sort_values(ascending=False, kind="stable").head(N_LISTED).items()
    ]
    return Table(
        "Why not valued", material.caption("Dwellings without a value, by their flags"), ["Flags", "dwellings"], rows
    )
