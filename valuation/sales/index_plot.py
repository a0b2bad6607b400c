"""How does the time index look? One picture an analyst can challenge, the same bytes for the same index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuation.sales.time_adjustment import ALL, TimeIndex

_N_AREAS = 4
_SMALLEST_GAP = 0.001
# 90 % of a normal distribution.
_BAND = 1.6449
_COLOURS = ("#0b5394", "#b45f06", "#38761d", "#741b47")


def shown_areas(table: pd.DataFrame, n_areas: int = _N_AREAS) -> list[str]:
    """Areas worth a line: of those with at least the median number of sales, the ones that left the whole most.

    Half of them moved up most over the period, half down most, against the index of all sales.
    """
    rows = table[(table["market_area"] != ALL) & (table["n_sales"] > 0)]
    if rows.empty:
        return []
    total = rows.groupby("market_area")["n_sales"].sum()
    overall = _overall(table).set_index("month")["log_index"]
    gap = rows["log_index"] - rows["month"].map(overall)
    # A level below the whole's in the past, both 0 at the valuation date, is a rise above the whole's since.
    first = gap[rows.groupby("market_area")["month"].idxmin()]
    rise = pd.Series(-first.to_numpy(), index=rows.loc[first.index, "market_area"].astype(str).to_numpy())
    # Less than a tenth of a percent cannot be seen.
    rise = rise[rise.abs() >= _SMALLEST_GAP]
    known = rise[rise.index.isin([str(area) for area in total.index[total >= total.median()]])].sort_values(
        kind="stable"
    )
    half = n_areas // 2
    chosen = [*known.index[-half:][::-1], *known.index[: n_areas - half]]
    return list(dict.fromkeys(chosen))


def draw_time_index(index: TimeIndex, path: Path, *, title: str) -> None:
    """Write the picture as SVG: all sales with its band, a few areas, where the forecast begins."""
    # Late: matplotlib takes half a second, and only this function needs it.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    table = index.table()
    # What comes after the valuation date nobody needs.
    table = table[table["month"] <= pd.Timestamp(index.valuation_date_) + pd.DateOffset(months=1)]
    settings: dict[Any, Any] = {"svg.hashsalt": "time_index", "svg.fonttype": "none", "font.size": 10}
    with rc_context(settings):
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.add_subplot()
        for area, colour in zip(shown_areas(table), _COLOURS, strict=False):
            _line(axes, _one_area(table, area), area, colour, band_alpha=0.06, width=1.3)
        _line(axes, _overall(table), "all sales", "black", band_alpha=0.15, width=2.2)
        _mark(axes, index)
        axes.set_title(title, loc="left")
        axes.set_ylabel(f"price level, {index.valuation_date_} = 100")
        axes.set_xlabel("month of sale. Band: 90 % for the step from that month to the valuation date")
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.legend(loc="upper left", frameon=False, title=_legend_title(table))
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _legend_title(table: pd.DataFrame) -> str | None:
    return None if shown_areas(table) else "no market area moved otherwise than the whole"


def _line(axes, rows: pd.DataFrame, label: str, colour: str, *, band_alpha: float, width: float) -> None:  # type: ignore[no-untyped-def]
    month = (rows["month"] + pd.Timedelta(days=14)).to_numpy()
    level, error = rows["log_index"].to_numpy(), rows["standard_error"].to_numpy()
    low, high = 100 * np.exp(level - _BAND * error), 100 * np.exp(level + _BAND * error)
    axes.fill_between(month, low, high, color=colour, alpha=band_alpha, linewidth=0)
    axes.plot(month, 100 * np.exp(level), color=colour, linewidth=width, label=label)


def _mark(axes, index: TimeIndex) -> None:  # type: ignore[no-untyped-def]
    last = index.last_month_ + pd.DateOffset(months=1)
    axes.axvline(last, color="#666666", linewidth=1, linestyle=":")
    axes.axvline(pd.Timestamp(index.valuation_date_), color="#666666", linewidth=1)
    for day, text in ((last, "last sale used; from here forecast"), (index.valuation_date_, "valuation date")):
        axes.annotate(
            text,
            (pd.Timestamp(day), 0.02),
            xycoords=("data", "axes fraction"),
            rotation=90,
            fontsize=8,
            color="#444444",
            ha="right",
            va="bottom",
        )


def _overall(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["market_area"] == ALL) & (table["dwelling_type"] == ALL)]


def _one_area(table: pd.DataFrame, area: str) -> pd.DataFrame:
    """Rows of the area's type with most sales."""
    rows = table[table["market_area"] == area]
    most = rows.groupby("dwelling_type")["n_sales"].sum().idxmax()
    return rows[rows["dwelling_type"] == most]
