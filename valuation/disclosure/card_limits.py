"""Where does this model version fail, and where does nobody know? Groups that miss or are hard, few sales, no value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

import pandas as pd

from valuation.disclosure.card_figures import STUDY, no_study
from valuation.disclosure.evidence import Evidence, Figure, Text, text
from valuation.disclosure.page import Block, Gap, Paragraph, Section, Table, row, words
from valuation.ratio_study.standards import OWN_GOALS, telling_digits
from valuation.ratio_study.strata import level_words

HARD_GROUPS = 10
"""Groups listed; evaluation/ratio_study.parquet holds all."""
FEW_SALES = 30
"""Sales an area needs before half of a 13 percent noise is told from a level that is off (domain: n 30, COD ± 2.9)."""
_DIGITS = {"cod": 2, "vei": 2, "mda": 2, "map": 2}
"""Digits of statistics in percent, by the first letters of their names; ratios bear three."""
STRATA_WORDS = {
    "dwelling_type": "type",
    "market_area": "area",
    "price_decile": "tenth by price level",
    "age_band": "age",
    "size_band": "size",
    "tenure": "tenure",
}


def section(evidence: Evidence) -> Section:
    """Return the section on limits."""
    blocks: list[Block] = [*_goals(evidence)]
    if evidence.run.has(STUDY):
        blocks += [*_off_level(evidence), *_hard_groups(evidence)]
    else:
        blocks.append(no_study())
    blocks += [*_few_sales(evidence), *_not_valued(evidence), *_always()]
    return Section("limits", "Limits", tuple(blocks))


def _goals(evidence: Evidence) -> Iterable[Block]:
    goals = evidence.run.json("evaluation/metrics.json")["goals"]
    rows = []
    for place, goal in enumerate(goals):
        factor, digits = (100.0, 1) if goal["name"].startswith("coverage") else (1.0, _DIGITS.get(goal["name"][:3], 3))
        path = ("goals", str(place))
        if goal["figure"] is not None:
            low, high = (None if goal[end] is None else factor * goal[end] for end in ("lower", "upper"))
            digits = telling_digits(factor * goal["figure"], low, high, digits)
        name = evidence.json("evaluation/metrics.json", *path, "name")
        bounds = [
            evidence.json("evaluation/metrics.json", *path, end, digits=digits, factor=factor)
            if goal[end] is not None
            else "–"
            for end in ("lower", "upper")
        ]
        rows.append(
            row(
                replace(name, shown=name.shown.replace("_", " ")),
                evidence.json("evaluation/metrics.json", *path, "n_sales"),
                evidence.json("evaluation/metrics.json", *path, "figure", digits=digits, factor=factor)
                if goal["figure"] is not None
                else None,
                text("{low} to {high}", low=bounds[0], high=bounds[1]),
                "reached" if goal["is_reached"] else "not reached",
                evidence.json("evaluation/metrics.json", *path, "source"),
            )
        )
    missed = [goal["name"].replace("_", " ") for goal in goals if not goal["is_reached"]]
    if any(name.startswith("median ratio") for name in missed):
        yield Gap(
            words(
                "The level has drifted: the median ratio of the newest sales lies outside the goal. Values made with "
                "this version stand systematically off the market of those months."
            )
        )
    caption = words("Goals set before the test, and whether they were reached; coverage in percent")
    heads = ("Goal", "n", "found", "wanted", "reached?", "Set by")
    yield Table(caption, heads, tuple(rows), (4, 5))


def _groups(evidence: Evidence, statistic: str) -> pd.DataFrame:
    table = evidence.rows(STUDY, sample="all_sales", model="boosted", statistic=statistic)
    return table[(table["stratum"] != "overall") & table["estimate"].notna()]


def _cells(evidence: Evidence, item: pd.Series, statistic: str, digits: int) -> tuple[Text, Figure | None, Text]:
    where = {
        "sample": "all_sales",
        "model": "boosted",
        "stratum": item["stratum"],
        "level": item["level"],
        "statistic": statistic,
    }
    level = Figure(
        item["level"],
        level_words(item["stratum"], item["level"]),
        getattr(evidence.cell(STUDY, "level", where), "source", ""),
    )
    name = text(f"{STRATA_WORDS.get(item['stratum'], item['stratum'].replace('_', ' '))}: {{level}}", level=level)
    estimate, lower, upper = (evidence.cell(STUDY, end, where, digits) for end in ("estimate", "lower", "upper"))
    shown = text("{e} ({low} to {high})", e=estimate or "–", low=lower or "–", high=upper or "–")
    return name, evidence.cell(STUDY, "n_valued", where), shown


def _off_level(evidence: Evidence) -> Iterable[Block]:
    goal = OWN_GOALS["median_ratio"]
    table = _groups(evidence, "median_ratio")
    off = table[(table["lower"] > goal.upper) | (table["upper"] < goal.lower)]
    caption = words(
        "Groups whose level is off: the whole interval of the median ratio lies outside the goal. Of so many groups a "
        "few are found by chance alone; the ones with many sales are not"
    )
    if off.empty:
        yield Paragraph(words("No group's level is off by more than chance explains."))
        return
    rows = tuple(row(*_cells(evidence, item, "median_ratio", 3)) for _, item in off.iterrows())
    yield Table(caption, ("Group", "n valued", "median ratio"), rows)


def _hard_groups(evidence: Evidence) -> Iterable[Block]:
    table = _groups(evidence, "mdape").sort_values(["estimate", "stratum", "level"], ascending=[False, True, True])
    rows = tuple(row(*_cells(evidence, item, "mdape", 1)) for _, item in table.head(HARD_GROUPS).iterrows())
    if rows:
        yield Table(words("The hardest groups, by median error"), ("Group", "n valued", "median error, %"), rows)


def _few_sales(evidence: Evidence) -> Iterable[Block]:
    dwellings = evidence.rows("values.parquet")["market_area"].dropna().astype(str)
    sold = evidence.rows("holdout_values.parquet")["market_area"].astype(str).value_counts()
    n_sold = {area: int(sold.get(area, 0)) for area in sorted(set(dwellings))}
    few = sorted((n, area) for area, n in n_sold.items() if n < FEW_SALES)
    if not few:
        return
    rows = tuple(
        row(
            Figure(area, area, f"values.parquet?market_area={quote(area, safe='')}#market_area"),
            evidence.count("holdout_values.parquet", market_area=area),
            evidence.count("values.parquet", market_area=area),
        )
        for _, area in few
    )
    yield Table(
        words("Areas with too few new sales for a figure of their own: there, nobody knows how good the values are"),
        ("Area", "holdout sales", "dwellings on the roll"),
        rows,
    )


def _not_valued(evidence: Evidence) -> Iterable[Block]:
    told = text(
        "{n} dwellings of the roll have no value: a required fact is missing or wrong. They carry a flag and no "
        "number, and a person must value them. Of the holdout, {m} sales could not be valued; they count as missed.",
        n=evidence.json("receipt.json", "counts", "dwellings_not_valued"),
        m=evidence.json("evaluation/metrics.json", "holdout", "n_not_valued"),
    )
    yield Paragraph(told)


def _always() -> Iterable[Block]:
    yield Paragraph(
        words(
            "What no register shows, such as condition, view, noise or a quarrel about the roof, the model cannot "
            "know. Trees do not go beyond what was sold: dwellings larger, older or dearer than every sale are "
            "flagged. The version was tested on the months after its last sale; the further from them, the less the "
            "figures say."
        )
    )
