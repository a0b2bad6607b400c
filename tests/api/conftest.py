"""A service on the model version of the small run, asked in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.dependencies import current_actor
from api.main import create_app
from api.settings import Settings
from valuation.review.actor import ROLES, Actor

EVERY_ROLE = Actor("U1", frozenset(ROLES))


@pytest.fixture(scope="session")
def settings(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where the parts of the service under test are."""
    place = tmp_path_factory.mktemp("service")
    return Settings(bundle=small_run / "bundle", database_url=f"sqlite:///{place / 'record.db'}", archive=place)


@pytest.fixture(scope="session")
def closed_app(settings: Settings) -> FastAPI:
    """The service as it is: nobody is signed in."""
    return create_app(settings)


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    """The service, asked by somebody who has every role."""
    open_app = create_app(settings)
    open_app.dependency_overrides[current_actor] = lambda: EVERY_ROLE
    return open_app


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who has every role."""
    with TestClient(app, raise_server_exceptions=False) as asking:
        yield asking


@pytest.fixture(scope="session")
def nobody(closed_app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in."""
    with TestClient(closed_app, raise_server_exceptions=False) as asking:
        yield asking
