"""What was typed into a form, and as what is it meant? Fields of pages become the bodies the actions take.

People write amounts as they are used to (`4 850 000 kr`, `69,5`); what cannot be meant is answered beside its field,
and what was typed is given back as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from api.case_actions import CaseAction
from api.schemas.case import ChoiceBody
from valuation.dwellings.characteristics import Words
from valuation.errors import ActionRefused

MOST_FIELDS = 200
_AMOUNT = re.compile(
    r"(?:kr|nok|usd|sgd|\$)?\s*(\d{1,3}(?:[ .\u00a0\u202f']\d{3})+|\d+)(?:[,.]0+|,-)?\s*(?:kr|kroner|nok|usd|sgd)?\.?",
    re.I,
)
FIELD_OF_POINTER = {"value": "own-value", "proposed": "to"}
"""Fields of pages whose id differs from the name the API has for them."""
_DOWN_THE_PAGE = ("outcome", "reason_code", "own-value", "text", "evidence")
"""Fields of a decision as they follow each other: the summary of what is wrong keeps their order."""

SENTENCES: dict[str, Words] = {
    "no-amount": Words(
        en="Write a whole amount, such as 4 850 000.",
        nb="Skriv et helt beløp, for eksempel 4 850 000.",
        nn="Skriv eit heilt beløp, til dømes 4 850 000.",
    ),
    "choose-outcome": Words(en="Choose an outcome.", nb="Velg et resultat.", nn="Vel eit resultat."),
    "choose-reason": Words(en="Choose a reason.", nb="Velg en grunn.", nn="Vel ein grunn."),
    "no-day": Words(
        en="Write a day, such as 2027-03-01.",
        nb="Skriv en dato, for eksempel 2027-03-01.",
        nn="Skriv ein dato, til dømes 2027-03-01.",
    ),
    "fill-in": Words(en="Fill this in.", nb="Fyll ut dette.", nn="Fyll ut dette."),
}


@dataclass(frozen=True)
class Wrong:
    """One thing that stands in the way: the field it is about (its id on the page), and the sentence."""

    field: str
    sentence: str


class FormRefused(Exception):
    """The form cannot be meant as it stands; nothing was stored."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        self.wrong = wrong
        super().__init__(f"{len(wrong)} fields")


async def typed_in(request: Request, *, most_fields: int = MOST_FIELDS) -> dict[str, str]:
    """Return the fields of a form as they were typed; of several with one name, all of them, each on a line."""
    async with request.form(max_files=0, max_fields=most_fields) as form:
        found: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                found.setdefault(name, []).append(value)
    return {name: "\n".join(values) for name, values in found.items()}


async def file_in(request: Request, field: str) -> tuple[str, bytes] | None:
    """Return name and content of the file that was chosen in a form; None where none was."""
    async with request.form(max_files=1, max_fields=10) as form:
        given = form.get(field)
        if not isinstance(given, UploadFile) or not given.filename:
            return None
        return given.filename, await given.read()


def amount(text: str) -> int | None:
    r"""Return an amount of money as a person writes it; None where it cannot be meant.

    Examples
    --------
    >>> amount("4 850 000"), amount("4\xa0850\xa0000 kr"), amount("4.850.000,-"), amount("4850000"), amount("4,85 mill")
    (4850000, 4850000, 4850000, 4850000, None)
    """
    found = _AMOUNT.fullmatch(text.strip())
    return int(re.sub(r"\D", "", found[1])) if found else None


def body_from(action: CaseAction, typed: Mapping[str, str], language: str) -> Any:
    """Return the body an action takes, made of a form.

    Raises
    ------
    FormRefused
        With each field that cannot be meant.
    """
    wrong: list[Wrong] = []
    given: dict[str, Any] = {}
    for name in action.body.model_fields:
        if name in ("arguments", "enclosed_values", "evidence"):
            lines = [line.strip() for line in typed.get(name, "").splitlines() if line.strip()]
            if name == "evidence" and typed.get("document", "").strip():
                lines.append(f"document:{typed['document'].strip()}")
            given[name] = (
                [_money(line, name, wrong, language) for line in lines] if name == "enclosed_values" else lines
            )
        elif name == "value" and typed.get(name, "").strip():
            given[name] = _money(typed[name], FIELD_OF_POINTER[name], wrong, language)
        elif name == "number" and typed.get(name, "").isdigit():
            given[name] = int(typed[name])
        elif name == "value_typed":
            given[name] = typed.get("value", "")
        elif typed.get(name, "").strip() or name == "text":
            given[name] = typed.get(name, "")
    if wrong:
        raise FormRefused(tuple(wrong))
    if issubclass(action.body, ChoiceBody):
        # The review looks at every field of a choice itself, and says all that is missing at once.
        return action.body.model_construct(**{"outcome": "", "reason_code": "", "text": "", **given})
    return _validated(action, given, language)


def _validated(action: CaseAction, given: Mapping[str, Any], language: str) -> Any:
    try:
        return action.body.model_validate_json(json.dumps(given, ensure_ascii=False, allow_nan=False))
    except ValidationError as error:
        found = [str(item["loc"][0]) for item in error.errors(include_url=False) if item["loc"]]
        raise FormRefused(
            tuple(Wrong(FIELD_OF_POINTER.get(name, name), _asked(name, language)) for name in found)
        ) from None


def _asked(name: str, language: str) -> str:
    codes = {"outcome": "choose-outcome", "reason_code": "choose-reason", "value": "no-amount"}
    code = "no-day" if name.endswith("_on") else codes.get(name, "fill-in")
    return SENTENCES[code].in_language(language)


def _money(text: str, field: str, wrong: list[Wrong], language: str) -> int | None:
    found = amount(text)
    if found is None:
        wrong.append(Wrong(field, SENTENCES["no-amount"].in_language(language)))
    return found


def wrongs_of(refusal: ActionRefused, typed: Mapping[str, str], language: str) -> tuple[Wrong, ...]:
    """Return what stands against an action, each with the field of the page it is about.

    Of a list nothing was chosen from, that alone is said: a page shows what there is to choose.
    """
    found = []
    for one in refusal.all():
        name = one.pointer.strip("/").split("/")[0]
        is_unchosen = name in ("outcome", "reason_code") and not typed.get(name, "").strip()
        said = _asked(name, language) if is_unchosen else one.in_language(language)
        found.append(Wrong(FIELD_OF_POINTER.get(name, name), said))
    return tuple(sorted(found, key=lambda one: _DOWN_THE_PAGE.index(one.field) if one.field in _DOWN_THE_PAGE else -1))
