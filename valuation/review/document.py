"""How is a case written down, and how is it proven that what was decided in it stands as it was decided?

A case is kept as one canonical JSON document: the same case gives the same bytes on every machine. What people settled
in it (decisions, views, corrections, complaint) has a hash of its own, which every audit event about the case carries:
a decision that is changed in the table of cases no longer fits the record of events, which is chained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

from valuation.review.audit import NewEvent
from valuation.review.case import Complaint, Correction, Decision, Draft, OwnView, Remark, ReviewCase

SETTLED = "settled_sha256"
"""Name, in the details of an event about a case, of the hash of what is settled in it."""
_SETTLED_PARTS = ("case_id", "roll_id", "dwelling_id", "value_id", "decisions", "own_views", "corrections", "complaint")


def canonical(content: Any) -> str:
    """Return JSON with sorted keys, no blanks, no NaN: the same content gives the same text."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def written(case: ReviewCase) -> str:
    """Return the canonical document of a case."""
    return canonical(asdict(case) | {"conflicts": sorted(case.conflicts)})


def read(text: str) -> ReviewCase:
    """Return the case that `written` wrote down."""
    content = json.loads(text)
    return ReviewCase(
        **content
        | {
            "opened_because": tuple(content["opened_because"]),
            "draft": None if content["draft"] is None else Draft(**content["draft"]),
            "corrections": tuple(Correction(**item) for item in content["corrections"]),
            "own_views": tuple(OwnView(**item) for item in content["own_views"]),
            "proposal": None if content["proposal"] is None else _decision(content["proposal"]),
            "decisions": tuple(_decision(item) for item in content["decisions"]),
            "complaint": None if content["complaint"] is None else _complaint(content["complaint"]),
            "remarks": tuple(Remark(**item) for item in content["remarks"]),
            "conflicts": frozenset(content["conflicts"]),
        }
    )


def _decision(content: dict[str, Any]) -> Decision:
    return Decision(**content | {"evidence": tuple(content["evidence"])})


def _complaint(content: dict[str, Any]) -> Complaint:
    lists = ("arguments", "enclosed_values", "answers")
    return Complaint(**content | {name: tuple(content[name]) for name in lists})


def settled_sha256(case: ReviewCase) -> str:
    """Return the SHA-256 of all that people settled in a case; drafts, reservations and remarks are not settled."""
    whole = asdict(case)
    return hashlib.sha256(canonical({name: whole[name] for name in _SETTLED_PARTS}).encode()).hexdigest()


def sealed(event: NewEvent, case: ReviewCase) -> NewEvent:
    """Return an event about a case with the hash of what is settled in it after the event.

    Every store does so in `append` (`valuation/review/repository.py`): no action can forget it.
    """
    return replace(event, details={**event.details, SETTLED: settled_sha256(case)})
