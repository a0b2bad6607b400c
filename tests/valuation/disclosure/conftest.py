"""What is told about the small run, and a second version of it to compare with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.made_once import made_once
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.publication import publish
from valuation.pipeline.params import Params


@pytest.fixture(scope="session")
def finished(small_run: Path) -> FinishedRun:
    """The small run, opened."""
    return FinishedRun(small_run)


@pytest.fixture(scope="session")
def card(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all that is told about the small run."""
    return publish(small_run, tmp_path_factory.mktemp("disclosure") / "card")


@pytest.fixture(scope="session")
def other_run(small_raw: Path, trondheim: Path, quick_params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run once more, with another seed: another model version of the same sales."""
    from valuation.jurisdictions.reading import read_jurisdiction
    from valuation.pipeline.run import Run

    boosting = {**quick_params.train.boosting, "n_trees": 15}
    train = quick_params.train.model_copy(update={"seed": 7, "boosting": boosting})
    report = quick_params.report.model_copy(update={"explained_dwellings": 20})
    params = quick_params.model_copy(update={"train": train, "report": report})

    def make(folder: Path) -> None:
        Run(read_jurisdiction(trondheim), params, small_raw, folder / "other")()

    return made_once(tmp_path_factory, "other-run", make) / "other"
