"""Does the dwelling lie outside what the model has seen? Then its value is a guess, and its range must say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valuation.flags import distance, seen_combinations, seen_levels, seen_range
from valuation.flags.flag import Finding, FlagEvidence

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

OUTSIDE_RULES = (seen_levels.RULE, seen_range.RULE, seen_combinations.RULE, distance.RULE)
"""Each looks at the facts of a dwelling and what was sold, at no value."""


def find_outside(evidence: FlagEvidence, params: FlagParams) -> dict[str, Finding]:
    """Return what the rules of the seen domain find, by code; hand it on as `FlagEvidence.found`."""
    return {rule.code: rule.find(evidence, params) for rule in OUTSIDE_RULES}


def is_outside(found: dict[str, Finding]) -> NDArray[np.bool_]:
    """Return whether each dwelling lies outside what the model has seen, shape (n_dwellings,)."""
    return np.logical_or.reduce([found[rule.code].is_raised for rule in OUTSIDE_RULES])
