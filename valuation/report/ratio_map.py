"""Where on the map do values run above prices, and where below? Cells of equal size, no tiles, a table beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from valuation.languages.spoken import say, written
from valuation.ratio_study.statistics import median_interval_by_ranks
from valuation.report.blocks import Details, Picture, Section, Table, Text
from valuation.report.cells import Cell, Figure, count, row
from valuation.report.drawing import head
from valuation.report.material import Material

MIN_SALES = 20
"""Sales a cell needs before it has a figure."""
MIN_PLACED = 100
"""Sales with a place needed before a map is drawn."""
SALES_A_CELL = 45
"""The cells are made so large that the median sale lies among about so many."""
_WIDTH = 360
_CLASSES = (
    (0.90, "#8c510a", "under 0.90"),
    (0.95, "#d8a24a", "0.90 to 0.95"),
    (1.05, "#f2efe6", "0.95 to 1.05"),
    (1.10, "#7fbfb5", "1.05 to 1.10"),
    (np.inf, "#01665e", "1.10 and over"),
)
"""Upper end, colour, words: brown and green are told apart by the colour-blind too."""
_Z_95 = 1.959964
Floats = NDArray[np.float64]


def hexagons(x: Floats, y: Floats, width: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return column and row of the hexagon (flat sides left and right, `width` metres across) of each place.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Metres.
    width : float

    Examples
    --------
    >>> [part.tolist() for part in hexagons(np.array([0.0, 100.0, 48.0]), np.array([0.0, 0.0, 87.0]), 100.0)]
    [[0, 1, 0], [0, 0, 1]]
    """
    height = width * np.sqrt(3) / 2
    # Two lattices of centres, one shifted by half a cell: the nearer centre of the two is the cell.
    even = np.stack([np.round(x / width), 2 * np.round(y / (2 * height))])
    odd = np.stack([np.floor(x / width), 2 * np.floor(y / (2 * height)) + 1])
    far_even = (x - even[0] * width) ** 2 + (y - even[1] * height) ** 2
    far_odd = (x - (odd[0] + 0.5) * width) ** 2 + (y - odd[1] * height) ** 2
    column, line = np.where(far_even <= far_odd, even, odd)
    return column.astype(np.int64), line.astype(np.int64)


def cell_width(x: Floats, y: Floats) -> float:
    """Return a round width of cells, in metres, at which the median sale shares its cell with about 45."""
    extent = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    for width in _round_widths(extent):
        column, line = hexagons(x, y, width)
        sizes = pd.Series(1, index=range(len(x))).groupby([column, line]).transform("size")
        if sizes.median() >= SALES_A_CELL:
            return width
    return extent


def _round_widths(extent: float) -> list[float]:
    widths = [unit * 10.0**power for power in range(0, 7) for unit in (1, 1.5, 2, 3, 5, 7)]
    # A number has to fit into a cell.
    return [width for width in widths if extent / 26 <= width <= extent]


def cells(material: Material) -> tuple[pd.DataFrame, float]:
    """Return a row per cell that has a sale, and the width of the cells in metres.

    Returns
    -------
    DataFrame
        `column, line, cell, n_sales, median_ratio, lower, upper, market_area`; no ratio for fewer than 20 sales.
    float
    """
    placed = placed_sales(material)
    if len(placed) < MIN_PLACED:
        return pd.DataFrame(columns=["column", "line", "cell", "n_sales", "median_ratio", "lower", "upper"]), 0.0
    x, y = placed["x_m"].to_numpy(dtype=float), placed["y_m"].to_numpy(dtype=float)
    width = cell_width(x - x.min(), y - y.min())
    column, line = hexagons(x - x.min(), y - y.min(), width)
    grouped = placed.assign(column=column, line=line).groupby(["line", "column"], sort=True)
    rows = [{"column": place[1], "line": place[0], **_measured(part)} for place, part in grouped]
    table = pd.DataFrame(rows).sort_values(["line", "column"], ascending=[False, True], ignore_index=True)
    # Numbered from the north-west, as one reads; a cell without a figure needs no number.
    known = table["median_ratio"].notna()
    table["cell"] = np.where(known, known.cumsum().astype(str), "")
    return table, width


def placed_sales(material: Material) -> pd.DataFrame:
    """Return the valued holdout sales whose dwelling has a place on the roll: `ratio, x_m, y_m, market_area`."""
    sales = material.folder.holdout
    roll = material.folder.table("values.parquet", ("dwelling_id", "x_m", "y_m")).set_index("dwelling_id")
    ratio = sales["appraised_value"].to_numpy(dtype=float) / sales["sale_price"].to_numpy(dtype=float)
    area = sales["market_area"] if "market_area" in sales else pd.Series("", index=sales.index)
    table = pd.DataFrame(
        {"ratio": ratio, "market_area": area.astype("string").fillna("unknown").to_numpy(dtype=object)}
    )
    for name in ("x_m", "y_m"):
        table[name] = sales["dwelling_id"].map(roll[name]).to_numpy(dtype=float)
    known = np.isfinite(table[["ratio", "x_m", "y_m"]].to_numpy(dtype=float)).all(axis=1)
    return table.loc[known].reset_index(drop=True)


