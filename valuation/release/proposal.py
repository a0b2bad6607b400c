"""Who wants a version to go live against a gate, or to go back, and who else agrees, from a seat of their own?

One person proposes, with a reason; it is carried out when another, signed in as themselves, confirms it. Both stand in
the record of events, which only grows, so a proposal needs no place of its own: it is what its events say. It is about
the version that was live when it was made; when that changes, it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, get_args

from valuation.dwellings.characteristics import Words
from valuation.errors import ActionRefused, WrongUse
from valuation.languages.language import LANGUAGES
from valuation.release.decision import check_names_one_of, checked_reason

Deed = Literal["promote by hand", "roll back"]
DEEDS: tuple[Deed, ...] = get_args(Deed)
PROPOSED, WITHDRAWN = "propose_version", "withdraw_version"
CARRIED_OUT = ("promote_by_hand", "roll_back")
"""Events by which a proposal is carried out; its number stands in their details."""
SUBJECT = "model_version"

REFUSALS: dict[str, Words] = {
    "reason-says-nothing": Words(
        en="Say in at least five words of your own what was looked at and why it is right, with a number, the name of "
        "a gate or of a document.",
        nb="Skriv med minst fem egne ord hva som er undersøkt og hvorfor det er riktig, med et tall, navnet på en "
        "kontroll eller på et dokument.",
        nn="Skriv med minst fem eigne ord kva som er undersøkt og kvifor det er rett, med eit tal, namnet på ein "
        "kontroll eller på eit dokument.",
    ),
    "nobody-confirms-their-own": Words(
        en="You proposed this yourself. Another person must sign in and confirm it.",
        nb="Du har selv foreslått dette. En annen må logge inn og bekrefte det.",
        nn="Du har sjølv gjort framlegg om dette. Ein annan må logge inn og stadfeste det.",
    ),
    "no-such-proposal": Words(
        en="There is no such proposal.",
        nb="Det finnes ikke noe slikt forslag.",
        nn="Det finst ikkje noko slikt framlegg.",
    ),
    "proposal-ended": Words(
        en="This proposal has ended: it was carried out or withdrawn.",
        nb="Dette forslaget er avsluttet: Det er gjennomført eller trukket.",
        nn="Dette framlegget er avslutta: Det er gjennomført eller trekt.",
    ),
    "live-version-changed": Words(
        en="Another version has gone live since this was proposed. Look at it again, and propose it anew.",
        nb="En annen versjon er tatt i bruk etter at dette ble foreslått. Se på det på nytt, og foreslå det igjen.",
        nn="Ein annan versjon er teken i bruk etter at dette vart gjort framlegg om. Sjå på det på nytt, og gjer nytt "
        "framlegg.",
    ),
    "proposed-already": Words(
        en="This is proposed already, and waits for a second person.",
        nb="Dette er alt foreslått og venter på en annen person.",
        nn="Dette er alt gjort framlegg om og ventar på ein annan person.",
    ),
}


class Event(Protocol):
    """What is read of an event of the record."""

    @property
    def number(self) -> int:
        """Its place in the record."""
        ...

    @property
    def at(self) -> str:
        """When, UTC with Z."""
        ...

    @property
    def actor(self) -> str:
        """Who did it."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def subject_id(self) -> str:
        """Which model version it is about."""
        ...

    @property
    def details(self) -> dict[str, Any]:
        """What else it says."""
        ...


@dataclass(frozen=True)
class Proposal:
    """One of them, as it stands."""

    number: int
    """Of the event by which it was made."""
    deed: Deed
    model_version: str
    """That is to be live."""
    live: str
    """That was live when it was made."""
    by: str
    at: str
    reason: str
    asked: str = ""
    """Where the gates were asked whose answer is decided against; empty for a way back."""
    ended: Literal["", "carried out", "withdrawn"] = ""
    ended_by: str = ""


def refusal(code: str, pointer: str = "") -> ActionRefused:
    """Return what stands against it, in three languages."""
    words = REFUSALS[code]
    return ActionRefused(
        words.en, code=code, pointer=pointer, words={name: words.in_language(name) for name in LANGUAGES}
    )


def proposals(events: Iterable[Event]) -> list[Proposal]:
    """Return all proposals as the events about model versions tell them, the newest first."""
    found: dict[int, Proposal] = {}
    for event in events:
        if event.action == PROPOSED:
            found[event.number] = Proposal(
                number=event.number, model_version=event.subject_id, by=event.actor, at=event.at, **event.details
            )
        elif event.action in (WITHDRAWN, *CARRIED_OUT) and event.details.get("proposal") in found:
            number = event.details["proposal"]
            ended: Any = "withdrawn" if event.action == WITHDRAWN else "carried out"
            found[number] = replace(found[number], ended=ended, ended_by=event.actor)
    return sorted(found.values(), key=lambda one: -one.number)


def is_open(proposal: Proposal, live: str) -> bool:
    """Return whether it still waits for a second person, while `live` is the live version."""
    return not proposal.ended and proposal.live == live


def details_of(deed: Deed, live: str, reason: str, asked: str = "") -> Mapping[str, str]:
    """Return what the event of a proposal says beside who, when and which version."""
    return {"deed": deed, "live": live, "reason": reason, "asked": asked}


def checked_proposal(
    made: Iterable[Proposal], deed: Deed, model_version: str, live: str, reason: str, refusing: Iterable[str] = ()
) -> str:
    """Return the reason in one line, where this may be proposed.

    Parameters
    ----------
    made : iterable of Proposal
        All there are.
    deed : Deed
    model_version, live : str
        That is to be live, and that is now.
    reason : str
    refusing : iterable of str
        Codes of the gates that refuse.

    Raises
    ------
    ActionRefused
        `reason-says-nothing` for a reason nobody could follow; `proposed-already` while the same waits.
    """
    try:
        plain = checked_reason(reason)
        if list(refusing):
            check_names_one_of(plain, sorted(refusing))
    except WrongUse:
        raise refusal("reason-says-nothing", "/reason") from None
    if any(is_open(one, live) and (one.deed, one.model_version) == (deed, model_version) for one in made):
        raise refusal("proposed-already")
    return plain


def checked_second(made: Iterable[Proposal], number: int, who: str, live: str) -> Proposal:
    """Return the proposal that somebody else confirms.

    Parameters
    ----------
    made : iterable of Proposal
    number : int
    who : str
        Who is signed in.
    live : str
        Version that is live now.

    Raises
    ------
    ActionRefused
        When there is none, it has ended, it is the person's own, or another version went live meanwhile.
    """
    found = _open_one(made, number)
    if found.live != live:
        raise refusal("live-version-changed")
    if found.by == who:
        raise refusal("nobody-confirms-their-own")
    return found


def checked_withdrawal(made: Iterable[Proposal], number: int) -> Proposal:
    """Return the proposal that is to be withdrawn: by whoever made it, or whoever will not confirm it.

    Raises
    ------
    ActionRefused
        When there is none, or it has ended.
    """
    return _open_one(made, number)


def _open_one(made: Iterable[Proposal], number: int) -> Proposal:
    found = next((one for one in made if one.number == number), None)
    if found is None:
        raise refusal("no-such-proposal")
    if found.ended:
        raise refusal("proposal-ended")
    return found
