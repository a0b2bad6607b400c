"""How does a request that is sent twice count once? Decision, event and answer are written in one transaction.

The same key and body give the first answer; another body under the key is refused; while the first is being answered,
the second is told so and may ask again. An answer is kept for days, not for ever (`ReviewRepository.forget_answers`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from valuation.errors import CaseChanged, Locked, RequestRunning, StoreUnavailable, ValuationError
from valuation.review.refusals import refused
from valuation.review.repository import ReviewRepository, ReviewTransaction, StoredAnswer


@dataclass(frozen=True)
class Answer:
    """What is answered to a request: a status and a body, as they are sent."""

    status: int
    body: str


@dataclass(frozen=True)
class Request:
    """A request that stores something, as far as sending it twice is concerned."""

    key: str
    """The client's idempotency key."""
    actor: str
    """Keys of two people never meet."""
    route: str
    """Method and path."""
    body: bytes
    at: str
    """Moment, UTC with Z: from it counts how long the answer is kept."""

    @property
    def body_sha256(self) -> str:
        """Return the SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()


def answered_once(
    repository: ReviewRepository, request: Request, act: Callable[[ReviewTransaction], Answer]
) -> tuple[StoredAnswer, bool]:
    """Answer a request, or give the answer it got before.

    Parameters
    ----------
    repository : ReviewRepository
    request : Request
    act : function of a transaction
        Does what is asked with actions of the review, all in this transaction, and returns what is answered. An error
        of it is raised as it is: nothing was written then, and the key stays free.

    Returns
    -------
    answer : StoredAnswer
    is_repeated : bool
        Whether it was given before.

    Raises
    ------
    ActionRefused
        `idempotency-key-reused`: another body or route was sent with this key.
    RequestRunning
        The same request is being answered at this moment.
    """
    try:
        with repository.transaction() as transaction:
            before = _answer_before(transaction, request)
            if before is not None:
                return before, True
            given = act(transaction)
            answer = StoredAnswer(
                request.key, request.actor, request.route, request.body_sha256, given.status, given.body, request.at
            )
            _remember(transaction, answer)
        return answer, False
    except StoreUnavailable:
        raise
    except ValuationError as error:
        # The first of two alike may have been answered while this one waited for the same case.
        answered = _answered_meanwhile(repository, request, error)
        if answered is None:
            raise
        return answered, True


def _remember(transaction: ReviewTransaction, answer: StoredAnswer) -> None:
    try:
        transaction.remember(answer)
    except (CaseChanged, StoreUnavailable, RequestRunning):
        raise
    except Locked as error:
        raise RequestRunning(
            "the same request is being answered", remedy="send it again in a moment: it gives the first answer"
        ) from error


def _answer_before(transaction: ReviewTransaction, request: Request) -> StoredAnswer | None:
    before = transaction.answer_to(request.key, request.actor)
    if before is not None and (before.route, before.body_sha256) != (request.route, request.body_sha256):
        raise refused("idempotency-key-reused")
    return before


def _answered_meanwhile(repository: ReviewRepository, request: Request, error: ValuationError) -> StoredAnswer | None:
    if getattr(error, "code", "") == "idempotency-key-reused":
        return None
    with repository.transaction() as transaction:
        return _answer_before(transaction, request)
