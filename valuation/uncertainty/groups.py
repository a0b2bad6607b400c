"""Within which groups must the promised coverage hold? Dwelling type × value level × level of the market area.

Groups are made of what is known of every dwelling, its type, its appraised value and its market area, never of a price.
A type is parted in thirds of its value, and each third in areas of low, middle and high values, as long as every part
keeps enough calibration sales (`conformalize.min_group_sales`). With fewer, the areas of a third are merged, then
the thirds of a type; types too small for one group are merged with each other; and what is still too small is judged
with all sales together. The name of a group says what was merged: "all areas", "all values", "other types".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from valuation.dwellings.facts import texts_of

OTHER = "other types"
EVERYTHING = "all"
_THIRDS = ("low third", "middle third", "high third")
_ALL_VALUES = ("all values",)
_LEVELS = ("low-value areas", "middle-value areas", "high-value areas")
_ALL_AREAS = ("all areas",)
# An area with no calibration sale of the type: neither the cheapest nor the dearest.
_LEVEL_OF_UNKNOWN = 1

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Class:
    """Types that share groups, the values that part its thirds, and the areas that part each of these."""

    name: str
    edges: tuple[float, ...]
    """Values between the thirds, two or none, in money."""
    levels: tuple[dict[str, int], ...]
    """For each third (or for all values) the level of every area, from 0; empty where its areas are merged."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, cheapest first."""
        thirds = _THIRDS if self.edges else _ALL_VALUES
        return tuple(
            f"{self.name}, {third}, {areas}"
            for third, level in zip(thirds, self.levels, strict=True)
            for areas in (_LEVELS if level else _ALL_AREAS)
        )

    def assign(self, value: NDArray[np.float64], area: NDArray[np.object_]) -> Rows:
        """Number of the group of each dwelling within the class, shape (n_dwellings,)."""
        third = np.where(np.isnan(value), 0, np.searchsorted(np.array(self.edges), value, side="right"))
        starts = np.cumsum([0, *(len(_LEVELS) if level else 1 for level in self.levels)])
        group = starts[third]
        for number, level in enumerate(self.levels):
            if level:
                rows = np.flatnonzero(third == number)
                found = [level.get(name, _LEVEL_OF_UNKNOWN) for name in area[rows].tolist()]
                group[rows] += np.array(found, dtype=np.int64)
        return group


