"""What does an answer look like that says no, for the description of the service?"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FaultAnswer(BaseModel):
    """One thing that is wrong."""

    pointer: str
    """JSON pointer into the body, `?name` of the query, `header:name`; empty for the whole."""
    code: str
    """Stable: programs go by it."""
    message: str
    """In the language asked for."""


class ProblemAnswer(BaseModel):
    """RFC 9457, problem details."""

    # Open: an answer about a stale case carries both versions beside these.
    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FaultAnswer]
