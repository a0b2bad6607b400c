"""How does a table that somebody filled in become decisions? Looked at row by row, then stored when it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.decision_table import DecisionRow, TableRefused, evidence_of, from_kept, joined, kept, read_decisions
from api.dependencies import CurrentActor, TheService
from api.pages.case_list import asked_query
from api.pages.case_view import outcome_shown
from api.pages.forms import Wrong, amount, file_in, typed_in
from api.pages.frame import page, page_language
from api.pages.sentences import Say, sentences
from api.routes.exports import cases_exported
from api.service import Service
from valuation.errors import ActionRefused, CaseChanged, CaseNotFound
from valuation.explanation.fact_words import number
from valuation.review import actions
from valuation.review.actions import CaseToDecide, Choice
from valuation.review.actor import Actor
from valuation.review.case import OUTCOMES
from valuation.review.idempotency import Answer, answered_once
from valuation.review.reason_codes import REASONS
from valuation.review.repository import ReviewTransaction
from valuation.review.sight import may_know_of

router = APIRouter(include_in_schema=False)
FORMATS = ("xlsx", "csv")
REFUSED = {
    "no-file": "Choose a file.",
    "file-empty": "The file is empty.",
    "file-not-read": "This is no table that can be read here. Use the file of the export: an Excel workbook or CSV.",
    "file-too-large": "The file is too large when it is unpacked.",
    "file-too-long": "The table has more than {most} rows. Divide it.",
    "file-lacks-columns": "The table lacks the columns {columns}. Use the file of the export as it is, and fill it in.",
    "nothing-filled-in": "No row has an outcome. Fill in the columns that begin with “decided”, and choose the file.",
    "too-many-rows": "{n} rows are filled in; at most {most} can be stored at once. Divide the table.",
}
"""What is said of a file as a whole: the key of a sentence."""


@dataclass(frozen=True)
class Report:
    """What would come of a table."""

    rows: tuple[dict[str, Any], ...]
    to_store: tuple[DecisionRow, ...]
    n_fine: int
    n_refused: int
    n_unchanged: int


@router.get("/cases/export")
def export_list(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Hand out the cases of the list as it is narrowed now: the export that programs get, noted in the record."""
    form = request.query_params.get("format", "")
    _, _, query = asked_query(service, actor, request.query_params)
    return cases_exported(service, actor, query, form if form in FORMATS else FORMATS[0])


