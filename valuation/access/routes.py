"""Which role may call which route? The table. What is not in it is refused, and the service does not start with it.

The table is the outer gate: it knows the role and the route. Which case a caseworker may decide is a rule of the review
(`valuation/review/permissions.py`), and which part of the municipality somebody sees stands in `Actor.districts` and is
part of every query. `tests/api/access/test_route_table.py` calls every route of the service as everybody and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from valuation.review.actor import ROLES, Role
from valuation.review.permissions import PERMITTED, SEES_OVERSIGHT
from valuation.review.workflow import Action

Opening = Literal["everybody", "roles"]
Reach = Literal["nothing", "whole", "district"]
"""What an answer is about: nothing of the roll, all of it, or what lies in the actor's districts."""


@dataclass(frozen=True)
class Route:
    """A line of the table."""

    method: str
    path: str
    """As the service names it, with its parameters in braces; a trailing `*` stands for all below."""
    opening: Opening
    roles: frozenset[Role]
    reach: Reach
    why: str

    def opens_to(self, roles: Iterable[str]) -> bool:
        """Return whether somebody with these roles may call it."""
        return self.opening == "everybody" or not self.roles.isdisjoint(roles)


READS: frozenset[Role] = frozenset({"reader", "caseworker", "second_reader", "analyst", "auditor"})
"""An administrator runs the service and has no business with single values."""
VALUES: frozenset[Role] = frozenset({"reader", "caseworker", "second_reader", "analyst"})
SEES_CASES: frozenset[Role] = frozenset({"caseworker", "second_reader", "analyst", "auditor"})
"""Cases hold what owners wrote: not for machines that only need values."""
EXPORT: frozenset[Role] = frozenset({"caseworker", "second_reader", "analyst", "auditor"})
"""Not readers: what leaves in bulk is out of our hands, and a machine that needs one value asks for one."""
MODELS: frozenset[Role] = frozenset({"analyst", "administrator", "auditor"})
STARTS: frozenset[Role] = frozenset({"analyst", "administrator"})
"""What changes which values are given, or takes the machine: not for those who settle single values."""
RUNS: frozenset[Role] = frozenset({"administrator"})
KNOWN: frozenset[Role] = frozenset(ROLES)


def everybody(method: str, path: str, why: str) -> Route:
    """Return a line for a route that opens without a login."""
    return Route(method, path, "everybody", frozenset(), "nothing", why)


def only(roles: frozenset[Role], method: str, path: str, why: str, reach: Reach = "district") -> Route:
    """Return a line for a route that opens to roles."""
    return Route(method, path, "roles", roles, reach, why)


LOGIN = (
    everybody("GET", "/login", "who is not logged in must come here"),
    everybody("GET", "/login/issuer", "sends on to the municipality's login"),
    everybody("GET", "/login/callback", "the municipality's login answers here; the answer is checked"),
    everybody("POST", "/login/demo", "demo users; refused beyond this machine"),
    everybody("GET", "/logged-out", "says that the session has ended"),
    only(KNOWN, "POST", "/logout", "ends the own session", "nothing"),
    only(KNOWN, "GET", "/api/v1/me", "who am I, with which roles and districts", "nothing"),
)

HEALTH = (
    everybody("GET", "/health/live", "whoever keeps it running must see that it runs"),
    everybody("GET", "/health/ready", "whoever sends it requests must see that it can answer"),
    everybody("GET", "/version", "which version runs, and on which model: nothing of the roll"),
)

_API = "/api/v1"

VALUATIONS = (
    only(VALUES, "POST", f"{_API}/valuations", "values what it is told; shows sales nearby", "whole"),
    only(KNOWN, "GET", f"{_API}/openapi.json", "what the service says of itself", "nothing"),
    only(READS, "GET", f"{_API}/dwellings", "search in the roll"),
    only(READS, "GET", f"{_API}/dwellings/{{value_id}}", "one dwelling"),
    only(READS, "GET", f"{_API}/dwellings/{{value_id}}/value", "its released value"),
    only(READS, "GET", f"{_API}/dwellings/{{value_id}}/explanation", "why its value is what it is; shows sales nearby"),
    only(READS, "GET", f"{_API}/dwellings/{{value_id}}/record", "the facts its value was made from"),
    only(KNOWN, "GET", f"{_API}/rolls", "which rolls were released: no single value", "whole"),
    only(KNOWN, "GET", f"{_API}/rolls/{{roll_id}}", "one of them", "whole"),
    only(KNOWN, "GET", f"{_API}/flags", "what flags mean", "nothing"),
    only(KNOWN, "GET", f"{_API}/flags/{{code}}", "what one means", "nothing"),
    only(READS, "GET", f"{_API}/features", "where maps begin", "nothing"),
    only(READS, "GET", f"{_API}/features/conformance", "which standard it keeps to", "nothing"),
    only(READS, "GET", f"{_API}/features/collections", "what there is for maps", "nothing"),
    only(READS, "GET", f"{_API}/features/collections/{{collection_id}}", "one collection", "whole"),
    only(READS, "GET", f"{_API}/features/collections/{{collection_id}}/items", "values on a map"),
    only(READS, "GET", f"{_API}/features/collections/{{collection_id}}/items/{{feature_id}}", "one of them"),
)

