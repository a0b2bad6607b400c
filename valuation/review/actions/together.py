"""How are many dwellings alike decided at once, and a table of decisions looked at before anything is stored?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from valuation.errors import ActionRefused, CaseChanged, CaseNotFound, ValuationError
from valuation.review.actions.deciding import settled
from valuation.review.case import Decision, ReviewCase
from valuation.review.choice import Choice, checked
from valuation.review.desk import Desk
from valuation.review.four_eyes import needs_second_reader
from valuation.review.refusals import refused, together


@dataclass(frozen=True)
class CaseToDecide:
    """One case of a group: which version was seen, and the value that shall stand where the outcome has one."""

    case_id: str
    version: int
    value: Any = None


@dataclass(frozen=True)
class Spread:
    """How far apart the values of a group lie; money in whole units, None where no case has a value."""

    n: int
    n_without_value: int
    lowest: int | None
    middle: int | None
    highest: int | None
    relative: float | None
    """Highest less lowest, over the middle one: 0.3 is 30 %."""


def spread(cases: Iterable[ReviewCase]) -> Spread:
    """Return how far apart the values that stand in a group of cases lie.

    Examples
    --------
    >>> row = [ReviewCase(n, "r", n, n, "", (), appraised_value=v) for n, v in zip("abc", (900, 1000, 1200))]
    >>> spread(row)
    Spread(n=3, n_without_value=0, lowest=900, middle=1000, highest=1200, relative=0.3)
    """
    standing = [case.value_in_force for case in cases]
    values = sorted(value for value in standing if value is not None)
    if not values:
        return Spread(len(standing), len(standing), None, None, None, None)
    middle = round(median(values))
    return Spread(
        len(standing), len(standing) - len(values), values[0], middle, values[-1], (values[-1] - values[0]) / middle
    )


def decide_alike(desk: Desk, cases: Sequence[CaseToDecide], choice: Choice) -> tuple[ReviewCase, ...]:
    """Decide a group of cases alike for one reason: one decision and one event each, all of them or none.

    Alike are dwellings of one type in one market area. A decision above a limit goes to control by itself.

    Parameters
    ----------
    cases : sequence of CaseToDecide
        Two or more.
    choice : Choice
        Its value is not used: each case has its own.

    Returns
    -------
    tuple of ReviewCase
        In the order given.

    Raises
    ------
    CaseNotFound, CaseChanged
        For the first case, by identity, that is not there or changed.
    ActionRefused
        `no-cases, too-many-cases, case-twice, not-alike`, and those of `decide` for each case, all at once, with
        pointers such as `/cases/3/value`.
    """
    _check_group(desk, cases)
    # In one order for everybody, so that two groups with cases in common never wait for one another.
    by_id = {one.case_id: one for one in sorted(cases, key=lambda one: one.case_id)}
    taken: dict[str, ReviewCase] = {}
    found: list[ActionRefused] = []
    for case_id, one in by_id.items():
        try:
            taken[case_id] = desk.taken(case_id, one.version, "decide")
        except ActionRefused as refusal:
            found.append(_within(refusal, list(cases).index(one)))
    found += _unlike([taken[one.case_id] for one in cases if one.case_id in taken], list(cases))
    decisions, more = _decisions(desk, cases, taken, choice)
    if found + more:
        raise together(found + more)
    stored = {case_id: settled(desk, taken[case_id], decisions[case_id]) for case_id in by_id}
    return tuple(stored[one.case_id] for one in cases)


@dataclass(frozen=True)
class CheckedRow:
    """What would come of one row of a table of decisions."""

    row: int
    """0 for the first."""
    case_id: str
    is_fine: bool
    refusals: tuple[ActionRefused, ...] = ()
    problem: ValuationError | None = None
    """Where there is no such case, or it was changed since the table was made."""
    goes_to_control: bool = False


def check_rows(desk: Desk, rows: Sequence[tuple[CaseToDecide, Choice]]) -> tuple[CheckedRow, ...]:
    """Say of each row of a table what would come of it. Nothing is stored; `decide_rows` stores all of them or none."""
    seen: set[str] = set()
    checked_rows = []
    for place, (one, choice) in enumerate(rows):
        checked_rows.append(_checked_row(desk, place, one, choice, seen))
        seen.add(one.case_id)
    return tuple(checked_rows)


def decide_rows(desk: Desk, rows: Sequence[tuple[CaseToDecide, Choice]]) -> tuple[ReviewCase, ...]:
    """Decide each row of a table that was looked at: one decision and one event each, all of them or none.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        With pointers such as `/rows/3/text`.
    """
    found = check_rows(desk, rows)
    problem = next((one.problem for one in found if one.problem is not None), None)
    if problem is not None:
        raise problem
    refusals = [_within(refusal, one.row, "rows") for one in found if not one.is_fine for refusal in one.refusals]
    if refusals:
        raise together(refusals)
    stored = {}
    for one, choice in sorted(rows, key=lambda row: row[0].case_id):
        case = desk.taken(one.case_id, one.version, "decide")
        stored[one.case_id] = settled(desk, case, checked(replace(choice, value=one.value), case, desk))
    return tuple(stored[one.case_id] for one, _ in rows)


def _checked_row(desk: Desk, place: int, one: CaseToDecide, choice: Choice, seen: set[str]) -> CheckedRow:
    if one.case_id in seen:
        return CheckedRow(place, one.case_id, False, (refused("case-twice", "/case_id", case=one.case_id),))
    try:
        case = desk.taken(one.case_id, one.version, "decide")
        decision = checked(replace(choice, value=one.value), case, desk)
    except ActionRefused as refusal:
        return CheckedRow(place, one.case_id, False, refusal.all())
    except (CaseNotFound, CaseChanged) as problem:
        return CheckedRow(place, one.case_id, False, (), problem)
    return CheckedRow(place, one.case_id, True, goes_to_control=needs_second_reader(decision, case, desk.params))


def _check_group(desk: Desk, cases: Sequence[CaseToDecide]) -> None:
    if len(cases) < 2:
        raise refused("no-cases", "/cases")
    if len(cases) > desk.params.max_together:
        raise refused("too-many-cases", "/cases", n=len(cases), most=desk.params.max_together)
    ids = [one.case_id for one in cases]
    twice = [
        refused("case-twice", f"/cases/{place}", case=case_id)
        for place, case_id in enumerate(ids)
        if case_id in ids[:place]
    ]
    if twice:
        raise together(twice)


def _unlike(taken: list[ReviewCase], cases: list[CaseToDecide]) -> list[ActionRefused]:
    if not taken:
        return []
    places = {one.case_id: place for place, one in enumerate(cases)}
    first = taken[0]
    expected = _kind(first)
    return [
        refused("not-alike", f"/cases/{places[case.case_id]}", case=case.case_id, found=_kind(case), expected=expected)
        for case in taken[1:]
        if _kind(case) != expected
    ]


def _kind(case: ReviewCase) -> str:
    return f"{case.dwelling_type or '–'}, {case.market_area or '–'}"


def _decisions(
    desk: Desk, cases: Sequence[CaseToDecide], taken: dict[str, ReviewCase], choice: Choice
) -> tuple[dict[str, Decision], list[ActionRefused]]:
    group = hashlib.sha256("\n".join([desk.at, desk.actor.user_id, *sorted(taken)]).encode()).hexdigest()[:24]
    decisions: dict[str, Decision] = {}
    found: list[ActionRefused] = []
    for place, one in enumerate(cases):
        if one.case_id not in taken:
            continue
        try:
            decision = checked(replace(choice, value=one.value), taken[one.case_id], desk)
            decisions[one.case_id] = replace(decision, group_id=group)
        except ActionRefused as refusal:
            found += [_within(part, place) for part in refusal.all()]
    return decisions, found


def _within(refusal: ActionRefused, place: int, name: str = "cases") -> ActionRefused:
    return ActionRefused(
        refusal.found, code=refusal.code, pointer=f"/{name}/{place}{refusal.pointer}", words=refusal.words
    )
