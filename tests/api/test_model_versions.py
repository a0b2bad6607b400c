"""Is the record of versions told, and does a version go live or back over HTTP by the rules of the command line?"""

from __future__ import annotations

import itertools

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.conftest import PEOPLE
from tests.fakes import MemoryAccess
from valuation.adapters.file_registry import FileRegistry
from valuation.models.registry import Entry

PATH = "/api/v1/model-versions"
KEYS = (f"version-{number:06d}" for number in itertools.count())
REASON = "The values of Byåsen rose by 9 % without a sale behind them, see note 2026-14."


def key() -> dict[str, str]:
    return {"Idempotency-Key": next(KEYS)}


@pytest.fixture
def analyst(settings, small_run, small_bundle, tmp_path):
    """Somebody who may promote, at a registry in which the small run waits."""
    registry = FileRegistry(tmp_path / "registry")
    waiting = Entry(
        jurisdiction=small_bundle.jurisdiction.name,
        action="register",
        model_version=small_bundle.model_version,
        replaces="",
        run_folder=str(small_run),
        manifest_sha256=small_bundle.manifest["manifest_sha256"],
        at="2026-01-02T08:00:00Z",
        by="U4",
        reason="",
        second="",
        gates_sha256="",
    )
    registry.append(waiting, after=0)
    access = MemoryAccess()
    app = create_app(settings.model_copy(update={"registry": str(tmp_path / "registry")}), access=access)
    with TestClient(app, raise_server_exceptions=False, headers=access.let_in(PEOPLE["per"])) as asking:
        yield asking


def test_versions_are_told_with_their_record(analyst, small_bundle):
    [version] = analyst.get(PATH).json()["model_versions"]
    assert version["model_version"] == small_bundle.model_version
    assert (version["is_candidate"], version["is_live"], version["is_served"]) == (True, False, True)
    assert [entry["action"] for entry in version["entries"]] == ["register"]
    assert analyst.get(f"{PATH}/{small_bundle.model_version}").json() == version


def test_a_version_that_does_not_pass_the_gates_does_not_go_live(analyst, small_bundle):
    # Sixty trees and one seed are quick rather than good.
    answer = analyst.post(f"{PATH}/{small_bundle.model_version}/promote", json={}, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "gate-not-passed")
    [version] = analyst.get(PATH).json()["model_versions"]
    assert version["is_live"] is False


@pytest.mark.parametrize("deed", ["promote", "rollback"])
def test_a_version_that_is_not_in_the_record_is_not_there(analyst, deed):
    body = {} if deed == "promote" else {"reason": REASON}
    answer = analyst.post(f"{PATH}/{'0' * 12}/{deed}", json=body, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "version-not-found")


def test_there_is_no_way_back_to_a_version_that_was_never_live(analyst, small_bundle):
    answer = analyst.post(f"{PATH}/{small_bundle.model_version}/rollback", json={"reason": REASON}, headers=key())
    assert answer.status_code == 422
    assert analyst.get(f"{PATH}/proposals").json() == {"proposals": []}


def test_a_name_of_a_second_person_is_no_second_person(analyst, small_bundle):
    body = {"reason": REASON, "second": "U3"}
    answer = analyst.post(f"{PATH}/{small_bundle.model_version}/rollback", json=body, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "field-unknown")
