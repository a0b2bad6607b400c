"""The chance of an error over 20 percent is as often right as it says, and few sales teach nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from tests.factories import a_characteristic, a_jurisdiction
from valuation.errors import BundleRefused
from valuation.uncertainty.past_sales import PastSales
from valuation.uncertainty.predicted_error import Judged, PredictedError
from valuation.uncertainty.scale import Evidence

DICTIONARY = a_jurisdiction(
    {
        "living_area_m2": a_characteristic("number", "living_area"),
        "dwelling_type": a_characteristic("category", "dwelling_type"),
        "market_area": a_characteristic("category", "market_area"),
    }
).characteristics
NO_SALES = PastSales.fit(
    pd.DataFrame(
        {
            "sale_id": pd.Series(dtype="str"),
            "dwelling_id": pd.Series(dtype="str"),
            "market_date": pd.Series(dtype="datetime64[us]"),
            "time_adjusted_sale_price": pd.Series(dtype=float),
            "living_area_m2": pd.Series(dtype=float),
        }
    ),
    DICTIONARY,
)


def draw(n: int, seed: int, drift: float = 1.0) -> Judged:
    """Sales whose log error has a spread between 0.05 and 0.35, told by the first column of the evidence."""
    rng = np.random.default_rng(seed)
    spread = rng.uniform(0.05, 0.35, n)
    value = np.exp(rng.normal(14.0, 0.4, n))
    return Judged(
        Evidence(("spread", "luck"), np.column_stack([spread, rng.random(n)])),
        value,
        value * np.exp(drift * spread * rng.standard_normal(n)),
        pd.Series([f"{seed} {number}" for number in range(n)]),
    )


@pytest.fixture(scope="module")
def model() -> PredictedError:
    # Values out of parts miss by less than values of rolling origins.
    return PredictedError.fit(draw(3000, 1), draw(3000, 2, drift=0.8), NO_SALES)


def test_values_said_to_be_wrong_one_time_in_three_are_wrong_as_often(model):
    later = draw(6000, 3)
    said = model.predict(later.evidence, np.zeros(len(later))).error_risk
    table = pd.DataFrame({"said": said, "were": later.is_large}).groupby(pd.cut(said, [0, 0.05, 0.2, 0.35, 0.5, 1]))
    found = table.agg(["mean", "size"])
    distance = np.abs(found["said", "mean"] - found["were", "mean"])
    spread = np.sqrt(found["said", "mean"] * (1 - found["said", "mean"]) / found["said", "size"])
    assert (found["said", "size"] > 200).all()
    assert (distance < 3 * spread + 0.02).all()


def test_the_expected_distance_is_what_is_found_on_average_in_every_fifth(model):
    later = draw(6000, 4)
    expected = model.predict(later.evidence, np.zeros(len(later))).relative_distance
    found = pd.DataFrame({"expected": expected, "found": np.abs(later.signed_distance)})
    ratio = found.groupby(pd.qcut(expected, 5)).mean().eval("expected / found")
    assert ratio.between(0.9, 1.1).all()


def test_errors_are_found_where_the_evidence_says(model):
    later = draw(6000, 5)
    said = model.predict(later.evidence, np.zeros(len(later))).error_risk
    first = np.argsort(-said)[:600]
    assert later.is_large[first].mean() > 0.5 > 1.5 * later.is_large.mean()


def test_a_row_alone_has_the_answer_it_has_among_others(model):
    later = draw(50, 6)
    together = model.predict(later.evidence, np.zeros(50), n_threads=2)
    alone = [model.predict(later.evidence.rows(np.array([i])), np.zeros(1), n_threads=1) for i in range(50)]
    assert_array_equal([one.error_risk[0] for one in alone], together.error_risk)
    assert_array_equal([one.relative_distance[0] for one in alone], together.relative_distance)


def test_the_files_answer_as_the_model_and_are_the_same_each_time(model, tmp_path):
    again = PredictedError.fit(draw(3000, 1), draw(3000, 2, drift=0.8), NO_SALES)
    for name, made in (("first", model), ("again", again)):
        made.save(tmp_path / name)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("first", "again"))
    assert [path.name for path in first] == [
        *("distance_error_00.txt", "distance_error_01.txt", "large_error_00.txt", "large_error_01.txt"),
        *("past_sales.parquet", "predicted_error.json"),
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    later = draw(50, 7)
    loaded = PredictedError.load(tmp_path / "first", DICTIONARY)
    assert_array_equal(
        loaded.predict(later.evidence, np.zeros(50)).error_risk, model.predict(later.evidence, np.zeros(50)).error_risk
    )


def test_few_sales_leave_the_chance_to_the_ranges_and_one_distance_for_all(tmp_path):
    few = PredictedError.fit(draw(300, 8), draw(3000, 9), NO_SALES)
    few.save(tmp_path)
    loaded = PredictedError.load(tmp_path, DICTIONARY)
    found = loaded.predict(draw(3, 10).evidence, np.array([0.1, 0.2, np.nan]))
    assert not loaded.is_learned
    assert_array_equal(found.error_risk, [0.1, 0.2, np.nan])
    assert_array_equal(found.relative_distance, np.full(3, np.abs(draw(300, 8).signed_distance).mean()))


def test_a_place_where_hardly_any_value_is_far_off_teaches_nothing():
    assert not PredictedError.fit(draw(4000, 1, drift=0.1), draw(4000, 2, drift=0.1), NO_SALES).is_learned


def test_columns_of_other_models_are_refused(model):
    with pytest.raises(BundleRefused, match="columns"):
        model.predict(Evidence(("spread",), np.zeros((1, 1))), np.zeros(1))


def test_a_bundle_without_predicted_errors_is_refused(tmp_path):
    with pytest.raises(BundleRefused, match="is not there"):
        PredictedError.load(tmp_path, DICTIONARY)


def test_files_of_another_format_are_refused(tmp_path):
    (tmp_path / "predicted_error.json").write_text('{"format": 99}', "utf-8")
    with pytest.raises(BundleRefused, match="99"):
        PredictedError.load(tmp_path, DICTIONARY)
