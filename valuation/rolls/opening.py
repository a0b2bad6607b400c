"""Which released values does somebody have to look at? One case for each whose flags say so, some of them blind."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from valuation.flags.catalogue import RULES
from valuation.flags.drawn_at_random import CODE as DRAWN
from valuation.flags.drawn_at_random import draw
from valuation.flags.flag import OPENS_A_CASE
from valuation.pipeline.params import ReviewParams
from valuation.review.actions import new_case
from valuation.review.case import ReviewCase
from valuation.rolls.released_roll import ReleasedValue

_OPENING = frozenset(rule.code for rule in RULES if rule.severity in OPENS_A_CASE)


def opens_a_case(value: ReleasedValue) -> bool:
    """Return whether somebody must look at a value that nobody has looked at."""
    return not value.looked_at and not _OPENING.isdisjoint(value.flags)


def case_of(value: ReleasedValue, at: str) -> ReviewCase:
    """Return the case a value opens, not blind."""
    return new_case(value, tuple(code for code in value.flags if code in _OPENING), at)


def with_blind_sample(cases: list[ReviewCase], params: ReviewParams) -> list[ReviewCase]:
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
    key = f"blind|{params.draw_seed}|{roll_id}"
    drawn = {doubted[place].case_id for place in draw(ids, strata, params.blind_share, key)}
    if params.is_drawn_blind:
        drawn |= {case.case_id for case in valued if case.opened_because == (DRAWN,)}
    return [replace(case, is_blind=True) if case.case_id in drawn else case for case in cases]
