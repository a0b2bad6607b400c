"""`valuation`: from a table of sales to a valued roll.

Heavy libraries are imported inside the commands, so that `--help` answers at once. Exit codes: 0 done, 1 failed,
2 wrong use, 3 input refused, 4 gate not passed, 5 interrupted and can be resumed, 75 locked, try again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line import (
    audit,
    backup,
    budget,
    card,
    check,
    compare,
    database,
    doctor,
    drift,
    grid,
    jurisdiction_file,
    letter,
    promote,
    release,
    reproduce,
    serve,
    tax,
    tokens,
    tree,
    what_if,
)
from valuation.command_line.inputs import need_raw_folder, settings_of_run
from valuation.command_line.places import without_inner_names
from valuation.command_line.terminal import ProgressDrawer, result, say
from valuation.errors import InputRefused, Interrupted, ValuationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuation.pipeline.run import Run
    from valuation.pipeline.stage import Workplace

app = typer.Typer(
    name="valuation",
    help="From a table of house sales to a valued tax roll: every dwelling's value, how sure it is, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(jurisdiction_file.app, name="jurisdiction")
for command in (
    audit,
    backup,
    budget,
    card,
    check,
    compare,
    database,
    doctor,
    drift,
    grid,
    letter,
    promote,
    release,
    reproduce,
    serve,
    tax,
    tokens,
    tree,
    what_if,
):
    command.register(app)

JurisdictionFile = Annotated[Path, typer.Argument(help="Jurisdiction file (YAML).", metavar="JURISDICTION.yaml")]
RawFolder = Annotated[Path, typer.Option("--raw", help="Folder with the raw tables the jurisdiction file names.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Output folder; written aside, then renamed.")]
ParamsFile = Annotated[
    Path | None, typer.Option("--params", help="Settings; by default ./params.yaml where it exists.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Track = Annotated[bool, typer.Option(help="Record the run in MLflow (needs the extra `tracking`).")]


@app.command()
def run(
    jurisdiction: JurisdictionFile,
    raw: RawFolder,
    out: OutFolder,
    params: ParamsFile = None,
    track: Track = True,
    tune: Annotated[bool, typer.Option("--tune", help="First search for parameters on rolling-origin folds.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run all stages: learn from the sales, value the roll, write the report."""
    if dry_run:
        jurisdiction_file.tell(jurisdiction, raw, params)
        say("nothing was written (--dry-run)")
        return
    if tune:
        _tune(jurisdiction, raw, out, params)
    _finish(_run_all(jurisdiction, raw, out, params), track=track, as_json=as_json)


def _run_all(jurisdiction: Path, raw: Path, out: Path, params: Path | None) -> Path:
    drawer = ProgressDrawer()
    try:
        return _prepared_run(jurisdiction, raw, out, params, drawer)()
    finally:
        drawer.close()


def _prepared_run(jurisdiction: Path, raw: Path, out: Path, params: Path | None, drawer: ProgressDrawer) -> Run:
    from valuation.jurisdictions.reading import read_jurisdiction
    from valuation.pipeline.run import Run
    from valuation.pipeline.stage import Progress

    need_raw_folder(raw)
    return Run(
        jurisdiction=read_jurisdiction(jurisdiction),
        params=settings_of_run(params, jurisdiction),
        raw=raw,
        out=Path(os.path.abspath(out)),  # noqa: PTH100 - resolve() would follow a link and rename its target
        say=say,
        progress=Progress(drawer),
    )


def _finish(out: Path, *, track: bool, as_json: bool) -> None:
    from valuation.command_line.outcome import outcome_as_json, print_outcome
    from valuation.disclosure.publication import publish

    print_outcome(out)
    # With the receipt it tells of: a run is handed on with what the outside is told about it.
    publish(out)
    tracked = _track(out) if track else None
    if as_json:
        result(json.dumps(outcome_as_json(out) | {"mlflow_run": tracked}, indent=2, ensure_ascii=False))
    else:
        result(str(out))
    say(f"Report: {out / 'report' / 'index.html'}")
    say(f"Model card: {out / 'card' / 'model_card.html'}")
    say("Next: open the report, or `valuation mlflow` to compare runs")


def _track(out: Path) -> str | None:
    from valuation.adapters.extras import is_installed

    if not is_installed("tracking"):
        say("not tracked: MLflow is not installed (pip install 'valuation[tracking]'), the run itself is complete")
        return None
    from valuation.adapters.mlflow_tracking import track_run

    tracked = track_run(out)
    say(f"tracked in MLflow: run {tracked.run_id}, model {tracked.model_name} version {tracked.model_version}")
    return tracked.run_id


