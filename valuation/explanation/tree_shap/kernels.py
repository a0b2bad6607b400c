"""What does a group of leaves add to each line, for a pattern of conditions met and not met?

On the way to a leaf with value `v` lie some features. A feature whose conditions the row meets lets it pass; one that
is not known lets the share `z` of the training sales pass. The Shapley value of a feature is then an integral over the
chance `p` that another feature is known: of `v (met - z)` times the product, over the *other* features of the way, of
`met p + z (1 - p)`. That product is a polynomial, so a few points of Gauss-Legendre quadrature give the integral
exactly.

At each point the products are gathered on the way down a group and the leaves' sums on the way up, for many patterns at
once: the innermost loops run over patterns, in plain arithmetic whose result for one pattern does not hang on which
others are worked out beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from valuation.explanation.tree_shap.coding import Codes
from valuation.explanation.tree_shap.planning import Groups, Longs
from valuation.models.compiled import compiled
from valuation.models.forest import Floats, Ints

Patterns = NDArray[np.uint16]

SIDE_BY_SIDE = 128
"""Patterns worked out at once: what they need fits into the nearest memory of a processor."""


class Asked(NamedTuple):
    """What the trees ask of the codes of a row."""

    node_start: Ints
    """First node of each tree, shape (n_trees + 1,)."""
    plane: Ints
    """Plane of codes that a split reads."""
    limit: Codes
    """A code up to here meets the condition."""
    level_table: Ints
    """Row of `meets` of a categorical split, −1 for others."""
    meets: Codes
    """1 where a code meets the condition, shape (n_level_tables, 256)."""


@compiled
def _met(group: int, groups: Groups, pattern: Patterns, n: int, met: Codes) -> None:
    """Say for each factor of a group and each pattern whether the row meets it: 1 or 0."""
    n_path, first = groups.n_path[group], groups.factor_start[group]
    n_bits = groups.bit_start[group + 1] - groups.bit_start[group]
    for factor in range(n_path):
        for s in range(n):
            met[factor, s] = (pattern[s] >> factor) & 1
    for bit in range(n_path, n_bits):
        right = 2 * bit - n_path
        before = groups.replaced[first + right]
        for s in range(n):
            goes_left = (pattern[s] >> bit) & 1
            passed = met[before, s] if before >= 0 else 1
            met[right, s] = (1 ^ goes_left) & passed
            met[right + 1, s] = goes_left & passed


@compiled
def _share(
    factor: int,
    at: int,
    groups: Groups,
    p: float,
    n: int,
    met: Codes,
    passing: Floats,
    source: int,
    sign: float,
    shares: Floats,
) -> None:
    """Add to a factor's line what it makes of all that passes it, `passing[source]`."""
    z, slot = groups.share[at], groups.slot[at]
    unmet = z * (1.0 - p)
    if_met, if_not = sign * (1.0 - z) / (unmet + p), -sign * z / unmet
    for s in range(n):
        shares[slot, s] += passing[source, s] * (if_met if met[factor, s] else if_not)


@compiled
def _go_down(
    first: int, n_path: int, n_factors: int, groups: Groups, p: float, n: int, met: Codes, passing: Floats
) -> None:
    """Fill `passing[edge]` with the products down to the end of each edge, times the value of a leaf there."""
    for factor in range(n_path, n_factors):
        at = first + factor
        unmet = groups.share[at] * (1.0 - p)
        if_met, if_not = groups.value[at] * (unmet + p), groups.value[at] * unmet
        before = groups.replaced[at]
        came = groups.above[at] if groups.above[at] >= 0 else n_factors
        if before < 0:
            for s in range(n):
                passing[factor, s] = passing[came, s] * (if_met if met[factor, s] else if_not)
        else:
            taken = groups.share[first + before] * (1.0 - p)
            was_met, was_not = 1.0 / (taken + p), 1.0 / taken
            for s in range(n):
                passed = passing[came, s] * (was_met if met[before, s] else was_not)
                passing[factor, s] = passed * (if_met if met[factor, s] else if_not)


