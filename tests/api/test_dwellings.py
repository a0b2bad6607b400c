"""Are released values found, told as they were released, and shown on a map?"""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

PATH = "/api/v1/dwellings"
ITEMS = "/api/v1/features/collections/dwellings/items"


@pytest.fixture(scope="module")
def released(small_run) -> pd.DataFrame:
    """The values of the run, by dwelling."""
    return pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")


def test_dwellings_are_told_as_they_were_released(analyst, released):
    page = analyst.get(PATH, params={"limit": 200}).json()["dwellings"]
    told = [(one["dwelling_id"], one["appraised_value"], "|".join(one["flags"])) for one in page]
    first = released.head(200)
    values = [None if pd.isna(value) else int(value) for value in first["appraised_value"]]
    assert told == list(zip(first.index, values, first["flags"], strict=True))


def test_parts_of_the_list_hang_together(analyst, released):
    met, address = [], f"{PATH}?limit=200"
    for _ in range(len(released) // 200 + 1):
        answer = analyst.get(address)
        met += [one["dwelling_id"] for one in answer.json()["dwellings"]]
        address = answer.links.get("next", {}).get("url", address)
    assert met == released.index.tolist()


def test_a_dwelling_is_found_by_its_identity_and_by_its_address(analyst):
    one = analyst.get(PATH, params={"limit": 1}).json()["dwellings"][0]
    by_identity = analyst.get(PATH, params={"text": one["dwelling_id"]}).json()["dwellings"]
    by_address = analyst.get(PATH, params={"text": one["address"], "limit": 200}).json()["dwellings"]
    assert one["value_id"] in {found["value_id"] for found in by_identity}
    assert one["value_id"] in {found["value_id"] for found in by_address}


def test_a_value_says_what_it_was_made_of_and_is_made_again_from_its_record(analyst, small_bundle):
    one = analyst.get(PATH, params={"limit": 1}).json()["dwellings"][0]
    value = analyst.get(f"{PATH}/{one['value_id']}/value").json()
    assert value["model_version"] == small_bundle.model_version
    assert len(value["explanation_sha256"]) == 64
    record = analyst.get(f"{PATH}/{one['value_id']}/record").json()["record"]
    [again] = analyst.post("/api/v1/valuations", json={"dwellings": [record]}).json()["valuations"]
    names = ("appraised_value", "lower_value", "upper_value")
    assert [again[name] for name in names] == [value[name] for name in names]


def test_a_released_value_is_explained_to_the_krone_with_all_its_flags(analyst):
    page = analyst.get(PATH, params={"limit": 200}).json()["dwellings"]
    one = max(page, key=lambda dwelling: (dwelling["appraised_value"] is not None, len(dwelling["flags"])))
    told = analyst.get(f"{PATH}/{one['value_id']}/explanation").json()
    assert (told["roll_id"], told["appraised_value"]) == (one["roll_id"], one["appraised_value"])
    assert [flag["code"] for flag in told["flags"]] == one["flags"]
    lines = told["contributions"]
    parts = sum(line["amount"] for line in lines["lines"])
    assert lines["reference"] + parts + lines["rounding"] == one["appraised_value"]
    assert told["grid"]["lines"][-1]["amounts"][0] == one["appraised_value"]


def test_a_roll_whose_version_the_archive_does_not_hold_is_not_explained_by_another(analyst, app, monkeypatch):
    one = analyst.get(PATH, params={"limit": 1}).json()["dwellings"][0]
    roll = app.state.service.rolls.roll()
    other = dataclasses.replace(roll, manifest_sha256="0" * 64)
    monkeypatch.setattr(app.state.service.rolls, "roll", lambda roll_id=None: other)
    answer = analyst.get(f"{PATH}/{one['value_id']}/explanation")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "bundle-refused")


@pytest.mark.parametrize("path", ["", "/value", "/record", "/explanation"])
def test_what_is_not_there_and_what_lies_elsewhere_are_answered_alike(analyst, asking_as, path):
    one = analyst.get(PATH, params={"limit": 1}).json()["dwellings"][0]
    elsewhere = asking_as("elsewhere").get(f"{PATH}/{one['value_id']}{path}")
    missing = analyst.get(f"{PATH}/{'0' * 24}{path}")
    assert (elsewhere.status_code, missing.status_code) == (404, 404)
    assert elsewhere.json()["errors"] == missing.json()["errors"]


