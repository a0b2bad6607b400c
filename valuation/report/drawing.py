"""How are lines and maps drawn? As SVG text, small, with every word escaped; the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from valuation.languages.spoken import written

Point = tuple[float, float]
_STYLE = "font-family='system-ui, sans-serif' font-size='12'"
_WIDTH, _HEIGHT = 360, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 28, 40


@dataclass(frozen=True)
class Line:
    """A line through points, with a band around it where there is one."""

    name: str
    points: Sequence[Point]
    colour: str
    is_dashed: bool = False
    band: Sequence[tuple[float, float, float]] = ()
    """x, low, high."""


def head(title: str, width: float, height: float) -> str:
    """Return the beginning of a picture that says what it shows."""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' role='img' "
        f"aria-label='{escape(title, quote=True)}' {_STYLE} fill='#1a1a1a'>\n<title>{escape(title)}</title>"
    )


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round figures from `low` to `high`, both covered.

    Examples
    --------
    >>> ticks(0, 50)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    """
    rough = ((high - low) or abs(high) or 1.0) / wanted
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough * 0.999))
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return [float(round(step * place, 10)) for place in np.arange(first, max(last, first + 1) + 1)]


@dataclass(frozen=True)
class _Plane:
    x_ticks: list[float]
    y_ticks: list[float]
    foot: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        left, right, low, high = self.x_ticks[0], self.x_ticks[-1], self.y_ticks[0], self.y_ticks[-1]
        across = _LEFT + (x - left) / (right - left) * (_WIDTH - _LEFT - _RIGHT)
        return round(across, 1), round(self.foot - (y - low) / (high - low) * (self.foot - _TOP), 1)


def lines(
    title: str,
    drawn: Sequence[Line],
    *,
    x_axis: str,
    y_axis: str,
    points: Mapping[str, Point] | None = None,
    x_names: Mapping[float, str] | None = None,
    uprights: Mapping[str, float] | None = None,
) -> str:
    """Draw lines over two axes, with a legend below.

    Parameters
    ----------
    title : str
        Read out to those who do not see the picture.
    drawn : sequence of Line
    x_axis, y_axis : str
        What the axes show, with their units.
    points : dict of str to point, optional
        Single points, as diamonds.
    x_names : dict of float to str, optional
        Ticks of the horizontal axis, when they are not numbers.
    uprights : dict of str to float, optional
        Named upright lines.
    """
    legend = [*((line.name, line.colour, line.is_dashed) for line in drawn)]
    extra = 18 * (len(legend) + len(points or {}) + len(uprights or {}))
    xs = [x for line in drawn for x, _ in line.points]
    ys = [y for line in drawn for _, y in line.points] + [y for line in drawn for _, *ends in line.band for y in ends]
    xs, ys = [*xs, *(x for x, _ in (points or {}).values())], [*ys, *(y for _, y in (points or {}).values())]
    x_ticks = sorted(x_names) if x_names else ticks(min(xs), max(xs))
    span = [min(xs), max(xs)] if x_names else x_ticks
    plane = _Plane([span[0], *span[1:-1], span[-1]], ticks(min(ys), max(ys)), _HEIGHT - _BOTTOM)
    parts = [head(title, _WIDTH, _HEIGHT + extra), *_axes(plane, x_ticks, x_names, x_axis, y_axis)]
    parts += [mark for line in drawn for mark in _line(plane, line)]
    for place in (uprights or {}).values():
        x, _ = plane.at(place, plane.y_ticks[0])
        parts.append(f"<line x1='{x}' x2='{x}' y1='{_TOP}' y2='{plane.foot}' stroke='#444' stroke-dasharray='2 3'/>")
    for x, y in (points or {}).values():
        parts.append(_diamond(*plane.at(x, y)))
    parts += _legend(legend, list(points or {}), list(uprights or {}))
    return "\n".join([*parts, "</svg>"])


def _axes(
    plane: _Plane, x_ticks: list[float], x_names: Mapping[float, str] | None, x_axis: str, y_axis: str
) -> list[str]:
    parts = []
    for tick in plane.y_ticks:
        _, y = plane.at(plane.x_ticks[0], tick)
        parts.append(f"<line x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' y1='{y}' y2='{y}' stroke='#ddd'/>")
        parts.append(f"<text x='{_LEFT - 5}' y='{y + 4}' text-anchor='end'>{written(f'{tick:g}')}</text>")
    for tick in x_ticks:
        x, _ = plane.at(tick, plane.y_ticks[0])
        word = x_names[tick] if x_names else written(f"{tick:g}")
        parts.append(f"<line x1='{x}' x2='{x}' y1='{plane.foot}' y2='{plane.foot + 4}' stroke='#444'/>")
        # A word at the right edge would be cut.
        anchor = "end" if x + 4 * len(word) > _WIDTH else "middle"
        parts.append(f"<text x='{x}' y='{plane.foot + 16}' text-anchor='{anchor}'>{escape(word)}</text>")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f"<text x='{middle:g}' y='{plane.foot + 33}' text-anchor='middle'>{escape(x_axis)}</text>"
        f"<text x='6' y='14'>{escape(y_axis)}</text>"
    )
    return parts


def _line(plane: _Plane, line: Line) -> list[str]:
    parts = []
    if line.band:
        edge = [plane.at(x, high) for x, _, high in line.band] + [plane.at(x, low) for x, low, _ in reversed(line.band)]
        parts.append(f"<path d='M{'L'.join(f'{x} {y}' for x, y in edge)}z' fill='{line.colour}' fill-opacity='.15'/>")
    path = "L".join(f"{x} {y}" for x, y in (plane.at(*point) for point in line.points))
    dash = " stroke-dasharray='5 4'" if line.is_dashed else ""
    parts.append(f"<path d='M{path}' fill='none' stroke='{line.colour}' stroke-width='1.8'{dash}/>")
    return parts


def _diamond(x: float, y: float) -> str:
    return f"<path d='M{x} {y - 6}l6 6l-6 6l-6 -6z' fill='#7a2e00'/>"


def _legend(legend: list[tuple[str, str, bool]], points: list[str], uprights: list[str]) -> list[str]:
    parts = []
    y = _HEIGHT + 8
    for name, colour, is_dashed in legend:
        dash = " stroke-dasharray='5 4'" if is_dashed else ""
        parts.append(
            f"<line x1='{_LEFT}' x2='{_LEFT + 22}' y1='{y}' y2='{y}' stroke='{colour}' stroke-width='2.5'{dash}/>"
        )
        parts.append(f"<text x='{_LEFT + 28}' y='{y + 4}'>{escape(name)}</text>")
        y += 18
    for name in points:
        parts += [_diamond(_LEFT + 11, y), f"<text x='{_LEFT + 28}' y='{y + 4}'>{escape(name)}</text>"]
        y += 18
    for name in uprights:
        parts.append(
            f"<line x1='{_LEFT + 11}' x2='{_LEFT + 11}' y1='{y - 7}' y2='{y + 7}' stroke='#444' "
            "stroke-dasharray='2 3'/>"
        )
        parts.append(f"<text x='{_LEFT + 28}' y='{y + 4}'>{escape(name)}</text>")
        y += 18
    return parts
