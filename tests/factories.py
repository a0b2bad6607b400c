"""What tests make again and again: a small jurisdiction and its characteristics, with what a test cares about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valuation.jurisdictions.jurisdiction import Jurisdiction

COLUMN = {"column": "c"}
"""Where a raw value comes from, in tests that read no raw table."""
COORDINATES = {
    "x": COLUMN,
    "y": COLUMN,
    "raw_crs": "EPSG:25832",
    "crs": "EPSG:25832",
    "bounds": [0, 0, 9_000_000, 9_000_000],
}
"""Coordinates in metres that hold every place a test may think of."""


def words(text: str) -> dict[str, str]:
    """The same text in every language."""
    return {"en": text, "nb": text, "nn": text}


def a_characteristic(kind: str, role: str | None = None, **more: Any) -> dict[str, Any]:
    """A characteristic as a jurisdiction file has it, in the explanation group `facts` unless told otherwise."""
    plain = {"kind": kind, "from": COLUMN, "labels": words("the fact"), "group": "facts", "source": "made for a test"}
    return plain | ({} if role is None else {"role": role}) | more


def a_jurisdiction(characteristics: Mapping[str, dict[str, Any]], **more: Any) -> Jurisdiction:
    """A jurisdiction with these characteristics: valued at 2025-01-01, in kroner, its holdout from 2024-10-01.

    Parameters
    ----------
    characteristics : mapping of str to dict
        As `a_characteristic` makes them; one each for living area, dwelling type and market area.
    **more
        Other keys of a jurisdiction file, in place of these or beside them.
    """
    groups = sorted({str(item["group"]) for item in characteristics.values()})
    return Jurisdiction.model_validate(
        {
            "schema_version": 1,
            "name": "small_place",
            "title": words("Small place"),
            "currency": "NOK",
            "languages": ["en"],
            "valuation_date": "2025-01-01",
            "holdout_from": "2024-10-01",
            "tables": {"sales": {"file": "sales.csv", "licence": "CC0-1.0", "published_by": "a test"}},
            "sales": {"table": "sales", "dwelling_id": COLUMN, "sale_date": COLUMN, "sale_price": COLUMN},
            "roll": {"table": "sales", "dwelling_id": COLUMN},
            "explanation_groups": {name: words(name.capitalize()) for name in groups},
            "characteristics": dict(characteristics),
            **more,
        }
    )
