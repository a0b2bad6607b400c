"""Does every error get one answer, with a code, and give nothing away?"""

from __future__ import annotations

import errno
import inspect

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors as table
from api.errors import handle_errors, problem_of
from api.words import CODES
from valuation import errors
from valuation.review.case import ReviewCase

DOMAIN_ERRORS = sorted(
    (item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, errors.ValuationError)),
    key=lambda item: item.__name__,
)
SECRET = "/srv/records/5001.db: SELECT * FROM cases"


def raised(kind: type[errors.ValuationError]) -> errors.ValuationError:
    """Return an error of a kind, with something of the inside in its words."""
    special = {
        errors.CaseChanged: lambda: errors.CaseChanged(ReviewCase("c1", "r1", "d1", "v1", "2026-11-29T00:00:00Z", ())),
        errors.ActionRefused: lambda: errors.ActionRefused("no", code="reason-empty", pointer="/text"),
        errors.AccessRefused: lambda: errors.AccessRefused("no", code="no-role"),
    }
    return special.get(kind, lambda: kind(SECRET))()


@pytest.mark.parametrize("kind", DOMAIN_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_domain_has_its_answer(kind):
    problem = problem_of(raised(kind))
    assert 400 <= problem.status <= 503
    assert problem.code


@pytest.mark.parametrize("kind", [kind for kind, answer in table.ANSWERS.items() if not answer.tells])
def test_an_error_of_the_inside_is_not_told(kind):
    problem = problem_of(raised(kind))
    assert problem.words == CODES[problem.code]


def test_what_passes_says_when_to_try_again():
    assert problem_of(errors.StoreUnavailable("gone")).headers == {"Retry-After": "2"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/valuation/archive/2026-11-30/bundle.json is damaged", "bundle.json is damaged"),
        ("cannot read '/var/lib/x/sales.csv', line 3", "cannot read 'sales.csv', line 3"),
        ("dwelling 5001-123/45/0/2-H0101", "dwelling 5001-123/45/0/2-H0101"),
        ("POST /api/v1/valuations takes one or many", "POST /api/v1/valuations takes one or many"),
        ("see https://example.org/a/b/c", "see https://example.org/a/b/c"),
    ],
)
def test_a_refusal_names_a_file_and_not_where_it_lies(text, told):
    assert problem_of(errors.InputRefused(text)).words.en == told


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OSError(errno.ENOSPC, "No space left", SECRET), 503, "disk-full"),
        (OSError(errno.EIO, "I/O error", SECRET), 503, "disk-full"),
        (FileNotFoundError(errno.ENOENT, "No such file", SECRET), 500, "unexpected"),
    ],
)
def test_a_disk_that_takes_nothing_more_is_told_and_where_it_is_not(error, status, code):
    app = FastAPI()
    handle_errors(app)

    @app.get("/keeps")
    def keeps() -> None:
        raise error

    answer = TestClient(app, raise_server_exceptions=False).get("/keeps", headers={"Accept-Language": "nn"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert "records" not in answer.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/my runs/first/bundle/trees.txt is damaged", "bundle/trees.txt is damaged"),
        ("/srv/my runs/first is no run", "… is no run"),
        ("/srv/my runs/first and /var/lib/x/sales.csv", "… and sales.csv"),
    ],
)
def test_a_folder_that_is_known_is_taken_away_whole(text, told):
    assert errors.InputRefused(text).told_outside("", "/srv/my runs", "/srv/my runs/first") == told


def test_a_refused_action_keeps_its_code_and_field():
    problem = problem_of(errors.ActionRefused("no", code="reason-empty", pointer="/text"))
    [fault] = problem.faults
    assert (problem.status, problem.code, fault.code, fault.pointer) == (422, "reason-empty", "reason-empty", "/text")


@pytest.fixture(scope="module")
def failing() -> TestClient:
    """A service whose only route fails in a way nobody foresaw."""
    app = FastAPI()
    handle_errors(app)

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError(SECRET)

    return TestClient(app, raise_server_exceptions=False)


def test_an_unforeseen_error_tells_nothing_of_the_inside(failing):
    answer = failing.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["code"] == "unexpected"
    assert "SELECT" not in answer.text
    assert "RuntimeError" not in answer.text


def test_an_unforeseen_error_is_logged_without_its_words(failing, caplog):
    failing.get("/fails")
    assert "RuntimeError at" in caplog.text
    assert "SELECT" not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/no/such/address", 404, "no-such-address"),
        ("POST", "/health/live", 405, "method-not-allowed"),
    ],
)
def test_an_address_or_method_that_is_not_there_is_a_problem(client, method, path, status, code):
    answer = client.request(method, path)
    assert answer.status_code == status
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert problem["errors"] == [{"pointer": "", "code": code, "message": problem["detail"]}]
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"


def test_the_language_asked_for_changes_the_words_and_not_the_code(client):
    told = [client.get("/nowhere", headers={"Accept-Language": name}).json() for name in ("en", "nb-NO", "nn;q=0.7")]
    assert len({problem["detail"] for problem in told}) == 3
    assert {problem["errors"][0]["code"] for problem in told} == {"no-such-address"}


@pytest.mark.parametrize("asked", ["", "fr", "*", ";;;q=", "nb;q=0", "x" * 10_000])
def test_a_language_there_are_no_words_in_is_answered_in_english(client, asked):
    assert client.get("/nowhere", headers={"Accept-Language": asked}).headers["content-language"] == "en"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_words_in_three_languages(code):
    words = CODES[code]
    assert all([words.en, words.nb, words.nn])
    assert words.en != words.nb
