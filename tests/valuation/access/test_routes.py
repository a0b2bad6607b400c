"""Does the table refuse what it does not know?"""

from __future__ import annotations

import pytest

from valuation.access.routes import TABLE, everybody, line_of, only, without_a_line, without_a_route
from valuation.review.actor import ROLES

READER = frozenset({"reader"})
LINES = (
    everybody("GET", "/health/live", "whether it answers"),
    only(READER, "GET", "/values/{value_id}", "one value"),
    everybody("GET", "/static/*", "style and pictures"),
)


def test_a_route_without_a_line_is_named():
    served = [("GET", "/health/live"), ("DELETE", "/values/{value_id}"), ("GET", "/static/a.css")]
    assert without_a_line(served, LINES) == ["DELETE /values/{value_id}"]


def test_a_line_without_a_route_is_named():
    assert without_a_route([("GET", "/health/live"), ("GET", "/static/a.css")], LINES) == ["GET /values/{value_id}"]


def test_head_is_asked_for_like_get():
    assert line_of("HEAD", "/values/{value_id}", LINES) == LINES[1]


def test_a_line_opens_to_its_roles_alone():
    assert LINES[1].opens_to({"reader", "analyst"})
    assert not LINES[1].opens_to(set(ROLES) - READER)
    assert not LINES[1].opens_to(())


def test_no_route_stands_in_the_table_twice():
    assert len({(line.method, line.path) for line in TABLE}) == len(TABLE)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.method}-{line.path}")
def test_every_line_opens_to_somebody_and_says_why(line):
    assert line.opening == "everybody" or line.roles
    assert line.why
