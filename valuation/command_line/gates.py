"""How do commands ask the gates? The options they share, the asking itself, and what is told and written of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.terminal import ProgressDrawer, say

if TYPE_CHECKING:
    from valuation.models.registry import Entry, ModelRegistry
    from valuation.release.verdict import Verdict

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of a finished run.")]
Champion = Annotated[
    str | None,
    typer.Option(
        "--champion", help="Compare with: a run folder of the live version, or an alias; by default `champion`."
    ),
]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        help="`mlflow`, or a folder. By default what VALUATION_REGISTRY says, else the folder `registry`.",
    ),
]
ParamsFile = Annotated[
    Path | None, typer.Option("--params", help="Settings; by default ./params.yaml where it exists.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def folder_of_run(run: Path) -> Path:
    """Return the folder, or refuse what is none."""
    if not run.is_dir():
        from valuation.comparison.versions import read_version

        read_version(run)  # says what is wrong with it
    return run


def judged(
    run: Path, registry: ModelRegistry, rival: str | None, params: Path | None, decisions: Path | None = None
) -> Verdict:
    """Ask every gate about a run; write nothing."""
    from valuation.comparison.versions import read_version
    from valuation.pipeline.params import Params, read_params
    from valuation.release.promotion import ALIASES, champion_folder
    from valuation.release.verdict import judge

    path = params or (Path("params.yaml") if Path("params.yaml").exists() else None)
    limits = (read_params(path) if path is not None else Params()).gates
    place = Path(rival) if rival is not None and rival not in ALIASES else None
    if rival is not None and rival in ALIASES:
        place = champion_folder(registry, read_version(run).bundle.jurisdiction.name, rival)
    drawer = ProgressDrawer()
    try:
        return judge(run, registry, limits, rival=place, decisions=decisions, told=drawer)
    finally:
        drawer.close()


def write(verdict: Verdict) -> None:
    """Write `release/` of the run."""
    from valuation.pipeline.params import Params
    from valuation.pipeline.stage import Workplace
    from valuation.release.page import checks_table, pages

    version = verdict.version
    work = Workplace(version.bundle.jurisdiction, Params(), Path(), version.folder)
    with work.written_aside("release") as folder:
        folder.mkdir()
        (folder / "gates.json").write_text(verdict.as_text(), "utf-8")
        checks_table(verdict).to_csv(folder / "gates.csv", index=False, lineterminator="\n")
        for name, html in pages(verdict).items():
            (folder / name).write_text(html, "utf-8")


def tell(verdict: Verdict) -> None:
    """Say a line per gate, and who has looked at the values."""
    from valuation.release.looked_at import in_words

    for one in verdict.judged:
        n_refused = len(one.refused)
        more = f" ({n_refused:,} of {len(one.checks):,} checks)" if n_refused else ""
        say(f"  {one.status:<10}  {one.gate.code}{more}")
    if verdict.decisions is not None:
        say(f"Counted from {verdict.decisions['file']}: {verdict.decisions['says']}.")
    say(in_words(verdict.looked))


def as_json(run: Path, verdict: Verdict, told: dict[str, Any]) -> str:
    """Return what a command answers for machines: the verdict and what `told` adds."""
    content = {"out": str(run), "releasable": not verdict.refused, **told, **verdict.as_dict()}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def promoted(entry: Entry | None) -> dict[str, Any]:
    """Return what a promotion adds to the verdict for machines."""
    from dataclasses import asdict

    return {"promoted": entry is not None, "entry": None if entry is None else asdict(entry)}