@router.get("/cases/import")
def show_import(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Show where to choose a file."""
    return _shown(request, service, actor)


@router.post("/cases/import")
async def look_at_file(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Say of each row of a file what would come of it. Nothing is stored."""
    given = await file_in(request, "file")
    return await run_in_threadpool(_looked_at, request, service, actor, None if given is None else given[1])


@router.post("/cases/import/confirm")
async def confirm(request: Request, service: TheService, actor: CurrentActor) -> Response:
    """Store what the report showed, all of it or nothing."""
    typed = await typed_in(request)
    return await run_in_threadpool(
        _confirmed, request, service, actor, typed.get("rows", ""), typed.get("idempotency_key", "")
    )


def _looked_at(request: Request, service: Service, actor: Actor, content: bytes | None) -> Response:
    try:
        if content is None:
            raise TableRefused("no-file")
        rows = read_decisions(content)
        if not rows:
            raise TableRefused("nothing-filled-in")
        report = report_of(service, actor, rows, page_language(request, service))
    except TableRefused as refused:
        return _refused(request, service, actor, refused)
    return _shown(request, service, actor, report=report)


def _confirmed(request: Request, service: Service, actor: Actor, text: str, key: str) -> Response:
    language = page_language(request, service)
    try:
        rows = from_kept(text)
        if len(rows) > service.params.review.max_together:
            raise TableRefused("too-many-rows", n=len(rows), most=service.params.review.max_together)
        if not rows or any(row.formulas for row in rows):
            raise TableRefused("nothing-filled-in")
    except TableRefused as refused:
        return _refused(request, service, actor, refused)

    def act(transaction: ReviewTransaction) -> Answer:
        actions.decide_rows(service.desk(transaction, actor), [_asked(row) for row in rows])
        return Answer(303, "imported")

    asked = service.sent(actor, key, "POST /cases/import/confirm", text.encode())
    try:
        answered_once(service.reviews, asked, act)
    except (ActionRefused, CaseChanged, CaseNotFound):
        said = sentences(language)("Something changed since you looked. Nothing was stored; look at the rows again.")
        again = report_of(service, actor, rows, language)
        return _shown(request, service, actor, report=again, wrong=(Wrong("rows", said),), status=412)
    return RedirectResponse("/cases?tab=done&told=imported", 303)


def report_of(service: Service, actor: Actor, rows: tuple[DecisionRow, ...], language: str) -> Report:
    """Return what would come of each row.

    Raises
    ------
    TableRefused
        `too-many-rows`: more than can be decided in one step.
    """
    say = sentences(language)
    with service.reviews.transaction() as transaction:
        desk = service.desk(transaction, actor)
        unchanged = {row.line for row in rows if _stands(transaction, actor, row)}
        asked = [row for row in rows if row.line not in unchanged]
        most = service.params.review.max_together
        if len(asked) > most:
            raise TableRefused("too-many-rows", n=len(asked), most=most)
        checked = actions.check_rows(desk, [_asked(row) for row in asked])
    told = {row.line: _told_of(row, one, say, language) for row, one in zip(asked, checked, strict=True)}
    for row in rows:
        told.setdefault(row.line, {"is_fine": True, "lines": [say("As it is decided already: left alone.")]})
    shown = tuple(_row(row, told[row.line], language) for row in rows)
    n_fine = sum(told[row.line]["is_fine"] for row in asked)
    return Report(shown, tuple(asked), n_fine, len(asked) - n_fine, len(unchanged))


def _stands(transaction: ReviewTransaction, actor: Actor, row: DecisionRow) -> bool:
    try:
        case = transaction.case(row.case_id)
    except CaseNotFound:
        return False
    return may_know_of(case, actor) and row.says_what_stands(case)


def _asked(row: DecisionRow) -> tuple[CaseToDecide, Choice]:
    version = int(row.version) if row.version.isdecimal() and len(row.version) < 10 else 0
    value = amount(row.value) if row.value else None
    # What cannot be meant as an amount is handed on as it is: the review refuses it with the sentence of its own.
    meant = row.value if row.value and value is None else value
    return CaseToDecide(row.case_id, version, meant), Choice(
        row.outcome, row.reason_code, row.text, None, evidence_of(row)
    )


def _told_of(row: DecisionRow, one: actions.CheckedRow, say: Say, language: str) -> dict[str, Any]:
    if row.formulas:
        told = say("There is a formula in {columns}. Put the text or the number itself there.")
        return {"is_fine": False, "lines": [told.format(columns=", ".join(row.formulas))]}
    if one.problem is not None:
        is_changed = isinstance(one.problem, CaseChanged)
        words = "The case was changed since the table was made. Export it again." if is_changed else "No such case."
        return {"is_fine": False, "lines": [say(words)]}
    if not one.is_fine:
        return {"is_fine": False, "lines": [_sentence(refusal, row, say, language) for refusal in one.refusals]}
    words = "Goes to a second reader." if one.goes_to_control else "Will be decided."
    return {"is_fine": True, "lines": [say(words)]}


def _sentence(refused: ActionRefused, row: DecisionRow, say: Say, language: str) -> str:
    """Return what stands against a row; what may be written in its place by its words, which a table may hold."""
    if refused.code == "unknown-outcome":
        known = [outcome_shown(outcome, language) for outcome in OUTCOMES]
        return say("Write one of these outcomes: {known}.").format(known="; ".join(known))
    if refused.code in ("unknown-reason", "reason-does-not-fit"):
        fitting = [reason for reason in REASONS.values() if row.outcome in (*reason.outcomes, "")]
        known = [reason.words.in_language(language) for reason in fitting or REASONS.values()]
        return say("Write one of these reasons: {known}.").format(known="; ".join(known))
    return refused.in_language(language)


def _row(row: DecisionRow, told: dict[str, Any], language: str) -> dict[str, Any]:
    outcome = outcome_shown(row.outcome, language) if row.outcome in OUTCOMES else row.outcome
    return {"line": row.line, "case_id": row.case_id, "dwelling_id": row.dwelling_id, "outcome": outcome} | {
        "value": row.value if (meant := amount(row.value)) is None else number(meant, language),
        "text": row.text,
        **told,
    }


def _refused(request: Request, service: Service, actor: Actor, refused: TableRefused) -> Response:
    language = page_language(request, service)
    told = {name: number(item, language) if isinstance(item, int) else item for name, item in refused.told.items()}
    said = sentences(language)(REFUSED[refused.code]).format(**told)
    return _shown(request, service, actor, wrong=(Wrong("file", said),), status=422)


def evidence_example(service: Service) -> str:
    """Return what a cell may hold that says what a decision rests on: a fact of this place, and a document."""
    area = service.bundle.jurisdiction.characteristics.with_role("living_area")
    return joined((f"characteristic:{area}", "document:tegning godkjent 2019, arkivsak 19/204"))


def _shown(
    request: Request,
    service: Service,
    actor: Actor,
    *,
    report: Report | None = None,
    wrong: tuple[Wrong, ...] = (),
    status: int = 200,
) -> Response:
    language = page_language(request, service)
    content = {
        "report": report,
        "kept": "" if report is None else kept(report.to_store),
        "wrong": wrong,
        "most": service.params.review.max_together,
        "evidence_example": evidence_example(service),
    }
    return page(request, service, "import.html", content, actor=actor, language=language, status=status)
