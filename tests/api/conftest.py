"""A service on the model version and the released roll of the small run, asked in the same process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.fakes import MemoryAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import upgrade
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.review.actor import ROLES, Actor
from valuation.rolls.archive import Archive
from valuation.rolls.release import release

SECRET = "Nn2xq0Rk1-7LrVb9wTfYs3ZpGhJuKeMd5AcXo8Ei"
PEOPLE: dict[str, Actor] = {
    "everything": Actor("U0", frozenset(ROLES)),
    "kari": Actor("U1", frozenset({"caseworker"})),
    "ola": Actor("U2", frozenset({"caseworker"})),
    "nina": Actor("U3", frozenset({"second_reader"})),
    "per": Actor("U4", frozenset({"analyst"})),
    "reader": Actor("U5", frozenset({"reader"})),
    "auditor": Actor("U6", frozenset({"auditor"})),
    "administrator": Actor("U7", frozenset({"administrator"})),
    "elsewhere": Actor("U8", frozenset({"caseworker"}), frozenset({"no-such-area"})),
}

As = Callable[[str], TestClient]


def settings_of_a_release(run: Path, place: Path, url: str = "", **more: Any) -> Settings:
    """Release a run into a record of its own, by default in SQLite; return the settings of a service on it."""
    given = settings_at(run, place, url, **more)
    database = Database(given.database_url)
    upgrade(database)
    release(run, SqlRolls(database), Archive(place / "archive"), by="U9", at="2026-01-02T08:00:00.000000Z")
    database.close()
    return given


def settings_at(run: Path, place: Path, url: str = "", **more: Any) -> Settings:
    """Return the settings of a service that keeps its record, its archive and its versions in a folder."""
    return Settings(
        bundle=run / "bundle",
        database_url=url or f"sqlite:///{place / 'record.db'}",
        archive=place / "archive",
        registry=str(place / "registry"),
        # How the gate is set for tests: it knows the client's name, and nobody asks too often.
        secret=SECRET,
        allowed_hosts=("testserver",),
        rate_actor_per_minute=10**9,
        rate_address_per_minute=10**9,
        rate_attempts_per_minute=10**6,
        **more,
    )


@pytest.fixture(scope="session")
def settings(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where the parts of the service under test are; the small run is released."""
    return settings_of_a_release(small_run, tmp_path_factory.mktemp("service"))


@pytest.fixture(scope="session")
def closed_app(settings: Settings) -> FastAPI:
    """The service as it is: nobody is signed in."""
    return create_app(settings)


@pytest.fixture(scope="session")
def access() -> MemoryAccess:
    """Who has a token."""
    return MemoryAccess()


@pytest.fixture(scope="session")
def tokens(access: MemoryAccess) -> dict[str, dict[str, str]]:
    """Headers by which each of `PEOPLE` comes through the gate."""
    return {name: access.let_in(actor) for name, actor in PEOPLE.items()}


@pytest.fixture(scope="session")
def app(settings: Settings, access: MemoryAccess) -> FastAPI:
    """The service, which lets in whom `access` lets in."""
    return create_app(settings, access=access)


@pytest.fixture(scope="session")
def client(app: FastAPI, tokens: dict[str, dict[str, str]]) -> Iterator[TestClient]:
    """Somebody who has every role."""
    with TestClient(app, raise_server_exceptions=False, headers=tokens["everything"]) as asking:
        yield asking


@pytest.fixture(scope="session")
def asking_as(app: FastAPI, client: TestClient, tokens: dict[str, dict[str, str]]) -> As:
    """Return a client for one of `PEOPLE`."""
    return lambda name: TestClient(app, raise_server_exceptions=False, headers=tokens[name])


@pytest.fixture(scope="session")
def analyst(asking_as: As) -> TestClient:
    """Somebody who settles no case, and from whom no value is hidden."""
    return asking_as("per")


@pytest.fixture(scope="session")
def nobody(closed_app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in."""
    with TestClient(closed_app, raise_server_exceptions=False) as asking:
        yield asking
