"""One small synthetic municipality for all tests of this folder, raw, read and screened."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.made_once import made_once
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline import ingest, screen
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Workplace
from valuation.simulation import simulate

N_DWELLINGS, N_SALES, SEED = 8000, 5000, 3
TRONDHEIM = Path(__file__).parents[3] / "data" / "jurisdictions" / "trondheim.yaml"


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        simulate(folder, dwellings=N_DWELLINGS, sales=N_SALES, seed=SEED)

    return made_once(tmp_path_factory, "simulation-raw", make)


@pytest.fixture(scope="session")
def jurisdiction() -> Jurisdiction:
    return read_jurisdiction(TRONDHEIM)


@pytest.fixture(scope="session")
def screened(raw: Path, jurisdiction: Jurisdiction, tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        work = Workplace(jurisdiction, Params(), raw, folder)
        ingest.run(work)
        screen.run(work)

    return made_once(tmp_path_factory, "simulation-screened", make)


@pytest.fixture(scope="session")
def sales(screened: Path) -> pd.DataFrame:
    return pd.read_parquet(screened / "screen" / "sales.parquet")


@pytest.fixture(scope="session")
def true_sales(raw: Path) -> pd.DataFrame:
    return pd.read_parquet(raw / "truth" / "sales.parquet")


@pytest.fixture(scope="session")
def true_dwellings(raw: Path) -> pd.DataFrame:
    return pd.read_parquet(raw / "truth" / "dwellings.parquet")


@pytest.fixture(scope="session")
def units(raw: Path) -> pd.DataFrame:
    return text_table(raw / "boenheter.csv", "utf-8-sig")


@pytest.fixture(scope="session")
def transfers(raw: Path) -> pd.DataFrame:
    return text_table(raw / "omsetninger.csv", "cp1252")


def text_table(path: Path, encoding: str) -> pd.DataFrame:
    """Return a raw table with every cell as the text that stands there."""
    return pd.read_csv(path, sep=";", dtype=str, keep_default_na=False, encoding=encoding)
