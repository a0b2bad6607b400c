"""Finished runs to ask gates about: the small one, a synthetic market with many sales, and spoilt copies of both."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.revaluation import revalue_roll
from valuation.comparison.versions import Version, read_version
from valuation.pipeline.evaluate import holdout_values
from valuation.pipeline.params import GateParams, Params
from valuation.pipeline.receipt import receipt
from valuation.pipeline.stage import Workplace

AREAS = tuple("ABCDEFGH")
NOISE = 0.10
"""Standard deviation of log ratios in the market."""

LENIENT = GateParams(
    sample_dwellings=40,
    max_unlisted_change=5.0,
    max_sold_difference=0.5,
    max_level=1.5,
    min_level=0.5,
    max_cod=60.0,
    max_prb=1.0,
    max_group_level_difference=1.0,
    max_above_standard_prices=50.0,
    n_bootstrap=200,
)


def market(n: int, seed: int) -> pd.DataFrame:
    """Holdout of a synthetic market: unbiased values, log errors of sd `NOISE`, ranges for nine of ten prices."""
    random = np.random.default_rng(seed)
    worth = np.exp(random.normal(15.0, 0.4, n))
    price = np.round(worth * np.exp(random.normal(0, NOISE, n)), -3)
    half = 1.6449 * NOISE
    return pd.DataFrame(
        {
            "sale_id": [f"s{place:05d}" for place in range(n)],
            "dwelling_id": [f"d{place:05d}" for place in range(n)],
            "sale_date": pd.Timestamp("2025-07-01") + pd.to_timedelta(np.arange(n) % 180, unit="D"),
            "sale_price": price,
            "appraised_value": np.rint(worth),
            "lower_value": np.rint(worth * np.exp(-half)),
            "upper_value": np.rint(worth * np.exp(half)),
            "baseline_value": np.rint(worth * np.exp(random.normal(0, 0.15, n))),
            "dwelling_type": pd.array(np.array(["blokk", "enebolig"])[np.arange(n) % 2], dtype="string"),
            "market_area": pd.array(np.array(AREAS)[np.arange(n) // 2 % len(AREAS)], dtype="string"),
            "flags": pd.array([""] * n, dtype="str"),
            "is_seen_dwelling": False,
            "is_valid_sale": True,
        }
    )


MONEY = ["appraised_value", "lower_value", "upper_value"]


def shrunk(holdout: pd.DataFrame, share: float = 0.2) -> pd.DataFrame:
    """The same values drawn to their mean."""
    log_value = np.log(holdout["appraised_value"])
    factor = np.exp(share * (log_value.mean() - log_value))
    return holdout.assign(**{name: np.rint(holdout[name] * factor) for name in MONEY})


def raised(holdout: pd.DataFrame, area: str, share: float = 0.08) -> pd.DataFrame:
    """The same values, those of one area higher."""
    factor = np.where(holdout["market_area"] == area, 1 + share, 1.0)
    return holdout.assign(**{name: np.rint(holdout[name] * factor) for name in MONEY})


def narrowed(holdout: pd.DataFrame, factor: float = 0.8) -> pd.DataFrame:
    """The same values with narrower ranges."""
    value = holdout["appraised_value"]
    bounds = {name: np.rint(value * (holdout[name] / value) ** factor) for name in ("lower_value", "upper_value")}
    return holdout.assign(**bounds)


@pytest.fixture(scope="session")
def small_version(small_run: Path) -> Version:
    """The small run as gates see it."""
    return read_version(small_run)


@pytest.fixture(scope="session")
def with_holdout(small_version: Version) -> Callable[[pd.DataFrame], Version]:
    """The small version, judged on another holdout."""

    def made(holdout: pd.DataFrame) -> Version:
        return replace(small_version, holdout=holdout)

    return made


def seal(folder: Path) -> None:
    """Give a bundle whose files were changed a manifest of its own, as if it had been made so."""

    def canonical(content: object) -> str:
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    names = manifest["files"]
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    manifest["model_version"] = hashlib.sha256(canonical(manifest["files"]).encode()).hexdigest()[:12]
    del manifest["manifest_sha256"]
    manifest["manifest_sha256"] = hashlib.sha256(canonical(manifest).encode()).hexdigest()
    (folder / "manifest.json").write_text(canonical(manifest), "utf-8")


def remade(run: Path, change: Callable[[Path], None]) -> Path:
    """Change files of a run's bundle, then value holdout and roll with it: a run as if its model had come out so."""
    change(run / "bundle")
    seal(run / "bundle")
    bundle = load_bundle(run / "bundle")
    sales = pd.read_parquet(run / "sales.parquet")
    holdout_values(bundle, sales).to_parquet(run / "holdout_values.parquet", index=False)
    revalue_roll(bundle, run / "roll.parquet", run / "values.parquet", chunk_rows=5000)
    work = Workplace(bundle.jurisdiction, Params(), Path(), run)
    work.write_json(receipt(work), "receipt.json")
    return run


def narrow_ranges(bundle: Path) -> None:
    """Make every range four fifths as wide, in the model itself."""
    path = bundle / "intervals" / "intervals.json"
    content = json.loads(path.read_text("utf-8"))
    content["outside_reach"] *= 0.8
    for item in content["calibrations"]:
        told = item["scores"]
        told["scores"] = [0.8 * score for score in told["scores"]]
        for end in ("lower", "upper", "lower_tail", "upper_tail"):
            told[end] *= 0.8
    path.write_text(json.dumps(content, indent=1, sort_keys=True), "utf-8")


@pytest.fixture
def run_copy(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the small run that a test may change."""
    return shutil.copytree(small_run, tmp_path / "run")
