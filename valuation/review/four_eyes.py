"""Does a second person have to look at this decision? Above a limit in money or share, without a number, or by lot."""

from __future__ import annotations

import hashlib

from valuation.pipeline.params import ReviewParams
from valuation.review.case import Decision, ReviewCase


def needs_second_reader(decision: Decision, case: ReviewCase, params: ReviewParams) -> bool:
    """Return whether a decision goes to control before it is in force.

    Examples
    --------
    >>> case = ReviewCase("c", "r", "d", "v", "2026-01-01T00:00:00Z", ("by-hand",), appraised_value=4_000_000)
    >>> kept = Decision("kari", "2026-01-02T00:00:00Z", "own_value", 4_400_000, "condition-good", "...")
    >>> needs_second_reader(kept, case, ReviewParams(reread_share=0))
    False
    >>> from dataclasses import replace
    >>> needs_second_reader(replace(kept, value=5_200_000), case, ReviewParams(reread_share=0))
    True
    """
    if decision.outcome == "needs_inspection":
        return False
    return is_above_a_limit(decision.value, case.value_in_force, params) or is_drawn(
        "reread", f"{case.case_id}|{len(case.decisions)}", params.reread_share, params
    )


def is_above_a_limit(value: int | None, stands: int | None, params: ReviewParams) -> bool:
    """Return whether a value differs by more than the limits from the one that stands.

    Of two that are none, nothing changes; a value where there was none, or none where there was one, is always above.
    """
    if value is None or stands is None:
        return value is not stands
    change = abs(value - stands)
    return change > params.four_eyes_money or change > params.four_eyes_share * stands


def is_drawn(purpose: str, identity: str, share: float, params: ReviewParams) -> bool:
    """Return whether lots fall on something: the same seed and identity always give the same answer."""
    digest = hashlib.sha256(f"{params.draw_seed}|{purpose}|{identity}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share
