"""Are cases settled over HTTP by the same rules, once, and without losing what anybody wrote? F-17 and siblings."""

from __future__ import annotations

import itertools
import json

import pytest

from api.case_actions import CASE_ACTIONS
from api.routes.review_cases import SORTS

PATH = "/api/v1/review-cases"
KEYS = (f"test-key-{number:06d}" for number in itertools.count())
REASON = {
    "outcome": "own_value",
    "reason_code": "sales_nearby",
    "text": "Tre salg i samme gate i 2025 ligger 12 prosent under modellens verdi for 69 m² uten heis.",
    "evidence": ["document:befaring-2026-01-12"],
}


def headers(version: int | None, key: str | None = None) -> dict[str, str]:
    """Return the headers of an action."""
    given = {"Idempotency-Key": key or next(KEYS)}
    return given if version is None else given | {"If-Match": f'"{version}"'}


@pytest.fixture
def fresh(client):
    """An open case nobody has touched, that shows its value."""
    page = client.get(PATH, params={"state": "open", "sort": "opened_at", "limit": 200}).json()
    return next(case for case in page["cases"] if case["version"] == 1 and case.get("appraised_value"))


def head_of(app):
    return app.state.service.reviews.head()


# --- lists -----------------------------------------------------------------------------------------------------------


