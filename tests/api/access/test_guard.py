"""Is nobody let in who may not come in, and nothing changed by a page that is not ours?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.access import caller
from api.access.cookies import Cookies
from api.access.settings import AccessSettings
from tests.api.access.conftest import SECRET, TABLE, put_together
from valuation.access.routes import everybody
from valuation.errors import SettingsRefused, StoreUnavailable

OURS = "http://127.0.0.1:8000"


def code_of(answer):
    return answer.json()["errors"][0]["code"]


def sign_in(demo, user="kari", **headers):
    return demo.post("/login/demo", data={"user": user, "return_to": "/cases"}, headers=headers)


@pytest.fixture
def kari(demo):
    """A caseworker's browser, signed in, and the token of its forms."""
    assert sign_in(demo).status_code == 303
    return demo, demo.get("/api/v1/me").json()["csrf_token"]


def test_without_a_login_nobody_reads(demo):
    answer = demo.get("/values/v1")
    assert (answer.status_code, code_of(answer)) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_page_sends_who_is_not_signed_in_to_the_login_and_back(demo):
    answer = demo.get("/cases?state=open&text=x%20y", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?return_to=%2Fcases%3Fstate%3Dopen%26text%3Dx%2520y"


def test_health_is_answered_without_asking_the_store(demo, access, monkeypatch):
    def down(*_):
        raise StoreUnavailable("down")

    monkeypatch.setattr(access, "session", down)
    demo.cookies.set("valuation_session", "vs_" + "a" * 43)
    assert demo.get("/health/live").status_code == 200
    answer = demo.get("/cases")
    assert (answer.status_code, code_of(answer)) == (503, "store-unavailable")
    assert "retry-after" in answer.headers


def test_a_machine_comes_in_by_its_token_and_by_its_roles(demo, token):
    reader = token("reader")
    assert demo.get("/values/v1", headers=reader).json()["by"] == "token:machine"
    answer = demo.get("/cases", headers=reader)
    assert (answer.status_code, code_of(answer)) == (403, "forbidden")


@pytest.mark.parametrize(
    "shown", ["Bearer", "Bearer x", "Basic a2FyaTprYXJp", "Bearer vt_" + "a" * 43, "bearer vt_ÿ", ""]
)
def test_a_token_that_is_none_is_not_let_in(demo, shown):
    answer = demo.get("/values/v1", headers={"Authorization": shown.encode("latin-1")})
    assert (answer.status_code, code_of(answer)) == (401, "token-unknown")


def test_an_expired_token_is_said_to_be(demo, token):
    old = token("reader", now=datetime.now(UTC) - timedelta(days=100))
    answer = demo.get("/values/v1", headers=old)
    assert (answer.status_code, code_of(answer)) == (401, "token-expired")


def test_a_revoked_token_opens_no_longer_than_a_second(demo, token, access, monkeypatch):
    reader = token("reader")
    assert demo.get("/values/v1", headers=reader).status_code == 200
    access.revoke_token(access.tokens()[0].token_id, datetime.now(UTC), "test")
    monkeypatch.setattr(caller, "TOKEN_KNOWN_FOR_S", 0.0)
    assert code_of(demo.get("/values/v1", headers=reader)) == "token-revoked"


def test_the_last_use_of_a_token_is_written_down(demo, token, access):
    demo.get("/values/v1", headers=token("reader"))
    assert access.tokens()[0].last_used_at is not None


def test_a_token_shown_beside_a_cookie_is_what_counts(kari, token):
    demo, _ = kari
    assert demo.get("/values/v1", headers=token("reader")).json()["by"] == "token:machine"
    assert code_of(demo.get("/cases", headers={"Authorization": "Bearer x"})) == "token-unknown"


def test_a_machine_needs_no_token_of_a_form(demo, token):
    answer = demo.post("/cases", content=b"{}", headers=token("caseworker"))
    assert answer.json() == {"body": "{}", "by": "token:machine"}


def test_a_form_of_ours_is_taken_whole(kari):
    demo, csrf = kari
    answer = demo.post("/cases", data={"text": "god grunn", "csrf_token": csrf}, headers={"Origin": OURS})
    assert answer.status_code == 200
    assert "text=god+grunn" in answer.json()["body"]


def test_a_form_with_a_file_is_taken_whole(kari):
    demo, csrf = kari
    answer = demo.post(
        "/cases", data={"csrf_token": csrf}, files={"table": ("a.csv", b"a;b")}, headers={"Origin": OURS}
    )
    assert answer.status_code == 200
    assert "a;b" in answer.json()["body"]


def test_a_script_of_ours_sends_the_token_in_a_header(kari):
    demo, csrf = kari
    answer = demo.post("/cases", json={"a": 1}, headers={"Origin": OURS, "X-CSRF-Token": csrf})
    assert answer.json()["body"] == '{"a":1}'


def test_an_old_browser_tells_by_the_referer(kari):
    demo, csrf = kari
    answer = demo.post("/cases", data={"csrf_token": csrf}, headers={"Referer": f"{OURS}/cases/1"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{OURS}.evil.example"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1"},
        {"Referer": "https://evil.example/?http://127.0.0.1:8000"},
    ],
    ids=str,
)
def test_a_page_that_is_not_ours_changes_nothing_even_with_the_token(kari, headers):
    demo, csrf = kari
    answer = demo.post("/cases", data={"csrf_token": csrf}, headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "origin-not-allowed")


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"text": "x"}},
        {"data": {"csrf_token": ""}},
        {"data": {"csrf_token": "vc_" + "a" * 43}},
        {"json": {"csrf_token": "x"}},
        {"files": {"csrf_token": ("a.txt", b"vc_x")}},
        {"content": b"--x\r\n\r\n", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"%FF%", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"headers": {"X-CSRF-Token": "é".encode("latin-1")}},
        {},
    ],
    ids=str,
)
def test_without_the_token_of_the_session_nothing_is_changed(kari, sent):
    demo, _ = kari
    answer = demo.post("/cases", **(sent | {"headers": {"Origin": OURS} | sent.get("headers", {})}))
    assert (answer.status_code, code_of(answer)) == (403, "csrf-token-wrong")


