"""Does an analyst see every version, compare two, and take one into use or back, from pages, by the gates' answer?"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.pages.frame import STATIC
from api.pages.versions_page import STRICT
from api.version_questions import versions_of
from tests.api.two_versions import REASON, settings_of_two_versions
from tests.fakes import MemoryAccess
from tests.new_sales import dearer_sales
from valuation.adapters.file_registry import FileRegistry
from valuation.appraisal.bundle import load_bundle
from valuation.comparison.versions import read_version
from valuation.drift.files import write as write_drift
from valuation.models.registry import champion
from valuation.release.catalogue import GATES
from valuation.release.gate_words import GATE_TITLES, STATUS_WORDS
from valuation.release.promotion import register
from valuation.release.standing import live_of
from valuation.review.actor import Actor
from valuation.review.audit import verify

PEOPLE = {
    "per": Actor("per", frozenset({"analyst"})),
    "astrid": Actor("astrid", frozenset({"administrator"})),
    "rune": Actor("rune", frozenset({"auditor"})),
    "kari": Actor("kari", frozenset({"caseworker"})),
}
TOKEN = {"csrf_token": "", "idempotency_key": ""}


@pytest.fixture(scope="module")
def office(two_versions, small_run, tmp_path_factory):
    """A client for each of `PEOPLE`."""
    yield from opened(two_versions, small_run, tmp_path_factory.mktemp("office"))


@pytest.fixture
def own_office(two_versions, small_run, tmp_path):
    """The same, for a test that takes a version into use."""
    yield from opened(two_versions, small_run, tmp_path)


def opened(two_versions, small_run, folder):
    access = MemoryAccess()
    settings = settings_of_two_versions(two_versions, small_run, folder / "place")
    app = create_app(settings, access=access)
    asks = {"Accept": "text/html"}
    with TestClient(app, raise_server_exceptions=False):
        clients = {}
        for name, actor in PEOPLE.items():
            clients[name] = TestClient(
                app, raise_server_exceptions=False, headers=access.let_in(actor) | asks, follow_redirects=False
            )
        yield clients


def versions(office) -> list[str]:
    """Model versions in the order of the page."""
    return re.findall(r"<code class=\"small\">([0-9a-f]{12})</code>", office["per"].get("/model-versions").text)


def awaited(client, address: str):
    """The answer, once it is there."""
    ends = time.monotonic() + 300
    answer = client.get(address)
    while answer.status_code == 202:
        assert time.monotonic() < ends, "no answer"
        time.sleep(0.5)
        answer = client.get(address)
    return answer


def answer_of_gates(office, version: str) -> str:
    """Where the gates' answer about a version stands, once it is there."""
    asked = office["per"].post(f"/model-versions/{version}/gates", data={})
    assert asked.status_code == 303
    assert awaited(office["per"], asked.headers["location"]).status_code == 200
    return asked.headers["location"]


def test_every_version_stands_there_with_its_figures_and_who_decided(office, small_bundle, narrow_run):
    assert versions(office) == [small_bundle.model_version, load_bundle(narrow_run / "bundle").model_version]
    page = office["rune"].get("/model-versions", params={"lang": "nn"}).text
    assert ("I bruk" in page, "Ventar" in page) == (True, True)
    assert re.search(r"\(\d,\d{3} til \d,\d{3}\)", page)
    assert ">per<" in page or ", per" in page


@pytest.mark.parametrize("name", ["per", "astrid", "rune"])
def test_whoever_answers_for_versions_sees_them_and_a_caseworker_does_not(office, name):
    assert office[name].get("/model-versions").status_code == 200
    assert office["kari"].get("/model-versions").status_code == 403


def test_the_report_is_the_file_that_was_written_under_the_strictest_policy(office, small_bundle, small_run):
    address = f"/model-versions/{small_bundle.model_version}/report/index.html"
    answer = office["rune"].get(address)
    assert answer.content == (small_run / "report" / "index.html").read_bytes()
    assert answer.headers["content-security-policy"] == STRICT
    for name in ("../receipt.json", "receipt.json", "..%2f..%2fparams.yaml", "nosuch.html", ".html"):
        beside = f"/model-versions/{small_bundle.model_version}/report/{name}"
        assert office["rune"].get(beside).status_code in (404, 422)


