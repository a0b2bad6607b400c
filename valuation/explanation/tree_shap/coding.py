"""How does a row answer the questions of the trees, asked a byte at a time?

Of each feature, the trees ask for some thresholds only. So a number is its rank among them, one byte, and a condition
becomes a comparison of bytes, which a processor does for many rows at once. LightGBM's rules for what is missing are
kept: a *plane* holds the codes of one feature under one rule, and a feature with more thresholds than a byte can tell
apart has several planes. A category's plane holds levels, and each split a table of the levels that meet it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valuation.models.forest import (
    IS_CATEGORICAL,
    LARGEST_LEVEL,
    MISSING_GOES_LEFT,
    MISSING_KIND,
    NAN_IS_MISSING,
    ZERO,
    ZERO_IS_MISSING,
    Floats,
    Forest,
    Ints,
    UnknownModel,
)

Codes = NDArray[np.uint8]

_MEETS_NOTHING = 255
_RULES = 16
"""A `decision_type` is smaller."""
_EDGES_OF_A_PLANE = 255
"""Codes run from 0 (at most the first threshold) to 255 (above all): a byte tells 255 thresholds apart."""


@dataclass(frozen=True)
class Plane:
    """One byte per row: a feature, under one rule for what is missing."""

    feature: int
    rule: int
    """`decision_type` of its splits: whether it is categorical, what is missing and where that goes."""
    edges: Floats
    """Thresholds, ascending; of a category its levels, ascending."""

    def codes(self, column: Floats) -> Codes:
        """Code a column, shape (n_rows,)."""
        if self.rule & IS_CATEGORICAL:
            return self._levels(column)
        is_missing = np.isnan(column)
        numbers = np.where(np.abs(column) <= ZERO, 0.0, column)
        kind = self.rule & MISSING_KIND
        if kind != NAN_IS_MISSING:
            numbers[is_missing] = 0.0
            is_missing = numbers == 0.0 if kind == ZERO_IS_MISSING else np.zeros_like(is_missing)
        codes = np.searchsorted(self.edges, numbers, side="left").astype(np.uint8)
        codes[is_missing] = 0 if self.rule & MISSING_GOES_LEFT else _MEETS_NOTHING
        return codes

    def _levels(self, column: Floats) -> Codes:
        # A level is cut to a whole number as C does, towards zero; what is missing, negative or huge is no level.
        is_level = (column > -1) & (column < LARGEST_LEVEL)
        levels = np.trunc(np.where(is_level, column, -1.0))
        places = np.searchsorted(self.edges, levels)
        known = self.edges[np.minimum(places, len(self.edges) - 1)] == levels
        return np.where(known, places, _MEETS_NOTHING).astype(np.uint8)


@dataclass(frozen=True)
class Coding:
    """The planes of a forest and, for each split, how it reads them."""

    planes: list[Plane]
    plane: Ints
    """Plane that a split reads, shape (n_nodes,)."""
    limit: Codes
    """A code up to here meets the condition; unused for categories."""
    level_table: Ints
    """Row of `meets` of a categorical split, −1 for others."""
    meets: Codes
    """1 where a code meets the condition, shape (n_categorical_splits, 256)."""

    @classmethod
    def of(cls, forest: Forest) -> Coding:
        """Make the planes for a forest.

        Raises
        ------
        UnknownModel
            When the splits of a category tell more than 255 levels apart.
        """
        n_nodes, n_sets = len(forest.feature), int(forest.level_set.max(initial=0)) + 1
        made = cls(
            planes=[],
            plane=np.zeros(n_nodes, np.int32),
            limit=np.zeros(n_nodes, np.uint8),
            level_table=np.full(n_nodes, -1, np.int32),
            meets=np.zeros((n_sets, 256), np.uint8),
        )
        asked = forest.feature * _RULES + forest.decision
        order = np.argsort(asked, kind="stable")
        keys, starts = np.unique(asked[order], return_index=True)
        for key, nodes in zip(keys.tolist(), np.split(order, starts[1:]), strict=True):
            feature, rule = divmod(key, _RULES)
            if rule & IS_CATEGORICAL:
                made._add_levels(forest, nodes, feature, rule)
            else:
                made._add_thresholds(forest.threshold[nodes], nodes, feature, rule)
        return made

    def _add_thresholds(self, threshold: Floats, nodes: NDArray[np.int64], feature: int, rule: int) -> None:
        edges, rank = np.unique(threshold, return_inverse=True)
        first = len(self.planes)
        self.plane[nodes] = first + rank // _EDGES_OF_A_PLANE
        self.limit[nodes] = rank % _EDGES_OF_A_PLANE
        for start in range(0, len(edges), _EDGES_OF_A_PLANE):
            self.planes.append(Plane(feature, rule, edges[start : start + _EDGES_OF_A_PLANE]))

    def _add_levels(self, forest: Forest, nodes: NDArray[np.int64], feature: int, rule: int) -> None:
        sets = forest.threshold[nodes].astype(np.int32)
        is_asked = np.isin(forest.level_set, sets)
        levels, code = np.unique(forest.level[is_asked], return_inverse=True)
        if len(levels) > _MEETS_NOTHING:
            raise UnknownModel(f"splits that tell {len(levels)} levels apart")
        self.plane[nodes], self.level_table[nodes] = len(self.planes), sets
        self.planes.append(Plane(feature, rule, levels.astype(np.float64)))
        self.meets[forest.level_set[is_asked], code] = 1

    def codes(self, matrix: Floats) -> Codes:
        """Code rows.

        Parameters
        ----------
        matrix : ndarray of float, shape (n_rows, n_features)

        Returns
        -------
        ndarray of uint8, shape (n_planes, n_rows)
        """
        made = np.empty((len(self.planes), len(matrix)), np.uint8)
        for place, plane in enumerate(self.planes):
            made[place] = plane.codes(matrix[:, plane.feature])
        return made
