"""In which states can a case be, whose turn is it in each, and which action leads from where to where? One table each.

The diagram and the tables in docs/reference/review.md are drawn from them by docs/generate.py; a test walks all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, get_args

from valuation.dwellings.characteristics import Words
from valuation.errors import ActionRefused
from valuation.explanation.fact_words import LANGUAGES, day
from valuation.review.case import ReviewCase, State
from valuation.review.refusals import refused

Action = Literal[
    "open_case",
    "reserve",
    "release_reservation",
    "begin",
    "save_draft",
    "give_own_view",
    "propose_correction",
    "decide",
    "approve",
    "send_back",
    "record_inspection",
    "reopen",
    "send_on",
    "declare_conflict",
    "register_complaint",
    "answer_argument",
    "decide_complaint",
    "pursue",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

Turn = Literal["caseworkers", "holder", "second_readers", "proposer", "home_owner", "nobody"]
Tab = Literal["open", "begun", "control", "done", "inspection"]
TABS: tuple[Tab, ...] = get_args(Tab)
TAB_WORDS: dict[Tab, Words] = {
    "open": Words(en="Open", nb="Åpne", nn="Opne"),
    "begun": Words(en="Begun", nb="Påbegynt", nn="Påbyrja"),
    "control": Words(en="For control", nb="Til kontroll", nn="Til kontroll"),
    "done": Words(en="Done", nb="Ferdig", nn="Ferdig"),
    "inspection": Words(en="Needs inspection", nb="Krever befaring", nn="Krev synfaring"),
}
TURN_WORDS: dict[Turn, Words] = {
    "caseworkers": Words(en="any caseworker", nb="en saksbehandler", nn="ein saksbehandlar"),
    "holder": Words(en="whoever reserved it", nb="den som har reservert", nn="den som har reservert"),
    "second_readers": Words(
        en="a second reader who did not propose it",
        nb="en kontrollør som ikke selv har foreslått det",
        nn="ein kontrollør som ikkje sjølv har gjort framlegget",
    ),
    "proposer": Words(en="whoever proposed it", nb="den som foreslo det", nn="den som gjorde framlegget"),
    "home_owner": Words(
        en="the home owner, who may complain or ask on",
        nb="eieren, som kan klage eller gå videre",
        nn="eigaren, som kan klage eller gå vidare",
    ),
    "nobody": Words(en="nobody", nb="ingen", nn="ingen"),
}


@dataclass(frozen=True)
class Stage:
    """A state of a case: what people call it, whose turn it is, and under which tab it lies."""

    title: Words
    turn: Turn
    tab: Tab


STAGES: dict[State, Stage] = {
    "open": Stage(Words(en="open", nb="åpen", nn="open"), "caseworkers", "open"),
    "reserved": Stage(Words(en="reserved", nb="reservert", nn="reservert"), "holder", "open"),
    "begun": Stage(Words(en="begun", nb="påbegynt", nn="påbyrja"), "caseworkers", "begun"),
    "control": Stage(Words(en="for control", nb="til kontroll", nn="til kontroll"), "second_readers", "control"),
    "returned": Stage(Words(en="sent back", nb="sendt tilbake", nn="send tilbake"), "proposer", "begun"),
    "decided": Stage(Words(en="decided", nb="avgjort", nn="avgjord"), "home_owner", "done"),
    "needs_inspection": Stage(
        Words(en="needs inspection", nb="krever befaring", nn="krev synfaring"), "caseworkers", "inspection"
    ),
    "complaint": Stage(
        Words(en="complaint to be decided", nb="klage til avgjørelse", nn="klage til avgjerd"), "caseworkers", "open"
    ),
    "complaint_decided": Stage(
        Words(en="complaint decided", nb="klage avgjort", nn="klage avgjord"), "home_owner", "done"
    ),
}


@dataclass(frozen=True)
class Transition:
    """One step: the action, from where, to where, and when it leads there and not elsewhere."""

    action: Action
    source: State | None
    """None: there is no case yet."""
    target: State
    when: str = ""


def _each(action: Action, steps: dict[State, State], when: str = "") -> tuple[Transition, ...]:
    return tuple(Transition(action, source, target, when) for source, target in steps.items())


def _stay(action: Action, *states: State) -> tuple[Transition, ...]:
    return tuple(Transition(action, state, state) for state in states)


_WITHIN, _ABOVE, _INSPECT = "within the limits", "above a limit, or drawn to be read again", "outcome: needs inspection"
_ON_VALUE, _ON_COMPLAINT = "about a value", "about a complaint"

TRANSITIONS: tuple[Transition, ...] = (
    Transition("open_case", None, "open"),
    *_each("reserve", {"open": "reserved", "reserved": "reserved"}),
    *_stay("reserve", "begun", "returned", "control", "complaint", "needs_inspection"),
    *_each("release_reservation", {"reserved": "open"}),
    *_stay("release_reservation", "begun", "returned", "control", "complaint", "needs_inspection"),
    *_each("begin", {"open": "begun", "reserved": "begun", "begun": "begun"}),
    *_stay("begin", "returned", "complaint"),
    *_each("save_draft", {"open": "begun", "reserved": "begun", "begun": "begun"}),
    *_stay("save_draft", "returned", "complaint", "control"),
    *_each("give_own_view", {"open": "reserved", "reserved": "reserved"}),
    *_stay("give_own_view", "begun", "returned", "control"),
    *_each("propose_correction", {"open": "begun", "reserved": "begun", "begun": "begun"}),
    *_stay("propose_correction", "returned", "complaint", "needs_inspection"),
    *_each("decide", dict.fromkeys(("open", "reserved", "begun", "returned"), "decided"), _WITHIN),
    *_each("decide", dict.fromkeys(("open", "reserved", "begun", "returned"), "control"), _ABOVE),
    *_each("decide", dict.fromkeys(("open", "reserved", "begun", "returned"), "needs_inspection"), _INSPECT),
    Transition("approve", "control", "decided", _ON_VALUE),
    Transition("approve", "control", "complaint_decided", _ON_COMPLAINT),
    Transition("send_back", "control", "returned", _ON_VALUE),
    Transition("send_back", "control", "complaint", _ON_COMPLAINT),
    Transition("record_inspection", "needs_inspection", "open"),
    *_each("reopen", {"decided": "begun", "needs_inspection": "begun"}),
    Transition("reopen", "control", "begun", _ON_VALUE),
    Transition("reopen", "control", "complaint", _ON_COMPLAINT),
    Transition("reopen", "complaint_decided", "complaint"),
    *_stay("send_on", "decided", "complaint_decided"),
    Transition("declare_conflict", "reserved", "open", "by whoever reserved it"),
    Transition("declare_conflict", "control", "open", "by whoever proposed it, about a value"),
    Transition("declare_conflict", "control", "complaint", "by whoever proposed it, about a complaint"),
    *_stay("declare_conflict", *STAGES),
    *_each("register_complaint", dict.fromkeys((state for state in STAGES if "complaint" not in state), "complaint")),
    *_stay("answer_argument", "complaint"),
    Transition("decide_complaint", "complaint", "complaint_decided", _WITHIN),
    Transition("decide_complaint", "complaint", "control", _ABOVE),
    Transition("pursue", "complaint_decided", "complaint", "partly upheld, once"),
)


def sources(action: Action) -> tuple[State | None, ...]:
    """Return from where an action leads anywhere, in the order of the states."""
    found = {step.source for step in TRANSITIONS if step.action == action}
    return tuple(state for state in (None, *STAGES) if state in found)


def targets(action: Action, source: State | None) -> frozenset[State]:
    """Return where an action may lead from a state; none where it cannot be done."""
    return frozenset(step.target for step in TRANSITIONS if step.action == action and step.source == source)


def moment(stamp: str) -> datetime:
    """Return a time of a case (UTC, ISO 8601 with Z) as a moment."""
    return datetime.fromisoformat(stamp)


def stamp(now: datetime) -> str:
    """Return a moment as cases and events write it: UTC, ISO 8601 with Z and microseconds.

    Raises
    ------
    ValueError
        For a time without a zone: it would be another moment elsewhere.

    Examples
    --------
    >>> stamp(datetime(2026, 1, 31, 9, 30, tzinfo=UTC))
    '2026-01-31T09:30:00.000000Z'
    """
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone; give a moment in UTC")
    return now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def in_days(stamped: str) -> dict[str, str]:
    """Return the day of a time or a plain date in words, by language."""
    return {language: day(date.fromisoformat(stamped[:10]), language) for language in LANGUAGES}


def holder(case: ReviewCase, now: datetime) -> str | None:
    """Return who has the case reserved at this moment; a reservation ends by itself."""
    if case.reserved_by is None or case.reserved_until is None or moment(case.reserved_until) <= now:
        return None
    return case.reserved_by


def standing(case: ReviewCase, now: datetime) -> State:
    """Return the state a case is in at this moment: reserved only while the reservation lasts."""
    return "open" if case.state == "reserved" and holder(case, now) is None else case.state


def check_transition(case: ReviewCase, action: Action, now: datetime) -> None:
    """Refuse an action that leads nowhere from the state the case is in.

    Raises
    ------
    ActionRefused
        `not-in-this-state`; `complaint-finished` for a complaint that is decided.
    """
    state = standing(case, now)
    if targets(action, state):
        return
    raise _not_now(action, state)


def _not_now(action: Action, state: State) -> ActionRefused:
    if action == "register_complaint" and state == "complaint_decided":
        return refused("complaint-finished")
    titles = [STAGES[source].title for source in sources(action) if source is not None]
    return refused("not-in-this-state", state=said(STAGES[state].title), states=listed(titles))


def said(words: Words) -> dict[str, str]:
    """Return words by language, as a refusal takes them."""
    return {language: words.in_language(language) for language in LANGUAGES}


def listed(words: list[Words]) -> dict[str, str]:
    """Return several words as a list in each language: «a», «b» or «c»."""
    joined = {}
    for language, link in (("nb", "eller"), ("nn", "eller"), ("en", "or")):
        quoted = [("“{}”" if language == "en" else "«{}»").format(item.in_language(language)) for item in words]
        joined[language] = " ".join(filter(None, (", ".join(quoted[:-1]), link if quoted[1:] else "", *quoted[-1:])))
    return joined
