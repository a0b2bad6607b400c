"""What stands on the roll, what do its values consist of, and which sales were not learned from?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from valuation.flags.catalogue import opens_case
from valuation.flags.flag import DOUBTS
from valuation.languages.spoken import recorded, say, spoken
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
    heads = [
        say("Type"),
        say("dwellings"),
        say("valued"),
        say("flagged, %"),
        say("drawn by lot, %"),
        say("lower tenth"),
        say("median"),
        say("upper tenth"),
        say("median width, %"),
    ]
    caption = material.caption(say("Values in {currency}", currency=material.jurisdiction.currency))
    return Section("roll", say("The roll"), say("The roll"), [Table(say("Roll"), caption, heads, rows)])


def _row(name: str, part: pd.DataFrame) -> dict[str, Any]:
    marks, words = {"kind": "roll", "group": name}, recorded(name)
    value = part["appraised_value"].dropna()
    width = ((part["upper_value"] - part["lower_value"]) / part["appraised_value"]).median()
    counts = [count(len(part), **marks, of="dwellings"), count(len(value), **marks, of="dwellings_valued")]
    # Those drawn by lot have a column of their own: nothing is doubted about them.
    flagged = Figure(float(opens_case(part["flags"], DOUBTS).mean()), 1, 100, {**marks, "of": "flagged_share"})
    drawn = Figure(float(opens_case(part["flags"], ("draw",)).mean()), 1, 100, {**marks, "of": "drawn_share"})
    if len(value) < MIN_DWELLINGS:
        return row(words, *counts, flagged, drawn, say("n = {n}: not given", n=len(value)), "", "", "")
    tenths = [
        Figure(float(value.quantile(share)), 0, 1, {**marks, "of": f"quantile_{share:g}"}) for share in (0.1, 0.5, 0.9)
    ]
    return row(words, *counts, flagged, drawn, *tenths, Figure(float(width), 1, 100, {**marks, "of": "median_width"}))


def contributions(material: Material) -> Section:
    """Return how much each characteristic moves a value."""
    needed = ("line", "group", "label", "mean_absolute_contribution", "n_dwellings")
    table = material.folder.table("explain/characteristics.csv", needed)
    table = table[~table["line"].isin(["reference", "rounding"])]
    groups = {name: item.in_language(spoken()) for name, item in material.jurisdiction.explanation_groups.items()}
    groups["time"] = say("Time")
    largest = max(float(table["mean_absolute_contribution"].max()), 1.0) if len(table) else 1.0
    rows = [
        row(
            _label(material, item),
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
    caption = say(
        "{}, {} dwellings",
        material.caption(say("Mean absolute contribution in {currency}", currency=material.jurisdiction.currency)),
        n,
    )
    text = Text(
        say(
            "Each value is that of the typical dwelling of the same type, of those sold, plus what every "
            "characteristic adds or takes away, to the last unit of money. Shown is how much each characteristic "
            "moves a value up or down, on average over a sample of the roll."
        )
    )
    heads = [say("Characteristic"), say("Group"), say("Moves a value by")]
    return Section(
        "why",
        say("What the values consist of"),
        say("Contributions"),
        [text, Table(say("Contributions"), caption, heads, rows, (1, 2))],
    )


def _label(material: Material, item: dict[Any, Any]) -> str:
    """Return what a line is called: by the data dictionary, or as the run recorded it."""
    known = material.jurisdiction.characteristics.get(str(item["line"]))
    return recorded(str(item["label"])) if known is None else str(known.labels.in_language(spoken()))


def screening(material: Material) -> Section:
    """Return the sales that were not learned from, by rule."""
    sales = material.folder.table("sales.parquet", ("is_valid_sale", "is_holdout"))
    rules = material.folder.table("screen/summary.csv", ("code", "sentence", "n_found", "n_excluded", "n_only_reason"))
    valid, late = sales["is_valid_sale"].to_numpy(dtype=bool), sales["is_holdout"].to_numpy(dtype=bool)
    doubted = int((~valid & late).sum())
    told = say(
        "{} of {} sales before the holdout were not learned from.",
        count(int((~valid & ~late).sum()), kind="sales", of="excluded"),
        count(int((~late).sum()), kind="sales", of="before"),
    )
    told += " " + (
        say(
            "{} sales of the holdout would have been left out too; they count in the headline, and “Valid sales "
            "alone” stands beside it.",
            count(doubted, kind="sales", of="doubted"),
        )
        if doubted
        else say("No sale of the holdout is doubted.")
    )
    rows = []
    for item in rules.to_dict("records"):
        code = item["code"] if isinstance(item["code"], str) else ""
        counts = [
            count(item[name], kind="screening", code=code, of=name)
            for name in ("n_found", "n_excluded", "n_only_reason")
        ]
        rows.append(row(code or say("all"), recorded(str(item["sentence"])), *counts, is_apart=not code))
    heads = [say("Rule"), say("In words"), say("found"), say("excluded"), say("for no other reason")]
    caption = material.caption(say("Rules of screening and the sales each excluded"))
    return Section(
        "screening",
        say("Sales that were screened out"),
        say("Screening"),
        [Text(told), Table(say("Screening"), caption, heads, rows, (1,))],
    )
