"""Stage `revalue`: what is every dwelling of the roll worth?"""

from __future__ import annotations

from pathlib import Path

from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.compared import COMPARABLES_FILE
from valuation.appraisal.looked_at import LOOKED_AT, decisions_in_words, read_decisions
from valuation.appraisal.revaluation import FLAGS_FILE, revalue_roll
from valuation.flags.catalogue import opens_case
from valuation.flags.flag import DOUBTS
from valuation.pipeline.stage import Stage, Workplace


def run(work: Workplace, decisions: Path | None = None) -> None:
    """Value `roll.parquet` with `bundle/` and write `values.parquet`; resumes where it was stopped.

    Parameters
    ----------
    work : Workplace
    decisions : Path, optional
        Table of what caseworkers have decided about values (`valuation.appraisal.looked_at`).
    """
    # Before the work: a table that cannot be read is refused at once.
    read = None if decisions is None else read_decisions(decisions)
    bundle = load_bundle(work.out / "bundle")
    values = revalue_roll(
        bundle,
        work.out / "roll.parquet",
        work.out / "values.parquet",
        chunk_rows=work.params.revalue.chunk_rows,
        decisions=read,
        progress=work.progress,
    )
    valued = int(values["appraised_value"].notna().sum())
    flagged = int(opens_case(values["flags"], DOUBTS).sum())
    drawn = int(opens_case(values["flags"], ("draw",)).sum())
    told = f"{flagged:,} flagged for a caseworker, {drawn:,} of the others drawn at random"
    work.say(f"{valued:,} of {len(values):,} dwellings valued, {told}")
    if read is not None:
        work.say(decisions_in_words(values, read))
    work.say(f"a person has looked at {int(values[LOOKED_AT].sum()):,} of the values")


STAGE = Stage(
    name="revalue",
    question="What is every dwelling of the roll worth, within what range, and which must somebody look at?",
    reads=("bundle", "roll.parquet"),
    writes=("values.parquet", FLAGS_FILE, COMPARABLES_FILE),
    params=("revalue",),
    run=run,
)
