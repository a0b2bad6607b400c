"""Are cheap and dear dwellings valued alike, and like ones alike? Each figure beside what noise alone would give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from valuation.languages.spoken import say, uncapitalised
from valuation.ratio_study.standards import STANDARDS
from valuation.report.blocks import Details, Heading, Section, Table, Text
from valuation.report.cells import row
from valuation.report.level import is_all_valid
from valuation.report.material import Material
from valuation.report.words import CHASING, SAMPLE, VERTICAL, head, is_equity, limits, model
from valuation.report.words import sample as sample_words


def section(material: Material) -> Section:
    """Return vertical and horizontal equity of the models, for all sales and then for the other samples."""
    parts: list[Any] = [
        Text(
            say(
                "Noise in prices makes even perfect values look unfair. “Noise alone” is what a statistic would "
                "show for perfect values, were all the error found here noise in the prices. A figure no further "
                "from its ideal than that is no proof of unfairness; one that lies beyond it is."
            )
        ),
        Heading(say("Vertical equity: cheap against dear")),
        Text(
            say(
                "PRD above 1, PRB, KI and VEI below 0 and MKI below 1 say that dear dwellings are valued lower, "
                "against their prices, than cheap ones (regressive)."
            )
        ),
    ]
    samples = [name for name in SAMPLE if name in material.ratios.samples]
    parts += _of(material, "all_sales", "Vertical equity")
    parts.append(Heading(say("Horizontal equity: like dwellings, like values")))
    parts.append(
        Text(
            say(
                "Near-identical dwellings (one type, tenure, area; like size and age) should have near-identical "
                "values. Their prices spread too; values should spread less than those, and less than noise would "
                "have it."
            )
        )
    )
    parts += _of(material, "all_sales", "Horizontal equity") or [_gap()]
    parts.append(Heading(say("Were values drawn to the prices they were tested on?")))
    parts.append(
        Text(
            say(
                "Too many ratios at the median, or dwellings sold before much nearer to their price than others, "
                "are signs that a model knows prices it should not. Intervals that hold 0 show none."
            )
        )
    )
    parts += _of(material, "all_sales", "Signs of sales chasing") or [_gap()]
    told_twice = {"all_sales", *(["valid_sales"] if is_all_valid(material) else [])}
    for sample in [name for name in samples if name not in told_twice]:
        others = [table for kind in _KINDS for table in _of(material, sample, kind)]
        if others:
            parts.append(Details(say("The same for: {sample}", sample=uncapitalised(sample_words(sample)[0])), others))
    return Section("equity", say("Are dwellings valued alike?"), say("Equity"), parts)


_KINDS: dict[str, Callable[[str], bool]] = {
    "Vertical equity": lambda name: name.startswith(VERTICAL),
    "Horizontal equity": lambda name: not name.startswith(VERTICAL) and name not in CHASING,
    "Signs of sales chasing": lambda name: name in CHASING,
}


def _gap() -> Text:
    return Text(say("Not given: this run has no figure of it."), "note")


def _of(material: Material, sample: str, title: str) -> list[Any]:
    figures = material.ratios
    given = [name for name in figures.statistics(sample) if is_equity(name) and _KINDS[title](name)]
    if not given:
        return []
    models = figures.models(sample)
    rows = []
    for name in given:
        cells = [figures.cell(name, sample=sample, model=which) for which in models]
        noise = figures.noise(name, sample=sample, model="boosted")
        first: Any = head(name)
        if not name.startswith(VERTICAL):
            # Of dwellings that have twins, not of all sales.
            first = Markup("{}; n = {}").format(first, figures.n(of=name, sample=sample))
        rows.append(row(first, *cells, noise, _limits(name)))
    n = figures.n(sample=sample)
    caption = material.caption(
        say(
            "{title}, {sample}, {n} sales valued",
            title=say(title),
            sample=uncapitalised(sample_words(sample)[0]),
            n=n,
        )
    )
    heads = [say("Statistic"), *map(model, models), say("noise alone (boosted)"), say("usual limits")]
    return [Table(f"{say(title)}, {uncapitalised(sample_words(sample)[0])}", caption, heads, rows)]


def _limits(name: str) -> str:
    return limits(STANDARDS[name]) if name in STANDARDS else "–"
