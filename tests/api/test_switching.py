"""Is a promoted version served without a restart, with each request and each case on the version it belongs to?"""

from __future__ import annotations

import asyncio
import itertools

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.conftest import PEOPLE
from tests.api.known_dwellings import as_sent
from tests.api.two_versions import REASON, settings_of_two_versions
from tests.fakes import MemoryAccess
from tests.valuation.release.conftest import LENIENT
from valuation.adapters.file_registry import FileRegistry
from valuation.appraisal.bundle import load_bundle
from valuation.errors import BundleRefused
from valuation.models.registry import champion, folder_of
from valuation.release.decision import Decision
from valuation.release.promotion import promote, roll_back
from valuation.release.verdict import judge

PATH = "/api/v1/model-versions"
KEYS = (f"switch-{number:06d}" for number in itertools.count())


def key() -> dict[str, str]:
    return {"Idempotency-Key": next(KEYS)}


@pytest.fixture(scope="module")
def verdict(two_versions, narrow_run):
    """What the gates say of the narrow version: the same for each copy of that registry."""
    return judge(narrow_run, FileRegistry(two_versions / "registry"), LENIENT)


@pytest.fixture
def service(two_versions, small_run, tmp_path):
    """A client for each person, of a service with two versions, and the service itself."""
    access = MemoryAccess()
    app = create_app(settings_of_two_versions(two_versions, small_run, tmp_path), access=access)
    with TestClient(app, raise_server_exceptions=False) as client:
        names = ("per", "administrator", "auditor", "reader")
        yield {name: (client, access.let_in(PEOPLE[name])) for name in names}, app


def asking(service, name, method, path, **how):
    people, _ = service
    client, headers = people[name]
    return client.request(method, path, headers=headers | how.pop("headers", {}), **how)


def make_live(app, verdict):
    """Make the narrow version live as the command does, beside the service."""
    decision = Decision("Ola Nordmann", REASON, "Kari Nordmann")
    promote(verdict, app.state.service.registry, by="Ola", decision=decision)


def served(service) -> str:
    return asking(service, "per", "GET", "/version").json()["model_version"]


def test_a_version_that_a_command_made_live_is_served_at_the_next_look(service, verdict, narrow_run, small_bundle):
    _, app = service
    assert served(service) == small_bundle.model_version
    make_live(app, verdict)
    client = service[0]["per"][0]
    assert client.portal.call(app.state.switch.catch_up) is True
    assert served(service) == load_bundle(narrow_run / "bundle").model_version
    assert client.portal.call(app.state.switch.catch_up) is False


def test_a_request_that_began_before_ends_on_its_version(service, verdict, small_run):
    client, app = service[0]["per"][0], service[1]
    before = app.state.service
    [record] = as_sent(small_run, before.bundle, 1)

    async def across() -> tuple[object, object]:
        waiting = asyncio.ensure_future(before.gathering.value([record], in_full=False))
        await app.state.switch.catch_up()
        late = await before.gathering.value([record], in_full=False)
        return (await waiting)[0].value, late[0].value

    make_live(app, verdict)
    early, late = client.portal.call(across)
    assert app.state.service.bundle.model_version != before.bundle.model_version
    assert {early.model_version, late.model_version} == {before.bundle.model_version}
    assert (early.lower_value, early.upper_value) == (late.lower_value, late.upper_value)


def test_a_value_of_the_roll_is_explained_by_the_version_that_made_it(service, verdict):
    client, app = service[0]["per"][0], service[1]
    one = asking(service, "per", "GET", "/api/v1/dwellings", params={"limit": 1}).json()["dwellings"][0]
    address = f"/api/v1/dwellings/{one['value_id']}/explanation"
    before = asking(service, "per", "GET", address).json()
    make_live(app, verdict)
    client.portal.call(app.state.switch.catch_up)
    after = asking(service, "per", "GET", address).json()
    assert after == before
    assert (after["appraised_value"], after["lower_value"]) == (one["appraised_value"], one["lower_value"])


def test_a_live_version_of_which_a_byte_was_changed_is_not_served(service, verdict, small_bundle):
    client, app = service[0]["per"][0], service[1]
    make_live(app, verdict)
    registry = app.state.service.registry
    path = folder_of(registry, champion(registry.record("trondheim"))) / "bundle" / "intervals" / "intervals.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BundleRefused, match=r"intervals\.json: changed"):
        client.portal.call(app.state.switch.catch_up)
    assert client.portal.call(app.state.switch.catch_up_or_say) is False
    assert served(service) == small_bundle.model_version


