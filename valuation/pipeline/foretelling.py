"""How far off is each value likely to be? The middle step of `conformalize`: learned from errors, for the queue."""

from __future__ import annotations

import pandas as pd

from valuation.features.age import day_numbers
from valuation.pipeline.stage import Workplace
from valuation.uncertainty.past_sales import PastSales
from valuation.uncertainty.predicted_error import MIN_LARGE_ERRORS, MIN_SALES, Judged, PredictedError, error_evidence

FOLDER = "predicted_error"


def foretell_errors(work: Workplace) -> PredictedError:
    """Learn chance and size of an error from `train/`, and write `predicted_error/`."""
    sales = work.read_table("sales.parquet")
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"]]
    past = PastSales.fit(known, work.jurisdiction.characteristics)
    ahead, within = (judged(work, name, sales, past) for name in ("rolling_origin", "cross_fitted"))
    model = PredictedError.fit(ahead, within, past)
    with work.written_aside(FOLDER) as folder:
        model.save(folder)
    work.say(_sentence(model, len(within)))
    return model


def judged(work: Workplace, name: str, sales: pd.DataFrame, past: PastSales) -> Judged:
    """Read the values of `train/NAME.parquet`, and gather what was known of each; none without a value."""
    values = work.read_table(f"train/{name}.parquet")
    features = work.read_table(f"train/{name}_features.parquet").drop(columns=["fold", "sale_id"], errors="ignore")
    is_valued = (values["appraised_value"] > 0).to_numpy(dtype=bool, na_value=False)
    values, features = values[is_valued].reset_index(drop=True), features[is_valued].reset_index(drop=True)
    # The characteristics as they were at the sale, and the index as it is known now.
    at_sale = sales.drop_duplicates("sale_id").set_index("sale_id").loc[values["sale_id"]].reset_index()
    values["log_index"] = at_sale["log_index_at_sale"].to_numpy(dtype=float)
    days = day_numbers(values["sale_date"], len(values))
    return Judged(
        evidence=error_evidence(values, features, at_sale, days, past),
        appraised_value=values["appraised_value"].to_numpy(dtype=float),
        sale_price=values["sale_price"].to_numpy(dtype=float),
        dwelling_id=values["dwelling_id"],
    )


def _sentence(model: PredictedError, n_within: int) -> str:
    if model.is_learned:
        return f"the error of a value is foretold from those of {model.n_sales_} sales ahead and {n_within} within"
    return (
        f"the chance of an error is that of the intervals: of {model.n_sales_} sales ahead too few are there or off to "
        f"learn it ({MIN_SALES} and {MIN_LARGE_ERRORS} are needed)"
    )
