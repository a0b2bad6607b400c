"""Where does the dwelling lie among the sales beside it? A map drawn here, in metres, that asks no other machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 520, 420
_AIR = 42
_RINGS = (50, 100, 250, 500, 1000, 2500, 5000, 10000)
"""Metres of the circles around the dwelling: the two largest that fit are drawn."""


@dataclass(frozen=True)
class Mark:
    """A place in the picture, in its own units."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True)
class Ring:
    """A circle around the dwelling."""

    r: float
    label: str


@dataclass(frozen=True)
class PlaceMap:
    """A dwelling and the sales beside it."""

    here: Mark
    sales: tuple[Mark, ...]
    rings: tuple[Ring, ...]
    label: str
    width: int = WIDTH
    height: int = HEIGHT


def place_map(
    here: tuple[float | None, float | None], sales: Sequence[tuple[float | None, float | None, str]], label: str
) -> PlaceMap | None:
    """Draw a dwelling in the middle and sales around it, north up, on one scale.

    Parameters
    ----------
    here : tuple of float
        x and y of the dwelling in metres; None where it has no place.
    sales : sequence of tuple
        x, y and label of each sale.
    label : str
        What the picture shows, for those who do not see it.

    Examples
    --------
    >>> drawn = place_map((0.0, 0.0), [(100.0, 0.0, "1")], "A sale 100 m to the east")
    >>> drawn.here.x < drawn.sales[0].x, drawn.here.y == drawn.sales[0].y, [ring.label for ring in drawn.rings]
    (True, True, ['50 m', '100 m'])
    """
    x, y = here
    if x is None or y is None:
        return None
    placed = [(sx - x, sy - y, name) for sx, sy, name in sales if sx is not None and sy is not None]
    reach = max([math.hypot(dx, dy) for dx, dy, _ in placed] + [50.0])
    scale = (min(WIDTH, HEIGHT) / 2 - _AIR) / reach
    middle = Mark(WIDTH / 2, HEIGHT / 2)
    rings = [radius for radius in _RINGS if radius * scale <= HEIGHT / 2 - 4][-2:]
    return PlaceMap(
        middle,
        tuple(Mark(round(middle.x + dx * scale, 1), round(middle.y - dy * scale, 1), name) for dx, dy, name in placed),
        tuple(
            Ring(round(radius * scale, 1), f"{radius} m" if radius < 1000 else f"{radius / 1000:g} km")
            for radius in rings
        ),
        label,
    )
