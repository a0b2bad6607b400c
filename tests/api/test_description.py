"""Does the service keep to its own description, whoever asks and whatever is sent?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.main import assemble
from api.settings import Settings
from api.words import CODES
from tests.api.conftest import PEOPLE, SECRET
from tests.conftest import TRONDHEIM
from valuation.jurisdictions.reading import read_jurisdiction

HOME = Path(__file__).resolve().parents[2]
ABOUT_FIELDS = ("field-", "not-a", "number-", "text-of", "text-too-short")
NOT_UNDERSTOOD = {"wrong-body", "wrong-parameters", *(code for code in CODES if code.startswith(ABOUT_FIELDS))}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIBED = assemble(read_jurisdiction(TRONDHEIM), Settings(bundle=Path("none"), secret=SECRET)).openapi()
OPERATIONS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]
MADE_UP = settings(
    max_examples=int(os.environ.get("VALUATION_MADE_UP_REQUESTS", "5")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
"""Few requests for each route and person; by hand, with `VALUATION_MADE_UP_REQUESTS=200`, more."""


@pytest.fixture(scope="module")
def described(app, tokens) -> Any:
    """The description of the service under test."""
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=tokens["everything"])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_answer_is_an_error_of_ours_or_a_surprise(described, tokens, path, method, person):
    operation = described[path][method]

    @MADE_UP
    @given(case=operation.as_strategy())
    def holds(case):
        case.call_and_validate(headers=tokens[person], checks=CHECKS)

    holds()


def in_any_order(said: Any) -> Any:
    """Return a description in which needed names stand by the alphabet: a bundle keeps its dictionary so."""
    if isinstance(said, dict):
        parts = {name: in_any_order(part) for name, part in said.items()}
        return {
            name: sorted(part) if name == "required" and isinstance(part, list) else part
            for name, part in parts.items()
        }
    return [in_any_order(part) for part in said] if isinstance(said, list) else said


def test_what_is_committed_is_what_the_service_says_of_itself(app):
    committed = json.loads((HOME / "docs" / "openapi.json").read_text("utf-8"))
    assert in_any_order(committed) == in_any_order(json.loads(json.dumps(app.openapi())))


WITH_A_BODY = [
    (path, method, one["requestBody"]["content"]["application/json"]["example"])
    for path, methods in DESCRIBED["paths"].items()
    for method, one in methods.items()
    if path.startswith("/api/v1/") and "requestBody" in one
]


@pytest.mark.parametrize(("path", "method", "example"), WITH_A_BODY)
def test_every_example_is_a_body_the_route_takes(client, path, method, example):
    page = client.get("/api/v1/review-cases", params={"limit": 1}).json()["cases"]
    given = {
        "Idempotency-Key": f"example-{path}"[-60:].replace("/", "-").replace("{", "").replace("}", ""),
        "If-Match": '"1"',
    }
    address = path.format(case_id=page[0]["case_id"], model_version="0" * 12, job_id="nothing", number=1)
    answer = client.request(method, address, json=example, headers=given)
    # Whether it may be done now is another question: what was sent is understood, field by field.
    codes = {fault["code"] for fault in answer.json().get("errors", ())}
    assert answer.status_code in (200, 201, 202, 403, 404, 409, 412, 422), answer.text
    assert not codes & NOT_UNDERSTOOD


def test_an_example_of_a_dwelling_is_answered(client):
    example = next(body for path, _, body in WITH_A_BODY if path.endswith("/valuations"))
    assert client.post("/api/v1/valuations", json=example).status_code == 200
