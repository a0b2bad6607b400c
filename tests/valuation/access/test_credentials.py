"""Do tokens and sessions open what they should, for as long as they should, and is nothing kept that opens?"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from valuation.access.api_token import LONGEST_DAYS, new_token
from valuation.access.credential import digest_of, is_same, looks_like, new_credential, short_id
from valuation.access.session import SessionLimits, new_attempt, new_session
from valuation.errors import WrongUse
from valuation.review.actor import Actor

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
LIMITS = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=10))
KARI = Actor("kari", frozenset({"caseworker"}), frozenset({"Lade"}))
READER = frozenset({"reader"})


def test_no_two_credentials_are_alike():
    assert len({new_credential("token") for _ in range(1000)}) == 1000


def test_a_credential_is_known_by_its_kind():
    token = new_credential("token")
    assert looks_like("token", token)
    assert not looks_like("session", token)


@pytest.mark.parametrize("text", ["", "vt", "Bearer x", "vt_" + "a" * 200, "vt_æøå"])
def test_what_cannot_be_a_token_is_not_looked_up(text):
    assert not looks_like("token", text)


def test_the_public_name_is_part_of_the_hash_and_not_of_the_token():
    token = new_credential("token")
    assert digest_of(token).startswith(short_id(digest_of(token)))
    assert short_id(digest_of(token)) not in token


def test_texts_are_compared_whole():
    assert is_same("abc", "abc")
    assert not is_same("abc", "abd")
    assert not is_same("abc", "abcd")
    assert not is_same("æ\ud800", "abc")


def test_the_token_itself_is_nowhere_in_what_is_kept():
    token, kept = new_token("tax-system", READER, now=NOW, by="system")
    assert token not in str(asdict(kept))
    assert kept.digest == digest_of(token)


def test_a_token_acts_as_its_machine():
    _, kept = new_token("tax-system", READER, now=NOW, by="system", districts=frozenset({"Lade"}))
    assert kept.actor == Actor("token:tax-system", READER, frozenset({"Lade"}))


def test_a_token_is_good_until_its_end_and_not_at_it():
    _, kept = new_token("tax-system", READER, now=NOW, by="system", days=30)
    assert kept.is_good(NOW + timedelta(days=30, microseconds=-1))
    assert not kept.is_good(NOW + timedelta(days=30))
    assert kept.state(NOW + timedelta(days=30)) == "expired"


def test_a_revoked_token_is_not_good():
    kept = replace(new_token("tax-system", READER, now=NOW, by="system")[1], revoked_at=NOW)
    assert not kept.is_good(NOW)
    assert kept.state(NOW) == "revoked"


@pytest.mark.parametrize(
    ("name", "roles", "days", "word"),
    [
        ("Tax System", READER, 30, "small letters"),
        ("", READER, 30, "small letters"),
        ("a" * 61, READER, 30, "small letters"),
        ("m-01010750160", READER, 30, "national identity number"),
        ("tax", frozenset({"god"}), 30, "god"),
        ("tax", frozenset(), 30, "no role"),
        ("tax", READER, 0, "0 days"),
        ("tax", READER, LONGEST_DAYS + 1, "367 days"),
    ],
)
def test_a_token_that_cannot_be_meant_is_refused(name, roles, days, word):
    with pytest.raises(WrongUse, match=word):
        new_token(name, roles, now=NOW, by="system", days=days)


def test_a_refused_name_does_not_repeat_the_national_identity_number():
    with pytest.raises(WrongUse) as refused:
        new_token("m-01010750160", READER, now=NOW, by="system")
    assert "01010750160" not in str(refused.value)


def test_an_empty_set_of_districts_is_not_the_whole_municipality():
    with pytest.raises(WrongUse, match="no district"):
        new_token("tax", READER, now=NOW, by="system", districts=frozenset())


def test_a_session_ends_when_it_was_idle_too_long():
    _, kept = new_session(KARI, "Kari", now=NOW, limits=LIMITS)
    assert kept.is_good(NOW + timedelta(minutes=29, seconds=59), LIMITS)
    assert not kept.is_good(NOW + timedelta(minutes=30), LIMITS)


def test_a_session_in_use_ends_at_its_last_hour_all_the_same():
    _, kept = new_session(KARI, "Kari", now=NOW, limits=LIMITS)
    busy = replace(kept, last_seen_at=NOW + timedelta(hours=9, minutes=59))
    assert busy.is_good(NOW + timedelta(hours=9, minutes=59), LIMITS)
    assert not busy.is_good(NOW + timedelta(hours=10), LIMITS)


def test_a_shorter_limit_holds_for_sessions_that_are_open():
    _, kept = new_session(KARI, "Kari", now=NOW, limits=LIMITS)
    busy = replace(kept, last_seen_at=NOW + timedelta(hours=2))
    assert not busy.is_good(NOW + timedelta(hours=2), replace(LIMITS, absolute=timedelta(hours=1)))


def test_use_is_written_down_once_a_minute():
    _, kept = new_session(KARI, "Kari", now=NOW, limits=LIMITS)
    assert kept.seen(NOW + timedelta(seconds=59)) is None
    assert kept.seen(NOW + timedelta(seconds=60)).last_seen_at == NOW + timedelta(seconds=60)


def test_every_login_has_a_cookie_and_a_csrf_token_of_its_own():
    one, other = (new_session(KARI, "Kari", now=NOW, limits=LIMITS) for _ in range(2))
    assert one[0] != other[0]
    assert one[1].csrf_token != other[1].csrf_token
    assert one[0] not in str(one[1])


def test_a_login_on_its_way_ends_after_ten_minutes():
    cookie, attempt = new_attempt("/", now=NOW)
    assert attempt.is_good(NOW + timedelta(minutes=9, seconds=59))
    assert not attempt.is_good(NOW + timedelta(minutes=10))
    assert not attempt.is_good(NOW - timedelta(seconds=1))
    assert len({cookie, attempt.state, attempt.nonce, attempt.code_verifier}) == 4


def test_the_verifier_is_as_long_as_pkce_wants_it():
    assert 43 <= len(new_attempt("/", now=NOW)[1].code_verifier) <= 128
