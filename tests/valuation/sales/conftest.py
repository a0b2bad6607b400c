"""A market whose price movement is known, for the tests of the time index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.factories import a_characteristic, a_jurisdiction
from valuation.jurisdictions.jurisdiction import Jurisdiction

FIRST_DAY = pd.Timestamp("2020-01-01")
HOLDOUT_FROM = pd.Timestamp("2023-01-01")
VALUATION_DATE = pd.Timestamp("2023-04-01")
AREA_SLOPES = {"north": 0.004, "south": -0.002, "east": 0.0, "west": 0.001, "hill": -0.001, "shore": 0.002}
TYPE_SLOPES = {"flat": 0.001, "house": -0.001}
OVERALL_SLOPE = 0.005
NOISE = 0.12


def true_log_level(area: pd.Series, kind: pd.Series, day: pd.Series) -> np.ndarray:
    """Log price level against the valuation date, as the market was made."""
    months = (pd.to_datetime(day) - VALUATION_DATE).dt.days.to_numpy() / (365.2425 / 12)
    slope = OVERALL_SLOPE + area.map(AREA_SLOPES).to_numpy() + kind.map(TYPE_SLOPES).to_numpy()
    return slope * months


@pytest.fixture(scope="session")
def jurisdiction() -> Jurisdiction:
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic("number", "living_area"),
            "dwelling_type": a_characteristic("category", "dwelling_type"),
            "market_area": a_characteristic("category", "market_area"),
        },
        valuation_date=VALUATION_DATE.date(),
        holdout_from=HOLDOUT_FROM.date(),
    )


@pytest.fixture(scope="session")
def market() -> pd.DataFrame:
    """6,000 sales before and 600 in the holdout; `hill` and `shore` have 60 sales each, the others share the rest."""
    rng = np.random.default_rng(7)
    areas = np.array(list(AREA_SLOPES))
    area = np.concatenate([np.repeat(["hill", "shore"], 66), rng.choice(areas[:4], 6468)])
    days = int((HOLDOUT_FROM - FIRST_DAY).days * 1.1)
    sales = pd.DataFrame(
        {
            "sale_id": [f"s{number:05d}" for number in range(len(area))],
            "market_area": area,
            "dwelling_type": rng.choice(list(TYPE_SLOPES), len(area)),
            "living_area_m2": np.exp(rng.normal(4.5, 0.3, len(area))),
            "market_date": FIRST_DAY + pd.to_timedelta(rng.integers(0, days, len(area)), unit="D"),
        }
    )
    level = true_log_level(sales["market_area"], sales["dwelling_type"], sales["market_date"])
    place = sales["market_area"].map({name: 0.1 * number for number, name in enumerate(AREA_SLOPES)})
    quality = 8.0 + 0.8 * np.log(sales["living_area_m2"]) + place
    sales["market_price"] = np.exp(quality + level + rng.normal(0, NOISE, len(area)))
    return sales
