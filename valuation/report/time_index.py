"""How did prices move? The index that brings prices to the valuation date, month by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from valuation.languages.spoken import say
from valuation.report.blocks import Details, Picture, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.drawing import Line, lines
from valuation.report.material import Material
from valuation.sales.time_adjustment import ALL

_Z_95 = 1.959964
_COLUMNS = ("market_area", "dwelling_type", "month", "log_index", "standard_error", "n_sales")


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """Return the index of all areas and types, 100 at the valuation date, with its 95 % interval.

    Returns
    -------
    DataFrame
        `month` (text), `index, lower, upper, n_sales`, sorted.
    """
    rows = table[(table["market_area"] == ALL) & (table["dwelling_type"] == ALL)].sort_values("month")
    level, error = rows["log_index"].to_numpy(dtype=float), rows["standard_error"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "month": rows["month"].dt.strftime("%Y-%m").to_numpy(str),
            "index": 100 * np.exp(level),
            "lower": 100 * np.exp(level - _Z_95 * error),
            "upper": 100 * np.exp(level + _Z_95 * error),
            "n_sales": rows["n_sales"].to_numpy(),
        }
    )


def section(material: Material) -> Section:
    """Return picture and table of the index of all sales."""
    months = overall(material.folder.table("time_index.parquet", _COLUMNS))
    last = material.jurisdiction.valuation_date.strftime("%Y-%m")
    # What comes after the valuation date nobody needs.
    months = months[months["month"] <= last].reset_index(drop=True)
    parts: list[Any] = [
        Text(
            say(
                "Prices are brought to the valuation date, {day}, with this index; 100 is the level on that "
                "date. The line is the index of all sales, the band its 95 % interval for the step from that month "
                "to the valuation date; areas and types move around it. Months after the last known sale are "
                "forecast.",
                day=material.jurisdiction.valuation_date.isoformat(),
            )
        )
    ]
    if len(months) < 2:
        parts.append(Text(say("Not given: the index has {n} months before the valuation date.", n=len(months)), "note"))
        return Section("time", say("Time index"), say("Time index"), parts)
    rows = [_row(item) for item in months.to_dict("records")]
    caption = material.caption(say("Index of all areas and types; months after the last known sale are forecast (n 0)"))
    parts.append(Picture(_drawn(material, months)))
    table = Table(say("Time index"), caption, [say("Month"), say("Index"), say("sales")], rows)
    parts.append(Details(say("The index month by month"), [table]))
    return Section("time", say("Time index"), say("Time index"), parts)


def _row(item: dict[Any, Any]) -> dict[str, Any]:
    marks = {"kind": "index", "month": item["month"]}
    middle, low, high = (Figure(item[part], 1, 1, {**marks, "part": part}) for part in ("index", "lower", "upper"))
    return row(item["month"], Cell(middle, (low, high)), count(item["n_sales"], **marks, part="n_sales"))


def _drawn(material: Material, months: pd.DataFrame) -> Markup:
    place = np.arange(len(months), dtype=float)
    # From the last month with sales on, the line is a forecast.
    with_sales = np.flatnonzero(months["n_sales"].to_numpy() > 0)
    known = int(with_sales[-1]) if len(with_sales) else len(months) - 1
    points = [(float(x), float(y)) for x, y in zip(place, months["index"], strict=True)]
    band = [
        (float(x), float(low), float(high))
        for x, low, high in zip(place, months["lower"], months["upper"], strict=True)
    ]
    drawn = [Line(say("all sales, with its 95 % interval"), points[: known + 1], "#0b5394", band=band)]
    if known + 1 < len(points):
        drawn.append(Line(say("forecast"), points[known:], "#b45f06", is_dashed=True))
    step = max((len(months) - 1) // 4, 1)
    names = {float(at): str(months["month"].iloc[at]) for at in range(0, len(months), step)}
    title = material.caption(say("Price index of all sales by month"))
    # Made by this program from its own figures, with every text escaped.
    return Markup(  # noqa: S704
        lines(title, drawn, x_axis=say("month"), y_axis=say("price level, 100 = valuation date"), x_names=names)
    )
