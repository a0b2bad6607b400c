"""How is a tree cut into groups of leaves that hang on few conditions?

A *group* is a leaf, or all leaves under one node. What it adds to a row's Shapley values hangs on a pattern of bits:
one for each feature on the way to the group's root (does the row meet all conditions on that feature?) and one for each
split below it (does the row meet its condition?). A tree is cut from its root down until every group has few bits.

What a group needs is a list of *factors*. A factor is a feature on the way to the root, or an edge below the root: it
has the share of the training sales that went the same way at all conditions on its feature so far, and the factor of
the same feature that it takes the place of, if any. An edge is twice its node, plus 1 to the left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from valuation.models.compiled import compiled
from valuation.models.forest import Floats, Forest, Ints, UnknownModel

Longs = NDArray[np.int64]

MOST_BITS = 14
"""Longest pattern: a leaf that hangs on more features sends its model the way back."""


class Groups(NamedTuple):
    """The groups of a forest, tree by tree, and what each consists of."""

    group_start: Longs
    """First group of each tree, shape (n_trees + 1,)."""
    bit_start: Longs
    """First bit of each group, shape (n_groups + 1,); the bits of features come before those of splits."""
    n_path: Ints
    """Features on the way to each group's root, shape (n_groups,)."""
    n_points: Ints
    """Points of quadrature at which a group's polynomials are exact, shape (n_groups,)."""
    condition_start: Longs
    """First condition of each bit, shape (n_bits + 1,); a bit is set where all its conditions are met."""
    condition: Ints
    """The edge, numbered within its tree, that a row is to take."""
    factor_start: Longs
    """First factor of each group, shape (n_groups + 1,): features of the way, then right and left edge of each split,
    or, in a group that is a leaf, the leaf."""
    share: Floats
    """Share of the training sales that went this way, at all conditions on the feature so far."""
    slot: Ints
    """Place of the factor's line among the lines of its group."""
    replaced: Ints
    """Factor of the same feature further up, numbered within the group; −1 where there is none."""
    above: Ints
    """Edge that leads to an edge's split, numbered as a factor within the group; −1 at the group's root."""
    value: Floats
    """Value of the leaf that an edge leads to, 1 where it leads to a split."""
    line_start: Longs
    """First line of each group, shape (n_groups + 1,)."""
    line: Ints
    """Lines that a group adds to."""


class _Trees(NamedTuple):
    """What a forest's trees ask, and what lies above and below each node."""

    node_start: Ints
    leaf_start: Ints
    children: Ints
    """Right and left child of each node."""
    feature: Ints
    leaf_value: Floats
    line_of: Ints
    above_node: Ints
    """Edge that leads to a node, −1 to the root of a tree."""
    above_leaf: Ints
    below: Ints
    """Splits under a node, itself included."""
    same: Ints
    """Of an edge, the next edge further up that asks for the same feature; −1 where there is none."""
    went: Floats
    """Of an edge, the share of the training sales that went this way, at all conditions on its feature so far."""
    reached: Ints
    """Of an edge, the features on the way to its end."""
    depth: Ints
    """Of an edge, the edges on the way to its end."""


def plan(forest: Forest, line_of: Ints, bits: int) -> Groups:
    """Cut the trees of a forest.

    Parameters
    ----------
    forest : Forest
    line_of : ndarray of int, shape (n_features,)
        Line to which what a feature adds is counted.
    bits : int
        How long a pattern is meant to be; longer only where a single leaf hangs on more features.

    Raises
    ------
    UnknownModel
        When a leaf hangs on more than `MOST_BITS` features.
    """
    n_nodes, n_leaves = len(forest.feature), len(forest.leaf_value)
    trees = _Trees(
        node_start=forest.node_start,
        leaf_start=forest.leaf_start,
        children=forest.children,
        feature=forest.feature,
        leaf_value=forest.leaf_value,
        line_of=line_of.astype(np.int32),
        above_node=np.full(n_nodes, -1, np.int32),
        above_leaf=np.full(n_leaves, -1, np.int32),
        below=np.ones(n_nodes, np.int32),
        same=np.full(2 * n_nodes, -1, np.int32),
        went=np.ones(2 * n_nodes),
        reached=np.zeros(2 * n_nodes, np.int32),
        depth=np.zeros(2 * n_nodes, np.int32),
    )
    _look_up_and_down(trees, forest.share)
    most_features = int(trees.reached.max())
    if most_features > MOST_BITS:
        raise UnknownModel(f"a leaf that hangs on {most_features} features")
    room = _room(n_leaves, n_nodes, len(forest.node_start) - 1, most_features, int(trees.depth.max()))
    counts = dict(
        zip(("groups", "bits", "conditions", "factors", "lines"), _cut(trees, room, bits).tolist(), strict=True)
    )
    # No group knows how much will follow it: what was not written is given back.
    ends = {name: counts[of] + extra for of, extra, ended in _ENDS for name in ended}
    return room._replace(**{name: getattr(room, name)[:end].copy() for name, end in ends.items()})