def test_two_versions_are_compared_beside_the_service_and_the_answer_is_kept(office, small_bundle):
    first, second = versions(office)
    asked = office["per"].post("/comparisons", data={"a": first, "b": second})
    assert asked.status_code == 303
    page = awaited(office["per"], asked.headers["location"])
    assert page.status_code == 200
    for section in ("accuracy", "shifts", "movers", "tax", "versions"):
        assert f'<h2 id="{section}">' in page.text
    assert office["per"].post("/comparisons", data={"a": first, "b": second}).headers["location"] == str(
        asked.headers["location"]
    )
    assert asked.headers["location"] in office["astrid"].get("/comparisons").text
    parts = set(re.findall(r'(?:href|src)="(/static/[^"?]+)', page.text))
    weight = len(page.content) + sum((STATIC / part.removeprefix("/static/")).stat().st_size for part in parts)
    assert weight < 400_000


def test_one_version_with_itself_is_no_comparison(office):
    first, _ = versions(office)
    answer = office["per"].post("/comparisons", data={"a": first, "b": first})
    assert (answer.status_code, "Velg to ulike versjoner." in answer.text) == (422, True)
    assert office["rune"].post("/comparisons", data={"a": first, "b": first}).status_code == 403


def test_a_version_that_a_gate_refuses_is_not_taken_into_use_and_the_measure_is_named(own_office):
    first, second = versions(own_office)
    address = answer_of_gates(own_office, second)
    page = own_office["per"].get(address, params={"lang": "nb"}).text
    assert "andel innenfor spennet, frie salg" in page
    assert f"/model-versions/{second}/promote" not in page
    forced = own_office["per"].post(
        f"/model-versions/{second}/promote", data={"asked": address.rsplit("/", 1)[1], "idempotency_key": "forced-1"}
    )
    assert (forced.status_code, "Minst én kontroll avviser" in forced.text) == (409, True)
    assert own_office["per"].get("/version").json()["model_version"] == first


def test_two_people_take_a_version_into_use_against_a_gate_and_it_is_served_at_once(own_office, two_versions):
    _, second = versions(own_office)
    asked = answer_of_gates(own_office, second).rsplit("/", 1)[1]
    propose = f"/model-versions/{second}/propose"
    empty = own_office["per"].post(
        propose, data={"asked": asked, "reason": "det ser bra ut", "idempotency_key": "propose-0"}
    )
    assert (empty.status_code, "det ser bra ut" in empty.text) == (422, True)
    made = own_office["per"].post(propose, data={"asked": asked, "reason": REASON, "idempotency_key": "propose-1"})
    assert made.headers["location"] == f"/model-versions/{second}?told=proposed"
    page = own_office["astrid"].get("/model-versions").text
    confirm = re.search(r"/model-versions/proposals/\d+/confirm", page)[0]
    own = own_office["per"].post(confirm, data={"idempotency_key": "confirm-0"})
    assert (own.status_code, "En annen må logge inn" in own.text) == (403, True)
    by_program = own_office["per"].post(f"/api/v1{confirm}", json={}, headers={"Idempotency-Key": "confirm-own-api"})
    assert (by_program.status_code, by_program.json()["errors"][0]["code"]) == (403, "nobody-confirms-their-own")
    record = own_office["per"].app.state.service.reviews
    refused = [
        (one.actor, one.subject_id) for one in record.events(subject_kind="model_version") if one.action == "refused"
    ]
    assert refused == [("per", second)] * 2
    assert verify(record.events(), record.head()).is_whole
    done = own_office["astrid"].post(confirm, data={"idempotency_key": "confirm-1"})
    assert done.headers["location"] == f"/model-versions/{second}?told=promoted"
    assert own_office["per"].get("/version").json()["model_version"] == second
    again = own_office["astrid"].post(confirm, data={"idempotency_key": "confirm-1"})
    assert again.status_code == 303
    told = own_office["rune"].get(f"/model-versions/{second}").text
    assert (REASON in told, "per og astrid" in told) == (True, True)


@pytest.fixture
def first_office(two_versions, small_run, tmp_path):
    """The same, where nothing is live yet."""
    mine = shutil.copytree(two_versions, tmp_path / "before")
    shutil.rmtree(mine / "registry")
    register(small_run, FileRegistry(mine / "registry"), by="per")
    yield from opened(mine, small_run, tmp_path)


