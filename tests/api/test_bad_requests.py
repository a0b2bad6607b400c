"""Does every bad request get its answer, and no value? Faults F-01 to F-05 of the promises, and their siblings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.known_dwellings import as_sent

PATH = "/api/v1/valuations"
JSON = {"Content-Type": "application/json"}
GIVEN_AWAY = ("Traceback", "site-packages", ".py", "SELECT", "sqlite", "pydantic", "/tmp", "/work")


@pytest.fixture(scope="module")
def good(small_run, small_bundle) -> dict[str, Any]:
    """A dwelling that is valued."""
    return as_sent(small_run, small_bundle, 1)[0]


def with_fact(good: dict[str, Any], name: str, text: str) -> bytes:
    """Return a request in which one fact is written as `text`."""
    marked = json.dumps({"dwellings": [good | {name: "@"}]})
    return marked.replace('"@"', text).encode()


def faults_of(answer) -> list[tuple[str, str]]:
    """Return the faults of an answer, after looking whether it is one that may go out."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert not [word for word in GIVEN_AWAY if word in answer.text]
    return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]


NUMBERS = ["living_area_m2", "built_year", "rooms", "plot_area_m2", "energy_label", "x_m", "y_m", "prior_value"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_is_none_is_refused_with_its_field(analyst, good, name, text):
    answer = analyst.post(PATH, content=with_fact(good, name, text), headers=JSON)
    assert answer.status_code == 422
    assert [pointer for pointer, _ in faults_of(answer)] == [f"/dwellings/0/{name}"]


def test_a_number_that_is_none_and_a_missing_field_are_told_together(analyst, good):
    without = {name: value for name, value in good.items() if name != "dwelling_type"}
    answer = analyst.post(PATH, content=with_fact(without, "living_area_m2", "NaN"), headers=JSON)
    assert set(faults_of(answer)) == {
        ("/dwellings/0/living_area_m2", "number-not-finite"),
        ("/dwellings/0/dwelling_type", "field-missing"),
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("living_area_m2", text) for text in ("-5", "0", "1e9", "4.999", "5000.01")),
        *(("built_year", text) for text in ("0", "3000", "-1990", "1599")),
        ("rooms", "2.5"),
        ("rooms", "9223372036854775808"),
        ("prior_value", "0"),
        ("prior_value", "-1"),
        ("x_m", "7033519.4"),
        ("y_m", "569540.0"),
        ("x_m", "10.4"),
        ("y_m", "63.4"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(analyst, good, name, text):
    answer = analyst.post(PATH, content=with_fact(good, name, text), headers=JSON)
    assert answer.status_code == 422
    assert [pointer for pointer, _ in faults_of(answer)] == [f"/dwellings/0/{name}"]


@pytest.mark.parametrize(("name", "value"), [("floor", 400), ("rooms", 90), ("bathrooms", -1), ("plot_area_m2", 1e9)])
def test_what_can_hardly_be_is_valued_and_sent_to_a_person(analyst, good, name, value):
    [answer] = analyst.post(PATH, json={"dwellings": [good | {name: value}]}).json()["valuations"]
    assert answer["needs_review"] is True
    assert "implausible-characteristic" in {flag["code"] for flag in answer["flags"]}


WRONG_KINDS = ["true", '"1_000"', '" 120 "', '"120,5"', "[120]", '{"$gt":0}', '"NaN"', '"120"', "[]", "{}", '""']


@pytest.mark.parametrize("text", WRONG_KINDS)
@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_not_made_one(analyst, good, name, text):
    answer = analyst.post(PATH, content=with_fact(good, name, text), headers=JSON)
    assert answer.status_code == 422
    assert [pointer for pointer, _ in faults_of(answer)] == [f"/dwellings/0/{name}"]


@pytest.mark.parametrize("text", ["1990.7", "1990.0", "1.99e3"])
def test_a_year_is_written_as_a_whole_number(analyst, good, text):
    answer = analyst.post(PATH, content=with_fact(good, "built_year", text), headers=JSON)
    assert faults_of(answer) == [("/dwellings/0/built_year", "not-a-whole-number")]


@pytest.mark.parametrize("text", ["1", "0", '"true"', '"ja"', "1.0"])
def test_a_truth_is_true_or_false(analyst, good, text):
    answer = analyst.post(PATH, content=with_fact(good, "has_lift", text), headers=JSON)
    assert faults_of(answer) == [("/dwellings/0/has_lift", "not-true-or-false")]


@pytest.mark.parametrize("text", ["9223372036854775808", "1e3", "null", "true", '""', '"a\\u0000b"', f'"{"x" * 101}"'])
def test_an_identity_is_a_short_text(analyst, good, text):
    answer = analyst.post(PATH, content=with_fact(good, "dwelling_id", text), headers=JSON)
    assert [pointer for pointer, _ in faults_of(answer)] == ["/dwellings/0/dwelling_id"]


@pytest.mark.parametrize("text", ["301", "true", '["TB"]', f'"{"x" * 201}"', '"a\\u0000b"'])
def test_a_level_is_a_text(analyst, good, text):
    answer = analyst.post(PATH, content=with_fact(good, "market_area", text), headers=JSON)
    assert [pointer for pointer, _ in faults_of(answer)] == ["/dwellings/0/market_area"]


@pytest.mark.parametrize(
    "name", ["Living_area_m2", "living_area", "LIVING_AREA_M2", "id", "__class__", "living_area_m2 "]
)
def test_a_name_nobody_described_is_refused(analyst, good, name):
    answer = analyst.post(PATH, json={"dwellings": [good | {name: 1}]})
    assert faults_of(answer) == [(f"/dwellings/0/{name}", "field-unknown")]


def test_a_name_that_stands_twice_is_refused(analyst, good):
    twice = json.dumps({"dwellings": [good]}).replace('"living_area_m2"', '"living_area_m2": 999, "living_area_m2"')
    answer = analyst.post(PATH, content=twice.encode(), headers=JSON)
    assert (answer.status_code, faults_of(answer)) == (422, [("/dwellings/0/living_area_m2", "key-doubled")])


@pytest.mark.parametrize("body", [b"[" * 100_000, b"", b"null", b"[]", b"1", b'"x"', b"{}", b'{"dwellings":{}}'])
def test_a_body_of_another_form_is_refused(analyst, body):
    answer = analyst.post(PATH, content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert faults_of(answer)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/problem+json",
        "",
    ],
)
def test_only_json_in_utf_8_is_read(analyst, good, kind):
    answer = analyst.post(PATH, content=json.dumps({"dwellings": [good]}), headers={"Content-Type": kind})
    assert (answer.status_code, faults_of(answer)) == (415, [("header:Content-Type", "unsupported-media-type")])


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_json_may_say_that_it_is_utf_8(analyst, good, kind):
    answer = analyst.post(PATH, content=json.dumps({"dwellings": [good]}), headers={"Content-Type": kind})
    assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", "x"])
def test_a_compressed_body_is_refused_before_it_is_read(analyst, encoding):
    answer = analyst.post(PATH, content=b"\x1f\x8b" * 10, headers=JSON | {"Content-Encoding": encoding})
    assert (answer.status_code, faults_of(answer)) == (415, [("header:Content-Encoding", "unsupported-media-type")])


def test_a_body_that_says_it_is_too_long_is_refused(analyst):
    answer = analyst.post(PATH, content=b'"' + b"x" * 50_000_000 + b'"', headers=JSON)
    assert (answer.status_code, faults_of(answer)) == (413, [("", "body-too-large")])


def test_a_body_that_does_not_say_how_long_it_is_is_refused_where_it_gets_too_long(analyst):
    taken = []

    def pieces():
        for number in range(500):
            taken.append(number)
            yield b"x" * 100_000

    answer = analyst.post(PATH, content=pieces(), headers=JSON)
    assert (answer.status_code, faults_of(answer)) == (413, [("", "body-too-large")])


@pytest.mark.parametrize("n", [1_001, 20_000])
def test_more_dwellings_than_one_request_may_hold_are_refused(analyst, n):
    answer = analyst.post(PATH, json={"dwellings": [{}] * n})
    assert (answer.status_code, faults_of(answer)) == (422, [("/dwellings", "too-many")])


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 40])
def test_a_length_that_is_none_is_refused(analyst, length):
    answer = analyst.post(PATH, content=b"{}", headers=JSON | {"Content-Length": length})
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("?limit=3", ("?limit", "field-unknown")),
        ("?include=path&include=grid", ("?include", "parameter-doubled")),
        ("?include=everything", ("?include", "not-one-of")),
        ("?include=path,,grid", ("?include", "text-of-wrong-form")),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(analyst, good, query, fault):
    answer = analyst.post(PATH + query, json={"dwellings": [good]})
    assert (answer.status_code, faults_of(answer)) == (422, [fault])


def test_one_bad_dwelling_among_good_ones_is_named_and_nothing_is_valued(analyst, good):
    answer = analyst.post(PATH, json={"dwellings": [good, good | {"rooms": "3"}, good]})
    assert (answer.status_code, faults_of(answer)) == (422, [("/dwellings/1/rooms", "not-a-whole-number")])


def test_after_all_this_a_good_request_is_answered(analyst, good):
    assert analyst.post(PATH, json={"dwellings": [good]}).status_code == 200
