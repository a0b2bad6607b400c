"""Pages on a record of their own, so that what is decided here is not in the way of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from tests.fakes import MemoryAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.review.actor import Actor
from valuation.rolls.archive import Archive
from valuation.rolls.release import release

SECRET = "Nn2xq0Rk1-7LrVb9wTfYs3ZpGhJuKeMd5AcXo8Ei"
PEOPLE = {
    "kari": Actor("kari", frozenset({"caseworker"})),
    "ola": Actor("ola", frozenset({"caseworker"})),
    "nina": Actor("nina", frozenset({"second_reader"})),
    "per": Actor("per", frozenset({"analyst"})),
    "elsewhere": Actor("else", frozenset({"caseworker"}), frozenset({"no-such-area"})),
}


@pytest.fixture(scope="module")
def office(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TestClient]]:
    """A client for each of `PEOPLE`, of a service whose record nobody has written in."""
    place = tmp_path_factory.mktemp("office")
    database = Database(f"sqlite:///{place / 'record.db'}")
    release(small_run, SqlRolls(database), Archive(place / "archive"), by="U9", at="2026-01-02T08:00:00.000000Z")
    database.close()
    access = MemoryAccess()
    settings = Settings(
        bundle=small_run / "bundle",
        database_url=f"sqlite:///{place / 'record.db'}",
        archive=place / "archive",
        registry=str(place / "registry"),
        secret=SECRET,
        allowed_hosts=("testserver",),
        rate_actor_per_minute=10**9,
        rate_address_per_minute=10**9,
    )
    app = create_app(settings, access=access)
    asks = {"Accept": "text/html"}
    with TestClient(app, raise_server_exceptions=False):
        yield {
            name: TestClient(app, raise_server_exceptions=False, headers=access.let_in(actor) | asks)
            for name, actor in PEOPLE.items()
        }