def without_factors(groups: Groups) -> Groups:
    """Return groups by which filled tables are read, and none can be filled."""
    asked_by_filling = ("n_path", "n_points", "factor_start", *_FACTORS)
    return groups._replace(**{name: getattr(groups, name)[:0].copy() for name in asked_by_filling})


_FACTORS = ("share", "slot", "replaced", "above", "value")
_ENDS = (
    ("groups", 1, ("bit_start", "factor_start", "line_start")),
    ("groups", 0, ("n_path", "n_points")),
    ("bits", 1, ("condition_start",)),
    ("conditions", 0, ("condition",)),
    ("factors", 0, _FACTORS),
    ("lines", 0, ("line",)),
)
"""What the arrays of `Groups` are as long as, and by how many they are longer."""


def _room(n_leaves: int, n_nodes: int, n_trees: int, most_features: int, deepest: int) -> Groups:
    """Make arrays for as many groups as there can be; memory is taken only where it is written."""
    factors = n_leaves * (most_features + 1) + 2 * n_nodes
    return Groups(
        group_start=np.zeros(n_trees + 1, np.int64),
        bit_start=np.zeros(n_leaves + 1, np.int64),
        n_path=np.empty(n_leaves, np.int32),
        n_points=np.empty(n_leaves, np.int32),
        condition_start=np.zeros(n_leaves * most_features + n_nodes + 1, np.int64),
        condition=np.empty(n_leaves * deepest + n_nodes, np.int32),
        factor_start=np.zeros(n_leaves + 1, np.int64),
        share=np.empty(factors),
        slot=np.empty(factors, np.int32),
        replaced=np.empty(factors, np.int32),
        above=np.empty(factors, np.int32),
        value=np.ones(factors),
        line_start=np.zeros(n_leaves + 1, np.int64),
        line=np.empty(factors, np.int32),
    )


@compiled
def _look_up_and_down(trees: _Trees, share: Floats) -> None:
    """Fill in what lies above and below every node; `share` is that of the sales at a node which went right, left."""
    for tree in range(len(trees.node_start) - 1):
        first, end = trees.node_start[tree], trees.node_start[tree + 1]
        for node in range(first, end):
            up = trees.above_node[node]
            found = up
            while found >= 0 and trees.feature[found >> 1] != trees.feature[node]:
                found = trees.above_node[found >> 1]
            for side in range(2):
                edge, to = 2 * node + side, trees.children[node, side]
                trees.same[edge] = found
                trees.went[edge] = share[node, side] * (trees.went[found] if found >= 0 else 1.0)
                trees.reached[edge] = (trees.reached[up] if up >= 0 else 0) + (1 if found < 0 else 0)
                trees.depth[edge] = 1 + (trees.depth[up] if up >= 0 else 0)
                if to >= 0:
                    trees.above_node[first + to] = edge
                else:
                    trees.above_leaf[trees.leaf_start[tree] + ~to] = edge
        for node in range(end - 1, first, -1):
            trees.below[trees.above_node[node] >> 1] += trees.below[node]


@compiled
def _slot(own: int, made: Groups, written: Longs) -> int:
    """Return the place of a line among those of the group being written, which is given it if it has it not."""
    first = made.line_start[written[0]]
    for at in range(first, written[4]):
        if made.line[at] == own:
            return at - first
    made.line[written[4]] = own
    written[4] += 1
    return written[4] - 1 - first


