"""What is to be told beside a value? A parameter of the address, as every route that explains takes it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from api.parameters import listed
from api.schemas.valuation import INCLUDES


def _includes(given: Any) -> Any:
    parts = listed(given) if isinstance(given, str) else given
    if parts is not None and not set(parts) <= set(INCLUDES):
        raise PydanticCustomError("not-one-of", "include")
    return given


IncludeParameter = Annotated[
    str | None,
    BeforeValidator(_includes),
    Query(
        description=f"What to tell beside the value, separated by commas: {', '.join(INCLUDES)}.",
        pattern=rf"^({'|'.join(INCLUDES)})(,({'|'.join(INCLUDES)}))*$",
    ),
]
