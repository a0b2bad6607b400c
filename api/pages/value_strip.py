"""How far apart do the values of a group lie? Each a dot on one scale, those close together one above the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH = 1000
RADIUS = 7
_AIR = 20
MOST_HIGH = 12
"""Dots above one another at most: what comes then lies over the highest."""


@dataclass(frozen=True)
class Dot:
    """One value in the picture."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Strip:
    """The picture, in its own units."""

    dots: tuple[Dot, ...]
    base: float
    height: float
    width: int = WIDTH


def value_strip(values: Sequence[tuple[int | None, str]], written: Callable[[float], str]) -> Strip | None:
    """Draw values on one scale; None where fewer than two are there.

    Parameters
    ----------
    values : sequence of tuple
        An amount, and whose it is; without an amount there is nothing to draw.
    written : callable
        How an amount is written.

    Examples
    --------
    >>> drawn = value_strip([(100, "a"), (100, "b"), (200, "c"), (None, "d")], str)
    >>> [dot.x for dot in drawn.dots], drawn.dots[0].y - drawn.dots[1].y == 2 * RADIUS + 1
    ([20.0, 20.0, 980.0], True)
    """
    known = sorted((amount, label) for amount, label in values if amount is not None)
    if len(known) < 2:
        return None
    low, high = known[0][0], known[-1][0]
    scale = (WIDTH - 2 * _AIR) / max(high - low, 1)
    dots: list[tuple[float, int, str]] = []
    for amount, label in known:
        x = round(_AIR + (amount - low) * scale, 1) if high > low else WIDTH / 2
        taken = {level for other, level, _ in dots if abs(other - x) < 2 * RADIUS}
        level = next((level for level in range(MOST_HIGH) if level not in taken), MOST_HIGH - 1)
        dots.append((x, level, f"{label}: {written(amount)}"))
    highest = 1 + max(level for _, level, _ in dots)
    base = highest * (2 * RADIUS + 1) + RADIUS
    return Strip(
        tuple(Dot(x, base - RADIUS - 2 - level * (2 * RADIUS + 1), label) for x, level, label in dots),
        base,
        base + RADIUS,
    )
