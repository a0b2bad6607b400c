"""How sure are we, and is it so? How often the range holds in every group, and how a class keeps what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.languages.spoken import say, uncapitalised, written
from valuation.ratio_study.pictures import Mark, dots_with_intervals
from valuation.report.blocks import Details, Heading, Picture, Section, Table, Text
from valuation.report.cells import DASH, Cell, Figure, count, row, verdict
from valuation.report.coverage_picture import funnel
from valuation.report.material import Material
from valuation.report.words import group as group_words
from valuation.uncertainty.accuracy_class import CLASSES
from valuation.uncertainty.coverage import coverage_of_sales
from valuation.uncertainty.published_coverage import (
    GOAL_RANGE,
    GOAL_SALES,
    GROUPINGS,
    LEAST_COVERAGE,
    LEAST_SALES,
    GoalSummary,
    accuracy_classes,
    goal_summary,
    published_coverage,
    published_groups,
)

MIN_SALES = 20
"""Sales a group needs before a share of them is printed."""
FIRST = ("overall", "screening", "dwelling_type", "value_third", "flagged", "seen", "accuracy_class")
"""Groupings shown at once; the others open on demand."""
groupings = published_groups

_HEADS = [
    "Group",
    "n",
    "held, %",
    "band of chance",
    "in it?",
    "band with calibration",
    "goal",
    "price below, %",
    "price above, %",
    "median width, %",
]


def coverage(material: Material, grouping: str, groups: pd.Series) -> pd.DataFrame:
    """Return how often the range holds in each group."""
    found = coverage_of_sales(material.folder.holdout, groups, material.folder.promised)
    return found.assign(grouping=grouping)


def section(material: Material) -> Section:
    """Return coverage by group with pictures, and the accuracy classes."""
    title = say("How sure: does the probable range hold?")
    promised = material.folder.promised
    found = published_coverage(material.folder.holdout, promised)
    if found.empty:
        return Section(
            "range", title, say("How sure"), [Text(say("n = 0: not given. The holdout has no sale."), "note")]
        )
    first = found[found["grouping"].isin(FIRST)]
    parts: list[Any] = [
        Text(
            say(
                "The range is meant to hold the price {promised:.0%} of the time. Chance alone moves the share "
                "found: the band is where it lies in 95 of 100 samples of this size if the promise is kept "
                "exactly; with calibration it is wider, since the ranges too were set on a sample of sales. A sale "
                "without a range counts as not held.",
                promised=promised,
            )
        ),
        Text(
            say(
                "No promise is made for sales that were not free: all sales and those screened out stand as a "
                "whole, every other group is of the valid sales. Flagged values are a group like all others, so "
                "that no flag hides a group that misses."
            )
        ),
        Text(_on_goals(goal_summary(found, promised), found)),
        Picture(_drawn(material, first, promised)),
        Picture(_all_drawn(material, found, promised)),
        _table(material, first, say("Coverage")),
    ]
    for name, grouping in GROUPINGS.items():
        rows = found[found["grouping"] == name]
        if name not in FIRST and len(rows):
            of = say(grouping)
            parts.append(
                Details(
                    say("{grouping}: coverage by group", grouping=of),
                    [_table(material, rows, say("Coverage, {grouping}", grouping=uncapitalised(of)))],
                )
            )
    return Section("range", title, say("How sure"), [*parts, *_classes(material)])


def _on_goals(summary: GoalSummary, found: pd.DataFrame) -> str:
    """Say how many groups miss their goal, beside how many would by chance, and how many are too small for one."""
    marks = {"kind": "coverage_goals"}
    judged, missed = (
        count(number, **marks, of=name) for number, name in ((summary.n_judged, "judged"), (summary.n_missed, "missed"))
    )
    low, high = (written(f"{100 * share:g}") for share in GOAL_RANGE)
    said = say(
        "Goals: {} to {} % in every group of {} sales or more, at least {} % from {} sales. Of {} groups with a "
        "goal {} miss it; were every range exactly as right as promised, chance alone would make {} miss.",
        low,
        high,
        GOAL_SALES,
        written(f"{100 * LEAST_COVERAGE:g}"),
        LEAST_SALES,
        judged,
        missed,
        Figure(summary.missed_by_chance, 1, 1, {**marks, "of": "missed_by_chance"}),
    )
    small = found[(found["n_sales"] < LEAST_SALES) & ~found["grouping"].isin(["overall", "screening"])]
    if len(small):
        said += " " + say(
            "{} groups have fewer than {} sales and are held against none.",
            count(len(small), **marks, of="small"),
            LEAST_SALES,
        )
    return said


def _table(material: Material, found: pd.DataFrame, name: str) -> Table:
    rows, before = [], None
    for item in found.to_dict("records"):
        rows.append(_row(item, is_apart=item["grouping"] != before))
        before = item["grouping"]
    heads = [say(head) for head in _HEADS]
    return Table(name, material.caption(say("Share of sales whose price lies in the probable range, %")), heads, rows)


def words_of(grouping: str, group: str) -> str:
    """Return a group as people read it.

    Examples
    --------
    >>> words_of("value_tenth", "01"), words_of("accuracy_class", "B"), words_of("size_band", "050-079 m2")
    ('tenth 1 of the value', 'class B', '50–79 m²')
    """
    if grouping == "value_tenth" and group.isdigit():
        return say("tenth {number} of the value", number=int(group))
    if grouping == "accuracy_class" and group in CLASSES:
        return say("class {letter}", letter=group)
    return group_words(grouping, group)


def _row(item: dict[Any, Any], *, is_apart: bool) -> dict[str, Any]:
    grouping, group = str(item["grouping"]), str(item["group"])
    marks = {"kind": "coverage", "grouping": grouping, "group": group}
    n = count(item["n_sales"], **marks, statistic="n_sales")
    words = words_of(grouping, group)
    if item["n_sales"] < MIN_SALES:
        return row(
            words,
            n,
            say("n = {n}: not given", n=item["n_sales"]),
            *[""] * (len(_HEADS) - 3),
            is_apart=is_apart,
        )

    def figure(statistic: str) -> Figure:
        return Figure(item[statistic], 1, 100, {**marks, "statistic": statistic})

    has_band = np.isfinite(item["band_low"])
    return row(
        words,
        n,
        figure("coverage"),
        say("{} to {}", figure("binomial_low"), figure("binomial_high")),
        verdict(bool(item["is_within_band"]), say("within"), say("outside")),
        say("{} to {}", figure("band_low"), figure("band_high")) if has_band else DASH,
        _goal(str(item["goal"])),
        figure("share_below"),
        figure("share_above"),
        figure("median_relative_width"),
        is_apart=is_apart,
    )


def _goal(found: str) -> Cell | str:
    return verdict(found == "reached", say("reached"), say("missed")) if found else ""


def _drawn(material: Material, found: pd.DataFrame, promised: float) -> Markup:
    rows = found[(found["group"] != "screened out") & (found["n_sales"] >= MIN_SALES)]
    marks = [
        Mark(100 * share, 100 * low, 100 * high)
        for share, low, high in zip(rows["coverage"], rows["binomial_low"], rows["binomial_high"], strict=True)
    ]
    title = material.caption(
        say("Share of prices within the probable range; the lines are what chance allows around the promise")
    )
    # Made by this program from its own figures, with every text escaped.
    return Markup(  # noqa: S704
        dots_with_intervals(
            title,
            [words_of(*names) for names in zip(rows["grouping"], rows["group"], strict=True)],
            {"boosted": marks},
            axis=say("share of sales, %"),
            ideal=100 * promised,
        )
    )


def _all_drawn(material: Material, found: pd.DataFrame, promised: float) -> Markup:
    rows = found[(found["n_sales"] >= MIN_SALES) & ~found["group"].isin(["all sales", "screened out"])]
    title = material.caption(
        say("Every group with 20 sales or more: the fewer its sales, the further chance carries it")
    )
    points = [
        (float(n), 100 * share, f"{say(GROUPINGS[grouping])}: {words_of(grouping, group)}")
        for n, share, grouping, group in zip(
            rows["n_sales"], rows["coverage"], rows["grouping"], rows["group"], strict=True
        )
    ]
    return Markup(funnel(title, points, promised))  # noqa: S704 - made by this program, with every text escaped


def _classes(material: Material) -> list[Any]:
    """Return how many values each accuracy class holds, and how it keeps what it says."""
    sales, values = material.folder.holdout, material.folder.values
    if "accuracy_class" not in sales or "accuracy_class" not in values:
        return []
    valid = sales[sales["is_valid_sale"].to_numpy(dtype=bool)]
    limits = material.folder.json("bundle/params.json")["conformalize"]["class_limits"]
    found = accuracy_classes(valid, limits, material.folder.promised)
    heads = [
        say("Class"),
        say("far end of the range within"),
        say("dwellings"),
        say("share of the roll, %"),
        say("sales, n"),
        say("prices within the limit, %"),
        say("at least, by chance"),
        say("range held, %"),
        say("median error, %"),
        say("errors over 20 %, %"),
    ]
    letters = values["accuracy_class"].astype("str")
    on_roll = {letter: int((letters == letter).sum()) for letter in CLASSES}
    rows = [_class_row(item, on_roll, len(values)) for item in found.to_dict("records")]
    return [
        Heading(say("Accuracy classes"), "accuracy-classes"),
        Text(
            say(
                "A letter says how far from the value the far end of its probable range lies, with the same limits "
                "in every place and for every kind of dwelling. A class keeps what it says when at least "
                "{promised:.0%} of its prices lie within its limit of the value; class F has none.",
                promised=material.folder.promised,
            )
        ),
        Table(say("Accuracy classes"), material.caption(say("Valid sales of the test, and the roll")), heads, rows),
    ]


def _class_row(item: Mapping[Any, Any], on_roll: Mapping[str, int], n_roll: int) -> dict[str, Any]:
    letter, limit = str(item["accuracy_class"]), float(item["limit"])
    marks = {"kind": "accuracy_class", "class": letter}
    n_dwellings = on_roll[letter]

    def figure(statistic: str) -> Figure:
        return Figure(item[statistic], 1, 100, {**marks, "statistic": statistic})

    # Of so few sales a share says nothing.
    is_given = item["n_sales"] >= MIN_SALES
    kept = ("share_within_limit", "binomial_low", "coverage", "median_error", "large_error_share")
    within, least, held, median, large = (figure(name) if is_given else "" for name in kept)
    has_limit = np.isfinite(limit)
    return row(
        letter,
        f"{written(f'{100 * limit:g}')} %" if has_limit else say("no limit"),
        count(n_dwellings, **marks, statistic="n_dwellings"),
        Figure(n_dwellings / max(n_roll, 1), 1, 100, {**marks, "statistic": "roll_share"}),
        count(item["n_sales"], **marks, statistic="n_sales"),
        (within if has_limit else DASH) if is_given else say("n = {n}: not given", n=item["n_sales"]),
        least if has_limit else DASH,
        held,
        median,
        large,
    )
