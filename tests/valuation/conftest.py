"""A small town that the domain can be tried on: 600 sales of two years, made here, the rule of their prices known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.factories import a_characteristic, a_jurisdiction
from tests.made_once import made_once
from valuation.appraisal.bundle import Bundle
from valuation.jurisdictions.jurisdiction import Jurisdiction


@pytest.fixture(scope="session")
def small_town() -> Jurisdiction:
    """A jurisdiction with every role the features know."""
    at_location = {"group": "location"}
    return a_jurisdiction(
        {
            "area_m2": a_characteristic("number", "living_area", direction="raises", required=True),
            "plot_m2": a_characteristic("number", "plot_area"),
            "bathrooms": a_characteristic("integer", direction="raises"),
            "noise_db": a_characteristic("number", direction="lowers", **at_location),
            "has_lift": a_characteristic("boolean"),
            "built": a_characteristic("integer", "built_year"),
            "renovated": a_characteristic("integer", "renovated_year"),
            "type": a_characteristic("category", "dwelling_type"),
            "zone": a_characteristic("category", "market_area", **at_location),
            "building": a_characteristic("category", "building", is_feature=False, **at_location),
            "street": a_characteristic("category", "street", is_feature=False, **at_location),
        },
        valuation_date="2026-01-01",
        holdout_from="2025-10-01",
    )


@pytest.fixture(scope="session")
def small_sales() -> pd.DataFrame:
    """600 valid sales in the small town; every tenth dwelling is sold twice. One row a sale."""
    rng = np.random.default_rng(7)
    n = 600
    dwelling = np.where(np.arange(n) % 10 == 9, np.arange(n) - 9, np.arange(n))
    of = np.searchsorted(np.unique(dwelling), dwelling)
    m = of.max() + 1
    x, y = rng.uniform(0, 4000, m), rng.uniform(0, 4000, m)
    area, bathrooms = rng.uniform(40, 200, m), rng.integers(1, 4, m)
    noise, built = rng.uniform(40, 70, m), rng.integers(1900, 2020, m)
    kind = np.array(["flat", "house"])[rng.integers(0, 2, m)]
    log_price = (
        11.0
        + 0.8 * np.log(area)
        + 0.05 * bathrooms
        - 0.004 * noise
        + 0.15 * (kind == "house")
        + 0.3 * np.sin(x / 1500)
        + 0.001 * (built - 1900)
    )
    house = {
        "x_m": x,
        "y_m": y,
        "area_m2": area,
        "plot_m2": area * rng.uniform(1, 8, m),
        "bathrooms": bathrooms,
        "noise_db": noise,
        "has_lift": rng.random(m) < 0.4,
        "built": built,
        "renovated": np.where(rng.random(m) < 0.3, rng.integers(1990, 2024, m), np.nan),
        "type": kind,
    }
    table = pd.DataFrame(house).iloc[of].reset_index(drop=True)
    table["zone"] = (table["x_m"] // 2000).astype(int).astype(str)
    table["street"] = "S" + (table["y_m"] // 200).astype(int).astype(str)
    table["building"] = table["street"] + "-" + (table["x_m"] // 800).astype(int).astype(str)
    table.insert(0, "sale_id", [f"s{i:04d}" for i in range(n)])
    table.insert(1, "dwelling_id", [f"d{i:04d}" for i in dwelling])
    table["market_date"] = pd.Timestamp("2023-10-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    table["market_price"] = np.round(np.exp(log_price[of] + rng.normal(0, 0.08, n)), -3)
    table["sale_date"], table["sale_price"] = table["market_date"], table["market_price"]
    table["is_valid_sale"] = True
    return table


@pytest.fixture(scope="session")
def letter_run(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run with a dwelling of a type that was never sold: letters are written of it."""
    from tests.valuation.letters.kinds import with_more_faults

    def make(folder: Path) -> None:
        with_more_faults(small_run, folder / "run")

    return made_once(tmp_path_factory, "letter-run", make) / "run"


@pytest.fixture(scope="session")
def kinds(letter_run: Path, small_bundle: Bundle) -> dict[str, str]:
    """A dwelling of that run of each of ten kinds."""
    from tests.valuation.letters.kinds import ten_kinds

    return ten_kinds(letter_run, small_bundle)