@dataclass(frozen=True)
class ValueGroups:
    """Classes of types, each whole or parted by value and by area."""

    classes: tuple[Class, ...]
    class_of_type: dict[str, int]
    fallback: int
    """Class of a type not known."""

    @classmethod
    def fit(cls, dwelling_type: ArrayLike, value: ArrayLike, market_area: ArrayLike, min_sales: int) -> ValueGroups:
        """Group calibration sales so that each group has `min_sales`, or is all there is.

        Examples
        --------
        >>> groups = ValueGroups.fit(["flat"] * 90 + ["house"] * 10, range(100), ["north"] * 100, 30)
        >>> groups.names[:3]
        ('flat, low third, all areas', 'flat, middle third, all areas', 'flat, high third, all areas')
        """
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        money, area = np.asarray(value, dtype=float), texts_of(market_area)
        counts = types.value_counts().sort_index()
        large = [str(name) for name in counts.index[counts >= min_sales]]
        small = [str(name) for name in counts.index[counts < min_sales]]
        is_small = ~types.isin(large).to_numpy(dtype=bool)

        def made(name: str, rows: NDArray[np.bool_]) -> Class:
            return _class(name, money[rows], area[rows], min_sales)

        classes = [made(name, (types == name).to_numpy(dtype=bool, na_value=False)) for name in large]
        class_of_type = {name: position for position, name in enumerate(large)}
        if not large or not is_small.any() or is_small.sum() < min_sales:
            rest = made(EVERYTHING, np.ones(len(money), dtype=bool))
        else:
            rest = made(f"{OTHER} ({', '.join(small)})", is_small)
        return cls((*classes, rest), class_of_type | dict.fromkeys(small, len(classes)), len(classes))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all groups, in the order of their numbers."""
        return tuple(name for item in self.classes for name in item.groups)

    @property
    def _starts(self) -> Rows:
        return np.cumsum([0, *(len(item.groups) for item in self.classes)])

    def assign(self, dwelling_type: ArrayLike, value: ArrayLike, market_area: ArrayLike) -> Rows:
        """Group number of each dwelling, shape (n_dwellings,); a type not known goes to the fallback class."""
        types, area = texts_of(dwelling_type), texts_of(market_area)
        money, starts = np.asarray(value, dtype=float), self._starts
        chosen = np.array([self.class_of_type.get(kind, self.fallback) for kind in types.tolist()], dtype=np.int64)
        group = np.zeros(len(money), dtype=np.int64)
        for number in sorted(set(chosen.tolist())):
            members = chosen == number
            group[members] = starts[number] + self.classes[number].assign(money[members], area[members])
        return group

    def codes(self, dwelling_type: ArrayLike) -> np.ndarray:
        """Rank of each type among those seen, NaN for another, shape (n_dwellings,)."""
        rank = {name: float(number) for number, name in enumerate(sorted(self.class_of_type))}
        return np.array([rank.get(kind, np.nan) for kind in texts_of(dwelling_type).tolist()], dtype=float)

    def is_left_over(self, dwelling_type: ArrayLike) -> np.ndarray:
        """Whether a dwelling is of a type seen, but too rare for a group, and judged with all sales."""
        rest = self.classes[self.fallback]
        rare = [name for name, number in self.class_of_type.items() if number == self.fallback]
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        return types.isin(rare if rest.name == EVERYTHING else []).to_numpy(dtype=bool)

    def members(self, dwelling_type: ArrayLike, value: ArrayLike, market_area: ArrayLike) -> list[np.ndarray]:
        """Rows that calibrate each group: its own, or for a fallback to all sales every sale of those values."""
        group = self.assign(dwelling_type, value, market_area)
        own = [np.flatnonzero(group == number) for number in range(len(self.names))]
        rest = self.classes[self.fallback]
        if rest.name != EVERYTHING:
            return own
        part = rest.assign(np.asarray(value, dtype=float), texts_of(market_area))
        return own[: len(own) - len(rest.groups)] + [
            np.flatnonzero(part == number) for number in range(len(rest.groups))
        ]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ValueGroups:
        """Read what `to_json` gave."""
        classes = tuple(
            Class(item["name"], tuple(item["edges"]), tuple(dict(level) for level in item["levels"]))
            for item in content["classes"]
        )
        return cls(classes, dict(content["class_of_type"]), int(content["fallback"]))


def _class(name: str, value: NDArray[np.float64], area: NDArray[np.object_], min_sales: int) -> Class:
    # A third holds n // 3 sales or one more.
    edges: tuple[float, ...] = ()
    if len(value) // len(_THIRDS) >= min_sales:
        ordered = np.sort(value)
        edges = tuple(float(ordered[len(value) * part // len(_THIRDS)]) for part in (1, 2))
    third = np.searchsorted(np.array(edges), value, side="right")
    median = pd.Series(value).groupby(area).median()
    return Class(name, edges, tuple(_levels(area[third == part], median, min_sales) for part in range(len(edges) + 1)))


def _levels(area: NDArray[np.object_], median_value: pd.Series, min_sales: int) -> dict[str, int]:
    """Part the areas of some sales in three of about as many, by their median value; none where one is too small."""
    counts = pd.Series(area).dropna().astype(str).value_counts()
    # By name where two medians are equal, so that the order of the sales does not matter.
    order = sorted(counts.index, key=lambda name: (float(median_value[name]), name))
    sizes = counts.reindex(order).to_numpy(dtype=float)
    if not len(sizes):
        return {}
    middle = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    level = np.minimum((middle * len(_LEVELS)).astype(int), len(_LEVELS) - 1)
    kept = np.bincount(level, weights=sizes, minlength=len(_LEVELS))
    return dict(zip(order, level.tolist(), strict=True)) if kept.min() >= min_sales else {}
