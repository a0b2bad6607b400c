"""Where is the database of the service, and where its archive? Options that commands about released rolls share."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from valuation.adapters.sql_store.database import Database
    from valuation.rolls.archive import Archive

ARCHIVE_VARIABLE = "VALUATION_ARCHIVE"

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="Address of the database, sqlite:///FILE or postgresql://USER@HOST/NAME. By default what "
        "VALUATION_DATABASE_URL says, else the file `valuation.db` here.",
    ),
]
ArchiveFolder = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        help="Folder in which released runs are kept. By default what VALUATION_ARCHIVE says, else `archive` here.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def database_at(url: str | None) -> Database:
    """Return the database asked for."""
    from valuation.adapters.sql_store.database import Database

    return Database(url)


def archive_at(folder: Path | None) -> Archive:
    """Return the archive asked for, else that of the environment, else the one in this folder."""
    from valuation.rolls.archive import Archive

    return Archive(folder or Path(os.environ.get(ARCHIVE_VARIABLE) or "archive"))


def moment() -> str:
    """Return the time, UTC with microseconds, as events have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def user() -> str:
    """Return who gives the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
