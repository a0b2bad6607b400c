"""What can be done with a model version over HTTP? One recorded operation each, the same for the API and for the pages.

Nothing is decided here: the gates, the record of versions and the rules of two people are the domain's
(`valuation/release/`). Every operation is done in one transaction of the record, with its event and its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from api.schemas.model_version import EntryAnswer, PromotionAnswer, ProposalAnswer
from api.service import Service
from valuation.errors import ActionRefused
from valuation.models.registry import Entry, champion, was_live
from valuation.release.decision import Decision
from valuation.release.promotion import promote, roll_back
from valuation.release.proposal import (
    PROPOSED,
    SUBJECT,
    WITHDRAWN,
    Deed,
    Proposal,
    checked_proposal,
    checked_second,
    checked_withdrawal,
    details_of,
    proposals,
)
from valuation.release.verdict import Verdict
from valuation.review.actor import Actor
from valuation.review.attempts import note_confirmation
from valuation.review.audit import NewEvent
from valuation.review.idempotency import Answer, Request, answered_once
from valuation.review.repository import ReviewTransaction, StoredAnswer
from valuation.review.workflow import stamp


def record_of(service: Service) -> tuple[Entry, ...]:
    """Return the record of versions of the jurisdiction."""
    return service.registry.record(service.bundle.jurisdiction.name)


def live_version(service: Service) -> str:
    """Return the version that is live by the record; empty where none is."""
    live = champion(record_of(service))
    return "" if live is None else live.model_version


def all_proposals(service: Service) -> list[Proposal]:
    """Return every proposal of the record, the newest first."""
    return proposals(service.reviews.events(subject_kind=SUBJECT))


def promoted(service: Service, transaction: ReviewTransaction, actor: Actor, verdict: Verdict) -> PromotionAnswer:
    """Make a version live whose gates pass.

    Raises
    ------
    GateNotPassed
        Names every failing measure with number and limit.
    """
    entry, is_new = promote(verdict, service.registry, by=actor.user_id)
    return _told(service, transaction, actor, entry, is_new=is_new)


def propose(
    service: Service,
    transaction: ReviewTransaction,
    actor: Actor,
    model_version: str,
    deed: Deed,
    reason: str,
    *,
    verdict: Verdict | None = None,
    asked: str = "",
) -> ProposalAnswer:
    """Propose that a version goes live against a gate, or again; nothing changes before a second person confirms.

    Parameters
    ----------
    verdict : Verdict, optional
        What the gates said, where it is decided against them.
    asked : str
        Where that verdict is kept.

    Raises
    ------
    ActionRefused
        When the reason says nothing, or the same is proposed already.
    WrongUse
        For a way back to a version that was never live.
    """
    live = live_version(service)
    if deed == "roll back":
        was_live(record_of(service), model_version)
    refusing = () if verdict is None else {one.gate.code for one, _ in verdict.refused}
    plain = checked_proposal(all_proposals(service), deed, model_version, live, reason, refusing)
    details = dict(details_of(deed, live, plain, asked))
    event = transaction.append(_event(service, actor, PROPOSED, model_version, details))
    [made] = proposals([event])
    return proposal_answer(made, live)


def confirm(
    service: Service,
    transaction: ReviewTransaction,
    actor: Actor,
    number: int,
    kept_verdict: Callable[[Proposal], Verdict],
) -> PromotionAnswer:
    """Carry out what another person proposed.

    Parameters
    ----------
    kept_verdict : function of a proposal
        Returns what the gates said, for one that is decided against them.

    Raises
    ------
    ActionRefused
        When it has ended, is the person's own, or is about another live version.
    """
    found = checked_second(all_proposals(service), number, actor.user_id, live_version(service))
    decision = Decision(found.by, found.reason, actor.user_id)
    if found.deed == "roll back":
        entry = roll_back(service.bundle.jurisdiction.name, service.registry, decision, to=found.model_version)
        return _told(service, transaction, actor, entry, is_new=True, proposal=number)
    entry, is_new = promote(kept_verdict(found), service.registry, by=found.by, decision=decision)
    return _told(service, transaction, actor, entry, is_new=is_new, proposal=number)


Act = Callable[[ReviewTransaction], Answer]
Once = Callable[[Request, Act], tuple[StoredAnswer, bool]]
"""How what was asked is done once for its key."""


def confirmed_once(service: Service, actor: Actor, number: int, asked: Request, act: Act) -> tuple[StoredAnswer, bool]:
    """Confirm a proposal, once for a key; who tries to confirm their own is refused, and the record says so.

    Parameters
    ----------
    number : int
        Of the proposal.
    asked : Request
    act : function of a transaction
        Calls `confirm`.
    """
    try:
        return answered_once(service.reviews, asked, act)
    except ActionRefused as error:
        about = next((one.model_version for one in all_proposals(service) if one.number == number), "")
        # The transaction it failed in is gone, with all that was written in it.
        with service.reviews.transaction() as transaction:
            note_confirmation(transaction, actor, service.now(), number, about, error)
        raise


def withdraw(service: Service, transaction: ReviewTransaction, actor: Actor, number: int) -> ProposalAnswer:
    """Take a proposal back, or turn it down.

    Raises
    ------
    ActionRefused
        When there is none, or it has ended.
    """
    found = checked_withdrawal(all_proposals(service), number)
    transaction.append(_event(service, actor, WITHDRAWN, found.model_version, {"proposal": number}))
    return proposal_answer(found, live_version(service)).model_copy(
        update={"state": "withdrawn", "ended_by": actor.user_id}
    )


def proposal_answer(made: Proposal, live: str) -> ProposalAnswer:
    """Return a proposal as it is told."""
    state = made.ended or ("waits" if made.live == live else "outrun")
    kept = {name: value for name, value in asdict(made).items() if name in ProposalAnswer.model_fields}
    return ProposalAnswer(**kept, state=state)


def entry_answer(entry: Entry) -> EntryAnswer:
    """Return a line of the record as it is told."""
    return EntryAnswer(**{name: value for name, value in asdict(entry).items() if name in EntryAnswer.model_fields})


def _told(
    service: Service,
    transaction: ReviewTransaction,
    actor: Actor,
    entry: Entry,
    *,
    is_new: bool,
    proposal: int | None = None,
) -> PromotionAnswer:
    details: dict[str, Any] = {"entry": entry.number, "replaces": entry.replaces, "sha256": entry.sha256}
    details |= {} if proposal is None else {"proposal": proposal}
    transaction.append(_event(service, actor, entry.action.replace(" ", "_"), entry.model_version, details))
    return PromotionAnswer(entry=entry_answer(entry), is_new=is_new)


def _event(service: Service, actor: Actor, action: str, model_version: str, details: dict[str, Any]) -> NewEvent:
    return NewEvent(stamp(service.now()), actor.user_id, action, SUBJECT, model_version, details)
