"""How does the office work, and are people led? The leader's figures: shares with n and interval, nobody ranked.

Nothing here is counted by person: figures about one are talked about with that one, not put in a table.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from valuation.pipeline.params import ReviewParams
from valuation.review.case import Decision, Outcome, ReviewCase, State
from valuation.review.four_eyes import is_above_a_limit
from valuation.review.queue import age_days
from valuation.review.reason_codes import OUTCOME_WORDS
from valuation.review.workflow import moment, stamp, standing

LARGE = 0.20
"""Share of the value that Norwegian practice calls a large error."""
WITHIN = 0.10
"""Two estimates so near to one another agree: what two appraisers of one dwelling commonly differ by. Own goal."""
PRICE_LEVELS = 5
"""Groups of equal size by the model's value, so that the values people give are not what they are grouped by."""
LEAST = 5
"""Cases below which a group is counted but no share is given: it would be about single people."""
_Z = 1.959963984540054
_OPEN = ("open", "reserved", "begun", "returned", "control", "complaint", "needs_inspection")


@dataclass(frozen=True)
class Share:
    """So many of so many, with the 95 % interval of the share behind them (Wilson); no share below `LEAST`."""

    n: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Overrides:
    """How often people set another value in a group, and which way: overrides can make a fair roll unfair."""

    group: str
    overridden: Share
    raised: int
    lowered: int
    median_change: float | None
    """Of those overridden, as a share of the model's value; none below `LEAST`."""


@dataclass(frozen=True)
class Oversight:
    """The leader's page."""

    by_state: dict[State, int]
    decided_by_week: dict[str, int]
    """By ISO week, such as 2026-W05; the newest last."""
    oldest_open: str | None
    """Case that has waited longest."""
    oldest_days: int | None
    median_minutes: float | None
    """From begun to decided, of cases that were begun; none below `LEAST`."""
    outcomes_by_cause: dict[str, dict[Outcome, Share]]
    """Of the decided cases opened by each flag: how many had each outcome. One opened by two flags counts in both."""
    blind_agreement: Share
    """Own estimates of the blind sample within `WITHIN` of the model's value."""
    readers_agreement: Share
    """Second readers' own views within `WITHIN` of the value the first reader proposed."""
    unflagged_errors: Share
    """Cases drawn at random whose decided value lies more than `LARGE` from the model's: the errors no flag found."""
    above_a_limit: Share
    """Decisions that needed four eyes by their size."""
    overrides_by_price: tuple[Overrides, ...]
    overrides_by_area: tuple[Overrides, ...]
    complaints: dict[str, int]
    """By result; `waiting` and `late` beside it."""
    conflicts: int
    """Cases in which somebody declared one."""


def oversight(cases: Iterable[ReviewCase], now: datetime, params: ReviewParams) -> Oversight:
    """Return the leader's figures over the cases of a roll.

    Parameters
    ----------
    cases : iterable of ReviewCase
        All of them, within the leader's part of the municipality.
    now : datetime
    params : ReviewParams
    """
    every = list(cases)
    settled = [(case, one) for case in every if (one := _first_settled(case)) is not None]
    waiting = sorted((case for case in every if case.state in _OPEN), key=lambda case: (case.opened_at, case.case_id))
    return Oversight(
        by_state=dict(sorted(Counter(standing(case, now) for case in every).items())),
        decided_by_week=dict(sorted(Counter(_week(one) for _, one in settled).items())),
        oldest_open=waiting[0].case_id if waiting else None,
        oldest_days=age_days(waiting[0], stamp(now)) if waiting else None,
        median_minutes=_median_minutes(settled),
        outcomes_by_cause=_outcomes_by_cause(settled),
        blind_agreement=_blind_agreement(every),
        readers_agreement=_readers_agreement(every),
        unflagged_errors=_unflagged_errors(settled),
        above_a_limit=share(
            sum(is_above_a_limit(one.value, case.appraised_value, params) for case, one in settled), len(settled)
        ),
        overrides_by_price=_by_price(settled),
        overrides_by_area=_by_group(settled, lambda case: case.market_area or "–"),
        complaints=_complaints(every),
        conflicts=sum(bool(case.conflicts) for case in every),
    )