def test_the_list_goes_on_where_it_stopped_and_meets_every_case_once(client):
    total = sum(client.get(f"{PATH}/facets").json()["states"].values())
    met, cursor = [], None
    for _ in range(total):
        params = {"limit": 50} | ({"cursor": cursor} if cursor else {})
        page = client.get(PATH, params=params).json()
        met += [case["case_id"] for case in page["cases"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert (len(met), len(set(met))) == (total, total)


def test_the_next_part_is_linked(client):
    first = client.get(PATH, params={"limit": 2, "sort": "-appraised_value"})
    assert first.links["next"]["url"].startswith(f"{PATH}?limit=2&sort=-appraised_value&cursor=")
    assert client.get(first.links["next"]["url"]).status_code == 200


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_answered(client, sort):
    assert client.get(PATH, params={"sort": sort}).status_code == 200


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "colour"},
        {"sort": "appraised_value;drop table cases"},
        {"state": "lost"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "5_0"},
        {"limit": " 50"},
        {"limit": "٥"},
        {"limit": 1e3},
        {"cursor": "made-up"},
        {"cursor": "' or 1=1"},
        {"colour": "red"},
    ],
)
def test_a_question_that_cannot_be_is_refused(client, params):
    answer = client.get(PATH, params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"]


@pytest.mark.parametrize(("language", "begins"), [("nb", "Listen kan"), ("nn", "Lista kan"), ("en", "The list")])
def test_a_cursor_that_is_none_is_named_in_the_readers_language(client, language, begins):
    answer = client.get(PATH, params={"cursor": "zz"}, headers={"Accept-Language": language}).json()
    (fault,) = answer["errors"]
    assert (fault["pointer"], fault["code"]) == ("?cursor", "cursor-not-read")
    assert fault["message"] == answer["detail"]
    assert answer["detail"].startswith(begins)


def test_filters_narrow(client):
    case = client.get(PATH, params={"limit": 1}).json()["cases"][0]
    found = client.get(PATH, params={"dwelling_id": case["dwelling_id"]}).json()["cases"]
    assert [one["case_id"] for one in found] == [case["case_id"]]


def test_somebody_of_another_district_meets_no_case_and_is_told_there_is_none(asking_as, fresh):
    there = asking_as("elsewhere")
    assert there.get(PATH).json()["cases"] == []
    answer = there.get(f"{PATH}/{fresh['case_id']}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "case-not-found")
    assert answer.json()["detail"] == there.get(f"{PATH}/no-such-case").json()["detail"]


@pytest.mark.parametrize("case_id", ["%00", "a%20b", "x" * 101, "..%2f..", "%ff"])
def test_an_identity_that_is_none_is_no_error_of_ours(client, case_id):
    assert client.get(f"{PATH}/{case_id}").status_code in (404, 422)


# --- one case --------------------------------------------------------------------------------------------------------


def test_a_case_is_told_with_its_version(client, fresh):
    answer = client.get(f"{PATH}/{fresh['case_id']}")
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert answer.headers["cache-control"] == "no-store"


def test_a_case_is_reserved_begun_and_its_events_are_told(asking_as, fresh):
    kari, path = asking_as("kari"), f"{PATH}/{fresh['case_id']}"
    reserved = kari.post(f"{path}/reserve", json={}, headers=headers(1))
    assert reserved.status_code == 200, reserved.text
    begun = kari.post(f"{path}/begin", json={}, headers=headers(reserved.json()["version"]))
    assert (begun.json()["state"], begun.headers["etag"]) == ("begun", '"3"')
    actions = [event["action"] for event in kari.get(f"{path}/events").json()["events"]]
    assert actions == ["reserve", "begin"]


@pytest.mark.parametrize("name", [action.name for action in CASE_ACTIONS])
def test_no_action_goes_without_the_version_that_was_seen(client, fresh, name, app):
    before = head_of(app)
    answer = client.post(f"{PATH}/{fresh['case_id']}/{name}", json={}, headers={"Idempotency-Key": next(KEYS)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (428, "if-match-missing")
    assert head_of(app) == before


@pytest.mark.parametrize("given", ["*", "3", 'W/"3"', '"x"', '"0"', '"1","2"', ""])
def test_a_version_that_is_none_is_refused(client, fresh, given, app):
    before = head_of(app)
    path = f"{PATH}/{fresh['case_id']}/reserve"
    answer = client.post(path, json={}, headers={"Idempotency-Key": next(KEYS), "If-Match": given})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "if-match-not-read")
    assert head_of(app) == before


@pytest.mark.parametrize(("key", "code"), [(None, "missing"), ("short", "not-read"), ("x" * 101, "not-read")])
def test_an_action_has_a_key_of_its_own(client, fresh, key, code, app):
    before = head_of(app)
    given = {"If-Match": '"1"'} | ({} if key is None else {"Idempotency-Key": key})
    answer = client.post(f"{PATH}/{fresh['case_id']}/reserve", json={}, headers=given)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, f"idempotency-key-{code}")
    assert head_of(app) == before


@pytest.mark.parametrize(
    ("language", "begins"), [("nb", "Dette hodet"), ("nn", "Dette hovudet"), ("en", "This header")]
)
@pytest.mark.parametrize(
    ("name", "values"),
    [("If-Match", ('"1"', '"2"')), ("Idempotency-Key", ("first-key", "other-key")), ("If-Match", 2 * ('"1"',))],
)
def test_a_condition_that_stands_twice_is_refused(client, fresh, app, name, values, language, begins):
    before = head_of(app)
    once = [one for one in headers(1).items() if one[0] != name] + [("Accept-Language", language)]
    answer = client.post(f"{PATH}/{fresh['case_id']}/reserve", json={}, headers=once + [(name, one) for one in values])
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (400, "header-doubled", f"header:{name}")
    assert fault["message"].startswith(begins)
    assert head_of(app) == before


def test_two_save_and_one_is_told_what_the_other_wrote(asking_as, fresh, app):
    kari, nina, path = asking_as("kari"), asking_as("nina"), f"{PATH}/{fresh['case_id']}"
    first = kari.post(f"{path}/reserve", json={}, headers=headers(1))
    lost = nina.post(f"{path}/draft", json={"text": "Jeg har sett på to salg i gata."}, headers=headers(1))
    assert (first.status_code, lost.status_code) == (200, 412)
    problem = lost.json()
    assert problem["errors"][0]["code"] == "case-changed"
    assert problem["sent"]["text"] == "Jeg har sett på to salg i gata."
    assert (problem["current"]["version"], lost.headers["etag"]) == (2, '"2"')
    told = [(event.actor, event.action) for event in app.state.service.reviews.events(subject_id=fresh["case_id"])]
    assert told == [("U1", "reserve"), ("U3", "refused")]


def test_the_same_request_twice_counts_once(asking_as, fresh, app):
    kari, path, given = asking_as("kari"), f"{PATH}/{fresh['case_id']}/reserve", headers(1)
    first = kari.post(path, json={}, headers=given)
    head = head_of(app)
    again = kari.post(path, json={}, headers=given)
    assert (again.status_code, again.text, again.headers["etag"]) == (200, first.text, first.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    assert head_of(app) == head


def test_a_key_is_not_used_for_another_request(asking_as, fresh, app):
    kari, path, given = asking_as("kari"), f"{PATH}/{fresh['case_id']}", headers(1)
    assert kari.post(f"{path}/reserve", json={}, headers=given).status_code == 200
    head = head_of(app)
    answer = kari.post(f"{path}/begin", json={}, headers=given | {"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "idempotency-key-reused")
    assert head_of(app) == head


def test_a_decision_says_all_that_is_missing_at_once_and_stores_nothing(asking_as, fresh, app):
    kari, path = asking_as("kari"), f"{PATH}/{fresh['case_id']}"
    kari.post(f"{path}/begin", json={}, headers=headers(1))
    head = head_of(app)
    empty = REASON | {"text": "Etter en samlet vurdering.", "reason_code": "no_such_reason", "value": 5}
    answer = kari.post(f"{path}/decide", json=empty, headers=headers(2) | {"Accept-Language": "nb"})
    assert answer.status_code == 422
    found = {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}
    assert {"/text", "/reason_code", "/value"} <= set(found)
    assert head_of(app) == head


def test_nobody_may_what_their_role_does_not_allow(asking_as, fresh, app):
    head = head_of(app)
    answer = asking_as("per").post(f"{PATH}/{fresh['case_id']}/reserve", json={}, headers=headers(1))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "forbidden")
    assert head_of(app) == head


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "own_value"},
        REASON | {"value": 1.5},
        REASON | {"value": "1000000"},
        REASON | {"value": -5},
        REASON | {"value": True},
        REASON | {"outcome": "guess"},
        REASON | {"colour": "red"},
        REASON | {"text": "x" * 4001},
        REASON | {"text": "a\u0000b"},
        REASON | {"evidence": "sale:1"},
        REASON | {"evidence": ["x"] * 51},
        [],
    ],
)
def test_a_body_that_cannot_be_is_refused_and_stores_nothing(asking_as, fresh, app, body):
    head = head_of(app)
    answer = asking_as("kari").post(f"{PATH}/{fresh['case_id']}/decide", json=body, headers=headers(1))
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert head_of(app) == head


def test_a_case_of_the_blind_sample_does_not_tell_the_value(asking_as, client):
    page = client.get(PATH, params={"limit": 200, "sort": "opened_at"}).json()["cases"]
    kari = asking_as("kari")
    seen = [kari.get(f"{PATH}/{case['case_id']}").json() for case in page[:200]]
    blind = [case for case in seen if case["asks_for_own_view"]]
    assert blind
    assert not [case for case in blind if {"appraised_value", "lower_value", "error_risk"} & set(case)]
    path = f"/api/v1/dwellings/{blind[0]['value_id']}"
    told = kari.get(path).json()
    assert (told["is_hidden"], told["appraised_value"], told["flags"]) == (True, None, [])
    assert kari.get(f"{path}/record").json()["errors"][0]["code"] == "own-view-first"
    analyst = asking_as("per")
    assert analyst.get(path).json()["is_hidden"] is False
    record = analyst.get(f"{path}/record").json()["record"]
    asked = kari.post("/api/v1/valuations", json={"dwellings": [record]})
    assert (asked.status_code, asked.json()["errors"][0]["pointer"]) == (403, "/dwellings/0")


def test_the_facts_of_a_blind_dwelling_are_not_valued_under_another_name(asking_as):
    analyst, kari = asking_as("per"), asking_as("kari")
    page = analyst.get(PATH, params={"limit": 200, "sort": "opened_at"}).json()["cases"]
    blind = next(case for case in page if case["is_blind"] and not case["decisions"] and not case["own_views"])
    facts = analyst.get(f"/api/v1/dwellings/{blind['value_id']}/record").json()["record"]
    assert facts["x_m"] is not None
    for other in (
        {},
        {"living_area_m2": facts["living_area_m2"] * 1.05},
        {"x_m": facts["x_m"] + 60.0, "y_m": facts["y_m"] - 60.0},
        {"dwelling_type": None, "built_year": None},
        {"living_area_m2": None},
        {"x_m": None, "y_m": None},
        {"prior_value": None},
    ):
        sent = facts | other | {"dwelling_id": "made-up-1"}
        refused = kari.post("/api/v1/valuations", json={"dwellings": [sent]})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "like-own-view-first"), other
        assert "appraised_value" not in refused.text
        assert analyst.post("/api/v1/valuations", json={"dwellings": [sent]}).status_code == 200
    elsewhere = facts | {"dwelling_id": "made-up-1", "x_m": facts["x_m"] + 700.0}
    assert kari.post("/api/v1/valuations", json={"dwellings": [elsewhere]}).status_code == 200


