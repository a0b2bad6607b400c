"""What is usual here? Widths of intervals by type and the general change since the last valuation, for the flags.

Learned once and stored in the bundle: were they taken from the rows at hand, a dwelling would be flagged in one batch
and not in another.
"""

from __future__ import annotations

import pandas as pd

from valuation.flags.seen import SeenDomain, prior_log_change_of, typical_widths_of
from valuation.pipeline.stage import Workplace
from valuation.uncertainty.intervals import IntervalModel


def seen_domain(work: Workplace, learned_from: pd.DataFrame) -> SeenDomain:
    """Return what the model has seen, with what is usual.

    Parameters
    ----------
    work : Workplace
        With `train/`, `intervals/` and `roll.parquet`.
    learned_from : DataFrame
        The valid sales before the holdout.
    """
    # One row is a sale valued by models of earlier sales only; features in the same order.
    rolling = work.read_table("train/rolling_origin.parquet")
    features = work.read_table("train/rolling_origin_features.parquet").drop(columns=["fold", "sale_id"])
    ranges = IntervalModel.load(work.out / "intervals").interval(rolling, features, rolling)
    values = rolling[["appraised_value"]].join(ranges)
    kind = str(work.jurisdiction.characteristics.with_role("dwelling_type"))
    return SeenDomain.fit(
        learned_from,
        work.jurisdiction,
        typical_widths=typical_widths_of(values, rolling[kind]),
        prior_log_change=prior_log_change_of(learned_from, work.read_table("roll.parquet")),
    )
