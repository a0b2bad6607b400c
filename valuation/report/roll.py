"""What stands on the roll, what do its values consist of, and which sales were not learned from?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from markupsafe import Markup

from valuation.report.blocks import Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.material import Material

MIN_DWELLINGS = 20
"""Dwellings a type needs before the tenths of its values are printed."""


def section(material: Material) -> Section:
    """Return the roll by type of dwelling."""
    values = material.folder.values
    parts: Iterable[tuple[Any, pd.DataFrame]] = []
    if "dwelling_type" in values:
        parts = values.groupby(values["dwelling_type"].astype("str").fillna("not recorded"), sort=True)
    rows = [_row("all", values), *(_row(str(name), part) for name, part in parts)]
    heads = ["Type", "dwellings", "valued", "flagged, %", "lower tenth", "median", "upper tenth", "median width, %"]
    caption = material.caption(f"Values in {material.jurisdiction.currency}")
    return Section("roll", "The roll", "The roll", [Table("Roll", caption, heads, rows)])


def _row(name: str, part: pd.DataFrame) -> dict[str, Any]:
    marks = {"kind": "roll", "group": name}
    value = part["appraised_value"].dropna()
    width = ((part["upper_value"] - part["lower_value"]) / part["appraised_value"]).median()
    counts = [count(len(part), **marks, of="dwellings"), count(len(value), **marks, of="dwellings_valued")]
    flagged = Figure(float((part["flags"] != "").mean()), 1, 100, {**marks, "of": "flagged_share"})
    if len(value) < MIN_DWELLINGS:
        return row(name, *counts, flagged, f"n = {len(value)}: not given", "", "", "")
    tenths = [
        Figure(float(value.quantile(share)), 0, 1, {**marks, "of": f"quantile_{share:g}"}) for share in (0.1, 0.5, 0.9)
    ]
    return row(name, *counts, flagged, *tenths, Figure(float(width), 1, 100, {**marks, "of": "median_width"}))


def contributions(material: Material) -> Section:
    """Return how much each characteristic moves a value."""
    needed = ("line", "group", "label", "mean_absolute_contribution", "n_dwellings")
    table = material.folder.table("explain/characteristics.csv", needed)
    table = table[~table["line"].isin(["reference", "rounding"])]
    groups = {**{name: item.en for name, item in material.jurisdiction.explanation_groups.items()}, "time": "Time"}
    largest = max(float(table["mean_absolute_contribution"].max()), 1.0) if len(table) else 1.0
    rows = [
        row(
            item["label"],
            groups.get(item["group"], item["group"]),
            Cell(
                Figure(item["mean_absolute_contribution"], 0, 1, {"kind": "contribution", "line": str(item["line"])}),
                css="amount",
                bar=round(8 * item["mean_absolute_contribution"] / largest, 2),
            ),
        )
        for item in table.to_dict("records")
    ]
    n = count(int(table["n_dwellings"].iloc[0]) if len(table) else 0, kind="contribution", of="n_dwellings")
    caption = Markup("{}, {} dwellings").format(
        material.caption(f"Mean absolute contribution in {material.jurisdiction.currency}"), n
    )
    text = Text(
        "Each value is that of the typical dwelling of the same type, of those sold, plus what every characteristic "
        "adds or takes away, to the last unit of money. Shown is how much each characteristic moves a value up or "
        "down, on average over a sample of the roll."
    )
    heads = ["Characteristic", "Group", "Moves a value by"]
    return Section(
        "why",
        "What the values consist of",
        "Contributions",
        [text, Table("Contributions", caption, heads, rows, (1, 2))],
    )


def screening(material: Material) -> Section:
    """Return the sales that were not learned from, by rule."""
    sales = material.folder.table("sales.parquet", ("is_valid_sale", "is_holdout"))
    rules = material.folder.table("screen/summary.csv", ("code", "sentence", "n_found", "n_excluded", "n_only_reason"))
    valid, late = sales["is_valid_sale"].to_numpy(dtype=bool), sales["is_holdout"].to_numpy(dtype=bool)
    doubted = int((~valid & late).sum())
    told = Markup("{} of {} sales before the holdout were not learned from. ").format(
        count(int((~valid & ~late).sum()), kind="sales", of="excluded"),
        count(int((~late).sum()), kind="sales", of="before"),
    )
    told += (
        Markup(
            "{} sales of the holdout would have been left out too; they count in the headline, and “Valid sales alone” "
            "stands beside it."
        ).format(count(doubted, kind="sales", of="doubted"))
        if doubted
        else "No sale of the holdout is doubted."
    )
    rows = []
    for item in rules.to_dict("records"):
        code = item["code"] if isinstance(item["code"], str) else ""
        counts = [
            count(item[name], kind="screening", code=code, of=name)
            for name in ("n_found", "n_excluded", "n_only_reason")
        ]
        rows.append(row(code or "all", str(item["sentence"]), *counts, is_apart=not code))
    heads = ["Rule", "In words", "found", "excluded", "for no other reason"]
    caption = material.caption("Rules of screening and the sales each excluded")
    return Section(
        "screening",
        "Sales that were screened out",
        "Screening",
        [Text(told), Table("Screening", caption, heads, rows, (1,))],
    )
