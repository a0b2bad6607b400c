"""Do the notebooks run, define nothing, and stand in the repository as somebody can read them?"""

from __future__ import annotations

import ast
import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from valuation.disclosure.finished_run import BEFORE_VARIABLE, RUN_VARIABLE, FinishedRun
from valuation.disclosure.publication import contents
from valuation.errors import InputRefused

HOME = Path(__file__).resolve().parents[3]
NOTEBOOKS = sorted((HOME / "notebooks").glob("*.ipynb"))
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def script() -> ModuleType:
    """Return docs/notebooks.py, which executes them for the repository and here alike."""
    spec = spec_from_file_location("execute_notebooks", HOME / "docs" / "notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells_of(path: Path, kind: str) -> list[dict]:
    """Return the cells of one kind."""
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    """Return what stands in a cell."""
    return "".join(cell["source"])


def test_there_are_four_one_question_each():
    assert [path.stem for path in NOTEBOOKS] == [
        "01-what-the-sales-say",
        "02-what-the-model-learned",
        "03-two-versions-compared",
        "04-where-it-fails",
    ]
    assert [source(cells_of(path, "markdown")[0]).count("**Question.**") for path in NOTEBOOKS] == [1, 1, 1, 1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_and_never_defines(path):
    nodes = [node for cell in cells_of(path, "code") for node in ast.walk(ast.parse(source(cell)))]
    assert [node.lineno for node in nodes if isinstance(node, DEFINITIONS)] == []
    assert any(isinstance(node, ast.ImportFrom) and str(node.module).startswith("valuation.") for node in nodes)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_figure_is_typed_into_the_prose(path):
    prose = " ".join(source(cell) for cell in cells_of(path, "markdown"))
    links = re.sub(r"\]\([^)]*\)", "", prose)
    # The index is 100 at the valuation date by definition, and 2 and 0 are what a ratio and a difference mean.
    assert re.findall(r"\d+[.,]\d+|\d{2,}", links.replace("100 is the valuation date", "")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ends_with_an_answer_and_the_next_step(path):
    prose = [source(cell) for cell in cells_of(path, "markdown")]
    assert prose[-1].startswith("**Next step.**")
    assert prose[-2].startswith("## Answer")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stands_there_with_its_outputs_of_a_stated_run(path):
    text = path.read_text("utf-8")
    first = cells_of(path, "code")[0]
    told = json.dumps(first["outputs"])
    assert re.search(r"Run \d{4}-\d{2}-\d{2}-", told) or re.search(r"A: Run \d{4}", told)
    assert "SYNTHETIC" in told or "real sales" in told
    assert [cell["source"] for cell in cells_of(path, "code") if not cell["outputs"]] == []
    assert len(text.encode()) < 300_000
    assert re.findall(r"(?<![\w.])/(?:home|root|work|tmp|Users)/", text) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_the_small_municipality(path, small_run, other_run):
    ran = script().executed(path, small_run, other_run)
    outputs = [output for cell in ran.cells if cell.cell_type == "code" for output in cell.outputs]
    assert "SYNTHETIC" in str(outputs[0])
    assert "text/markdown" in ran.cells[-2].outputs[0].data
    assert str(small_run) not in str(ran)


def test_another_seed_changes_the_card(finished, other_run):
    told, other = contents(finished), contents(FinishedRun(other_run))
    same = [name for name in told if told[name] == other[name]]
    assert same == []


def test_a_run_is_opened_by_the_variable_that_names_it(small_run, monkeypatch):
    monkeypatch.setenv(RUN_VARIABLE, str(small_run))
    assert FinishedRun.from_environment().folder == small_run


@pytest.mark.parametrize("variable", [RUN_VARIABLE, BEFORE_VARIABLE])
def test_without_a_run_it_is_said_which_variable_to_set(variable, tmp_path, monkeypatch):
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputRefused, match=variable):
        FinishedRun.from_environment(variable)
