"""What do people read about new sales? One page: do the values still fit, where not, and where is it unknown?"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pandas as pd

from valuation.comparison.versions import Version
from valuation.drift.new_sales import NewSales
from valuation.drift.verdicts import ALARM, BLIND, MEASURE_WORDS, QUIET, WHOLE
from valuation.drift.watch import DriftReport
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import recorded, say, spoken
from valuation.pipeline.params import DriftParams
from valuation.report.blocks import Table
from valuation.report.cells import Cell, Figure, count, row, shown
from valuation.report.own_pages import in_every_language, rendered

_COLOURS = {ALARM: "no", QUIET: "yes", BLIND: ""}
_MOST_ROWS = 40


def pages(report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> dict[str, str]:
    """Return file name to HTML in every language of the place: files that open without a server and ask for nothing."""
    content = partial(_content, report, new, version, params)
    return in_every_language(
        version.bundle.jurisdiction.languages,
        lambda language, languages: rendered("valuation.drift", "drift.html", language, languages, content),
    )


def delay_in_words(report: DriftReport, params: DriftParams) -> str:
    """Return after how many new sales a shift of the whole level is seen, and in how many areas at all."""
    whole = report.areas.iloc[0]
    areas = report.areas[report.areas["area"] != WHOLE]
    seen = int(areas["delay_sales"].map(math.isfinite).sum())
    if not math.isfinite(whole["delay_sales"]):
        return say(
            "A shift of {shift:.0%} cannot be seen: the holdout is too small to compare with.", shift=params.level_shift
        )
    return say(
        "A shift of {shift:.0%} of the whole level is seen after about {n:,.0f} new sales ({weeks:.1f} weeks at the "
        "pace of the holdout), with a chance of {power:.0%}. In an area by itself it can be seen in {seen:,} of "
        "{all:,} areas, each after the number of sales told below; in the others the holdout has too few sales to "
        "compare with.",
        shift=params.level_shift,
        n=whole["delay_sales"],
        weeks=whole["delay_weeks"],
        power=params.power,
        seen=seen,
        all=len(areas),
    )


def _content(report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> dict[str, Any]:
    jurisdiction = version.bundle.jurisdiction
    blind = report.areas[report.areas["state"] == BLIND]
    return {
        "title": say("Do new sales in {place} fit the values in use?", place=jurisdiction.title.in_language(spoken())),
        "is_synthetic": jurisdiction.is_synthetic,
        "alarms": [_alarm(alarm, jurisdiction) for alarm in report.alarms],
        "is_blind": report.verdict == BLIND,
        "is_whole_blind": report.areas["state"].iloc[0] == BLIND,
        "version": version.described(),
        "report": report,
        "params": params,
        "n_new": len(new.table),
        "n_read": new.n_read,
        "left_out": _left_out(new),
        "n_areas": int((report.areas["area"] != WHOLE).sum()),
        "n_blind": int((blind["area"] != WHOLE).sum()),
        "delay": delay_in_words(report, params),
        "areas": _areas(report.areas),
        "delays": _delays(report.areas, params),
        "characteristics": _characteristics(report.characteristics, jurisdiction),
        "unseen": _unseen(report.unseen, jurisdiction),
        "most_rows": _MOST_ROWS,
    }


def _alarm(alarm: str, place: Jurisdiction) -> str:
    """Return an alarm in words; a characteristic is called what people call it."""
    name, mark, rest = alarm.partition(": ")
    item = place.characteristics.get(name) if mark else None
    return recorded(alarm) if item is None else f"{item.labels.in_language(spoken())}: {recorded(rest)}"


def _left_out(new: NewSales) -> str:
    counts = sorted(new.left_out["reason"].value_counts().items())
    told = [f"{shown(n, 0)}: {recorded(str(reason))}" for reason, n in counts] or [say("none")]
    if len(new.rejected):
        told.append(say("{n:,} cells or rows could not be read", n=len(new.rejected)))
    return "; ".join(told)


def _label(name: Any, place: Jurisdiction) -> str:
    """Return what a characteristic is called."""
    item = place.characteristics.get(name)
    return str(name) if item is None else item.labels.in_language(spoken())


def _area_name(name: Any) -> str:
    return say("All areas") if name == WHOLE else str(name)


def _figure(value: Any, digits: int, factor: float = 1, **marks: str) -> Figure:
    number = float(value)
    return Figure(number if math.isfinite(number) else None, digits, factor, marks)


def _areas(areas: pd.DataFrame) -> Table:
    rows = []
    for item in _rows(areas):
        marks = {"kind": "drift", "area": str(item.area)}
        bounds = (_figure(item.lower, 1, 100), _figure(item.upper, 1, 100))
        rows.append(
            row(
                _area_name(item.area),
                _state(item),
                count(item.n_new),
                count(item.n_holdout),
                Cell(_figure(item.level_shift, 1, 100, **marks), small=bounds if bounds[0].is_given else ""),
                _pair(item.cod_new, item.cod_holdout, 1),
                _pair(item.coverage_new, item.coverage_holdout, 0, 100),
                recorded(item.remark) or "–",
                is_apart=item.area == WHOLE,
            )
        )
    heads = (
        *(say("Area"), say("State"), say("New sales"), say("Holdout"), say("Level, %")),
        *(say("COD"), say("In range, %"), say("Remark")),
    )
    caption = say(
        "Level: new median ratio against that of the holdout, with its 95 % interval; above 0, values have come to "
        "lie high. COD and the share of prices within the range: new, and of the holdout below it."
    )
    return Table(say("By area"), caption, heads, rows, (1, 7))


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())


def _state(item: Any) -> Cell:
    which = ", ".join(say(MEASURE_WORDS[name]) for name in item.alarms.split("|") if name)
    return Cell(say(item.state) + (f": {which}" if which else ""), css=_COLOURS[item.state])


def _pair(new: float, old: float, digits: int, factor: float = 1) -> Cell:
    before = _figure(old, digits, factor)
    return Cell(_figure(new, digits, factor), small=say("holdout {figure}", figure=before) if before.is_given else "")


def _delays(areas: pd.DataFrame, params: DriftParams) -> Table:
    rows = []
    for item in _rows(areas):
        is_seen = math.isfinite(item.delay_sales)
        rows.append(
            row(
                _area_name(item.area),
                count(item.n_holdout),
                count(item.delay_sales) if is_seen else say("never"),
                _figure(item.delay_weeks, 0) if is_seen else "–",
                count(item.n_new),
                _figure(item.shift_seen, 1, 100),
            )
        )
    heads = (
        *(say("Area"), say("Holdout"), say("Sales needed"), say("Weeks"), say("New sales now")),
        say("Shift seen now, %"),
    )
    caption = say(
        "New sales until a shift of {shift:.0%} is seen with a chance of {power:.0%}, and the smallest shift that the "
        "sales there are now would show. Never: the holdout of the area is too small.",
        shift=params.level_shift,
        power=params.power,
    )
    return Table(say("Detection delay"), caption, heads, rows)


def _characteristics(found: pd.DataFrame, place: Jurisdiction) -> Table:
    ordered = found.sort_values("psi", ascending=False, na_position="last")
    rows = [
        row(
            _label(item.characteristic, place),
            Cell(say("has shifted"), css="no") if item.has_shifted else ("–" if item.remark else say("stable enough")),
            _figure(item.psi, 3, 1, kind="psi", characteristic=str(item.characteristic)),
            item.n_groups,
            recorded(item.remark) or "–",
        )
        for item in _rows(ordered)
    ]
    heads = (say("Characteristic"), say("State"), say("PSI"), say("Groups"), say("Remark"))
    caption = say("Population stability index against the holdout of the version.")
    return Table(say("Characteristics"), caption, heads, rows, (1, 4))


def _unseen(found: pd.DataFrame, place: Jurisdiction) -> Table | None:
    if found.empty:
        return None
    ordered = found.sort_values(["n_sales", "characteristic"], ascending=[False, True]).head(_MOST_ROWS)
    rows = [
        row(
            _label(item.characteristic, place),
            recorded(str(item.what)),
            count(item.n_sales),
            _figure(item.share, 1, 100),
        )
        for item in _rows(ordered)
    ]
    caption = say("Levels and figures that no sale had which the version has learned from.")
    heads = (say("Characteristic"), say("New"), say("Sales"), say("Share, %"))
    return Table(say("Never seen"), caption, heads, rows, (1,))
