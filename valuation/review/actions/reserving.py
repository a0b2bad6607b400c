"""How does one person keep a case to themselves for a while, and let go of it?"""

from __future__ import annotations

from dataclasses import replace

from valuation.review.case import ReviewCase
from valuation.review.desk import Desk, released, reserved


def reserve(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Put the actor's name on a case for `reservation_minutes`; again begins them anew.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, nobody-approves-their-own`.
    """
    case = desk.taken(case_id, version, "reserve")
    state = "reserved" if case.state == "open" else case.state
    return desk.kept(case, reserved(replace(case, state=state), desk), "reserve", until=desk.reserved_until)


def release_reservation(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Take the actor's name off a case. What was written stays.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, not-your-reservation`.
    """
    case = desk.taken(case_id, version, "release_reservation")
    state = "open" if case.state == "reserved" else case.state
    return desk.kept(case, released(replace(case, state=state)), "release_reservation")
