"""`valuation database`: are its tables those that this version needs, and how are they brought there or back?"""

from __future__ import annotations

from typing import Annotated

import typer

from valuation.command_line import store
from valuation.command_line.terminal import result, say

database_app = typer.Typer(help="Check the tables of the database, or bring them up or back.", no_args_is_help=True)


@database_app.command()
def check(database: store.DatabaseUrl = None) -> None:
    """Say at which step the tables stand; exit code 4 when this version needs another one."""
    from valuation.adapters.sql_store.migration import standing
    from valuation.errors import GateNotPassed

    now = standing(store.database_at(database))
    result(now.found)
    if not now.is_current:
        raise GateNotPassed(
            f"the tables stand at {now.found}",
            expected=now.needed,
            remedy="valuation backup first, then valuation database upgrade",
        )
    say("these are the tables this version needs")


@database_app.command()
def upgrade(database: store.DatabaseUrl = None) -> None:
    """Bring the tables to what this version needs, all steps or none."""
    from valuation.adapters.sql_store.migration import upgrade as bring_up

    before = bring_up(store.database_at(database))
    say(f"the tables stood at {before.found}" + (" already" if before.is_current else ""))
    result(before.needed)


@database_app.command()
def downgrade(
    to: Annotated[str, typer.Argument(metavar="STEP", help="The step to go back to; `base` removes every table.")],
    lose: Annotated[bool, typer.Option("--lose-what-stands-there", help="Needed: it cannot be taken back.")] = False,
    database: store.DatabaseUrl = None,
) -> None:
    """Take steps back, with all that stands in the tables they made."""
    from valuation.adapters.sql_store.migration import downgrade as bring_back
    from valuation.errors import WrongUse

    if not lose:
        raise WrongUse(
            "what stands in the tables of these steps would be lost",
            expected="--lose-what-stands-there",
            remedy="valuation backup first",
        )
    before = bring_back(store.database_at(database), to)
    say(f"the tables stood at {before.found}")
    result(to)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(database_app, name="database")
