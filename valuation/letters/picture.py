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
    label: float
    """Middle of the label of the value: over its mark, moved inwards where it would leave the picture."""


def range_picture(low: int, value: int, high: int, label_letters: int) -> RangePicture:
    """Return where the range and the value are drawn.

    Parameters
    ----------
    low, value, high : int
        Money; low ≤ value ≤ high.
    label_letters : int
        Letters of the label over the mark.

    Examples
    --------
    >>> range_picture(100, 150, 200, 10).value
    320.0
    >>> range_picture(100, 100, 100, 10).value
    320.0
    """
    left, right = float(_MARGIN), float(WIDTH - _MARGIN)
    share = (value - low) / (high - low) if high > low else 0.5
    at = left + share * (right - left)
    half = label_letters * _LETTER / 2
    return RangePicture(left, round(at, 1), right, round(min(max(at, left + half), right - half), 1))
