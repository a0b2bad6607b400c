"""Does somebody of one part of the municipality meet all of it and nothing of the others, whatever they ask for?"""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from fastapi.testclient import TestClient

from api.case_actions import CASE_ACTIONS
from valuation.review.actor import Actor

API = "/api/v1"
ITEMS = f"{API}/features/collections/dwellings/items"
KEYS = (f"district-key-{number:06d}" for number in itertools.count())
# All who do anything with a case: what is refused is refused for the part of the municipality alone.
ROLES = frozenset({"caseworker", "second_reader", "administrator"})


def everything(asker: TestClient, address: str, name: str) -> list[dict]:
    """All parts of a list, by its links."""
    met, following = [], f"{address}?limit=200"
    while following:
        answer = asker.get(following)
        assert answer.status_code == 200, answer.text
        met += answer.json()[name]
        links = [link["href"] for link in answer.json().get("links", []) if link["rel"] == "next"]
        following = answer.links.get("next", {}).get("url") or next(iter(links), None)
    return met


@pytest.fixture(scope="module")
def roll(analyst) -> list[dict]:
    """Every dwelling, as somebody sees it from whom nothing is hidden."""
    return everything(analyst, f"{API}/dwellings", "dwellings")


@pytest.fixture(scope="module")
def cases(analyst) -> list[dict]:
    """Every case."""
    return everything(analyst, f"{API}/review-cases", "cases")


@pytest.fixture(scope="module")
def area(cases) -> str:
    """The part of the municipality with most cases."""
    areas = [case["market_area"] for case in cases]
    return max(sorted(set(areas)), key=areas.count)


@pytest.fixture(scope="module")
def local(app, client, access, area) -> TestClient:
    """Somebody who may do everything with a case, in that part alone."""
    headers = access.let_in(Actor("U20", ROLES, frozenset({area})))
    return TestClient(app, raise_server_exceptions=False, headers=headers)


@pytest.fixture(scope="module")
def abroad(roll, cases, area) -> tuple[dict, dict]:
    """A dwelling and a case of another part."""
    dwelling = next(one for one in roll if one["market_area"] != area)
    return dwelling, next(case for case in cases if case["market_area"] != area)


def of_area(rows: list[dict], area: str, name: str) -> set[str]:
    return {row[name] for row in rows if row["market_area"] == area}


def exported(asker: TestClient, what: str) -> list[dict]:
    text = asker.get(f"{API}/exports/{what}", params={"format": "csv"}).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_something_to_see_on_both_sides(roll, cases, area):
    assert 0 < len(of_area(roll, area, "value_id")) < len(roll)
    assert 0 < len(of_area(cases, area, "case_id")) < len(cases)


def test_lists_hold_all_of_the_own_part_and_nothing_else(local, roll, cases, area):
    dwellings = everything(local, f"{API}/dwellings", "dwellings")
    met = everything(local, f"{API}/review-cases", "cases")
    assert {one["value_id"] for one in dwellings} == of_area(roll, area, "value_id")
    assert {one["case_id"] for one in met} == of_area(cases, area, "case_id")


def test_counts_tell_nothing_of_other_parts(local, cases, area):
    told = local.get(f"{API}/review-cases/facets").json()
    n = len(of_area(cases, area, "case_id"))
    assert (told["market_areas"], sum(told["states"].values()), sum(told["dwelling_types"].values())) == (
        {area: n},
        n,
        n,
    )


def test_features_are_those_of_the_own_part(local, roll, area):
    met = everything(local, ITEMS, "features")
    placed = [one for one in roll if one["x_m"] is not None]
    assert {one["id"] for one in met} == of_area(placed, area, "value_id")


def test_exports_hold_rows_of_the_own_part_alone(local, roll, cases, area):
    assert {row["value_id"] for row in exported(local, "dwellings")} == of_area(roll, area, "value_id")
    assert {row["case_id"] for row in exported(local, "review-cases")} == of_area(cases, area, "case_id")


@pytest.mark.parametrize("name", ["dwellings", "review-cases", "exports/dwellings", "exports/review-cases"])
def test_asking_for_another_part_by_name_gives_nothing(local, abroad, name):
    dwelling, _ = abroad
    answer = local.get(f"{API}/{name}", params={"market_area": dwelling["market_area"]})
    assert answer.status_code == 200
    assert dwelling["market_area"] not in answer.text.replace(str(answer.url), "")
    assert "5001-" not in answer.text


def test_searching_for_what_lies_elsewhere_finds_nothing(local, abroad):
    dwelling, case = abroad
    found = local.get(f"{API}/dwellings", params={"text": dwelling["dwelling_id"]}).json()["dwellings"]
    met = local.get(f"{API}/review-cases", params={"dwelling_id": case["dwelling_id"]}).json()["cases"]
    assert (found, met) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        *(f"{API}/dwellings/{{value_id}}{part}" for part in ("", "/value", "/record", "/explanation")),
        f"{ITEMS}/{{value_id}}",
        f"{API}/review-cases/{{case_id}}",
        f"{API}/review-cases/{{case_id}}/events",
        "/dwellings/{value_id}",
        "/cases/{case_id}",
    ],
)
def test_one_of_another_part_is_not_there_and_one_of_the_own_is(local, abroad, roll, cases, area, path):
    dwelling, case = abroad
    own = {"value_id": min(of_area(roll, area, "value_id")), "case_id": min(of_area(cases, area, "case_id"))}
    there = local.get(path.format(**dwelling | {"case_id": case["case_id"]}))
    assert there.status_code == 404
    assert dwelling["address"] not in there.text
    assert local.get(path.format(**own)).status_code == 200


@pytest.mark.parametrize("action", CASE_ACTIONS, ids=lambda action: action.name)
def test_nothing_is_done_with_a_case_of_another_part(local, abroad, app, action):
    _, case = abroad
    before = app.state.service.reviews.head()
    headers = {"Idempotency-Key": next(KEYS), "If-Match": f'"{case["version"]}"'}
    answer = local.post(f"{API}/review-cases/{case['case_id']}/{action.name}", json=action.example, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "case-not-found")
    assert app.state.service.reviews.head() == before


@pytest.mark.parametrize("action", CASE_ACTIONS, ids=lambda action: action.name)
def test_an_old_version_of_a_case_of_another_part_shows_nothing_of_it(local, abroad, action):
    _, case = abroad
    headers = {"Idempotency-Key": next(KEYS), "If-Match": f'"{case["version"] + 7}"'}
    answer = local.post(f"{API}/review-cases/{case['case_id']}/{action.name}", json=action.example, headers=headers)
    assert answer.status_code == 404
    assert case["dwelling_id"] not in answer.text


def test_no_case_is_opened_for_a_value_of_another_part(local, abroad, app):
    before = app.state.service.reviews.head()
    body = {"value_id": abroad[0]["value_id"], "reason": "The owner called: 20 m² were added in 2025."}
    answer = local.post(f"{API}/review-cases", json=body, headers={"Idempotency-Key": next(KEYS)})
    assert answer.status_code == 404
    assert app.state.service.reviews.head() == before
