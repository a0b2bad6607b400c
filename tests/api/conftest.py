"""A service on the model version of the small run, asked in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.fakes import MemoryAccess
from valuation.review.actor import ROLES, Actor

SECRET = "Nn2xq0Rk1-7LrVb9wTfYs3ZpGhJuKeMd5AcXo8Ei"
EVERY_ROLE = Actor("U1", frozenset(ROLES))


@pytest.fixture(scope="session")
def settings(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where the parts of the service under test are."""
    place = tmp_path_factory.mktemp("service")
    return Settings(
        bundle=small_run / "bundle",
        database_url=f"sqlite:///{place / 'record.db'}",
        archive=place,
        # How the gate is set for tests: it knows the client's name, and nobody asks too often.
        secret=SECRET,
        allowed_hosts=("testserver",),
        rate_actor_per_minute=10**9,
        rate_address_per_minute=10**9,
    )


@pytest.fixture(scope="session")
def closed_app(settings: Settings) -> FastAPI:
    """The service as it is: nobody is signed in."""
    return create_app(settings)


@pytest.fixture(scope="session")
def access() -> MemoryAccess:
    """Who has a token."""
    return MemoryAccess()


@pytest.fixture(scope="session")
def app(settings: Settings, access: MemoryAccess) -> FastAPI:
    """The service, which lets in whom `access` lets in."""
    return create_app(settings, access=access)


@pytest.fixture(scope="session")
def client(app: FastAPI, access: MemoryAccess) -> Iterator[TestClient]:
    """Somebody who has every role."""
    with TestClient(app, raise_server_exceptions=False, headers=access.let_in(EVERY_ROLE)) as asking:
        yield asking


@pytest.fixture(scope="session")
def nobody(closed_app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in."""
    with TestClient(closed_app, raise_server_exceptions=False) as asking:
        yield asking
