"""Does a service with unsafe settings not start, and say what to do?"""

from __future__ import annotations

import pytest

from api.access.settings import AccessSettings
from tests.api.access.conftest import SECRET
from valuation.errors import SettingsRefused

GOOD = {"secret": SECRET, "public_url": "https://verdi.kommune.no", "host": "0.0.0.0"}
ISSUER = {"oidc_issuer": "https://login.kommune.no", "oidc_client_id": "valuation"}


@pytest.mark.parametrize("given", [GOOD, GOOD | ISSUER, {"demo": True}, {"secret": SECRET}], ids=str)
def test_safe_settings_stand(given):
    assert AccessSettings(**given).unsafe() == []


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"secret": ""}, "VALUATION_SECRET is not set"),
        ({"secret": "short"}, "has 5 characters"),
        ({"secret": "a" * 40}, "one sign again and again"),
        ({"secret": "please-change-me-please-change-me-now"}, "is an example"),
        ({"secret": "0123456789abcdef0123456789abcdef0123"}, "is an example"),
        ({"public_url": "verdi.kommune.no"}, "not an address"),
        ({"public_url": "https://kommune.no/verdi"}, "not an address"),
        ({"public_url": "http://verdi.kommune.no"}, "read along"),
        ({"public_url": ""}, "read along"),
        ({"oidc_issuer": "https://login.kommune.no"}, "VALUATION_OIDC_CLIENT_ID is not set"),
        ({"oidc_client_id": "valuation"}, "VALUATION_OIDC_ISSUER is not set"),
        (ISSUER | {"oidc_issuer": "http://login.kommune.no"}, "Expected: https"),
        (ISSUER | {"oidc_scopes": ("profile",)}, "lacks openid"),
        ({"oidc_algorithms": ("RS256", "none")}, "names none"),
        ({"oidc_algorithms": ("HS256",)}, "names HS256"),
        ({"oidc_algorithms": ()}, "names nothing"),
    ],
    ids=str,
)
def test_unsafe_settings_are_refused_with_what_to_do(given, word):
    with pytest.raises(SettingsRefused, match=word) as refused:
        AccessSettings(**(GOOD | given)).need_safe()
    assert SECRET not in str(refused.value)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingsRefused) as refused:
        AccessSettings(host="0.0.0.0", oidc_issuer="http://login.kommune.no").need_safe()
    assert len(refused.value.found.splitlines()) == 4


def test_lists_are_parted_by_commas(monkeypatch):
    monkeypatch.setenv("VALUATION_ALLOWED_HOSTS", "a.kommune.no, b.kommune.no")
    monkeypatch.setenv("VALUATION_OIDC_ROLES", '{"EK-saksbehandler": "caseworker"}')
    settings = AccessSettings()
    assert settings.allowed_hosts == ("a.kommune.no", "b.kommune.no")
    assert settings.oidc_mapping.roles == {"EK-saksbehandler": "caseworker"}


def test_a_limit_is_shared_by_the_workers():
    assert AccessSettings(workers=4).rate(6000).a_minute == 1500
    assert AccessSettings(workers=64).rate(20).at_once == 1


def test_secrets_are_not_shown():
    assert SECRET not in repr(AccessSettings(secret=SECRET, oidc_client_secret=SECRET))
