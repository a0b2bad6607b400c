"""Are the values and the holdout those of this version? A sample of both is valued again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.receipt import check_signed
from valuation.comparison.versions import Version
from valuation.release.gate import Check, Evidence, Gate, of_count
from valuation.report.run_folder import RunFolder

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

MONEY = ["appraised_value", "lower_value", "upper_value"]
SALES = "sales.parquet"


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Value a sample of the roll at the valuation date and a sample of the holdout at its own dates; compare."""
    version = evidence.version
    drawn = evidence.draw(version.roll, params)
    again = appraise(version.bundle, drawn).table
    kept = version.values.set_index("dwelling_id").reindex(drawn["dwelling_id"])
    known = recorded_sales(version)
    sales = evidence.draw(known[known["is_holdout"]], params)
    at_sale = appraise(version.bundle, sales, as_of=sales["market_date"].to_numpy()).table
    recorded = version.holdout.set_index("sale_id").reindex(sales["sale_id"])
    others = version.values["model_version"] != version.model_version
    return [
        of_count("value of another model version", others.to_numpy(bool), version.values["dwelling_id"], "none"),
        of_count("value that comes out otherwise", _differs(again, kept), drawn["dwelling_id"], "none, to the unit"),
        of_count(
            "holdout value that comes out otherwise", _differs(at_sale, recorded), sales["sale_id"], "none, to the unit"
        ),
    ]


def recorded_sales(version: Version) -> pd.DataFrame:
    """Read `sales.parquet` of a run, by `sale_id`: the facts of every sale.

    Raises
    ------
    InputRefused
        When it is not the file that the receipt of the run names.
    """
    check_signed(version.folder, SALES, version.receipt)
    return RunFolder(version.folder).table(SALES).sort_values("sale_id", ignore_index=True)


def _differs(again: pd.DataFrame, kept: pd.DataFrame) -> np.ndarray:
    ours, theirs = again[MONEY].to_numpy(float), kept[MONEY].to_numpy(float)
    is_same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return ~is_same.all(axis=1)


GATE = Gate(
    code="same-values",
    title="The values and the holdout are those of this version",
    looks_at="roll",
    explanation="What goes live must be what was tested. A seeded sample of the roll, and one of the holdout sales, "
    "goes through `appraise` again and must come out the same to the last unit. When it refuses, "
    "something was changed by hand or made with another version: run the pipeline again. Nobody can "
    "decide against this gate.",
    judge=judge,
    settings=("sample_dwellings", "seed"),
    can_be_overruled=False,
)
