"""Are the tables those this version needs, and how are they brought there or back?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from valuation.adapters.sql_store.database import Database
from valuation.errors import InputRefused, WrongUse

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
NOTHING = "base"
_STEPS = threading.Lock()
"""Alembic keeps in its module what it works on: of two threads one would take its steps on the other's connection."""


@dataclass(frozen=True)
class Standing:
    """Where the tables of a database stand."""

    found: str
    """The last step that was taken; `base` for a database without tables."""
    needed: str
    """The last step this version knows."""

    @property
    def is_current(self) -> bool:
        """Return whether this version can work with the tables."""
        return self.found == self.needed


def standing(database: Database) -> Standing:
    """Return where the tables of a database stand, changing nothing.

    Raises
    ------
    InputRefused
        When a newer version made them.
    """
    with database.reading() as connection:
        return standing_on(connection, str(database))


def upgrade(database: Database) -> Standing:
    """Bring the tables to what this version needs, all steps or none; return where they stood before."""
    with database.writing() as connection:
        before = standing_on(connection, str(database))
        if not before.is_current:
            _carry_out(connection, "head", is_up=True)
    return before


def downgrade(database: Database, to: str) -> Standing:
    """Take steps back, with all that stands in their tables; return where they stood before.

    Parameters
    ----------
    database : Database
    to : str
        The step to go back to; `base` removes everything.

    Raises
    ------
    WrongUse
        For a step that is not below.
    """
    with database.writing() as connection:
        before = standing_on(connection, str(database))
        below = [NOTHING, *_steps()]
        if to not in below[: below.index(before.found) + 1]:
            raise WrongUse(
                f"{to!r} is no step below {before.found}",
                expected=", ".join(below[: below.index(before.found)]) or "nothing: there is no table",
                remedy="valuation database check says where the tables stand",
            )
        _carry_out(connection, to, is_up=False)
    return before


def make_ready(database: Database) -> None:
    """Make the tables of a SQLite file that is used for the first time; refuse to work on any others that do not fit.

    Raises
    ------
    WrongUse
        When the tables are older and may not be changed without being asked.
    """
    now = standing(database)
    if now.is_current:
        return
    if now.found != NOTHING or not database.is_sqlite:
        raise WrongUse(
            f"the tables of {database} stand at {now.found}",
            expected=now.needed,
            remedy="valuation backup first, then valuation database upgrade",
        )
    upgrade(database)


def standing_on(connection: sa.Connection, where: str) -> Standing:
    """Return where the tables stand, on a connection."""
    steps = _steps()
    has_any = sa.inspect(connection).has_table("alembic_version")
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() if has_any else None
    if found is not None and found not in steps:
        raise InputRefused(
            f"the tables of {where} were made by a newer version (step {found})",
            expected=f"step {steps[-1]} or earlier",
            remedy="install the newer version, or restore the backup made before it",
        )
    return Standing(found or NOTHING, steps[-1])


def upgrade_on(connection: sa.Connection, to: str) -> None:
    """Bring the tables up to a step, on a connection that writes.

    Raises
    ------
    InputRefused
        For a step that this version does not know.
    """
    if to not in ("head", *_steps()):
        raise InputRefused(
            f"the tables of step {to[:40]!r} are not known to this version",
            expected=f"step {_steps()[-1]} or earlier",
            remedy="install the version that made them, or a newer one",
        )
    _carry_out(connection, to, is_up=True)


def _steps() -> list[str]:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    return [step.revision for step in script.walk_revisions()][::-1]


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", FOLDER.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _carry_out(connection: sa.Connection, to: str, *, is_up: bool) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    with _STEPS:
        (command.upgrade if is_up else command.downgrade)(config, to)
