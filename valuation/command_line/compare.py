"""`valuation compare A B`: what would change, and for whom, if B took the place of A?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line.terminal import result, say

if TYPE_CHECKING:
    from valuation.comparison.accuracy_equity import JudgedVersion
    from valuation.comparison.comparison import Comparison

Before = Annotated[
    str,
    typer.Argument(
        metavar="A", help="Output folder of the run before, or `champion` (the live version) or `candidate`."
    ),
]
After = Annotated[Path, typer.Argument(metavar="B", help="Output folder of the run after.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for the comparison, written aside, then renamed; by default B/comparison."),
]


def compare(
    before: Before,
    after: After,
    out: Out = None,
    track: Annotated[bool, typer.Option(help="Show all tracked runs, and keep the comparison in MLflow.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Compare two finished runs: accuracy, values, causes and tax, with what cannot be compared said first."""
    from valuation.command_line.places import check_can_write
    from valuation.comparison.comparison import compare as compare_versions
    from valuation.comparison.files import FIGURES, PAGE, check_place
    from valuation.comparison.versions import check_comparable, read_version

    target = (out or after / "comparison").absolute()
    second = read_version(after)
    check_place(target)
    check_can_write(target)
    first = read_version(_folder_of(before, second.bundle.jurisdiction.name))
    # Before any work, and before anybody else is asked: two runs that cannot be compared are refused at once.
    check_comparable(first, second)
    compared = compare_versions(first, second, _tracked(second.bundle.jurisdiction.name) if track else None)
    _write(compared, target)
    kept = _keep(compared, target) if track else None
    for line in _outcome(compared):
        say(line)
    if as_json:
        content = json.loads((target / FIGURES).read_text("utf-8"))
        result(json.dumps({"out": str(target), "mlflow_run": kept, **content}, indent=2, ensure_ascii=False))
    else:
        result(str(target))
    say(f"Next: open {target / PAGE}")


def _folder_of(before: str, jurisdiction: str) -> Path:
    """Return the folder that is meant; one that is called like an alias is given as ./champion."""
    from valuation.release.promotion import ALIASES, champion_folder

    if before not in ALIASES:
        return Path(before)
    from valuation.adapters.registries import registry_of_commands

    return champion_folder(registry_of_commands(), jurisdiction, before)


def _tracked(jurisdiction: str) -> list[JudgedVersion] | None:
    from valuation.adapters.extras import is_installed

    if not is_installed("tracking"):
        say("MLflow is not installed (pip install 'valuation[tracking]'): only A and B are shown")
        return None
    from valuation.adapters.mlflow_comparisons import tracked_versions

    return tracked_versions(jurisdiction)


def _write(compared: Comparison, target: Path) -> None:
    """Write aside while holding the place, then rename: a folder that is there is whole."""
    from valuation.comparison.files import put_in_place, write_comparison
    from valuation.pipeline.run import locked

    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.mkdir(exist_ok=True)
    with locked(partial):
        # What a killed process left here is not to be trusted: it is made again.
        for left in target.parent.glob(f".{target.name}.*.old"):
            shutil.rmtree(left)
        write_comparison(compared, partial / "comparison")
        put_in_place(partial / "comparison", target)
        partial.rmdir()


def _keep(compared: Comparison, target: Path) -> str | None:
    from valuation.adapters.extras import is_installed

    if not is_installed("tracking"):
        return None
    from valuation.adapters.mlflow_comparisons import track_comparison

    kept = track_comparison(
        target,
        jurisdiction=compared.after.bundle.jurisdiction.name,
        before=compared.before.model_version,
        after=compared.after.model_version,
    )
    say(f"kept in MLflow with run {kept}" if kept else "not kept in MLflow: version B is not tracked there")
    return kept


def _outcome(compared: Comparison) -> list[str]:
    from valuation.comparison.page import brief

    return [*compared.statements, *brief(compared)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)
