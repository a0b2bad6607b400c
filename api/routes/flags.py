"""Which rules send a value to a person, and what do they mean?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from api.description import problems
from api.problem import Problem, language_of
from api.schemas.flag import FlagAnswer, FlagsAnswer
from api.words import words_of
from valuation.flags.catalogue import RULES
from valuation.flags.flag import OPENS_A_CASE, FlagRule

router = APIRouter(prefix="/flags", tags=["flags"])


@router.get("", summary="All rules")
async def list_flags(request: Request) -> FlagsAnswer:
    """Return every rule, in the order of the catalogue."""
    language = language_of(request)
    return FlagsAnswer(flags=[_told(rule, language) for rule in RULES])


@router.get("/{code}", summary="One rule", responses=problems(404))
async def one_flag(request: Request, code: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]) -> FlagAnswer:
    """Return a rule by its code."""
    found = next((rule for rule in RULES if rule.code == code), None)
    if found is None:
        raise Problem(404, "flag-not-found", words_of("flag-not-found"))
    return _told(found, language_of(request))


def _told(rule: FlagRule, language: str) -> FlagAnswer:
    return FlagAnswer(
        code=rule.code,
        severity=rule.severity,
        opens_case=rule.severity in OPENS_A_CASE,
        level=rule.level,
        title=rule.title.in_language(language),
        sentence=rule.sentence.in_language(language),
        explanation=rule.explanation,
        number_kind=rule.number_kind,
        settings=list(rule.settings),
        documentation=f"docs/reference/flags/{rule.code}.md",
    )
