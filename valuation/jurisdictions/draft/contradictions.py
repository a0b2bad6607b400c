"""Which facts of this table cannot be true together? Pairs known by their names, where nearly all rows agree."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from valuation.jurisdictions.contradiction import Contradiction
from valuation.jurisdictions.draft.column_guesses import Guess
from valuation.jurisdictions.draft.lines import Draft

ROOMS = r"^(total_?)?rooms?$|antall_?rom$|^rom$"
BEDROOMS = r"^bed(room)?s?$|bedrooms?$|soverom"
BATHROOMS = r"^(full_?)?bath(room)?s?$|antall_?bad$"
FLOOR = r"^(floor|storey|etasje)(_?(no|number|nr))?$"
STOREYS = r"^(n_?|num_?|total_?)?(storeys|stories)$|antall_?etasjer|storeys_in_building"
PAIRS = ((BEDROOMS, ROOMS), (BATHROOMS, ROOMS), (FLOOR, STOREYS))
LEAST_ROWS = 100
MOST_BREACHES = 0.002
"""Share of the rows that may break a rule that is proposed: more, and the columns mean something else."""


def put_contradictions(draft: Draft, facts: dict[str, tuple[Guess, float]], living_area: str) -> None:
    """Propose rules between facts, each with the rows that keep and break it; nothing where no names are known.

    Parameters
    ----------
    draft : Draft
    facts : dict
        The characteristics that are numbers: column of each, and what its raw numbers are multiplied by.
    living_area : str
        The characteristic that is the living area.
    """
    found = [(one, other) for a, b in PAIRS if (one := _named(facts, a)) and (other := _named(facts, b))]
    lines = [line for one, other in found for line in _at_most(facts, one, other)]
    rooms = _named(facts, ROOMS) or _named(facts, BEDROOMS)
    if rooms and living_area in facts:
        lines += _per(facts, living_area, rooms)
    if lines:
        draft.put("contradictions:")
        for line, why in lines:
            draft.put(line, why)
        draft.put("")


def _named(facts: dict[str, tuple[Guess, float]], pattern: str) -> str | None:
    return next((name for name, (guess, _) in facts.items() if re.search(pattern, guess.name.lower())), None)


def _figures(facts: dict[str, tuple[Guess, float]], name: str) -> pd.Series:
    guess, factor = facts[name]
    return pd.Series(np.asarray(guess.numbers, dtype=float) * factor)


def _at_most(facts: dict[str, tuple[Guess, float]], one: str, other: str) -> list[tuple[str, str]]:
    here, there = _figures(facts, one), _figures(facts, other)
    known = here.notna() & there.notna()
    n, n_broken = int(known.sum()), int((here > there)[known].sum())
    if n < LEAST_ROWS or n_broken > MOST_BREACHES * n:
        return []
    rule = Contradiction(fact=one, at_most=other)
    return [
        (f"  - {{fact: {rule.fact}, at_most: {rule.at_most}}}", f"their names; {n_broken:,} of {n:,} rows break it")
    ]


def _per(facts: dict[str, tuple[Guess, float]], one: str, other: str) -> list[tuple[str, str]]:
    each = (_figures(facts, one) / _figures(facts, other).where(lambda count: count > 0)).dropna()
    if len(each) < LEAST_ROWS:
        return []
    low, high = (float(f"{figure:.2g}") for figure in np.quantile(each, [0.0005, 0.9995]) * (0.7, 1.3))
    rule = Contradiction(fact=one, per=other, between=(low, high))
    line = f"  - {{fact: {rule.fact}, per: {rule.per}, between: [{low:g}, {high:g}]}}"
    return [(line, f"wider than nearly all of {len(each):,} rows")]
