"""Where does an average hide an error? The same figures by type, area, price level, age, size and tenure."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from valuation.ratio_study.pictures import Mark, dots_with_intervals
from valuation.ratio_study.strata import level_words
from valuation.report.blocks import Details, Heading, Picture, Section, Table, Text
from valuation.report.cells import Figure, row
from valuation.report.material import Material
from valuation.report.words import STRATUM, model, statistic

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
    for stratum, (title, meaning) in STRATUM.items():
        levels = figures.levels("all_sales", stratum)
        if levels:
            parts += [Heading(title), Text(meaning), *_stratum(material, stratum, title, levels)]
    if not parts:
        parts.append(Text("Not given: the study of this run has no groups.", "note"))
    return Section("groups", "By group", "By group", parts)


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
        return [*parts, Text("Not given: this run has no such figures by group.", "note")]
    if len(known) > MAX_DRAWN:
        told = (
            f"The picture shows the {MAX_DRAWN} of {len(known)} groups whose median ratio is lowest and highest; the "
            f"table has all {len(levels)}."
        )
        return [Text(told), *parts, Details(f"{title}: all groups", tables)]
    return [*parts, tables[0], *([Details(f"{title}: more figures", tables[1:])] if tables[1:] else [])]


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
                    level_words(stratum, level),
                    n,
                    figures.remark(names[0], **place),
                    *[""] * (len(names) * len(models) - 1),
                )
            )
            continue
        cells = [figures.cell(name, model=which, **place) for name in names for which in models]
        rows.append(row(level_words(stratum, level), n, *cells))
    heads = [title, "n", *(f"{statistic(name).head}: {model(which)}" for name in names for which in models)]
    return Table(
        title, material.caption(f"By {title.lower()}: every sale of the holdout, groups: {len(levels)}"), heads, rows
    )


def _drawn(material: Material, stratum: str, title: str, levels: list[str]) -> Markup:
    figures = material.ratios
    series = {}
    for which in figures.models():
        found = [figures.row("median_ratio", model=which, stratum=stratum, level=level) for level in levels]
        series[which] = [
            Mark(*(float(item.get(part, np.nan)) for part in ("estimate", "lower", "upper"))) for item in found
        ]
    words = [level_words(stratum, level) for level in levels]
    name = material.caption(f"Median ratio by {title.lower()}, with 95 % intervals")
    # Made by this program from its own figures, with every text escaped.
    return Markup(dots_with_intervals(name, words, series, axis="median ratio", band=(0.95, 1.05), ideal=1.0))  # noqa: S704


def hard_groups(material: Material) -> Section:
    """Return the groups whose median error lies, beyond chance, above that of all sales."""
    figures = material.ratios
    whole = figures.figure("mdape")
    rows = _hard_rows(material, whole) if whole.is_given else []
    parts: list[Any] = [
        Text(
            f"Groups of at least {MIN_HARD_SALES} sales whose whole interval of the median error lies above the median "
            "error of all sales: where a person's eye is worth most."
        )
    ]
    if rows:
        parts.append(
            Table(
                "Hard groups",
                material.caption(f"The {len(rows)} hardest groups, boosted model; all sales: {whole} %"),
                ["Group", "Stratum", "n", "median error, %", "median ratio", "COD"],
                rows,
                (1,),
            )
        )
    else:
        parts.append(Text("None: no group of that size is harder than the whole beyond chance."))
    return Section("hard", "Hard groups", "Hard groups", parts)


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
        title = STRATUM.get(stratum, (stratum, ""))[0]
        rows.append(row(level_words(stratum, level), title, figures.n(of="mdape", **place), *cells))
    return rows
