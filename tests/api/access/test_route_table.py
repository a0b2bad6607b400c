"""Does every route open to whom the table says, and to nobody else? All of them are asked, as everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.access.route_map import pairs_of, served_routes
from api.main import create_app
from tests.fakes import MemoryAccess
from valuation.access.api_token import new_token
from valuation.access.routes import TABLE, line_of, without_a_line
from valuation.review.actor import ROLES, Actor

SHUT = {"not-signed-in", "token-expired", "forbidden"}


@pytest.fixture(scope="module")
def walker(settings):
    """The service, and headers of nobody, of somebody whose token expired, and of each role."""
    access = MemoryAccess()
    late = new_token("late", frozenset(ROLES), now=datetime.now(UTC) - timedelta(days=100), by="test")
    access.add_token(late[1])
    people = {"nobody": {}, "expired": {"Authorization": f"Bearer {late[0]}"}}
    people |= {role: access.let_in(Actor(f"U-{role}", frozenset({role}))) for role in ROLES}
    with TestClient(create_app(settings, access=access), raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client, people


def routes_of(client):
    return pairs_of(served_routes(client.app))


def asked(client, method, path, headers):
    return client.request(method, re.sub(r"{[^}]*}", "0" * 20, path), headers=headers)


def opened(answer):
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    code = answer.json()["errors"][0]["code"] if is_problem else ""
    return not (answer.status_code in (401, 403) and code in SHUT)


def test_every_route_opens_to_whom_the_table_says(walker):
    client, people = walker
    found = {
        (method, path, name): opened(asked(client, method, path, headers))
        for method, path in routes_of(client)
        for name, headers in people.items()
    }
    told = {
        (method, path, name): line.opening == "everybody" or name in line.roles
        for method, path in routes_of(client)
        for line in [line_of(method, path)]
        for name in people
    }
    assert {key for key in found if found[key] != told[key]} == set()
    assert len(found) >= 8 * len(people)


def test_nothing_answered_to_the_walk_failed_on_our_side(walker):
    client, people = walker
    statuses = {
        (method, path): asked(client, method, path, people["caseworker"]).status_code
        for method, path in routes_of(client)
    }
    assert {key: status for key, status in statuses.items() if status >= 500 and status != 503} == {}


def test_every_route_stands_in_the_table(walker):
    assert without_a_line(routes_of(walker[0])) == []


def test_a_shut_route_says_nothing_of_what_lies_behind(walker):
    client, _ = walker
    answers = {
        asked(client, line.method, line.path, {}).json()["detail"] for line in TABLE if line.opening == "roles"
    } - {"There is nothing at this address."}
    assert len(answers) == 1


def test_what_everybody_may_call_tells_nothing_of_the_roll():
    assert {line.reach for line in TABLE if line.opening == "everybody"} == {"nothing"}


def test_an_administrator_runs_the_service_and_sees_no_single_value():
    seen = [line for line in TABLE if "administrator" in line.roles and line.reach == "district"]
    assert {f"{line.method} {line.path}" for line in seen} <= {"POST /api/v1/review-cases/{case_id}/send-on"}


def test_an_auditor_changes_nothing():
    changed = [line.path for line in TABLE if "auditor" in line.roles and line.method != "GET"]
    # The keys are switched off in their own browser.
    assert changed == ["/logout", "/help/shortcuts"]


def test_a_reader_sees_no_case_and_takes_nothing_away_in_bulk():
    seen = [line.path for line in TABLE if "reader" in line.roles]
    assert [path for path in seen if "review-cases" in path or "exports" in path] == []
