"""What every test starts from: figures drawn to files, never to a window, and nothing from this machine's settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.longest_first import LONGEST_FIRST
from tests.made_once import made_once

if TYPE_CHECKING:
    from valuation.adapters.sql_store.database import Database
    from valuation.appraisal.bundle import Bundle
    from valuation.pipeline.params import Params

REPOSITORY = Path(__file__).parents[1]
TRONDHEIM = REPOSITORY / "data" / "jurisdictions" / "trondheim.yaml"
SMALL_DWELLINGS, SMALL_SALES = 1500, 2000
QUICK: dict[str, Any] = {
    "train": {"n_folds": 2, "boosting": {"n_trees": 60, "n_seeds": 1}, "neighbours": {"landmarks": 0}},
    "evaluate": {"n_bootstrap": 50, "n_left_out_areas": 2},
    "revalue": {"chunk_rows": 700},
}
"""Settings that make a run quick rather than good."""

# Before anybody imports matplotlib: tests run where no screen is.
os.environ.setdefault("MPLBACKEND", "Agg")
# Asked for by DVC and MLflow; a test never reports to anybody.
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "1")

# A decision is on the disk before it is acknowledged, and tests decide thousands of times: most of what a test of the
# store takes is waiting for the disk. In memory the same calls wait for nothing. Not where memory is short: all tests
# together write up to a gigabyte, and without the setting they write where they always did.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, each with its tests in their own order."""
    places = {path: place for place, path in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.fixture(scope="session", autouse=True)
def no_store_of_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what somebody tracked in this checkout out of sight: `mlruns/` lies where tests are begun."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VALUATION_ARTEFACTS", str(tmp_path_factory.getbasetemp() / "mlruns"))
        for name in ("VALUATION_TRACKING_URI", "VALUATION_REGISTRY"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def small_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw tables of a small synthetic municipality."""
    from valuation.simulation import simulate

    def make(folder: Path) -> None:
        simulate(folder, dwellings=SMALL_DWELLINGS, sales=SMALL_SALES, seed=1)

    return made_once(tmp_path_factory, "raw", make)


@pytest.fixture(scope="session")
def small_run(small_raw: Path, trondheim: Path, quick_params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of a whole run on the small synthetic municipality: made once, never changed by a test."""
    from valuation.jurisdictions.reading import read_jurisdiction
    from valuation.pipeline.run import Run

    def make(folder: Path) -> None:
        Run(read_jurisdiction(trondheim), quick_params, small_raw, folder / "small")()

    return made_once(tmp_path_factory, "small-run", make) / "small"


@pytest.fixture(scope="session")
def small_bundle(small_run: Path) -> Bundle:
    """The model version of the small run."""
    from valuation.appraisal.bundle import load_bundle

    return load_bundle(small_run / "bundle")


@pytest.fixture(scope="session")
def narrow_run(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run with ranges four fifths as wide, made through the model: never changed by a test."""
    from tests.valuation.release.conftest import narrow_ranges, remade

    def make(folder: Path) -> None:
        remade(shutil.copytree(small_run, folder / "narrow"), narrow_ranges)

    return made_once(tmp_path_factory, "narrow-run", make) / "narrow"


@pytest.fixture(scope="session")
def two_versions(small_run: Path, narrow_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a service with two versions keeps: its record, archive and registry; copied for each service."""
    from tests.api.two_versions import make_two_versions

    return made_once(tmp_path_factory, "two-versions", lambda folder: make_two_versions(small_run, narrow_run, folder))


@pytest.fixture(scope="session")
def trondheim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The jurisdiction file of the synthetic municipality, without the settings found for all of it beside it."""
    return Path(shutil.copy(TRONDHEIM, tmp_path_factory.mktemp("jurisdictions")))


@pytest.fixture(scope="session")
def quick_params_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of `small_run` as a params.yaml."""
    import yaml

    path = tmp_path_factory.mktemp("params") / "params.yaml"
    path.write_text(yaml.safe_dump(QUICK), "utf-8")
    return path


@pytest.fixture(scope="session")
def quick_params(quick_params_file: Path) -> Params:
    """The settings of `small_run`: quick rather than good."""
    from valuation.pipeline.params import read_params

    return read_params(quick_params_file)


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """Name of a PostgreSQL database with all tables and no row: copied for each test."""
    from tests.databases import new_postgresql, opened
    from valuation.adapters.sql_store.migration import upgrade

    with new_postgresql() as url:
        with opened(url, is_made=False) as database:
            upgrade(database)
        yield str(database.url.database)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with all tables."""
    from tests.databases import opened, sqlite_url

    with opened(sqlite_url(tmp_path)) as database:
        yield database


@pytest.fixture
def postgresql_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty PostgreSQL database with all tables; skips where there is no server."""
    from tests.databases import new_postgresql, opened, server_url

    server_url()
    with new_postgresql(request.getfixturevalue("postgresql_template")) as url, opened(url) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database: SQLite, then PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_database")
