"""How do the notebooks get their outputs? Executed on a stated run and written back, with nothing of this machine.

`python docs/notebooks.py --run RUN --before OTHER_RUN` executes all of them and writes them with their outputs, so that
they can be read where code is shown. OTHER_RUN is the version that the third compares with.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HOME = Path(__file__).resolve().parents[1]
NOTEBOOKS = HOME / "notebooks"
MAX_BYTES = 300_000
"""A page that shows code loads more than this slowly, or not at all."""
_SECONDS = 900


def notebooks() -> list[Path]:
    """Return the notebooks in their order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def executed(path: Path, run: Path, before: Path) -> NotebookNode:
    """Execute a notebook on a run and return it with its outputs, cleaned.

    Parameters
    ----------
    path : Path
    run : Path
        Folder of the run it is about.
    before : Path
        Folder of the run that the comparison starts from.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        When a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with _set(
        {"VALUATION_RUN": str(run.resolve()), "VALUATION_RUN_BEFORE": str(before.resolve()), "MPLBACKEND": "Agg"}
    ):
        client = NotebookClient(
            notebook, timeout=_SECONDS, startup_timeout=_SECONDS, kernel_name="python3", record_timing=False
        )
        client.execute(cwd=str(path.parent))
    return cleaned(notebook)


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without what changes from one execution to the next.

    Warnings on stderr are left out, and so is what only names the kernel.
    """
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
            for output in cell.outputs:
                output.pop("metadata", None)
                if output.output_type in ("execute_result", "display_data"):
                    output["metadata"] = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


@contextmanager
def _set(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def main() -> None:
    """Execute all notebooks and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run the notebooks are about")
    parser.add_argument("--before", type=Path, required=True, help="folder of the run of the version before")
    asked = parser.parse_args()
    for path in notebooks():
        text = nbformat.writes(executed(path, asked.run, asked.before)) + "\n"
        if len(text.encode()) > MAX_BYTES:
            raise SystemExit(f"{path.name} has {len(text.encode()):,} bytes; expected at most {MAX_BYTES:,}")
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(HOME)}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
