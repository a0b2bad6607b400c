"""`valuation release`: a finished run becomes the roll that people search, settle and can make again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from valuation.command_line import store
from valuation.command_line.terminal import ProgressDrawer, result, say

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of a finished run.")]


def release(
    run: RunFolder,
    database: store.DatabaseUrl = None,
    archive: store.ArchiveFolder = None,
    by: Annotated[str | None, typer.Option("--by", help="Who releases it; by default the user.")] = None,
    params: Annotated[
        Path | None,
        typer.Option("--params", help="Settings, of which `review`; by default ./params.yaml where it exists."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the run, store nothing.")] = False,
    as_json: store.AsJson = False,
) -> None:
    """Release a finished run: store its values and the cases they open, and keep what they were made of."""
    from valuation.rolls.archive import check_run

    if dry_run:
        receipt = check_run(run)
        say(f"{receipt['run_id']}: {receipt['counts']['dwellings']:,} dwellings, every file as its receipt names it")
        say("nothing was stored (--dry-run)")
        return
    from valuation.adapters.sql_store.rolls import SqlRolls
    from valuation.pipeline.params import Params, read_params
    from valuation.release.decision import checked_name
    from valuation.rolls.release import release as release_run

    who = checked_name(by, "--by") if by is not None else store.user()
    path = params or (Path("params.yaml") if Path("params.yaml").exists() else None)
    settings = read_params(path) if path is not None else Params()
    drawer = ProgressDrawer()
    try:
        done = release_run(
            run,
            SqlRolls(store.database_at(database)),
            store.archive_at(archive),
            by=who,
            at=store.moment(),
            params=settings.review,
            progress=drawer,
        )
    finally:
        drawer.close()
    roll = done.roll
    if done.is_new:
        say(f"released: {roll.n_dwellings:,} values of {roll.jurisdiction}, in force from now on")
        say(f"{done.n_cases:,} cases were opened, {done.n_blind:,} of them of the blind sample")
    else:
        say(f"{roll.roll_id} was released on {roll.released_at[:10]} already; nothing was changed")
    content = asdict(roll) | {"cases_opened": done.n_cases, "cases_blind": done.n_blind, "is_new": done.is_new}
    if not as_json:
        say("The name of the roll, by which the record and other commands know it:")
    result(json.dumps(content, indent=2, ensure_ascii=False) if as_json else roll.roll_id)
    say("Next: valuation audit head, and publish what it prints outside the office")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(release)
