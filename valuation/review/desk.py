"""On what does every action of the review stand? Who acts, when, by which rules, in which transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from valuation.errors import CaseChanged, CaseNotFound
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ReviewParams
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.case import ReviewCase
from valuation.review.permissions import CHECKS, check_can_see, check_role, no_such_case
from valuation.review.repository import ReviewTransaction
from valuation.review.workflow import Action, stamp, targets


@dataclass(frozen=True)
class Desk:
    """Where a person sits down to act.

    Parameters
    ----------
    transaction : ReviewTransaction
        All that the action writes is written in it, or nothing.
    actor : Actor
    now : datetime
        With its zone. The review has no clock of its own.
    params : ReviewParams
    jurisdiction : Jurisdiction
        Currency, bounds of prices, time to complain, data dictionary.
    """

    transaction: ReviewTransaction
    actor: Actor
    now: datetime
    params: ReviewParams
    jurisdiction: Jurisdiction

    @property
    def at(self) -> str:
        """Return the moment as cases and events write it."""
        return stamp(self.now)

    @property
    def reserved_until(self) -> str:
        """Return until when a reservation made now holds."""
        return stamp(self.now + timedelta(minutes=self.params.reservation_minutes))

    def taken(self, case_id: str, version: int, action: Action) -> ReviewCase:
        """Return a case to act on, after the checks that every action has: sight, role, version, then its own rules.

        Raises
        ------
        CaseNotFound
            For a case that is not there, or not for this actor.
        CaseChanged
            When it is another version than the actor has seen.
        ActionRefused
            When a rule stands against it.
        """
        try:
            case = self.transaction.case(case_id)
        except CaseNotFound:
            raise no_such_case(case_id) from None
        check_can_see(case, self.actor)
        check_role(self.actor, action)
        if case.version != version:
            raise CaseChanged(case)
        CHECKS[action](case, self.actor, self.now)
        return case

    def kept(self, before: ReviewCase, after: ReviewCase, action: Action, **details: Any) -> ReviewCase:
        """Store the changed case with its audit event; return it as it is stored.

        Raises
        ------
        CaseChanged
            When somebody stored another version in between.
        """
        self._check_leads_there(before, after, action)
        saved = self.transaction.save(after, expected_version=before.version)
        self.told(saved, action, **{"from": before.state, **details})
        return saved

    def told(self, case: ReviewCase, action: Action, **details: Any) -> None:
        """Add the audit event of a stored case: what it became. The store seals it with what is settled in the case."""
        stood = {"version": case.version, "to": case.state}
        self.transaction.append(
            NewEvent(self.at, self.actor.user_id, action, "case", case.case_id, {**stood, **details})
        )

    def _check_leads_there(self, before: ReviewCase, after: ReviewCase, action: Action) -> None:
        # The table is the workflow: an action that goes elsewhere is a mistake of ours, not of the person.
        reachable = targets(action, before.state) | targets(
            action, "open" if before.state == "reserved" else before.state
        )
        if after.state not in reachable:
            raise AssertionError(f"{action} led from {before.state} to {after.state}, which is no transition")


def reserved(case: ReviewCase, desk: Desk) -> ReviewCase:
    """Return the case with the actor's name on it for the time of a reservation."""
    return replace(case, reserved_by=desk.actor.user_id, reserved_until=desk.reserved_until)


def released(case: ReviewCase) -> ReviewCase:
    """Return the case with nobody's name on it."""
    return replace(case, reserved_by=None, reserved_until=None)
