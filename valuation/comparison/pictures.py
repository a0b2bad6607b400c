"""How do the figures of a comparison look? Pictures as SVG text: the same bytes for the same figures.

Narrow (360 units), to be read on a telephone; each goes beside a table with the same figures.
"""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from valuation.languages.spoken import recorded, say, written

WIDTH = 360
_FONT = "font-family='system-ui, sans-serif' font-size='12'"
_FALL, _RISE, _MIDDLE = "#b45f06", "#0b5394", "#7a7f87"
_LEFT, _RIGHT, _TOP, _FOOT = 46, 14, 30, 310
_PLAIN, _CHAMPION = "#7a7f87", "#1d5c2e"
_COLOURS = {"A": "#b45f06", "B": "#0b5394"}


def change_picture(bands: pd.DataFrame) -> str:
    """Draw how many dwellings move how far: a bar per band, falls at the top, rises at the bottom.

    Parameters
    ----------
    bands : DataFrame
        As made by `change_bands`.
    """
    row, label = 24, 142
    largest = max(float(bands["share"].max()), 1e-9)
    height = row * len(bands) + 10
    parts = [_head(say("Share of dwellings by change of value"), height)]
    for place, (band, share) in enumerate(zip(bands["band"], bands["share"], strict=True)):
        top, length = 6 + row * place, (WIDTH - label - 52) * float(share) / largest
        colour = _MIDDLE if band.startswith("within") else _FALL if band.startswith("down") else _RISE
        parts.append(f"<text x='{label - 6}' y='{top + 14}' text-anchor='end'>{escape(recorded(band))}</text>")
        parts.append(f"<rect x='{label}' y='{top + 2}' width='{length:.1f}' height='16' fill='{colour}'/>")
        parts.append(f"<text x='{label + length + 5:.1f}' y='{top + 14}'>{written(f'{100 * share:.1f}')} %</text>")
    return "\n".join([*parts, "</svg>", ""])


def accuracy_equity_picture(table: pd.DataFrame, statistic: str = "cod") -> str:
    """Draw every version as a point with its intervals: the distance of PRB from zero across, the spread upwards.

    Parameters
    ----------
    table : DataFrame
        As in `AccuracyEquity`; a version without one of the figures is not drawn.
    statistic : str
        Upwards.
    """
    drawn = table[table["distance"].notna() & table[statistic].notna()]
    height = _FOOT + 44
    parts = [
        _head(
            say("{statistic} against the distance of PRB from zero, one mark per version", statistic=statistic.upper()),
            height,
        )
    ]
    if drawn.empty:
        return "\n".join(
            [*parts, f"<text x='{WIDTH / 2}' y='40' text-anchor='middle'>{escape(say('no figures'))}</text></svg>", ""]
        )
    across = _Axis.over(drawn, "distance", (_LEFT, WIDTH - _RIGHT), from_zero=True)
    upwards = _Axis.over(drawn, statistic, (_FOOT, _TOP), from_zero=False)
    parts += _axes(across, upwards, statistic)
    # A, B and the live version last, so that no other mark hides them.
    for item in sorted(drawn.to_dict("records"), key=lambda one: (one["role"] != "", one["is_champion"])):
        parts += _point(item, across, upwards, statistic)
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """From figures to places, with round ticks."""

    def __init__(self, ticks: list[float], ends: tuple[float, float]) -> None:
        self.ticks, self._ends = ticks, ends

    @classmethod
    def over(cls, table: pd.DataFrame, name: str, ends: tuple[float, float], *, from_zero: bool) -> _Axis:
        figures = table[[name, f"{name}_lower", f"{name}_upper"]].to_numpy(float).ravel()
        figures = figures[np.isfinite(figures)]
        low, high = (0.0 if from_zero else float(figures.min())), float(figures.max())
        rough = ((high - low) or abs(high) or 1.0) / 4
        power = 10.0 ** np.floor(np.log10(rough))
        step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * 0.999)
        first, last = np.floor(low / step), max(np.ceil(high / step), np.floor(low / step) + 1)
        return cls([float(round(step * place, 10)) for place in np.arange(first, last + 1)], ends)

    def at(self, figure: float) -> float:
        share = (figure - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])
        return round(self._ends[0] + share * (self._ends[1] - self._ends[0]), 1)


