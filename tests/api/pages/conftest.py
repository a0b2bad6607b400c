"""Pages on a record of their own, so that what is decided here is not in the way of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from tests.api.conftest import settings_of_a_release
from tests.fakes import MemoryAccess
from valuation.review.actor import Actor

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
    access = MemoryAccess()
    app = create_app(settings_of_a_release(small_run, tmp_path_factory.mktemp("office")), access=access)
    asks = {"Accept": "text/html"}
    with TestClient(app, raise_server_exceptions=False):
        yield {
            name: TestClient(app, raise_server_exceptions=False, headers=access.let_in(actor) | asks)
            for name, actor in PEOPLE.items()
        }
