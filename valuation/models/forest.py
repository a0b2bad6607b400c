"""Which questions do the trees ask, and what do they answer? The trees of all boosters of a blend, as flat arrays.

Read from LightGBM's own text format, the one the bundle is stored in. Anything in it that is not understood raises
`UnknownModel`: an explanation that is silently wrong is worse than a slow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_Entries = dict[str, list[str]]

IS_CATEGORICAL = 1
MISSING_GOES_LEFT = 2
MISSING_KIND = 12
"""Bits of a `decision_type`; the two of `MISSING_KIND` say what is missing."""
NOTHING_IS_MISSING, ZERO_IS_MISSING, NAN_IS_MISSING = 0, 4, 8

LARGEST_LEVEL = 2.0**31
"""LightGBM takes numbers from here on for no level at all."""
ZERO = float(np.float32(1e-35))
"""LightGBM takes numbers up to here for zero (`kZeroThreshold`, which it keeps as a single)."""

_VERSIONS = ("v3", "v4")
_WORD_BITS = 32


class UnknownModel(Exception):
    """A model holds something that is not known here; never shown to anybody, it sends the model the way back."""


class Forest(NamedTuple):
    """All trees of a blend, one after another; a booster's weight is in the values of its leaves.

    A node is a split, numbered within its tree, parents before children. A child of at least 0 is a node, below 0 the
    leaf `~child`.
    """

    n_features: int
    node_start: Ints
    """First node of each tree, shape (n_trees + 1,)."""
    leaf_start: Ints
    """First leaf of each tree, shape (n_trees + 1,)."""
    children: Ints
    """Where a row goes: right, and left if it meets the condition; shape (n_nodes, 2)."""
    feature: Ints
    threshold: Floats
    """A number meets the condition up to here; of a categorical split, the number of its set of levels."""
    decision: Ints
    """LightGBM's `decision_type`."""
    share: Floats
    """Share of a node's training sales that went right, and left, shape (n_nodes, 2)."""
    leaf_value: Floats
    level: Ints
    """Levels that meet the condition of a categorical split, all sets one after another."""
    level_set: Ints
    """Set that each of `level` belongs to."""
    base: float
    """Mean of the forest over its training sales: what it says of no dwelling in particular."""


def forest_of(boosters: Sequence[tuple[Any, float]]) -> Forest:
    """Read the trees of boosters, each with its weight.

    Raises
    ------
    UnknownModel
        For linear leaves, several classes, random forests, another format, or a leaf without training sales.
    """
    parts = [_weighted(_forest_in(booster), weight) for booster, weight in boosters]
    if len({part.n_features for part in parts}) != 1 or not sum(len(part.feature) for part in parts):
        raise UnknownModel("boosters of different features, or no tree that asks anything")
    n_sets = 0
    for place, part in enumerate(parts):
        is_set = (part.decision & IS_CATEGORICAL) > 0
        parts[place] = part._replace(
            threshold=part.threshold + np.where(is_set, n_sets, 0), level_set=part.level_set + n_sets
        )
        n_sets += int(part.level_set.max(initial=-1)) + 1
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("children", "feature", "threshold", "decision", "share", "leaf_value", "level", "level_set")
    }
    return Forest(
        n_features=parts[0].n_features,
        node_start=_starts([np.diff(part.node_start) for part in parts]),
        leaf_start=_starts([np.diff(part.leaf_start) for part in parts]),
        base=sum(part.base for part in parts),
        **joined,
    )


def _forest_in(booster: Any) -> Forest:
    """Return the trees of a booster that is read already (`StoredBooster`), or read them now."""
    return getattr(booster, "forest", None) or trees_of(booster.model_to_string())


def _weighted(forest: Forest, weight: float) -> Forest:
    return forest._replace(leaf_value=forest.leaf_value * weight, base=forest.base * weight)


def objective_of(text: str) -> str:
    """Return what a model was trained for, as LightGBM wrote it; empty where it does not say."""
    header = text.partition("\n\n")[0]
    return next((line.partition("=")[2] for line in header.split("\n") if line.startswith("objective=")), "")


