"""Stage `screen`: which sales were free sales, and why were the others not?"""

from __future__ import annotations

import pandas as pd

from valuation.errors import TooFewSales
from valuation.pipeline.stage import Stage, Workplace
from valuation.pipeline.verdicts import VERDICTS, read_verdicts
from valuation.sales.screening import screen_sales
from valuation.sales.verdicts import unknown_verdicts


def run(work: Workplace) -> None:
    """Screen the sales; write them with their reasons, and how many each rule excludes.

    Raises
    ------
    InputRefused
        When the verdicts of people cannot be read, or are not those that `ingest` has noted.
    TooFewSales
        When no sale before the holdout is left to learn from.
    """
    # One row is a recorded sale.
    sales = work.read_table("ingest/sales.parquet")
    verdicts = read_verdicts(work)
    screened, excluded, summary = screen_sales(sales, work.jurisdiction, work.params.screen, verdicts)
    unknown = [] if verdicts is None else unknown_verdicts(screened, verdicts)
    if unknown:
        work.say(f"{VERDICTS}: {len(unknown)} verdicts are about sales that are not there: {', '.join(unknown[:5])}")
    holdout = screened["market_date"] >= pd.Timestamp(work.jurisdiction.holdout_from)
    n_training = int((screened["is_valid_sale"] & ~holdout).sum())
    if n_training == 0:
        raise TooFewSales(
            f"none of {len(screened):,} sales is valid and before {work.jurisdiction.holdout_from}",
            expected="valid sales to learn from",
            remedy="set an earlier `holdout_from`, or look at screen/summary.csv for the rule that excludes all",
            table=summary,
        )
    summary = pd.concat([summary, _unknown_rows(unknown)], ignore_index=True)
    work.write_table(screened, "screen/sales.parquet")
    work.write_csv(excluded, "screen/excluded_sales.csv")
    work.write_csv(summary, "screen/summary.csv")
    work.say(
        f"{int(screened['is_valid_sale'].sum()):,} of {len(screened):,} sales are valid, {n_training:,} of them before "
        f"the holdout; reasons in screen/excluded_sales.csv"
    )


def _unknown_rows(unknown: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "code": "verdict_on_unknown_sale",
                "sentence": f"No sale has the sale_id {sale_id}.",
                "looks_at_price": False,
                "n_found": 1,
                "n_excluded": 0,
                "n_only_reason": 0,
            }
            for sale_id in unknown
        ]
    )


STAGE = Stage(
    name="screen",
    question="Which sales were free sales, and why were the others not?",
    reads=("ingest/sales.parquet", "ingest/summary.json"),
    writes=("screen",),
    run=run,
    params=("screen",),
    reads_raw=True,
)
