"""What would the owner be told? The letter about one value of the roll in force, by the archive of the service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import pandas as pd

from valuation.appraisal.bundle import Bundle
from valuation.letters.letter import letter_html
from valuation.letters.record import LetterRecord
from valuation.letters.records import Asked, ValuedRoll
from valuation.review.case import ReviewCase
from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll


class Printer(Protocol):
    """Makes a PDF of a letter."""

    def pdf(self, html: str) -> bytes:
        """Return it."""
        ...


class Letters:
    """Letters about values that were released: the same records that `valuation letter` writes from.

    Parameters
    ----------
    archive : Archive
        Where the runs of rolls lie.
    printer : callable
        Makes what prints, when the first PDF is asked for: many services never need it.
    """

    def __init__(self, archive: Archive, printer: Callable[[], Printer]) -> None:
        self._archive, self._make = archive, printer
        self._printer: Printer | None = None
        # Fonts are looked up in one thread at a time.
        self._lock = threading.Lock()

    def record(self, roll: ReleasedRoll, bundle: Bundle, dwelling_id: str, case: ReviewCase | None) -> LetterRecord:
        """Return what the letter about a dwelling says, with what was decided.

        Parameters
        ----------
        roll : ReleasedRoll
        bundle : Bundle
            That valued the roll (`Service.bundle_of`).
        dwelling_id : str
        case : ReviewCase, optional
            Its case.

        Raises
        ------
        WrongUse, InputRefused
            When the archive does not hold the run of the roll as it was released.
        """
        begun_on = frozenset({dwelling_id} if case is not None and case.is_looked_at else ())
        asked = Asked(decisions=decisions_of(case, dwelling_id), begun_on=begun_on)
        (record,) = ValuedRoll(bundle, self._archive.folder_of(roll), asked, only=dwelling_id).records([dwelling_id])
        return record

    def pdf(self, record: LetterRecord, language: str) -> bytes:
        """Return a letter as PDF/UA-1.

        Raises
        ------
        WrongUse
            Where this machine makes no PDF.
        """
        with self._lock:
            if self._printer is None:
                self._printer = self._make()
            return self._printer.pdf(letter_html(record, language))


def decisions_of(case: ReviewCase | None, dwelling_id: str) -> pd.DataFrame | None:
    """Return the decision in force as `looked_at.read_decisions` gives those of a table; None without one."""
    made = None if case is None else case.decision
    if case is None or made is None:
        return None
    value = float("nan") if case.appraised_value is None else float(case.appraised_value)
    is_own = made.outcome == "own_value"
    return pd.DataFrame(
        {
            "dwelling_id": [dwelling_id],
            "appraised_value": [value],
            "decided_at": pd.to_datetime([made.at], utc=True),
            "decided_by": [made.approved_by or made.by],
            "outcome": [made.outcome],
            "decided_value": [float(made.value) if is_own and made.value is not None else float("nan")],
            "reason_code": [made.reason_code if is_own else ""],
        }
    )
