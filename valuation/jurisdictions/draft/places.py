"""Which columns say where a dwelling lies, and in which reference system?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj

from valuation.jurisdictions.draft.column_guesses import Guess
from valuation.jurisdictions.draft.sales_table import SalesTable


@dataclass(frozen=True)
class Places:
    """The columns of the coordinates, their system, and the metres they become."""

    x: Guess
    y: Guess
    raw_crs: str
    crs: str
    bounds: tuple[int, int, int, int]
    why: str
    x_m: np.ndarray
    y_m: np.ndarray


def guess_places(table: SalesTable) -> Places | None:
    """Guess the columns of the coordinates, their system and a metric one."""
    for x_role, y_role in (("x", "y"), ("longitude", "latitude")):
        x, y = table.with_role(x_role), table.with_role(y_role)
        if x is None or y is None or not len(x.numbers) or not len(y.numbers):
            continue
        found = _crs(x, y)
        if found is None:
            continue
        raw_crs, crs, why = found
        transform = pyproj.Transformer.from_crs(raw_crs, crs, always_xy=True)
        x_m, y_m = (np.where(np.isfinite(axis), axis, np.nan) for axis in transform.transform(x.numbers, y.numbers))
        return Places(x, y, raw_crs, crs, _bounds(x_m, y_m), why, x_m, y_m)
    return None


def _crs(x: Guess, y: Guess) -> tuple[str, str, str] | None:
    code = re.search(r"epsg_?(\d{4,6})", x.name.lower())
    if code:
        return f"EPSG:{code[1]}", f"EPSG:{code[1]}", f"the name {x.name!r} says so"
    x_known, y_known = (axis.numbers[~np.isnan(axis.numbers) & (axis.numbers != 0)] for axis in (x, y))
    x_mid, y_mid = float(np.median(x_known)), float(np.median(y_known))
    if abs(x_mid) <= 180 and abs(y_mid) <= 90 and np.abs(y_known).max() <= 180:
        zone = int((x_mid + 180) // 6) + 1
        return "EPSG:4326", f"EPSG:{(32600 if y_mid >= 0 else 32700) + zone}", f"degrees; metres in UTM zone {zone}"
    if 6_400_000 < y_mid < 7_950_000 and 200_000 < x_mid < 1_200_000:
        crs = "EPSG:25832" if x_mid < 750_000 and y_mid < 7_200_000 else "EPSG:25833"
        return crs, crs, "numbers as of UTM in Norway, zone 32 in the south, else 33: check it"
    return None


def _bounds(x_m: np.ndarray, y_m: np.ndarray) -> tuple[int, int, int, int]:
    edges = []
    for axis in (x_m, y_m):
        low, mid, high = np.nanquantile(axis, [0.01, 0.5, 0.99])
        reach = 1.5 * max(high - mid, mid - low, 1_000.0)
        # Rows far from all others are slips of the pen, not dwellings.
        edges.append((max(low - reach, np.nanmin(axis) - 1_000), min(high + reach, np.nanmax(axis) + 1_000)))
    (x_low, x_high), (y_low, y_high) = edges
    return (
        int(np.floor(x_low / 1000) * 1000),
        int(np.floor(y_low / 1000) * 1000),
        int(np.ceil(x_high / 1000) * 1000),
        int(np.ceil(y_high / 1000) * 1000),
    )
