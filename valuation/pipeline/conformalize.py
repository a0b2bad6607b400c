"""Stage `conformalize`: how sure are we of a value?"""

from __future__ import annotations

import pandas as pd

from valuation.pipeline.bundling import bundle_up
from valuation.pipeline.foretelling import FOLDER, foretell_errors
from valuation.pipeline.stage import Stage, Workplace
from valuation.uncertainty.coverage import COLUMNS, coverage_of_sales
from valuation.uncertainty.intervals import IntervalModel


def run(work: Workplace) -> None:
    """Set the intervals and foretell errors, then put models, both and what was seen into the bundle.

    Raises
    ------
    TooFewSales
        When the folds hold too few sales for an interval.
    """
    conformalize(work)
    foretell_errors(work)
    bundle_up(work)


def conformalize(work: Workplace) -> IntervalModel:
    """Set the intervals on the rolling-origin values and write `intervals/`.

    Raises
    ------
    TooFewSales
        When the folds hold too few sales for an interval.
    """
    # One row is a sale valued by models of earlier sales only; features in the same order.
    rolling = work.read_table("train/rolling_origin.parquet")
    features = work.read_table("train/rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    model = IntervalModel.conformalize(rolling, features, work.jurisdiction, work.params.conformalize)
    with work.written_aside("intervals") as folder:
        model.save(folder)
        table = later_fold_coverage(rolling, features, work)
        table.to_csv(folder / "coverage_by_group.csv", index=False, lineterminator="\n")
        model.table().to_csv(folder / "groups.csv", index=False, lineterminator="\n")
    work.say(_sentence(model, table, int((rolling["appraised_value"] > 0).sum())))
    return model


def later_fold_coverage(rolling: pd.DataFrame, features: pd.DataFrame, work: Workplace) -> pd.DataFrame:
    """Coverage on the last fold of intervals set on the folds before it: a rehearsal of the holdout inside training.

    Returns
    -------
    DataFrame
        As `coverage_by_group`, first row the whole fold. Empty with a single fold.
    """
    last = (rolling["fold"] == rolling["fold"].max()).to_numpy(dtype=bool)
    valued = rolling["appraised_value"].notna().to_numpy(dtype=bool)
    earlier, later = ~last & valued, last & valued
    if not earlier.any():
        return pd.DataFrame(columns=list(COLUMNS))
    model = IntervalModel.conformalize(rolling[earlier], features[earlier], work.jurisdiction, work.params.conformalize)
    tested = rolling[later].reset_index(drop=True)
    ranges = model.interval(tested, features[later].reset_index(drop=True), tested)
    judged = tested[["sale_price", "appraised_value"]].join(ranges).join(model.range_groups(tested, tested))
    groups = (pd.Series("all sales", index=judged.index), judged["range_group"])
    parts = [coverage_of_sales(judged, names, model.coverage_) for names in groups]
    return pd.concat(parts, ignore_index=True)


def _sentence(model: IntervalModel, table: pd.DataFrame, n_sales: int) -> str:
    told = f"intervals for {model.coverage_:.0%} set on {n_sales} sales in {len(model.calibrations_)} groups"
    if table.empty:
        return told
    whole = table.iloc[0]
    return f"{told}; set on the earlier folds they held {whole['coverage']:.1%} of {whole['n_sales']} sales of the last"


STAGE = Stage(
    name="conformalize",
    question="How sure are we of a value?",
    reads=("train", "sales.parquet", "roll.parquet", "ingest/summary.json"),
    writes=("intervals", FOLDER, "bundle"),
    run=run,
    # The bundle holds all settings that shape a value or a flag, and `appraise` reads them there.
    params=("ingest", "screen", "adjust", "train", "conformalize", "evaluate", "flags", "comparables"),
)
