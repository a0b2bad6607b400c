"""What is foretold of a value's error depends on the dwelling, the bundle and the date, and on nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.appraised_value import AppraisedValues
from valuation.pipeline.foretelling import judged
from valuation.pipeline.stage import Workplace
from valuation.uncertainty import predicted_error
from valuation.uncertainty.past_sales import PastSales
from valuation.uncertainty.predicted_error import PredictedError

EXPECTED = list(AppraisedValues.EXPECTED)


@pytest.fixture(scope="module")
def sales(small_run):
    return pd.read_parquet(small_run / "sales.parquet")


@pytest.fixture(scope="module")
def bundle(small_bundle, small_run, quick_params, sales):
    """The small bundle with an error learned from its few sales, which `conformalize` rightly would not."""
    work = Workplace(small_bundle.jurisdiction, quick_params, raw=small_run, out=small_run)
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"]]
    past = PastSales.fit(known, small_bundle.jurisdiction.characteristics)
    ahead, within = (judged(work, name, sales, past) for name in ("rolling_origin", "cross_fitted"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicted_error, "MIN_SALES", 100)
        patch.setattr(predicted_error, "MIN_LARGE_ERRORS", 10)
        return replace(small_bundle, predicted_error=PredictedError.fit(ahead, within, past))


@pytest.fixture(scope="module")
def dwellings(small_run):
    return pd.read_parquet(small_run / "roll.parquet").sort_values("dwelling_id").head(300).reset_index(drop=True)


@pytest.fixture(scope="module")
def values(bundle, dwellings):
    return appraise(bundle, dwellings).table


def test_the_error_is_learned(bundle):
    assert bundle.predicted_error.is_learned


def test_the_small_run_has_too_few_sales_and_says_the_chance_of_its_ranges(small_bundle, dwellings):
    found = appraise(small_bundle, dwellings).table
    assert not small_bundle.predicted_error.is_learned
    assert (found["expected_error"] / found["appraised_value"]).std() < 1e-5
    assert found["error_risk"].notna().equals(found["appraised_value"].notna())


def test_a_dwelling_alone_has_the_error_it_has_among_all(bundle, dwellings, values):
    alone = [appraise(bundle, dwellings.iloc[[row]]).table for row in range(0, 300, 23)]
    expected = values.iloc[::23].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.concat(alone, ignore_index=True)[EXPECTED], expected[EXPECTED], check_exact=True)


def test_what_has_no_value_has_no_error_and_what_has_one_has_all_three(values):
    has_value = values["appraised_value"].notna()
    assert values.loc[has_value, EXPECTED].notna().all(axis=None)
    assert values.loc[~has_value, EXPECTED].isna().all(axis=None)
    assert values.loc[has_value, "error_risk"].between(0, 1).all()


def test_the_tax_error_is_the_error_times_what_is_taxed_where_the_deduction_is_far_below(bundle, values):
    law = bundle.jurisdiction.law
    dear = values[values["appraised_value"] > 4_000_000]
    full = dear["expected_error"] * float(law.reduction * law.rate_permille) / 1000
    assert np.allclose(dear["expected_tax_error"] / full, 1.0, atol=0.02)


def test_a_sale_one_day_later_does_not_reach_the_error(bundle, dwellings, sales):
    day = pd.Timestamp("2025-03-01")
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"] & (sales["market_date"] < day)]
    later = known.tail(200).assign(
        sale_id=[f"later {number}" for number in range(200)],
        dwelling_id=dwellings["dwelling_id"].head(200).to_numpy(),
        market_date=day,
    )
    found = [
        appraise(_with_past(bundle, table), dwellings, as_of=day).table[EXPECTED]
        for table in (known, pd.concat([known, later]))
    ]
    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_the_own_sale_of_the_day_before_does(bundle, dwellings, sales):
    day = pd.Timestamp("2025-03-01")
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"] & (sales["market_date"] < day)]
    dear = known.tail(200).assign(
        sale_id=[f"own {number}" for number in range(200)],
        dwelling_id=dwellings["dwelling_id"].head(200).to_numpy(),
        market_date=day - pd.Timedelta(days=1),
        time_adjusted_sale_price=2e7,
    )
    without, with_own = (
        appraise(_with_past(bundle, table), dwellings, as_of=day).table for table in (known, pd.concat([known, dear]))
    )
    risk = with_own["error_risk"].head(200) - without["error_risk"].head(200)
    assert risk.mean() > 0
    pd.testing.assert_series_equal(with_own["appraised_value"], without["appraised_value"])


def test_the_evidence_of_a_sale_does_not_know_its_price(bundle, small_run, quick_params, sales):
    work = Workplace(bundle.jurisdiction, quick_params, raw=small_run, out=small_run)
    known = sales[sales["is_valid_sale"] & ~sales["is_holdout"]]
    first = known.sort_values("sale_id")["sale_id"].iloc[0]
    dictionary = bundle.jurisdiction.characteristics
    price = known["time_adjusted_sale_price"]
    raised = known.assign(time_adjusted_sale_price=price.where(known["sale_id"] != first, 9 * price))
    plain, moved = (judged(work, "cross_fitted", sales, PastSales.fit(table, dictionary)) for table in (known, raised))
    np.testing.assert_array_equal(plain.evidence.matrix[0], moved.evidence.matrix[0])


def _with_past(bundle, table):
    model = bundle.predicted_error
    past = PastSales.fit(table, bundle.jurisdiction.characteristics)
    return replace(
        bundle,
        predicted_error=PredictedError(
            model.boosters_, model.columns_, model.link_, model.distance_factor_, model.shape_, model.n_sales_, past
        ),
    )
