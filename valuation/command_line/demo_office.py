"""What does the demo office look like? The run released and live, cases in every state, a second version to compare.

Everything goes through the same release and the same review actions as in a real office; the users are made up, and so
are the reasons they give.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from valuation.command_line.terminal import say

if TYPE_CHECKING:
    from valuation.adapters.sql_store.reviews import SqlReviews
    from valuation.jurisdictions.jurisdiction import Jurisdiction
    from valuation.pipeline.params import Params, ReviewParams
    from valuation.pipeline.run import Run
    from valuation.review.actions import Choice
    from valuation.review.case import ReviewCase
    from valuation.review.desk import Desk

HOST = "127.0.0.1"
RECORD = "record.db"
SECOND_TREES, SECOND_FOLDS = 150, 2
"""Of the second version: about a quarter of the trees, and half of the folds."""
EACH = 3
"""Cases brought into each state."""
_MINUTES_APART = 7
_LESS = 0.7
"""A value so far below the proposed one goes to a second reader."""

Step = Callable[["Desk", "ReviewCase"], "ReviewCase"]


def open_office(run: Path, place: Path, params: ReviewParams) -> str:
    """Release a run into a record of its own and let the demo users begin to work; return the record's address.

    What is there already is kept: the same run again changes nothing.

    Parameters
    ----------
    run : Path
        Output folder of a finished run.
    place : Path
        Folder of the record and the archive.
    params : ReviewParams
    """
    from valuation.adapters.sql_store.database import Database
    from valuation.adapters.sql_store.reviews import SqlReviews
    from valuation.adapters.sql_store.rolls import SqlRolls
    from valuation.command_line.store import moment
    from valuation.jurisdictions.jurisdiction import Jurisdiction
    from valuation.rolls.archive import Archive
    from valuation.rolls.release import release

    place.mkdir(parents=True, exist_ok=True)
    address = _address(place)
    database = Database(address)
    try:
        done = release(run, SqlRolls(database), Archive(place / "archive"), by="astrid", at=moment(), params=params)
        if done.is_new:
            jurisdiction = Jurisdiction.model_validate_json((run / "bundle" / "jurisdiction.json").read_bytes())
            worked = _Work(SqlReviews(database), jurisdiction, params, done.roll.roll_id).carried_out()
            say(f"{done.n_cases:,} cases are open in the demo office; {worked} of them have been worked on")
    finally:
        database.close()
    return address


def second_version(prepared: Run) -> Path:
    """Make a second version with what is told of it; return its folder.

    Parameters
    ----------
    prepared : Run
        Of the same sales, with the settings of the first.
    """
    from valuation.disclosure.publication import publish

    say("A second version to compare: the same sales, learned from with fewer trees (quicker, not better)")
    run = replace(prepared, params=second_params(prepared.params))()
    publish(run)
    return run


def second_params(params: Params) -> Params:
    """Return the settings of the second version: the same sales, learned from with fewer and quicker trees.

    It is there to be compared and refused or chosen, and cheap on purpose; nothing says that it is better.
    """
    boosting = {**params.train.boosting, "n_trees": SECOND_TREES, "n_seeds": 1}
    train = params.train.model_copy(update={"boosting": boosting, "n_folds": SECOND_FOLDS})
    return params.model_copy(update={"train": train})


def keep_versions(run: Path, second: Path, place: Path, params: Params) -> None:
    """Put both versions into the record of the office: the run that is released is live, the second one waits.

    Where a gate refuses the first, two demo users decide against it, as an office must; the record says which gates.
    """
    from valuation.adapters.file_registry import FileRegistry
    from valuation.comparison.versions import read_version
    from valuation.models.registry import champion
    from valuation.release.decision import Decision
    from valuation.release.gate_words import GATE_TITLES
    from valuation.release.promotion import promote, register
    from valuation.release.verdict import judge

    registry = FileRegistry(place / "registry")
    if champion(registry.record(read_version(run).bundle.jurisdiction.name)) is None:
        verdict = judge(run, registry, params.gates)
        refusing = ", ".join(
            f"«{GATE_TITLES[code].nb}»" for code in sorted({one.gate.code for one, _ in verdict.refused})
        )
        reason = (
            f"Kommunen er oppdiktet, og ingen skatt skrives ut etter verdiene. Disse kontrollene avviser: {refusing}."
        )
        promote(verdict, registry, by="per", decision=Decision("per", reason, "astrid") if refusing else None)
    register(second, registry, by="per")
    say("Two versions stand in the record of the office: the run above is live, the quicker one waits to be compared")


def need_free_place(run: Path) -> None:
    """See, before minutes of work, that the office can be served when it is made.

    Raises
    ------
    WrongUse
        When a setting cannot be used, or something else listens there.
    """
    from api.settings import read_settings
    from valuation.command_line.port import need_free_port

    settings = read_settings(host=HOST, demo=True, bundle=run / "bundle")
    need_free_port(settings.host, settings.port)


def say_how_to_open(run: Path, place: Path, raw: Path) -> None:
    """Say where the report is, and the command that opens this very office again, with all that was done in it."""
    settings = " ".join(f"{name}={shlex.quote(where)}" for name, where in _settings(place, raw).items())
    address, bundle = shlex.quote(_address(place)), shlex.quote(str(run / "bundle"))
    say(f"The report: {run / 'report' / 'index.html'}")
    say("Next: open the office, now or later, on VALUATION_PORT, by default 8000; nothing is made anew:")
    say(f"{settings} {_program()} serve --demo --bundle {bundle} --database {address}")


def serve_office(run: Path, place: Path, raw: Path) -> None:
    """Serve the pages and the API of the demo office on this machine, with the demo users, until stopped."""
    from valuation.command_line.serve import serve

    os.environ.update(_settings(place, raw))
    say_how_to_open(run, place, raw)
    serve(host=HOST, port=None, workers=1, demo=True, bundle=str(run / "bundle"), database=_address(place))


def _program() -> str:
    """Return how this program was called: `make demo` calls it where no shell finds it by its name alone."""
    return shlex.quote(sys.argv[0]) if Path(sys.argv[0]).name == "valuation" else "valuation"


def _settings(place: Path, raw: Path) -> dict[str, str]:
    return {
        "VALUATION_ARCHIVE": str(place / "archive"),
        "VALUATION_REGISTRY": str(place / "registry"),
        "VALUATION_RAW": str(raw),
    }


def _address(place: Path) -> str:
    return f"sqlite:///{place / RECORD}"


class _Work:
    """What the demo users have done before somebody looks."""

    def __init__(self, reviews: SqlReviews, jurisdiction: Jurisdiction, params: ReviewParams, roll_id: str) -> None:
        self.reviews, self.jurisdiction, self.params = reviews, jurisdiction, params
        self.now = datetime.now(UTC) - timedelta(hours=6)
        self.cases = self._cases_with_a_value(roll_id)

    def carried_out(self) -> int:
        """Bring some cases into every state; return how many were touched."""
        n = 0
        for steps in _courses():
            for case in [one for _, one in zip(range(EACH), self.cases, strict=False)]:
                self._through(case, steps)
                n += 1
        return n

    def _through(self, case: ReviewCase, steps: list[tuple[str, Step]]) -> None:
        from api.access.demo import DEMO_USERS
        from valuation.review.desk import Desk

        for who, step in steps:
            self.now += timedelta(minutes=_MINUTES_APART)
            with self.reviews.transaction() as transaction:
                actor = DEMO_USERS[who].actor
                case = step(Desk(transaction, actor, self.now, self.params, self.jurisdiction), case)

    def _cases_with_a_value(self, roll_id: str) -> Iterator[ReviewCase]:
        from valuation.review.repository import CaseQuery

        query = CaseQuery(roll_id=roll_id, states=("open",), is_blind=False, sort="opened_at", is_descending=False)
        found = self.reviews.cases(query, limit=200).cases
        return iter([case for case in found if case.appraised_value is not None and case.prior_value is not None])


def _courses() -> list[list[tuple[str, Step]]]:
    from valuation.review import actions

    def reserve(desk: Desk, case: ReviewCase) -> ReviewCase:
        return actions.reserve(desk, case.case_id, version=case.version)

    def write(desk: Desk, case: ReviewCase) -> ReviewCase:
        begun = actions.begin(desk, case.case_id, version=case.version)
        text = "Ringte eieren om badet; venter på bilder før jeg avgjør saken."
        return actions.save_draft(desk, begun.case_id, version=begun.version, text=text)

    def accept(desk: Desk, case: ReviewCase) -> ReviewCase:
        return actions.decide(desk, case.case_id, _accepted(case), version=case.version)

    def lower(desk: Desk, case: ReviewCase) -> ReviewCase:
        return actions.decide(desk, case.case_id, _lowered(case), version=case.version)

    def look_first(desk: Desk, case: ReviewCase) -> ReviewCase:
        value = int(round((case.appraised_value or 0) * 0.75, -3))
        return actions.give_own_view(desk, case.case_id, version=case.version, value=value)

    def send_back(desk: Desk, case: ReviewCase) -> ReviewCase:
        comment = "Det mangler bilder av badet, og salget fra 2024 er ikke nevnt. Se på det en gang til."
        return actions.send_back(desk, case.case_id, version=case.version, comment=comment)

    def approve(desk: Desk, case: ReviewCase) -> ReviewCase:
        return actions.approve(desk, case.case_id, version=case.version)

    def inspect(desk: Desk, case: ReviewCase) -> ReviewCase:
        return actions.decide(desk, case.case_id, _to_be_inspected(), version=case.version)

    def complain(desk: Desk, case: ReviewCase) -> ReviewCase:
        arguments = ("Det er fukt i kjelleren, og det står ikke i registeret.", "Veien er blitt mye mer trafikkert.")
        today = desk.now.date().isoformat()
        return actions.register_complaint(
            desk, case.case_id, version=case.version, received_on=today, arguments=arguments
        )

    return [
        [("kari", reserve)],
        [("ola", write)],
        [("kari", accept)],
        [("ola", lower)],
        [("kari", lower), ("nina", look_first), ("nina", send_back)],
        [("ola", lower), ("nina", look_first), ("nina", approve)],
        [("kari", inspect)],
        [("kari", accept), ("ola", complain)],
    ]


def _accepted(case: ReviewCase) -> Choice:
    from valuation.explanation.fact_words import number
    from valuation.review.actions import Choice

    before = number(case.prior_value or 0, "nb")
    text = f"Takseringen fra forrige gang var {before} kroner, og verdien stemmer med salgene ved siden av."
    return Choice("accepted", "fits-comparable-sales", text, None, ("figure:prior_value",))


def _lowered(case: ReviewCase) -> Choice:
    from valuation.review.actions import Choice

    value = round((case.appraised_value or 0) * _LESS, -3)
    text = "Befaringen 12. oktober viste fukt i kjelleren og et bad fra 1978; utbedring er anslått til 900 000 kroner."
    return Choice("own_value", "condition-poor", text, int(value), ("document:befaringsrapport, arkivsak 26/1204",))


def _to_be_inspected() -> Choice:
    from valuation.review.actions import Choice

    text = "Arealet i registeret er 40 kvadratmeter større enn på tegningen fra 2019; boligen må måles."
    return Choice("needs_inspection", "facts-uncertain", text, None, ("document:tegning, arkivsak 19/204",))