def _axes(across: _Axis, upwards: _Axis, statistic: str) -> list[str]:
    right = WIDTH - _RIGHT
    parts = []
    for tick in upwards.ticks:
        y = upwards.at(tick)
        parts.append(f"<line x1='{_LEFT}' x2='{right}' y1='{y}' y2='{y}' stroke='#dde1e7'/>")
        parts.append(f"<text x='{_LEFT - 6}' y='{y + 4:.1f}' text-anchor='end'>{written(f'{tick:g}')}</text>")
    for tick in across.ticks:
        x = across.at(tick)
        parts.append(f"<line x1='{x}' x2='{x}' y1='{_TOP}' y2='{_FOOT}' stroke='#dde1e7'/>")
        parts.append(f"<text x='{x}' y='{_FOOT + 16}' text-anchor='middle'>{written(f'{tick:g}')}</text>")
    words = escape(say("distance of PRB from 0: left is fairer"))
    accurate = escape(say("{statistic}: down is more accurate", statistic=statistic.upper()))
    parts.append(f"<text x='{(_LEFT + right) / 2}' y='{_FOOT + 36}' text-anchor='middle'>{words}</text>")
    parts.append(f"<text x='{_LEFT - 30}' y='{_TOP - 14}'>{accurate}</text>")
    return parts


def _point(item: dict, across: _Axis, upwards: _Axis, statistic: str) -> list[str]:
    x, y = across.at(item["distance"]), upwards.at(item[statistic])
    colour = _COLOURS.get(item["role"], _CHAMPION if item["is_champion"] else _PLAIN)
    parts = []
    if np.isfinite(item["distance_lower"]):
        ends = across.at(item["distance_lower"]), across.at(item["distance_upper"])
        parts.append(f"<line x1='{ends[0]}' x2='{ends[1]}' y1='{y}' y2='{y}' stroke='{colour}'/>")
    if np.isfinite(item[f"{statistic}_lower"]):
        ends = upwards.at(item[f"{statistic}_lower"]), upwards.at(item[f"{statistic}_upper"])
        parts.append(f"<line x1='{x}' x2='{x}' y1='{ends[0]}' y2='{ends[1]}' stroke='{colour}'/>")
    parts.append(_mark(item["role"], x, y, colour))
    if item["is_champion"]:
        parts.append(f"<circle cx='{x}' cy='{y}' r='9' fill='none' stroke='{_CHAMPION}' stroke-width='2'/>")
    words = item["role"] or str(item["number"])
    weight = " font-weight='700'" if item["role"] else ""
    parts.append(f"<text x='{x + 9:.1f}' y='{y - 7:.1f}'{weight} fill='{colour}'>{escape(words)}</text>")
    return parts


def _mark(role: str, x: float, y: float, colour: str) -> str:
    # By shape as well as by colour.
    if role == "A":
        return f"<rect x='{x - 5:.1f}' y='{y - 5:.1f}' width='10' height='10' fill='{colour}'/>"
    if role == "B":
        corners = f"{x},{y - 6.5:.1f} {x - 6},{y + 5:.1f} {x + 6},{y + 5:.1f}"
        return f"<polygon points='{corners}' fill='{colour}'/>"
    return f"<circle cx='{x}' cy='{y}' r='4' fill='{colour}'/>"


def _head(title: str, height: float) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:g}' role='img' "
        f"aria-label='{escape(title, quote=True)}' {_FONT} fill='#1a1a1a'>\n<title>{escape(title)}</title>"
    )
