"""Does the probable range hold as often as promised? By group, beside what chance alone allows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.ratio_study.pictures import Mark, dots_with_intervals
from valuation.ratio_study.strata import STRATA, level_words, value_third
from valuation.report.blocks import Details, Picture, Section, Table, Text
from valuation.report.cells import Figure, count, row, verdict
from valuation.report.material import Material
from valuation.report.words import STRATUM
from valuation.uncertainty.coverage import coverage_of_sales

MIN_SALES = 20
"""Sales a group needs before a share of them is printed."""
FIRST = ("overall", "screening", "dwelling_type", "value_third", "flagged", "seen")
"""Groupings shown at once; the other strata open on demand."""


def groupings(sales: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the group of each holdout sale in each grouping."""
    found = {
        "overall": pd.Series("all sales", index=sales.index),
        "screening": _either(sales["is_valid_sale"], "valid sales", "screened out"),
        "value_third": value_third(sales["appraised_value"]),
        "flagged": _either(sales["flags"] == "", "not flagged", "flagged"),
    }
    if "is_seen_dwelling" in sales:
        found["seen"] = _either(sales["is_seen_dwelling"], "sold before", "not sold before")
    strata = {name: sales[name].astype("string").fillna("unknown") for name in STRATA if name in sales}
    found.update(strata)
    return {name: found[name] for name in [*FIRST, *STRATA] if name in found}


def _either(is_so: pd.Series, yes: str, no: str) -> pd.Series:
    return pd.Series(np.where(is_so.to_numpy(dtype=bool), yes, no), index=is_so.index)


def coverage(material: Material, grouping: str, groups: pd.Series) -> pd.DataFrame:
    """Return how often the range holds in each group."""
    found = coverage_of_sales(material.folder.holdout, groups, material.folder.promised)
    return found.assign(grouping=grouping)


def section(material: Material) -> Section:
    """Return coverage by group with a picture."""
    promised = material.folder.promised
    found = {name: coverage(material, name, groups) for name, groups in groupings(material.folder.holdout).items()}
    first = pd.concat([found[name] for name in FIRST if name in found], ignore_index=True)
    parts: list[Any] = [
        Text(
            f"The range is meant to hold the price {promised:.0%} of the time. Chance alone moves the share found: the "
            "band is where it lies in 95 of 100 samples of this size if the promise is kept exactly. A sale without a "
            "range counts as not held. Of ranges on sales that were not free, no promise is made."
        ),
        Picture(_drawn(material, first, promised)),
        _table(material, first, "Coverage"),
    ]
    for name in STRATA:
        if name in found and name not in FIRST:
            title = STRATUM[name][0]
            parts.append(Details(f"{title}: coverage by group", [_table(material, found[name], f"Coverage, {title}")]))
    return Section("range", "Does the probable range hold?", "Probable range", parts)


def _table(material: Material, found: pd.DataFrame, name: str) -> Table:
    rows, before = [], None
    for item in found.to_dict("records"):
        rows.append(_row(item, is_apart=item["grouping"] != before))
        before = item["grouping"]
    return Table(
        name,
        material.caption("Share of sales whose price lies in the probable range, %"),
        ["Group", "n", "held, %", "band of chance", "", "price below, %", "price above, %", "median width, %"],
        rows,
    )


def _row(item: dict[Any, Any], *, is_apart: bool) -> dict[str, Any]:
    grouping, group = str(item["grouping"]), str(item["group"])
    marks = {"kind": "coverage", "grouping": grouping, "group": group}
    n = count(item["n_sales"], **marks, statistic="n_sales")
    words = level_words(grouping, group)
    if item["n_sales"] < MIN_SALES:
        return row(words, n, f"n = {item['n_sales']}: not given", *[""] * 5, is_apart=is_apart)

    def figure(statistic: str) -> Figure:
        return Figure(item[statistic], 1, 100, {**marks, "statistic": statistic})

    return row(
        words,
        n,
        figure("coverage"),
        Markup("{} to {}").format(figure("binomial_low"), figure("binomial_high")),
        verdict(bool(item["is_within_band"]), "within", "outside"),
        figure("share_below"),
        figure("share_above"),
        figure("median_relative_width"),
        is_apart=is_apart,
    )


def _drawn(material: Material, found: pd.DataFrame, promised: float) -> Markup:
    rows = found[(found["group"] != "screened out") & (found["n_sales"] >= MIN_SALES)]
    marks = [
        Mark(100 * share, 100 * low, 100 * high)
        for share, low, high in zip(rows["coverage"], rows["binomial_low"], rows["binomial_high"], strict=True)
    ]
    title = material.caption(
        "Share of prices within the probable range; the lines are what chance allows around the promise"
    )
    # Made by this program from its own figures, with every text escaped.
    return Markup(  # noqa: S704
        dots_with_intervals(
            title,
            [str(group) for group in rows["group"]],
            {"boosted": marks},
            axis="share of sales, %",
            ideal=100 * promised,
        )
    )
