"""Who tried what in vain, where that says something about a person or a collision? It stands in the record too.

Mistakes in a form do not: they are told beside their field and forgotten.
"""

from __future__ import annotations

from datetime import datetime

from valuation.errors import ActionRefused, CaseChanged, ValuationError
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.repository import ReviewTransaction
from valuation.review.workflow import stamp

REFUSED = "refused"
"""Name of the event."""
NOTED = frozenset(
    {
        "role-may-not",
        "conflict-declared",
        "nobody-approves-their-own",
        "nobody-confirms-their-own",
        "complaint-about-own-decision",
        "own-view-first",
        "reserved-by-another",
        "sent-on",
        "not-your-decision",
    }
)
"""Codes of refusals that are about who acts, or about what another does at the same time."""


def is_noted(error: ValuationError) -> bool:
    """Return whether a refused attempt belongs into the record: a collision, or a rule about people."""
    return isinstance(error, CaseChanged) or (isinstance(error, ActionRefused) and error.code in NOTED)


def note_attempt(
    transaction: ReviewTransaction,
    actor: Actor,
    now: datetime,
    action: str,
    case_id: str,
    error: ValuationError,
    *,
    version_seen: int,
) -> None:
    """Add a refused attempt to the record, in a transaction of its own: the one it failed in is gone.

    The case is not changed, and what the person wrote is not kept here: it stands on their page.
    """
    _note(transaction, actor, now, error, ("case", case_id), {"tried": action, "version_seen": version_seen})


def note_confirmation(
    transaction: ReviewTransaction, actor: Actor, now: datetime, number: int, model_version: str, error: ActionRefused
) -> None:
    """Add to the record that somebody tried in vain to confirm a proposal about a model version: their own.

    In a transaction of its own, as above. Nothing else about the proposal changes: it waits as before.
    """
    _note(
        transaction,
        actor,
        now,
        error,
        ("model_version", model_version),
        {"tried": "confirm_version", "proposal": number},
    )


def _note(
    transaction: ReviewTransaction,
    actor: Actor,
    now: datetime,
    error: ValuationError,
    about: tuple[str, str],
    details: dict[str, object],
) -> None:
    """Add a refusal to the record, with its code, where it belongs there; `about` is what was to be changed."""
    if not is_noted(error):
        return
    if isinstance(error, CaseChanged):
        details |= {"code": "case-changed", "version": error.current.version}
    elif isinstance(error, ActionRefused):
        details |= {"code": error.code}
    transaction.append(NewEvent(stamp(now), actor.user_id, REFUSED, *about, details))
