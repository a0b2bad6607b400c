"""Values whose errors are simulated: how sure the models can be is known here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.factories import a_characteristic, a_jurisdiction
from valuation.jurisdictions.jurisdiction import Jurisdiction

# Standard deviation of the log error by type; an old dwelling's is double.
NOISE = {"flat": 0.06, "house": 0.12, "cabin": 0.18}

Valued = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="session")
def jurisdiction() -> Jurisdiction:
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic("number", "living_area"),
            "dwelling_type": a_characteristic("category", "dwelling_type"),
            "market_area": a_characteristic("category", "market_area"),
        },
        valuation_date="2023-04-01",
        holdout_from="2023-01-01",
    )


@pytest.fixture(scope="session")
def draw() -> Callable[..., Valued]:
    """Make `n` valued sales in four folds and their features; `level` shifts all prices."""

    def made(n: int, seed: int, level: float = 0.0) -> Valued:
        rng = np.random.default_rng(seed)
        kind = rng.choice(list(NOISE), n, p=[0.6, 0.37, 0.03])
        is_old = rng.random(n) < 0.3
        value = np.exp(rng.normal(12.5, 0.5, n))
        noise = pd.Series(kind).map(NOISE).to_numpy() * np.where(is_old, 2.0, 1.0)
        sales = pd.DataFrame(
            {
                "fold": rng.integers(1, 5, n),
                "sale_id": [f"s{number:06d}" for number in range(n)],
                "dwelling_type": kind,
                "market_area": [f"area {number % 7}" for number in range(n)],
                "appraised_value": value,
                "baseline_value": value * np.exp(rng.normal(0, 0.1, n)),
                "tree_value": value * np.exp(rng.normal(0, 0.1, n)),
                "sale_price": value * np.exp(level + noise * rng.standard_normal(n)),
            }
        )
        features = pd.DataFrame({"is_old": is_old.astype(float), "luck": rng.random(n)})
        return sales, features

    return made
