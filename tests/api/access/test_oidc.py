"""Does the municipality's login let in whom it means, and nobody by any of the known tricks? Against a real issuer."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access import oidc
from tests.api.access.conftest import put_together
from tests.oidc_issuer import (
    Person,
    sign_not_at_all,
    sign_with_a_strangers_key,
    sign_with_rsa,
    sign_with_the_public_key_as_a_shared_one,
)


def to_the_issuer(browser, return_to="/cases"):
    """Go to the issuer and log in there; return the address it sends back to."""
    sent = browser.get("/login/issuer", params={"return_to": return_to})
    assert sent.status_code == 303, sent.text
    answered = httpx.get(sent.headers["location"])
    return answered.headers["location"]


def logged_in(browser, return_to="/cases"):
    return browser.get(to_the_issuer(browser, return_to))


def code_of(answer):
    return answer.text.partition('data-code="')[2].partition('"')[0]


def test_a_person_comes_in_and_where_they_wanted_to_go(browser, issuer):
    answer = logged_in(browser, "/cases?state=open")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/cases?state=open"
    me = browser.get("/api/v1/me").json()
    assert me["user_id"] == "kari-oid"
    assert me["display_name"] == "Kari Nordmann"
    assert me["roles"] == ["caseworker"]


def test_the_way_to_the_issuer_is_bound_to_this_login(browser, issuer):
    query = parse_qs(urlsplit(browser.get("/login/issuer").headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/login/callback"]
    assert len({query["state"][0], query["nonce"][0], query["code_challenge"][0]}) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://another.example"},
        {"aud": "another-service"},
        {"aud": ["another-service"]},
        {"aud": ["valuation", "another-service"]},
        {"aud": ["valuation", "another-service"], "azp": "another-service"},
        {"azp": "another-service"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": None},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
    ],
    ids=str,
)
def test_a_claim_that_is_not_as_it_must_be_lets_nobody_in(browser, issuer, wrong):
    issuer.change_claims = lambda claims: {name: value for name, value in (claims | wrong).items() if value is not None}
    answer = logged_in(browser)
    assert answer.status_code == 403
    assert code_of(answer) == "login-failed"
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("late_s", [31, 3600])
def test_a_token_that_has_expired_lets_nobody_in(browser, issuer, late_s):
    issuer.change_claims = lambda claims: claims | {"exp": int(time.time()) - late_s}
    assert code_of(logged_in(browser)) == "login-failed"


def test_clocks_may_differ_by_the_skew_that_is_set(browser, issuer):
    issuer.change_claims = lambda claims: claims | {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}
    assert logged_in(browser).status_code == 303


def test_a_token_not_valid_yet_lets_nobody_in(browser, issuer):
    issuer.change_claims = lambda claims: claims | {"nbf": int(time.time()) + 600}
    assert code_of(logged_in(browser)) == "login-failed"


@pytest.mark.parametrize("sign", [sign_not_at_all, sign_with_the_public_key_as_a_shared_one, sign_with_a_strangers_key])
def test_a_token_the_issuer_did_not_sign_lets_nobody_in(browser, issuer, sign):
    issuer.sign = sign
    assert code_of(logged_in(browser)) == "login-failed"
    assert browser.get("/api/v1/me").status_code == 401


def test_an_altered_token_lets_nobody_in(browser, issuer):
    def altered(issuer, claims):
        head, _, signature = sign_with_rsa(issuer, claims).split(".")
        return ".".join((head, sign_with_rsa(issuer, claims | {"roles": ["administrator"]}).split(".")[1], signature))

    issuer.sign = altered
    assert code_of(logged_in(browser)) == "login-failed"


def test_a_new_key_of_the_issuer_is_asked_for(browser, issuer, monkeypatch):
    monkeypatch.setattr(oidc, "KEYS_AT_MOST_EVERY_S", 0.0)
    assert logged_in(browser).status_code == 303
    issuer.rotate()
    assert logged_in(browser).status_code == 303
    assert issuer.asked.count("jwks") == 2


def test_keys_nobody_knows_make_us_ask_only_so_often(browser, issuer):
    assert logged_in(browser).status_code == 303
    published = list(issuer.published)
    issuer.rotate()
    issuer.published = published
    assert [code_of(logged_in(browser)) for _ in range(3)] == ["login-failed"] * 3
    assert issuer.asked.count("jwks") == 1


def test_an_issuer_that_is_down_keeps_nobody_out_who_is_in(browser, issuer):
    logged_in(browser)
    issuer.is_down = True
    assert browser.get("/api/v1/me").status_code == 200


def test_an_issuer_that_is_down_is_said_to_be(browser, issuer):
    issuer.is_down = True
    answer = browser.get("/login/issuer")
    assert answer.status_code == 503
    assert code_of(answer) == "issuer-unavailable"
    assert "retry-after" in answer.headers


def test_an_issuer_that_goes_down_on_the_way_is_said_to_be(browser, issuer):
    back = to_the_issuer(browser)
    issuer.is_down = True
    answer = browser.get(back)
    assert (answer.status_code, code_of(answer)) == (503, "issuer-unavailable")


def test_it_comes_back_without_a_restart(browser, issuer):
    issuer.is_down = True
    assert browser.get("/login/issuer").status_code == 503
    issuer.is_down = False
    assert logged_in(browser).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"token_endpoint": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_an_issuer_that_tells_nonsense_of_itself_is_not_used(browser, issuer, wrong):
    issuer.change_metadata = lambda told: {name: value for name, value in (told | wrong).items() if value is not None}
    assert browser.get("/login/issuer").status_code == 503


def test_an_answer_with_another_state_lets_nobody_in(browser, issuer):
    back = urlsplit(to_the_issuer(browser))
    code = parse_qs(back.query)["code"][0]
    assert code_of(browser.get(f"/login/callback?code={code}&state=another")) == "login-failed"


def test_an_answer_counts_once(browser, issuer):
    back = to_the_issuer(browser)
    assert browser.get(back).status_code == 303
    assert code_of(browser.get(back)) == "login-too-late"


def test_an_answer_meant_for_another_browser_lets_nobody_in(browser, issuer, oidc_settings, access):
    back = to_the_issuer(browser)
    with TestClient(put_together(oidc_settings, access), base_url=oidc_settings.address) as victim:
        assert code_of(victim.get(back)) == "login-too-late"
        assert victim.get("/api/v1/me").status_code == 401


def test_the_answer_of_another_issuer_lets_nobody_in(browser, issuer):
    assert code_of(browser.get(to_the_issuer(browser) + "&iss=https://another.example")) == "login-failed"


def test_an_issuer_that_names_itself_in_its_answers_must(browser, issuer):
    issuer.change_metadata = lambda told: told | {"authorization_response_iss_parameter_supported": True}
    assert code_of(logged_in(browser)) == "login-failed"


def test_a_login_that_was_cancelled_is_said_to_be(browser, issuer):
    issuer.error = "access_denied"
    assert code_of(logged_in(browser)) == "login-cancelled"


@pytest.mark.parametrize("roles", [[], ["janitor"]])
def test_somebody_without_a_role_does_not_come_in(browser, issuer, roles):
    issuer.person = Person(roles=roles)
    answer = logged_in(browser)
    assert (answer.status_code, code_of(answer)) == (403, "no-role")
    assert browser.get("/api/v1/me").status_code == 401


def test_a_national_identity_number_as_identity_is_refused_and_not_shown(browser, issuer, access):
    issuer.person = Person(sub="01010750160")
    answer = logged_in(browser)
    assert code_of(answer) == "identity-is-a-national-number"
    assert "01010750160" not in answer.text + str(access.__dict__)


def test_a_login_begins_a_new_session_and_ends_the_one_before(browser, issuer, access):
    logged_in(browser)
    first = browser.cookies["valuation_session"]
    logged_in(browser)
    assert browser.cookies["valuation_session"] != first
    assert len(access.kept_sessions) == 1


def test_a_planted_cookie_is_not_the_one_after_the_login(browser, issuer, access):
    planted = "vs_" + "a" * 43
    browser.cookies.set("valuation_session", planted)
    answer = logged_in(browser)
    assert planted not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\nb", ""]
)
def test_nobody_is_sent_elsewhere_after_the_login(browser, issuer, place):
    assert logged_in(browser, place).headers["location"] == "/"


def test_after_logging_out_one_can_log_out_of_the_issuer_too(browser, issuer):
    assert f'href="{issuer.url}/logout"' in browser.get("/logged-out").text


def test_logins_without_end_are_slowed_down(browser, issuer):
    answers = [browser.get("/login/issuer").status_code for _ in range(20)]
    assert answers[0] == 303
    assert answers[-1] == 429