def test_the_token_of_another_session_changes_nothing(kari):
    demo, old = kari
    sign_in(demo)
    answer = demo.post("/cases", data={"csrf_token": old}, headers={"Origin": OURS})
    assert code_of(answer) == "csrf-token-wrong"


def test_a_form_longer_than_the_door_takes_is_refused(kari):
    demo, csrf = kari
    answer = demo.post("/cases", data={"text": "x" * 200_000, "csrf_token": csrf}, headers={"Origin": OURS})
    assert answer.status_code == 413


def test_logging_out_ends_the_session_on_the_server(kari, access):
    demo, csrf = kari
    cookie = demo.cookies["valuation_session"]
    answer = demo.post("/logout", data={"csrf_token": csrf}, headers={"Origin": OURS})
    assert answer.headers["location"] == "/logged-out"
    assert not access.kept_sessions
    demo.cookies.set("valuation_session", cookie)
    assert code_of(demo.get("/cases")) == "session-ended"


def test_a_session_ends_when_it_was_idle_too_long(kari, access):
    demo, _ = kari
    ((digest, held),) = access.kept_sessions.items()
    access.session_seen(digest, held.last_seen_at - timedelta(minutes=31))
    assert code_of(demo.get("/cases")) == "session-ended"


def test_use_keeps_a_session(kari, access):
    demo, _ = kari
    ((digest, held),) = access.kept_sessions.items()
    access.session_seen(digest, held.last_seen_at - timedelta(minutes=20))
    assert demo.get("/cases").status_code == 200
    assert access.session(digest).last_seen_at >= held.last_seen_at


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80:80", "127.0.0.1@evil", ""])
def test_the_service_answers_to_its_names_alone(demo, host):
    answer = demo.get("/login", headers={"Host": host})
    assert (answer.status_code, code_of(answer)) == (421, "host-not-allowed")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_the_names_of_this_machine_are_its_names(demo, host):
    assert demo.get("/login", headers={"Host": host}).status_code == 200


