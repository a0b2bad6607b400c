"""What does the archive keep of a run? Counts, and the hash of everything that went in and came out."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from valuation.appraisal.digest import sha256_of
from valuation.appraisal.looked_at import LOOKED_AT
from valuation.flags.catalogue import opens_case
from valuation.flags.flag import DOUBTS
from valuation.pipeline.stage import Workplace

OUTPUTS = (
    "comparables.parquet",
    "evaluation/metrics.json",
    "evaluation/ratio_study.parquet",
    "explain/contributions.parquet",
    "flags.parquet",
    "holdout_values.parquet",
    "roll.parquet",
    "sales.parquet",
    "time_index.parquet",
    "values.parquet",
)
"""Files of the output folder whose hash is kept, beside all of the bundle (its manifest names them)."""


def receipt(work: Workplace) -> dict[str, Any]:
    """Return the content of `receipt.json`.

    Parameters
    ----------
    work : Workplace
        With every other stage done.
    """
    manifest = json.loads((work.out / "bundle" / "manifest.json").read_text("utf-8"))
    values = work.read_table("values.parquet")
    sales = work.read_table("sales.parquet", columns=["is_valid_sale", "is_holdout"])
    # One run, one name: `revalue` writes it on every row.
    run_id = str(values["run_id"].iloc[0])
    return {
        "run_id": run_id,
        "jurisdiction": work.jurisdiction.name,
        "is_synthetic": work.jurisdiction.is_synthetic,
        "currency": work.jurisdiction.currency,
        "valuation_date": work.jurisdiction.valuation_date.isoformat(),
        "holdout_from": work.jurisdiction.holdout_from.isoformat(),
        "model_version": manifest["model_version"],
        "manifest_sha256": manifest["manifest_sha256"],
        "made_of": manifest["made_of"],
        "bundle_files": manifest["files"],
        "outputs_sha256": {name: sha256_of(work.out / name) for name in OUTPUTS if (work.out / name).exists()},
        "counts": _counts(values, sales),
        "value_total": _whole_total(values["appraised_value"]),
    }


def _counts(values: pd.DataFrame, sales: pd.DataFrame) -> dict[str, int]:
    return {
        "dwellings": len(values),
        "dwellings_valued": int(values["appraised_value"].notna().sum()),
        "dwellings_not_valued": int(values["appraised_value"].isna().sum()),
        "dwellings_flagged": int(opens_case(values["flags"], DOUBTS).sum()),
        # Drawn without any doubt, and carrying no other flag.
        "dwellings_drawn": int(opens_case(values["flags"], ("draw",)).sum()),
        # Values that do not say so are of an older run: nobody has looked at them that anyone could show.
        "dwellings_looked_at": int(values[LOOKED_AT].sum()) if LOOKED_AT in values else 0,
        "sales": len(sales),
        "sales_valid": int(sales["is_valid_sale"].sum()),
        "sales_learned_from": int((sales["is_valid_sale"] & ~sales["is_holdout"]).sum()),
        "sales_holdout": int(sales["is_holdout"].sum()),
    }


def _whole_total(values: pd.Series) -> int:
    # Whole units of money: summed as integers, so that the total is exact.
    known = values.to_numpy(dtype=float)
    return int(np.rint(known[np.isfinite(known)]).astype(np.int64).sum())
