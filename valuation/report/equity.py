"""Are cheap and dear dwellings valued alike, and like ones alike? Each figure beside what noise alone would give."""

from __future__ import annotations

from typing import Any

from valuation.ratio_study.standards import STANDARDS
from valuation.report.blocks import Details, Heading, Section, Table, Text
from valuation.report.cells import row
from valuation.report.level import is_all_valid
from valuation.report.material import Material
from valuation.report.words import SAMPLE, VERTICAL, is_equity, model, statistic


def section(material: Material) -> Section:
    """Return vertical and horizontal equity of the models, for all sales and then for the other samples."""
    parts: list[Any] = [
        Text(
            "Noise in prices makes even perfect values look unfair. “Noise alone” is what a statistic would show for "
            "perfect values, were all the error found here noise in the prices. A figure no further from its ideal "
            "than that is no proof of unfairness; one that lies beyond it is."
        ),
        Heading("Vertical equity: cheap against dear"),
        Text(
            "PRD above 1, PRB, KI and VEI below 0 and MKI below 1 say that dear dwellings are valued lower, against "
            "their prices, than cheap ones (regressive)."
        ),
    ]
    samples = [name for name in SAMPLE if name in material.ratios.samples]
    parts += _of(material, "all_sales", is_vertical=True)
    horizontal = _of(material, "all_sales", is_vertical=False)
    parts.append(Heading("Horizontal equity: like dwellings, like values"))
    parts.append(
        Text(
            "Near-identical dwellings should have near-identical values: the less ratios spread among them, the better."
        )
        if horizontal
        else Text("Not given: this run has no figure of it.", "note")
    )
    parts += horizontal
    told_twice = {"all_sales", *(["valid_sales"] if is_all_valid(material) else [])}
    for sample in [name for name in samples if name not in told_twice]:
        others = _of(material, sample, is_vertical=True) + _of(material, sample, is_vertical=False)
        if others:
            parts.append(Details(f"The same for: {SAMPLE[sample][0].lower()}", others))
    return Section("equity", "Are dwellings valued alike?", "Equity", parts)


def _of(material: Material, sample: str, *, is_vertical: bool) -> list[Any]:
    figures = material.ratios
    given = [name for name in figures.statistics(sample) if is_equity(name) and (name in VERTICAL) == is_vertical]
    if not given:
        return []
    models = figures.models(sample)
    rows = []
    for name in given:
        cells = [figures.cell(name, sample=sample, model=which) for which in models]
        noise = figures.noise(name, sample=sample, model="boosted")
        rows.append(row(statistic(name).head, *cells, noise, _limits(name)))
    n = figures.n(of=given[0], sample=sample)
    title = "Vertical equity" if is_vertical else "Horizontal equity"
    caption = material.caption(
        f"{title}, {SAMPLE[sample][0].lower() if sample in SAMPLE else sample}, {n} sales valued"
    )
    heads = ["Statistic", *map(model, models), "noise alone (boosted)", "usual limits"]
    return [Table(f"{title}, {sample.replace('_', ' ')}", caption, heads, rows)]


def _limits(name: str) -> str:
    return str(STANDARDS[name]).replace("-", "−") if name in STANDARDS else "–"
