"""Which databases do tests run on? SQLite always, PostgreSQL where one is given; CI gives one and accepts no skip.

`VALUATION_TEST_POSTGRESQL_URL` is the address of a server on which databases may be made and dropped (`.ci/postgresql`
starts one). `VALUATION_TEST_NEEDS_POSTGRESQL=1` turns the skip into a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.migration import make_ready

SERVER = "VALUATION_TEST_POSTGRESQL_URL"
IS_NEEDED = "VALUATION_TEST_NEEDS_POSTGRESQL"


def server_url() -> sa.URL:
    """Address of the PostgreSQL server; skips, or fails where it is needed, when there is none."""
    given = os.environ.get(SERVER)
    if not given and os.environ.get(IS_NEEDED):
        pytest.fail(f"{IS_NEEDED} is set, and {SERVER} is not: the PostgreSQL half would not run")
    if not given:
        pytest.skip(f"the PostgreSQL half: {SERVER} is not set (.ci/postgresql start FOLDER prints an address)")
    return sa.make_url(given).set(drivername="postgresql+psycopg")


@contextmanager
def new_postgresql(template: str | None = None) -> Iterator[str]:
    """A new database on the server, as a copy of `template`; dropped afterwards, whoever is still connected."""
    server, name = server_url(), f"valuation_test_{uuid4().hex}"
    copied = f'TEMPLATE "{template}"' if template else ""
    _on_server(server, f'CREATE DATABASE "{name}" {copied}')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def sqlite_url(folder: Path) -> str:
    """Address of a SQLite file that is not there yet."""
    return f"sqlite:///{(folder / 'valuation.db').as_posix()}"


@contextmanager
def opened(url: str, *, is_made: bool = True) -> Iterator[Database]:
    """A database at an address, its tables made where it is a new SQLite file; closed afterwards."""
    database = Database(url)
    try:
        if is_made:
            make_ready(database)
        yield database
    finally:
        database.close()
