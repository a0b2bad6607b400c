"""`valuation promote` and `valuation rollback`: which version is live, decided through gates and kept on record."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.terminal import ProgressDrawer, result, say

if TYPE_CHECKING:
    from valuation.models.registry import Entry, ModelRegistry
    from valuation.release.promotion import Verdict

By = Annotated[str | None, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why, so that another can follow it.")]
Second = Annotated[str | None, typer.Option("--second", help="Who else looked and agrees; another person.")]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        help="`mlflow`, or a folder. By default what VALUATION_REGISTRY says, else MLflow where it is installed, else "
        "the folder `registry`.",
    ),
]
ParamsFile = Annotated[
    Path | None, typer.Option("--params", help="Settings; by default ./params.yaml where it exists.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def promote(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of a finished run.")],
    champion: Annotated[
        str | None,
        typer.Option(
            "--champion",
            help="Compare with: a run folder of the live version, or an alias; by default `champion`.",
        ),
    ] = None,
    by: By = None,
    reason: Reason = None,
    second: Second = None,
    registry: Registry = None,
    params: ParamsFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask the gates, write nothing, promote nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask every gate about a version and make it live; against a gate only with --by, --reason and --second."""
    from valuation.adapters.registries import registry_at
    from valuation.errors import GateNotPassed
    from valuation.pipeline.run import locked
    from valuation.release.decision import checked_decision, checked_name
    from valuation.release.promotion import promote as make_live

    # Before minutes of work: a reason that says nothing is refused at once.
    decision = checked_decision(by, reason, second) if reason is not None or second is not None else None
    who = checked_name(by, "--by") if by is not None else _user()
    chosen = registry_at(registry)
    with locked(_folder(run)):
        verdict = _judged(run, chosen, champion, params)
        _tell(verdict)
        if not dry_run:
            _write(verdict)
        try:
            entry, is_new = (
                (None, False)
                if dry_run and not verdict.refused
                else make_live(verdict, chosen, by=who, decision=None if dry_run else decision)
            )
        except GateNotPassed:
            if as_json:
                result(_as_json(run, verdict, None))
            raise
    _say_outcome(run, verdict, entry, chosen, is_new=is_new)
    result(_as_json(run, verdict, entry) if as_json else str(run))


def rollback(
    jurisdiction: Annotated[str, typer.Argument(metavar="NAME", help="Name of the jurisdiction, such as king_county.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Model version to go back to; by default the one before the live one.")
    ] = None,
    by: By = None,
    reason: Reason = None,
    second: Second = None,
    registry: Registry = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which version would be live; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make live again what was live before: two names and a reason, no gates, the same record."""
    from valuation.adapters.registries import registry_at
    from valuation.models.registry import before_champion, was_live
    from valuation.release.decision import checked_decision
    from valuation.release.promotion import roll_back

    decision = checked_decision(by, reason, second)
    chosen = registry_at(registry)
    if dry_run:
        record = chosen.record(jurisdiction)
        earlier = was_live(record, to) if to else before_champion(record)
        result(earlier.model_version if earlier else "none")
        say("nothing was changed (--dry-run)")
        return
    entry = roll_back(jurisdiction, chosen, decision, to=to)
    say(f"live: version {entry.model_version} of {jurisdiction} again, in place of {entry.replaces}")
    _say_record(entry, chosen)
    result(json.dumps(asdict(entry), indent=2, ensure_ascii=False) if as_json else entry.model_version)


def _folder(run: Path) -> Path:
    if not run.is_dir():
        from valuation.comparison.versions import read_version

        read_version(run)  # says what is wrong with it
    return run


def _judged(run: Path, registry: ModelRegistry, rival: str | None, params: Path | None) -> Verdict:
    from valuation.comparison.versions import read_version
    from valuation.pipeline.params import Params, read_params
    from valuation.release.promotion import ALIASES, champion_folder, judge

    path = params or (Path("params.yaml") if Path("params.yaml").exists() else None)
    limits = (read_params(path) if path is not None else Params()).gates
    place = Path(rival) if rival is not None and rival not in ALIASES else None
    if rival is not None and rival in ALIASES:
        place = champion_folder(registry, read_version(run).bundle.jurisdiction.name, rival)
    drawer = ProgressDrawer()
    try:
        return judge(run, registry, limits, rival=place, told=drawer)
    finally:
        drawer.close()


def _write(verdict: Verdict) -> None:
    from valuation.pipeline.params import Params
    from valuation.pipeline.stage import Workplace
    from valuation.release.page import checks_table, page

    version = verdict.version
    work = Workplace(version.bundle.jurisdiction, Params(), Path(), version.folder)
    with work.written_aside("release") as folder:
        folder.mkdir()
        (folder / "gates.json").write_text(verdict.as_text(), "utf-8")
        checks_table(verdict).to_csv(folder / "gates.csv", index=False, lineterminator="\n")
        (folder / "index.html").write_text(page(verdict), "utf-8")


def _tell(verdict: Verdict) -> None:
    for one in verdict.judged:
        n_refused = len(one.refused)
        more = f" ({n_refused:,} of {len(one.checks):,} checks)" if n_refused else ""
        say(f"  {one.status:<10}  {one.gate.code}{more}")


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


def _as_json(run: Path, verdict: Verdict, entry: Entry | None) -> str:
    content: dict[str, Any] = {
        "out": str(run),
        "promoted": entry is not None,
        "entry": None if entry is None else asdict(entry),
        **verdict.as_dict(),
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(promote)
    app.command()(rollback)
