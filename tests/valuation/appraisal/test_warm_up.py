"""Does warming up make all that the first request would wait for, and change no number?"""

import pandas as pd

from valuation.appraisal.appraise import appraise
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.warm_up import warm_up


def test_a_warm_bundle_answers_as_a_cold_one(small_run, small_bundle):
    roll = pd.read_parquet(small_run / "roll.parquet").head(5)
    warm = load_bundle(small_run / "bundle")
    warm_up(warm)
    pd.testing.assert_frame_equal(appraise(warm, roll).table, appraise(small_bundle, roll).table, check_exact=True)


def test_what_is_made_at_first_use_is_there(small_run):
    warm = load_bundle(small_run / "bundle")
    warm_up(warm)
    assert "own_sales" in vars(warm)
    assert "cells" in vars(warm.comparables)
    assert {"places", "level_sets"} <= set(vars(warm.seen))
