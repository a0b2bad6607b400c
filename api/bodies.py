"""What did the client send? The body, read within its time, as strict JSON, held against the model of the request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from api.errors import code_of
from api.problem import Fault, Problem, language_of
from api.strict_json import escaped, parse
from api.words import message_of, words_of

Model = TypeVar("Model", bound=BaseModel)
MOST_FAULTS = 100
"""Faults that one answer lists."""
_JSON = re.compile(r'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)


async def raw_body(request: Request) -> bytes:
    """Return the bytes of the body.

    Raises
    ------
    Problem
        413 when there are more than the service takes, 408 when they do not arrive in time.
    """
    try:
        async with asyncio.timeout(request.app.state.service.settings.body_timeout_s):
            return await request.body()
    except TimeoutError:
        raise Problem(408, "body-too-slow", words_of("body-too-slow"), headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "malformed-request", words_of("malformed-request")) from None


async def read_body(request: Request, model: type[Model]) -> Model:
    """Return what the client sent, as the model of the request.

    Raises
    ------
    Problem
        415 for anything but JSON, 413 for too much of it, 400 or 422 with every fault and its place.
    """
    if not _JSON.fullmatch(request.headers.get("content-type", "").strip()):
        raise Problem(415, "unsupported-media-type", words_of("unsupported-media-type"), pointer="header:Content-Type")
    language = language_of(request)
    said = parse(await raw_body(request), language)
    try:
        return model.model_validate(said)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults = [_fault(item, language) for item in found[:MOST_FAULTS]]
        raise Problem(422, "wrong-body", words_of("wrong-body"), faults=faults) from None


def _fault(item: Any, language: str) -> Fault:
    code = code_of(item["type"])
    return Fault(code, message_of(code, item.get("ctx", {}), language), pointer_to(item["loc"]))


def pointer_to(place: Sequence[int | str]) -> str:
    """Return where in the body something lies, as a JSON pointer.

    Examples
    --------
    >>> pointer_to(("dwellings", 3, "living_area_m2"))
    '/dwellings/3/living_area_m2'
    """
    return "".join(f"/{escaped(str(part))}" for part in place)


def body_of(model: type[BaseModel], example: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the description of a route says about the body it reads with `read_body`.

    Parameters
    ----------
    model : type of BaseModel
    example : dict, optional
        A body the route takes; by default `{}`.
    """
    content = {
        "schema": model.model_json_schema(ref_template="#/components/schemas/{model}"),
        "example": example or {},
    }
    return {"requestBody": {"required": True, "content": {"application/json": content}}}
