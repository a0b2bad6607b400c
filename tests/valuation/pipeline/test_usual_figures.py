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


def test_values_hang_on_the_year_built_and_hardly_on_whether_a_part_is_let(learned):
    seen, _, work = learned
    assert seen.weights["built_year"] > 0.02 > seen.weights["has_rental_unit"]
    # Without a required fact there is no value: it always weighs.
    required = {name for name, item in work.jurisdiction.characteristics.items() if item.required}
    assert not required & set(seen.weights)
    assert all(seen.weighs(name, 0.05) for name in required)


def test_facts_that_values_hardly_hang_on_take_no_part_in_odd_combinations(learned):
    seen, _, work = learned
    judged = {axis.name for axis in seen.combinations.axes}
    light = {name for name, weight in seen.weights.items() if weight < work.params.flags.least_weight}
    assert light
    assert not judged & light
