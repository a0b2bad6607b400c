"""Which case is worth most to look at next? Expected harm: chance of an error over 20 % × tax at stake × age."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from valuation.review.actor import Actor
from valuation.review.case import ReviewCase, State
from valuation.review.permissions import can_decide, can_decide_complaint, can_reserve
from valuation.review.repository import CaseQuery, ReviewRepository
from valuation.review.sight import asks_for_own_view, within_sight
from valuation.review.workflow import STAGES, TABS, Tab, moment, stamp

PAGE = 50


def harm(case: ReviewCase, as_of: str) -> float:
    """Return how much is expected to be wrong about a case, and for how long it has been.

    ``error_risk × stake × age_days``. The stake is the expected error of a year's tax; where the place has no rules of
    tax, the value. A case without a value or a risk is worth more than all others: nobody can be taxed by it.

    Parameters
    ----------
    as_of : str
        UTC with Z.

    Examples
    --------
    >>> case = ReviewCase("c", "r", "d", "v", "2026-01-01T08:00:00Z", (), error_risk=0.5, expected_tax_error=1000.0)
    >>> harm(case, "2026-01-01T09:00:00Z"), harm(case, "2026-01-03T09:00:00Z")
    (500.0, 1500.0)
    """
    stake = case.expected_tax_error if case.expected_tax_error is not None else case.appraised_value
    if case.error_risk is None or stake is None:
        return math.inf
    return case.error_risk * float(stake) * age_days(case, as_of)


def age_days(case: ReviewCase, as_of: str) -> int:
    """Return the age of a case in days begun, at least 1.

    Examples
    --------
    >>> age_days(ReviewCase("c", "r", "d", "v", "2026-01-01T08:00:00Z", ()), "2026-01-02T07:59:59Z")
    1
    """
    seconds = (moment(as_of) - moment(case.opened_at)).total_seconds()
    return max(1, math.floor(seconds / 86_400) + 1)


def tab_states(tab: Tab) -> tuple[State, ...]:
    """Return the states that lie under a tab.

    Examples
    --------
    >>> tab_states("begun"), tab_states("inspection")
    (('begun', 'returned'), ('needs_inspection',))
    """
    return tuple(state for state, stage in STAGES.items() if stage.tab == tab)


def tab_counts(repository: ReviewRepository, query: CaseQuery, actor: Actor) -> dict[Tab, int]:
    """Return how many cases of a query lie under each tab, for this person."""
    states = repository.facets(within_sight(replace(query, states=()), actor)).states
    return {tab: sum(states.get(state, 0) for state in tab_states(tab)) for tab in TABS}


def next_case(
    repository: ReviewRepository, actor: Actor, now: datetime, *, roll_id: str | None = None
) -> ReviewCase | None:
    """Return the case that this person should take next; None where there is none for them.

    First what was sent back to them, then what they have begun and hold, then what waits for their control, then
    complaints, then the case with the most expected harm that nobody holds.

    Parameters
    ----------
    roll_id : str, optional
        Only of this roll.
    """
    for query in _in_turn(actor, roll_id, stamp(now)):
        found = next(_free(repository, query, actor, now), None)
        if found is not None:
            return found
    return None


def _in_turn(actor: Actor, roll_id: str | None, as_of: str) -> Iterator[CaseQuery]:
    ground = CaseQuery(roll_id=roll_id, as_of=as_of)
    if "caseworker" in actor.roles:
        yield replace(ground, returned_to=actor.user_id, states=("returned", "begun", "complaint"))
        yield replace(ground, reserved_by=actor.user_id, states=("begun", "reserved", "complaint"))
    if "second_reader" in actor.roles:
        yield replace(ground, states=("control",))
    yield replace(ground, states=("complaint",))
    if "caseworker" in actor.roles:
        yield replace(ground, states=("open", "reserved"))
        yield replace(ground, states=("begun",))


def _free(repository: ReviewRepository, query: CaseQuery, actor: Actor, now: datetime) -> Iterator[ReviewCase]:
    return (case for case in every_case(repository, within_sight(query, actor)) if _is_for(case, actor, now))


def every_case(repository: ReviewRepository, query: CaseQuery) -> Iterator[ReviewCase]:
    """Yield all cases of a query in its order, page after page: memory does not grow with their number."""
    cursor: str | None = None
    while True:
        page = repository.cases(query, limit=PAGE, cursor=cursor)
        yield from page.cases
        cursor = page.next_cursor
        if cursor is None:
            return


def _is_for(case: ReviewCase, actor: Actor, now: datetime) -> bool:
    if not can_reserve(case, actor, now):
        return False
    if case.state == "complaint":
        return can_decide_complaint(case, actor, now)
    return case.state == "control" or can_decide(case, actor, now) or asks_for_own_view(case, actor)
