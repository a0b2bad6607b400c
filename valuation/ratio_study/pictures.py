"""How do the figures of a ratio study look? Pictures as SVG text: the same bytes for the same figures.

Narrow on purpose (360 units), so that they can be read on a telephone; models differ by shape as well as by colour.
Each picture goes beside a table that holds the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from valuation.languages.spoken import say, written
from valuation.ratio_study.strata import level_words
from valuation.ratio_study.study import MODELS, RatioStudy

WIDTH = 360
_LEFT, _RIGHT, _TOP, _ROW, _BOTTOM = 92, 14, 30, 30, 40
_MOST_LEFT = 150
"""Of the width, for the names of the rows at most; a longer name is cut."""
_STYLE = "font-family='system-ui, sans-serif' font-size='12'"
COLOURS = {"boosted": "#0b5394", "tree": "#38761d", "baseline": "#b45f06", "prior": "#741b47"}
_NAMES = {"boosted": "boosted", "tree": "tree", "baseline": "baseline", "prior": "prior value"}
"""Short, for the legend."""
SHAPES = {"boosted": "circle", "tree": "square", "baseline": "triangle", "prior": "diamond"}


@dataclass(frozen=True)
class Mark:
    """A figure with its interval."""

    estimate: float
    lower: float
    upper: float


def dots_with_intervals(
    title: str,
    levels: Sequence[str],
    series: Mapping[str, Sequence[Mark]],
    *,
    axis: str,
    band: tuple[float, float] | None = None,
    ideal: float | None = None,
) -> str:
    """Draw one row per level and one mark per model in it, over a common axis.

    Parameters
    ----------
    title : str
        Read out to those who do not see the picture.
    levels : sequence of str
        Rows, from top to bottom.
    series : dict of str to sequence of Mark
        Model to its marks, one per level; a mark without estimate (NaN) is left out.
    axis : str
        What the axis shows, with its unit.
    band : (float, float), optional
        Range that counts as good, shaded.
    ideal : float, optional
        A line through this figure.
    """
    scale = _Scale.over(series, band, ideal, left=_room_for(levels))
    height = _TOP + _ROW * len(levels) + _BOTTOM
    parts = [_head(title, height), _legend(series)]
    foot = _TOP + _ROW * len(levels)
    if band is not None:
        left, right = scale.x(band[0]), scale.x(band[1])
        parts.append(f"<rect x='{left}' y='{_TOP}' width='{right - left:.1f}' height='{foot - _TOP}' fill='#e8eef4'/>")
    if ideal is not None:
        at = scale.x(ideal)
        parts.append(f"<line x1='{at}' x2='{at}' y1='{_TOP}' y2='{foot}' stroke='#444' stroke-dasharray='3 3'/>")
    parts += _axis(scale, foot, axis)
    for row, level in enumerate(levels):
        middle = _TOP + _ROW * row + _ROW / 2
        parts.append(f"<text x='{scale.left - 6}' y='{middle + 4:.1f}' text-anchor='end'>{escape(level)}</text>")
        for place, (model, marks) in enumerate(series.items()):
            offset = (place - (len(series) - 1) / 2) * min(8, 26 / len(series))
            parts += _mark(scale, marks[row], middle + offset, model)
    return "\n".join([*parts, "</svg>", ""])


def _room_for(levels: Sequence[str]) -> int:
    """Return the width that the longest name needs, within limits: capitals are wide."""
    widths = [sum(9 if sign.isupper() else 6.6 for sign in level) for level in levels]
    return int(min(max([_LEFT, *(width + 12 for width in widths)]), _MOST_LEFT))


@dataclass(frozen=True)
class _Scale:
    """From figures to places on the axis."""

    low: float
    high: float
    ticks: tuple[float, ...]
    left: int = _LEFT

    @classmethod
    def over(
        cls,
        series: Mapping[str, Sequence[Mark]],
        band: tuple[float, float] | None,
        ideal: float | None,
        *,
        left: int = _LEFT,
    ) -> _Scale:
        shown = [
            figure for marks in series.values() for mark in marks for figure in (mark.estimate, mark.lower, mark.upper)
        ]
        figures = np.array([*shown, *(band or ()), *([] if ideal is None else [ideal])], dtype=float)
        figures = figures[np.isfinite(figures)]
        if not figures.size:
            figures = np.array([0.0, 1.0])
        low, high = float(figures.min()), float(figures.max())
        step = _tidy_step((high - low) or abs(high) or 1.0)
        first, last = np.floor(low / step), np.ceil(high / step)
        ticks = tuple(float(round(step * place, 10)) for place in np.arange(first, max(last, first + 1) + 1))
        return cls(ticks[0], ticks[-1], ticks, left)

    def x(self, figure: float) -> float:
        share = (figure - self.low) / (self.high - self.low)
        return round(self.left + share * (WIDTH - self.left - _RIGHT), 1)


def _tidy_step(extent: float) -> float:
    rough = extent / 4
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(power * step for step in (1, 2, 5, 10) if power * step >= rough * 0.999))


def _head(title: str, height: float) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:g}' role='img' "
        f"aria-label='{escape(title, quote=True)}' {_STYLE} fill='#1a1a1a'>\n<title>{escape(title)}</title>"
    )


def _legend(series: Mapping[str, Sequence[Mark]]) -> str:
    parts = []
    for place, model in enumerate(series):
        x = 14 + place * min(112, (WIDTH - 20) // len(series))
        parts.append(f"{_shape(x, 12, model)}<text x='{x + 10}' y='16'>{escape(say(_NAMES.get(model, model)))}</text>")
    return "\n".join(parts)


def _axis(scale: _Scale, foot: float, axis: str) -> list[str]:
    parts = [f"<line x1='{scale.left}' x2='{WIDTH - _RIGHT}' y1='{foot}' y2='{foot}' stroke='#444'/>"]
    for tick in scale.ticks:
        at = scale.x(tick)
        parts.append(f"<line x1='{at}' x2='{at}' y1='{foot}' y2='{foot + 4}' stroke='#444'/>")
        parts.append(f"<text x='{at}' y='{foot + 16}' text-anchor='middle'>{written(f'{tick:g}')}</text>")
    parts.append(
        f"<text x='{(scale.left + WIDTH - _RIGHT) / 2:g}' y='{foot + 32}' text-anchor='middle'>{escape(axis)}</text>"
    )
    return parts


def _mark(scale: _Scale, mark: Mark, y: float, model: str) -> list[str]:
    if not np.isfinite(mark.estimate):
        return []
    parts = []
    if np.isfinite(mark.lower) and np.isfinite(mark.upper):
        left, right = scale.x(mark.lower), scale.x(mark.upper)
        colour = COLOURS.get(model, "#1a1a1a")
        parts.append(f"<line x1='{left}' x2='{right}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colour}' stroke-width='1.5'/>")
    return [*parts, _shape(scale.x(mark.estimate), y, model)]


def _shape(x: float, y: float, model: str) -> str:
    colour = COLOURS.get(model, "#1a1a1a")
    shape = SHAPES.get(model, "circle")
    if shape == "square":
        return f"<rect x='{x - 3.2:.1f}' y='{y - 3.2:.1f}' width='6.4' height='6.4' fill='{colour}'/>"
    if shape == "triangle":
        return f"<path d='M{x:.1f} {y - 4:.1f}l4 7.2h-8z' fill='{colour}'/>"
    if shape == "diamond":
        return f"<path d='M{x:.1f} {y - 4.6:.1f}l4.6 4.6l-4.6 4.6l-4.6 -4.6z' fill='{colour}'/>"
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3.6' fill='{colour}'/>"


def ratio_picture(found: RatioStudy, stratum: str, title: str) -> str | None:
    """Draw the median ratio of each model in each group of `stratum`; None where the study has no such stratum."""
    rows = found.table[(found.table["stratum"] == stratum) & (found.table["statistic"] == "median_ratio")]
    levels = sorted(set(rows.loc[rows["estimate"].notna(), "level"]))
    if not levels:
        return None
    series = {}
    for model in MODELS:
        by_level = rows[rows["model"] == model].set_index("level").loc[levels, ["estimate", "lower", "upper"]]
        series[model] = [Mark(*map(float, row)) for row in by_level.to_numpy()]
    words = [level_words(stratum, level) for level in levels]
    return dots_with_intervals(title, words, series, axis="median ratio", band=(0.95, 1.05), ideal=1.0)


def within_picture(found: RatioStudy) -> str:
    """Draw the share of sales valued within 5, 10 and 20 percent of the price."""
    shares = ("share_within_5", "share_within_10", "share_within_20")
    series = {
        model: [
            Mark(*(100 * found.overall(model)[name][part] for part in ("estimate", "lower", "upper")))
            for name in shares
        ]
        for model in MODELS
    }
    return dots_with_intervals(
        "Share of sales valued within 5, 10 and 20 percent of the price",
        ["within 5 %", "within 10 %", "within 20 %"],
        series,
        axis="share of sales, %",
    )


def coverage_picture(coverage: pd.DataFrame, promised: float) -> str:
    """Draw how often the price lies in the probable range, with what chance alone allows around the promise."""
    rows = coverage[coverage["grouping"] != "screening"]
    marks = [
        Mark(100 * found, 100 * low, 100 * high)
        for found, low, high in zip(rows["coverage"], rows["binomial_low"], rows["binomial_high"], strict=True)
    ]
    return dots_with_intervals(
        "Share of prices within the probable range; the lines are what chance allows around the promise",
        [str(group) for group in rows["group"]],
        {"boosted": marks},
        axis="share of sales, %",
        ideal=100 * promised,
    )