@compiled
def _go_up(
    first: int,
    n_path: int,
    n_factors: int,
    groups: Groups,
    p: float,
    n: int,
    met: Codes,
    passing: Floats,
    shares: Floats,
) -> None:
    """Turn `passing[edge]` into the sum of the leaves below it and add up the shares; the sum of all goes last."""
    for factor in range(n_factors - 1, n_path - 1, -1):
        at = first + factor
        before = groups.replaced[at]
        _share(factor, at, groups, p, n, met, passing, factor, 1.0, shares)
        if before >= 0:
            _share(before, first + before, groups, p, n, met, passing, factor, -1.0, shares)
        if (factor - n_path) % 2 == 0:
            into = groups.above[at] if groups.above[at] >= 0 else n_factors
            for s in range(n):
                passing[into, s] = passing[factor, s] + passing[factor + 1, s]


@compiled
def add_shares(
    group: int,
    groups: Groups,
    pattern: Patterns,
    n: int,
    points: Floats,
    weights: Floats,
    met: Codes,
    passing: Floats,
    shares: Floats,
) -> None:
    """Write to `shares[slot, s]` what a group adds to each of its lines for the pattern `pattern[s]`, s below n.

    `points[q]` and `weights[q]` are the points and weights of `q` points on (0, 1); `met` and `passing` are room to
    work in, a row more than the group has factors.
    """
    n_path, first = groups.n_path[group], groups.factor_start[group]
    n_factors, n_points = groups.factor_start[group + 1] - first, groups.n_points[group]
    is_leaf = n_factors == n_path + 1
    _met(group, groups, pattern, n, met)
    shares[: groups.line_start[group + 1] - groups.line_start[group], :n] = 0.0
    for q in range(n_points):
        p = points[n_points, q]
        passing[n_factors, :n] = weights[n_points, q] * (groups.value[first + n_path] if is_leaf else 1.0)
        for factor in range(n_path):
            unmet = groups.share[first + factor] * (1.0 - p)
            for s in range(n):
                passing[n_factors, s] *= unmet + (p if met[factor, s] else 0.0)
        if not is_leaf:
            _go_down(first, n_path, n_factors, groups, p, n, met, passing)
            _go_up(first, n_path, n_factors, groups, p, n, met, passing, shares)
        for factor in range(n_path):
            _share(factor, first + factor, groups, p, n, met, passing, n_factors, 1.0, shares)


@compiled
def tabulate(
    first_group: int,
    end_group: int,
    groups: Groups,
    points: Floats,
    weights: Floats,
    most_factors: int,
    table_start: Longs,
    table: Floats,
) -> None:
    """Fill the tables of some groups: what each adds to each of its lines, for every pattern."""
    met = np.empty((most_factors + 1, SIDE_BY_SIDE), np.uint8)
    passing, shares = np.empty((most_factors + 1, SIDE_BY_SIDE)), np.empty((most_factors + 1, SIDE_BY_SIDE))
    pattern = np.empty(SIDE_BY_SIDE, np.uint16)
    for group in range(first_group, end_group):
        n_patterns = 1 << (groups.bit_start[group + 1] - groups.bit_start[group])
        for begin in range(0, n_patterns, SIDE_BY_SIDE):
            n = min(n_patterns - begin, SIDE_BY_SIDE)
            for s in range(n):
                pattern[s] = begin + s
            add_shares(group, groups, pattern, n, points, weights, met, passing, shares)
            n_lines = groups.line_start[group + 1] - groups.line_start[group]
            start = table_start[group] + begin * n_lines
            for s in range(n):
                for slot in range(n_lines):
                    table[start] = shares[slot, s]
                    start += 1


@compiled
def _answers(tree: int, forest: Asked, codes: Codes, begin: int, n: int, met: Codes) -> None:
    """Ask every split of a tree of `n` rows from `begin`: `met[node]` is 1 where the row meets the condition."""
    first = forest.node_start[tree]
    for node in range(forest.node_start[tree + 1] - first):
        plane, limit, table = forest.plane[first + node], forest.limit[first + node], forest.level_table[first + node]
        # Slices of one dimension: only these become comparisons of many bytes at once.
        code, out = codes[plane, begin : begin + n], met[node, :n]
        if table < 0:
            for r in range(n):
                out[r] = code[r] <= limit
        else:
            meets = forest.meets[table]
            for r in range(n):
                out[r] = meets[code[r]]


