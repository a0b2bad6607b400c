"""`valuation drift`: do new sales still fit the version that is in use?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line.terminal import result, say

if TYPE_CHECKING:
    from valuation.comparison.versions import Version
    from valuation.drift.new_sales import NewSales
    from valuation.drift.watch import DriftReport
    from valuation.pipeline.params import DriftParams


def drift(
    new_sales: Annotated[
        Path, typer.Argument(metavar="NEW_SALES", help="Table of new sales, laid out as the jurisdiction file says.")
    ],
    run: Annotated[Path, typer.Option("--run", help="Output folder of the run whose values are in use.")],
    raw: Annotated[
        Path | None,
        typer.Option(
            "--raw", help="Folder with the other raw tables, where facts are joined; by default as NEW_SALES."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the result; by default RUN/drift.")] = None,
    params: Annotated[
        Path | None, typer.Option("--params", help="Settings; by default ./params.yaml where it exists.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Hold new sales against the live version, area by area; exit code 4 when they raise an alarm."""
    from valuation.command_line.places import check_can_write
    from valuation.comparison.versions import read_version
    from valuation.drift.files import as_dict
    from valuation.drift.new_sales import read_new_sales
    from valuation.drift.watch import watch
    from valuation.errors import DriftFound, InputRefused
    from valuation.pipeline.params import Params, read_params
    from valuation.release.same_values import recorded_sales

    path = params or (Path("params.yaml") if Path("params.yaml").exists() else None)
    limits = (read_params(path) if path is not None else Params()).drift
    target = (out or run / "drift").absolute()
    version = read_version(run)
    check_can_write(target)
    try:
        new = read_new_sales(new_sales, version, raw)
    except InputRefused as refusal:
        if refusal.table is not None and len(refusal.table):
            target.parent.mkdir(parents=True, exist_ok=True)
            kept = target.with_name(target.name + ".rejected_rows.csv")
            refusal.table.to_csv(kept, index=False, lineterminator="\n")
            say(f"refused; what was found stands in {kept}")
        raise
    sales = recorded_sales(version)
    report = watch(version, new, sales[sales["is_valid_sale"] & sales["is_holdout"]], limits)
    _write(target, report, new, version, limits)
    _tell(report, new, limits)
    if as_json:
        content = {"out": str(target), **as_dict(report, new, version, limits)}
        result(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        result(str(target))
    say(f"Next: open {target / 'index.html'}")
    if report.alarms:
        raise DriftFound(
            "new sales do not fit the version in use:\n" + "\n".join(f"  {alarm}" for alarm in report.alarms),
            expected="errors as on its holdout",
            remedy="look at the sales behind each alarm; make a new version with them, and compare",
        )


def _write(target: Path, report: DriftReport, new: NewSales, version: Version, limits: DriftParams) -> None:
    from valuation.drift.files import write
    from valuation.errors import WrongUse
    from valuation.pipeline.params import Params
    from valuation.pipeline.stage import Workplace

    is_ours = not target.exists() or (target / "drift.json").exists() or not any(target.iterdir())
    if not is_ours:
        raise WrongUse(
            f"{target} exists and was not written by `valuation drift`",
            expected="a new folder, or one of an earlier check, which is replaced",
            remedy="choose another --out",
        )
    work = Workplace(version.bundle.jurisdiction, Params(), Path(), target.parent)
    with work.written_aside(target.name) as folder:
        folder.mkdir()
        write(folder, report, new, version, limits)


def _tell(report: DriftReport, new: NewSales, limits: DriftParams) -> None:
    from valuation.drift.page import delay_in_words
    from valuation.drift.verdicts import BLIND

    counts = report.areas.iloc[1:]["state"].value_counts()
    said = ", ".join(f"{n:,} {state}" for state, n in counts.items())
    say(f"{len(new.table):,} new sales are looked at; areas: {said}")
    for reason, n in new.left_out["reason"].value_counts().items():
        say(f"  left out: {n:,} of {new.n_read:,} read: {reason}")
    for row in new.rejected.value_counts(["effect", "rule"]).rename("n").reset_index().itertuples():
        say(f"  could not be read: {row.n:,} x {row.rule} ({row.effect}); they stand in rejected_rows.csv")
    if report.verdict == BLIND:
        say("cannot be monitored: too few sales to tell whether the values fit; that there is no alarm says nothing")
    say(delay_in_words(report, limits))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drift)
