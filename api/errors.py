"""Which answer does an error get? One table from errors of the domain, and handlers that give nothing away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problem import DEFAULT_LANGUAGE, Fault, Problem, language_of, problem_response, request_id
from api.words import CODES, message_of, words_of
from valuation import errors
from valuation.dwellings.characteristics import Words

_log = logging.getLogger("valuation.api")

RETRY_AFTER_S = 2


@dataclass(frozen=True)
class Answer:
    """What an error of the domain becomes."""

    status: int
    code: str
    """Where the error has none of its own."""
    tells: bool = True
    """Whether the sentence of the error is told; one that names files of the inside is not."""
    is_passing: bool = False
    """Whether the same request may succeed soon: the answer says when to try again."""
    pointer: str = ""
    """What of the request it is about, where that is always the same."""


ANSWERS: dict[type[errors.ValuationError], Answer] = {
    errors.CaseChanged: Answer(412, "case-changed"),
    errors.StoreUnavailable: Answer(503, "store-unavailable", tells=False, is_passing=True),
    errors.StoreBusy: Answer(503, "store-busy", tells=False, is_passing=True),
    errors.DiskFull: Answer(503, "disk-full", tells=False, is_passing=True),
    errors.RequestRunning: Answer(409, "request-running", tells=False, is_passing=True),
    errors.Locked: Answer(409, "locked", tells=False, is_passing=True),
    errors.CaseNotFound: Answer(404, "case-not-found", tells=False),
    errors.JobNotFound: Answer(404, "job-not-found", tells=False),
    errors.RollNotFound: Answer(404, "roll-not-found", tells=False),
    errors.ValueNotFound: Answer(404, "value-not-found", tells=False),
    errors.NotFound: Answer(404, "not-found", tells=False),
    errors.ActionRefused: Answer(422, "action-refused"),
    errors.AccessRefused: Answer(403, "forbidden"),
    errors.SettingsRefused: Answer(503, "settings-refused", tells=False, is_passing=True),
    errors.NoAnswer: Answer(422, "no-answer"),
    errors.TooFewSales: Answer(422, "too-few-sales"),
    errors.JurisdictionRefused: Answer(503, "jurisdiction-refused", tells=False, is_passing=True),
    errors.AccessRefused: Answer(403, "forbidden", tells=False),
    errors.IssuerUnavailable: Answer(503, "store-unavailable", tells=False, is_passing=True),
    errors.SettingsRefused: Answer(500, "unexpected", tells=False),
    errors.InputRefused: Answer(422, "input-refused"),
    errors.CursorRefused: Answer(422, "cursor-not-read", tells=False, pointer="?cursor"),
    errors.WrongUse: Answer(422, "wrong-use"),
    errors.GateNotPassed: Answer(409, "gate-not-passed"),
    errors.DriftFound: Answer(409, "drift-found"),
    errors.Interrupted: Answer(503, "interrupted", tells=False, is_passing=True),
    errors.BundleRefused: Answer(503, "bundle-refused", tells=False, is_passing=True),
    errors.RecordRefused: Answer(503, "record-refused", tells=False, is_passing=True),
    errors.ValuationError: Answer(500, "unexpected", tells=False),
}
"""The nearest ancestor counts. 503 is never the client's fault."""

FORBIDDEN = frozenset(
    {
        *("forbidden", "role-may-not", "conflict-declared", "nobody-approves-their-own", "own-view-first"),
        "nobody-confirms-their-own",
        *("complaint-about-own-decision", "not-your-decision", "not-your-reservation"),
    }
)
"""Codes of `ActionRefused` that say this person may not: 403."""
STANDS_OTHERWISE = frozenset(
    {
        *("not-in-this-state", "reserved-by-another", "sent-on", "case-open-already", "complaint-finished"),
        *("own-view-given", "proposal-ended", "proposed-already", "live-version-changed"),
    }
)
"""Codes that say the case does not stand so: 409. All others are about what was sent: 422."""


def answer_of(error: errors.ValuationError) -> Answer:
    """Return the answer of the nearest ancestor in the table."""
    return next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)


def problem_of(error: errors.ValuationError, language: str = DEFAULT_LANGUAGE) -> Problem:
    """Return what an error of the domain becomes; what is said of single fields stands in `language`."""
    answer = answer_of(error)
    if isinstance(error, errors.ActionRefused):
        return _refused_action(error, language)
    code = getattr(error, "code", "") or answer.code
    headers = {"Retry-After": str(RETRY_AFTER_S)} if answer.is_passing else {}
    status = 403 if code in FORBIDDEN else answer.status
    if not answer.tells:
        return Problem(status, answer.code, words_of(answer.code), pointer=answer.pointer, headers=headers)
    return Problem(status, code, Words(en=error.told_outside()), pointer=getattr(error, "pointer", ""), headers=headers)