def test_a_version_whose_gates_pass_is_taken_into_use_by_one_person(first_office, tmp_path):
    own_office = first_office
    [version] = versions(own_office)
    asked = answer_of_gates(own_office, version).rsplit("/", 1)[1]
    done = own_office["per"].post(
        f"/model-versions/{version}/promote", data={"asked": asked, "idempotency_key": "promote-1"}
    )
    assert done.headers["location"] == f"/model-versions/{version}?told=promoted"
    live = champion(FileRegistry(tmp_path / "place" / "registry").record("trondheim"))
    assert (live.action, live.by, live.second) == ("promote", "per", "")


def test_new_sales_that_cannot_be_read_are_answered_in_words_without_a_place_of_the_machine(office, tmp_path):
    nothing = office["per"].post("/drift", data={})
    assert (nothing.status_code, "Velg en tabell med salg" in nothing.text) == (422, True)
    sent = office["per"].post("/drift", files={"sales": ("nye salg.csv", b"a,b\n1,2\n", "text/csv")})
    page = awaited(office["per"], sent.headers["location"])
    assert "Dette lot seg ikke regne ut" in page.text
    assert ("/tmp/" in page.text, str(tmp_path.parent) in page.text) == (False, False)


def test_what_the_command_wrote_beside_the_run_it_was_promoted_from_is_found_and_of_two_the_newer(
    own_office, small_run, tmp_path
):
    service, per = own_office["per"].app.state.service, own_office["per"]
    nothing = per.get("/drift", params={"lang": "en"}).text
    kept = live_of(versions_of(service)).run
    assert ("VALUATION_BUNDLE" in nothing, kept.name in nothing) == (True, True)
    beside, found = tmp_path / "run" / "drift", dearer_sales(read_version(small_run))
    beside.mkdir(parents=True)
    write_drift(beside, *found)
    settings = service.settings.model_copy(update={"bundle": tmp_path / "run" / "bundle"})
    per.app.state.service = replace(service, settings=settings)
    page = per.get("/drift", params={"lang": "en"}).text
    assert ("Made by the command valuation drift" in page, "VALUATION_BUNDLE" in page) == (True, False)
    assert per.get("/drift/index.html").content == (beside / "index.html").read_bytes()
    told = json.loads((beside / "drift.json").read_text("utf-8"))
    (kept / "drift").mkdir()
    (kept / "drift" / "index.html").write_text("the newer one", "utf-8")
    (kept / "drift" / "drift.json").write_text(json.dumps(told), "utf-8")
    os.utime(beside / "drift.json", (0, 0))
    assert per.get("/drift/index.html").text == "the newer one"
    told["version"]["model_version"] = "another"
    (kept / "drift" / "drift.json").write_text(json.dumps(told), "utf-8")
    assert per.get("/drift/index.html").content == (beside / "index.html").read_bytes()


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_how_the_values_come_about_is_told_to_everybody_in_their_language(office, language):
    page = office["kari"].get("/how-this-works", params={"lang": language})
    assert page.status_code == 200
    assert f'<article lang="{language}">' in page.text
    assert office["kari"].get("/accessibility", params={"lang": language}).status_code == 200


def test_every_gate_has_its_title_in_every_language():
    assert {gate.code: gate.title for gate in GATES} == {code: words.en for code, words in GATE_TITLES.items()}
    told = [words.in_language(language) for words in GATE_TITLES.values() for language in ("nb", "nn", "en")]
    assert len(set(told)) == 3 * len(GATES)
    assert set(STATUS_WORDS) == {"passed", "refused", "not judged"}


def test_a_kept_answer_of_the_gates_holds_for_these_limits_alone(own_office):
    _, second = versions(own_office)
    asked = answer_of_gates(own_office, second).rsplit("/", 1)[1]
    service = own_office["per"].app.state.service
    stricter = service.params.model_copy(update={"gates": service.params.gates.model_copy(update={"max_cod": 1.0})})
    own_office["per"].app.state.service = replace(service, params=stricter)
    answer = own_office["per"].post(
        f"/model-versions/{second}/promote", data={"asked": asked, "idempotency_key": "stricter-1"}
    )
    assert (answer.status_code, "Kjør dem på nytt" in answer.text) == (409, True)
