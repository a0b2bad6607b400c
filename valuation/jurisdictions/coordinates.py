"""Where does each dwelling lie, in metres? And do the coordinates mean what the jurisdiction file says?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from valuation.dwellings.characteristics import LocationAreas
from valuation.errors import InputRefused
from valuation.jurisdictions.jurisdiction import Coordinates

if TYPE_CHECKING:
    import pyproj

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Positions:
    """Coordinates in metres, with what is wrong with single rows."""

    x_m: Floats
    y_m: Floats
    is_swapped: NDArray[np.bool_]
    is_outside: NDArray[np.bool_]


def to_metres(x: Floats, y: Floats, where: Coordinates, table: str) -> Positions:
    """Bring raw coordinates to the projected system and check that they lie in the jurisdiction.

    Raises
    ------
    InputRefused
        When more than half of the rows are swapped or outside: then the file is wrong, not a row.
    """
    transform = _between(where.raw_crs, where.crs)
    x_m, y_m = _transformed(transform, x, y)
    known = ~np.isnan(x) & ~np.isnan(y)
    inside = _inside(x_m, y_m, where.bounds)
    swapped_x, swapped_y = _transformed(transform, y, x)
    is_swapped = known & ~inside & _inside(swapped_x, swapped_y, where.bounds)
    is_outside = known & ~inside & ~is_swapped
    _refuse_a_wrong_file(x, y, where, table, known, is_swapped, is_outside)
    gone = is_swapped | is_outside | ~known
    return Positions(np.where(gone, np.nan, x_m), np.where(gone, np.nan, y_m), is_swapped, is_outside)


DEGREES = "EPSG:4326"
"""Longitude and latitude in WGS84, as maps on the web and GeoJSON have them."""


def to_degrees(x_m: Floats, y_m: Floats, where: Coordinates) -> tuple[Floats, Floats]:
    """Return longitude and latitude of places in metres; NaN where a place is not known."""
    return _transformed(_between(where.crs, DEGREES), x_m, y_m)


def box_in_metres(box: tuple[float, float, float, float], where: Coordinates) -> tuple[float, float, float, float]:
    """Return the box in metres around a box in degrees: all of it lies inside, and a little more.

    Parameters
    ----------
    box : west, south, east, north
    where : Coordinates
    """
    transform = _between(DEGREES, where.crs)
    west, south, east, north = transform.transform_bounds(*box, densify_pts=21)
    return west, south, east, north


def _between(crs: str, other: str) -> pyproj.Transformer:
    import pyproj  # not above: many a worker is never asked for a place in degrees

    return pyproj.Transformer.from_crs(crs, other, always_xy=True)


def _transformed(transform: pyproj.Transformer, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    x_m, y_m = transform.transform(x, y)
    x_m, y_m = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
    return np.where(np.isfinite(x_m), x_m, np.nan), np.where(np.isfinite(y_m), y_m, np.nan)


def _inside(x_m: Floats, y_m: Floats, bounds: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    x_min, y_min, x_max, y_max = bounds
    return (x_m >= x_min) & (x_m <= x_max) & (y_m >= y_min) & (y_m <= y_max)


def _refuse_a_wrong_file(
    x: Floats,
    y: Floats,
    where: Coordinates,
    table: str,
    known: NDArray[np.bool_],
    is_swapped: NDArray[np.bool_],
    is_outside: NDArray[np.bool_],
) -> None:
    n_known = int(known.sum())
    if n_known and is_swapped.sum() > n_known / 2:
        raise InputRefused(
            f"{table}: {is_swapped.sum():,} of {n_known:,} coordinates are swapped: x and y the other way round lie "
            f"inside the bounds (the first: x {x[is_swapped][0]:g}, y {y[is_swapped][0]:g})",
            expected="x east (longitude), y north (latitude)",
            remedy="exchange the columns of `coordinates.x` and `.y`",
        )
    if n_known and is_outside.sum() > n_known / 2:
        degrees = np.nanmax(np.abs(x)) <= 180 and np.nanmax(np.abs(y)) <= 180
        hint = "; they look like degrees" if degrees and where.raw_crs != "EPSG:4326" else ""
        raise InputRefused(
            f"{table}: {is_outside.sum():,} of {n_known:,} coordinates lie outside the bounds (the first: "
            f"x {x[is_outside][0]:g}, y {y[is_outside][0]:g}){hint}",
            expected=f"{where.raw_crs} that become {where.crs} within {list(where.bounds)}",
            remedy="correct `coordinates.raw_crs`, or `bounds` if dwellings do lie there",
        )


@dataclass(frozen=True)
class Division:
    """The map, halved again and again; each leaf is a market area."""

    axis: int
    """0: by x, 1: by y; -1: a leaf."""
    border_m: float
    parts: tuple[Division, ...]
    n_sales: int

    def leaf_of(self, x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
        """Return the number of the leaf each place lies in, counted from low x and y."""
        if self.axis < 0:
            return np.zeros(len(x_m), dtype=np.int64)
        low = (x_m if self.axis == 0 else y_m) < self.border_m
        number = np.empty(len(x_m), dtype=np.int64)
        number[low] = self.parts[0].leaf_of(x_m[low], y_m[low])
        number[~low] = self.parts[0].n_leaves + self.parts[1].leaf_of(x_m[~low], y_m[~low])
        return number

    def as_dict(self) -> dict[str, Any]:
        """Return the borders as plain content, to be written as JSON."""
        if self.axis < 0:
            return {"n_sales": self.n_sales}
        side = "x_m" if self.axis == 0 else "y_m"
        return {
            "n_sales": self.n_sales,
            f"below_{side}": self.border_m,
            "low": self.parts[0].as_dict(),
            "high": self.parts[1].as_dict(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Division:
        """Read what `as_dict` gave."""
        for axis, side in enumerate(("x_m", "y_m")):
            if f"below_{side}" in content:
                parts = cls.from_dict(content["low"]), cls.from_dict(content["high"])
                return cls(axis, content[f"below_{side}"], parts, content["n_sales"])
        return cls(-1, 0.0, (), content["n_sales"])

    @property
    def n_leaves(self) -> int:
        """Number of market areas."""
        return 1 if self.axis < 0 else sum(part.n_leaves for part in self.parts)


def divide(x_m: Floats, y_m: Floats, areas: LocationAreas) -> Division:
    """Divide the map into areas with at least `min_sales` sales each.

    Parameters
    ----------
    x_m, y_m : numpy.ndarray, shape (n_sales,)
        Sales before the holdout, without missing values.
    """
    spans = np.array([np.ptp(x_m), np.ptp(y_m)]) if len(x_m) else np.zeros(2)
    for axis in np.argsort(-spans, kind="stable"):
        places = (x_m, y_m)[axis]
        border = np.round(np.median(places) / areas.grid_m) * areas.grid_m if len(places) else 0.0
        low = places < border
        if min(low.sum(), (~low).sum()) >= areas.min_sales:
            parts = divide(x_m[low], y_m[low], areas), divide(x_m[~low], y_m[~low], areas)
            return Division(int(axis), float(border), parts, len(x_m))
    return Division(-1, 0.0, (), len(x_m))


def area_names(division: Division, x_m: Floats, y_m: Floats) -> NDArray[np.object_]:
    """Return the name of the area of each place, missing where the place is unknown."""
    known = ~np.isnan(x_m) & ~np.isnan(y_m)
    width = len(str(division.n_leaves))
    names = np.full(len(x_m), None, dtype=object)
    names[known] = [f"area {number + 1:0{width}d}" for number in division.leaf_of(x_m[known], y_m[known])]
    return names
