"""Which files tell the outside about a model version? All of them, written together from one finished run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valuation.appraisal.receipt import check_signed
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.home_owner_page import home_owner_pages
from valuation.disclosure.impact_assessment import impact_assessment
from valuation.disclosure.model_card import model_card
from valuation.disclosure.page import figures_of, to_html, to_markdown
from valuation.disclosure.register_entry import register_entry
from valuation.errors import InputRefused, WrongUse
from valuation.report.run_folder import NotGiven

FOLDER = "card"
"""Folder of the run the files are written to by default."""
_OURS = "model_card.md"


def publish(run: Path, out: Path | None = None) -> Path:
    """Write card, register entry, draft of an impact assessment and the pages for home owners.

    Parameters
    ----------
    run : Path
        Folder of a finished run.
    out : Path, optional
        Folder to write, replaced whole; by default `card` in the run folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputRefused
        When `run` is no finished run, or a file of it is missing, cut, or not the one its receipt names.
    WrongUse
        When `out` is there and holds something else.
    """
    found = FinishedRun(run)
    goal = found.folder / FOLDER if out is None else Path(out)
    if goal.exists() and (not goal.is_dir() or (any(goal.iterdir()) and not (goal / _OURS).exists())):
        raise WrongUse(
            f"{goal} is there and was not written by `valuation card`",
            expected="a new folder, or one of an earlier card, which is replaced",
            remedy="choose another --out",
        )
    for name in found.receipt["outputs_sha256"]:
        check_signed(found.folder, name, found.receipt)
    try:
        files = contents(found)
    except NotGiven as refusal:
        raise InputRefused(
            f"{run}: {refusal.found}",
            expected="what every finished run holds (docs/reference/output-folder.md)",
            remedy="run the stage that writes it, with this version of the program",
        ) from refusal
    with _aside(goal) as folder:
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    return goal


def contents(run: FinishedRun) -> dict[str, str]:
    """Return the text of every file by its name.

    Parameters
    ----------
    run : FinishedRun
    """
    card = model_card(run)
    assessment = impact_assessment(run)
    figures = [{"value": figure.value, "shown": figure.shown, "source": figure.source} for figure in figures_of(card)]
    files = {
        "model_card.md": to_markdown(card),
        "model_card.html": to_html(card),
        "figures.json": _json({"model_version": run.receipt["model_version"], "figures": figures}),
        "register_entry.json": _json(register_entry(run).model_dump(mode="json")),
        "dpia.md": to_markdown(assessment),
    }
    files |= {f"how-this-works.{language}.html": to_html(page) for language, page in home_owner_pages(run).items()}
    return files


def _json(content: object) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def _aside(goal: Path) -> Iterator[Path]:
    """Yield a folder to write to that takes the place of `goal` when all of it is there."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    aside = goal.with_name(f".{goal.name}.{os.getpid()}.aside")
    old = goal.with_name(f".{goal.name}.{os.getpid()}.old")
    try:
        aside.mkdir()
        yield aside
        if goal.exists():
            os.replace(goal, old)
        os.replace(aside, goal)
    finally:
        for left in (aside, old):
            shutil.rmtree(left, ignore_errors=True)
