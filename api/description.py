"""How does the service describe itself? OpenAPI, with the models that routes read by themselves in their places."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problem import MEDIA_TYPE
from api.schemas.problem import ProblemAnswer

_MEANINGS = {
    400: "The request cannot be understood.",
    401: "Nobody is signed in.",
    403: "The role does not allow it.",
    404: "There is no such thing, or it is not yours to see.",
    406: "The answer cannot be given in the form asked for.",
    408: "The body did not arrive in time.",
    409: "Somebody else is writing here, or a gate stands between.",
    412: "The case was changed since: both versions are in the answer.",
    413: "The body is longer than the service takes.",
    415: "Something else than JSON in UTF-8.",
    421: "The service does not answer to this name.",
    422: "Something that was sent cannot be used; each fault is listed with its place and code.",
    428: "The header If-Match is missing.",
    429: "Too many requests.",
    431: "The head of the request is too long.",
    503: "Not now: the header Retry-After says when to try again.",
}
ALWAYS = (400, 401, 403, 408, 413, 415, 421, 422, 429, 431, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the answers that say no, for the description of routes."""
    return {
        status: {"description": _MEANINGS[status], "model": ProblemAnswer, "content": {MEDIA_TYPE: {}}}
        for status in sorted({*ALWAYS, *statuses})
    }


def describe(app: FastAPI) -> None:
    """Make the app describe the bodies that its routes read by themselves, and problems as what they are."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes, tags=None
            )
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            for operation in (one for path in schema["paths"].values() for one in path.values()):
                _hoist(operation, parts)
                _as_problems(operation)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _hoist(operation: dict[str, Any], parts: dict[str, Any]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        parts.update(content.get("schema", {}).pop("$defs", {}))


def _as_problems(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if status.isdigit() and int(status) >= 400 and "application/json" in content:
            answer["content"] = {MEDIA_TYPE: content["application/json"]}