@compiled
def _patterns(group: int, groups: Groups, met: Codes, n: int, bit: Codes, pattern: Patterns) -> None:
    """Put together the pattern of each row in a group."""
    pattern[:n] = 0
    first = groups.bit_start[group]
    for place in range(groups.bit_start[group + 1] - first):
        begin, end = groups.condition_start[first + place], groups.condition_start[first + place + 1]
        answer, turned = met[groups.condition[begin] >> 1], np.uint8(1 - (groups.condition[begin] & 1))
        shift = np.uint16(place)
        if end == begin + 1:
            for r in range(n):
                pattern[r] |= np.uint16(answer[r] ^ turned) << shift
            continue
        for r in range(n):
            bit[r] = answer[r] ^ turned
        for at in range(begin + 1, end):
            answer, turned = met[groups.condition[at] >> 1], np.uint8(1 - (groups.condition[at] & 1))
            for r in range(n):
                bit[r] &= answer[r] ^ turned
        for r in range(n):
            pattern[r] |= np.uint16(bit[r]) << shift


@compiled
def add_rows(
    begin: int,
    end: int,
    trees: tuple[int, int],
    forest: Asked,
    groups: Groups,
    table_start: Longs,
    table: Floats,
    codes: Codes,
    at_once: int,
    most_nodes: int,
    out: Floats,
) -> None:
    """Add to `out[line, row]` what some trees add for the rows from `begin` to `end`, from their groups' tables."""
    met = np.empty((most_nodes, at_once), np.uint8)
    bit, pattern, entry = np.empty(at_once, np.uint8), np.empty(at_once, np.uint16), np.empty(at_once, np.uint32)
    for start in range(begin, end, at_once):
        n = min(end - start, at_once)
        for tree in range(trees[0], trees[1]):
            _answers(tree, forest, codes, start, n, met)
            for group in range(groups.group_start[tree], groups.group_start[tree + 1]):
                _patterns(group, groups, met, n, bit, pattern)
                n_patterns = 1 << (groups.bit_start[group + 1] - groups.bit_start[group])
                first_line, n_lines = groups.line_start[group], groups.line_start[group + 1] - groups.line_start[group]
                own = table[table_start[group] : table_start[group] + n_patterns * n_lines]
                for r in range(n):
                    entry[r] = pattern[r] * n_lines
                for slot in range(n_lines):
                    sums, added = out[groups.line[first_line + slot], start : start + n], own[slot:]
                    for r in range(n):
                        sums[r] += added[entry[r]]


@compiled
def add_few_rows(
    trees: tuple[int, int],
    forest: Asked,
    groups: Groups,
    table_start: Longs,
    table: Floats,
    codes: Codes,
    most_nodes: int,
    out: Floats,
) -> None:
    """Add to `out[line, row]` as `add_rows` does and in the same order, row by row: what is side by side has a cost."""
    # An edge is twice its node, plus 1 to the left: it is taken where the condition is met, or where it is not.
    taken = np.empty(2 * most_nodes, np.uint8)
    for row in range(codes.shape[1]):
        for tree in range(trees[0], trees[1]):
            first = forest.node_start[tree]
            for node in range(first, forest.node_start[tree + 1]):
                code, level_table = codes[forest.plane[node], row], forest.level_table[node]
                met = forest.meets[level_table, code] if level_table >= 0 else np.uint8(code <= forest.limit[node])
                taken[2 * (node - first) + 1], taken[2 * (node - first)] = met, 1 - met
            for group in range(groups.group_start[tree], groups.group_start[tree + 1]):
                first_bit, n_bits = groups.bit_start[group], groups.bit_start[group + 1] - groups.bit_start[group]
                pattern = 0
                for place in range(n_bits):
                    begin = groups.condition_start[first_bit + place]
                    bit = taken[groups.condition[begin]]
                    for at in range(begin + 1, groups.condition_start[first_bit + place + 1]):
                        bit &= taken[groups.condition[at]]
                    pattern |= bit << place
                first_line, end_line = groups.line_start[group], groups.line_start[group + 1]
                own = table_start[group] + pattern * (end_line - first_line)
                for at in range(first_line, end_line):
                    out[groups.line[at], row] += table[own]
                    own += 1