def _stage(
    name: str,
    jurisdiction: Path,
    raw: Path,
    out: Path,
    params: Path | None,
    run: Callable[[Workplace], None] | None = None,
) -> None:
    from valuation.pipeline.made import carry_out
    from valuation.pipeline.place import need_same_place
    from valuation.pipeline.run import forget_refusal, keep_refusal, locked, need_inputs, stage_named, sweep

    drawer = ProgressDrawer()
    stage = stage_named(name)
    try:
        work = _workplace(jurisdiction, raw, out, params, drawer)
        with locked(out):
            sweep(out)
            need_inputs(stage, out)
            need_same_place(stage, out, work.jurisdiction)
            carry_out(stage, work, run)
        forget_refusal(out)
    except InputRefused as refusal:
        if refusal.table is not None:
            say(keep_refusal(refusal, out))
        raise
    finally:
        drawer.close()
        _remove_if_empty(out)
    result(str(out))


def _workplace(jurisdiction: Path, raw: Path, out: Path, params: Path | None, drawer: ProgressDrawer) -> Workplace:
    from valuation.jurisdictions.reading import read_jurisdiction
    from valuation.pipeline.output_place import make_folder
    from valuation.pipeline.stage import Progress, Workplace

    checked = read_jurisdiction(jurisdiction)
    settings = settings_of_run(params, jurisdiction)
    make_folder(out)
    return Workplace(checked, settings, raw, out, say, Progress(drawer))


def _remove_if_empty(out: Path) -> None:
    # A stage that refused its input leaves no folder in which nothing stands.
    with suppress(OSError):
        out.rmdir()


StageJurisdiction = Annotated[Path, typer.Option("--jurisdiction", help="Jurisdiction file (YAML).")]
StageRaw = Annotated[
    Path, typer.Option("--raw", help="Folder with the raw tables; only `ingest` and `screen` read it.")
]


def _add_stage(name: str, question: str) -> None:
    def command(
        jurisdiction: StageJurisdiction, out: OutFolder, raw: StageRaw = Path(), params: ParamsFile = None
    ) -> None:
        _stage(name, jurisdiction, raw, out, params)

    chosen = {"report": _report, "revalue": _revalue}.get(name, command)
    chosen.__doc__ = f"Stage: {question}"
    app.command(name=name)(chosen)


def _report(
    jurisdiction: StageJurisdiction,
    out: OutFolder,
    raw: StageRaw = Path(),
    params: ParamsFile = None,
    since: Annotated[
        Path | None, typer.Option("--since", help="Output folder of the version before, shown beside this one.")
    ] = None,
) -> None:
    from valuation.pipeline.report import run

    _stage("report", jurisdiction, raw, out, params, lambda work: run(work, since))


def _revalue(
    jurisdiction: StageJurisdiction,
    out: OutFolder,
    raw: StageRaw = Path(),
    params: ParamsFile = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", help="What caseworkers decided (CSV or Parquet): whose values a person looked at."),
    ] = None,
) -> None:
    from valuation.pipeline.revalue import run

    _stage("revalue", jurisdiction, raw, out, params, lambda work: run(work, decisions))


# The questions are those of the stages; a test holds the two together. The modules are not imported here, for speed.
STAGE_QUESTIONS = {
    "ingest": "Which sales and dwellings do the raw tables hold, and which rows cannot be used?",
    "screen": "Which sales were free sales, and why were the others not?",
    "adjust": "What would each sale have fetched on the valuation date?",
    "conformalize": "How sure are we of a value?",
    "evaluate": "How good are the values, on sales that no model, setting or interval has seen?",
    "explain": "What do the values consist of, in money?",
    "revalue": "What is every dwelling of the roll worth, within what range, and which must somebody look at?",
    "report": "What do people read, and what does the archive keep?",
}


@app.command()
def train(
    jurisdiction: StageJurisdiction,
    out: OutFolder,
    raw: StageRaw = Path(),
    params: ParamsFile = None,
    tune: Annotated[bool, typer.Option("--tune", help="First search for parameters on rolling-origin folds.")] = False,
) -> None:
    """Stage: What do the sales teach the three models?"""
    if tune:
        _search(jurisdiction, out, params)
    _stage("train", jurisdiction, raw, out, params)


def _tune(jurisdiction: Path, raw: Path, out: Path, params: Path | None) -> None:
    """Search before a run: the stages up to `adjust` first, in the partial folder of that run."""
    drawer = ProgressDrawer()
    try:
        prepared = _prepared_run(jurisdiction, raw, out, params, drawer)
        prepared.until("adjust")
    finally:
        drawer.close()
    _search(jurisdiction, prepared.partial, params)


def _search(jurisdiction: Path, out: Path, params: Path | None) -> None:
    from valuation.adapters.extras import need

    need("tune")
    from valuation.pipeline.tuning import tune as search

    drawer = ProgressDrawer()
    try:
        work = _workplace(jurisdiction, Path(), out, params, drawer)
        written = search(work, jurisdiction.with_name(jurisdiction.stem + ".params.yaml"))
    finally:
        drawer.close()
    say(f"parameters written to {written}; commit them")


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the raw tables; the truth goes to `truth` in it.")],
    dwellings: Annotated[int, typer.Option(help="Dwellings on the roll.", min=1)] = 103_000,
    sales: Annotated[int, typer.Option(help="Recorded sales of five years.", min=1)] = 25_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 5001,
) -> None:
    """Make a synthetic municipality: raw tables of Norwegian shape, and the true values kept aside."""
    from valuation.simulation import simulate as make

    drawer = ProgressDrawer()
    try:
        make(out, dwellings=dwellings, sales=sales, seed=seed, progress=drawer)
    finally:
        drawer.close()
    result(str(out))
    say(f"Next: valuation run data/jurisdictions/trondheim.yaml --raw {out} --out runs/trondheim")


