"""How is a rule of the flags told?"""

from __future__ import annotations

from typing import Literal

from api.schemas.wire import Sent


class FlagAnswer(Sent):
    """A rule: what it finds, how grave that is, and where it is explained."""

    code: str
    severity: Literal["note", "draw", "review", "stop"]
    opens_case: bool
    level: Literal["dwelling", "roll"]
    title: str
    sentence: str
    """With {number}, {limit} and {what} where they mean something."""
    explanation: str
    number_kind: str
    settings: list[str]
    """Settings in the section `flags` of params.yaml that it reads."""
    documentation: str
    """Page in the documentation."""


class FlagsAnswer(Sent):
    """Every rule, in the order of the catalogue."""

    flags: list[FlagAnswer]
