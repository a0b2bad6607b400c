"""`valuation register`, `promote` and `rollback`: which version waits and which is live, by gates and on record."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line import gates
from valuation.command_line.terminal import result, say

if TYPE_CHECKING:
    from valuation.models.registry import Entry, ModelRegistry
    from valuation.release.verdict import Verdict

By = Annotated[str | None, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, so that another can follow it.")]
Second = Annotated[str | None, typer.Option("--second", help="Who else looked and agrees; another person.")]


def register_version(
    run: gates.RunFolder,
    by: Annotated[str | None, typer.Option("--by", help="Who gives the command.")] = None,
    registry: gates.Registry = None,
    as_json: gates.AsJson = False,
) -> None:
    """Let a finished run wait as candidate, for others to compare and promote on the pages; nothing goes live."""
    from valuation.adapters.registries import registry_of_commands
    from valuation.pipeline.run import locked
    from valuation.release.decision import checked_name
    from valuation.release.promotion import register as let_wait

    chosen = registry_of_commands(registry)
    who = checked_name(by, "--by") if by is not None else _user()
    with locked(gates.folder_of_run(run)):
        entry, is_new = let_wait(run, chosen, by=who)
    if is_new:
        say(f"waits: version {entry.model_version} of {entry.jurisdiction}")
        _say_record(entry, chosen)
    else:
        say(f"version {entry.model_version} waits already; nothing was added to the record")
    _tell_mlflow(chosen, entry.jurisdiction)
    result(json.dumps(asdict(entry), indent=2, ensure_ascii=False) if as_json else entry.model_version)
    say(f"Next: valuation compare champion {run}, then valuation promote {run}; or the same on the service's pages")


def promote(
    run: gates.RunFolder,
    champion: gates.Champion = None,
    by: By = None,
    reason: Reason = None,
    second: Second = None,
    registry: gates.Registry = None,
    params: gates.ParamsFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask the gates, write nothing, promote nothing.")] = False,
    as_json: gates.AsJson = False,
) -> None:
    """Ask every gate about a version and make it live; against a gate only with --by, --reason and --second."""
    from valuation.adapters.registries import registry_of_commands
    from valuation.errors import GateNotPassed
    from valuation.pipeline.run import locked
    from valuation.release.decision import checked_decision, checked_name
    from valuation.release.promotion import promote as make_live

    # Before minutes of work: a reason that says nothing is refused at once.
    decision = checked_decision(by, reason, second) if reason is not None or second is not None else None
    who = checked_name(by, "--by") if by is not None else _user()
    chosen = registry_of_commands(registry)
    with locked(gates.folder_of_run(run)):
        verdict = gates.judged(run, chosen, champion, params)
        gates.tell(verdict)
        if not dry_run:
            gates.write(verdict)
        try:
            entry, is_new = (
                (None, False)
                if dry_run and not verdict.refused
                else make_live(verdict, chosen, by=who, decision=None if dry_run else decision)
            )
        except GateNotPassed:
            if as_json:
                result(gates.as_json(run, verdict, gates.promoted(None)))
            raise
    _say_outcome(run, verdict, entry, chosen, is_new=is_new)
    if entry is not None:
        _tell_mlflow(chosen, entry.jurisdiction)
    result(gates.as_json(run, verdict, gates.promoted(entry)) if as_json else str(run))


def rollback(
    jurisdiction: Annotated[str, typer.Argument(metavar="NAME", help="Name of the jurisdiction, such as king_county.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Model version to go back to; by default the one before the live one.")
    ] = None,
    by: By = None,
    reason: Reason = None,
    second: Second = None,
    registry: gates.Registry = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which version would be live; change nothing.")
    ] = False,
    as_json: gates.AsJson = False,
) -> None:
    """Make live again what was live before: two names and a reason, no gates, the same record."""
    from valuation.adapters.registries import registry_of_commands
    from valuation.models.registry import before_champion, was_live
    from valuation.release.decision import checked_decision
    from valuation.release.promotion import roll_back

    decision = checked_decision(by, reason, second)
    chosen = registry_of_commands(registry)
    if dry_run:
        record = chosen.record(jurisdiction)
        earlier = was_live(record, to) if to else before_champion(record)
        result(earlier.model_version if earlier else "none")
        say("nothing was changed (--dry-run)")
        return
    entry = roll_back(jurisdiction, chosen, decision, to=to)
    say(f"live: version {entry.model_version} of {jurisdiction} again, in place of {entry.replaces}")
    _say_record(entry, chosen)
    _tell_mlflow(chosen, jurisdiction)
    result(json.dumps(asdict(entry), indent=2, ensure_ascii=False) if as_json else entry.model_version)


def _say_outcome(run: Path, verdict: Verdict, entry: Entry | None, registry: ModelRegistry, *, is_new: bool) -> None:
    version = verdict.version.model_version
    if entry is None:
        say(f"the gates pass for version {version}; nothing was written (--dry-run)")
        return
    if is_new:
        how = "by hand, against the gates: " if verdict.refused else ""
        say(f"live: version {version}, {how}in place of {entry.replaces or 'none'}")
        _say_record(entry, registry)
    else:
        say(f"version {version} is live already; nothing was added to the record")
    say(f"Gates: {run / 'release' / 'index.html'}")


def _say_record(entry: Entry, registry: ModelRegistry) -> None:
    say(f"record: entry {entry.number} in {registry}, SHA-256 {entry.sha256}")
    say("Keep that hash elsewhere: it shows later whether the record was cut.")


def _tell_mlflow(registry: ModelRegistry, jurisdiction: str) -> None:
    from valuation.adapters.registries import tell_mlflow

    # The record stands already, and decides: what MLflow shows is for people, and comes second.
    if tell_mlflow(registry, jurisdiction):
        say("MLflow's aliases follow the record")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("register")(register_version)
    app.command()(promote)
    app.command()(rollback)