@app.command()
def fetch(
    jurisdiction: JurisdictionFile,
    into: Annotated[Path, typer.Option("--into", help="Folder the raw tables are written to.")],
) -> None:
    """Fetch the raw tables from their public source and check their hash."""
    from valuation.jurisdictions.fetch import fetch as get
    from valuation.jurisdictions.reading import read_jurisdiction

    for path in get(read_jurisdiction(jurisdiction), into):
        result(str(path))
    say(f"Next: valuation run {jurisdiction} --raw {into} --out runs/{jurisdiction.stem}")


@app.command()
def demo(
    dwellings: Annotated[int, typer.Option(help="Dwellings on the roll.", min=1)] = 103_000,
    sales: Annotated[int, typer.Option(help="Recorded sales.", min=1)] = 25_000,
    out: Annotated[Path, typer.Option("--out", help="Output folder.")] = Path("runs/demo"),
    raw: Annotated[Path, typer.Option("--raw", help="Folder for the synthetic tables.")] = Path("data/raw/demo"),
    jurisdiction: Annotated[Path, typer.Option(help="Jurisdiction file.")] = Path("data/jurisdictions/trondheim.yaml"),
    serve: Annotated[
        bool, typer.Option(help="Serve pages and API on this machine afterwards, on VALUATION_PORT, by default 8000.")
    ] = True,
    track: Track = True,
) -> None:
    """Make the synthetic municipality, value it, print the outcome and open its office: pages, API, demo users."""
    from valuation.command_line import demo_office as office

    if serve:
        office.need_free_place(out)
    simulate(raw, dwellings=dwellings, sales=sales)
    _finish(_run_all(jurisdiction, raw, out, None), track=track, as_json=False)
    # Beside the run, not in it: what people decided outlives the next run into the same folder.
    place = out.with_name(out.name + ".office")
    prepared = _prepared_run(jurisdiction, raw, out.with_name(out.name + ".second"), None, ProgressDrawer())
    office.open_office(out, place, prepared.params.review)
    office.keep_versions(out, office.second_version(prepared), place, prepared.params)
    if serve:
        office.serve_office(out, place, raw)
    else:
        office.say_how_to_open(out, place, raw)


@app.command()
def mlflow(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000,
) -> None:
    """Open MLflow's pages on the tracked runs (this machine only)."""
    from valuation.adapters.extras import need

    need("tracking")
    from valuation.adapters.mlflow_tracking import open_ui

    raise typer.Exit(open_ui(port))


_CTRL_C = 128 + signal.SIGINT


def main() -> None:
    """Run the command line; the errors of the domain become sentences and exit codes."""
    is_debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    # Being asked to end is like Ctrl-C: what is written aside is removed, and the exit code says it can be resumed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for name, question in STAGE_QUESTIONS.items():
            _add_stage(name, question)
        outcome = app(args=arguments, standalone_mode=False)
        if outcome == _CTRL_C:
            # Typer turns Ctrl-C into this number, without a word, where a command does not catch it itself.
            raise KeyboardInterrupt
    except ValuationError as error:
        _exit(error, is_debug)
    except KeyboardInterrupt:
        _exit(Interrupted("stopped", remedy="give the same command to go on"), is_debug)
    except OSError as error:
        _exit(_failed_writing(error), is_debug)
    except Exception as error:
        _exit_of_click(error, is_debug)
    sys.exit(outcome if isinstance(outcome, int) else 0)


def _failed_writing(error: OSError) -> ValuationError:
    where = without_inner_names(str(error.filename)) if error.filename else "a file"
    if error.filename and isinstance(error, (NotADirectoryError, FileExistsError)):
        from valuation.pipeline.output_place import no_folder_at

        return no_folder_at(Path(where))
    return ValuationError(
        f"{where}: {error.strerror or error}",
        expected="to be able to read and write there",
        remedy="free space or rights, then give the same command; what was finished is kept",
    )


def _exit(error: ValuationError, is_debug: bool) -> None:
    if is_debug:
        raise error
    say(str(error))
    sys.exit(error.exit_code)


def _exit_of_click(error: Exception, is_debug: bool) -> None:
    # Typer carries its own copy of click, whose errors know how to show themselves and their exit code.
    if hasattr(error, "show") and hasattr(error, "exit_code"):
        error.show()
        sys.exit(error.exit_code)
    if is_debug:
        raise error
    say(f"this is a fault of the program: {type(error).__name__}: {error}")
    say("What to do: give the command with --debug and report what it prints")
    sys.exit(1)


if __name__ == "__main__":
    main()