EXPORTS = (
    only(EXPORT, "GET", f"{_API}/exports/dwellings", "many values at once leave the service; each is recorded"),
    only(EXPORT, "GET", f"{_API}/exports/review-cases", "many cases at once leave the service; each is recorded"),
)

METRICS = (only(RUNS, "GET", "/metrics", "counts and times; an inner port needs no login", "nothing"),)

VERSIONS = (
    only(MODELS, "GET", f"{_API}/model-versions", "which versions there are: no single value", "nothing"),
    only(MODELS, "GET", f"{_API}/model-versions/{{model_version}}", "one of them", "nothing"),
    only(STARTS, "POST", f"{_API}/model-versions/{{model_version}}/promote", "through the gates", "nothing"),
    only(STARTS, "POST", f"{_API}/model-versions/{{model_version}}/rollback", "proposed with a reason", "nothing"),
    only(MODELS, "GET", f"{_API}/model-versions/proposals", "what waits for a second person", "nothing"),
    only(STARTS, "POST", f"{_API}/model-versions/proposals/{{number}}/confirm", "by a second person", "nothing"),
    only(STARTS, "POST", f"{_API}/model-versions/proposals/{{number}}/withdraw", "ends a proposal", "nothing"),
    only(MODELS, "GET", f"{_API}/revaluations", "what is valued anew: no single value", "nothing"),
    only(MODELS, "GET", f"{_API}/revaluations/{{job_id}}", "how far one has come", "nothing"),
    only(STARTS, "POST", f"{_API}/revaluations", "the whole roll: takes the machine for minutes", "nothing"),
    only(STARTS, "POST", f"{_API}/revaluations/{{job_id}}/cancel", "stops one", "nothing"),
    only(STARTS, "POST", f"{_API}/revaluations/{{job_id}}/resume", "goes on with one", "nothing"),
)

_ACTION_ADDRESSES: dict[str, Action] = {
    "reserve": "reserve",
    "release": "release_reservation",
    "begin": "begin",
    "draft": "save_draft",
    "own-view": "give_own_view",
    "corrections": "propose_correction",
    "decide": "decide",
    "approve": "approve",
    "send-back": "send_back",
    "inspection": "record_inspection",
    "reopen": "reopen",
    "send-on": "send_on",
    "conflict": "declare_conflict",
    "complaint": "register_complaint",
    "complaint-answers": "answer_argument",
    "complaint-decision": "decide_complaint",
    "complaint-pursuit": "pursue",
}

CASES = (
    only(SEES_CASES, "GET", f"{_API}/review-cases", "the queue"),
    only(SEES_CASES, "GET", f"{_API}/review-cases/facets", "how many stand where"),
    only(SEES_CASES, "GET", f"{_API}/review-cases/{{case_id}}", "one case"),
    only(SEES_CASES, "GET", f"{_API}/review-cases/{{case_id}}/events", "what happened to it"),
    only(PERMITTED["open_case"], "POST", f"{_API}/review-cases", "opens one by hand"),
    only(PERMITTED["decide"], "POST", f"{_API}/review-cases/decide-together", "decides several alike"),
    *(
        # As the review permits: said there once, for pages and programs.
        only(PERMITTED[action], "POST", f"{_API}/review-cases/{{case_id}}/{address}", f"review: {action}")
        for address, action in _ACTION_ADDRESSES.items()
    ),
)

_WORK_ON_CASES = frozenset().union(*PERMITTED.values()) - {"administrator", "auditor"}
"""Whoever may do anything to a case on its page; what exactly, the review says."""

