"""What does a person do with a case before it is decided: begin, write, estimate, propose that a fact is wrong?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from valuation.errors import ActionRefused, NoAnswer
from valuation.explanation.fact_words import LANGUAGES, Said
from valuation.reasons.altered_facts import plausible_fact
from valuation.reasons.said_reason import cleaned
from valuation.review.case import Correction, Draft, OwnView, ReviewCase
from valuation.review.choice import check_value
from valuation.review.desk import Desk, reserved
from valuation.review.refusals import refused, together

_LEAST_SOURCE, _MOST_SOURCE = 3, 300
"""Characters of where a fact is known from."""


def begin(desk: Desk, case_id: str, *, version: int) -> ReviewCase:
    """Begin on a case: it is reserved, and the time spent on it is counted from now.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another`.
    """
    case = desk.taken(case_id, version, "begin")
    return desk.kept(case, _begun(case, desk), "begin")


def save_draft(
    desk: Desk,
    case_id: str,
    *,
    version: int,
    outcome: str | None = None,
    value_typed: str = "",
    reason_code: str | None = None,
    text: str = "",
    evidence: tuple[str, ...] = (),
) -> ReviewCase:
    """Keep what the actor has written so far, as it was typed. A draft of another person is never touched.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, text-too-long`.
    """
    case = desk.taken(case_id, version, "save_draft")
    typed = Draft(
        desk.actor.user_id,
        desk.at,
        None if outcome is None else cleaned(outcome),
        cleaned(value_typed),
        None if reason_code is None else cleaned(reason_code),
        cleaned(text),
        tuple(cleaned(item) for item in evidence),
    )
    length = sum(len(item or "") for item in (outcome, value_typed, reason_code, *evidence))
    if max(len(typed.text), length) > desk.params.max_text:
        raise refused("text-too-long", "/text", n=max(len(typed.text), length), most=desk.params.max_text)
    written = reserved(case, desk) if case.state == "control" else _begun(case, desk)
    return desk.kept(case, with_draft(written, typed), "save_draft")


def with_draft(case: ReviewCase, draft: Draft) -> ReviewCase:
    """Return the case with this person's draft in place of an earlier one of theirs."""
    return replace(case, drafts=(*(one for one in case.drafts if one.by != draft.by), draft))


def give_own_view(desk: Desk, case_id: str, *, version: int, value: Any) -> ReviewCase:
    """Put down an own estimate before seeing the model's value, or the first reader's. It cannot be changed after.

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, nobody-approves-their-own,
        own-view-given, no-own-view-asked, value-not-whole, value-out-of-bounds`.
    """
    case = desk.taken(case_id, version, "give_own_view")
    # Not held against the values that are hidden: a refusal would tell in which direction they lie.
    unknown = replace(case, appraised_value=None, prior_value=None, decisions=(), complaint=None)
    found = list(check_value(value, unknown, desk, "/value"))
    if found:
        raise together(found)
    kind = "second_reader" if case.state == "control" else "blind_sample"
    view = OwnView(desk.actor.user_id, desk.at, value, kind)  # type: ignore[arg-type]
    after = reserved(replace(case, own_views=(*case.own_views, view)), desk)
    if case.state == "open":
        after = replace(after, state="reserved")
    return desk.kept(case, after, "give_own_view", kind=kind, value=value)


def propose_correction(
    desk: Desk,
    case_id: str,
    *,
    version: int,
    characteristic: str,
    proposed: Any,
    source: str,
    record: Mapping[str, Any],
) -> ReviewCase:
    """Propose that a recorded fact is wrong. The register is not overwritten; its owner gets the proposal.

    Parameters
    ----------
    characteristic : str
        By its name in the data dictionary, or `x_m`, `y_m`.
    proposed : text, number, bool or None
        As people write it ("69,5", "ja"); None: not known. Checked by the data dictionary.
    source : str
        Where the actor knows it from.
    record : mapping
        The facts of the dwelling as they were valued (`ReleasedValue.record`).

    Raises
    ------
    CaseNotFound, CaseChanged
    ActionRefused
        `role-may-not, conflict-declared, not-in-this-state, reserved-by-another, source-missing, nothing-altered`, and
        the codes of `reasons/altered_facts.py` for what cannot be: `unknown-characteristic, not-a-number, not-whole,
        not-yes-or-no, outside-plausible, unknown-level, outside-area, needed`.
    """
    case = desk.taken(case_id, version, "propose_correction")
    known_from = cleaned(source)
    fact, found = _plausible(desk, characteristic, proposed)
    recorded = record.get(characteristic)
    if not found and fact == recorded:
        found.append(refused("nothing-altered", "/proposed", label=_label(desk, characteristic)))
    if not _LEAST_SOURCE <= len(known_from) <= _MOST_SOURCE:
        found.append(refused("source-missing", "/source"))
    if found:
        raise together(found)
    correction = Correction(desk.actor.user_id, desk.at, characteristic, recorded, fact, known_from)
    others = tuple(one for one in case.corrections if one.characteristic != characteristic)
    after = replace(_begun(case, desk), corrections=(*others, correction))
    told = {"characteristic": characteristic, "recorded": recorded, "proposed": fact, "source": known_from}
    return desk.kept(case, after, "propose_correction", **told)


def _plausible(desk: Desk, name: str, given: Any) -> tuple[Any, list[ActionRefused]]:
    words, code, fact = {}, "", None
    for language in LANGUAGES:
        try:
            fact = plausible_fact(desk.jurisdiction, name, given, language)
        except NoAnswer as refusal:
            words[language], code = str(refusal), refusal.code
    if words:
        pointer = "/characteristic" if code == "unknown-characteristic" else "/proposed"
        return None, [ActionRefused(words["en"], code=code, pointer=pointer, words=words)]
    # NaN is no JSON: a number that is not known is none.
    return None if isinstance(fact, float) and math.isnan(fact) else fact, []


def _label(desk: Desk, name: str) -> Said:
    item = desk.jurisdiction.characteristics.get(name)
    return {language: name if item is None else item.labels.in_language(language) for language in LANGUAGES}


def _begun(case: ReviewCase, desk: Desk) -> ReviewCase:
    state = "begun" if case.state in ("open", "reserved") else case.state
    return reserved(replace(case, state=state, begun_at=case.begun_at or desk.at), desk)
