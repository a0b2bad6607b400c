"""What does a person see when something cannot be done? The same code and sentence as a program gets, as a page."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from api.pages.frame import page, page_language
from api.pages.sentences import sentences
from api.problem import Problem, request_id

TITLES = {
    401: "Please sign in",
    403: "This is not for you",
    404: "There is nothing here",
    409: "Somebody is working on this now",
    429: "That was too much at once",
    503: "Not just now",
}
"""The key of a sentence by status; for any other the last one."""
OTHERWISE = "This did not work"


def is_for_a_person(connection: HTTPConnection) -> bool:
    """Return whether a browser shows the answer to somebody."""
    return "text/html" in connection.headers.get("accept", "") and not connection.url.path.startswith("/api/")


def problem_page(connection: HTTPConnection, problem: Problem) -> Response | None:
    """Return an answer that says no as a page; None where a program asks, which gets it as JSON."""
    service = getattr(connection.app.state, "service", None)
    if service is None or not is_for_a_person(connection):
        return None
    request = Request(connection.scope)
    language = page_language(request, service)
    said = [fault.message for fault in problem.faults] or [problem.words.in_language(language)]
    content = {
        "title": sentences(language)(TITLES.get(problem.status, OTHERWISE)),
        "lines": said,
        "back": "/login" if problem.status == 401 else "/",
        "request_id": request_id(connection),
    }
    actor = getattr(request.state, "actor", None)
    answer = page(request, service, "problem.html", content, actor=actor, language=language, status=problem.status)
    answer.headers.update({"X-Request-ID": request_id(connection), **problem.headers})
    return answer
