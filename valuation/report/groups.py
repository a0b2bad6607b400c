"""Where does an average hide an error? The same figures by type, area, price level, age, size and tenure."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from valuation.languages.spoken import say, uncapitalised
from valuation.ratio_study.pictures import Mark, dots_with_intervals
from valuation.report.blocks import Details, Heading, Picture, Section, Table, Text
from valuation.report.cells import Figure, row
from valuation.report.material import Material
from valuation.report.words import STRATUM, group, head, model
from valuation.report.words import stratum as stratum_words

SHOWN = ("median_ratio", "mdape", "cod", "share_above")
MORE = ("prd", "prb", "mape", "share_within_10", "share_within_20")
MAX_DRAWN = 14
"""Groups a picture can hold; more stand in the table."""
MIN_HARD_SALES = 50
"""Sales a group needs before it is called hard: with fewer, chance decides who comes first."""
N_HARD = 12


def section(material: Material) -> Section:
    """Return a picture and tables for each stratum."""
    figures = material.ratios
    parts: list[Any] = []
    for stratum in STRATUM:
        title, meaning = stratum_words(stratum)
        levels = figures.levels("all_sales", stratum)
        if levels:
            parts += [Heading(title), Text(meaning), *_stratum(material, stratum, title, levels)]
    if not parts:
        parts.append(Text(say("Not given: the study of this run has no groups."), "note"))
    return Section("groups", say("By group"), say("By group"), parts)


def _stratum(material: Material, stratum: str, title: str, levels: list[str]) -> list[Any]:
    known = [level for level in levels if material.ratios.figure("median_ratio", stratum=stratum, level=level).is_given]
    parts: list[Any] = []
    if known:
        parts.append(Picture(_drawn(material, stratum, title, drawn_levels(material, stratum, known))))
    tables = [
        _table(material, stratum, title, levels, names)
        for names in (SHOWN, MORE)
        if set(names) & set(material.ratios.statistics("all_sales", stratum))
    ]
    if not tables:
        return [*parts, Text(say("Not given: this run has no such figures by group."), "note")]
    if len(known) > MAX_DRAWN:
        told = say(
            "The picture shows the {drawn} of {n} groups whose median ratio is lowest and highest; the table "
            "has all {all}.",
            drawn=MAX_DRAWN,
            n=len(known),
            all=len(levels),
        )
        return [Text(told), *parts, Details(say("{title}: all groups", title=title), tables)]
    return [
        *parts,
        tables[0],
        *([Details(say("{title}: more figures", title=title), tables[1:])] if tables[1:] else []),
    ]


def drawn_levels(material: Material, stratum: str, known: list[str]) -> list[str]:
    """Return the groups a picture can hold: all of them, or those with the lowest and the highest median ratio."""
    if len(known) <= MAX_DRAWN:
        return known
    ordered = sorted(
        known, key=lambda level: (material.ratios.row("median_ratio", stratum=stratum, level=level)["estimate"], level)
    )
    return [*ordered[: MAX_DRAWN // 2], *ordered[-(MAX_DRAWN // 2) :]]


def _table(material: Material, stratum: str, title: str, levels: list[str], wanted: tuple[str, ...]) -> Table:
    figures = material.ratios
    names = [name for name in wanted if name in figures.statistics("all_sales", stratum)]
    models = figures.models()
    rows = []
    for level in levels:
        place = {"stratum": stratum, "level": level}
        n = figures.n(of=names[0], **place)
        if not any(figures.figure(name, model=which, **place).is_given for name in names for which in models):
            # One remark for the row: the same words in every cell would say it no better.
            rows.append(
                row(
                    group(stratum, level),
                    n,
                    figures.remark(names[0], **place),
                    *[""] * (len(names) * len(models) - 1),
                )
            )
            continue
        cells = [figures.cell(name, model=which, **place) for name in names for which in models]
        rows.append(row(group(stratum, level), n, *cells))
    heads = [title, "n", *(f"{head(name)}: {model(which)}" for name in names for which in models)]
    return Table(
        title,
        material.caption(
            say("By {group}: every sale of the holdout, groups: {n}", group=uncapitalised(title), n=len(levels))
        ),
        heads,
        rows,
    )


def _drawn(material: Material, stratum: str, title: str, levels: list[str]) -> Markup:
    figures = material.ratios
    series = {}
    for which in figures.models():
        found = [figures.row("median_ratio", model=which, stratum=stratum, level=level) for level in levels]
        series[which] = [
            Mark(*(float(item.get(part, np.nan)) for part in ("estimate", "lower", "upper"))) for item in found
        ]
    words = [group(stratum, level) for level in levels]
    name = material.caption(say("Median ratio by {group}, with 95 % intervals", group=uncapitalised(title)))
    # Made by this program from its own figures, with every text escaped.
    return Markup(dots_with_intervals(name, words, series, axis=say("median ratio"), band=(0.95, 1.05), ideal=1.0))  # noqa: S704


def hard_groups(material: Material) -> Section:
    """Return the groups whose median error lies, beyond chance, above that of all sales."""
    figures = material.ratios
    whole = figures.figure("mdape")
    rows = _hard_rows(material, whole) if whole.is_given else []
    parts: list[Any] = [
        Text(
            say(
                "Groups of at least {least} sales whose whole interval of the median error lies above the "
                "median error of all sales: where a person's eye is worth most.",
                least=MIN_HARD_SALES,
            )
        )
    ]
    if rows:
        parts.append(
            Table(
                say("Hard groups"),
                material.caption(
                    say("The {n} hardest groups, boosted model; all sales: {whole} %", n=len(rows), whole=whole)
                ),
                [say("Group"), say("Stratum"), "n", say("median error, %"), say("median ratio"), say("COD")],
                rows,
                (1,),
            )
        )
    else:
        parts.append(Text(say("None: no group of that size is harder than the whole beyond chance.")))
    return Section("hard", say("Hard groups"), say("Hard groups"), parts)


def _hard_rows(material: Material, whole: Figure) -> list[dict[str, Any]]:
    figures = material.ratios
    table = figures.table
    chosen = table[
        (table["sample"] == "all_sales")
        & (table["model"] == "boosted")
        & (table["statistic"] == "mdape")
        & (table["stratum"] != "overall")
        & (table["n_valued"] >= MIN_HARD_SALES)
        & (table["lower"] > whole.value)
    ]
    rows = []
    for item in chosen.sort_values(["estimate", "level"], ascending=[False, True]).head(N_HARD).to_dict("records"):
        stratum, level = str(item["stratum"]), str(item["level"])
        place = {"stratum": stratum, "level": level}
        cells = [figures.cell(name, **place) for name in ("mdape", "median_ratio", "cod")]
        title = stratum_words(stratum)[0]
        rows.append(row(group(stratum, level), title, figures.n(of="mdape", **place), *cells))
    return rows
