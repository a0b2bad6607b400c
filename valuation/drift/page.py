"""What do people read about new sales? One page: do the values still fit, where not, and where is it unknown?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, PackageLoader

from valuation.comparison.versions import Version
from valuation.drift.new_sales import NewSales
from valuation.drift.verdicts import ALARM, BLIND, QUIET, WHOLE
from valuation.drift.watch import DriftReport
from valuation.pipeline.params import DriftParams
from valuation.report.blocks import Table, templates
from valuation.report.cells import Cell, Figure, count, row

_COLOURS = {ALARM: "no", QUIET: "yes", BLIND: ""}
_MOST_ROWS = 40


def page(report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> str:
    """Return the page of a check as HTML."""
    environment = templates()
    loader = environment.loader
    environment.loader = ChoiceLoader([PackageLoader("valuation.drift", "templates"), *([loader] if loader else [])])
    return environment.get_template("drift.html").render(**_content(report, new, version, params))


def delay_in_words(report: DriftReport, params: DriftParams) -> str:
    """Return after how many new sales a shift of the whole level is seen, and in how many areas at all."""
    whole = report.areas.iloc[0]
    areas = report.areas[report.areas["area"] != WHOLE]
    seen = int(areas["delay_sales"].map(math.isfinite).sum())
    shift = f"{params.level_shift:.0%}"
    if not math.isfinite(whole["delay_sales"]):
        return f"A shift of {shift} cannot be seen: the holdout is too small to compare with."
    return (
        f"A shift of {shift} of the whole level is seen after about {whole['delay_sales']:,.0f} new sales "
        f"({whole['delay_weeks']:.1f} weeks at the pace of the holdout), with a chance of {params.power:.0%}. In an "
        f"area by itself it can be seen in {seen:,} of {len(areas):,} areas, each after the number of sales told "
        "below; in the others the holdout has too few sales to compare with."
    )


def _content(report: DriftReport, new: NewSales, version: Version, params: DriftParams) -> dict[str, Any]:
    jurisdiction = version.bundle.jurisdiction
    blind = report.areas[report.areas["state"] == BLIND]
    return {
        "title": f"Do new sales in {jurisdiction.title.en} fit the values in use?",
        "is_synthetic": jurisdiction.is_synthetic,
        "alarms": report.alarms,
        "is_blind": report.verdict == BLIND,
        "is_whole_blind": report.areas["state"].iloc[0] == BLIND,
        "version": version.described(),
        "report": report,
        "params": params,
        "n_new": len(new.table),
        "n_read": new.n_read,
        "left_out": sorted(new.left_out["reason"].value_counts().items()),
        "n_rejected": len(new.rejected),
        "n_areas": int((report.areas["area"] != WHOLE).sum()),
        "n_blind": int((blind["area"] != WHOLE).sum()),
        "delay": delay_in_words(report, params),
        "areas": _areas(report.areas),
        "delays": _delays(report.areas, params),
        "characteristics": _characteristics(report.characteristics),
        "unseen": _unseen(report.unseen),
        "most_rows": _MOST_ROWS,
    }


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
                item.area,
                _state(item),
                count(item.n_new),
                count(item.n_holdout),
                Cell(_figure(item.level_shift, 1, 100, **marks), small=bounds if bounds[0].is_given else ""),
                _pair(item.cod_new, item.cod_holdout, 1),
                _pair(item.coverage_new, item.coverage_holdout, 0, 100),
                item.remark or "–",
                is_apart=item.area == WHOLE,
            )
        )
    heads = ("Area", "State", "New sales", "Holdout", "Level, %", "COD", "In range, %", "Remark")
    caption = (
        "Level: new median ratio against that of the holdout, with its 95 % interval; above 0, values have come to "
        "lie high. COD and the share of prices within the range: new, and of the holdout below it."
    )
    return Table("By area", caption, heads, rows, (1, 7))


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())


def _state(item: Any) -> Cell:
    which = f": {item.alarms.replace('|', ', ')}" if item.alarms else ""
    return Cell(item.state + which, css=_COLOURS[item.state])


def _pair(new: float, old: float, digits: int, factor: float = 1) -> Cell:
    before = _figure(old, digits, factor)
    return Cell(_figure(new, digits, factor), small=f"holdout {before}" if before.is_given else "")


def _delays(areas: pd.DataFrame, params: DriftParams) -> Table:
    rows = []
    for item in _rows(areas):
        is_seen = math.isfinite(item.delay_sales)
        rows.append(
            row(
                item.area,
                count(item.n_holdout),
                count(item.delay_sales) if is_seen else "never",
                _figure(item.delay_weeks, 0) if is_seen else "–",
                count(item.n_new),
                _figure(item.shift_seen, 1, 100),
            )
        )
    heads = ("Area", "Holdout", "Sales needed", "Weeks", "New sales now", "Shift seen now, %")
    caption = (
        f"New sales until a shift of {params.level_shift:.0%} is seen with a chance of {params.power:.0%}, and the "
        "smallest shift that the sales there are now would show. Never: the holdout of the area is too small."
    )
    return Table("Detection delay", caption, heads, rows)


def _characteristics(found: pd.DataFrame) -> Table:
    ordered = found.sort_values("psi", ascending=False, na_position="last")
    rows = [
        row(
            item.characteristic,
            Cell("has shifted", css="no") if item.has_shifted else ("–" if item.remark else "stable enough"),
            _figure(item.psi, 3, 1, kind="psi", characteristic=str(item.characteristic)),
            item.n_groups,
            item.remark or "–",
        )
        for item in _rows(ordered)
    ]
    heads = ("Characteristic", "State", "PSI", "Groups", "Remark")
    caption = "Population stability index against the holdout of the version."
    return Table("Characteristics", caption, heads, rows, (1, 4))


def _unseen(found: pd.DataFrame) -> Table | None:
    if found.empty:
        return None
    ordered = found.sort_values(["n_sales", "characteristic"], ascending=[False, True]).head(_MOST_ROWS)
    rows = [
        row(item.characteristic, item.what, count(item.n_sales), _figure(item.share, 1, 100)) for item in _rows(ordered)
    ]
    caption = "Levels and figures that no sale had which the version has learned from."
    return Table("Never seen", caption, ("Characteristic", "New", "Sales", "Share, %"), rows, (1,))
