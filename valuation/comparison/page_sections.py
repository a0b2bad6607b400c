"""What stands in each section of the page of a comparison? Tables and pictures from its figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.comparison.comparison import Comparison
from valuation.comparison.movers import PARTS
from valuation.comparison.paired import STRATA as PAIRED_STRATA
from valuation.comparison.pictures import accuracy_equity_picture, change_picture
from valuation.comparison.value_shift import STRATA as SHIFT_STRATA
from valuation.comparison.words import (
    SAMPLES,
    SHOWN,
    STRATA,
    change,
    closer,
    difference,
    figure,
    share,
    shown_as,
    signed,
)
from valuation.languages.spoken import recorded, say, spoken, uncapitalised, written
from valuation.ratio_study.study import MIN_STRATUM_SALES
from valuation.report.blocks import Details, Heading, Picture, Table, Text
from valuation.report.cells import Cell, count, row, shown
from valuation.report.words import group

MAX_ROWS = 30
"""Rows of a list on the page; the Parquet files hold all."""
_OF_GROUPS = ("mdape", "cod", "median_ratio")


# -- accuracy ---------------------------------------------------------------------------------------------------------


def judged(comparison: Comparison) -> list[Any]:
    """Return the paired figures of all sales."""
    parts: list[Any] = [
        Text(
            say(
                "Both versions value the same sales, which neither has learned from, and every resample draws the "
                "same dwellings for both: so the interval of a difference is narrower than those of the two "
                "figures. A version is called closer when its figure lies nearer to the ideal (no error, a ratio "
                "of 1, the promised share) and the interval of that lead leaves out zero; else a difference is "
                "“not shown”, which is not “none”."
            )
        )
    ]
    for sample, name in SAMPLES.items():
        rows = comparison.paired[
            (comparison.paired["sample"] == sample) & (comparison.paired["stratum"] == "overall")
        ].to_dict("records")
        if rows:
            parts.append(_judged_table(say(name), sample, rows, comparison.n_bootstrap))
    return parts


def _judged_table(name: str, sample: str, rows: list[dict[Any, Any]], n_bootstrap: int) -> Any:
    n = int(rows[0]["n_sales"])
    if rows[0]["remark"]:
        return Text(f"{name}: {recorded(rows[0]['remark'])}.", css="note")
    cells = [
        row(
            shown_as(item["statistic"]),
            *(_side(item, letter, sample) for letter in "ab"),
            difference(item, sample=sample),
            closer(item),
        )
        for item in rows
    ]
    caption = say("{name}: n = {n:,}; {n_bootstrap} resamples of dwellings", name=name, n=n, n_bootstrap=n_bootstrap)
    return Table(name, caption, [say("Statistic"), "A", "B", say("B less A"), say("Closer")], cells)


def _side(item: dict[Any, Any], letter: str, sample: str) -> Cell:
    _, digits, factor = SHOWN[item["statistic"]]
    marks = {"kind": "paired", "of": letter, "statistic": item["statistic"], "sample": sample}
    main = figure(item[f"estimate_{letter}"], digits, factor, **marks)
    bounds = [shown(item[f"{end}_{letter}"], digits, factor) for end in ("lower", "upper")]
    return Cell(main, f"({say('{} to {}', *bounds)})" if main.is_given else "")


def by_group(comparison: Comparison) -> list[Any]:
    """Return the paired figures by type, area and price level."""
    rows = comparison.paired[comparison.paired["stratum"] != "overall"]
    shown_rows = rows[rows["statistic"].isin(_OF_GROUPS) & (rows["remark"] == "")]
    n_shown = int((shown_rows["better"] != "").sum())
    parts: list[Any] = [
        Text(
            say(
                "{n:,} differences stand below, {n_shown:,} of them with a version shown to be closer. Were there "
                "no difference anywhere, chance alone would show about {by_chance:.0f}: look for patterns, not "
                "for single rows. Price levels are cut by half the price and half of what both versions say.",
                n=len(shown_rows),
                n_shown=n_shown,
                by_chance=0.05 * len(shown_rows),
            )
        )
    ]
    for stratum in PAIRED_STRATA:
        parts += _group_table(stratum, rows[rows["stratum"] == stratum])
    return parts


def _group_table(stratum: str, rows: pd.DataFrame) -> list[Any]:
    title = say(STRATA[stratum])
    few = rows[(rows["n_sales"] < MIN_STRATUM_SALES)].drop_duplicates("level")
    given = rows[rows["n_sales"] >= MIN_STRATUM_SALES]
    cells = []
    for level, part in given.groupby("level", sort=True):
        figures = {item["statistic"]: item for item in part.to_dict("records")}
        cells.append(row(group(stratum, str(level)), _n(part), *_group_cells(figures, stratum, str(level))))
    heads = [say("Group"), "n"]
    for name in _OF_GROUPS:
        heads += [f"{shown_as(name)}: A", "B", say("B less A"), say("closer")]
    caption = (
        say("{n} groups; “–”: neither is shown to be closer", n=len(cells))
        if cells
        else say("No group has sales enough")
    )
    if len(few):
        listed = ", ".join(
            f"{group(stratum, item['level'])} (n = {item['n_sales']})" for item in few.to_dict("records")
        )
        caption += ". " + say(
            "Not given, fewer than {least} sales: {listed}",
            least=MIN_STRATUM_SALES,
            listed=listed,
        )
    table = Table(title, caption, heads, cells)
    return [Heading(title), table if cells else Text(f"{caption}.", css="note")]


def _n(part: pd.DataFrame) -> Any:
    return count(int(part["n_sales"].iloc[0]), kind="count", of="paired sales")


def _group_cells(figures: dict[Any, dict[Any, Any]], stratum: str, level: str) -> list[Any]:
    cells: list[Any] = []
    for name in _OF_GROUPS:
        _, digits, factor = SHOWN[name]
        marks = {"kind": "paired", "statistic": name, "stratum": stratum, "level": level}
        item = figures[name]
        cells += [figure(item[f"estimate_{letter}"], digits, factor, of=letter, **marks) for letter in "ab"]
        cells += [difference(item, stratum=stratum, level=level), closer(item, "–")]
    return cells


# -- values -----------------------------------------------------------------------------------------------------------


def shifts(comparison: Comparison) -> list[Any]:
    """Return how far the values of the roll move."""
    bands = comparison.bands
    counted = [
        row(recorded(item["band"]), count(item["n_dwellings"], kind="band", of=item["band"]), share(item["share"]))
        for item in bands.to_dict("records")
    ]
    parts: list[Any] = [
        Text(say("The whole roll, no sample: dwellings with a value in both versions, each counted once.")),
        Picture(_inline(change_picture(bands))),
        Details(
            say("The same figures as a table"),
            [Table(say("Change"), say("By change of value"), [say("Change"), "n", say("share")], counted)],
        ),
    ]
    for stratum in SHIFT_STRATA:
        parts += [Heading(say(STRATA[stratum])), _shift_table(comparison.shift, stratum)]
    return parts


def _shift_table(shift: pd.DataFrame, stratum: str) -> Table:
    kept = pd.concat([shift[shift["stratum"] == "overall"], shift[shift["stratum"] == stratum]])
    rows: list[dict[str, Any]] = []
    for item in kept.to_dict("records"):
        name = say("all") if item["stratum"] == "overall" else group(_decile_words(stratum), item["level"])
        marks = {"stratum": item["stratum"], "level": item["level"], "kind": "shift"}
        spread = (
            say("{} to {}", signed(item["p5_pct"]), signed(item["p95_pct"]))
            if not item["remark"]
            else recorded(item["remark"])
        )
        rows.append(
            row(
                name,
                count(item["n_dwellings"], of="n_dwellings", **marks),
                signed(item["total_change_pct"]),
                change(item["median_change_pct"], 1, of="median_change_pct", **marks),
                spread,
                *(
                    figure(item[key], 1, 100, of=key, **marks)
                    for key in ("share_up_10", "share_up_20", "share_down_10", "share_down_20")
                ),
                is_apart=item["stratum"] != "overall" and len(rows) == 1,
            )
        )
    heads = [say("Group"), "n", say("sum, %"), say("median, %"), say("5 to 95 % of dwellings, %")]
    heads += [say("up more than {limit} %, %", limit=limit) for limit in (10, 20)]
    heads += [say("down more than {limit} %, %", limit=limit) for limit in (10, 20)]
    return Table(
        say("Change of value, {stratum}", stratum=uncapitalised(say(STRATA[stratum]))),
        say("Change of the value from A to B"),
        heads,
        rows,
    )


def _decile_words(stratum: str) -> str:
    return "price_decile" if stratum == "value_decile" else stratum


def movers(comparison: Comparison) -> list[Any]:
    """Return the largest movers with the parts of their change."""
    currency = comparison.after.bundle.jurisdiction.currency
    return [
        Text(
            say(
                "Each is valued again in three steps: A's model on the facts of B (data), B's model on them at the "
                "day of A (model), B's model at its own day (time). The parts sum to the change, to the unit of "
                "money."
            )
        ),
        _movers_table(comparison.movers, currency),
        Heading(say("What moved the roll as a whole")),
        _causes_table(comparison.moved_by, currency),
    ]


def _movers_table(table: pd.DataFrame, currency: str) -> Any:
    if table.empty:
        return Text(say("No dwelling has another value in B than in A."), css="note")
    rows = []
    for item in table.to_dict("records"):
        marks = {"kind": "mover", "dwelling": item["dwelling_id"]}
        rows.append(
            row(
                Cell(item["dwelling_id"], f"{item['dwelling_type']}, {item['market_area']}"),
                *(figure(item[name], 0, of=name, **marks) for name in ("value_a", "value_b")),
                signed(item["change_pct"], 0),
                *(_part(item[name], name, marks) for name in PARTS),
                _why(item),
            )
        )
    heads = [
        say("Dwelling"),
        "A",
        "B",
        say("change, %"),
        *map(say, PARTS),
        say("Facts that changed, remarks, flags in B"),
    ]
    caption = say("{n} dwellings, by relative change; parts in {currency}", n=len(rows), currency=currency)
    return Table(say("Largest movers"), caption, heads, rows, [7])


def _part(amount: float, name: str, marks: dict[str, str]) -> Any:
    return change(amount, 0, 1, of=name, **marks) if np.isfinite(amount) else say("not given")


def _why(item: dict[Any, Any]) -> str:
    said = [item["changed_facts"]] if item["changed_facts"] else []
    if item["remark"]:
        known = np.isfinite(item["data_and_model"])
        said.append(f"{recorded(item['remark'])}{': ' + signed(item['data_and_model'], 0) if known else ''}")
    said += [str(item["flags"]).replace("|", ", ")] if item["flags"] else []
    return "; ".join(said)


def _causes_table(moved_by: dict[str, Any], currency: str) -> Any:
    n, drawn = moved_by["n_dwellings"], moved_by["n_drawn"]
    if not n:
        return Text(
            say("None of {drawn:,} dwellings drawn at random could be valued again in every step.", drawn=drawn),
            css="note",
        )
    words = {"data": say("data: other facts"), "model": say("model: another model"), "time": say("time: another day")}
    rows = [
        row(
            words.get(part, say("all together")),
            change(moved_by[part]["total"], 0, kind="cause", of=f"{part} total"),
            signed(moved_by[part]["total_pct"]),
            figure(moved_by[part]["mean_absolute_pct"], 1, kind="cause", of=f"{part} mean"),
            is_apart=part == "change",
        )
        for part in (*PARTS, "change")
    ]
    caption = say("{n:,} of {drawn:,} dwellings drawn at random, valued again in each step", n=n, drawn=drawn)
    heads = [say("Part"), say("sum, {currency}", currency=currency), say("sum, % of A"), say("mean size, % of A")]
    return Table(say("What moved the roll"), caption, heads, rows)


# -- roll, tax, versions ----------------------------------------------------------------------------------------------


def roll(comparison: Comparison) -> list[Any]:
    """Return what changed in the roll itself: dwellings that came and went, and facts."""
    rolls = comparison.rolls
    counts = rolls.by_characteristic()
    parts: list[Any] = [
        Text(
            say(
                "{n:,} dwellings stand in both rolls. Compared are the characteristics of the data dictionary and "
                "the coordinates; roll_changes.parquet holds every change.",
                n=len(rolls.common),
            )
        )
    ]
    if len(counts):
        rows = [
            row(
                Cell(_label(comparison, item["characteristic"]), item["characteristic"]),
                count(item["n_dwellings"], kind="fact", of=item["characteristic"]),
            )
            for item in counts.to_dict("records")
        ]
        parts.append(
            Table(
                say("Facts that changed"), say("Dwellings with another fact in B"), [say("Characteristic"), "n"], rows
            )
        )
    else:
        parts.append(Text(say("No fact of any of them changed.")))
    for state, title, letter in (("new", say("New in B"), "b"), ("gone", say("Gone from B"), "a")):
        parts += _list_of(comparison, rolls.ids(state), title, letter)
    return parts


def _label(comparison: Comparison, name: str) -> str:
    known = comparison.before.bundle.jurisdiction.characteristics.get(name)
    return say("Coordinates") if known is None else str(known.labels.in_language(spoken()))


def _list_of(comparison: Comparison, ids: list[str], title: str, letter: str) -> list[Any]:
    if not ids:
        return [Heading(title), Text(say("No dwelling."))]
    known = comparison.changes.set_index("dwelling_id").loc[ids[:MAX_ROWS]].reset_index()
    rows = [
        row(item["dwelling_id"], item["dwelling_type"], item["market_area"], shown(item[f"value_{letter}"], 0))
        for item in known.to_dict("records")
    ]
    caption = say("{n} of {all:,} dwellings", n=len(rows), all=len(ids))
    heads = [say("Dwelling"), say("Type"), say("Area"), say("value in {version}", version=letter.upper())]
    return [Heading(title), Table(title, caption, heads, rows, [1, 2])]


def tax(comparison: Comparison) -> list[Any]:
    """Return what the values would do to the tax."""
    found = comparison.tax
    if found.table.empty:
        return [
            Text(
                f"{comparison.after.bundle.jurisdiction.title.in_language(spoken())}: {recorded(found.rules)}.",
                css="note",
            )
        ]
    currency = comparison.after.bundle.jurisdiction.currency
    parts: list[Any] = [
        Text(say("Rules: {rules}.", rules=recorded(found.rules))),
        *(Text(recorded(line)) for line in found.statements),
    ]
    told = comparison.after.bundle.jurisdiction.law.told()
    parts += [Details(say("Each rule with its source"), [Text(recorded(line)) for line in told])] if told else []
    for stratum in SHIFT_STRATA:
        parts += [Heading(say(STRATA[stratum])), _tax_table(found.table, stratum, currency)]
    return parts


def _tax_table(table: pd.DataFrame, stratum: str, currency: str) -> Table:
    kept = pd.concat([table[table["stratum"] == "overall"], table[table["stratum"] == stratum]])
    rows: list[dict[str, Any]] = []
    for item in kept.to_dict("records"):
        name = say("all") if item["stratum"] == "overall" else group(_decile_words(stratum), item["level"])
        marks = {"stratum": item["stratum"], "level": item["level"], "kind": "tax"}
        rows.append(
            row(
                name,
                *(count(item[key], of=key, **marks) for key in ("n_dwellings", "tax_a", "tax_b")),
                change(item["change"], 0, of="change", **marks),
                signed(item["change_pct"]),
                change(item["median_change"], 0, of="median_change", **marks),
                *(count(item[key], of=key, **marks) for key in ("n_more", "n_less", "n_same")),
                say("{} to {}", signed(item["largest_fall"], 0), signed(item["largest_rise"], 0)),
                is_apart=item["stratum"] != "overall" and len(rows) == 1,
            )
        )
    heads = [
        say("Group"),
        "n",
        say("tax A"),
        say("tax B"),
        say("B less A"),
        "%",
        say("in the middle"),
        say("pay more"),
        say("pay less"),
        say("same"),
        say("extremes"),
    ]
    return Table(
        say("Tax, {stratum}", stratum=uncapitalised(say(STRATA[stratum]))),
        say("Yearly tax in {currency}", currency=currency),
        heads,
        rows,
    )


def versions(comparison: Comparison) -> list[Any]:
    """Return all tracked versions: accuracy against equity."""
    table = comparison.versions.table
    rows = [
        row(
            f"{item['number']}. {item['name']}",
            item["role"] or (say("live") if item["is_champion"] else ""),
            item["model_version"],
            shown(item["n_sales"], 0),
            *(_with_bounds(item, name, digits) for name, digits in (("cod", 1), ("mdape", 1), ("prb", 3))),
        )
        for item in table.to_dict("records")
    ]
    heads = [say("Run"), say("Part in this"), say("Model version"), "n", "COD", say("median error, %"), "PRB"]
    return [
        Text(
            say(
                "Down is accurate (a small spread of ratios), left is fair (cheap and dear dwellings valued "
                "alike). Each version stands with its own holdout's valid sales: where holdouts differ, position "
                "alone proves nothing."
            )
        ),
        *(Text(recorded(line)) for line in comparison.versions.statements),
        Picture(_inline(accuracy_equity_picture(table))),
        Text(say("Square: A. Triangle: B. Ring: the live version. Lines: 95 % intervals.")),
        Table(say("All versions"), say("{n} versions", n=len(rows)), heads, rows, [1, 2]),
    ]


def _with_bounds(item: dict[Any, Any], name: str, digits: int) -> Cell:
    bounds = [shown(item[f"{name}_{end}"], digits) for end in ("lower", "upper")]
    small = f"({say('{} to {}', *bounds)})" if np.isfinite(item[f"{name}_lower"]) else ""
    return Cell(shown(item[name], digits), small)


def made_of(comparison: Comparison) -> list[Any]:
    """Return what the two versions are made of, by hash."""
    sides = [comparison.before.described(), comparison.after.described()]
    rows = [row(recorded(name.replace("_", " ")), *(_as_text(side[name]) for side in sides)) for name in sides[0]]
    return [Table(say("Made of"), say("The two versions"), [say("What"), "A", "B"], rows, [1, 2])]


def _as_text(item: Any) -> str:
    text = written(f"{item:,}") if isinstance(item, int) else str(item)
    # A hash is told by its beginning; comparison.json holds all of it.
    return f"{text[:16]}…" if len(text) == 64 else text


def _inline(svg: str) -> Markup:
    # Made by this program from its own figures, with every text escaped.
    return Markup(svg)  # noqa: S704
