"""Which released values does somebody have to look at? One case for each whose flags say so, some of them blind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import pandas as pd

from valuation.flags.catalogue import RULES
from valuation.flags.drawn_at_random import CODE as DRAWN
from valuation.flags.drawn_at_random import draw
from valuation.flags.flag import OPENS_A_CASE
from valuation.review.case import ReviewCase
from valuation.rolls.released_roll import ReleasedValue

_OPENING = frozenset(rule.code for rule in RULES if rule.severity in OPENS_A_CASE)


@dataclass(frozen=True)
class BlindSample:
    """Which of the cases are decided before the model's value is shown: they say how far people are led by it."""

    share: float = 0.05
    """Of the cases opened by a doubt, spread evenly over market areas and types."""
    seed: int = 20260101
    is_drawn_blind: bool = True
    """Whether every case drawn at random is blind."""


def opens_a_case(value: ReleasedValue) -> bool:
    """Return whether somebody must look at a value that nobody has looked at."""
    return not value.looked_at and not _OPENING.isdisjoint(value.flags)


def case_of(value: ReleasedValue, at: str) -> ReviewCase:
    """Return the case a value opens, not blind."""
    return ReviewCase(
        case_id=case_id(value.value_id),
        roll_id=value.roll_id,
        dwelling_id=value.dwelling_id,
        value_id=value.value_id,
        opened_at=at,
        opened_because=tuple(code for code in value.flags if code in _OPENING),
        market_area=value.market_area,
        dwelling_type=value.dwelling_type,
        appraised_value=value.appraised_value,
        lower_value=value.lower_value,
        upper_value=value.upper_value,
        prior_value=value.prior_value,
        error_risk=value.error_risk,
        expected_tax_error=value.expected_tax_error,
    )


def case_id(value_id: str) -> str:
    """Return the opaque identity of the case of a value: the same release opens the same cases."""
    return hashlib.sha256(f"case\n{value_id}".encode()).hexdigest()[:20]


def with_blind_sample(cases: list[ReviewCase], sample: BlindSample) -> list[ReviewCase]:
    """Return the cases, those of the blind sample marked: of values that are there, since the others show none."""
    valued = [case for case in cases if case.appraised_value is not None]
    doubted = [case for case in valued if case.opened_because != (DRAWN,)]
    strata = pd.DataFrame(
        {
            "area": [case.market_area or "" for case in doubted],
            "type": [case.dwelling_type or "" for case in doubted],
        }
    )
    ids = pd.Series([case.case_id for case in doubted], dtype=object).to_numpy()
    roll_id = cases[0].roll_id if cases else ""
    drawn = {doubted[place].case_id for place in draw(ids, strata, sample.share, f"blind|{sample.seed}|{roll_id}")}
    if sample.is_drawn_blind:
        drawn |= {case.case_id for case in valued if case.opened_because == (DRAWN,)}
    return [replace(case, is_blind=True) if case.case_id in drawn else case for case in cases]