def test_whoever_keeps_it_running_asks_by_any_name(demo):
    assert demo.get("/health/live", headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/values/v1", "/nowhere", "/boom", "/cases"])
def test_every_answer_tells_the_browser_how_to_take_it(demo, path):
    answer = demo.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil"}, 421), ({"Content-Encoding": "gzip"}, 415), ({"X-Long": "a" * 40_000}, 431)],
)
def test_answers_at_the_door_have_the_headers_too(demo, headers, status):
    answer = demo.get("/login", headers=headers)
    assert answer.status_code == status
    assert "content-security-policy" in answer.headers


def test_a_failure_gives_nothing_of_the_inside_away(demo):
    answer = demo.get("/boom")
    assert (answer.status_code, code_of(answer)) == (500, "unexpected")
    assert "Storgata" not in answer.text


def test_by_https_cookies_are_bound_to_this_host(access):
    settings = AccessSettings(secret=SECRET, public_url="https://verdi.kommune.no", host="0.0.0.0")
    app = put_together(settings, access)
    with TestClient(app, base_url="https://verdi.kommune.no", follow_redirects=False) as browser:
        assert browser.get("/login").headers["strict-transport-security"].startswith("max-age=31536000")
        assert Cookies(settings.is_https).session == "__Host-valuation_session"


def test_the_cookie_of_a_session_is_nothing_for_scripts_or_other_sites(demo):
    told = sign_in(demo).headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=lax" in told
    assert "Domain" not in told


def test_a_route_without_a_line_stops_the_start(demo_settings, access):
    with pytest.raises(SettingsRefused, match="POST /cases"):
        put_together(demo_settings, access, [line for line in TABLE if (line.method, line.path) != ("POST", "/cases")])


def test_a_line_for_everybody_is_none_for_another_method(demo_settings, access):
    lines = [*(line for line in TABLE if line.path != "/cases"), everybody("GET", "/cases", "test")]
    with pytest.raises(SettingsRefused, match="POST /cases"):
        put_together(demo_settings, access, lines)


def test_head_is_asked_for_like_get(demo):
    assert demo.head("/cases").status_code == 401


@pytest.mark.parametrize("path", ["/nowhere", "/values/a/b"])
def test_what_is_not_there_is_not_there_for_anybody(demo, path):
    assert demo.get(path).status_code == 404


def test_one_who_asks_too_often_waits_and_others_do_not(access, token):
    settings = AccessSettings(demo=True, rate_actor_per_minute=20)
    one, other = token("reader", name="one"), token("reader", name="other")
    with TestClient(put_together(settings, access), base_url=settings.address) as client:
        answers = [client.get("/values/v1", headers=one) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 3
        assert client.get("/values/v1", headers=other).status_code == 200


def test_guessing_tokens_is_slowed_down_and_a_good_one_is_not(access, token):
    settings = AccessSettings(demo=True, rate_attempts_per_minute=5)
    good = token("reader")
    with TestClient(put_together(settings, access), base_url=settings.address) as client:
        guesses = [client.get("/values/v1", headers={"Authorization": f"Bearer vt_{n}"}).status_code for n in range(8)]
        assert guesses[0] == 401
        assert guesses[-1] == 429
        assert client.get("/values/v1", headers=good).status_code == 200


def test_an_address_that_asks_too_often_waits(access):
    settings = AccessSettings(demo=True, rate_address_per_minute=30)
    with TestClient(put_together(settings, access), base_url=settings.address) as client:
        answers = [client.get("/login").status_code for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]
        assert client.get("/health/live").status_code == 200
