"""Stage `screen`: which sales were free sales, and why were the others not?"""

from __future__ import annotations

import pandas as pd

from valuation.errors import InputRefused, TooFewSales
from valuation.jurisdictions.jurisdiction import RawTable
from valuation.jurisdictions.raw_table import read_raw_table
from valuation.pipeline.stage import Stage, Workplace
from valuation.sales.screening import check_verdicts, screen_sales, unknown_verdicts

VERDICTS = "verdicts.csv"
"""In the raw folder: what people have decided about sales. It is read, never written."""


def run(work: Workplace) -> None:
    """Screen the sales; write them with their reasons, and how many each rule excludes.

    Raises
    ------
    InputRefused
        When the verdicts of people cannot be read.
    TooFewSales
        When no sale before the holdout is left to learn from.
    """
    # One row is a recorded sale.
    sales = work.read_table("ingest/sales.parquet")
    verdicts = _read_verdicts(work)
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


def _read_verdicts(work: Workplace) -> pd.DataFrame | None:
    path = work.raw / VERDICTS
    if not path.exists() and not path.is_symlink():
        return None
    if not path.is_file():
        # What people decided must not be passed over without a word.
        raise InputRefused(
            f"{path} is no file", expected="a table of verdicts, or none", remedy="put the table there, or remove it"
        )
    layout = RawTable(file=VERDICTS, licence="own", published_by="the office", ends_with_newline=False)
    raw = read_raw_table("verdicts", layout, work.raw)
    return check_verdicts(raw.cells.to_pandas(), VERDICTS)


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
    reads=("ingest/sales.parquet",),
    writes=("screen",),
    run=run,
    params=("screen",),
    reads_raw=True,
)
