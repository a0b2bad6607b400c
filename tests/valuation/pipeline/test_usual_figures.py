"""What is usual is learned from sales before the holdout, once."""

import pytest

from valuation.flags.seen import prior_log_change_of
from valuation.pipeline.stage import Workplace
from valuation.pipeline.usual_figures import seen_domain


@pytest.fixture(scope="module")
def learned(small_run, small_bundle):
    work = Workplace(small_bundle.jurisdiction, small_bundle.params, small_run, small_run)
    sales = work.read_table("sales.parquet")
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"]]
    return seen_domain(work, known), known, work


def test_every_type_that_was_valued_in_a_fold_has_a_usual_width(learned):
    seen, _, work = learned
    kind = work.jurisdiction.characteristics.with_role("dwelling_type")
    assert set(seen.typical_widths) == set(work.read_table("train/rolling_origin.parquet")[kind])
    assert min(seen.typical_widths.values()) > 0


def test_the_general_change_is_that_of_the_dwellings_sold(learned):
    seen, known, work = learned
    assert seen.prior_log_change == prior_log_change_of(known, work.read_table("roll.parquet"))
