"""`valuation token` and `session`: who gets in, what is shown of it once, and what stands in the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from valuation.access.credential import digest_of
from valuation.access.session import SessionLimits, new_session
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.command_line import store
from valuation.command_line.main import app
from valuation.errors import WrongUse
from valuation.review.actor import Actor
from valuation.review.audit import verify


@pytest.fixture
def asked(database, monkeypatch):
    """Give a command about a database, SQLite and PostgreSQL, and return what click made of it."""
    url, opened, open_one = database.url.render_as_string(hide_password=False), [], store.database_at

    def kept_in_mind(given):
        opened.append(open_one(given))
        return opened[-1]

    # The process of a command ends with it, and its connections too; this one goes on.
    monkeypatch.setattr(store, "database_at", kept_in_mind)
    yield lambda *words: CliRunner().invoke(app, [*words, "--database", url])
    for one in opened:
        one.close()


@pytest.fixture
def access(database):
    return SqlAccess(database)


def created(asked, name: str = "tax-system", *options: str) -> dict:
    return json.loads(asked("token", "create", name, "--role", "reader", "--json", *options).stdout)


def test_a_token_is_printed_alone_and_only_its_hash_is_kept(asked, access):
    answer = asked("token", "create", "tax-system", "--role", "reader")
    secret = answer.stdout.strip()
    [kept] = access.tokens()
    assert answer.exit_code == 0
    assert secret.startswith("vt_")
    assert kept.digest == digest_of(secret)
    assert secret not in repr(kept)
    assert secret not in asked("token", "list", "--json").output


def test_roles_districts_and_days_are_kept_as_given(asked, access):
    told = created(asked, "gis", "--role", "analyst", "--district", "MB", "--district", "LA", "--days", "10")
    [kept] = access.tokens()
    assert (kept.roles, kept.districts) == ({"reader", "analyst"}, {"MB", "LA"})
    assert kept.expires_at - kept.created_at == timedelta(days=10)
    assert (told["roles"], told["districts"], told["state"]) == (["analyst", "reader"], ["LA", "MB"], "good")


def test_no_district_is_all_of_them(asked, access):
    assert created(asked)["districts"] is None
    assert access.tokens()[0].districts is None


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("Tax System", "--role", "reader"), "Tax System"),
        (("", "--role", "reader"), "''"),
        (("a" * 61, "--role", "reader"), "a" * 61),
        (("tax", "--role", "king"), "king"),
        (("tax", "--role", "reader", "--district", ""), "district"),
    ],
)
def test_what_cannot_be_a_token_is_wrong_use_and_nothing_is_kept(asked, access, words, named):
    answer = asked("token", "create", *words)
    assert isinstance(answer.exception, WrongUse)
    assert named in str(answer.exception)
    assert access.tokens() == []


@pytest.mark.parametrize("words", [("tax",), ("tax", "--role", "reader", "--days", "367"), ("--role", "reader")])
def test_what_is_missing_or_too_much_is_wrong_use(asked, access, words):
    assert asked("token", "create", *words).exit_code == 2
    assert access.tokens() == []


def test_two_good_tokens_never_have_one_name_and_after_its_end_it_is_free(asked):
    first = created(asked)
    assert isinstance(asked("token", "create", "tax-system", "--role", "reader").exception, WrongUse)
    assert asked("token", "revoke", first["token_id"]).exit_code == 0
    assert created(asked)["token_id"] != first["token_id"]


def test_the_list_shows_ended_tokens_too_and_says_so(asked):
    ended, good = created(asked, "old"), created(asked, "new")
    asked("token", "revoke", ended["token_id"])
    lines = {line.split()[0]: line.split()[1] for line in asked("token", "list").stdout.splitlines()}
    assert lines == {ended["token_id"]: "revoked", good["token_id"]: "good"}


def test_an_empty_list_says_how_one_is_made(asked):
    answer = asked("token", "list")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "valuation token create" in answer.stderr


@pytest.mark.parametrize("token_id", ["000000000000", "tax-system", "'; drop table api_tokens"])
def test_a_token_that_is_not_there_cannot_be_revoked(asked, token_id):
    created(asked)
    answer = asked("token", "revoke", token_id)
    assert isinstance(answer.exception, WrongUse)
    assert "valuation token list" in str(answer.exception)


def test_making_and_ending_stand_in_the_record_once_and_without_what_opens(asked, database):
    told = created(asked)
    asked("token", "revoke", told["token_id"])
    asked("token", "revoke", told["token_id"])
    events = list(SqlReviews(database).events())
    assert [(event.action, event.subject_id) for event in events] == [
        ("create_token", told["token_id"]),
        ("revoke_token", told["token_id"]),
    ]
    assert verify(events).is_whole
    assert all(text not in event.canonical() for event in events for text in (told["token"], digest_of(told["token"])))


def test_all_sessions_of_a_person_are_ended_and_nobody_elses(asked, access):
    now = datetime.now(UTC)
    kari, ola = Actor("kari", frozenset({"caseworker"})), Actor("ola", frozenset({"caseworker"}))
    held = [new_session(actor, "", now=now, limits=SessionLimits())[1] for actor in (kari, kari, ola)]
    for session in held:
        access.add_session(session)
    answer = asked("session", "end", "kari")
    assert (answer.exit_code, answer.stdout.strip()) == (0, "2")
    assert [access.session(session.digest) is None for session in held] == [True, True, False]


def test_a_person_without_a_session_has_none_ended(asked):
    answer = asked("session", "end", "nobody")
    assert (answer.exit_code, answer.stdout.strip()) == (0, "0")
