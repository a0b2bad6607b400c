"""One dwelling nobody would look at twice, and twenty sales like it: each test changes one fact."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.factories import COORDINATES, a_characteristic, a_jurisdiction
from valuation.flags.flag import FlagEvidence
from valuation.flags.seen import SeenDomain
from valuation.jurisdictions.jurisdiction import Jurisdiction


@pytest.fixture
def jurisdiction():
    return a_jurisdiction(
        {
            "living_area_m2": a_characteristic(
                "number", "living_area", required=True, plausible=[15, 400], possible=[5, 2000]
            ),
            "built_year": a_characteristic("integer", "built_year"),
            "renovated_year": a_characteristic("integer", "renovated_year"),
            "rooms": a_characteristic("integer", possible=[0, 50]),
            "dwelling_type": a_characteristic("category", "dwelling_type"),
            "market_area": a_characteristic("category", "market_area"),
            "street": a_characteristic("category", "street"),
        },
        languages=["nb", "nn", "en"],
        holdout_from="2024-07-01",
        coordinates=COORDINATES | {"bounds": [0, 0, 100_000, 100_000]},
        contradictions=[{"fact": "living_area_m2", "per": "rooms", "between": [5, 100]}],
    )


@pytest.fixture
def known_since(jurisdiction):
    """Return the small place with a characteristic that is recorded only since a day."""

    def since(name, day):
        content = jurisdiction.model_dump(mode="json", by_alias=True)
        content["characteristics"][name]["known_since"] = day
        return Jurisdiction.model_validate(content)

    return since


@pytest.fixture
def sales():
    n = 20
    return pd.DataFrame(
        {
            "sale_id": [f"s{place}" for place in range(n)],
            "dwelling_id": [f"d{place}" for place in range(n)],
            "market_date": pd.to_datetime(["2024-01-15"] * n),
            "time_adjusted_sale_price": 1_000_000.0,
            "living_area_m2": np.linspace(40, 200, n),
            "built_year": np.linspace(1950, 2020, n).round(),
            # One in four has been renovated: too few for its absence to be called missing.
            "renovated_year": np.where(np.arange(n) % 4 == 0, 2021.0, np.nan),
            "rooms": 3.0,
            "dwelling_type": pd.array(["house"] * n, dtype="str"),
            "market_area": pd.array(["centre"] * n, dtype="str"),
            "street": pd.array(["High Street"] * n, dtype="str"),
            "x_m": 5000.0 + np.arange(n),
            "y_m": 5000.0,
        }
    )


@pytest.fixture
def evidence(jurisdiction, sales):
    """One plain dwelling, sold never; change it with `changed`."""
    dwellings = pd.DataFrame(
        {
            "dwelling_id": pd.array(["new"], dtype="str"),
            "living_area_m2": [100.0],
            "built_year": [1990.0],
            "renovated_year": [np.nan],
            "rooms": [3.0],
            "dwelling_type": pd.array(["house"], dtype="str"),
            "market_area": pd.array(["centre"], dtype="str"),
            "street": pd.array(["Low Street"], dtype="str"),
            "x_m": [5000.0],
            "y_m": [5000.0],
        }
    )
    values = pd.DataFrame(
        {
            "appraised_value": [1_000_000.0],
            "lower_value": [850_000.0],
            "upper_value": [1_150_000.0],
            "baseline_value": [950_000.0],
            "tree_value": [1_050_000.0],
        }
    )
    seen = SeenDomain.fit(sales, jurisdiction, typical_widths={"house": 0.25}, prior_log_change=np.log(1.2))
    return FlagEvidence(
        dwellings=dwellings,
        values=values,
        jurisdiction=jurisdiction,
        seen=seen,
        as_of=date(2025, 1, 1),
        prior_value=np.array([800_000.0]),
        own_sales=sales,
    )


@pytest.fixture
def changed(evidence):
    """Return the plain dwelling with facts, values or other evidence changed."""

    def change(facts=None, values=None, **other):
        return replace(
            evidence,
            dwellings=evidence.dwellings.assign(**(facts or {})),
            values=evidence.values.assign(**(values or {})),
            **other,
        )

    return change
