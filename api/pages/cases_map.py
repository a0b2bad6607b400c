"""Where do the cases of a list lie? Drawn here, in metres, north up: thousands become circles with their number.

The picture is cut into squares. A square with one case shows that case; one with more, a circle whose size grows with
the number, kept within its square: whatever lies on the map, no two marks touch, and the page stays small.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.pages.labels import box_of, free_place
from valuation.review.repository import CasePlace

WIDTH, HEIGHT = 880, 616
_AIR = 30
SQUARE = 44
"""Side of a square in units of the picture, which it divides: room for a circle with three figures in it."""
_SMALL, _LARGE = 9.0, SQUARE / 2 - 1
_LEAST_M = 60.0
"""Metres that a map spans at least: one house is not blown up to fill it."""
_BARS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
_LETTER, _LINE = 8.6, 17.0
"""Width of a letter and height of a line of a name, in units of the picture."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Circle:
    """Cases that lie together, or one alone."""

    x: float
    y: float
    r: float
    n: int
    alone: CasePlace | None
    """The one case, where there is one; None for several."""
    bounds: Bounds
    """In metres: the part of the map to look closer at."""
    areas: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """The name of an area in the picture, where it covers no other and no mark."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class CasesMap:
    """The picture, in its own units."""

    circles: tuple[Circle, ...]
    names: tuple[Name, ...]
    bar: tuple[float, int]
    """Length of the scale's bar, and how many metres that is."""
    bounds: Bounds
    """What it shows, in metres."""
    width: int = WIDTH
    height: int = HEIGHT


def cases_map(places: Iterable[CasePlace], bounds: Bounds | None = None) -> CasesMap | None:
    """Draw where cases lie; None where none has a place.

    Parameters
    ----------
    places : iterable of CasePlace
    bounds : tuple of float, optional
        x and y from, x and y to, in metres: a part of the map; by default what all of them need.

    Examples
    --------
    >>> near = [CasePlace(f"c{n}", "v", "A", 1000.0 + n, 2000.0) for n in range(3)]
    >>> drawn = cases_map([*near, CasePlace("far", "v", "B", 9000.0, 9000.0), CasePlace("lost", "v", None, None, None)])
    >>> [(one.n, one.alone and one.alone.case_id) for one in drawn.circles]
    [(3, None), (1, 'far')]
    """
    known = [(one.x_m, one.y_m, one) for one in places if one.x_m is not None and one.y_m is not None]
    if not known:
        return None
    frame = _Frame.around(bounds or _reach([(x, y) for x, y, _ in known]))
    squares: dict[tuple[int, int], list[tuple[float, float, CasePlace]]] = defaultdict(list)
    for x, y, one in known:
        at = frame.at(x, y)
        squares[int(at[0] // SQUARE), int(at[1] // SQUARE)].append((*at, one))
    most = max(len(held) for held in squares.values())
    circles = [_circle(square, held, most, frame) for square, held in sorted(squares.items())]
    circles.sort(key=lambda circle: -circle.n)
    return CasesMap(tuple(circles), tuple(_names(known, circles, frame)), frame.bar(), frame.bounds)


def framed(bounds: Bounds) -> Bounds:
    """Return what a map shows that has a part of the map whole in its middle, in metres."""
    return _Frame.around(bounds).bounds


@dataclass(frozen=True)
class _Frame:
    """How metres become units of the picture."""

    x_from: float
    y_to: float
    scale: float

    @classmethod
    def around(cls, bounds: Bounds) -> _Frame:
        """Return the frame in whose middle a part of the map lies, whole."""
        x_from, y_from, x_to, y_to = bounds
        across, up = max(x_to - x_from, _LEAST_M), max(y_to - y_from, _LEAST_M)
        scale = min((WIDTH - 2 * _AIR) / across, (HEIGHT - 2 * _AIR) / up)
        middle = (x_from + x_to) / 2, (y_from + y_to) / 2
        return cls(middle[0] - WIDTH / 2 / scale, middle[1] + HEIGHT / 2 / scale, scale)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a place in units of the picture, within it."""
        across, down = (x - self.x_from) * self.scale, (self.y_to - y) * self.scale
        return min(max(across, 0.0), WIDTH - 1.0), min(max(down, 0.0), HEIGHT - 1.0)

    @property
    def bounds(self) -> Bounds:
        """Return what the picture shows, in metres."""
        return (self.x_from, self.y_to - HEIGHT / self.scale, self.x_from + WIDTH / self.scale, self.y_to)

    def square(self, square: tuple[int, int]) -> Bounds:
        """Return what a square shows, in metres."""
        side = SQUARE / self.scale
        x_from, y_to = self.x_from + square[0] * side, self.y_to - square[1] * side
        return x_from, y_to - side, x_from + side, y_to

    def bar(self) -> tuple[float, int]:
        """Return the longest bar of round metres that takes at most a fifth of the width."""
        fits = [metres for metres in _BARS if metres * self.scale <= WIDTH / 5]
        metres = fits[-1] if fits else _BARS[0]
        return round(metres * self.scale, 1), metres


def _reach(places: Sequence[tuple[float, float]]) -> Bounds:
    across, up = zip(*places, strict=True)
    return min(across), min(up), max(across), max(up)


def _circle(
    square: tuple[int, int], held: Sequence[tuple[float, float, CasePlace]], most: int, frame: _Frame
) -> Circle:
    n = len(held)
    is_alone = n == 1
    r = _SMALL if is_alone else _SMALL + 4 + (_LARGE - _SMALL - 4) * math.sqrt((n - 1) / max(most - 1, 1))
    # Where they lie on the whole, but within its square: so no two ever touch.
    x = _within(sum(across for across, _, _ in held) / n, square[0], r)
    y = _within(sum(down for _, down, _ in held) / n, square[1], r)
    areas = sorted({one.market_area for _, _, one in held if one.market_area})
    alone = held[0][2] if is_alone else None
    return Circle(round(x, 1), round(y, 1), round(r, 1), n, alone, frame.square(square), tuple(areas))


def _within(place: float, square: int, r: float) -> float:
    return min(max(place, square * SQUARE + r), (square + 1) * SQUARE - r)


def _names(known: Sequence[tuple[float, float, CasePlace]], circles: Sequence[Circle], frame: _Frame) -> Iterable[Name]:
    by_area: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for x, y, one in known:
        if one.market_area:
            by_area[one.market_area].append(frame.at(x, y))
    taken = [(one.x - one.r, one.y - one.r, one.x + one.r, one.y + one.r) for one in circles]
    for area, places in sorted(by_area.items(), key=lambda item: (-len(item[1]), item[0])):
        x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
        found = free_place(x, y, area, taken, letter=_LETTER, line=_LINE, within=(WIDTH, HEIGHT))
        if found is not None:
            taken.append(box_of(*found, area, letter=_LETTER, line=_LINE))
            yield Name(*found, area)
