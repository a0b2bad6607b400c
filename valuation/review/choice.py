"""What did a person choose, and can it be a decision? All that is missing is said at once, each with its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from valuation.errors import ActionRefused
from valuation.explanation.fact_words import LANGUAGES, Said, money, number
from valuation.reasons.said_reason import LEAST_WORDS, cleaned, holds_fact, own_words
from valuation.review.case import OUTCOMES, Decision, Outcome, ReviewCase
from valuation.review.desk import Desk
from valuation.review.reason_codes import REASONS, reasons_for
from valuation.review.refusals import refused, together

EVIDENCE_KINDS = ("sale", "characteristic", "dwelling", "document", "figure")
_EVIDENCE = re.compile(rf"(?:{'|'.join(EVIDENCE_KINDS)}):[^\s:][^\n]{{0,199}}")
_LEAST_OF_A_REMARK = 3
"""Words of its own that a remark or an answer has; a reason has `LEAST_WORDS`, and a fact."""
_WITH_A_VALUE = ("accepted", "own_value", "facts_corrected")


@dataclass(frozen=True)
class Choice:
    """What a person chose, as it came in: not checked yet."""

    outcome: str
    reason_code: str
    text: str
    value: Any = None
    """Whole units of money; left out where the outcome has none, and for `accepted`."""
    evidence: tuple[str, ...] = ()


def checked(choice: Choice, case: ReviewCase, desk: Desk, *, outcomes: tuple[Outcome, ...] = OUTCOMES) -> Decision:
    """Return the decision that a choice is, by this actor and now.

    Raises
    ------
    ActionRefused
        With everything that is wrong or missing, field by field (`also`).
    """
    found = list(_refusals(choice, case, desk, outcomes))
    if found:
        raise together(found)
    value = case.value_in_force if choice.outcome == "accepted" else choice.value
    return Decision(
        by=desk.actor.user_id,
        at=desk.at,
        outcome=choice.outcome,  # type: ignore[arg-type]  # one of OUTCOMES: checked above
        value=value if choice.outcome in _WITH_A_VALUE else None,
        reason_code=choice.reason_code,
        text=cleaned(choice.text),
        evidence=tuple(cleaned(item) for item in choice.evidence),
    )


def check_text(text: str, desk: Desk, pointer: str, *, needs_fact: bool) -> Iterator[ActionRefused]:
    """Yield what stands against a text that another person must be able to follow."""
    kept = cleaned(text)
    least = LEAST_WORDS if needs_fact else _LEAST_OF_A_REMARK
    if len(kept) > desk.params.max_text:
        yield refused("text-too-long", pointer, n=len(kept), most=desk.params.max_text)
    elif len(own_words(kept)) < least:
        yield refused("text-says-nothing", pointer, least=least)
    elif needs_fact and not holds_fact(kept):
        yield refused("text-without-fact", pointer)


def check_says_something(text: str, desk: Desk, pointer: str) -> None:
    """Refuse a remark that says nothing.

    Raises
    ------
    ActionRefused
        `text-says-nothing, text-too-long`.
    """
    found = list(check_text(text, desk, pointer, needs_fact=False))
    if found:
        raise together(found)


def amount(value: int | None, desk: Desk) -> Said:
    """Return an amount of money in words, by language; of none, a dash."""
    currency = desk.jurisdiction.currency
    return {language: "–" if value is None else money(value, currency, language) for language in LANGUAGES}


def is_whole_amount(value: Any) -> bool:
    """Return whether a value is whole units of money above zero, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _refusals(choice: Choice, case: ReviewCase, desk: Desk, outcomes: tuple[Outcome, ...]) -> Iterator[ActionRefused]:
    if choice.outcome not in outcomes:
        yield refused("unknown-outcome", "/outcome", given=choice.outcome[:60], known=", ".join(outcomes))
        # What lacks whatever the outcome will be is said with it: nobody is sent back twice.
        if choice.reason_code not in REASONS:
            yield refused("unknown-reason", "/reason_code", given=choice.reason_code[:60], known=", ".join(REASONS))
        yield from check_text(choice.text, desk, "/text", needs_fact=True)
        return
    yield from _of_value(choice, case, desk)
    yield from _of_reason(choice)
    yield from check_text(choice.text, desk, "/text", needs_fact=True)
    yield from _of_evidence(choice)
    if choice.outcome == "facts_corrected" and not case.corrections:
        yield refused("no-correction", "/outcome")


def _of_value(choice: Choice, case: ReviewCase, desk: Desk) -> Iterator[ActionRefused]:
    value, stands = choice.value, case.value_in_force
    if choice.outcome == "accepted":
        if stands is None:
            yield refused("nothing-to-accept", "/outcome")
        elif value is not None and (isinstance(value, bool) or value != stands):
            yield refused("value-not-as-accepted", "/value")
    elif choice.outcome not in _WITH_A_VALUE:
        if value is not None:
            yield refused("value-not-asked", "/value")
    elif value is None:
        yield refused("value-missing", "/value")
    else:
        yield from check_value(value, case, desk, "/value")


def check_value(value: Any, case: ReviewCase, desk: Desk, pointer: str) -> Iterator[ActionRefused]:
    """Yield what stands against a value: no amount, no price of a dwelling here, or a slip of the hand."""
    if not is_whole_amount(value):
        yield refused("value-not-whole", pointer, given=str(value)[:60])
        return
    low, high = desk.jurisdiction.screening.price_range
    if not low <= value <= high:
        bounds = {"low": amount(round(low), desk), "high": amount(round(high), desk)}
        yield refused("value-out-of-bounds", pointer, value=amount(value, desk), **bounds)
        return
    times = desk.params.max_times
    enclosed = () if case.complaint is None else case.complaint.enclosed_values
    known = [item for item in (case.value_in_force, case.appraised_value, case.prior_value, *enclosed) if item]
    if known and not any(item / times <= value <= item * times for item in known):
        shown = {language: number(times, language) for language in LANGUAGES}
        yield refused("value-far-from-all", pointer, value=amount(value, desk), times=shown)


def _of_reason(choice: Choice) -> Iterator[ActionRefused]:
    known = reasons_for(choice.outcome)  # type: ignore[arg-type]  # one of OUTCOMES: checked before
    codes = ", ".join(reason.code for reason in known)
    if choice.reason_code not in REASONS:
        yield refused("unknown-reason", "/reason_code", given=choice.reason_code[:60], known=codes)
    elif REASONS[choice.reason_code] not in known:
        words = REASONS[choice.reason_code].words
        shown = {language: words.in_language(language) for language in LANGUAGES}
        yield refused("reason-does-not-fit", "/reason_code", reason=shown, known=codes)


def _of_evidence(choice: Choice) -> Iterator[ActionRefused]:
    for number_, item in enumerate(choice.evidence):
        if not _EVIDENCE.fullmatch(cleaned(item)):
            yield refused("evidence-not-read", f"/evidence/{number_}", given=item[:60])
    if choice.outcome in ("own_value", "facts_corrected") and not choice.evidence:
        yield refused("evidence-missing", "/evidence")
