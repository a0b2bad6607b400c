"""How is a case written down, and how is it proven that what was decided in it stands as it was decided?

A case is kept as one canonical JSON document: the same case gives the same bytes on every machine. What people settled
in it (decisions, views, corrections, complaint) has a hash of its own, which every audit event about the case carries:
a decision that is changed in the table of cases no longer fits the record of events, which is chained.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, is_dataclass, replace
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from valuation.review.audit import NewEvent
from valuation.review.case import ReviewCase

SETTLED = "settled_sha256"
"""Name, in the details of an event about a case, of the hash of what is settled in it."""
_SETTLED_PARTS = ("case_id", "roll_id", "dwelling_id", "value_id", "decisions", "own_views", "corrections", "complaint")


def canonical(content: Any) -> str:
    """Return JSON with sorted keys, no blanks, no NaN: the same content gives the same text."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def plain(case: ReviewCase) -> dict[str, Any]:
    """Return a case as JSON values: lists for tuples, conflicts in the order of the alphabet."""
    values: dict[str, Any] = json.loads(written(case))
    return values


def written(case: ReviewCase) -> str:
    """Return the canonical document of a case."""
    return canonical(asdict(case) | {"conflicts": sorted(case.conflicts)})


def read(text: str) -> ReviewCase:
    """Return the case that `written` wrote down."""
    return _made(ReviewCase, json.loads(text))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, content: Any) -> Any:
    """Return JSON content as what a field of this kind holds: the dataclasses of `case.py`, in tuples and sets."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _made(hints[name], item) for name, item in content.items()})
    of = get_args(kind)
    if get_origin(kind) in (tuple, frozenset):
        return get_origin(kind)(_made(of[0], item) for item in content)
    if content is not None and type(None) in of:
        return _made(next(one for one in of if one is not type(None)), content)
    return content


def settled_sha256(case: ReviewCase) -> str:
    """Return the SHA-256 of all that people settled in a case; drafts, reservations and remarks are not settled."""
    whole = asdict(case)
    return hashlib.sha256(canonical({name: whole[name] for name in _SETTLED_PARTS}).encode()).hexdigest()


def sealed(event: NewEvent, case: ReviewCase) -> NewEvent:
    """Return an event about a case with the hash of what is settled in it after the event.

    Every store does so in `append` (`valuation/review/repository.py`): no action can forget it.
    """
    return replace(event, details={**event.details, SETTLED: settled_sha256(case)})
