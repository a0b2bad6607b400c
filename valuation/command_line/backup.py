"""`valuation backup` and `valuation restore`: everything kept elsewhere, and brought back proven whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line import store
from valuation.command_line.terminal import ProgressDrawer, result, say

if TYPE_CHECKING:
    from valuation.adapters.sql_store.backup import Backup

Runs = Annotated[
    bool, typer.Option("--runs/--no-runs", help="With the archived runs; without them no value can be made again.")
]


def backup(
    to: Annotated[Path, typer.Option("--to", help="File to write; it must not be there yet.")],
    runs: Runs = True,
    database: store.DatabaseUrl = None,
    archive: store.ArchiveFolder = None,
    as_json: store.AsJson = False,
) -> None:
    """Write everything into one file while people go on working: rolls, cases, the record and the archived runs."""
    from valuation.adapters.sql_store.backup import back_up

    drawer = ProgressDrawer()
    try:
        made = back_up(
            store.database_at(database),
            to,
            at=store.moment(),
            archive=store.archive_at(archive) if runs else None,
            told=drawer,
        )
    finally:
        drawer.close()
    say(f"{sum(made.rows.values()):,} rows were kept; the record ends at {made.head}")
    if not runs:
        say("without the archived runs: keep the archive folder elsewhere too")
    result(_as_json(made) if as_json else str(to))
    say("Next: keep the file on another machine, and try `valuation restore` there")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `valuation backup` wrote.")],
    head: Annotated[str | None, typer.Option("--head", help="Head that was published outside.")] = None,
    runs: Runs = True,
    database: store.DatabaseUrl = None,
    archive: store.ArchiveFolder = None,
    as_json: store.AsJson = False,
) -> None:
    """Bring a backup into an empty database; it counts only when the whole record was verified."""
    from valuation.adapters.sql_store.backup import restore as bring_back
    from valuation.review.audit import Head

    expected = None if head is None else Head.from_text(head)
    drawer = ProgressDrawer()
    try:
        kept, verdict = bring_back(
            source,
            store.database_at(database),
            archive=store.archive_at(archive) if runs else None,
            expected=expected,
            told=drawer,
        )
    finally:
        drawer.close()
    say(f"{sum(kept.rows.values()):,} rows as of {kept.made_at} are back; {verdict.chain.n_events:,} events are whole")
    if expected is None:
        say("no published head was given: whether this is the newest state is not known")
    result(_as_json(kept) if as_json else str(kept.head))
    say("Next: valuation reproduce --random 50, then start the service")


def _as_json(made: Backup) -> str:
    content = {"made_at": made.made_at, "step": made.step, "head": str(made.head), "rows": made.rows}
    return json.dumps(content | {"files": made.files}, indent=2, ensure_ascii=False)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
