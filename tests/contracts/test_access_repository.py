"""What every keeper of tokens, sessions and logins holds to, the one in memory and each that lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.databases import new_postgresql, sqlite_url
from tests.fakes import MemoryAccess
from valuation.access.api_token import new_token
from valuation.access.credential import digest_of
from valuation.access.repository import AccessRepository
from valuation.access.session import SessionLimits, new_attempt, new_session
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.errors import StoreUnavailable, WrongUse
from valuation.review.actor import Actor
from valuation.review.audit import verify

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
KARI = Actor("kari", frozenset({"caseworker", "reader"}), frozenset({"Lade", "Heimdal"}))
OLA = Actor("ola", frozenset({"caseworker"}))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def access(request, tmp_path) -> Iterator[AccessRepository]:
    if request.param == "memory":
        yield MemoryAccess()
        return
    with an_empty_database(request, request.param, tmp_path) as database:
        yield SqlAccess(database)


@contextmanager
def an_empty_database(request, kind, tmp_path) -> Iterator[Database]:
    template = request.getfixturevalue("postgresql_template") if kind == "postgresql" else None
    place = new_postgresql(template) if template else nullcontext(sqlite_url(tmp_path))
    with place as url:
        database = Database(url)
        make_ready(database)
        yield database
        database.close()


def token(name="tax-system", **changed):
    given = {"now": NOW, "by": "system", "days": 30, "districts": frozenset({"Lade"})} | changed
    return new_token(name, frozenset({"reader"}), **given)


def session(actor=KARI, now=NOW):
    return new_session(actor, "Kari Nordmann", now=now, limits=SessionLimits())


def test_a_token_comes_back_as_it_was_kept(access):
    secret, kept = token()
    access.add_token(kept)
    assert access.token(digest_of(secret)) == kept


def test_a_token_for_the_whole_municipality_comes_back_so(access):
    secret, kept = token(districts=None)
    access.add_token(kept)
    assert access.token(digest_of(secret)).districts is None


def test_an_unknown_hash_has_no_token(access):
    assert access.token("0" * 64) is None


def test_tokens_are_listed_the_newest_first(access):
    first, second = token("first")[1], token("second", now=NOW + timedelta(hours=1))[1]
    access.add_token(first)
    access.add_token(second)
    assert [held.name for held in access.tokens()] == ["second", "first"]


def test_two_good_tokens_never_have_one_name(access):
    access.add_token(token()[1])
    with pytest.raises(WrongUse, match="good already"):
        access.add_token(token()[1])


def test_a_name_is_free_again_after_its_token_was_revoked(access):
    old, new = token()[1], token()[1]
    access.add_token(old)
    access.revoke_token(old.token_id, NOW, "system")
    access.add_token(new)
    assert {held.token_id for held in access.tokens()} == {old.token_id, new.token_id}


def test_a_name_is_free_again_after_its_token_has_expired(access):
    access.add_token(token(days=1)[1])
    access.add_token(token(now=NOW + timedelta(days=2))[1])
    assert len(access.tokens()) == 2


def test_a_revoked_token_stays_revoked_since_the_first_time(access):
    kept = token()[1]
    access.add_token(kept)
    access.revoke_token(kept.token_id, NOW, "system")
    again = access.revoke_token(kept.token_id, NOW + timedelta(hours=1), "system")
    assert again.revoked_at == NOW
    assert access.token(kept.digest).revoked_at == NOW


def test_nothing_is_revoked_under_an_unknown_name(access):
    assert access.revoke_token("nothing-here", NOW, "system") is None


def test_the_last_use_of_a_token_is_kept(access):
    kept = token()[1]
    access.add_token(kept)
    access.token_used(kept.digest, NOW + timedelta(minutes=5))
    assert access.token(kept.digest).last_used_at == NOW + timedelta(minutes=5)


def test_a_session_comes_back_as_it_was_kept(access):
    cookie, kept = session()
    access.add_session(kept)
    assert access.session(digest_of(cookie)) == kept


def test_the_last_use_of_a_session_is_kept(access):
    kept = session()[1]
    access.add_session(kept)
    access.session_seen(kept.digest, NOW + timedelta(minutes=5))
    assert access.session(kept.digest) == replace(kept, last_seen_at=NOW + timedelta(minutes=5))


def test_an_ended_session_is_gone_and_not_brought_back_by_a_use(access):
    kept = session()[1]
    access.add_session(kept)
    access.end_session(kept.digest)
    access.session_seen(kept.digest, NOW)
    assert access.session(kept.digest) is None


def test_all_sessions_of_one_person_end_and_no_others(access):
    held = [session(), session(), session(OLA)]
    for _, kept in held:
        access.add_session(kept)
    assert access.end_sessions_of("kari") == 2
    assert [access.session(kept.digest) is None for _, kept in held] == [True, True, False]


def test_a_login_on_its_way_is_answered_once(access):
    cookie, attempt = new_attempt("/cases?state=open", now=NOW)
    access.add_attempt(attempt)
    assert access.take_attempt(digest_of(cookie)) == attempt
    assert access.take_attempt(digest_of(cookie)) is None


def test_what_is_over_is_swept_and_what_is_not_stays(access):
    old, young = session(now=NOW - timedelta(days=2))[1], session()[1]
    access.add_session(old)
    access.add_session(young)
    access.add_attempt(new_attempt("/", now=NOW - timedelta(hours=1))[1])
    access.add_token(token(now=NOW - timedelta(days=300))[1])
    assert access.sweep(NOW) == 2
    assert access.session(old.digest) is None
    assert access.session(young.digest) == young
    assert len(access.tokens()) == 1


def test_making_and_ending_a_token_stands_in_the_record_and_the_token_does_not(database):
    access, reviews = SqlAccess(database), SqlReviews(database)
    secret, kept = token()
    access.add_token(kept)
    access.revoke_token(kept.token_id, NOW, "astrid")
    access.revoke_token(kept.token_id, NOW, "astrid")
    events = list(reviews.events(subject_kind="token", subject_id=kept.token_id))
    assert [(event.action, event.actor) for event in events] == [("create_token", "system"), ("revoke_token", "astrid")]
    assert events[0].details["districts"] == ["Lade"]
    assert secret not in str(events)
    assert verify(reviews.events()).is_whole


def test_a_token_that_is_refused_leaves_no_trace_in_the_record(database):
    access, reviews = SqlAccess(database), SqlReviews(database)
    access.add_token(token()[1])
    with pytest.raises(WrongUse):
        access.add_token(token()[1])
    assert reviews.head().number == 1


def test_a_store_that_is_not_there_is_said_to_be(tmp_path):
    access = SqlAccess(Database(f"sqlite:///{tmp_path / 'valuation.db'}"))
    (tmp_path / "valuation.db").mkdir()
    with pytest.raises(StoreUnavailable):
        access.session("0" * 64)
