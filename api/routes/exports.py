"""How do values and cases get into Excel, a map or another system? Whole, as filtered, and noted in the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.decision_table import SEPARATOR, joined
from api.dependencies import CurrentActor, TheService
from api.description import problems
from api.problem import Problem
from api.routes.dwellings import AskedValues, content_of
from api.routes.review_cases import AskedCases, with_roll
from api.service import Service
from api.tables import (
    MEDIA_TYPES,
    Column,
    Row,
    written_csv,
    written_geojson,
    written_parquet,
    written_xlsx,
)
from api.words import words_of
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.blind_dwellings import hidden_dwellings
from valuation.review.repository import CaseQuery
from valuation.review.sight import as_seen
from valuation.review.workflow import stamp

Item = TypeVar("Item")
router = APIRouter(prefix="/exports", tags=["exports"])
DWELLING_COLUMNS = (
    *(Column(name, "text") for name in ("value_id", "roll_id", "dwelling_id", "address", "property_id")),
    *(Column(name, "text") for name in ("market_area", "dwelling_type")),
    *(Column(name, "number") for name in ("x_m", "y_m")),
    *(Column(name, "whole") for name in ("appraised_value", "lower_value", "upper_value")),
    Column("coverage", "number"),
    Column("accuracy_class", "text"),
    Column("prior_value", "whole"),
    *(Column(name, "number") for name in ("error_risk", "expected_tax_error")),
    Column("flags", "text"),
    *(Column(name, "truth") for name in ("looked_at", "is_hidden")),
)
CASE_COLUMNS = (
    *(Column(name, "text") for name in ("case_id", "roll_id", "dwelling_id", "address", "value_id", "state")),
    Column("version", "whole"),
    *(Column(name, "text") for name in ("opened_at", "opened_because", "market_area", "dwelling_type")),
    *(Column(name, "whole") for name in ("appraised_value", "lower_value", "upper_value", "prior_value")),
    *(Column(name, "number") for name in ("error_risk", "expected_tax_error")),
    *(Column(name, "text") for name in ("reserved_by", "decided_outcome")),
    Column("decided_value", "whole"),
    *(
        Column(name, "text")
        for name in ("decided_reason_code", "decided_text", "decided_evidence", "decided_by", "decided_at")
    ),
)
_FORMATS = ("csv", "xlsx", "parquet", "geojson")
FormatParameter = Annotated[
    Literal["csv", "xlsx", "parquet", "geojson"] | None,
    Query(alias="format", description="By default what the header Accept asks for, else CSV."),
]
CaseFormatParameter = Annotated[
    Literal["csv", "xlsx", "parquet"] | None,
    Query(alias="format", description="By default what the header Accept asks for, else CSV."),
]


def _answers(*formats: str) -> dict[int | str, dict[str, Any]]:
    file, collection = {"type": "string", "format": "binary"}, {"type": "object"}
    content = {
        MEDIA_TYPES[name].split(";")[0]: {"schema": collection if name == "geojson" else file} for name in formats
    }
    return {200: {"description": "The table.", "content": content}, **problems(404, 406)}


@router.get(
    "/dwellings",
    summary="Export released values",
    response_class=StreamingResponse,
    responses=_answers(*_FORMATS),
)
def export_dwellings(
    request: Request, service: TheService, actor: CurrentActor, query: AskedValues, form: FormatParameter = None
) -> StreamingResponse:
    """Return all dwellings of a query; values that a person is to estimate first are left empty."""
    chosen = form or _accepted(request, _FORMATS)
    hidden = hidden_dwellings(service.reviews, query.roll_id, actor)

    def rows() -> Iterator[Row]:
        for value in service.rolls.all_values(query):
            content = content_of(value, hidden)
            yield content | {"flags": SEPARATOR.join(content["flags"])}

    sent = _sent(chosen, "dwellings", DWELLING_COLUMNS, rows(), service)
    _note(service, actor, "dwellings", chosen, query.roll_id)
    return sent


@router.get(
    "/review-cases",
    summary="Export cases",
    response_class=StreamingResponse,
    responses=_answers("csv", "xlsx", "parquet"),
)
def export_cases(
    request: Request, service: TheService, actor: CurrentActor, query: AskedCases, form: CaseFormatParameter = None
) -> StreamingResponse:
    """Return all cases of a query, each with the decision in force."""
    return cases_exported(service, actor, query, form or _accepted(request, ("csv", "xlsx", "parquet")))


def cases_exported(service: Service, actor: Actor, query: CaseQuery, chosen: str) -> StreamingResponse:
    """Return all cases of a query as a table, noted in the record: one way out for programs and pages."""
    asked = with_roll(query, service)
    sent = _sent(chosen, "review-cases", CASE_COLUMNS, _cases(service, actor, asked), service)
    _note(service, actor, "review-cases", chosen, str(asked.roll_id))
    return sent


def _cases(service: Service, actor: Actor, query: CaseQuery) -> Iterator[Row]:
    cursor: str | None = None
    while True:
        page = service.reviews.cases(query, limit=200, cursor=cursor)
        values = service.rolls.values_by_id(case.value_id for case in page.cases)
        for case in page.cases:
            shown = as_seen(case, actor)
            content, decision = shown.content(), shown.case.decision
            told = {column.name: content.get(column.name) for column in CASE_COLUMNS}
            told["address"] = values[case.value_id].address
            told["opened_because"] = SEPARATOR.join(case.opened_because)
            if decision is not None:
                told |= {
                    "decided_outcome": decision.outcome,
                    "decided_value": decision.value,
                    "decided_reason_code": decision.reason_code,
                    "decided_text": decision.text,
                    "decided_evidence": joined(decision.evidence),
                    "decided_by": decision.by,
                    "decided_at": decision.at,
                }
            yield told
        cursor = page.next_cursor
        if cursor is None:
            return


def begun(items: Iterator[Item]) -> Iterator[Item]:
    """Take the first item now: what cannot be begun is refused, and not answered with 200 and half a file."""
    first = list(islice(items, 1))
    return chain(first, items)


def _accepted(request: Request, formats: tuple[str, ...]) -> str:
    """Return the first form that the header Accept names."""
    asked = re.findall(r"[\w.+*-]+/[\w.+*-]+", request.headers.get("accept", "*/*")[:500])
    by_type = {MEDIA_TYPES[name].split(";")[0]: name for name in formats}
    for kind in asked or ["*/*"]:
        if kind in by_type:
            return by_type[kind]
        if kind in ("*/*", "text/*"):
            return "csv"
    raise Problem(406, "not-acceptable", words_of("not-acceptable"), pointer="header:Accept")


def _note(service: Service, actor: Actor, what: str, form: str, roll_id: str) -> None:
    event = NewEvent(
        stamp(service.now()), actor.user_id, "export", "export", what, {"format": form, "roll_id": roll_id}
    )
    with service.reviews.transaction() as transaction:
        transaction.append(event)


def _sent(
    form: str, name: str, columns: tuple[Column, ...], rows: Iterator[Row], service: Service
) -> StreamingResponse:
    where, rows = service.bundle.jurisdiction.coordinates, begun(rows)
    if form == "geojson":
        if where is None:
            raise Problem(406, "no-coordinates", words_of("no-coordinates"), pointer="?format")
        pieces = written_geojson(columns, rows, where)
    else:
        write = {"csv": written_csv, "xlsx": written_xlsx, "parquet": written_parquet}[form]
        pieces = write(columns, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(begun(pieces), media_type=MEDIA_TYPES[form], headers=headers)