def share(n: int, of: int) -> Share:
    """Return a share with its 95 % interval by Wilson's score.

    References
    ----------
    Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), method 3:
    81 of 263 give 0.2553 to 0.3662, none of 20 gives 0 to 0.1611.

    Examples
    --------
    >>> found = share(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    >>> round(share(0, 20).high, 4), share(2, 4)
    (0.1611, Share(n=2, of=4, share=None, low=None, high=None))
    """
    if of < LEAST:
        return Share(n, of, None, None, None)
    part, z2 = n / of, _Z * _Z
    middle = (part + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(part * (1 - part) / of + z2 / (4 * of * of))
    return Share(n, of, part, max(0.0, middle - half) if n else 0.0, min(1.0, middle + half) if n < of else 1.0)


def _first_settled(case: ReviewCase) -> Decision | None:
    # The office's own decision: what a complaint changed is counted as a complaint.
    return next(
        (
            one
            for one in case.decisions
            if one.ended_at is None and one.outcome != "needs_inspection" and one.complaint_result is None
        ),
        None,
    )


def _week(decision: Decision) -> str:
    year, week, _ = date.fromisoformat(decision.at[:10]).isocalendar()
    return f"{year}-W{week:02d}"


_Settled = Sequence[tuple[ReviewCase, Decision]]


def _median_minutes(settled: _Settled) -> float | None:
    minutes = [(moment(one.at) - moment(case.begun_at)).total_seconds() / 60 for case, one in settled if case.begun_at]
    return round(median(minutes), 1) if len(minutes) >= LEAST else None


def _outcomes_by_cause(settled: _Settled) -> dict[str, dict[Outcome, Share]]:
    causes = sorted({code for case, _ in settled for code in case.opened_because})
    found: dict[str, dict[Outcome, Share]] = {}
    for cause in causes:
        outcomes = Counter(one.outcome for case, one in settled if cause in case.opened_because)
        found[cause] = {outcome: share(outcomes[outcome], outcomes.total()) for outcome in OUTCOME_WORDS}
        del found[cause]["needs_inspection"]
    return found


def _blind_agreement(cases: Sequence[ReviewCase]) -> Share:
    pairs = [
        (view.value, case.appraised_value)
        for case in cases
        for view in case.own_views
        if view.kind == "blind_sample" and case.appraised_value
    ]
    return share(sum(_agree(own, value) for own, value in pairs), len(pairs))


def _readers_agreement(cases: Sequence[ReviewCase]) -> Share:
    pairs = []
    for case in cases:
        first = case.proposal or next((one for one in reversed(case.decisions) if one.approved_by), None)
        views = [view for view in case.own_views if view.kind == "second_reader"]
        if first is not None and first.value is not None and views:
            pairs.append((views[-1].value, first.value))
    return share(sum(_agree(own, value) for own, value in pairs), len(pairs))


def _agree(own: int, value: int) -> bool:
    return abs(own - value) <= WITHIN * value


def _unflagged_errors(settled: _Settled) -> Share:
    drawn = [(case, one) for case, one in settled if case.opened_because[:1] == ("drawn-at-random",)]
    return share(sum(_is_large(case, one) for case, one in drawn), len(drawn))


def _is_large(case: ReviewCase, decision: Decision) -> bool:
    if decision.value is None or case.appraised_value is None:
        return decision.value is not case.appraised_value
    return abs(case.appraised_value - decision.value) > LARGE * decision.value


def _by_price(settled: _Settled) -> tuple[Overrides, ...]:
    valued = sorted(
        ((case, one) for case, one in settled if case.appraised_value is not None),
        key=lambda pair: (pair[0].appraised_value or 0, pair[0].case_id),
    )
    groups = [
        valued[len(valued) * level // PRICE_LEVELS : len(valued) * (level + 1) // PRICE_LEVELS]
        for level in range(PRICE_LEVELS)
    ]
    return tuple(_overrides(str(level + 1), group) for level, group in enumerate(groups) if group)


def _by_group(settled: _Settled, named: Callable[[ReviewCase], str]) -> tuple[Overrides, ...]:
    names = sorted({named(case) for case, _ in settled})
    return tuple(_overrides(name, [pair for pair in settled if named(pair[0]) == name]) for name in names)


def _overrides(group: str, settled: _Settled) -> Overrides:
    changes = [
        one.value / case.appraised_value - 1
        for case, one in settled
        if one.value is not None and case.appraised_value and one.value != case.appraised_value
    ]
    return Overrides(
        group,
        share(len(changes), len(settled)),
        sum(change > 0 for change in changes),
        sum(change < 0 for change in changes),
        round(median(changes), 4) if len(changes) >= LEAST else None,
    )


def _complaints(cases: Sequence[ReviewCase]) -> dict[str, int]:
    found: Counter[str] = Counter(
        (case.complaint.result or "waiting") if case.state != "complaint" else "waiting"
        for case in cases
        if case.complaint is not None
    )
    found["late"] = sum(case.complaint is not None and case.complaint.is_late for case in cases)
    return dict(sorted(found.items()))
