"""What does a person see when something cannot be done? The same code and sentence as a program gets, as a page."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from api.access.login import own_place
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
SIGNED_OUT = (
    "Sessions end after a while, so that nobody works in your name.",
    "What you wrote in the form is kept in this browser, and stands there again when you have signed in.",
)
"""What a person is told in place of how a program signs in."""


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
    if problem.status == 401:
        said = [sentences(language)(key) for key in SIGNED_OUT]
    content = {
        "title": sentences(language)(TITLES.get(problem.status, OTHERWISE)),
        "lines": said,
        "back": f"/login?return_to={quote(_came_from(connection), safe='')}" if problem.status == 401 else "/",
        "is_signed_out": problem.status == 401,
        "request_id": request_id(connection),
    }
    actor = getattr(request.state, "actor", None)
    answer = page(request, service, "problem.html", content, actor=actor, language=language, status=problem.status)
    answer.headers.update({"X-Request-ID": request_id(connection), **problem.headers})
    return answer


def _came_from(connection: HTTPConnection) -> str:
    """Return the page of this service on which the form stood that was sent, with what it asked for."""
    came = urlsplit(connection.headers.get("referer", ""))
    if came.netloc != connection.url.netloc:
        return "/"
    return own_place(came.path + (f"?{came.query}" if came.query else ""))
