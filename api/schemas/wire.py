"""What holds for everything that travels? Strict, nothing unknown, no NaN, plain dates, times in UTC with Z."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Received(BaseModel):
    """What a client sends: strict, and nothing that is not described."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Nothing(Received):
    """What needs no words: `{}`."""


class Sent(BaseModel):
    """What the service answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())


def plain_day(given: Any) -> Any:
    """Return the day that a text such as `2026-01-31` names.

    Raises
    ------
    PydanticCustomError
        For anything else: numbers, times and other ways to write a day are refused, not guessed.
    """
    if isinstance(given, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass
    raise PydanticCustomError("not-a-day", "not a day")


def without_control_characters(given: str) -> str:
    """Return a text that holds no control characters: PostgreSQL stores no NUL, and a page shows none."""
    if _CONTROL.search(given):
        raise PydanticCustomError("text-of-wrong-form", "control characters")
    return given


PlainDay = Annotated[date, BeforeValidator(plain_day), WithJsonSchema({"type": "string", "format": "date"})]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(without_control_characters)]
"""What a person writes."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A code or an identity."""
