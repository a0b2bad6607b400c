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
SETTLES: frozenset[Role] = frozenset({"caseworker", "second_reader"})
CONTROLS: frozenset[Role] = frozenset({"second_reader"})
MODELS: frozenset[Role] = frozenset({"analyst", "administrator", "auditor"})
STARTS: frozenset[Role] = frozenset({"analyst", "administrator"})
RECORD: frozenset[Role] = frozenset({"auditor"})
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
    everybody("GET", "/health/live", "whoever keeps the service running has no login"),
    everybody("GET", "/health/ready", "whoever keeps the service running has no login"),
    everybody("GET", "/version", "says which model is served, nothing of the roll"),
)
API = (
    only(
        VALUES,
        "POST",
        "/api/v1/valuations",
        "values dwellings as they are sent; nothing of the roll is told",
        "nothing",
    ),
)

TABLE: tuple[Route, ...] = (*LOGIN, *HEALTH, *API)


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