PAGES = (
    everybody("GET", "/static/{name:path}", "style and script of the pages: nothing of the roll"),
    only(KNOWN, "GET", "/", "sends on to where one works", "nothing"),
    only(SEES_CASES, "GET", "/cases", "the queue"),
    only(PERMITTED["reserve"], "POST", "/cases/next", "reserves the case that is worth most to look at"),
    only(SEES_CASES, "GET", "/cases/map", "where the cases of a list lie"),
    only(SEES_CASES, "GET", "/cases/together", "cases alike, side by side"),
    only(PERMITTED["decide"], "POST", "/cases/together", "decides several alike"),
    only(EXPORT, "GET", "/cases/export", "many cases at once leave the service; each is recorded"),
    only(PERMITTED["decide"], "GET", "/cases/import", "where a table of decisions is chosen"),
    only(PERMITTED["decide"], "POST", "/cases/import", "looks at a table of decisions, and stores nothing"),
    only(PERMITTED["decide"], "POST", "/cases/import/confirm", "stores what was looked at"),
    only(SEES_CASES, "GET", "/cases/{case_id}", "one case, with all that its value rests on"),
    only(SEES_CASES, "GET", "/cases/{case_id}/what-if", "tries another fact, and stores nothing"),
    only(SEES_CASES - {"auditor"}, "POST", "/cases/{case_id}/what-if", "tries another fact, and stores nothing"),
    only(_WORK_ON_CASES, "POST", "/cases/{case_id}/{action}", "what is done with a case: the review says by whom"),
    only(SEES_CASES, "GET", "/cases/{case_id}/complaint", "what the owner asks, and what is answered"),
    only(SEES_CASES, "GET", "/cases/{case_id}/letter", "what the owner would be told, and in which languages"),
    only(SEES_CASES, "GET", "/cases/{case_id}/letter/{language}.{form}", "the letter itself"),
    only(SEES_OVERSIGHT, "GET", "/oversight", "how the office works: nobody is ranked", "whole"),
    only(READS, "GET", "/dwellings", "search in the roll"),
    only(READS, "GET", "/dwellings/{value_id}", "one value, with all that it rests on"),
    only(PERMITTED["open_case"], "POST", "/dwellings/{value_id}/open-case", "opens a case by hand"),
    only(MODELS, "GET", "/model-versions", "which versions there are, and how good each is", "nothing"),
    only(MODELS, "GET", "/model-versions/{model_version}", "one of them, with who decided", "nothing"),
    only(MODELS, "GET", "/model-versions/{model_version}/{folder}/{name}", "its report and card, as written", "whole"),
    only(STARTS, "POST", "/model-versions/{model_version}/gates", "asks the gates, beside the service", "nothing"),
    only(STARTS, "POST", "/model-versions/{model_version}/promote", "through the gates", "nothing"),
    only(
        STARTS, "POST", "/model-versions/{model_version}/propose", "against a gate, or back: with a reason", "nothing"
    ),
    only(STARTS, "POST", "/model-versions/proposals/{number}/confirm", "by a second person", "nothing"),
    only(STARTS, "POST", "/model-versions/proposals/{number}/withdraw", "ends a proposal", "nothing"),
    only(MODELS, "GET", "/comparisons", "which versions were compared", "nothing"),
    only(STARTS, "POST", "/comparisons", "compares two versions, beside the service", "nothing"),
    only(MODELS, "GET", "/analyses/{analysis_id}", "what came of it: the largest movers by their number", "whole"),
    only(MODELS, "GET", "/analyses/{analysis_id}/{name}", "the same as a page by itself", "whole"),
    only(MODELS, "GET", "/drift", "whether new sales fit the values in use", "whole"),
    only(STARTS, "POST", "/drift", "looks at a table of new sales, beside the service", "nothing"),
    only(MODELS, "GET", "/drift/{name}", "the last answer of the command, as written", "whole"),
    only(KNOWN, "GET", "/how-this-works", "how the values come about, as home owners are told", "nothing"),
    only(KNOWN, "GET", "/accessibility", "what was checked, and what was found", "nothing"),
    only(KNOWN, "GET", "/help", "what one can do here", "nothing"),
    only(KNOWN, "POST", "/help/shortcuts", "switches the keys off or on, in this browser", "nothing"),
)

TABLE: tuple[Route, ...] = (*LOGIN, *HEALTH, *PAGES, *VALUATIONS, *METRICS, *EXPORTS, *VERSIONS, *CASES)


def line_of(method: str, path: str, table: Iterable[Route] = TABLE) -> Route | None:
    """Return the line for a route as the service names it, or None: nobody may call it then.

    HEAD is asked for like GET: it tells the same of what is there.
    """
    asked = "GET" if method == "HEAD" else method
    for route in table:
        is_below = route.path.endswith("*") and path.startswith(route.path[:-1])
        if route.method == asked and (route.path == path or is_below):
            return route
    return None


def without_a_line(routes: Iterable[tuple[str, str]], table: Iterable[Route] = TABLE) -> list[str]:
    """Return each route of the service, as `METHOD path`, that the table does not know."""
    lines = tuple(table)
    return sorted({f"{method} {path}" for method, path in routes if line_of(method, path, lines) is None})


def without_a_route(routes: Iterable[tuple[str, str]], table: Iterable[Route] = TABLE) -> list[str]:
    """Return each line of the table, as `METHOD path`, that no route of the service answers to: it was taken away."""
    served = {(method, path) for method, path in routes}
    return sorted(
        f"{line.method} {line.path}"
        for line in table
        if not any(
            method == line.method
            and (path == line.path or (line.path.endswith("*") and path.startswith(line.path[:-1])))
            for method, path in served
        )
    )
