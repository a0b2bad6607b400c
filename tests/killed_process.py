"""What is left when the process is killed at a given statement? Run as a script, in a process that really dies.

    python -m tests.killed_process release|decide URL STATEMENT

kills itself with SIGKILL before statement number STATEMENT (1 is the first; `commit` is before the commit, and
`committed` right after it) and exits 0 where it came to the end alive.
"""

from __future__ import annotations

import os
import signal
import sys

import sqlalchemy as sa

from valuation.adapters.sql_store.database import Database


def die() -> None:
    """Be gone, without a word to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(database: Database, where: str) -> None:
    """Have the process killed at a statement of its first writing block."""
    engine, seen = database.engine, [0]

    @sa.event.listens_for(engine, "before_cursor_execute")
    def count(connection, cursor, statement, parameters, context, executemany):
        if connection.get_execution_options().get("valuation_writes"):
            seen[0] += 1
            if str(seen[0]) == where:
                die()

    if where == "commit":
        sa.event.listen(engine, "commit", lambda connection: die())


def release(database: Database) -> None:
    from tests.factories_of_rolls import release as release_roll
    from valuation.adapters.sql_store.rolls import SqlRolls

    release_roll(SqlRolls(database))


def decide(database: Database) -> str:
    """Kari's decision of 4.1 million on `case-1`, under one key; returns the answer."""
    from tests.review_office import KARI, TEXT, Office
    from valuation.adapters.sql_store.reviews import SqlReviews
    from valuation.review import actions
    from valuation.review.idempotency import Answer, Request, answered_once

    office = Office(SqlReviews(database))
    request = Request("key-1", KARI.user_id, "POST case-1", b"4100000", "2026-11-30T08:00:00.000000Z")

    def act(transaction) -> Answer:
        choice = actions.Choice("own_value", "condition-good", TEXT, 4_100_000, ("document:bilder.pdf",))
        case = actions.decide(office.desk(transaction, KARI), "case-1", choice, version=1)
        return Answer(200, f"kari version {case.version}")

    answer, _ = answered_once(office.repository, request, act)
    return answer.body


def main() -> None:
    work, url, where = sys.argv[1:]
    database = Database(url)
    with database.reading() as connection:
        connection.execute(sa.select(1))
    arm(database, where)
    {"release": release, "decide": decide}[work](database)
    if where == "committed":
        die()
    database.close()


if __name__ == "__main__":
    main()
