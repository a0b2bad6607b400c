"""Which groups are covered too seldom for chance to explain it? One picture of all of them: share held over sales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from valuation.languages.spoken import say, written
from valuation.report.drawing import head, ticks
from valuation.uncertainty.coverage import binomial_band
from valuation.uncertainty.published_coverage import GOAL_RANGE, GOAL_SALES, LEAST_COVERAGE, LEAST_SALES

_WIDTH, _HEIGHT = 360, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 28, 62
_STEPS = 60


def funnel(title: str, points: Sequence[tuple[float, float, str]], promised: float) -> str:
    """Draw every group as a dot at its number of sales and the share held, with the band of chance around the promise.

    Parameters
    ----------
    title : str
        Read out to those who do not see the picture.
    points : sequence of (float, float, str)
        Sales, share held in percent, and name of each group.
    promised : float
        Share meant to be held, 0 to 1.
    """
    sizes = [n for n, _, _ in points] or [20.0, 1000.0]
    least, most = min(sizes), max(max(sizes), 2 * min(sizes))
    band = [(n, *binomial_band(int(n), promised)) for n in np.geomspace(least, most, _STEPS)]
    shares = [share for _, share, _ in points] + [100 * end for _, *ends in band for end in ends]
    y_ticks = ticks(min(shares), min(max(shares), 100.0))
    foot = _HEIGHT - _BOTTOM

    def at(n: float, share: float) -> tuple[float, float]:
        across = _LEFT + np.log(n / least) / np.log(most / least) * (_WIDTH - _LEFT - _RIGHT)
        up = (share - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        return round(float(across), 1), round(float(foot - up * (foot - _TOP)), 1)

    parts = [head(title, _WIDTH, _HEIGHT)]
    for tick in y_ticks:
        y = at(least, tick)[1]
        parts.append(f"<line x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' y1='{y}' y2='{y}' stroke='#ddd'/>")
        parts.append(f"<text x='{_LEFT - 5}' y='{y + 4}' text-anchor='end'>{written(f'{tick:g}')}</text>")
    for n in (step * 10**power for power in range(1, 6) for step in (1, 3)):
        if least <= n <= most:
            x = at(n, y_ticks[0])[0]
            parts.append(f"<line x1='{x}' x2='{x}' y1='{foot}' y2='{foot + 4}' stroke='#444'/>")
            parts.append(f"<text x='{x}' y='{foot + 16}' text-anchor='middle'>{written(f'{n:,}')}</text>")
    edge = [at(n, 100 * high) for n, _, high in band] + [at(n, 100 * low) for n, low, _ in reversed(band)]
    parts.append(f"<path d='M{'L'.join(f'{x} {y}' for x, y in edge)}z' fill='#1f6f78' fill-opacity='.15'/>")
    parts += _goal_lines(at, least, most)
    (left, y), (right, _) = at(least, 100 * promised), at(most, 100 * promised)
    parts.append(f"<line x1='{left}' x2='{right}' y1='{y}' y2='{y}' stroke='#444'/>")
    for n, share, name in points:
        x, y = at(n, share)
        parts.append(
            f"<circle cx='{x}' cy='{y}' r='3.2' fill='#1f6f78' fill-opacity='.75'>"
            f"<title>{escape(say('{group}: {share:.1f} % of {n:,.0f}', group=name, share=share, n=n))}</title></circle>"
        )
    parts.append(
        f"<text x='6' y='14'>{escape(say('held, %'))}</text>"
        f"<text x='{_WIDTH / 2:g}' y='{foot + 33}'>{escape(say('sales in the group'))}</text>"
    )
    parts.append(
        f"<text x='{_LEFT}' y='{foot + 54}'>{escape(say('band: chance around the promise; dashed: goals'))}</text>"
    )
    return "\n".join([*parts, "</svg>"])


def _goal_lines(at: Callable[[float, float], tuple[float, float]], least: float, most: float) -> list[str]:
    limits = [(GOAL_SALES, most, share) for share in GOAL_RANGE] + [(LEAST_SALES, GOAL_SALES, LEAST_COVERAGE)]
    parts = []
    for first, last, share in limits:
        if max(first, least) < min(last, most):
            (left, y), (right, _) = at(max(first, least), 100 * share), at(min(last, most), 100 * share)
            parts.append(f"<line x1='{left}' x2='{right}' y1='{y}' y2='{y}' stroke='#7a2e00' stroke-dasharray='5 4'/>")
    return parts
