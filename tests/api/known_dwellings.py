"""Dwellings of the small run as a client sends them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from valuation.appraisal.bundle import Bundle
from valuation.explanation.fact_words import WHOLE_KINDS


def as_sent(run: Path, bundle: Bundle, n: int = 3) -> list[dict[str, Any]]:
    """Return the first `n` dwellings of the roll as JSON values."""
    roll = pd.read_parquet(run / "roll.parquet").head(n)
    names = ["dwelling_id", "x_m", "y_m", "prior_value", *bundle.jurisdiction.characteristics]
    return [{name: _plain(row[name], name, bundle) for name in names} for row in roll.to_dict("records")]


def _plain(value: Any, name: str, bundle: Bundle) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    item = bundle.jurisdiction.characteristics.get(name)
    is_whole = name == "prior_value" or (item is not None and item.kind in WHOLE_KINDS)
    return int(value) if is_whole else value
