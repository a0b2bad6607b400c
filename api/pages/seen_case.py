"""Which case is this, and may this person know of it?"""

from __future__ import annotations

from api.service import Service
from valuation.review.actor import Actor
from valuation.review.case import ReviewCase
from valuation.review.permissions import check_can_see


def seen_case(service: Service, case_id: str, actor: Actor) -> ReviewCase:
    """Return a case this person may know of.

    Raises
    ------
    CaseNotFound
        Also for one in another district: the answer is the same.
    """
    with service.reviews.reading() as transaction:
        case = transaction.case(case_id)
    check_can_see(case, actor)
    return case