@compiled
def _add_way(edge: int, first: int, trees: _Trees, made: Groups, written: Longs, way_feature: Longs) -> int:
    """Write the bits and factors of the features on the way that ends with `edge`; return how many there are."""
    n_path = 0
    while edge >= 0:
        asked = trees.feature[edge >> 1]
        is_new = True
        for at in range(n_path):
            is_new = is_new and way_feature[at] != asked
        if is_new:
            way_feature[n_path] = asked
            n_path += 1
            at = written[3]
            made.share[at], made.slot[at] = trees.went[edge], _slot(trees.line_of[asked], made, written)
            made.replaced[at] = made.above[at] = -1
            written[3] += 1
            same = edge
            while same >= 0:  # the bit is set where the row takes all edges of the way that ask for the feature
                made.condition[written[2]] = same - 2 * first
                written[2] += 1
                same = trees.same[same]
            written[1] += 1
            made.condition_start[written[1]] = written[2]
        edge = trees.above_node[edge >> 1]
    return n_path


@compiled
def _add_splits(
    first: int,
    leaf: int,
    root: int,
    n_path: int,
    trees: _Trees,
    made: Groups,
    written: Longs,
    way_feature: Longs,
    queue: Longs,
    above: Longs,
    place: Longs,
) -> int:
    """Write bits and edges of the splits from `root` down, parents first; return the features of the longest way."""
    n_splits, most, done = 1, 0, 0
    queue[0], above[root] = root, -1
    while done < n_splits:
        node = first + queue[done]
        place[queue[done]] = n_path + 2 * done
        made.condition[written[2]] = 2 * queue[done] + 1
        written[2] += 1
        written[1] += 1
        made.condition_start[written[1]] = written[2]
        same, replaced = trees.same[2 * node], -1
        # Parents come first in the numbering: an ancestor of a split is in the group if it is not above the root.
        if same >= 2 * (first + root):
            replaced = place[(same >> 1) - first] + (same & 1)
        elif same >= 0:
            replaced = 0
            while way_feature[replaced] != trees.feature[node]:
                replaced += 1
        slot = _slot(trees.line_of[trees.feature[node]], made, written)
        for side in range(2):
            edge, to, at = 2 * node + side, trees.children[node, side], written[3]
            made.share[at], made.slot[at], made.replaced[at] = trees.went[edge], slot, replaced
            made.above[at] = above[queue[done]]
            if to >= 0:
                queue[n_splits], above[to] = to, n_path + 2 * done + side
                n_splits += 1
            else:
                made.value[at] = trees.leaf_value[leaf + ~to]
                most = max(most, trees.reached[edge])
            written[3] += 1
        done += 1
    return most


@compiled
def _cut(trees: _Trees, made: Groups, bits: int) -> Longs:
    """Cut every tree and write its groups; return how many groups, bits, conditions, factors and lines there are."""
    written = np.zeros(5, np.int64)
    room = len(trees.feature) + 2
    waiting, queue, way_feature = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    above, place = np.empty(room, np.int64), np.empty(room, np.int64)
    for tree in range(len(trees.node_start) - 1):
        first, leaf = trees.node_start[tree], trees.leaf_start[tree]
        waiting[0] = 0
        n_waiting = 1 if trees.node_start[tree + 1] > first else 0
        while n_waiting > 0:
            n_waiting -= 1
            root = waiting[n_waiting]
            edge = trees.above_node[first + root] if root >= 0 else trees.above_leaf[leaf + ~root]
            most = trees.reached[edge] if edge >= 0 else 0
            if root >= 0 and most + trees.below[first + root] > bits:
                waiting[n_waiting] = trees.children[first + root, 0]
                waiting[n_waiting + 1] = trees.children[first + root, 1]
                n_waiting += 2
                continue
            n_path = _add_way(edge, first, trees, made, written, way_feature)
            if root >= 0:
                most = _add_splits(first, leaf, root, n_path, trees, made, written, way_feature, queue, above, place)
            else:
                at = written[3]
                made.share[at], made.slot[at], made.replaced[at], made.above[at] = 1.0, 0, -1, -1
                made.value[at] = trees.leaf_value[leaf + ~root]
                written[3] += 1
            made.n_path[written[0]], made.n_points[written[0]] = n_path, (most + 1) // 2
            written[0] += 1
            made.bit_start[written[0]], made.factor_start[written[0]] = written[1], written[3]
            made.line_start[written[0]] = written[4]
        made.group_start[tree + 1] = written[0]
    return written
