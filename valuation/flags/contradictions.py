"""Do two recorded facts contradict each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.dwellings.facts import is_among
from valuation.flags.flag import TOGETHER, Finding, FirstBreach, FlagEvidence, FlagRule
from valuation.jurisdictions.contradiction import Contradiction

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:  # noqa: ARG001 - every rule is called alike
    """Ask each rule of the jurisdiction file whether the facts of a dwelling can be true together."""
    rules = evidence.jurisdiction.contradictions
    if not rules:
        return Finding.not_applicable(len(evidence))
    breaches = FirstBreach(len(evidence))
    for rule in rules:
        number = evidence.number(rule.fact)
        if rule.per is not None:
            divisor = evidence.number(rule.per)
            number = number / np.where(divisor > 0, divisor, np.nan)
        low, high = _bounds(rule, evidence)
        applicable = ~np.isnan(number) & ~np.isnan(low) & ~np.isnan(high) & _is_meant(rule, evidence)
        below, above = number < low, number > high
        name = TOGETHER.join(rule.names())
        breaches.add(name, (below | above) & applicable, applicable, number, np.where(below, low, high))
    return breaches.finding()


def _bounds(rule: Contradiction, evidence: FlagEvidence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = len(evidence)
    low, high = (-np.inf, np.inf) if rule.between is None else rule.between
    lows, highs = np.full(n, low), np.full(n, high)
    if rule.at_least is not None:
        lows = rule.times * evidence.number(rule.at_least) + rule.plus
    if rule.at_most is not None:
        highs = rule.times * evidence.number(rule.at_most) + rule.plus
    return lows, highs


def _is_meant(rule: Contradiction, evidence: FlagEvidence) -> NDArray[np.bool_]:
    meant = np.ones(len(evidence), dtype=bool)
    for name, levels in rule.where.items():
        meant &= is_among(evidence.text(name), set(levels))
    return meant


RULE = FlagRule(
    code="contradictory-facts",
    title=Words(
        en="Facts that contradict", nb="Opplysninger som ikke går i hop", nn="Opplysningar som ikkje går i hop"
    ),
    severity="review",
    sentence=Words(
        en="{what} do not go together: {number} was found, and {limit} is the limit.",
        nb="{what} går ikke i hop: her er det {number}, og grensen er {limit}.",
        nn="{what} går ikkje i hop: her er det {number}, og grensa er {limit}.",
    ),
    explanation="A storey above the building, more bathrooms than rooms, rooms of two square metres: one of the "
    "facts is recorded wrongly, and the value rests on both. Which facts are compared, and how, stands under "
    "`contradictions` in the jurisdiction file; the number is the first fact, divided by the second where the rule "
    "says `per`. Check both at their source.",
    find=find,
)
