"""`valuation jurisdiction`: is this file right, would a run take these tables, and what file would fit a table?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from valuation.command_line.inputs import need_raw_folder, settings_of_run
from valuation.command_line.terminal import result, say
from valuation.errors import WrongUse

app = typer.Typer(help="Check a jurisdiction file, or draft one from a table of sales.", no_args_is_help=True)


@app.command()
def check(
    jurisdiction: Annotated[Path, typer.Argument(help="Jurisdiction file (YAML).", metavar="JURISDICTION.yaml")],
    raw: Annotated[
        Path | None, typer.Option("--raw", help="Also read the raw tables, and hold them to the limits of a run.")
    ] = None,
    params: Annotated[
        Path | None, typer.Option("--params", help="Settings; by default ./params.yaml where it exists.")
    ] = None,
) -> None:
    """Check a jurisdiction file, and whether a run would take the raw tables."""
    tell(jurisdiction, raw, params)
    result(f"{jurisdiction}: good")
    folder = raw if raw is not None else "DIR"
    say(f"Next: valuation run {jurisdiction} --raw {folder} --out runs/{jurisdiction.stem}")


def tell(jurisdiction: Path, raw: Path | None, params: Path | None) -> None:
    """Say what stands in the file and, with a raw folder, in the tables.

    Raises
    ------
    WrongUse, InputRefused
        As a run would.
    """
    from valuation.pipeline.raw_check import check_jurisdiction

    if raw is not None:
        need_raw_folder(raw)
    for line in check_jurisdiction(jurisdiction, raw, settings_of_run(params, jurisdiction).ingest):
        say(line)


@app.command()
def draft(
    sales: Annotated[Path, typer.Argument(help="A table of sales (CSV).", metavar="SALES.csv")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the file here rather than to stdout.")] = None,
) -> None:
    """Propose a jurisdiction file from a table of sales, and say what was guessed."""
    from valuation.jurisdictions.draft import draft_jurisdiction

    if out is not None:
        _need_new_file(out)
    text, guesses = draft_jurisdiction(sales, datetime.now(UTC).date())
    for guess in guesses:
        say(f"guessed: {guess}")
    if out is None:
        result(text)
        return
    out.write_text(text, "utf-8")
    result(str(out))
    say(
        f"Next: read it, correct the guesses, then valuation jurisdiction check {out} --raw {sales.parent}, which says "
        "whether a run takes the table"
    )


def _need_new_file(out: Path) -> None:
    if out.exists():
        raise WrongUse(f"{out} is there already", expected="a new file", remedy="choose another --out, or remove it")
    if not out.parent.is_dir():
        raise WrongUse(
            f"{out.parent} is not a folder",
            expected="a file in a folder that is there",
            remedy="make the folder, or choose another --out",
        )
