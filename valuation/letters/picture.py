"""How does one see a value and its probable range? A bar from low to high with a mark at the value, to scale."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 640, 90
_MARGIN = 12
_LETTER = 13.0
"""Width of a letter of the label where it is largest, on narrow screens, in units of the picture."""


@dataclass(frozen=True)
class RangePicture:
    """Places in the picture, in its own units from the left."""

    low: float
    value: float
    high: float
    own: float | None
    """Of the value that a person set instead."""
    label: float
    """Middle of the label of the value that counts: over its mark, moved inwards where it would leave the picture."""


def range_picture(low: int, value: int, high: int, label_letters: int, own: int | None = None) -> RangePicture:
    """Return where the range and the value are drawn.

    Parameters
    ----------
    low, value, high : int
        Money; low ≤ value ≤ high.
    label_letters : int
        Letters of the label over the mark.
    own : int, optional
        Money: the value that a person set instead, within the range or not.

    Examples
    --------
    >>> range_picture(100, 150, 200, 10).value
    320.0
    >>> range_picture(100, 100, 100, 10).value
    320.0
    >>> picture = range_picture(100, 150, 200, 10, own=50)
    >>> picture.own, picture.value
    (12.0, 422.7)
    """
    left, right = float(_MARGIN), float(WIDTH - _MARGIN)
    first, last = (low, high) if own is None else (min(low, own), max(high, own))

    def place(money: int) -> float:
        share = (money - first) / (last - first) if last > first else 0.5
        return left + share * (right - left)

    half = label_letters * _LETTER / 2
    counted = place(value if own is None else own)
    ends = (place(low), place(high)) if last > first else (left, right)
    return RangePicture(
        round(ends[0], 1),
        round(place(value), 1),
        round(ends[1], 1),
        None if own is None else round(place(own), 1),
        round(min(max(counted, left + half), right - half), 1),
    )
