"""What do the trees of a stored booster say? Asked here, many rows of one tree after another, bit for bit.

LightGBM sends one row at a time down all trees: every tree comes from far memory once for each row, and every step
waits for the one before. Here all questions of a tree are asked of all rows while it lies near the processor, and their
answers leave one leaf to each row (the idea of QuickScorer, Lucchese and others 2015). The leaves are added in the
order of the trees: the sums are LightGBM's own, which tests hold to the bit on hostile rows. What is not known here is
left to LightGBM.
"""

from __future__ import annotations

import hashlib
import math
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from valuation.errors import BundleRefused
from valuation.models.compiled import compiled
from valuation.models.forest import (
    IS_CATEGORICAL,
    LARGEST_LEVEL,
    MISSING_GOES_LEFT,
    MISSING_KIND,
    NOTHING_IS_MISSING,
    ZERO,
    ZERO_IS_MISSING,
    Floats,
    Forest,
    Ints,
    UnknownModel,
    objective_of,
    trees_of,
)

if TYPE_CHECKING:
    import lightgbm as lgb

Bits = NDArray[np.uint64]

ROWS_AT_ONCE = 256
"""Rows that are asked together: their features stay in the memory near the processor."""
FEW_ROWS = 32
"""Under so many rows it is less to go down the trees than to ask all their questions."""
_MOST_LEAVES = 64
_AS_THEY_ARE = ("regression", "huber", "fair")
_EXPONENTIAL = ("gamma",)
_OF_A_SET = 2

_SPREAD = np.uint64(0x03F79D71B4CB0A89)
"""Times a lone bit, it has another number in its six highest bits for each of the 64 (a de Bruijn sequence)."""
_PLACE_OF_BIT = np.empty(64, np.int64)
_PLACE_OF_BIT[[((0x03F79D71B4CB0A89 << place) & (2**64 - 1)) >> 58 for place in range(64)]] = range(64)


def read_booster(path: Path) -> lgb.Booster | StoredBooster:
    """Read a booster from LightGBM's text; as LightGBM's own where something in it is not known here."""
    text = path.read_text(encoding="utf-8")
    try:
        return StoredBooster(path, text)
    except UnknownModel:
        import lightgbm as lgb  # not above: it is not needed where all is known here

        return lgb.Booster(model_str=text)


