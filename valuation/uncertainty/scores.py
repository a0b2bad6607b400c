"""How are the errors of a group spread? The chance that a new one lies below a given size, from ordered scores.

A score is a log error over the size of error expected for such a dwelling. Of n scores in order, a new one falls into
each of the n + 1 gaps between them with the same chance. Beyond the outermost score the chance falls off
exponentially, at the rate of the outermost twentieth, so that it never stands still: the more is offered, the more
likely the price lies below.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from valuation.errors import TooFewSales
from valuation.uncertainty.coverage import order_statistics

# Scores kept of a group: between two of them half a percent of chance, finer than any sample tells.
_KEPT_SCORES = 200
# A tail of no length at all would be a step.
_SHORTEST_TAIL = 1e-6


@dataclass(frozen=True)
class ScoreDistribution:
    """Ordered scores with the chance of a new one below each."""

    lower: float
    """Score at the lower end of the range."""
    upper: float
    """Score at the upper end."""
    scores: tuple[float, ...]
    """Ordered scores, thinned; equal ones stand once."""
    chances: tuple[float, ...]
    """Chance of a new score below each; at `lower` and `upper` exactly what the range leaves out."""
    lower_tail: float
    """Mean distance from `lower` of the scores beyond it."""
    upper_tail: float

    @classmethod
    def of(cls, scores: ArrayLike, coverage: float) -> ScoreDistribution:
        """Order the scores of calibration sales.

        Parameters
        ----------
        scores : array-like of float, shape (n_sales,)
        coverage : float
            Share of new scores that shall lie from `lower` to `upper`.

        Raises
        ------
        TooFewSales
            When there are too few for a bound on either side.

        Examples
        --------
        >>> found = ScoreDistribution.of(range(1, 200), 0.90)
        >>> found.lower, found.upper, found.share_below([10, 100, 190]).round(3).tolist()
        (10.0, 190.0, [0.05, 0.5, 0.95])
        """
        ordered = np.sort(np.asarray(scores, dtype=float))
        n, left_out = len(ordered), (1 - coverage) / 2
        first, last = order_statistics(n, coverage)
        if first < 1:
            raise TooFewSales(
                f"a group has {n} calibration sales",
                expected="more for a bound at this coverage",
                remedy="raise conformalize.min_group_sales",
            )
        # The ends lie between two ranks: at the rank outside, groups of 200 sales held half a percent too many.
        lower, upper = (_at_rank(ordered, (n + 1) * share) for share in (left_out, 1 - left_out))
        ranks = np.linspace(1, n, min(n, _KEPT_SCORES)).round().astype(int)
        known = np.concatenate([ordered[ranks - 1], [lower, upper]])
        chance = np.concatenate([ranks / (n + 1), [left_out, 1 - left_out]])
        # Of equal scores the middle of their chances, but for the ends of the range, which keep what they promise.
        kept, place = np.unique(known, return_inverse=True)
        of_score = np.bincount(place, weights=chance) / np.bincount(place)
        if lower < upper:
            of_score[kept == lower], of_score[kept == upper] = left_out, 1 - left_out
        return cls(
            lower,
            upper,
            tuple(kept.tolist()),
            tuple(np.maximum.accumulate(of_score).tolist()),
            max(float((lower - ordered[:first]).mean()), _SHORTEST_TAIL),
            max(float((ordered[last - 1 :] - upper).mean()), _SHORTEST_TAIL),
        )

    @cached_property
    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.array(self.scores), np.array(self.chances)

    def share_below(self, score: ArrayLike) -> NDArray[np.float64]:
        """Chance that a new score lies below each, shape as `score`; rising with it, from 0 to 1."""
        asked = np.asarray(score, dtype=float)
        known, chance = self._curve
        inside = np.interp(asked, known, chance)
        below = chance[0] * np.exp(np.minimum(asked - known[0], 0) / self.lower_tail)
        above = 1 - (1 - chance[-1]) * np.exp(np.minimum(known[-1] - asked, 0) / self.upper_tail)
        return np.where(asked < known[0], below, np.where(asked > known[-1], above, inside))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ScoreDistribution:
        """Read what `to_json` gave."""
        return cls(**{**content, "scores": tuple(content["scores"]), "chances": tuple(content["chances"])})


def _at_rank(ordered: NDArray[np.float64], rank: float) -> float:
    """Score at a rank from 1, by straight line between two."""
    return float(np.interp(round(rank, 9), np.arange(1, len(ordered) + 1), ordered))