def trees_of(text: str) -> Forest:
    """Read the trees of one booster.

    Raises
    ------
    UnknownModel
        As `forest_of`.
    """
    header, _, text = text.partition("\n\n")
    said = dict(line.split("=", 1) for line in header.split("\n") if "=" in line)
    is_known = said.get("version") in _VERSIONS and said.get("num_class") == said.get("num_tree_per_iteration") == "1"
    if not is_known or "average_output" in header.split("\n"):
        raise UnknownModel(f"a model of version {said.get('version')}, of several classes, or of averaged trees")
    trees = _entries(text.partition("\nend of trees")[0])
    if _whole(trees, "is_linear").any():
        raise UnknownModel("leaves that are linear in the features")
    n_leaves = _whole(trees, "num_leaves")
    node_start, leaf_start = _starts([n_leaves - 1]), _starts([n_leaves])
    children = np.stack([_whole(trees, "right_child"), _whole(trees, "left_child")], axis=1)
    leaf_value, decision = _numbers(trees, "leaf_value"), _whole(trees, "decision_type")
    threshold = _numbers(trees, "threshold")
    level, level_set, n_sets = _levels(trees)
    n_nodes = np.diff(node_start)
    is_set = (decision & IS_CATEGORICAL) > 0
    threshold[is_set] += np.repeat(_starts([n_sets])[:-1], n_nodes)[is_set]
    share, weight_of_leaf = _shares(trees, children, node_start, leaf_start)
    return Forest(
        n_features=int(said["max_feature_idx"]) + 1,
        node_start=node_start,
        leaf_start=leaf_start,
        children=children,
        feature=_whole(trees, "split_feature"),
        threshold=threshold,
        decision=decision,
        share=share,
        leaf_value=leaf_value,
        level=level,
        level_set=level_set,
        base=float(leaf_value @ weight_of_leaf),
    )


def _shares(trees: _Entries, children: Ints, node_start: Ints, leaf_start: Ints) -> tuple[Floats, Floats]:
    """Return the share of a node's sales that went right and left, and of a tree's sales that lie in each leaf."""
    sizes, n_nodes = np.diff(leaf_start), np.diff(node_start)
    count, leaf_count = _whole(trees, "internal_count"), _whole(trees, "leaf_count")
    if len(leaf_count) != leaf_start[-1]:
        raise UnknownModel("leaves that do not say how many sales they hold")
    leaf_count[np.repeat(sizes == 1, sizes)] = 1  # whatever it says, it holds all
    first_node, first_leaf = np.repeat(node_start[:-1], n_nodes)[:, None], np.repeat(leaf_start[:-1], n_nodes)[:, None]
    is_node, own = children >= 0, np.arange(len(children))[:, None]
    if ((first_node + children <= own) & is_node).any():
        raise UnknownModel("nodes that stand before their parents")
    of_node = count[np.where(is_node, first_node + children, 0)]
    of_child = np.where(is_node, of_node, leaf_count[np.where(is_node, 0, first_leaf + ~children)])
    if len(of_child) and of_child.min() <= 0:
        raise UnknownModel("a leaf without training sales")
    in_tree = np.add.reduceat(leaf_count, leaf_start[:-1])
    return of_child / count[:, None], leaf_count / np.repeat(in_tree, sizes)


def _levels(trees: _Entries) -> tuple[Ints, Ints, Ints]:
    """Return the levels of all sets, the set of each, and how many sets each tree has."""
    n_sets = _whole(trees, "num_cat")
    bounds, words = _whole(trees, "cat_boundaries"), _numbers(trees, "cat_threshold").astype("<u4")
    # Each tree with sets counts its words from zero: n + 1 bounds, of which the first is 0.
    word_start = _starts([np.diff(bounds)[np.diff(bounds) > 0]])
    bits = np.unpackbits(words.view(np.uint8), bitorder="little").reshape(len(words), _WORD_BITS)
    word, bit = np.nonzero(bits)
    level_set = np.searchsorted(word_start, word, side="right") - 1
    level = (word - word_start[level_set]) * _WORD_BITS + bit
    return level.astype(np.int32), level_set.astype(np.int32), n_sets


def _entries(text: str) -> _Entries:
    """Return what the trees say under each name, one tree after another."""
    found: _Entries = {}
    for line in text.split("\n"):
        name, _, entry = line.partition("=")
        if entry:
            found.setdefault(name, []).append(entry)
    return found


def _numbers(trees: _Entries, name: str) -> Floats:
    return np.fromstring(" ".join(trees.get(name, [])), dtype=np.float64, sep=" ")


def _whole(trees: _Entries, name: str) -> Ints:
    return _numbers(trees, name).astype(np.int32)


def _starts(counts: list[NDArray]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int32)