@pytest.mark.parametrize(
    "params",
    [{"text": "x" * 201}, {"text": "a\u0000b"}, {"roll_id": "../x"}, {"flag": "x;y"}, {"limit": -1}, {"offset": 3}],
)
def test_a_question_that_cannot_be_is_refused(analyst, params):
    answer = analyst.get(PATH, params=params)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"]


def test_a_roll_that_is_not_there_is_named(analyst):
    answer = analyst.get(PATH, params={"roll_id": "no-such-roll"})
    assert answer.json() == {"dwellings": [], "next": None} or answer.status_code == 404


def test_the_roll_in_force_is_told_without_its_place_on_this_machine(analyst, small_run):
    [roll] = analyst.get("/api/v1/rolls").json()["rolls"]
    assert roll["is_in_force"] is True
    assert "run_folder" not in roll
    assert analyst.get(f"/api/v1/rolls/{roll['roll_id']}").json() == roll


# --- on a map --------------------------------------------------------------------------------------------------------


def test_links_lead_from_the_first_page_to_the_features(analyst):
    landing = analyst.get("/api/v1/features").json()
    assert {link["rel"] for link in landing["links"]} >= {"self", "conformance", "data", "service-desc"}
    data = next(link["href"] for link in landing["links"] if link["rel"] == "data")
    [collection] = analyst.get(data).json()["collections"]
    items = next(link["href"] for link in collection["links"] if link["rel"] == "items")
    answer = analyst.get(items, params={"limit": 3})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["numberReturned"] == 3
    for link in landing["links"]:
        assert analyst.get(link["href"]).status_code == 200


def test_features_lie_within_the_extent_and_parts_hang_together(analyst, released):
    [collection] = analyst.get("/api/v1/features/collections").json()["collections"]
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    met, address = [], f"{ITEMS}?limit=1000"
    for _ in range(2):
        page = analyst.get(address).json()
        met += page["features"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), address)
    places = [one["geometry"]["coordinates"] for one in met if one["geometry"]]
    assert len({one["id"] for one in met}) == len(released)
    assert all(west <= x <= east and south <= y <= north for x, y in places)


def test_a_box_holds_what_lies_in_it_and_nothing_else(analyst):
    features = analyst.get(ITEMS, params={"limit": 1000}).json()["features"]
    x, y = next(one["geometry"]["coordinates"] for one in features if one["geometry"])
    box = f"{x - 0.002:.7f},{y - 0.001:.7f},{x + 0.002:.7f},{y + 0.001:.7f}"
    found = analyst.get(ITEMS, params={"bbox": box, "limit": 1000}).json()["features"]
    inside = [
        one["id"]
        for one in features
        if one["geometry"]
        and abs(one["geometry"]["coordinates"][0] - x) <= 0.002
        and abs(one["geometry"]["coordinates"][1] - y) <= 0.001
    ]
    assert inside
    assert set(inside) <= {one["id"] for one in found}
    assert all(abs(one["geometry"]["coordinates"][0] - x) <= 0.0020001 for one in found)


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "10,63,9,64", "10,63,11,95", "NaN,1,2,3", "1e3,1,2,3", ""])
def test_a_box_that_is_none_is_refused(analyst, box):
    answer = analyst.get(ITEMS, params={"bbox": box})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "?bbox")


def test_one_feature_is_told_alone(analyst):
    one = analyst.get(ITEMS, params={"limit": 1}).json()["features"][0]
    alone = analyst.get(f"{ITEMS}/{one['id']}").json()
    assert (alone["geometry"], alone["properties"]) == (one["geometry"], one["properties"])


def test_another_collection_is_not_there(analyst):
    answer = analyst.get("/api/v1/features/collections/roads/items")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "collection-not-found")


# --- flags -----------------------------------------------------------------------------------------------------------


def test_every_rule_is_told_in_the_language_asked_for(analyst):
    told = {
        name: analyst.get("/api/v1/flags", headers={"Accept-Language": name}).json()["flags"] for name in ("nb", "en")
    }
    assert [flag["code"] for flag in told["nb"]] == [flag["code"] for flag in told["en"]]
    assert told["nb"][0]["title"] != told["en"][0]["title"]
    code = told["en"][0]["code"]
    assert analyst.get(f"/api/v1/flags/{code}").json() == told["en"][0]


def test_a_rule_that_is_not_there_is_not_there(analyst):
    answer = analyst.get("/api/v1/flags/no-such-rule")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "flag-not-found")
