"""How is the database reached, and what does its every failure mean to the person who waits?

One writer at a time on both databases: SQLite begins a block of writes with BEGIN IMMEDIATE, PostgreSQL takes one
advisory lock. A block therefore never fails because of another that ran beside it; it waits, at most `WAIT_S` seconds,
and is told to try again after that.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from valuation.adapters.extras import need
from valuation.errors import DiskFull, RecordRefused, StoreBusy, StoreUnavailable, ValuationError, WrongUse

_log = logging.getLogger("valuation.store")
VARIABLE = "VALUATION_DATABASE_URL"
DEFAULT_URL = "sqlite:///valuation.db"
WAIT_S = 5.0
"""How long a writer waits for another one."""
CONNECT_S = 2
"""How long a server may take to answer a connection: a page that waits longer is no page."""
MOST_CONNECTIONS, KEPT_OPEN, POOL_WAIT_S = 16, 8, 2.0
HUNG_S = 10
"""How long a machine may not answer before a connection to it is given up: else a question waits for ever."""
WRITER_LOCK = 0x56414C55
"""Number of the advisory lock of PostgreSQL that writers take: `VALU`."""
_SCHEMES = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


def database_url(asked: str | None = None) -> str:
    """Return the address asked for, else that of ``VALUATION_DATABASE_URL``, else of a SQLite file in this folder."""
    return asked or os.environ.get(VARIABLE) or DEFAULT_URL


class Database:
    """A database of the service.

    Parameters
    ----------
    url : str, optional
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``; by default as `database_url` says.
    wait_s : float
        How long a writer waits for another one, in seconds.
    connections : int
        Most connections at once; who finds all of them in use waits two seconds for one.

    Raises
    ------
    WrongUse
        For an address that is none, or of a kind of database that is not known.
    """

    def __init__(self, url: str | None = None, *, wait_s: float = WAIT_S, connections: int = MOST_CONNECTIONS) -> None:
        self.url = _checked_url(database_url(url))
        self.wait_s, self.connections = wait_s, connections
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        make = _sqlite if self.is_sqlite else _postgresql
        self.engine = make(self.url, wait_s, connections)
        self._check: Callable[[Database], None] | None = None
        self._is_checked = self._is_checking = False
        self._checks = threading.RLock()

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Return a connection that sees one state of the database from its first question to its last.

        Raises
        ------
        StoreUnavailable
            When the database cannot be reached.
        """
        self._checked()
        with self._failures_told(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Return a connection whose writes become true together when the block ends, or not at all.

        Raises
        ------
        StoreBusy
            When another writer does not come to an end.
        StoreUnavailable
            When the database cannot be reached.
        """
        self._checked()
        with self._failures_told(), self.engine.connect() as connection:
            connection.execution_options(valuation_writes=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
                yield connection

    def check_first(self, check: Callable[[Database], None]) -> None:
        """Have the database checked before it is used for the first time, once.

        Not at once: a service starts while its database is down, and works when it comes up.
        """
        self._check = self._check or check

    def _checked(self) -> None:
        if self._is_checked or self._check is None:
            return
        with self._checks:
            if self._is_checked or self._is_checking:
                return
            self._is_checking = True
            try:
                self._check(self)
                self._is_checked = True
            finally:
                self._is_checking = False

    def count_anew(self, *tables: sa.Table) -> None:
        """Have PostgreSQL count what stands in tables that grew at once.

        Until then, or until its own service comes by, it plans questions as if they were empty. Whoever may not count
        leaves it to that service, and what was written stands whatever comes of this.
        """
        if self.is_sqlite:
            return
        try:
            with self._failures_told(), self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")
        except ValuationError as error:
            _log.warning("tables were not counted anew", extra={"error": type(error).__name__})

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise StoreUnavailable(
                f"all {self.connections} connections to {self} are in use",
                expected=f"a free one within {POOL_WAIT_S:.0f} s",
                remedy="try again in a moment",
            ) from error
        except (exc.DataError, UnicodeEncodeError) as error:
            raise WrongUse(
                "something that was asked for holds a character or number that no database keeps",
                expected="text without the character NUL, numbers below 2^63",
                remedy="correct what was asked for",
            ) from error
        except exc.DBAPIError as error:
            told = meaning_of(error, str(self))
            if told is None:
                raise
            raise told from error


def _checked_url(text: str) -> sa.URL:
    remedy = f"give sqlite:///FILE or postgresql://USER@HOST/NAME, with --database or {VARIABLE}"
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError) as error:
        # The text itself is not repeated: it may hold a password.
        raise WrongUse("the address of the database cannot be read", expected="a URL", remedy=remedy) from error
    if url.drivername not in _SCHEMES:
        raise WrongUse(
            f"{url.drivername!r} is no kind of database known here", expected="SQLite or PostgreSQL", remedy=remedy
        )
    url = url.set(drivername=_SCHEMES[url.drivername])
    if url.get_backend_name() != "sqlite":
        need("postgresql")
    elif not url.database or url.database == ":memory:":
        raise WrongUse("a database in memory is forgotten with the process", expected="a file", remedy=remedy)
    elif not Path(url.database).absolute().parent.is_dir():
        raise WrongUse(f"{url.database}: there is no such folder", expected="a folder that is there", remedy=remedy)
    return url


_CACHE_KIB = 8_000
"""What a connection keeps of the file; the system keeps it anyway, once for all connections and workers."""


def _sqlite(url: sa.URL, wait_s: float, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": wait_s, "check_same_thread": False},
        **_pool(connections),
        # The one used last comes first: of connections that few requests at a time need, few have read much.
        pool_use_lifo=True,
        # What was asked for may be about a person: it never stands in the text of an error.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: Any) -> None:
        # The driver would begin by itself, too late and too weakly; `begin` below does it.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            # An acknowledged decision is on the disk: also when the power fails the moment after.
            "synchronous = FULL",
            "foreign_keys = ON",
            # Else INSERT OR REPLACE removes a row and no trigger sees it.
            "recursive_triggers = ON",
            f"cache_size = -{_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("valuation_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: sa.URL, wait_s: float, connections: int) -> sa.Engine:
    # psycopg is there where somebody asked for PostgreSQL.
    from valuation.adapters.sql_store.hung_server import GuardedConnection

    engine = sa.create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_S,
            "options": f"-c lock_timeout={int(wait_s * 1000)} -c timezone=UTC",
            "application_name": "valuation",
            "keepalives_idle": HUNG_S // 2,
            "keepalives_interval": 1,
            "keepalives_count": HUNG_S // 2,
            "tcp_user_timeout": HUNG_S * 1000,
        },
        **_pool(connections),
        hide_parameters=True,
        # A server that was started anew must not cost every worker a failed request.
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, words: list[Any], named: dict[str, Any]) -> Any:
        return GuardedConnection.connect(*words, **named)

    return engine


def _pool(connections: int) -> dict[str, Any]:
    kept = min(KEPT_OPEN, connections)
    return {"pool_size": kept, "max_overflow": connections - kept, "pool_timeout": POOL_WAIT_S}


def meaning_of(error: exc.DBAPIError, where: str) -> ValuationError | None:
    """Return what a failure of the database means to people; None for a fault of this program."""
    name = getattr(error.orig, "sqlite_errorname", None)
    if name is not None:
        return next((make(where) for known, make in _SQLITE if name.startswith(known)), None)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return _unreachable(where) if isinstance(error, exc.OperationalError | exc.InterfaceError) else None
    return next((make(where) for known, make in _POSTGRESQL if state.startswith(known)), None)


def _busy(where: str) -> ValuationError:
    return StoreBusy(f"{where} is busy: somebody else is writing", expected="its turn", remedy="try again in a moment")


def _unreachable(where: str) -> ValuationError:
    return StoreUnavailable(
        f"{where} cannot be reached",
        expected="a database that answers",
        remedy="start it, or correct its address; nothing was changed",
    )


def _full(where: str) -> ValuationError:
    return DiskFull(
        f"{where} cannot be written: its disk is full or fails",
        expected="room for what is added",
        remedy="free space and try again; nothing was changed",
    )


def _read_only(where: str) -> ValuationError:
    return StoreUnavailable(
        f"{where} may not be written by this user",
        expected="the right to write",
        remedy="give the user the rights named in docs/how-to/harden-the-service.md",
    )


def _damaged(where: str) -> ValuationError:
    return RecordRefused(
        f"{where} is no database, or its file is damaged",
        expected="the database of the service",
        remedy="correct the address, or restore a backup with `valuation restore`",
    )


def _refused_login(where: str) -> ValuationError:
    return WrongUse(
        f"{where} refuses this user, or there is no such database",
        expected="a user and a database that exist",
        remedy=f"correct --database or {VARIABLE}",
    )


_SQLITE: tuple[tuple[str, Callable[[str], ValuationError]], ...] = (
    ("SQLITE_BUSY", _busy),
    ("SQLITE_LOCKED", _busy),
    ("SQLITE_FULL", _full),
    ("SQLITE_IOERR", _full),
    ("SQLITE_CANTOPEN", _unreachable),
    ("SQLITE_READONLY", _read_only),
    ("SQLITE_PERM", _read_only),
    ("SQLITE_NOTADB", _damaged),
    ("SQLITE_CORRUPT", _damaged),
)
"""Name of a result of SQLite, https://www.sqlite.org/rescode.html, as it begins: what it means."""
_POSTGRESQL: tuple[tuple[str, Callable[[str], ValuationError]], ...] = (
    ("55P03", _busy),  # lock_not_available
    ("40", _busy),  # serialization failure, deadlock
    ("57014", _busy),  # query_canceled
    ("53300", _unreachable),  # too_many_connections
    ("53", _full),  # out of disk, memory
    ("58", _full),  # system error, such as I/O
    ("08", _unreachable),
    ("57P", _unreachable),  # the server goes down or comes up
    ("28", _refused_login),
    ("3D000", _refused_login),
    ("42501", _read_only),  # insufficient_privilege
    ("25006", _read_only),  # read_only_sql_transaction: a standby
    ("XX001", _damaged),
    ("XX002", _damaged),
)
"""SQLSTATE, PostgreSQL's appendix A, as it begins: what it means."""
