"""Are sessions and logins that are over forgotten by the service itself, also after its database was away?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from api.access.forgetting import forgetting
from api.main import create_app
from api.settings import Settings
from tests.fakes import MemoryAccess
from valuation.access.session import Session, SessionLimits, new_attempt, new_session
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.errors import StoreUnavailable
from valuation.review.actor import Actor
from valuation.review.repository import StoredAnswer
from valuation.review.workflow import stamp

KARI = Actor("kari", frozenset({"caseworker"}))


def session_begun(ago: timedelta) -> Session:
    """A session of a working day that began so long ago."""
    return new_session(KARI, "Kari", now=datetime.now(UTC) - ago, limits=SessionLimits())[1]


@pytest.fixture
def access() -> MemoryAccess:
    """Two sessions and a login: of the day before yesterday, of now, of an hour ago."""
    held = MemoryAccess()
    held.add_session(session_begun(timedelta(days=2)))
    held.add_session(session_begun(timedelta(0)))
    held.add_attempt(new_attempt("/", now=datetime.now(UTC) - timedelta(hours=1))[1])
    return held


class AwayAtFirst(MemoryAccess):
    """Kept where nothing can be reached the first time it is asked."""

    times = 0

    def sweep(self, now: datetime) -> int:
        self.times += 1
        if self.times == 1:
            raise StoreUnavailable("the database cannot be reached")
        return super().sweep(now)


async def until(is_so, within_s: float = 5.0) -> bool:
    """Whether something becomes so in time."""
    async with asyncio.timeout(within_s):
        while not is_so():
            await asyncio.sleep(0.01)
    return True


def test_the_service_forgets_what_is_over_when_it_starts(small_bundle, access, tmp_path):
    settings = Settings(
        bundle=small_bundle.folder, database_url=f"sqlite:///{tmp_path / 'record.db'}", archive=tmp_path / "archive",
        registry=str(tmp_path / "registry"), demo=True,
    )  # fmt: skip
    with TestClient(create_app(settings, access=access)):
        assert asyncio.run(until(lambda: len(access.kept_sessions) == 1 and not access.kept_attempts))
    assert all(held.expires_at > datetime.now(UTC) for held in access.kept_sessions.values())


def test_it_goes_on_forgetting_while_it_runs(access):
    async def walked() -> None:
        async with forgetting(access.sweep, every_s=0.02):
            await until(lambda: len(access.kept_sessions) == 1)
            late = session_begun(timedelta(days=2))
            access.add_session(replace(late, digest="late"))
            await until(lambda: "late" not in access.kept_sessions)

    asyncio.run(walked())
    assert len(access.kept_sessions) == 1


def test_a_database_that_is_away_is_asked_again():
    access = AwayAtFirst()
    access.add_session(session_begun(timedelta(days=2)))

    async def walked() -> None:
        async with forgetting(access.sweep, every_s=0.02):
            await until(lambda: not access.kept_sessions)

    asyncio.run(walked())
    assert access.times >= 2


def test_answers_to_requests_are_forgotten_after_the_days_of_the_setting(small_bundle, tmp_path):
    settings = Settings(
        bundle=small_bundle.folder, database_url=f"sqlite:///{tmp_path / 'record.db'}", archive=tmp_path / "archive",
        registry=str(tmp_path / "registry"), demo=True, answers_kept_days=3,
    )  # fmt: skip
    database = Database(settings.database_url)
    for days in (2, 4):
        at = stamp(datetime.now(UTC) - timedelta(days=days))
        with SqlReviews(database).transaction() as transaction:
            transaction.remember(StoredAnswer(f"of-{days}-days", "kari", "POST /x", "0" * 64, 200, "{}", at))

    def kept(days: int) -> bool:
        with SqlReviews(database).transaction() as transaction:
            return transaction.answer_to(f"of-{days}-days", "kari") is not None

    with TestClient(create_app(settings, access=MemoryAccess())):
        assert asyncio.run(until(lambda: not kept(4)))
    assert kept(2)
    database.close()


def test_what_cannot_be_forgotten_keeps_nothing_else_from_it(access):
    def away(_: datetime) -> int:
        raise StoreUnavailable("the database cannot be reached")

    async def walked() -> None:
        async with forgetting(away, access.sweep, every_s=60):
            await until(lambda: len(access.kept_sessions) == 1)

    asyncio.run(walked())
    assert not access.kept_attempts


def test_nothing_is_forgotten_after_the_service_has_stopped(access):
    async def walked() -> None:
        async with forgetting(access.sweep, every_s=0.01):
            await until(lambda: len(access.kept_sessions) == 1)
        access.add_session(session_begun(timedelta(days=2)))
        await asyncio.sleep(0.1)

    asyncio.run(walked())
    assert len(access.kept_sessions) == 2
