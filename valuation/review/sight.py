"""What of a case may this person see? Their part of the municipality, and nothing that would lead them.

Whoever works on a case of the blind sample does not get the model's value before an own estimate is put down; a second
reader does not get the first one's value before an own view. What may not be seen is not sent: the key is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from valuation.review.actor import ROLES, Actor
from valuation.review.audit import AuditEvent
from valuation.review.case import ReviewCase
from valuation.review.document import SETTLED, plain
from valuation.review.repository import CaseQuery

OF_THE_MODEL = ("appraised_value", "lower_value", "upper_value", "error_risk", "expected_tax_error")
"""What of a case tells the model's value, or lets it be reckoned."""
OF_OTHERS = ("drafts", "own_views", "proposal", "decisions", "remarks")
"""What of a case tells the values of other people."""
_BEFORE_A_DECISION = ("open", "reserved", "begun", "returned")
_TOLD_OF_AN_EVENT = ("version", "from", "to", SETTLED)
_REMARKS_OF_FACTS = ("opened", "inspection", "complaint")


@dataclass(frozen=True)
class SeenCase:
    """A case as one person sees it."""

    case: ReviewCase
    """Emptied of what may not be seen. Give `content()` on, not this: an empty field is not a hidden one."""
    hidden: frozenset[str]
    """Names of the fields that may not be seen now, or not all of them."""
    asks_for_own_view: bool
    """Whether an own estimate opens them."""

    @property
    def is_model_hidden(self) -> bool:
        """Return whether nothing that tells the model's value may be shown: contributions, grid, numbers of flags."""
        return "appraised_value" in self.hidden

    def content(self) -> dict[str, Any]:
        """Return the case as JSON values; what is hidden is not there, or, of lists, holds only what may be seen."""
        return {name: value for name, value in plain(self.case).items() if name not in self.hidden or name in _LISTS}


_LISTS = ("drafts", "own_views", "decisions", "remarks")


def may_know_of(case: ReviewCase, actor: Actor) -> bool:
    """Return whether there is such a case for this person: any role of the office, and the part of the municipality."""
    return bool(actor.roles & frozenset(ROLES)) and actor.sees(case.market_area)


def is_model_hidden(case: ReviewCase, actor: Actor) -> bool:
    """Return whether the model's value of this dwelling may not be shown to this person now.

    To be asked wherever a value is shown, not on the page of the case alone.
    """
    has_been_told = case.complaint is not None or any(one.outcome != "needs_inspection" for one in case.decisions)
    return case.is_blind and not has_been_told and _works_on_cases(actor) and case.own_view_of(actor.user_id) is None


def is_first_reader_hidden(case: ReviewCase, actor: Actor) -> bool:
    """Return whether what the first reader came to may not be shown to this second reader now."""
    if "second_reader" not in actor.roles or case.own_view_of(actor.user_id) is not None:
        return False
    return case.state == "control" and (case.proposal is None or case.proposal.by != actor.user_id)


def asks_for_own_view(case: ReviewCase, actor: Actor) -> bool:
    """Return whether this person is to put down an own estimate before seeing more."""
    # Others from whom something is hidden only do not see it: their estimate would be of no use.
    is_blind_work = case.state in _BEFORE_A_DECISION and "caseworker" in actor.roles
    return is_first_reader_hidden(case, actor) or (is_blind_work and is_model_hidden(case, actor))


def as_seen(case: ReviewCase, actor: Actor) -> SeenCase:
    """Return what this person may see of a case they may know of (`permissions.check_can_see` comes first)."""
    hidden: set[str] = set()
    if is_model_hidden(case, actor):
        hidden |= {*OF_THE_MODEL, *OF_OTHERS}
    if is_first_reader_hidden(case, actor):
        hidden |= set(OF_OTHERS)
    if _is_to_read_second(case, actor):
        hidden |= {"drafts", "own_views", "decisions"}
    return SeenCase(_emptied(case, actor, hidden), frozenset(hidden), asks_for_own_view(case, actor))


def events_as_seen(events: Iterable[AuditEvent], case: ReviewCase, actor: Actor) -> Iterator[dict[str, Any]]:
    """Yield what happened to a case, without values while they are hidden from this person."""
    is_hidden = bool(as_seen(case, actor).hidden)
    for event in events:
        details = {name: value for name, value in event.details.items() if not is_hidden or name in _TOLD_OF_AN_EVENT}
        yield {"number": event.number, "at": event.at, "actor": event.actor, "action": event.action, "details": details}


def within_sight(query: CaseQuery, actor: Actor) -> CaseQuery:
    """Return a query limited to what this person may see.

    A place in a list sorted by value tells the value: for people who work on cases, such lists leave the blind sample
    out. By expected harm they do not, since a rank among thousands by risk, tax and age together tells no value; the
    two factors are hidden.
    """
    limited = replace(query, districts=_narrower(query.districts, actor.districts))
    if _works_on_cases(actor) and query.sort in ("appraised_value", "error_risk"):
        return replace(limited, is_blind=False)
    return limited


def _narrower(asked: frozenset[str] | None, allowed: frozenset[str] | None) -> frozenset[str] | None:
    if asked is None or allowed is None:
        return allowed if asked is None else asked
    return asked & allowed


def _works_on_cases(actor: Actor) -> bool:
    return bool(actor.roles & {"caseworker", "second_reader"})


def _is_to_read_second(case: ReviewCase, actor: Actor) -> bool:
    # What the first reader is writing would lead the second one who meets the case in control later.
    is_before_control = case.state in ("open", "reserved", "begun", "returned", "complaint", "needs_inspection")
    return "second_reader" in actor.roles and is_before_control and case.own_view_of(actor.user_id) is None


def _emptied(case: ReviewCase, actor: Actor, hidden: set[str]) -> ReviewCase:
    empty: dict[str, Any] = {name: None for name in hidden if name in (*OF_THE_MODEL, "proposal")}
    own = actor.user_id
    for name in hidden & {"drafts", "own_views"}:
        empty[name] = tuple(one for one in getattr(case, name) if one.by == own)
    if "decisions" in hidden:
        # One that is in force went out to the owner; those taken back tell what the first reader thinks.
        in_force = (one for one in case.decisions if one.ended_at is None and one.outcome != "needs_inspection")
        empty["decisions"] = tuple(in_force)
    if "remarks" in hidden:
        empty["remarks"] = tuple(one for one in case.remarks if one.by == own or one.kind in _REMARKS_OF_FACTS)
    return replace(case, **empty)
