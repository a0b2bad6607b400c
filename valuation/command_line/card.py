"""`valuation card`: what is told about a model version, written from its run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from valuation.command_line.terminal import result, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="card")(card)


def card(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write; by default `card` in the run.")] = None,
) -> None:
    """Write model card, register entry, draft of an impact assessment and the pages for home owners."""
    from valuation.command_line.places import check_can_write
    from valuation.disclosure.publication import publish

    if out is not None:
        check_can_write(out)
    written = publish(run, out)
    result(str(written))
    say("Next: read model_card.html; fill in what dpia.md, register_entry.json and the home owners' pages ask for")
