"""Where does the dwelling lie among the sales beside it? A map drawn here, in metres, that asks no other machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.pages.labels import Box, box_of, free_place
from valuation.explanation.grid_words import distance

WIDTH, HEIGHT = 520, 420
_AIR = 42
_RINGS = (50, 100, 250, 500, 1000, 2500, 5000, 10000)
"""Metres of the circles around the dwelling: the two largest that fit are drawn."""
_DOT = 9.0
"""Radius of a sale in the picture."""
_HERE = 13.0
"""Half the width of the dwelling's mark."""
_LETTER, _LINE = 9.0, 17.0
"""Width of a letter and height of a line of a label, in units of the picture."""


@dataclass(frozen=True)
class Mark:
    """A place in the picture, in its own units, and where its label stands (the middle of its lower edge)."""

    x: float
    y: float
    label: str = ""
    at: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Ring:
    """A circle around the dwelling; its label is empty where there is no room for it."""

    r: float
    label: str
    at: tuple[float, float] = (0.0, 0.0)


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
    here: tuple[float | None, float | None],
    sales: Sequence[tuple[float | None, float | None, str]],
    label: str,
    language: str,
) -> PlaceMap | None:
    r"""Draw a dwelling in the middle and sales around it, north up, on one scale; no label covers another.

    Sales at one place, such as two flats of a building, are one mark with the numbers of both.

    Parameters
    ----------
    here : tuple of float
        x and y of the dwelling in metres; None where it has no place.
    sales : sequence of tuple
        x, y and label of each sale.
    label : str
        What the picture shows, for those who do not see it.
    language : str
        In which distances are written.

    Examples
    --------
    >>> drawn = place_map((0.0, 0.0), [(100.0, 0.0, "1"), (100.0, 1.0, "2")], "Two sales to the east", "nb")
    >>> drawn.here.x < drawn.sales[0].x, [mark.label for mark in drawn.sales], [ring.label for ring in drawn.rings]
    (True, ['1, 2'], ['50\xa0m', '100\xa0m'])
    """
    x, y = here
    if x is None or y is None:
        return None
    placed = [(sx - x, sy - y, name) for sx, sy, name in sales if sx is not None and sy is not None]
    reach = max([math.hypot(dx, dy) for dx, dy, _ in placed] + [50.0])
    scale = (min(WIDTH, HEIGHT) / 2 - _AIR) / reach
    middle = Mark(WIDTH / 2, HEIGHT / 2)
    marks = _together([(middle.x + dx * scale, middle.y - dy * scale, name) for dx, dy, name in placed])
    taken: list[Box] = [(middle.x - _HERE, middle.y - _HERE, middle.x + _HERE, middle.y + _HERE), (0, 0, 44, 26)]
    taken += [(mark.x - _DOT, mark.y - _DOT, mark.x + _DOT, mark.y + _DOT) for mark in marks]
    named = tuple(_named(marks, taken))
    rings = [radius for radius in _RINGS if radius * scale <= HEIGHT / 2 - 4][-2:]
    return PlaceMap(middle, named, tuple(_ring(radius, scale, middle, taken, language) for radius in rings), label)


def _together(places: Sequence[tuple[float, float, str]]) -> list[Mark]:
    """Return a mark for each place; sales whose marks would lie upon one another share one."""
    marks: list[Mark] = []
    for x, y, name in places:
        near = next((one for one in marks if math.hypot(one.x - x, one.y - y) < 2 * _DOT), None)
        if near is None:
            marks.append(Mark(round(x, 1), round(y, 1), name))
        else:
            marks[marks.index(near)] = Mark(near.x, near.y, f"{near.label}, {name}")
    return marks


def _named(marks: Sequence[Mark], taken: list[Box]) -> Iterator[Mark]:
    for mark in marks:
        at = _room(mark.x, mark.y, mark.label, taken, away=_DOT + 2)
        if at is None:
            # Five sales never fill the picture; a label in the middle of nowhere would name nothing.
            at = (mark.x, mark.y - _DOT - 2)
        taken.append(box_of(*at, mark.label, letter=_LETTER, line=_LINE))
        yield Mark(mark.x, mark.y, mark.label, at)


def _ring(radius: int, scale: float, middle: Mark, taken: list[Box], language: str) -> Ring:
    r = round(radius * scale, 1)
    said = distance(float(radius), language)
    at = _room(middle.x + 18, middle.y - r + 8, said, taken)
    if at is None:
        return Ring(r, "")
    taken.append(box_of(*at, said, letter=_LETTER, line=_LINE))
    return Ring(r, said, at)


def _room(x: float, y: float, text: str, taken: Sequence[Box], *, away: float = 0.0) -> tuple[float, float] | None:
    return free_place(x, y, text, taken, letter=_LETTER, line=_LINE, within=(WIDTH, HEIGHT), away=away)
