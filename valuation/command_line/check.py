"""`valuation check RUN`: may these values be released? Every gate is asked, nothing is promoted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from valuation.command_line import gates
from valuation.command_line.terminal import result, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="check")(check)


def check(
    run: gates.RunFolder,
    champion: gates.Champion = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            help="Count these decisions of caseworkers (CSV or Parquet) too, before `revalue --decisions` writes them "
            "into the values.",
        ),
    ] = None,
    registry: gates.Registry = None,
    params: gates.ParamsFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask the gates, write nothing.")] = False,
    as_json: gates.AsJson = False,
) -> None:
    """Say whether a valued roll may be released, with every measure that stands in the way; promotes nothing."""
    from valuation.adapters.registries import registry_of_commands
    from valuation.errors import GateNotPassed
    from valuation.pipeline.run import locked
    from valuation.release.verdict import refusal_in_words

    with locked(gates.folder_of_run(run)):
        verdict = gates.judged(run, registry_of_commands(registry), champion, params, decisions)
        gates.tell(verdict)
        if not dry_run:
            gates.write(verdict)
            say(f"Gates: {run / 'release' / 'index.html'}")
    word = "not releasable" if verdict.refused else "releasable"
    result(gates.as_json(run, verdict, {}) if as_json else word)
    if verdict.refused:
        raise GateNotPassed(
            f"not releasable: {refusal_in_words(verdict)}",
            expected="no gate that refuses",
            remedy="look at the dwellings, groups and figures named; docs/reference/gates says of each gate what to do",
        )
    if verdict.decisions is not None:
        say(f"Next: valuation revalue --decisions {decisions}, then report, so that the values say who has looked")
    else:
        say(f"Next: valuation promote {run}")