class StoredBooster:
    """The trees of a booster, with the questions that `lightgbm.Booster` answers about them.

    Parameters
    ----------
    path : Path
        Where the text lies. It is read again only where LightGBM itself is needed.
    text : str
        What it says.

    Raises
    ------
    UnknownModel
        When something in it is not known here.
    """

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._hash = path, _hash_of(text)
        self.forest = trees_of(text)
        self._objective = objective_of(text)
        self._questions, self._asked = _questions_of(self.forest)

    def predict(
        self,
        rows: Floats,
        *,
        num_threads: int = 1,  # noqa: ARG002 - asked as LightGBM is, by whoever need not know which it is
        raw_score: bool = False,
        pred_contrib: bool = False,
    ) -> Floats:
        """Return what the booster says of each row, as `lightgbm.Booster.predict`.

        Parameters
        ----------
        rows : array of float, shape (n_rows, n_features)
        num_threads : int
            1, as in every call of LightGBM (`valuation.models.asking`).
        raw_score : bool
            The sum of the leaves alone.
        pred_contrib : bool
            Shapley values, from LightGBM.

        Returns
        -------
        array of float, shape (n_rows,) or (n_rows, n_features + 1)
        """
        is_known = raw_score or self._objective in (*_AS_THEY_ARE, *_EXPONENTIAL)
        if pred_contrib or not is_known:
            said = self.lightgbm.predict(rows, num_threads=1, raw_score=raw_score, pred_contrib=pred_contrib)
            return np.asarray(said)
        rows = np.asarray(rows, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.forest.n_features:
            raise ValueError(f"rows of shape {rows.shape} for {self.forest.n_features} features")
        added = np.zeros(len(rows))
        columns = _columns(rows, self._asked)
        if len(rows) < FEW_ROWS:
            _walk_down(columns, self._questions, added)
        else:
            _add_leaves(columns, self._questions, ROWS_AT_ONCE, added)
        if raw_score or self._objective in _AS_THEY_ARE:
            return added
        # One by one, by the function LightGBM calls: numpy's own rounds otherwise.
        return np.array([math.exp(number) for number in added.tolist()])

    def num_feature(self) -> int:
        """Return the number of features."""
        return self.forest.n_features

    def num_trees(self) -> int:
        """Return the number of trees."""
        return len(self.forest.leaf_start) - 1

    def model_to_string(self) -> str:
        """Return the text it was read from.

        Raises
        ------
        BundleRefused
            When the file says something else by now.
        """
        text = self._path.read_text(encoding="utf-8")
        if _hash_of(text) != self._hash:
            raise BundleRefused(
                f"{self._path} was changed since it was read",
                expected="the model version that was loaded",
                remedy="restore the bundle and start again",
            )
        return text

    @cached_property
    def lightgbm(self) -> lgb.Booster:
        """The same as LightGBM's own booster."""
        import lightgbm as lgb  # as above

        return lgb.Booster(model_str=self.model_to_string())


Booster: TypeAlias = "lgb.Booster | StoredBooster"
"""Whoever asks need not know which."""


def as_lightgbm(booster: Booster) -> lgb.Booster:
    """Return LightGBM's own booster."""
    return booster.lightgbm if isinstance(booster, StoredBooster) else booster


class _Asked(NamedTuple):
    """What the nodes read: for each column its feature, and which columns are read otherwise than as numbers or NaN."""

    feature: Ints
    levels: Ints
    zero_is_missing: Ints
    none_is_missing: Ints


class _Questions(NamedTuple):
    """The trees of a forest, made for asking all of a tree's questions of many rows."""

    node_start: Ints
    leaf_start: Ints
    column: Ints
    """Where a node finds its number, among `_columns`."""
    threshold: Floats
    kind: NDArray[np.uint8]
    """0 where what is missing goes right, 1 where it goes left, 2 for a set of levels."""
    children: Ints
    """As in `Forest`, leaves by their place."""
    left: Bits
    """Leaves under the left side of a node, a bit each, the leftmost leaf of the tree lowest."""
    leaf_value: Floats
    """From left to right."""
    word_start: Ints
    """First word of each set of levels."""
    words: NDArray[np.uint32]
    """The levels of the sets as bits."""


def _questions_of(forest: Forest) -> tuple[_Questions, _Asked]:
    if np.diff(forest.leaf_start).max(initial=1) > _MOST_LEAVES:
        raise UnknownModel(f"a tree of more than {_MOST_LEAVES} leaves")
    is_set = (forest.decision & IS_CATEGORICAL) > 0
    # What is missing is made NaN in the columns, and what is not is made a number: then one comparison is enough.
    missing = np.where(is_set, IS_CATEGORICAL, forest.decision & MISSING_KIND)
    asked, column = np.unique(np.stack([forest.feature, missing], axis=1), axis=0, return_inverse=True)
    goes_left = (forest.decision & MISSING_GOES_LEFT) > 0
    left, place = np.zeros(len(is_set), np.uint64), np.zeros(len(forest.leaf_value), np.int32)
    _number_leaves(forest.node_start, forest.leaf_start, forest.children, left, place)
    leaf_value = np.empty_like(forest.leaf_value)
    leaf_value[place] = forest.leaf_value
    word_start, words = _bit_sets(forest)
    questions = _Questions(
        node_start=forest.node_start,
        leaf_start=forest.leaf_start,
        column=column.reshape(-1).astype(np.int32),
        threshold=forest.threshold,
        kind=np.where(is_set, _OF_A_SET, goes_left).astype(np.uint8),
        children=_with_places(forest, place),
        left=left,
        leaf_value=leaf_value,
        word_start=word_start,
        words=words,
    )
    feature, how = asked.T
    levels, zero_is_missing, none_is_missing = (
        np.flatnonzero(how == kind).astype(np.int32) for kind in (IS_CATEGORICAL, ZERO_IS_MISSING, NOTHING_IS_MISSING)
    )
    return questions, _Asked(feature, levels, zero_is_missing, none_is_missing)


def _with_places(forest: Forest, place: Ints) -> Ints:
    first = np.repeat(forest.leaf_start[:-1], np.diff(forest.node_start))[:, None]
    is_leaf = forest.children < 0
    found = place[np.where(is_leaf, first + ~forest.children, 0)] - first
    return np.where(is_leaf, ~found, forest.children).astype(np.int32)


@compiled
def _number_leaves(node_start: Ints, leaf_start: Ints, children: Ints, left: Bits, place: Ints) -> None:
    """Number the leaves of each tree from left to right; fill `left`, and the new `place` of each leaf."""
    for tree in range(len(node_start) - 1):
        top, leaf, n = node_start[tree], leaf_start[tree], node_start[tree + 1] - node_start[tree]
        n_leaves, first = np.zeros(n, np.int64), np.zeros(n, np.int64)
        if n == 0:
            place[leaf] = leaf
        for node in range(n - 1, -1, -1):
            for side in range(2):
                below = children[top + node, side]
                n_leaves[node] += n_leaves[below] if below >= 0 else 1
        for node in range(n):
            begin = first[node]
            for side in (1, 0):
                below = children[top + node, side]
                size = n_leaves[below] if below >= 0 else 1
                if below >= 0:
                    first[below] = begin
                else:
                    place[leaf + ~below] = leaf + begin
                if side == 1:
                    # Never all 64 leaves: there is one on the right.
                    left[top + node] = ((np.uint64(1) << np.uint64(size)) - np.uint64(1)) << np.uint64(begin)
                begin += size


def _bit_sets(forest: Forest) -> tuple[Ints, NDArray[np.uint32]]:
    """Return the first word of each set of levels, and the sets as bits, 32 to a word."""
    n_sets = int(forest.level_set.max(initial=-1)) + 1
    most = np.full(n_sets, -1, np.int64)
    np.maximum.at(most, forest.level_set, forest.level)
    start = np.concatenate([[0], np.cumsum(most // 32 + 1)]).astype(np.int32)
    words = np.zeros(int(start[-1]), np.uint32)
    bit = np.uint32(1) << (forest.level % 32).astype(np.uint32)
    np.bitwise_or.at(words, start[forest.level_set] + forest.level // 32, bit)
    return start, words


def _columns(rows: Floats, asked: _Asked) -> Floats:
    """Return what the nodes read, shape (n_columns, n_rows)."""
    made = np.ascontiguousarray(rows.T[asked.feature])
    # Numbers that are almost nothing are not even read by LightGBM, and come back as nothing.
    made[np.abs(made) <= ZERO] = 0.0
    if len(asked.levels):
        # A level is cut to a whole number as C does; what is missing, negative or huge is none.
        levels = made[asked.levels]
        made[asked.levels] = np.trunc(np.where((levels > -1) & (levels < LARGEST_LEVEL), levels, LARGEST_LEVEL))
    if len(asked.zero_is_missing):
        numbers = made[asked.zero_is_missing]
        made[asked.zero_is_missing] = np.where(numbers == 0.0, np.nan, numbers)
    if len(asked.none_is_missing):
        made[asked.none_is_missing] = np.nan_to_num(made[asked.none_is_missing], nan=0.0, posinf=np.inf, neginf=-np.inf)
    return made


@compiled
def _walk_down(columns: Floats, questions: _Questions, added: Floats) -> None:
    """Add to each row the leaf it comes to in each tree, one step after another."""
    # Names of their own: an array taken from a tuple is counted up and down at every step.
    node_start, leaf_start, column = questions.node_start, questions.leaf_start, questions.column
    threshold, kinds, children = questions.threshold, questions.kind, questions.children
    leaf_value, word_start, words = questions.leaf_value, questions.word_start, questions.words
    for tree in range(len(leaf_start) - 1):
        top, leaf = node_start[tree], leaf_start[tree]
        is_lone_leaf = node_start[tree + 1] == top
        for row in range(columns.shape[1]):
            node = -1 if is_lone_leaf else 0
            while node >= 0:
                at = top + node
                number, kind = columns[column[at], row], kinds[at]
                if kind == _OF_A_SET:
                    level, own = np.int64(number), int(threshold[at])
                    word = word_start[own] + (level >> 5)
                    meets = word < word_start[own + 1] and (words[word] >> np.uint32(level & 31)) & np.uint32(1) != 0
                elif kind == 1:
                    meets = not number > threshold[at]
                else:
                    meets = number <= threshold[at]
                node = children[at, 1] if meets else children[at, 0]
            added[row] += leaf_value[leaf + ~node]


@compiled
def _add_leaves(columns: Floats, questions: _Questions, at_once: int, added: Floats) -> None:
    """Add to each row the leaf it comes to in each tree.

    Every question of a tree is asked of all rows: no answer waits for another. Who goes right comes to no leaf on the
    left; of those that remain, the leftmost is where the row comes to.
    """
    # Names of their own: an array taken from a tuple is counted up and down at every step.
    node_start, leaf_start, column = questions.node_start, questions.leaf_start, questions.column
    threshold, kinds, left = questions.threshold, questions.kind, questions.left
    leaf_value, word_start, words = questions.leaf_value, questions.word_start, questions.words
    every, one = ~np.uint64(0), np.uint64(1)
    possible, numbers = np.empty(at_once, np.uint64), np.empty((len(columns), at_once))
    for first in range(0, columns.shape[1], at_once):
        n = min(at_once, columns.shape[1] - first)
        # Of their own too: where a place is counted from 0, one instruction compares several rows.
        numbers[:, :n] = columns[:, first : first + n]
        for tree in range(len(leaf_start) - 1):
            possible[:n] = every
            for at in range(node_start[tree], node_start[tree + 1]):
                limit, own, right = threshold[at], column[at], ~left[at]
                if kinds[at] == 0:
                    for row in range(n):
                        possible[row] &= every if numbers[own, row] <= limit else right
                elif kinds[at] == 1:
                    for row in range(n):
                        possible[row] &= right if numbers[own, row] > limit else every
                else:
                    start, end = word_start[int(limit)], word_start[int(limit) + 1]
                    for row in range(n):
                        level = np.int64(numbers[own, row])
                        word = start + (level >> 5)
                        meets = word < end and (words[word] >> np.uint32(level & 31)) & np.uint32(1) != 0
                        possible[row] &= every if meets else right
            leaf = leaf_start[tree]
            for row in range(n):
                lowest = possible[row] & (~possible[row] + one)
                added[first + row] += leaf_value[leaf + _PLACE_OF_BIT[np.int64((lowest * _SPREAD) >> np.uint64(58))]]


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