def _refused_action(error: errors.ActionRefused, language: str) -> Problem:
    status = 403 if error.code in FORBIDDEN else 409 if error.code in STANDS_OTHERWISE else 422
    words = Words(en=error.found, nb=error.words.get("nb"), nn=error.words.get("nn"))
    faults = [Fault(one.code, one.in_language(language), one.pointer) for one in error.all()]
    return Problem(status, error.code, words, faults=faults)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(request, error)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.ValuationError)
    if answer_of(error).status >= 500:
        _log_what_failed(request, error)
    return problem_response(request, problem_of(error, language_of(request)))


_OF_STATUS = {
    400: "malformed-request",
    401: "not-signed-in",
    403: "forbidden",
    404: "no-such-address",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
    429: "too-many-requests",
}


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _OF_STATUS.get(error.status_code, "unexpected" if error.status_code >= 500 else "malformed-request")
    return problem_response(request, Problem(error.status_code, code, words_of(code), headers=error.headers))


async def _on_wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    language = language_of(request)
    faults = [
        Fault(code_of(item["type"]), message_of(code_of(item["type"]), item.get("ctx", {}), language), _place(item))
        for item in error.errors()
    ]
    return problem_response(request, Problem(422, "wrong-parameters", words_of("wrong-parameters"), faults=faults))


async def _on_the_system(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno not in errors.DiskFull.SAID:
        return await _on_anything_else(request, error)
    _log_what_failed(request, error)
    return problem_response(request, problem_of(errors.DiskFull("the disk takes nothing more")))


async def _on_anything_else(request: Request, error: Exception) -> Response:
    _log_what_failed(request, error)
    return problem_response(request, Problem(500, "unexpected", words_of("unexpected")))


def _log_what_failed(request: Request, error: BaseException) -> None:
    # Where and what kind, never the words: they may hold what a person typed, or a dwelling.
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else "?"
    _log.error("request %s failed: %s at %s", request_id(request), type(error).__name__, where)


_CODE_OF_TYPE = {
    "missing": "field-missing",
    "extra_forbidden": "field-unknown",
    "finite_number": "number-not-finite",
    "float_type": "not-a-number",
    "int_type": "not-a-whole-number",
    "int_from_float": "not-a-whole-number",
    "int_parsing": "not-a-whole-number",
    "int_parsing_size": "number-out-of-range",
    "float_parsing": "not-a-number",
    "string_type": "not-a-text",
    "string_too_short": "text-too-short",
    "string_too_long": "text-too-long",
    "string_pattern_mismatch": "text-of-wrong-form",
    "string_unicode": "text-not-unicode",
    "bool_type": "not-true-or-false",
    "bool_parsing": "not-true-or-false",
    "list_type": "not-a-list",
    "too_short": "too-few",
    "too_long": "too-many",
    "dict_type": "not-an-object",
    "model_type": "not-an-object",
    "model_attributes_type": "not-an-object",
    "greater_than": "number-out-of-range",
    "greater_than_equal": "number-out-of-range",
    "less_than": "number-out-of-range",
    "less_than_equal": "number-out-of-range",
    "literal_error": "not-one-of",
    "enum": "not-one-of",
}


def code_of(pydantic_type: str) -> str:
    """Return our stable code for a kind of error that pydantic found."""
    return _CODE_OF_TYPE.get(pydantic_type, pydantic_type if pydantic_type in CODES else "field-refused")


def _place(item: dict[str, Any]) -> str:
    kind, *rest = (str(part) for part in item["loc"])
    name = rest[0] if rest else ""
    return {"query": f"?{name}", "header": f"header:{name}", "path": f"path:{name}"}.get(kind, "/" + "/".join(rest))


Handler = Callable[[Request, Exception], Awaitable[Response]]


def handle_errors(app: FastAPI) -> None:
    """Give every error its answer."""
    table: dict[type[Exception], Handler] = {
        Problem: _on_problem,
        errors.ValuationError: _on_domain_error,
        HTTPException: _on_http_exception,
        RequestValidationError: _on_wrong_parameters,
        OSError: _on_the_system,
        Exception: _on_anything_else,
    }
    for kind, handler in table.items():
        app.add_exception_handler(kind, handler)
