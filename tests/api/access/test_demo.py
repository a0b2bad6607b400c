"""Do the demo users come in on this machine, and from nowhere else, ever?"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.access.demo import DEMO_USERS
from api.access.settings import AccessSettings
from tests.api.access.conftest import SECRET, put_together
from valuation.errors import SettingsRefused
from valuation.review.actor import ROLES


@pytest.mark.parametrize(
    ("user", "role"),
    [("kari", "caseworker"), ("ola", "caseworker"), ("nina", "second_reader"), ("per", "analyst")],
)
def test_the_demo_users_have_their_roles(demo, user, role):
    demo.post("/login/demo", data={"user": user})
    assert demo.get("/api/v1/me").json()["roles"] == [role]
    assert demo.get("/api/v1/me").json()["is_demo"] is True


def test_every_role_but_the_machines_has_somebody():
    assert {role for user in DEMO_USERS.values() for role in user.roles} == set(ROLES) - {"reader"}


def test_nobody_else_comes_in(demo):
    answer = demo.post("/login/demo", data={"user": "mallory"})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_the_page_shows_them_in_the_readers_language(demo):
    page = demo.get("/login", headers={"Accept-Language": "nn"}).text
    assert '<html lang="nn">' in page
    assert "Logg inn som Kari" in page


@pytest.mark.parametrize(
    "beyond",
    [
        {"host": "0.0.0.0"},
        {"host": "10.0.0.7"},
        {"host": "::"},
        {"public_url": "https://verdi.kommune.no"},
        {"allowed_hosts": ("verdi.kommune.no",)},
        {"trusted_proxies": ("127.0.0.1",)},
    ],
    ids=str,
)
def test_a_service_others_can_reach_does_not_start_with_them(access, beyond):
    with pytest.raises(SettingsRefused, match="demo login is on"):
        put_together(AccessSettings(demo=True, **beyond), access)


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.2", "2001:db8::1", "not-an-address"])
def test_somebody_from_elsewhere_is_not_even_shown_them(demo_settings, access, address):
    app = put_together(demo_settings, access)
    with TestClient(app, base_url=demo_settings.address, client=(address, 1)) as elsewhere:
        assert "Kari" not in elsewhere.get("/login").text
        assert elsewhere.post("/login/demo", data={"user": "kari"}).status_code == 404
    assert not access.kept_sessions


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_on_this_machine_brings_nobody_in(demo, header):
    assert demo.post("/login/demo", data={"user": "kari"}, headers={header: "127.0.0.1"}).status_code == 404


def test_another_site_cannot_log_somebody_in(demo):
    answer = demo.post("/login/demo", data={"user": "kari"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_without_the_demo_there_is_no_such_login(access):
    settings = AccessSettings(secret=SECRET)
    with TestClient(put_together(settings, access), base_url=settings.address) as client:
        assert client.post("/login/demo", data={"user": "kari"}).status_code == 404
        assert "no login for people" in client.get("/login").text
