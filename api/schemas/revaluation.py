"""How is a revaluation told?"""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Name, Received, Sent
from valuation.rolls.revaluation_job import JobState


class RevaluationBody(Received):
    """What is to be valued anew."""

    roll_id: Name | None = Field(None, description="By default the roll in force.")


class RevaluationAnswer(Sent):
    """A revaluation and how far it has come."""

    job_id: str
    roll_id: str
    model_version: str
    asked_by: str
    asked_at: str
    state: JobState
    done: int
    total: int
    seconds_left: float | None
    values_sha256: str | None
    failure: str | None = Field(description="Kind of what went wrong; `DiskFull` goes on once there is room.")
    failure_detail: str | None = Field(description="The same in words, and what to do.")


class RevaluationsAnswer(Sent):
    """All revaluations, the newest first."""

    revaluations: list[RevaluationAnswer]
