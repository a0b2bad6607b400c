"""What does the demo office look like? The run released, and some cases in every state, settled by the demo users.

Everything goes through the same release and the same review actions as in a real office; the users are made up, and so
are the reasons they give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from valuation.command_line.terminal import say

if TYPE_CHECKING:
    from valuation.adapters.sql_store.reviews import SqlReviews
    from valuation.jurisdictions.jurisdiction import Jurisdiction
    from valuation.pipeline.params import ReviewParams
    from valuation.review.actions import Choice
    from valuation.review.case import ReviewCase
    from valuation.review.desk import Desk

RECORD = "record.db"
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
    address = f"sqlite:///{place / RECORD}"
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


def serve_office(run: Path, place: Path) -> None:
    """Serve the pages and the API of the demo office on this machine, with the demo users, until stopped."""
    import os

    from valuation.command_line.serve import serve

    os.environ["VALUATION_ARCHIVE"] = str(place / "archive")
    os.environ["VALUATION_REGISTRY"] = str(place / "registry")
    say(f"The report: {run / 'report' / 'index.html'}")
    serve(
        host="127.0.0.1",
        port=8000,
        workers=1,
        demo=True,
        bundle=str(run / "bundle"),
        database=f"sqlite:///{place / RECORD}",
    )


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
    from valuation.review.actions import Choice

    text = f"Takseringen fra forrige gang var {case.prior_value} kroner, og verdien stemmer med salgene ved siden av."
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