def _measured(part: pd.DataFrame) -> dict[str, Any]:
    ratio = part["ratio"].to_numpy(dtype=float)
    most = part["market_area"].value_counts()
    found = {"n_sales": len(ratio), "market_area": str(sorted(most.index[most == most.max()])[0])}
    if len(ratio) < MIN_SALES:
        return found | {"median_ratio": np.nan, "lower": np.nan, "upper": np.nan}
    lower, upper = median_interval_by_ranks(ratio, _Z_95)
    return found | {"median_ratio": float(np.median(ratio)), "lower": lower, "upper": upper}


def section(material: Material) -> Section:
    """Return the map with its table."""
    found, width = cells(material)
    if found.empty:
        n = len(placed_sales(material))
        note = Text(
            say("Not given: {n} sales of the holdout have a place, {least} are needed.", n=n, least=MIN_PLACED),
            "note",
        )
        return Section("map", say("Map of median ratios"), say("Map"), [note])
    size = f"{written(f'{width / 1000:g}')} km" if width >= 1000 else f"{width:g} m"
    few = found["median_ratio"].isna()
    parts: list[Any] = [
        Text(
            say(
                "Each cell is {size} across and holds the holdout sales in it; its number leads to the table. "
                "Values run below prices where the median ratio is under 1, above them where it is over. {few} of "
                "{n} cells have fewer than {least} sales and no figure: they are drawn empty.",
                size=size,
                few=int(few.sum()),
                n=len(found),
                least=MIN_SALES,
            )
        ),
        Picture(_drawn(material, found)),
        Text(_legend()),
        Details(say("The cells of the map as a table"), [_table(material, found[~few])]),
    ]
    return Section("map", say("Map of median ratios"), say("Map"), parts)


def _table(material: Material, found: pd.DataFrame) -> Table:
    rows = []
    for item in found.to_dict("records"):
        marks = {"kind": "map", "cell": item["cell"]}
        middle, low, high = (
            Figure(item[part], 3, 1, {**marks, "part": part}) for part in ("median_ratio", "lower", "upper")
        )
        n = count(item["n_sales"], **marks, part="n_sales")
        rows.append(row(item["cell"], item["market_area"], n, Cell(middle, (low, high))))
    caption = material.caption(
        say("Median ratio of the boosted model by cell, every sale; in brackets a 95 % interval by ranks")
    )
    return Table(
        say("Cells of the map"), caption, [say("Cell"), say("mostly in"), "n", say("median ratio")], rows, (1,)
    )


def _legend() -> Markup:
    key = Markup('<span class="key" style="background: {}"></span>{}')
    return Markup(" ").join(key.format(colour, written(say(words))) for _, colour, words in _CLASSES)


def _drawn(material: Material, found: pd.DataFrame) -> Markup:
    # In units of half a cell's width, north up.
    across = 2 * found["column"].to_numpy() + found["line"].to_numpy() % 2
    down = (found["line"].max() - found["line"].to_numpy()) * np.sqrt(3)
    radius = (_WIDTH - 8) / (float(np.ptp(across)) + 2)
    x = 4 + (across - across.min() + 1) * radius
    y = 4 + (down - down.min()) * radius + radius * 2 / np.sqrt(3)
    height = float(y.max()) + radius * 2 / np.sqrt(3) + 4
    corner = radius * 2 / np.sqrt(3)
    slope = f"{corner / 2:.2f}"
    path = f"l{radius:.2f} {slope}v{corner:.2f}l{-radius:.2f} {slope}l{-radius:.2f} -{slope}v{-corner:.2f}z"
    title = material.caption(say("Map of median ratios by cell; the table below has the same figures"))
    parts = [head(title, _WIDTH, height)]
    size = min(12.0, radius * 0.95)
    for place, item in enumerate(found.to_dict("records")):
        at_x, at_y = float(x[place]), float(y[place])
        top = f"M{at_x:.2f} {at_y - corner:.2f}"
        if not np.isfinite(item["median_ratio"]):
            parts.append(f"<path d='{top}{path}' fill='none' stroke='#c9ced6'/>")
            continue
        colour = next(colour for end, colour, _ in _CLASSES if item["median_ratio"] < end)
        ink = "#fff" if colour in (_CLASSES[0][1], _CLASSES[-1][1]) else "#1a1a1a"
        parts.append(f"<path d='{top}{path}' fill='{colour}' stroke='#55595f'/>")
        parts.append(
            f"<text x='{at_x:.1f}' y='{at_y + size / 3:.1f}' font-size='{size:.1f}' text-anchor='middle' "
            f"fill='{ink}'>{item['cell']}</text>"
        )
    # Made by this program from its own figures; the only texts are numbers and our title, escaped.
    return Markup("\n".join([*parts, "</svg>"]))  # noqa: S704
