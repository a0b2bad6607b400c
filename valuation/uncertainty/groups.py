"""Within which groups must the promised coverage hold? Dwelling types, each in thirds of its value.

Groups are made of what is known of every dwelling, its type and its appraised value, never of a price. A group needs
enough calibration sales (`conformalize.min_group_sales`: about 200). With fewer, the thirds of a type are merged; types
too small for one group are merged with each other; and what is still too small is judged with all sales together. The
name of a group says what was merged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

OTHER = "other types"
EVERYTHING = "all"
_THIRDS = ("low", "middle", "high")


@dataclass(frozen=True)
class Class:
    """Types that share a group, and the values that part its thirds."""

    name: str
    edges: tuple[float, ...]
    """Values between the thirds, two or none, in money."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, cheapest first."""
        if not self.edges:
            return (f"{self.name}, all values",)
        return tuple(f"{self.name}, {third} third" for third in _THIRDS)


@dataclass(frozen=True)
class ValueGroups:
    """Classes of types, each whole or in thirds of value."""

    classes: tuple[Class, ...]
    class_of_type: dict[str, int]
    fallback: int
    """Class of a type not known."""

    @classmethod
    def fit(cls, dwelling_type: ArrayLike, value: ArrayLike, min_sales: int) -> ValueGroups:
        """Group calibration sales so that each group has `min_sales`, or is all there is.

        Examples
        --------
        >>> groups = ValueGroups.fit(["flat"] * 90 + ["house"] * 10, range(100), 30)
        >>> groups.names[:4]
        ('flat, low third', 'flat, middle third', 'flat, high third', 'all, low third')
        """
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        money = np.asarray(value, dtype=float)
        counts = types.value_counts().sort_index()
        large = [str(name) for name in counts.index[counts >= min_sales]]
        small = [str(name) for name in counts.index[counts < min_sales]]
        is_small = ~types.isin(large).to_numpy(dtype=bool)
        classes = [
            _class(name, money[(types == name).to_numpy(dtype=bool, na_value=False)], min_sales) for name in large
        ]
        class_of_type = {name: position for position, name in enumerate(large)}
        if not large or not is_small.any() or is_small.sum() < min_sales:
            rest = _class(EVERYTHING, money, min_sales)
        else:
            rest = _class(f"{OTHER} ({', '.join(small)})", money[is_small], min_sales)
        return cls((*classes, rest), class_of_type | dict.fromkeys(small, len(classes)), len(classes))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all groups, in the order of their numbers."""
        return tuple(name for item in self.classes for name in item.groups)

    def assign(self, dwelling_type: ArrayLike, value: ArrayLike) -> np.ndarray:
        """Group number of each dwelling, shape (n_dwellings,); a type not known goes to the fallback class."""
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        money = np.asarray(value, dtype=float)
        codes, levels = pd.factorize(types)
        known = np.array([self.class_of_type.get(str(level), self.fallback) for level in levels] + [self.fallback])
        chosen = known[codes]
        starts = np.cumsum([0, *(len(item.groups) for item in self.classes)])
        group = np.zeros(len(money), dtype=np.int64)
        for number in np.unique(chosen):
            members = chosen == number
            third = np.searchsorted(np.array(self.classes[number].edges), money[members], side="right")
            group[members] = starts[number] + np.where(np.isnan(money[members]), 0, third)
        return group

    def codes(self, dwelling_type: ArrayLike) -> np.ndarray:
        """Rank of each type among those seen, NaN for another, shape (n_dwellings,)."""
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        codes, levels = pd.factorize(types)
        rank = {name: float(number) for number, name in enumerate(sorted(self.class_of_type))}
        return np.array([*(rank.get(str(level), np.nan) for level in levels), np.nan])[codes]

    def is_left_over(self, dwelling_type: ArrayLike) -> np.ndarray:
        """Whether a dwelling is of a type seen, but too rare for a group, and judged with all sales."""
        rest = self.classes[self.fallback]
        rare = [name for name, number in self.class_of_type.items() if number == self.fallback]
        types = pd.Series(np.asarray(dwelling_type, dtype=object)).astype("string")
        return types.isin(rare if rest.name == EVERYTHING else []).to_numpy(dtype=bool)

    def members(self, dwelling_type: ArrayLike, value: ArrayLike) -> list[np.ndarray]:
        """Rows that calibrate each group: its own, or for a fallback to all sales every sale of those values."""
        group = self.assign(dwelling_type, value)
        own = [np.flatnonzero(group == number) for number in range(len(self.names))]
        rest = self.classes[self.fallback]
        if rest.name != EVERYTHING:
            return own
        third = np.searchsorted(np.array(rest.edges), np.asarray(value, dtype=float), side="right")
        return own[: len(own) - len(rest.groups)] + [
            np.flatnonzero(third == number) for number in range(len(rest.groups))
        ]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ValueGroups:
        """Read what `to_json` gave."""
        classes = tuple(Class(item["name"], tuple(item["edges"])) for item in content["classes"])
        return cls(classes, dict(content["class_of_type"]), int(content["fallback"]))


def _class(name: str, value: np.ndarray, min_sales: int) -> Class:
    # A third holds n // 3 sales or one more.
    if len(value) // len(_THIRDS) < min_sales:
        return Class(name, ())
    ordered = np.sort(value)
    cuts = [ordered[len(value) * part // len(_THIRDS)] for part in (1, 2)]
    return Class(name, tuple(float(cut) for cut in cuts))
