"""Two versions to compare: the small run, and one made later from corrected registers with another, weaker model."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.made_once import made_once
from valuation.comparison.comparison import Comparison, compare
from valuation.comparison.versions import Version, read_version
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.params import Params
from valuation.pipeline.run import Run

LIVING_AREA, UNIT = 10, 2
"""Columns of boenheter.csv."""


@pytest.fixture(scope="session")
def later_run(small_raw: Path, trondheim: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small municipality two months on: one dwelling measured again, one new, one gone; a quick, weak model."""
    params = Params.model_validate(
        {
            "adjust": {"forecast_damping": 0.5},
            "train": {"n_folds": 2, "seed": 7, "boosting": {"n_trees": 15, "n_seeds": 1}},
            "conformalize": {"coverage": 0.8},
            "evaluate": {"n_bootstrap": 50, "n_left_out_areas": 2},
            "report": {"explained_dwellings": 10},
        }
    )
    place = read_jurisdiction(trondheim).model_copy(update={"valuation_date": date(2026, 3, 1)})

    def make(folder: Path) -> None:
        raw = shutil.copytree(small_raw, folder / "raw")
        correct(raw / "boenheter.csv")
        Run(place, params, raw, folder / "later")()

    return made_once(tmp_path_factory, "later-run", make) / "later"


def correct(units: Path) -> None:
    """Measure one dwelling again, let one come and one go."""
    head, *rows = units.read_text("utf-8").splitlines()
    corrected, new = rows[1].split(";"), rows[2].split(";")
    corrected[LIVING_AREA], new[UNIT] = "151,0", "H0199"
    rows = [rows[0], ";".join(corrected), *rows[2:-1], ";".join(new)]
    units.write_text("\n".join([head, *rows]) + "\n", "utf-8")


@pytest.fixture(scope="session")
def before(small_run: Path) -> Version:
    """A: the small run."""
    return read_version(small_run)


@pytest.fixture(scope="session")
def after(later_run: Path) -> Version:
    """B: the later run."""
    return read_version(later_run)


@pytest.fixture(scope="session")
def compared(before: Version, after: Version) -> Comparison:
    """A against B, no store of runs."""
    return compare(before, after)


@pytest.fixture(scope="session")
def corrected_dwelling(before: Version, after: Version) -> str:
    """The dwelling that was measured again."""
    areas = [version.roll.set_index("dwelling_id")["living_area_m2"] for version in (before, after)]
    both = pd.concat(areas, axis=1, join="inner", keys=["a", "b"])
    changed = both.index[both["a"] != both["b"]]
    assert len(changed) == 1
    return str(changed[0])
