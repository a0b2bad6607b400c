"""What is a revaluation that the service was asked for? A roll, a model version, and how far it has come. A port."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from valuation.rolls.released_roll import ReleasedRoll

JobState = Literal["waiting", "running", "interrupted", "cancelled", "finished", "failed"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)
"""waiting: nobody has begun. interrupted: whoever worked is gone; it goes on when asked, or when the service starts."""
ENDED: tuple[JobState, ...] = ("cancelled", "finished", "failed")


@dataclass(frozen=True)
class RevaluationJob:
    """One revaluation. Times are UTC with Z."""

    job_id: str
    roll_id: str
    """The released roll whose dwellings are valued anew."""
    model_version: str
    asked_by: str
    asked_at: str
    state: JobState
    done: int
    """Dwellings valued; they are kept whatever happens."""
    total: int
    seconds_left: float | None
    """As the pace so far foretells; None where nothing is being done."""
    values_sha256: str | None = None
    """Of values.parquet, once finished."""
    failure: str | None = None
    """Kind of what went wrong."""


class RevaluationJobs(Protocol):
    """Keeps revaluations and has them done, outside the process that answers requests."""

    def served_by(self, bundle: Path, *, model_version: str, manifest_sha256: str) -> RevaluationJobs:
        """Return the same jobs, new ones of which are done by another version; those begun end on theirs."""
        ...

    def add(self, roll: ReleasedRoll, *, by: str, at: str, job_id: str = "") -> RevaluationJob:
        """Keep a new revaluation of the dwellings of a roll by the served model version; nothing is begun.

        One that is kept under this identity is found, not made again: whoever asked, and could not write down that the
        revaluation was asked for, asks once more. Without an identity it gets one by chance.

        Raises
        ------
        Locked
            While another one is not ended.
        """
        ...

    def begin(self, job_id: str) -> None:
        """Have it done, from where it stands; nothing where it is being done or is ended."""
        ...

    def jobs(self) -> list[RevaluationJob]:
        """Return all, the newest first."""
        ...

    def job(self, job_id: str) -> RevaluationJob:
        """Return one as it stands.

        Raises
        ------
        JobNotFound
        """
        ...

    def cancel(self, job_id: str) -> RevaluationJob:
        """Stop it at the next part; what is finished is kept.

        Raises
        ------
        JobNotFound
        """
        ...

    def resume(self, job_id: str) -> RevaluationJob:
        """Take back that it was cancelled or failed; `begin` goes on where it stopped.

        Raises
        ------
        JobNotFound
        Locked
            While another one is not ended.
        """
        ...

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        ...
