"""Where does a label in a picture stand so that it covers nothing? Tried around what it names, nearest first."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
"""Left, top, right and lower edge."""
_AIR = 2.0
"""Between two labels, in units of the picture."""
_RINGS = 7
_AROUND = ((1, 0), (0, -1), (-1, 0), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


def free_place(
    x: float,
    y: float,
    text: str,
    taken: Sequence[Box],
    *,
    letter: float,
    line: float,
    within: tuple[float, float],
    away: float = 0.0,
) -> tuple[float, float] | None:
    """Return where a label near a place covers nothing: the middle of its lower edge; None where it is too crowded.

    Parameters
    ----------
    x, y : float
        What it names.
    text : str
    taken : sequence of boxes
        Left, top, right and lower edge of what is there.
    letter, line : float
        Width of a letter and height of a line.
    within : tuple of float
        Width and height of the picture.
    away : float
        How far from the place it stands at least.
    """
    half = letter * len(text) / 2
    for step in range(_RINGS):
        reach = away + step * line * 0.6
        for across, down in _AROUND:
            at = round(x + across * (reach + half), 1), round(y + line / 3 + down * (reach + line / 2), 1)
            left, top, right, low = box_of(*at, text, letter=letter, line=line)
            is_inside = left >= 0 and top >= 0 and right <= within[0] and low <= within[1]
            if is_inside and not any(left < b[2] and right > b[0] and top < b[3] and low > b[1] for b in taken):
                return at
    return None


def box_of(x: float, y: float, text: str, *, letter: float, line: float) -> Box:
    """Return the edges of a label: left, top, right, low."""
    half = letter * len(text) / 2 + _AIR
    return x - half, y - line * 0.8 - _AIR / 2, x + half, y + line * 0.2 + _AIR / 2
