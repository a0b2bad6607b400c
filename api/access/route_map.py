"""Which line of the table does a request fall under? Read from the service's own routes, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, compile_path, get_route_path
from starlette.types import Scope

from valuation.access.routes import TABLE, Route, line_of, without_a_line
from valuation.errors import SettingsRefused

_EVERY_METHOD = ("GET",)
"""What a mounted folder of files answers to."""
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 2_000, 200
"""Addresses of which is remembered what they fall under: a few are asked for again and again."""


@dataclass(frozen=True)
class Served:
    """A route of the service."""

    path: str
    methods: frozenset[str]
    pattern: re.Pattern[str]


def served_routes(app: FastAPI) -> list[Served]:
    """Return every route of the service, in the order in which it is asked."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        is_mount = isinstance(context.route, Mount)
        path = f"{path}/{{path:path}}" if is_mount else path
        methods = frozenset(_EVERY_METHOD if is_mount else context.methods or ()) - {"HEAD"}
        found.append(Served(path, methods, compile_path(path)[0]))
    return found


def pairs_of(routes: Iterable[Served]) -> list[tuple[str, str]]:
    """Return each method and path."""
    return [(method, route.path) for route in routes for method in sorted(route.methods)]


class RouteMap:
    """Finds the line a request falls under.

    Raises
    ------
    SettingsRefused
        When the service has a route the table does not know: it does not start, and nobody gets in by a gap.
    """

    def __init__(self, app: FastAPI, table: Iterable[Route] = TABLE) -> None:
        self.table = tuple(table)
        self.routes = served_routes(app)
        self._found = lru_cache(_MOST_REMEMBERED)(self._find)
        gaps = without_a_line(pairs_of(self.routes), self.table)
        if gaps:
            raise SettingsRefused(
                f"nobody has said who may call {', '.join(gaps)}",
                expected="a line for each route in valuation/access/routes.py",
                remedy="add the line; deny by default means that a route without one is not served",
            )

    def line(self, scope: Scope) -> Route | None:
        """Return the line of the table, or None where no route answers to this path and method."""
        return self._of(scope)[1]

    def served(self, scope: Scope) -> Served | None:
        """Return the first route that takes this path and method, as the service itself would choose it."""
        return self._of(scope)[0]

    def _of(self, scope: Scope) -> tuple[Served | None, Route | None]:
        path = get_route_path(scope)
        # An address nobody would type is not worth the place of others.
        find = self._found if len(path) <= _LONGEST_REMEMBERED else self._find
        return find(scope["method"], path)

    def _find(self, method: str, path: str) -> tuple[Served | None, Route | None]:
        asked = "GET" if method == "HEAD" else method
        served = next((route for route in self.routes if asked in route.methods and route.pattern.match(path)), None)
        return served, None if served is None else line_of(method, served.path, self.table)
