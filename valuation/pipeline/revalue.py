"""Stage `revalue`: what is every dwelling of the roll worth?"""

from __future__ import annotations

from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.revaluation import revalue_roll
from valuation.pipeline.stage import Stage, Workplace


def run(work: Workplace) -> None:
    """Value `roll.parquet` with `bundle/` and write `values.parquet`; resumes where it was stopped."""
    bundle = load_bundle(work.out / "bundle")
    values = revalue_roll(
        bundle,
        work.out / "roll.parquet",
        work.out / "values.parquet",
        chunk_rows=work.params.revalue.chunk_rows,
        progress=work.progress,
    )
    valued = int(values["appraised_value"].notna().sum())
    flagged = int((values["flags"] != "").sum())
    work.say(f"{valued:,} of {len(values):,} dwellings valued, {flagged:,} flagged for a caseworker")


STAGE = Stage(
    name="revalue",
    question="What is every dwelling of the roll worth, within what range, and which must somebody look at?",
    reads=("bundle", "roll.parquet"),
    writes=("values.parquet",),
    params=("revalue",),
    run=run,
)
