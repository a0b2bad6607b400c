"""How near are the values to the prices, and at which level? Every sample, every model, with intervals."""

from __future__ import annotations

from typing import Any

from valuation.languages.spoken import say, uncapitalised
from valuation.report.blocks import Heading, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.level_by_month import level_by_month, why_off_level
from valuation.report.material import Material
from valuation.report.words import LEVEL, SAMPLE, SPREAD, head, is_equity, model
from valuation.report.words import sample as sample_words


def section(material: Material) -> Section:
    """Return level and spread of each sample, then the level month by month."""
    figures = material.ratios
    parts: list[Any] = [
        Text(
            say(
                "All figures are of sales later than every sale that models, settings or ranges were made from. "
                "Those in brackets are 95 % intervals from {n_bootstrap} resamples of dwellings.",
                n_bootstrap=material.n_bootstrap,
            )
        )
    ]
    for sample in [*(name for name in SAMPLE if name in figures.samples), *(set(figures.samples) - set(SAMPLE))]:
        title, meaning = sample_words(sample)
        parts += [Heading(title), Text(meaning)]
        if sample == "valid_sales" and is_all_valid(material):
            parts.append(Text(say("Screening doubts no sale of this holdout: the figures are those of every sale.")))
        else:
            parts += _sample(material, sample, title)
    if "left_out_areas" not in figures.samples:
        parts.append(
            Text(
                say("Whole areas left out: not given. There are fewer than two areas, or the run is an older one."),
                "note",
            )
        )
    return Section("outcome", say("How near are the values to the prices?"), say("Level and spread"), parts)


def is_all_valid(material: Material) -> bool:
    """Return whether the valid sales are all sales, so that nothing has to be said twice."""
    figures = material.ratios
    return figures.n("n_sales").value == figures.n("n_sales", sample="valid_sales").value


def _sample(material: Material, sample: str, title: str) -> list[Any]:
    figures = material.ratios
    given = figures.statistics(sample)
    groups = {"Level": LEVEL, "Spread": SPREAD}
    others = [name for name in given if name not in {*LEVEL, *SPREAD} and not is_equity(name)]
    tables = []
    for place, (name, wanted) in enumerate(groups.items()):
        shown = [item for item in wanted if item in given] + (others if place else [])
        rows = [
            row(
                model(which),
                figures.n("n_sales", of=given[0], sample=sample, model=which),
                figures.n("n_valued", of=given[0], sample=sample, model=which),
                *(figures.cell(item, sample=sample, model=which) for item in shown),
            )
            for which in figures.models(sample)
        ]
        heads = [say("Model"), say("sales"), say("valued"), *map(head, shown)]
        caption = material.caption(
            say("{what} of the ratios of value to price: {sample}", what=say(name), sample=uncapitalised(title))
        )
        tables.append(Table(f"{say(name)}, {title}", caption, heads, rows))
    return tables


def by_month(material: Material) -> Section:
    """Return the median ratio month by month, and why it leaves its band."""
    months = level_by_month(material.folder.holdout)
    parts: list[Any] = []
    whole = material.ratios.figure("median_ratio")
    first_day = material.jurisdiction.holdout_from.isoformat()
    why = why_off_level(float(whole.value or 1), months, first_day) if whole.is_given else ""
    if why:
        parts.append(Text(why))
    rows = [_month(item) for item in months.to_dict("records")]
    if not rows:
        parts.append(Text(say("Not given: no month has 20 sales or more."), "note"))
        return Section("months", say("The level, month by month"), say("Month by month"), parts)
    caption = material.caption(
        say("Median ratio of the boosted model by month of sale; in brackets a 95 % interval by ranks")
    )
    parts.append(Table(say("Level by month"), caption, [say("Month of sale"), "n", say("median ratio")], rows))
    return Section("months", say("The level, month by month"), say("Month by month"), parts)


def _month(item: dict[Any, Any]) -> dict[str, Any]:
    marks = {"kind": "month", "month": str(item["month"])}
    ends = [
        Figure(item[f"median_ratio_{end}"], 3, 1, {**marks, "statistic": "median_ratio", "part": end})
        for end in ("lower", "upper")
    ]
    middle = Figure(item["median_ratio"], 3, 1, {**marks, "statistic": "median_ratio", "part": "estimate"})
    return row(item["month"], count(item["n_sales"], **marks, statistic="n_sales"), Cell(middle, (ends[0], ends[1])))