def test_a_service_begins_with_the_version_that_is_live_in_the_record(service, verdict, narrow_run):
    _, app = service
    make_live(app, verdict)
    again = create_app(app.state.service.settings, access=MemoryAccess())
    assert again.state.service.bundle.model_version == load_bundle(narrow_run / "bundle").model_version
    roll_back("trondheim", app.state.service.registry, Decision("Ola Nordmann", REASON, "Kari Nordmann"))
    once_more = create_app(app.state.service.settings, access=MemoryAccess())
    assert once_more.state.service.bundle.model_version == app.state.service.bundle.model_version


def test_one_person_proposes_to_go_back_and_another_confirms_from_their_own_session(service, verdict, small_bundle):
    client, app = service[0]["per"][0], service[1]
    make_live(app, verdict)
    client.portal.call(app.state.switch.catch_up)
    address = f"{PATH}/{small_bundle.model_version}/rollback"
    made = asking(service, "per", "POST", address, json={"reason": REASON}, headers=key())
    assert (made.status_code, made.json()["state"]) == (202, "waits")
    confirm = f"{PATH}/proposals/{made.json()['number']}/confirm"
    own = asking(service, "per", "POST", confirm, json={}, headers=key())
    assert (own.status_code, own.json()["errors"][0]["code"]) == (403, "nobody-confirms-their-own")
    assert asking(service, "auditor", "POST", confirm, json={}, headers=key()).status_code == 403
    done = asking(service, "administrator", "POST", confirm, json={}, headers=key())
    entry = done.json()["entry"]
    assert (done.status_code, entry["action"], entry["by"], entry["second"]) == (200, "roll back", "U4", "U7")
    assert served(service) == small_bundle.model_version
    ended = asking(service, "per", "POST", confirm, json={}, headers=key())
    assert ended.json()["errors"][0]["code"] == "proposal-ended"
    events = [(event.actor, event.action) for event in app.state.service.reviews.events(subject_kind="model_version")]
    assert events == [("U4", "propose_version"), ("U4", "refused"), ("U7", "roll_back")]


def test_a_proposal_is_withdrawn_once_and_then_proposed_anew(service, verdict, small_bundle):
    client, app = service[0]["per"][0], service[1]
    make_live(app, verdict)
    client.portal.call(app.state.switch.catch_up)
    address = f"{PATH}/{small_bundle.model_version}/rollback"
    made = asking(service, "per", "POST", address, json={"reason": REASON}, headers=key()).json()
    twice = asking(service, "administrator", "POST", address, json={"reason": REASON}, headers=key())
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (409, "proposed-already")
    withdraw = f"{PATH}/proposals/{made['number']}/withdraw"
    gone = asking(service, "administrator", "POST", withdraw, json={}, headers=key())
    assert (gone.json()["state"], gone.json()["ended_by"]) == ("withdrawn", "U7")
    assert asking(service, "per", "POST", address, json={"reason": REASON}, headers=key()).status_code == 202
    told = asking(service, "auditor", "GET", f"{PATH}/proposals").json()["proposals"]
    assert [one["state"] for one in told] == ["waits", "withdrawn"]


def test_a_proposal_about_another_live_version_cannot_be_confirmed(service, verdict, small_bundle):
    client, app = service[0]["per"][0], service[1]
    make_live(app, verdict)
    client.portal.call(app.state.switch.catch_up)
    address = f"{PATH}/{small_bundle.model_version}/rollback"
    made = asking(service, "per", "POST", address, json={"reason": REASON}, headers=key()).json()
    roll_back("trondheim", app.state.service.registry, Decision("Ola Nordmann", REASON, "Kari Nordmann"))
    confirm = f"{PATH}/proposals/{made['number']}/confirm"
    answer = asking(service, "administrator", "POST", confirm, json={}, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "live-version-changed")


@pytest.mark.parametrize("reason", ["etter en samlet vurdering", "it is fine", "because I think that it is better"])
def test_a_way_back_needs_a_reason_that_another_can_follow(service, verdict, small_bundle, reason):
    client, app = service[0]["per"][0], service[1]
    make_live(app, verdict)
    client.portal.call(app.state.switch.catch_up)
    address = f"{PATH}/{small_bundle.model_version}/rollback"
    answer = asking(service, "per", "POST", address, json={"reason": reason}, headers=key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "reason-says-nothing")