def test_another_dwelling_of_the_roll_is_valued_as_it_was_released_and_not_as_a_blind_one(asking_as):
    analyst, kari = asking_as("per"), asking_as("kari")
    page = analyst.get(PATH, params={"limit": 200, "sort": "opened_at"}).json()["cases"]
    blind = next(case for case in page if case["is_blind"] and not case["decisions"] and not case["own_views"])
    hidden = {case["dwelling_id"] for case in page if case["is_blind"]}
    listed = analyst.get("/api/v1/dwellings", params={"limit": 200}).json()["dwellings"]
    other = next(one for one in listed if one["dwelling_id"] not in hidden and one["appraised_value"])
    own, taken = (
        analyst.get(f"/api/v1/dwellings/{value_id}/record").json()["record"]
        for value_id in (other["value_id"], blind["value_id"])
    )
    answer = kari.post("/api/v1/valuations", json={"dwellings": [own]})
    assert answer.json()["valuations"][0]["appraised_value"] == other["appraised_value"]
    disguised = taken | {"dwelling_id": own["dwelling_id"]}
    refused = kari.post("/api/v1/valuations", json={"dwellings": [own, disguised]})
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [
        ("like-own-view-first", "/dwellings/1")
    ]


def test_a_case_is_opened_by_hand_once(asking_as, client):
    released = client.get("/api/v1/dwellings", params={"limit": 200}).json()["dwellings"]
    free = next(one for one in released if not one["flags"])
    body = {"value_id": free["value_id"], "reason": "Eieren ringte om at boligen er påbygd 20 m² i 2025."}
    kari = asking_as("kari")
    opened = kari.post(PATH, json=body, headers=headers(None))
    assert (opened.status_code, opened.json()["dwelling_id"]) == (201, free["dwelling_id"])
    again = kari.post(PATH, json=body, headers=headers(None))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "case-open-already")


def test_every_action_has_a_body_that_is_described(app):
    paths = app.openapi()["paths"]
    described = {action.name: paths[f"{PATH}/{{case_id}}/{action.name}"]["post"] for action in CASE_ACTIONS}
    assert all(one["requestBody"]["content"]["application/json"]["schema"] for one in described.values())
    assert json.dumps(described)
