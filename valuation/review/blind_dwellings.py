"""Whose values may this person not be shown yet, in a list of many? The blind sample, asked once for the whole list."""

from __future__ import annotations

from valuation.review.actor import Actor
from valuation.review.repository import CaseQuery, ReviewRepository
from valuation.review.sight import is_model_hidden

_AT_ONCE = 200


def settles_cases(actor: Actor) -> bool:
    """Return whether this person may come to work on a case, and is therefore not to be led."""
    return bool(actor.roles & {"caseworker", "second_reader"})


def hidden_dwellings(reviews: ReviewRepository, roll_id: str, actor: Actor) -> frozenset[str]:
    """Return the dwellings of a roll whose values this person is to estimate before seeing them.

    Parameters
    ----------
    reviews : ReviewRepository
    roll_id : str
    actor : Actor
    """
    if not settles_cases(actor):
        return frozenset()
    query = CaseQuery(roll_id=roll_id, is_blind=True, districts=actor.districts, sort="opened_at")
    hidden: set[str] = set()
    cursor: str | None = None
    while True:
        page = reviews.cases(query, limit=_AT_ONCE, cursor=cursor)
        hidden |= {case.dwelling_id for case in page.cases if is_model_hidden(case, actor)}
        cursor = page.next_cursor
        if cursor is None:
            return frozenset(hidden)
