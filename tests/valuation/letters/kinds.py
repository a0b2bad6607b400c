"""Which dwellings stand for the kinds of letters? Ten of a run, each found by what makes it of its kind."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd

from valuation.appraisal.bundle import Bundle, load_bundle
from valuation.appraisal.digest import sha256_of
from valuation.appraisal.revaluation import revalue_roll

SENT = date(2026, 3, 2)
UNKNOWN_TYPE = "slott"


def with_more_faults(run: Path, copy: Path) -> Path:
    """Return a copy of a run whose roll has one more kind of fault, valued and signed anew."""
    shutil.copytree(run, copy)
    bundle = load_bundle(copy / "bundle")
    roll = pd.read_parquet(copy / "roll.parquet")
    named = str(bundle.jurisdiction.characteristics.with_role("dwelling_type"))
    roll.loc[roll["dwelling_id"] == _ordinary(roll), named] = UNKNOWN_TYPE
    roll.to_parquet(copy / "roll.parquet", index=False)
    values = copy / "values.parquet"
    revalue_roll(bundle, copy / "roll.parquet", values, chunk_rows=1000, today=date(2026, 1, 2))
    receipt = json.loads((copy / "receipt.json").read_text("utf-8"))
    signed = receipt["outputs_sha256"]
    for name in ("roll.parquet", "values.parquet", "flags.parquet", "comparables.parquet"):
        signed[name] = sha256_of(copy / name)
    (copy / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    return copy


def _ordinary(roll: pd.DataFrame) -> str:
    """Return a dwelling with every fact that a value needs: the last of the rows with coordinates and a type."""
    whole = roll[roll["x_m"].notna() & roll["unit_type"].notna() & roll["dwelling_type"].notna()]
    return str(whole["dwelling_id"].max())


def ten_kinds(run: Path, bundle: Bundle) -> dict[str, str]:
    """Return a dwelling of each kind."""
    roll = pd.read_parquet(run / "roll.parquet").set_index("dwelling_id")
    values = pd.read_parquet(run / "values.parquet").set_index("dwelling_id")
    both = roll.join(values[["appraised_value", "lower_value", "upper_value", "flags"]]).sort_index()
    valued = both[both["appraised_value"].notna()]
    without = both[both["appraised_value"].isna()]
    width = (valued["upper_value"] - valued["lower_value"]) / valued["appraised_value"]
    is_flat = (valued["dwelling_type"] == "blokk") & (valued["tenure"] == "borettslag")
    is_house = (valued["dwelling_type"] == "enebolig") & valued["plot_area_m2"].notna() & (valued["flags"] == "")
    found = {
        "flat-in-a-borettslag": valued.index[is_flat & valued["property_id"].duplicated(keep=False)][0],
        "house-with-plot": valued.index[is_house][0],
        "missing-year": valued.index[valued["built_year"].isna()][0],
        "flagged-wide": width[valued["flags"] != ""].idxmax(),
        "own-recent-sale": valued.index[valued["flags"].str.contains("own-sale-outside")][0],
        "no-location": without.index[without["x_m"].isna()][0],
        "missing-fact": without.index[without["unit_type"].isna()][0],
        "unknown-type": without.index[without["dwelling_type"] == UNKNOWN_TYPE][0],
        "highest": valued["appraised_value"].idxmax(),
        "lowest": valued["appraised_value"].idxmin(),
    }
    return {name: str(identity) for name, identity in found.items()}
