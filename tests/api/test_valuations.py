"""Is a value by the service the value of the run, whoever else asks at the moment?"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pandas as pd
import pytest

from api.gathering import Gathering, tell
from api.schemas.valuation import INCLUDES, ValuationsAnswer
from tests.api.known_dwellings import as_sent

PATH = "/api/v1/valuations"
EVERYTHING = f"?include={','.join(INCLUDES)}"


@pytest.fixture(scope="module")
def sent(small_run, small_bundle) -> list[dict[str, Any]]:
    """Forty dwellings of the roll, as a analyst sends them."""
    return as_sent(small_run, small_bundle, 40)


@pytest.fixture(scope="module")
def released(small_run) -> pd.DataFrame:
    """The values of the run."""
    return pd.read_parquet(small_run / "values.parquet")


def test_the_service_gives_the_values_of_the_run(analyst, sent, released):
    answers = analyst.post(PATH, json={"dwellings": sent}).json()["valuations"]
    names = ["dwelling_id", "appraised_value", "lower_value", "upper_value", "tree_value", "baseline_value"]
    of_run = released.head(len(sent))[names].astype(object).where(released.head(len(sent))[names].notna(), None)
    assert [[answer[name] for name in names] for answer in answers] == of_run.to_numpy().tolist()


@pytest.mark.parametrize("include", ["", EVERYTHING])
def test_a_value_does_not_depend_on_its_company(small_bundle, analyst, sent, include):
    together = analyst.post(PATH + include, json={"dwellings": sent}).json()["valuations"]
    alone = [analyst.post(PATH + include, json={"dwellings": [one]}).json()["valuations"][0] for one in sent[:8]]
    assert alone == together[:8]


@pytest.mark.parametrize("in_full", [False, True])
def test_requests_gathered_into_one_table_get_the_answers_they_would_get_alone(small_bundle, sent, in_full):
    async def at_once() -> list[Any]:
        gathering = Gathering(small_bundle, wait_s=0.01)
        asked = [[sent[0]], sent[1:4], [sent[4]], sent[5:7]]
        try:
            return await asyncio.gather(*(gathering.value(records, in_full=in_full) for records in asked))
        finally:
            await gathering.close()

    gathered = [told.value for part in asyncio.run(at_once()) for told in part]
    alone = [tell(small_bundle, [record], in_full=in_full)[0].value for record in sent[:7]]
    assert gathered == alone


def test_an_answer_fits_its_description(analyst, sent):
    answer = analyst.post(PATH + EVERYTHING, json={"dwellings": sent[:3]})
    assert ValuationsAnswer.model_validate_json(answer.text, strict=True).model_dump(mode="json") == answer.json()


def test_an_answer_says_what_it_was_made_of(analyst, sent, small_bundle):
    [answer] = analyst.post(PATH, json={"dwellings": [sent[0]]}).json()["valuations"]
    assert answer["model_version"] == small_bundle.model_version
    assert answer["valuation_date"] == small_bundle.jurisdiction.valuation_date.isoformat()
    assert answer["roll_id"] is None
    assert len(answer["data_hash"]) == 64


def test_the_hash_of_the_data_is_that_of_the_facts_not_of_their_order(analyst, sent):
    turned = dict(reversed(sent[0].items()))
    bodies = [sent[0], turned, sent[0] | {"living_area_m2": sent[0]["living_area_m2"] + 1}]
    first, second, third = analyst.post(PATH, json={"dwellings": bodies}).json()["valuations"]
    assert first == second
    assert first["data_hash"] != third["data_hash"]


def test_contributions_and_grid_end_at_the_value(analyst, sent):
    for answer in analyst.post(PATH + EVERYTHING, json={"dwellings": sent}).json()["valuations"]:
        told = answer["contributions"]
        lines, groups = (sum(line["amount"] for line in told[name]) for name in ("lines", "groups"))
        assert told["reference"] + lines + told["rounding"] == answer["appraised_value"]
        assert told["reference"] + groups + told["rounding"] == answer["appraised_value"]
        assert set(answer["grid"]["lines"][-1]["amounts"]) <= {answer["appraised_value"]}


def test_only_what_was_asked_for_is_told(analyst, sent):
    [answer] = analyst.post(PATH + "?include=path", json={"dwellings": [sent[0]]}).json()["valuations"]
    assert answer["path"]["sentences"]
    assert (answer["contributions"], answer["grid"], answer["comparables"]) == (None, None, None)


def test_a_what_if_is_the_same_call(analyst, sent):
    smaller = sent[0] | {"living_area_m2": sent[0]["living_area_m2"] * 0.8}
    now, then = analyst.post(PATH, json={"dwellings": [sent[0], smaller]}).json()["valuations"]
    assert then["appraised_value"] < now["appraised_value"]


def test_a_dwelling_that_cannot_be_valued_gets_no_number_and_the_reason(analyst, sent):
    nowhere = sent[0] | {"x_m": None, "y_m": None}
    answers = analyst.post(PATH + EVERYTHING, json={"dwellings": [nowhere, sent[1]]}).json()["valuations"]
    assert answers[0]["appraised_value"] is None
    assert answers[0]["needs_review"] is True
    assert answers[0]["why_no_value"]["characteristic"] == "location"
    assert answers[1]["appraised_value"] is not None
    assert answers[1]["why_no_value"] is None


def test_flags_say_their_sentence_in_the_language_asked_for(analyst, sent):
    odd = sent[0] | {"floor": 400}
    told = {
        language: analyst.post(PATH, json={"dwellings": [odd]}, headers={"Accept-Language": language})
        for language in ("nb", "nn", "en")
    }
    flags = {language: answer.json()["valuations"][0]["flags"] for language, answer in told.items()}
    assert len({json.dumps([flag["code"] for flag in own]) for own in flags.values()}) == 1
    assert len({own[0]["sentence"] for own in flags.values()}) == 3
    assert told["nn"].headers["content-language"] == "nn"


def test_a_table_of_more_than_one_thread_takes_at_once_is_answered_whole(analyst, sent):
    many = [sent[place % len(sent)] | {"dwelling_id": f"d{place}"} for place in range(600)]
    answers = analyst.post(PATH, json={"dwellings": many}).json()["valuations"]
    assert [answer["dwelling_id"] for answer in answers] == [f"d{place}" for place in range(600)]


def test_nobody_who_is_not_signed_in_gets_a_value(nobody, sent):
    answer = nobody.post(PATH, json={"dwellings": sent[:1]})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
